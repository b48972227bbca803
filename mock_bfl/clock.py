"""The one place that reads the real clock.

Law: nothing else in the package asks the time; everything else is given `now` or a `Clock`.
"""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """Where real time comes from: milliseconds since the epoch that never go back."""

    def real_ms(self) -> int:
        """Return the real instant in whole milliseconds."""
        ...


class SystemClock:
    """The machine's wall clock at start, carried on by its monotonic clock."""

    def __init__(self) -> None:
        self._offset_ns = time.time_ns() - time.monotonic_ns()

    def real_ms(self) -> int:
        """Return the real instant in whole milliseconds."""
        return (self._offset_ns + time.monotonic_ns()) // 1_000_000


class ManualClock:
    """A clock that moves only when told to. Safe to share between threads.

    >>> clock = ManualClock(start_ms=0)
    >>> clock.advance(seconds=1.5)
    >>> clock.real_ms()
    1500
    """

    def __init__(self, start_ms: int = 1_767_225_600_000) -> None:  # 2026-01-01T00:00:00Z
        self._now_ms = start_ms
        self._lock = threading.Lock()

    def real_ms(self) -> int:
        """Return the instant that the clock shows."""
        return self._now_ms

    def advance(self, *, seconds: float = 0, ms: int = 0) -> None:
        """Move forward. Raises ValueError for a negative span: time never goes back."""
        span_ms = round(seconds * 1000) + ms
        if span_ms < 0:
            raise ValueError(f"time never goes back: advance by {span_ms} ms")
        with self._lock:
            self._now_ms += span_ms
