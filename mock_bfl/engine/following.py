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

    `after` is a cursor given by an earlier one. One that the journal has not reached is from before a reset or a
    restart: everything is told.
    """

    def __init__(self, context: Context, account: str | None, *, after: int = 0) -> None:
        self._context = context
        self._account = account
        self._cursor = after
        self._last: Exchange | None = None  # the exchange at the cursor, to know it again
        self._told = {after}
        self._attempts: dict[str, int] = {}
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
        return [made for delivery in deliveries for made in self._made(delivery)]

    def _rows(self) -> Sequence[Exchange]:
        """Return the exchange at the cursor, if it is still kept, and all after it; of every account.

        Whose an exchange is may be known only when it is answered.
        """
        journal = self._context.store.journal
        rows = journal.exchanges(None, after=max(0, self._cursor - 1))
        if not self._began_anew(rows):
            return rows
        self._cursor, self._last, self._told = 0, None, {0}
        return journal.exchanges(None)

    def _began_anew(self, rows: Sequence[Exchange]) -> bool:
        """Tell whether the journal numbers its exchanges from 1 again, since a reset."""
        last = self._last
        if self._cursor == 0:
            return False
        if rows:
            return last is not None and rows[0].number == last.number and rows[0].real_ms != last.real_ms
        return last is None or any(row.real_ms > last.real_ms for row in self._context.store.journal.exchanges(None))

    def _answered(self, rows: Sequence[Exchange]) -> Iterator[Answered]:
        real_ms, waits = self._context.clock.real_ms(), False
        for row in rows:
            waits = waits or (row.ended_real_ms is None and real_ms - row.real_ms < _PATIENCE_MS)
            if not waits:
                self._cursor, self._last = row.number, row
            if row.ended_real_ms is not None and row.number not in self._told:
                self._told.add(row.number)
                if self._account in {None, row.account}:
                    yield Answered(cursor=self._cursor, exchange=row)
        self._told = {number for number in self._told if number >= self._cursor}

    def _made(self, delivery: Delivery) -> Iterator[Attempted]:
        known = self._attempts.get(delivery.id, 0)
        self._attempts[delivery.id] = len(delivery.attempts)
        for number, attempt in enumerate(delivery.attempts[known:], known + 1):
            if attempt.real_ms >= (self._since_real_ms or 0):
                yield Attempted(delivery=delivery, number=number, attempt=attempt)
