"""The rate headers of the dialects: 1200 polls per second window, or the guide's 24 tasks.

The window runs on real time, and is shown, not enforced: no 429 on a poll was ever recorded.  [CASS; ASSUMED]
"""

from __future__ import annotations

from dataclasses import dataclass

from mock_bfl.contract import headers, limits

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PollWindow:
    """A second in which polls are counted, on the real clock."""

    started_real_ms: int = -1_000_000
    used: int = 0


def count_poll(window: PollWindow, *, real_ms: int) -> PollWindow:
    """Return the window after one more poll: a new one when the second is over."""
    if real_ms - window.started_real_ms >= limits.POLL_WINDOW_S.value * 1000:
        return PollWindow(real_ms, 1)
    return PollWindow(window.started_real_ms, window.used + 1)


def poll_headers(window: PollWindow, *, real_ms: int, now_ms: int, retry_after: bool) -> Headers:
    """Return the headers of a poll: Retry-After is the rounded rest of the window, no polling advice.  [CASS]"""
    rest_s = (window.started_real_ms - real_ms) / 1000 + limits.POLL_WINDOW_S.value
    remaining = max(0, limits.POLLS_PER_WINDOW.value - window.used)
    shown: Headers = (
        (headers.RATE_LIMIT.value, str(limits.POLLS_PER_WINDOW.value)),
        (headers.RATE_REMAINING.value, str(remaining)),
        (headers.RATE_RESET.value, repr(now_ms / 1000 + 1 + round(rest_s))),
    )
    return (*shown, (headers.RETRY_AFTER.value, str(round(rest_s)))) if retry_after else shown


def task_headers(*, limit: int, active: int, now_ms: int, frees_at_ms: int | None) -> Headers:
    """Return the guide's headers: slots in all, slots free, and when the next one frees (else now).  [GUIDE]"""
    reset_ms = now_ms if frees_at_ms is None else frees_at_ms
    return (
        (headers.GUIDE_RATE_LIMIT.value, str(limit)),
        (headers.GUIDE_RATE_REMAINING.value, str(max(0, limit - active))),
        (headers.GUIDE_RATE_RESET.value, str(-(-reset_ms // 1000))),
    )
