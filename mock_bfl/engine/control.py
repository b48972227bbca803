"""What a test may do to the mock from outside: move clocks, reset, read the journal, ask how it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mock_bfl.core.exchange import Exchange
from mock_bfl.core.timeline import LAST_MS, Timeline
from mock_bfl.store import Store

from .context import Context

_Move = Callable[[Timeline, int], Timeline]


@dataclass(frozen=True, slots=True)
class ClockReading:
    """What a clock shows, and how it runs."""

    now_ms: int
    rate: float

    @property
    def is_frozen(self) -> bool:
        """Whether it stands still."""
        return self.rate == 0


class Control:
    """The levers behind `/_mock`. `account` None means the common clock, or all accounts."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def clock(self, account: str | None) -> ClockReading:
        """Return what the clock shows."""
        with self._context.store.transaction():
            timeline = self._context.store.timeline(account)
            return ClockReading(timeline.at(self._context.clock.real_ms()), timeline.rate)

    def freeze(self, account: str | None) -> None:
        """Stop time."""
        self.set_rate(account, 0)

    def set_rate(self, account: str | None, rate: float) -> None:
        """Let time go on at `rate` times real time. Raises ValueError if negative."""
        with self._context.store.transaction():
            self._move(self._timelines(account), lambda timeline, real_ms: timeline.scaled(rate, real_ms=real_ms))

    def advance(self, account: str | None, *, ms: int) -> None:
        """Move time forward; every webhook that comes due on the way is sent at its instant, retries too.

        Returns when they are answered. Contacts receivers, so it must not be called inside a transaction. Raises
        ValueError if `ms` is negative: time never goes back.
        """
        if ms < 0:
            raise ValueError(f"time never goes back: advance by {ms} ms")
        store = self._context.store
        with store.transaction():
            begun = [(name, store.epoch(name)) for name in self._timelines(account)]
        for name, epoch in begun:
            self._travel(name, ms, epoch=epoch)

    def _travel(self, name: str | None, ms: int, *, epoch: int) -> None:
        """Move one timeline from one due instant to the next, and then on to its goal; a reset on the way ends it."""
        left_ms = ms
        self._deliver_due(name)
        while (step_ms := self._step(name, within_ms=left_ms, epoch=epoch)) is not None:
            left_ms -= step_ms
            self._deliver_due(name)
            if not left_ms:
                break
        self._tell(self._context.store)

    def _step(self, name: str | None, *, within_ms: int, epoch: int) -> int | None:
        """Move a timeline to the next instant at which something is due, or to its goal, and return by how much.

        None if it was reset: what has this name now was never told to move.
        """
        store = self._context.store
        with store.transaction():
            if store.epoch(name) != epoch:
                return None
            real_ms = self._context.clock.real_ms()
            timeline = store.timeline(name)
            now_ms = timeline.at(real_ms)
            coming = (store.outbox.next_due_at_ms(account, after_ms=now_ms) for account in self._waiting_on(name))
            due = [at_ms for at_ms in coming if at_ms is not None and at_ms <= LAST_MS]
            goal_ms = min(due, default=now_ms + within_ms)
            step_ms = min(goal_ms - now_ms, within_ms)
            store.set_timeline(name, timeline.advanced(step_ms, real_ms=real_ms))
            return step_ms

    def _deliver_due(self, name: str | None) -> None:
        with self._context.store.transaction():
            accounts = self._waiting_on(name)
        for account in accounts:
            self._context.dispatcher.deliver_due(account)

    def _waiting_on(self, name: str | None) -> Sequence[str]:
        """Return the accounts on a timeline that have webhooks waiting."""
        store = self._context.store
        own = store.accounts_with_own_timeline()
        waiting = store.outbox.accounts_waiting()
        return [account for account in waiting if (account == name if name is not None else account not in own)]

    def _timelines(self, account: str | None) -> Sequence[str | None]:
        """Return one account's timeline, or with None the common one and every account's own."""
        return (account,) if account is not None else (None, *self._context.store.accounts_with_own_timeline())

    def _move(self, names: Sequence[str | None], move: _Move) -> None:
        store = self._context.store
        with store.transaction():
            real_ms = self._context.clock.real_ms()
            for name in names:
                store.set_timeline(name, move(store.timeline(name), real_ms))
            self._tell(store)

    def _tell(self, store: Store) -> None:
        """Let the dispatcher look again, where there is anything to look for: it would make a thread for nothing."""
        with store.transaction():
            if store.outbox.accounts_waiting():
                self._context.dispatcher.notify()

    def reset(self, account: str | None) -> None:
        """Forget an account, or everything: back to the configured seed, balance and clock."""
        with self._context.store.transaction():
            self._context.store.reset(account)

    def arrive(self, exchange: Exchange) -> Exchange:
        """Write a request into the journal as it comes; return it with its number."""
        with self._context.store.transaction():
            return self._context.store.journal.arrive(exchange)

    def complete(self, exchange: Exchange) -> None:
        """Write the answer of a request into the journal."""
        with self._context.store.transaction():
            self._context.store.journal.complete(exchange)

    def journal(self, account: str | None, *, after: int = 0) -> Sequence[Exchange]:
        """Return the exchanges of an account, or of all, with numbers above `after`."""
        with self._context.store.transaction():
            return self._context.store.journal.exchanges(account, after=after)
