"""How many of this client's tasks are active: the API refuses the 25th, and the 7th of flux-kontext-max.  [GUIDE]

A task holds its slot from before its submit until its end was seen. One that nobody waits for would hold it for ever,
so whoever finds no slot free looks after such tasks itself: `idle` hands them out, the oldest first.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType

MOST_ACTIVE = 24  # [GUIDE; HELP-CONC]
# A limit of its own, inside the 24 (ASSUMED).  [GUIDE: "6 for flux-kontext-max"]
MODEL_LIMITS: Mapping[str, int] = MappingProxyType({"/v1/flux-kontext-max": 6})


@dataclass(eq=False, slots=True)
class Slot:
    """A place among the active tasks; taken before the submit, so `polling_url` is not known at first.

    The task is not to be polled before `not_before_s`, an instant of the client's clock.
    """

    path: str
    task_id: str | None = None
    polling_url: str | None = field(default=None, repr=False)
    watchers: int = 0
    not_before_s: float = -math.inf


class Slots:
    """The slots of one client; safe to use from several threads. `limit` None: as many as one likes."""

    def __init__(self, limit: int | None = MOST_ACTIVE, *, model_limits: Mapping[str, int] = MODEL_LIMITS) -> None:
        self._limit = limit
        self._model_limits = model_limits
        self._lock = threading.Lock()
        self._held: dict[int, Slot] = {}  # by identity, oldest first

    def __len__(self) -> int:
        return len(self._held)

    @property
    def limit(self) -> int | None:
        """How many there are; None: as many as one likes."""
        return self._limit

    def take(self, path: str) -> Slot | None:
        """Return a slot for a task of the model at `path`, or None if none is free."""
        with self._lock:
            if self._limit is None or (len(self._held) < self._limit and self._has_room_for(path)):
                slot = Slot(path)
                self._held[id(slot)] = slot
                return slot
        return None

    def free(self, slot: Slot) -> None:
        """Give a slot back; giving it back twice changes nothing."""
        with self._lock:
            self._held.pop(id(slot), None)

    def holds(self, slot: Slot) -> bool:
        """Tell whether the slot is still taken."""
        return id(slot) in self._held

    @contextmanager
    def watching(self, slot: Slot) -> Iterator[None]:
        """Say for a while that somebody asks after the task, so that nobody else need."""
        with self._lock:
            slot.watchers += 1
        try:
            yield
        finally:
            with self._lock:
                slot.watchers -= 1

    def idle(self, path: str, *, now_s: float = math.inf) -> Slot | None:
        """Return the oldest slot in the way of `path` whose accepted task nobody asks after though one may, or None.

        It goes to the back of the queue, so that several who look each get another one.
        """
        with self._lock:
            is_model_full = not self._has_room_for(path)
            for slot in tuple(self._held.values()):
                is_in_the_way = slot.path == path or not is_model_full
                is_left_alone = slot.watchers == 0 and slot.not_before_s <= now_s
                if slot.polling_url is not None and is_left_alone and is_in_the_way:
                    self._held[id(slot)] = self._held.pop(id(slot))
                    return slot
        return None

    def _has_room_for(self, path: str) -> bool:
        limit = self._model_limits.get(path)
        return limit is None or sum(slot.path == path for slot in self._held.values()) < limit
