"""The headers of polls are the recorded ones: a window of 1200 a second; the guide's show slots."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_bfl.core.rate import PollWindow, count_poll, poll_headers, task_headers

REAL_MS = 50_000
NOW_MS = 1_766_006_911_670


def headers_at(*real_ms: int, retry_after: bool = True) -> dict[str, str]:
    """Return the headers of the last of some polls."""
    window = PollWindow()
    for instant_ms in real_ms:
        window = count_poll(window, real_ms=instant_ms)
    return dict(poll_headers(window, real_ms=real_ms[-1], now_ms=NOW_MS, retry_after=retry_after))


def test_remaining_counts_down_from_1199() -> None:
    polls = [REAL_MS, REAL_MS + 115, REAL_MS + 230]
    shown = [headers_at(*polls[: count + 1])["X-Ratelimit-Remaining"] for count in range(3)]
    assert shown == ["1199", "1198", "1197"]


def test_remaining_jumps_back_when_the_second_is_over() -> None:
    assert headers_at(REAL_MS, REAL_MS + 999)["X-Ratelimit-Remaining"] == "1198"
    assert headers_at(REAL_MS, REAL_MS + 1000)["X-Ratelimit-Remaining"] == "1199"


def test_remaining_is_never_negative() -> None:
    assert headers_at(*[REAL_MS] * 1300)["X-Ratelimit-Remaining"] == "0"


def test_the_limit_is_1200() -> None:
    assert headers_at(REAL_MS)["X-Ratelimit-Limit"] == "1200"


@pytest.mark.parametrize(("after_ms", "shown"), [(0, "1"), (499, "1"), (500, "0"), (501, "0"), (999, "0")])
def test_retry_after_is_1_in_the_first_half_of_the_window_and_0_in_the_second(after_ms: int, shown: str) -> None:
    assert headers_at(REAL_MS, REAL_MS + after_ms)["Retry-After"] == shown


def test_retry_after_can_be_left_out() -> None:
    assert "Retry-After" not in headers_at(REAL_MS, retry_after=False)


@pytest.mark.parametrize(("after_ms", "shown"), [(0, "1766006913.67"), (600, "1766006912.67")])
def test_reset_is_now_and_a_second_and_the_rounded_rest_as_a_float(after_ms: int, shown: str) -> None:
    assert headers_at(REAL_MS, REAL_MS + after_ms)["X-Ratelimit-Reset"] == shown


def test_the_headers_come_in_the_recorded_spelling() -> None:
    names = ["X-Ratelimit-Limit", "X-Ratelimit-Remaining", "X-Ratelimit-Reset", "Retry-After"]
    assert list(headers_at(REAL_MS)) == names


@given(st.lists(st.integers(0, 1500), min_size=1, max_size=30))
def test_a_window_never_counts_polls_of_another_second(gaps_ms: list[int]) -> None:
    window, real_ms, started_ms, used = PollWindow(), REAL_MS, None, 0
    for gap_ms in gaps_ms:
        real_ms += gap_ms
        if started_ms is None or real_ms - started_ms >= 1000:
            started_ms, used = real_ms, 0
        used += 1
        window = count_poll(window, real_ms=real_ms)
    assert window == PollWindow(started_ms or 0, used)


def test_the_guides_headers_show_slots_and_when_the_next_is_free() -> None:
    shown = dict(task_headers(limit=24, active=1, now_ms=NOW_MS, frees_at_ms=NOW_MS + 8000))
    assert shown == {
        "X-RateLimit-Limit": "24",
        "X-RateLimit-Remaining": "23",
        "X-RateLimit-Reset": "1766006920",
    }


def test_where_nothing_runs_the_guides_reset_is_now_rounded_up() -> None:
    shown = dict(task_headers(limit=24, active=0, now_ms=NOW_MS, frees_at_ms=None))
    assert shown["X-RateLimit-Reset"] == "1766006912"


def test_the_guides_remaining_is_never_negative() -> None:
    assert dict(task_headers(limit=1, active=3, now_ms=0, frees_at_ms=None))["X-RateLimit-Remaining"] == "0"
