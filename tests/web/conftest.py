"""Mocks to talk to: a fresh one for each story, and one beside the framework for thousands of generated requests."""

from __future__ import annotations

import pytest

from mock_bfl.contract import GUIDE
from tests.web.agreement import Both
from tests.web.mock import Mock, bottomless_mock, new_mock
from tests.web.witness import Witness


@pytest.fixture
def mock() -> Mock:
    return new_mock()


@pytest.fixture
def guide() -> Mock:
    return new_mock(dialect=GUIDE)


@pytest.fixture(scope="session")
def witness() -> Witness:
    return Witness()


@pytest.fixture(scope="session")
def both(witness: Witness) -> Both:
    """No test may depend on what another did to this mock."""
    return Both(bottomless_mock(), witness)
