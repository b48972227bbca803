"""Which events were seen before: a delivery comes at least once, and progress may come after the end.

[GUIDE: retries after 1, 5 and 30 s; WH-1..4: several callbacks for one task]
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from ._errors import ConfigurationError
from ._webhook_event import WebhookEvent


class _Key(NamedTuple):
    """What makes two events the same: an end by its word, a step before it by word and progress."""

    task_id: str
    status: str
    progress: float | None
    is_final: bool


class Deduplicator:
    """Remembers the last `capacity` events of this process; safe to use from several threads.

    It forgets at a restart, and several processes know nothing of each other. Where acting twice does harm, such as
    booking or paying, let the database decide instead: insert (task id, status) under a unique key in the transaction
    that acts, and take "there already" for done.
    """

    def __init__(self, capacity: int = 10_000) -> None:
        self._capacity = checked_capacity(capacity)
        self._changed = threading.Condition()
        self._seen: OrderedDict[_Key, None] = OrderedDict()  # oldest first
        self._ends: Counter[str] = Counter()  # how many of these are ends of a task
        self._busy: set[str] = set()

    def __len__(self) -> int:
        return len(self._seen)

    def is_new(self, event: WebhookEvent) -> bool:
        """Tell whether the event was not seen before, and remember it; what comes after a task's end is not new."""
        key = _key(event)
        with self._changed:
            if key in self._seen:
                self._seen.move_to_end(key)
                return False
            if not key.is_final and self._ends[key.task_id]:
                return False
            self._remember(key)
            return True

    def forget(self, event: WebhookEvent) -> None:
        """Let an event be new when it comes again; for one that could not be handled."""
        with self._changed:
            self._drop(_key(event))

    def run_once(self, event: WebhookEvent, handler: Callable[[WebhookEvent], object]) -> bool:
        """Call `handler` with the event if it is new, and tell whether it was; what the handler raises is raised.

        An event whose handler raised is new when it comes again. The events of one task are handled one after the
        other: an event that comes twice at once waits, because the sender takes any 2xx for the end of it. The handler
        has to be quick: the sender waits for 30 s [GUIDE].
        """
        with self._turn_of(event.task_id):
            if not self.is_new(event):
                return False
            try:
                handler(event)
            except BaseException:
                self.forget(event)
                raise
            return True

    @contextmanager
    def _turn_of(self, task_id: str) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: task_id not in self._busy)
            self._busy.add(task_id)
        try:
            yield
        finally:
            with self._changed:
                self._busy.discard(task_id)
                self._changed.notify_all()

    def _remember(self, key: _Key) -> None:
        self._seen[key] = None
        self._ends[key.task_id] += key.is_final
        if len(self._seen) > self._capacity:
            self._drop(next(iter(self._seen)))

    def _drop(self, key: _Key) -> None:
        if key not in self._seen:
            return
        del self._seen[key]
        self._ends[key.task_id] -= key.is_final
        if not self._ends[key.task_id]:
            del self._ends[key.task_id]


def checked_capacity(capacity: int) -> int:
    """Return the capacity. Raises ConfigurationError if there is no room for one."""
    if capacity < 1:
        raise ConfigurationError(f"A capacity of {capacity} remembers nothing; give 1 or more.")
    return capacity


def _key(event: WebhookEvent) -> _Key:
    progress = None if event.is_final else event.progress
    return _Key(event.task_id, event.status, progress, event.is_final)
