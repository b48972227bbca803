"""A clock of the mock runs on, stands still, jumps ahead or runs faster; it never goes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_bfl.core.timeline import LAST_MS, Timeline

REAL_MS = 1_766_006_912_000
START = Timeline(REAL_MS, REAL_MS)
SPANS = st.integers(0, 10**9)
RATES = st.floats(0, 1e9)
MOVES = st.lists(st.tuples(st.sampled_from(["advance", "scale", "wait"]), SPANS, RATES), max_size=12)


def test_a_clock_begins_with_the_real_time() -> None:
    assert START.at(REAL_MS + 1500) == REAL_MS + 1500


def test_a_frozen_clock_stands_still_and_goes_on_from_there() -> None:
    frozen = START.scaled(0, real_ms=REAL_MS + 100)
    thawed = frozen.scaled(1, real_ms=REAL_MS + 5000)
    assert frozen.is_frozen
    assert frozen.at(REAL_MS + 5000) == REAL_MS + 100
    assert thawed.at(REAL_MS + 5001) == REAL_MS + 101


def test_a_frozen_clock_can_be_advanced_and_stays_frozen() -> None:
    advanced = START.scaled(0, real_ms=REAL_MS).advanced(600_000, real_ms=REAL_MS + 9)
    assert advanced.at(REAL_MS + 77_777) == REAL_MS + 600_000
    assert advanced.is_frozen


def test_a_scaled_clock_runs_at_its_rate_from_where_it_is() -> None:
    fast = START.scaled(60, real_ms=REAL_MS + 1000)
    assert fast.at(REAL_MS + 2000) == REAL_MS + 1000 + 60_000
    assert not fast.is_frozen


def test_a_real_instant_before_the_last_change_shows_the_change() -> None:
    assert START.scaled(2, real_ms=REAL_MS + 1000).at(REAL_MS) == REAL_MS + 1000


@pytest.mark.parametrize("rate", [-1, -0.001, float("nan"), float("inf"), float("-inf")])
def test_a_rate_that_is_negative_or_not_finite_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="time never goes back"):
        START.scaled(rate, real_ms=REAL_MS)


def test_a_negative_advance_is_refused() -> None:
    with pytest.raises(ValueError, match="time never goes back: advance by -1 ms"):
        START.advanced(-1, real_ms=REAL_MS)


def test_no_clock_shows_more_than_can_be_written() -> None:
    assert START.advanced(10**30, real_ms=REAL_MS).at(REAL_MS + 1) == LAST_MS


def test_the_highest_rate_ends_at_the_last_instant() -> None:
    assert START.scaled(1.7e308, real_ms=REAL_MS).at(REAL_MS + 1000) == LAST_MS


@given(MOVES)
def test_time_never_goes_back(moves: list[tuple[str, int, float]]) -> None:
    timeline, real_ms = START, REAL_MS
    seen = [timeline.at(real_ms)]
    for kind, span_ms, rate in moves:
        if kind == "wait":
            real_ms += span_ms
        elif kind == "advance":
            timeline = timeline.advanced(span_ms, real_ms=real_ms)
        else:
            timeline = timeline.scaled(rate, real_ms=real_ms)
        seen.append(timeline.at(real_ms))
    assert seen == sorted(seen)


@given(MOVES, SPANS)
def test_a_change_of_rate_moves_nothing_at_that_instant(moves: list[tuple[str, int, float]], span_ms: int) -> None:
    timeline = START
    for _, advanced_ms, rate in moves:
        timeline = timeline.advanced(advanced_ms, real_ms=REAL_MS).scaled(rate, real_ms=REAL_MS)
    changed = timeline.scaled(3, real_ms=REAL_MS + span_ms)
    assert changed.at(REAL_MS + span_ms) == timeline.at(REAL_MS + span_ms)
