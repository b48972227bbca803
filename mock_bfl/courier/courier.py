"""The courier: carries what is due, in the background while clocks run, and at once when it is told to."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Sequence

from mock_bfl.clock import Clock
from mock_bfl.contract import Dialect
from mock_bfl.core.delivery import secret_of
from mock_bfl.core.outgoing import Stationery
from mock_bfl.core.rules import RULES, Rules
from mock_bfl.core.webhook import Attempt
from mock_bfl.store import Store

from .desk import Errand, SendingDesk
from .sender import HttpSender, Sender

MOST_AT_ONCE = 32  # attempts on their way, each in a thread of its own
MOST_OF_ONE_ACCOUNT = 8  # of these: one key's receivers, slow or dead, must not keep another's waiting
MOST_TO_ONE_RECEIVER = 4  # nor one receiver those of the same key
_SHORTEST_PAUSE_S = 0.005  # a clock that moves by hand may stand right before an instant
_LONGEST_PAUSE_S = 3600.0
_PATIENCE_S = 5.0  # with what the background carries, when it is stopped


class Courier:
    """Sends the webhooks of one mock. Makes no thread before the first of them waits, and keeps none when none does.

    With a frozen clock nothing becomes due by itself: then only `deliver_due` sends, in the thread that calls it, and
    once for each time that it is told to, `deliver_soon`, in the background.
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
        self._soon: set[str] = set()  # accounts to send of though their clocks stand
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

    def deliver_soon(self, account: str) -> None:
        """Send what is due of an account in the background, though its clock stands. Takes no transaction, either."""
        with self._changed:
            self._soon.add(account)
        self.notify()

    def stop(self) -> None:
        """Begin nothing any more in the background, and give what is on its way a moment to be written down."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._thread is None and not self._carried, timeout=_PATIENCE_S)

    def deliver_due(self, account: str, *, task_id: str | None = None) -> Sequence[Attempt]:
        """Send what is due, in order, and return when none of it is on its way: not by the background, either."""
        attempts: list[Attempt] = []
        is_settled = False
        while not is_settled:
            while (errand := self._desk.take(account, task_id=task_id)) is not None:
                attempts.append(self._desk.carry(errand))
            is_settled = not self._await_the_background(account, task_id=task_id)
        return attempts

    def replay(self, delivery_id: str) -> Attempt | None:
        """Send a delivery again, at once and whatever its state; None if it is not known."""
        errand = self._desk.take_again(delivery_id)
        return None if errand is None else self._desk.carry(errand, is_replay=True)

    def _await_the_background(self, account: str, *, task_id: str | None) -> bool:
        """Wait until something of the background has ended; False if none of it is ours, or its lease has.

        What was planned before a reset is nobody's any more.
        """
        epoch = self._desk.epoch(account)
        with self._changed:
            deliveries = [errand.delivery for errand in self._carried]
            ours = [row for row in deliveries if (row.account, row.epoch) == (account, epoch)]
            if not (self._is_taking or any(task_id in {None, row.task_id} for row in ours)):
                return False
            ended = self._ended
            return self._changed.wait_for(lambda: self._ended != ended, timeout=self._desk.lease_s)

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
        """Begin one attempt of each account, and again, while any may; who has least on its way is first."""
        with self._changed:
            soon = tuple(self._soon)
        accounts = {*self._desk.running_accounts(), *soon}
        while accounts:
            in_turn = sorted(accounts, key=lambda account: (self._carried_of(account), account))
            accounts = {account for account in in_turn if self._begin_one(account)}
        over = [account for account in soon if not self._desk.has_due(account)]
        with self._changed:
            self._soon.difference_update(over)

    def _begin_one(self, account: str) -> bool:
        """Begin what is due next of an account; False if nothing is, or there is no room for it.

        Only the thread of `_run` begins any, so what room there is stays.
        """
        receivers = Counter(errand.delivery.receiver for errand in tuple(self._carried))
        if receivers.total() >= MOST_AT_ONCE or self._carried_of(account) >= MOST_OF_ONE_ACCOUNT:
            return False
        full = [receiver for receiver, carried in receivers.items() if carried >= MOST_TO_ONE_RECEIVER]
        errand = self._desk.take(account, not_to=full)
        if errand is None:
            return False
        with self._changed:
            self._carried.append(errand)
        threading.Thread(target=self._carry, args=(errand,), name="mock-bfl-webhook", daemon=True).start()
        return True

    def _carried_of(self, account: str) -> int:
        return sum(errand.delivery.account == account for errand in tuple(self._carried))

    def _carry(self, errand: Errand) -> None:
        try:
            self._desk.carry(errand)
        finally:
            with self._changed:
                self._carried.remove(errand)
                self._ended += 1
            self.notify()
