"""What is over costs no call anything: only scripts that are still open are looked at."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from mock_bfl.core.rule import read_rule
from mock_bfl.core.script import Script
from mock_bfl.engine import account_of
from mock_bfl.store import memory_parts
from tests.web.mock import Mock, new_mock

KEY, OTHER_KEY = "bfl_many", "bfl_other"


@pytest.fixture
def mock() -> Mock:
    return new_mock(speed=0)


def credits(mock: Mock, *, key: str = KEY) -> int:
    return mock.client.get("/v1/credits", headers={"x-key": key}).status_code


def test_a_call_looks_at_no_script_that_is_over(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        mock.engine.scripts.add(account_of(KEY), [read_rule({"fault": {"status": 503}})])
    assert [credits(mock) for _ in range(6)] == [503] * 5 + [200]

    def listed(scripts: memory_parts.MemoryScripts, account: str | None) -> Sequence[Script]:
        raise AssertionError(f"all scripts of {account} were looked at")

    monkeypatch.setattr(memory_parts.MemoryScripts, "scripts", listed)
    assert (credits(mock), credits(mock, key=OTHER_KEY)) == (200, 200)


def test_a_script_that_is_over_can_still_be_named(mock: Mock) -> None:
    """Who names it is well: it was followed to its end."""
    made = mock.engine.scripts.add(account_of(KEY), [read_rule({"fault": {"status": 503}})], by_header=True)
    headers = {"x-key": KEY, "X-Mock-BFL-Scenario": made.id}
    assert [mock.client.get("/v1/credits", headers=headers).status_code for _ in range(2)] == [503, 200]
