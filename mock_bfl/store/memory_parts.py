"""The parts of the memory store beside its books: journal, outbox, scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mock_bfl.core.exchange import Exchange
from mock_bfl.core.script import Script
from mock_bfl.core.webhook import Delivery, DeliveryState

JOURNAL_LENGTH = 20_000


class MemoryJournal:
    """The last exchanges, by number."""

    def __init__(self, *, length: int = JOURNAL_LENGTH) -> None:
        self._length = length
        self._rows: dict[int, Exchange] = {}
        self._arrived = 0

    def arrive(self, exchange: Exchange) -> Exchange:
        """Write a request under the next number; the oldest row makes room."""
        self._arrived += 1
        arrived = self._rows[self._arrived] = replace(exchange, number=self._arrived)
        if len(self._rows) > self._length:
            del self._rows[next(iter(self._rows))]
        return arrived

    def complete(self, exchange: Exchange) -> None:
        """Write the answer to a request that is still kept."""
        if exchange.number in self._rows:
            self._rows[exchange.number] = exchange

    def exchanges(self, account: str | None, *, after: int = 0) -> Sequence[Exchange]:
        """Return the exchanges of an account, or of all."""
        rows = self._rows.values()
        return tuple(row for row in rows if row.number > after and (account is None or row.account == account))

    def forget(self, account: str) -> None:
        """Forget the exchanges of an account."""
        self._rows = {number: row for number, row in self._rows.items() if row.account != account}


class MemoryOutbox:
    """Deliveries by id, and an index of those that wait."""

    def __init__(self) -> None:
        self._rows: dict[str, Delivery] = {}
        self._waiting: dict[str, set[str]] = {}

    def add(self, deliveries: Sequence[Delivery]) -> None:
        """Write new deliveries."""
        for delivery in deliveries:
            self._write(delivery)

    def delivery(self, delivery_id: str) -> Delivery | None:
        """Return a delivery, or None."""
        return self._rows.get(delivery_id)

    def save(self, delivery: Delivery) -> None:
        """Replace a delivery that is still known."""
        if delivery.id in self._rows:
            self._write(delivery)

    def _write(self, delivery: Delivery) -> None:
        self._rows[delivery.id] = delivery
        if delivery.state is DeliveryState.WAITING:
            self._waiting.setdefault(delivery.account, set()).add(delivery.id)
            return
        ids = self._waiting.get(delivery.account, set())
        ids.discard(delivery.id)
        if not ids:
            self._waiting.pop(delivery.account, None)

    def deliveries(self, account: str | None) -> Sequence[Delivery]:
        """Return the deliveries of an account, or of all."""
        return tuple(row for row in self._rows.values() if account is None or row.account == account)

    def waiting(self, account: str) -> Sequence[Delivery]:
        """Return what waits, the first due first."""
        rows = (self._rows[delivery_id] for delivery_id in self._waiting.get(account, ()))
        return sorted(rows, key=lambda row: (row.due_at_ms, row.order, row.id))

    def accounts_waiting(self) -> Sequence[str]:
        """Return the accounts that have something waiting."""
        return sorted(self._waiting)

    def forget(self, account: str) -> None:
        """Forget the deliveries of an account."""
        self._rows = {row.id: row for row in self._rows.values() if row.account != account}
        self._waiting.pop(account, None)


class MemoryScripts:
    """Scripts by id."""

    def __init__(self) -> None:
        self._rows: dict[str, Script] = {}

    def add(self, script: Script) -> None:
        """Write a new script."""
        self._rows[script.id] = script

    def script(self, script_id: str) -> Script | None:
        """Return a script, or None."""
        return self._rows.get(script_id)

    def save(self, script: Script) -> None:
        """Replace a script that is still known."""
        if script.id in self._rows:
            self._rows[script.id] = script

    def remove(self, script_id: str) -> bool:
        """Forget a script; False if there was none."""
        return self._rows.pop(script_id, None) is not None

    def scripts(self, account: str | None) -> Sequence[Script]:
        """Return the scripts of exactly this account, or those for every account."""
        return tuple(row for row in self._rows.values() if row.account == account)

    def forget(self, account: str) -> None:
        """Forget the scripts of an account."""
        self._rows = {row.id: row for row in self._rows.values() if row.account != account}
