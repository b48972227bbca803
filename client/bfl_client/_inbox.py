"""Where the events that a receiver takes meet the code that waits for them, in one process."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Protocol

from ._clock import Clock, Deadline, SystemClock
from ._deduplicator import checked_capacity
from ._webhook_event import WebhookEvent


class Condition(Protocol):
    """What of `threading.Condition` an inbox needs; give another one, with its clock, to test without waiting."""

    def __enter__(self) -> bool:
        """Take the lock."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        """Give the lock back."""
        ...

    def wait(self, timeout: float | None = None) -> bool:
        """Give the lock back, return with it after `notify_all` or `timeout` seconds."""
        ...

    def notify_all(self) -> None:
        """Wake all who wait."""
        ...


class Inbox:
    """Keeps the latest event of the last `capacity` tasks; safe to use from several threads.

    An event may come before the reply to its submit [WH-3], so it is kept for a task that nobody has asked for yet.
    Where the receiver is another process than the code that waits, a database or queue has to stand between them.
    """

    def __init__(
        self, capacity: int = 10_000, *, clock: Clock | None = None, condition: Condition | None = None
    ) -> None:
        self._capacity = checked_capacity(capacity)
        self._clock = clock or SystemClock()
        self._changed = condition or threading.Condition()
        self._events: OrderedDict[str, WebhookEvent] = OrderedDict()  # longest unheard of first
        self._awaited: Counter[str] = Counter()
        self._wakers: list[tuple[str, Callable[[], object]]] = []

    def __len__(self) -> int:
        return len(self._events)

    def put(self, event: WebhookEvent) -> None:
        """Keep an event and wake who waits for its task; the first final event of a task stays."""
        with self._changed:
            if self._final(event.task_id) is None:
                self._events[event.task_id] = event
            self._events.move_to_end(event.task_id)
            self._make_room()
            self._changed.notify_all()
            for task_id, wake in self._wakers:
                if task_id == event.task_id and event.is_final:
                    wake()

    def latest(self, task_id: str) -> WebhookEvent | None:
        """Return the final event of a task, else the last that came, None if none came."""
        with self._changed:
            return self._events.get(task_id)

    def wait(self, task_id: str, *, timeout_s: float) -> WebhookEvent | None:
        """Return the final event of a task as soon as it is there, None if it does not come in time.

        None says nothing of the task: a delivery can be lost, so poll then. The event stays until `forget`.
        """
        deadline = Deadline.after(timeout_s, clock=self._clock)
        with self._changed, self._awaiting(task_id):
            while (event := self._final(task_id)) is None and (left_s := deadline.remaining_s) > 0:
                self._changed.wait(min(left_s, threading.TIMEOUT_MAX))
            return event

    @contextmanager
    def listening(self, task_id: str, wake: Callable[[], object]) -> Iterator[None]:
        """Have `wake` called when the final event of a task comes, in the thread that puts it: for who may not block.

        Then `wait` without time returns the event. One that was there before wakes nobody.
        """
        waker = (task_id, wake)
        with self._changed:
            self._awaited[task_id] += 1
            self._wakers.append(waker)
        try:
            yield
        finally:
            with self._changed:
                self._wakers.remove(waker)
                self._release(task_id)

    def forget(self, task_id: str) -> None:
        """Keep nothing of a task any longer."""
        with self._changed:
            self._events.pop(task_id, None)

    def _final(self, task_id: str) -> WebhookEvent | None:
        event = self._events.get(task_id)
        return event if event is not None and event.is_final else None

    @contextmanager
    def _awaiting(self, task_id: str) -> Iterator[None]:
        """Hold a task's events back from making room, until who waits for them has seen them."""
        self._awaited[task_id] += 1
        try:
            yield
        finally:
            self._release(task_id)

    def _release(self, task_id: str) -> None:
        self._awaited[task_id] -= 1
        if not self._awaited[task_id]:
            del self._awaited[task_id]

    def _make_room(self) -> None:
        while len(self._events) > self._capacity:
            oldest = next((task_id for task_id in self._events if not self._awaited[task_id]), None)
            if oldest is None:
                return
            del self._events[oldest]
