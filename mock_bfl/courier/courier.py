"""The courier: carries what is due, in the background while clocks run, and at once when it is told to."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence

from mock_bfl.clock import Clock
from mock_bfl.contract import Dialect
from mock_bfl.core.delivery import secret_of
from mock_bfl.core.outgoing import Stationery
from mock_bfl.core.receiver import name_of
from mock_bfl.core.rules import RULES, Rules
from mock_bfl.core.task import Task
from mock_bfl.core.webhook import Attempt
from mock_bfl.store import Store

from .desk import Errand, SendingDesk
from .sender import HttpSender, Sender

MOST_AT_ONCE = 32  # attempts on their way, each in a thread of its own
MOST_TO_ONE_RECEIVER = 4  # of these: a receiver that is slow or dead must not keep the others waiting
_SHORTEST_PAUSE_S = 0.005  # a clock that moves by hand may stand right before an instant
_LONGEST_PAUSE_S = 3600.0
_PATIENCE_S = 5.0  # with what the background carries: its receiver may itself be what waits for us


class Courier:
    """Sends the webhooks of one mock. Makes no thread before the first of them waits, and keeps none when none does.

    With a frozen clock nothing becomes due by itself: then only `deliver_due` sends, in the thread that calls it.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        dialect: Dialect,
        seed: int = 0,
        rules: Rules = RULES,
        hosts: Collection[str] = (),
        sender: Sender | None = None,
    ) -> None:
        stationery = Stationery(dialect=dialect, rules=rules, secret=secret_of(seed))
        self._desk = SendingDesk(store, clock, stationery=stationery, sender=sender or HttpSender(hosts=hosts))
        self._changed = threading.Condition()
        self._has_news = False
        self._is_stopped = False
        self._thread: threading.Thread | None = None
        self._carried: list[Errand] = []  # by the background
        self._is_taking = False  # the background: what it takes is not among the carried yet
        self._ended = 0  # how often it has ended one of these

    def start_if_due(self) -> None:
        """Begin to send what an earlier process left in the store."""
        if self._desk.has_waiting():
            self.notify()

    def notify(self) -> None:
        """Look at the outbox again. Takes no transaction, so it may be called inside one."""
        with self._changed:
            self._has_news = True
            if self._thread is None and not self._is_stopped:
                self._thread = threading.Thread(target=self._run, name="mock-bfl-courier", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def stop(self) -> None:
        """Begin nothing any more in the background, and give what is on its way a moment to be written down."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._thread is None and not self._carried, timeout=_PATIENCE_S)

    def deliver_due(self, account: str, *, task_id: str | None = None) -> Sequence[Attempt]:
        """Send what is due, in order, and return when none of it is on its way: not by the background, either."""

        def is_wanted(task: Task) -> bool:
            return task_id in {None, task.id}

        attempts: list[Attempt] = []
        is_settled = False
        while not is_settled:
            while (errand := self._desk.take(account, wanted=is_wanted)) is not None:
                attempts.append(self._desk.carry(errand))
            is_settled = not self._await_the_background(account, task_id=task_id)
        return attempts

    def replay(self, delivery_id: str) -> Attempt | None:
        """Send a delivery again, at once and whatever its state; None if it is not known."""
        errand = self._desk.take_again(delivery_id)
        return None if errand is None else self._desk.carry(errand, is_replay=True)

    def _await_the_background(self, account: str, *, task_id: str | None) -> bool:
        """Wait until something of the background has ended; False if none of it is ours, or it takes too long."""
        with self._changed:
            deliveries = [errand.delivery for errand in self._carried]
            is_ours = any(row.account == account and task_id in {None, row.task_id} for row in deliveries)
            if not (is_ours or self._is_taking):
                return False
            ended = self._ended
            return self._changed.wait_for(lambda: self._ended != ended, timeout=_PATIENCE_S)

    def _run(self) -> None:
        try:
            self._begin_and_sleep()
        finally:
            with self._changed:
                if self._thread is threading.current_thread():
                    self._thread = None
                    self._is_taking = False
                    self._ended += 1
                self._changed.notify_all()

    def _begin_and_sleep(self) -> None:
        """Begin what is due, sleep until the next instant or news; end when nothing will be due by itself.

        Under the lock in which it finds that, it gives up its place: whoever notifies later makes another thread.
        """
        while True:
            with self._changed:
                self._has_news = False
                if self._is_stopped:
                    return
                self._is_taking = True
            began_real_ms = self._desk.real_ms()
            self._begin_what_is_due()
            with self._changed:
                self._is_taking = False
                self._ended += 1
                self._changed.notify_all()
            pause_ms = self._desk.pause_ms(since_real_ms=began_real_ms)
            with self._changed:
                if self._has_news or self._is_stopped:
                    continue
                if pause_ms is None:
                    self._thread = None
                    return
                self._changed.wait(min(max(pause_ms / 1000, _SHORTEST_PAUSE_S), _LONGEST_PAUSE_S))

    def _begin_what_is_due(self) -> None:
        for account in self._desk.running_accounts():
            while (errand := self._desk.take(account, wanted=self._has_room_for)) is not None:
                with self._changed:
                    self._carried.append(errand)
                threading.Thread(target=self._carry, args=(errand,), name="mock-bfl-webhook", daemon=True).start()

    def _has_room_for(self, task: Task) -> bool:
        """Tell whether one more attempt may begin. Only the thread of `_run` adds any, so the room stays."""
        receivers = [name_of(errand.outgoing.url) for errand in tuple(self._carried)]
        name = name_of(task.webhook_url or "")
        return len(receivers) < MOST_AT_ONCE and receivers.count(name) < MOST_TO_ONE_RECEIVER

    def _carry(self, errand: Errand) -> None:
        try:
            self._desk.carry(errand)
        finally:
            with self._changed:
                self._carried.remove(errand)
                self._ended += 1
            self.notify()
