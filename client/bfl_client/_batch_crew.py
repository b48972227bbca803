"""The threads that bring the items of a batch to their end, and how they are stopped.

Two ways to stop: `halt` (an error that all items would share): nothing new is submitted, what runs goes on to its
end. `cut` (Ctrl-C): nothing new is submitted, submits on their way are let finish, so that their acceptance is
journalled, and everything else ends at once; the rest is in the journal. A second Ctrl-C waits for nothing.
"""

from __future__ import annotations

import queue
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ._batch import BatchUpdate
from ._batch_flow import ItemEnd, ItemFlow, Note, Step
from ._batch_plan import PlannedItem
from ._effects import Pause, Send, run
from ._errors import AuthenticationFailed, BFLError, BudgetExceeded, ConfigurationError, InsufficientCredits
from ._records import Intent, Known
from ._slots import MODEL_LIMITS

_GLANCE_S = 0.2  # how long a Ctrl-C may go unnoticed in a pause
SHARED_BY_ALL = (AuthenticationFailed, InsufficientCredits, BudgetExceeded, ConfigurationError)


@dataclass(frozen=True, slots=True)
class Work:
    """An item that something is left to do about; `is_submit`: it costs money."""

    item: PlannedItem
    known: Known
    is_submit: bool


class _Halted(Exception):
    """Raised in a flow that is about to submit when nothing may be submitted any more."""


@dataclass(frozen=True, slots=True)
class _Gone:
    """A thread has ended, by an error that is no item's if there is one."""

    error: BaseException | None


Pursue = Callable[[Work, Callable[[BatchUpdate], None]], ItemFlow[ItemEnd]]


class Crew:
    """Threads that pursue items, in their order but for models whose own limit is reached; at most `size` at a time.

    `pursue` makes the flow of an item, `perform` does what it yields. `halted_by` is the error that `halt` was told.
    """

    def __init__(self, work: Sequence[Work], *, size: int, pursue: Pursue, perform: Callable[[Step], object]) -> None:
        self.halted_by: BFLError | None = None
        self._waiting = list(work)
        self._pursue = pursue
        self._perform = perform
        self._running: Counter[str] = Counter()
        self._changed = threading.Condition()
        self._is_cut = False
        self._news: queue.SimpleQueue[BatchUpdate | ItemEnd | _Gone] = queue.SimpleQueue()
        # Daemons, so that a second Ctrl-C need not wait for them.
        self._threads = [
            threading.Thread(target=self._work, name=f"bfl-batch-{number}", daemon=True)
            for number in range(min(size, len(self._waiting)))
        ]

    def news(self) -> Iterator[BatchUpdate | ItemEnd]:
        """Start, and yield what happens until all is done; raise the error of a thread that is no item's."""
        for thread in self._threads:
            thread.start()
        left = len(self._threads)
        while left:
            news = self._news.get()
            if not isinstance(news, _Gone):
                yield news
                continue
            left -= 1
            if news.error is not None:
                raise news.error

    def halt(self, error: BFLError) -> None:
        """Submit nothing more."""
        with self._changed:
            self.halted_by = self.halted_by or error
            self._waiting = [work for work in self._waiting if not work.is_submit]
            self._changed.notify_all()

    def cut(self) -> None:
        """Submit nothing more, and end what can be ended; return when the submits on their way are answered."""
        with self._changed:
            self._is_cut = True
            self._waiting = []
            self._changed.notify_all()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    def _work(self) -> None:
        try:
            while (work := self._next()) is not None:
                self._run(work)
        except BaseException as error:  # noqa: BLE001 - it is raised in the thread that waits for the batch
            self._news.put(_Gone(None if self._is_cut and isinstance(error, KeyboardInterrupt) else error))
        else:
            self._news.put(_Gone(None))

    def _next(self) -> Work | None:
        with self._changed:
            while self._waiting:
                work = next((work for work in self._waiting if self._has_room(work.item.path)), None)
                if work is not None:
                    self._waiting.remove(work)
                    self._running[work.item.path] += 1
                    return work
                self._changed.wait()
        return None

    def _has_room(self, path: str) -> bool:
        # Whoever waits for a slot of one model keeps a thread from the others.
        return path not in MODEL_LIMITS or self._running[path] < MODEL_LIMITS[path]

    def _run(self, work: Work) -> None:
        try:
            end = run(self._pursue(work, self._news.put), self._performed)
        except _Halted:
            return
        finally:
            with self._changed:
                self._running[work.item.path] -= 1
                self._changed.notify_all()
        if isinstance(end.item.error, SHARED_BY_ALL):
            self.halt(end.item.error)
        self._news.put(end)

    def _performed(self, step: Step) -> object:
        """Do what a flow asks for, unless the batch is being stopped."""
        match step:
            case Note(record):
                if isinstance(record, Intent):
                    self._check_open()
                return self._perform(step)
            case Pause(seconds):
                self._pause(seconds)
                return None
            case Send(method="POST"):
                return self._perform(step)  # its intent is on the disk
            case _:
                self._check_cut()
                return self._perform(step)

    def _pause(self, seconds: float) -> None:
        left_s = seconds
        while left_s > 0:
            self._check_cut()
            self._perform(Pause(min(left_s, _GLANCE_S)))
            left_s -= _GLANCE_S
        self._check_cut()

    def _check_open(self) -> None:
        self._check_cut()
        if self.halted_by is not None:
            raise _Halted

    def _check_cut(self) -> None:
        if self._is_cut:
            raise KeyboardInterrupt
