"""The one place that reads the clock and sleeps."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol


class TimeSource(Protocol):
    """What there is to be read off a clock, blocking or not."""

    def monotonic_s(self) -> float:
        """Return seconds that never go back; only differences mean anything."""

    def epoch_s(self) -> float:
        """Return the Unix time, used only to read a Retry-After date that comes without a Date header."""


class Clock(TimeSource, Protocol):
    """Time as the client needs it; give `BFLClient` another one to test without waiting."""

    def sleep(self, seconds: float) -> None:
        """Return after `seconds` of `monotonic_s`."""


class AsyncClock(TimeSource, Protocol):
    """Time as the asynchronous client needs it; give `AsyncBFLClient` another one to test without waiting."""

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds` of `monotonic_s`, and let other tasks run meanwhile."""


class SystemClock:
    """The clock of the machine."""

    def monotonic_s(self) -> float:
        return time.monotonic()

    def epoch_s(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class AsyncSystemClock:
    """The clock of the machine; who sleeps by it lets other tasks run."""

    def monotonic_s(self) -> float:
        return time.monotonic()

    def epoch_s(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        import asyncio  # here, so that the blocking client does not pay for it

        await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Deadline:
    """An instant of a clock by which a call has to have ended."""

    at_s: float
    clock: TimeSource

    @classmethod
    def after(cls, timeout_s: float, *, clock: TimeSource) -> Deadline:
        """Return the deadline `timeout_s` from now."""
        return cls(at_s=clock.monotonic_s() + timeout_s, clock=clock)

    @property
    def remaining_s(self) -> float:
        """Seconds left; zero or less when it has passed."""
        return self.at_s - self.clock.monotonic_s()
