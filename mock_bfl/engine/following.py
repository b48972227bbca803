"""Follow what happens to the mock: completed exchanges and webhook attempts, each as soon as it can be seen.

Law: nothing is left out, whatever the order in which answers come. An exchange that is answered while an older one is
still on its way is told at once, under the cursor before the older one: who resumes there may hear it twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mock_bfl.core.exchange import Exchange
from mock_bfl.core.webhook import Attempt, Delivery

from .context import Context

_PATIENCE_MS = 60_000  # real time after which an exchange without an answer holds the cursor no longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An exchange that is complete. Who resumes after `cursor` misses nothing that comes later."""

    cursor: int
    exchange: Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """One attempt, the `number`th, to bring a delivery to its receiver."""

    delivery: Delivery
    number: int
    attempt: Attempt


class Follower:
    """Tells what has happened since it was last asked; `account` None: to all accounts.

    `after` is a cursor given by an earlier one. One that the journal has not reached is from before a restart, which
    begins the numbers anew: everything is told.
    """

    def __init__(self, context: Context, account: str | None, *, after: int = 0) -> None:
        self._context = context
        self._account = account
        self._cursor = after
        self._is_at_work = False  # from then on every number is greater than those before: no reset gives one again
        self._told = {after}
        self._attempts: dict[tuple[int, str], int] = {}  # how many were seen of what: an id comes again after a reset
        self._since_real_ms: int | None = None

    def exchanges(self) -> Sequence[Answered]:
        """Return the exchanges that were completed since, oldest arrival first."""
        with self._context.store.transaction():
            rows = self._rows()
        if self._since_real_ms is None:
            self._since_real_ms = rows[0].real_ms if rows and rows[0].number == self._cursor else 0
        return list(self._answered(rows))

    def attempts(self) -> Sequence[Attempted]:
        """Return the webhook attempts that were made since, delivery by delivery; asked after `exchanges`."""
        with self._context.store.transaction():
            deliveries = self._context.store.outbox.deliveries(self._account)
        news = [made for delivery in deliveries for made in self._made(delivery)]
        self._attempts = {(row.epoch, row.id): len(row.attempts) for row in deliveries}
        return news

    def _rows(self) -> Sequence[Exchange]:
        """Return the exchange at the cursor, if it is still kept, and all after it; of every account.

        Whose an exchange is may be known only when it is answered.
        """
        journal = self._context.store.journal
        rows = journal.exchanges(None, after=max(0, self._cursor - 1))
        if not (rows or self._is_at_work):
            self._cursor, self._told = 0, {0}
            rows = journal.exchanges(None)
        self._is_at_work = True
        return rows

    def _answered(self, rows: Sequence[Exchange]) -> Iterator[Answered]:
        real_ms, waits = self._context.clock.real_ms(), False
        for row in rows:
            waits = waits or (row.ended_real_ms is None and real_ms - row.real_ms < _PATIENCE_MS)
            if not waits:
                self._cursor = row.number
            if row.ended_real_ms is not None and row.number not in self._told:
                self._told.add(row.number)
                if self._account in {None, row.account}:
                    yield Answered(cursor=self._cursor, exchange=row)
        self._told = {number for number in self._told if number >= self._cursor}

    def _made(self, delivery: Delivery) -> Iterator[Attempted]:
        known = self._attempts.get((delivery.epoch, delivery.id), 0)
        for number, attempt in enumerate(delivery.attempts[known:], known + 1):
            if attempt.real_ms >= (self._since_real_ms or 0):
                yield Attempted(delivery=delivery, number=number, attempt=attempt)
