"""The parts of the SQLite store beside its books: journal, outbox, scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mock_bfl.core.exchange import Exchange
from mock_bfl.core.script import Script
from mock_bfl.core.webhook import Delivery

from .sqlite_codec import Codec
from .sqlite_file import EVERYONE, Database

_TRIM_EVERY = 256  # arrivals; what is too old is not shown in between


class SqliteJournal:
    """The last exchanges, by number. A number is never given twice, unless everything is reset."""

    def __init__(self, database: Database, *, length: int) -> None:
        self._database = database
        self._length = length
        self._codec = Codec(Exchange)

    def arrive(self, exchange: Exchange) -> Exchange:
        """Write a request under the next number."""
        number = self._database.insert(
            "INSERT INTO exchange (account, body) VALUES (?, ?)", exchange.account, self._codec.encode(exchange)
        )
        if number % _TRIM_EVERY == 0:
            self._trim()
        return replace(exchange, number=number)

    def complete(self, exchange: Exchange) -> None:
        """Write the answer to a request that is still kept."""
        body = self._codec.encode(exchange)
        self._database.write(
            "UPDATE exchange SET account = ?, body = ? WHERE number = ?", exchange.account, body, exchange.number
        )

    def exchanges(self, account: str | None, *, after: int = 0) -> Sequence[Exchange]:
        """Return the exchanges of an account, or of all."""
        self._trim()
        rows = self._database.rows(
            "SELECT number, body FROM exchange WHERE number > ?1 AND (?2 IS NULL OR account = ?2) ORDER BY number",
            after,
            account,
        )
        return tuple(replace(self._codec.decode(body), number=number) for number, body in rows)

    def forget(self, account: str | None) -> None:
        """Forget the exchanges of an account, or all and their numbers."""
        self._trim()  # what was too old before must not come back when others have made room
        self._database.forget("exchange", account)
        if account is None:
            self._database.write("DELETE FROM sqlite_sequence WHERE name = 'exchange'")

    def _trim(self) -> None:
        first, last = self._database.only(
            "SELECT (SELECT MIN(number) FROM exchange), (SELECT MAX(number) FROM exchange)"
        )
        if last is None or last - first < self._length:
            return
        self._database.write(
            "DELETE FROM exchange WHERE number <= (SELECT number FROM exchange ORDER BY number DESC LIMIT 1 OFFSET ?)",
            self._length,
        )


class SqliteOutbox:
    """Deliveries by id, and an index of those that wait."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._codec = Codec(Delivery)

    def add(self, deliveries: Sequence[Delivery]) -> None:
        """Write new deliveries."""
        with self._database.transaction():
            for delivery in deliveries:
                if not self._replace(delivery):
                    self._database.write(
                        "INSERT INTO delivery (account, state, due_at_ms, turn, body, id) VALUES (?, ?, ?, ?, ?, ?)",
                        *self._columns(delivery),
                    )

    def delivery(self, delivery_id: str) -> Delivery | None:
        """Return a delivery, or None."""
        row = self._database.row("SELECT body FROM delivery WHERE id = ?", delivery_id)
        return self._codec.decode(row[0]) if row else None

    def save(self, delivery: Delivery) -> None:
        """Replace a delivery that is still known."""
        self._replace(delivery)

    def _replace(self, delivery: Delivery) -> bool:
        return bool(
            self._database.count(
                "UPDATE delivery SET account = ?, state = ?, due_at_ms = ?, turn = ?, body = ? WHERE id = ?",
                *self._columns(delivery),
            )
        )

    def _columns(self, delivery: Delivery) -> tuple[object, ...]:
        body = self._codec.encode(delivery)
        return delivery.account, delivery.state, delivery.due_at_ms, delivery.order, body, delivery.id

    def deliveries(self, account: str | None) -> Sequence[Delivery]:
        """Return the deliveries of an account, or of all."""
        rows = self._database.rows(
            "SELECT body FROM delivery WHERE ?1 IS NULL OR account = ?1 ORDER BY number", account
        )
        return tuple(self._codec.decode(body) for (body,) in rows)

    def waiting(self, account: str) -> Sequence[Delivery]:
        """Return what waits, the first due first."""
        rows = self._database.rows(
            "SELECT body FROM delivery WHERE account = ? AND state = 'waiting' ORDER BY due_at_ms, turn, id",
            account,
        )
        return tuple(self._codec.decode(body) for (body,) in rows)

    def accounts_waiting(self) -> Sequence[str]:
        """Return the accounts that have something waiting."""
        rows = self._database.rows("SELECT DISTINCT account FROM delivery WHERE state = 'waiting' ORDER BY account")
        return tuple(account for (account,) in rows)

    def free(self) -> None:
        """End every lease: whoever held it is dead, and its attempt is to be made again."""
        with self._database.transaction():
            for account in self.accounts_waiting():
                for delivery in self.waiting(account):
                    self.save(replace(delivery, leased_until_real_ms=0))

    def forget(self, account: str | None) -> None:
        """Forget the deliveries of an account, or all."""
        self._database.forget("delivery", account)


class SqliteScripts:
    """Scripts by id."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._codec = Codec(Script)

    def add(self, script: Script) -> None:
        """Write a new script."""
        with self._database.transaction():
            if not self._replace(script):
                self._database.write("INSERT INTO script (account, body, id) VALUES (?, ?, ?)", *self._columns(script))

    def script(self, script_id: str) -> Script | None:
        """Return a script, or None."""
        row = self._database.row("SELECT body FROM script WHERE id = ?", script_id)
        return self._codec.decode(row[0]) if row else None

    def save(self, script: Script) -> None:
        """Replace a script that is still known."""
        self._replace(script)

    def _replace(self, script: Script) -> bool:
        statement = "UPDATE script SET account = ?, body = ? WHERE id = ?"
        return bool(self._database.count(statement, *self._columns(script)))

    def _columns(self, script: Script) -> tuple[object, ...]:
        return script.account or EVERYONE, self._codec.encode(script), script.id

    def remove(self, script_id: str) -> bool:
        """Forget a script; False if there was none."""
        return bool(self._database.count("DELETE FROM script WHERE id = ?", script_id))

    def scripts(self, account: str | None) -> Sequence[Script]:
        """Return the scripts of exactly this account, or those for every account."""
        rows = self._database.rows("SELECT body FROM script WHERE account = ? ORDER BY number", account or EVERYONE)
        return tuple(self._codec.decode(body) for (body,) in rows)

    def forget(self, account: str | None) -> None:
        """Forget the scripts of an account, or all."""
        self._database.forget("script", account)
