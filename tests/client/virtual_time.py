"""A clock that many tasks of one event loop share with a mock: it goes on when all of them sleep, and nobody waits."""

from __future__ import annotations

import asyncio
import heapq
import math
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from mock_bfl.clock import ManualClock

T = TypeVar("T")


class VirtualTime:
    """What `AsyncBFLClient` takes for a clock: the mock's own, moved to the next one who wants to wake up."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self._awake = 0
        self._sleepers: list[tuple[int, int, asyncio.Event]] = []
        self._count = 0

    def monotonic_s(self) -> float:
        return self._clock.real_ms() / 1000

    def epoch_s(self) -> float:
        return self._clock.real_ms() / 1000

    async def sleep(self, seconds: float) -> None:
        alarm = asyncio.Event()
        self._count += 1
        heapq.heappush(self._sleepers, (self._clock.real_ms() + math.ceil(seconds * 1000), self._count, alarm))
        self._one_less()
        await alarm.wait()

    async def all_of(self, calls: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
        """Run calls side by side; whatever is awaited in them but `sleep` takes no time."""
        self._awake = len(calls)
        return await asyncio.gather(*(self._ending(call) for call in calls))

    async def _ending(self, call: Coroutine[Any, Any, T]) -> T:
        try:
            return await call
        finally:
            self._one_less()

    def _one_less(self) -> None:
        self._awake -= 1
        if self._awake == 0 and self._sleepers:
            at_ms, _, alarm = heapq.heappop(self._sleepers)
            self._clock.advance(ms=max(0, at_ms - self._clock.real_ms()))
            self._awake = 1
            alarm.set()
