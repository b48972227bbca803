"""Ten thousand generated bodies: no 5xx, the framework's answers, and every refusal explains itself."""

from __future__ import annotations

import pytest

from tests.web.agreement import Both, check_explained
from tests.web.mock import bottomless_mock
from tests.web.storm import storm
from tests.web.strategies import POST_PATHS
from tests.web.witness import Witness

QUICK = -(-10_000 // len(POST_PATHS))
DEEP = 10_000


@pytest.mark.parametrize("path", POST_PATHS)
def test_ten_thousand_bodies_over_all_paths_break_nothing_and_are_explained(path: str, witness: Witness) -> None:
    """Every twentieth is put to the framework too; the deep run puts all of them."""
    both = Both(bottomless_mock(), witness)
    for number, ask in enumerate(storm(path, count=QUICK, seed=0)):
        if number % 20:
            check_explained(both.mock.answer(ask))
        else:
            both.check(ask)


@pytest.mark.deep
@pytest.mark.parametrize("path", POST_PATHS)
def test_ten_thousand_bodies_on_each_path_are_answered_as_the_framework_would(path: str, witness: Witness) -> None:
    both = Both(bottomless_mock(), witness)
    for ask in storm(path, count=DEEP, seed=1):
        both.check(ask)
