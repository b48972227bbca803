"""When a running clock will show an instant: what the courier sleeps for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_bfl.core.timeline import LAST_MS, Timeline

INSTANTS = st.integers(0, 4_000_000_000_000)


@given(INSTANTS, INSTANTS, st.floats(0.001, 10_000), st.integers(0, 10**9))
def test_it_is_the_first_real_instant_that_shows_it(real_ms: int, now_ms: int, rate: float, ahead_ms: int) -> None:
    timeline = Timeline(real_ms, now_ms, rate)
    found = timeline.real_ms_of(now_ms + ahead_ms)
    assert found is not None
    assert timeline.at(found) >= now_ms + ahead_ms
    assert found == real_ms or timeline.at(found - 1) < now_ms + ahead_ms


@given(INSTANTS, st.integers(0, 10**9))
def test_what_has_been_was_at_the_latest_when_the_clock_was_set(now_ms: int, ago_ms: int) -> None:
    assert Timeline(5, now_ms, 0).real_ms_of(now_ms - ago_ms) == 5


@pytest.mark.parametrize(
    ("timeline", "instant_ms"),
    [
        (Timeline(0, 0, 0), 1),
        (Timeline(0, 0, 1), LAST_MS + 1),
        (Timeline(0, 0, 5e-324), 1000),
    ],
    ids=["frozen", "after the last instant", "too slow to come"],
)
def test_some_instants_never_come(timeline: Timeline, instant_ms: int) -> None:
    assert timeline.real_ms_of(instant_ms) is None
