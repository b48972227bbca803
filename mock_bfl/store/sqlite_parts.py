"""The parts of the SQLite store beside its books and its journal: outbox, scripts."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import replace

from mock_bfl.core.script import Script
from mock_bfl.core.webhook import Delivery

from .sqlite_codec import Codec
from .sqlite_file import EVERYONE, Database

_NEW_DELIVERY = """
    INSERT INTO delivery (account, task_id, receiver, state, is_leased, due_at_ms, turn, body, id)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_SAVED_DELIVERY = """
    UPDATE delivery
    SET account = ?, task_id = ?, receiver = ?, state = ?, is_leased = ?, due_at_ms = ?, turn = ?, body = ?
    WHERE id = ?
"""
_FIRST_DUE = """
    SELECT body FROM delivery WHERE account = ?1 AND state = 'waiting' AND due_at_ms <= ?2
    AND (?3 IS NULL OR task_id = ?3)
    AND task_id NOT IN ({tasks}) AND receiver NOT IN ({receivers})
    ORDER BY due_at_ms, turn, id LIMIT 1
"""


def _holes(values: Collection[str]) -> str:
    return ", ".join("?" * len(values))


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
                    self._database.write(_NEW_DELIVERY, *self._columns(delivery))

    def delivery(self, delivery_id: str) -> Delivery | None:
        """Return a delivery, or None."""
        row = self._database.row("SELECT body FROM delivery WHERE id = ?", delivery_id)
        return self._codec.decode(row[0]) if row else None

    def save(self, delivery: Delivery) -> None:
        """Replace a delivery that is still known."""
        self._replace(delivery)

    def _replace(self, delivery: Delivery) -> bool:
        return bool(self._database.count(_SAVED_DELIVERY, *self._columns(delivery)))

    def _columns(self, delivery: Delivery) -> tuple[object, ...]:
        return (
            delivery.account,
            delivery.task_id,
            json.dumps(delivery.receiver),
            delivery.state,
            bool(delivery.leased_until_real_ms),
            delivery.due_at_ms,
            delivery.order,
            self._codec.encode(delivery),
            delivery.id,
        )

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

    def first_due(
        self,
        account: str,
        *,
        by_ms: int,
        task_id: str | None = None,
        not_of: Collection[str] = (),
        not_to: Collection[str] = (),
    ) -> Delivery | None:
        """Return the first of these that is due by then."""
        # As placeholders: text with a NUL would not come whole through JSON.
        receivers = [json.dumps(receiver) for receiver in not_to]
        statement = _FIRST_DUE.format(tasks=_holes(not_of), receivers=_holes(receivers))
        row = self._database.row(statement, account, by_ms, task_id, *not_of, *receivers)
        return self._codec.decode(row[0]) if row else None

    def next_due_at_ms(self, account: str, *, after_ms: int) -> int | None:
        """Return the first instant after the given one at which any of these falls due."""
        row = self._database.row(
            "SELECT due_at_ms FROM delivery WHERE account = ? AND state = 'waiting' AND due_at_ms > ?"
            " ORDER BY due_at_ms LIMIT 1",
            account,
            after_ms,
        )
        return int(row[0]) if row else None

    def leased(self, account: str) -> Sequence[Delivery]:
        """Return those of these that a worker has taken."""
        rows = self._database.rows(
            "SELECT body FROM delivery WHERE account = ? AND state = 'waiting' AND is_leased"
            " ORDER BY due_at_ms, turn, id",
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
                for delivery in self.leased(account):
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
                statement = "INSERT INTO script (account, is_open, body, id) VALUES (?, ?, ?, ?)"
                self._database.write(statement, *self._columns(script))

    def script(self, script_id: str) -> Script | None:
        """Return a script, or None."""
        row = self._database.row("SELECT body FROM script WHERE id = ?", script_id)
        return self._codec.decode(row[0]) if row else None

    def save(self, script: Script) -> None:
        """Replace a script that is still known."""
        self._replace(script)

    def _replace(self, script: Script) -> bool:
        statement = "UPDATE script SET account = ?, is_open = ?, body = ? WHERE id = ?"
        return bool(self._database.count(statement, *self._columns(script)))

    def _columns(self, script: Script) -> tuple[object, ...]:
        return script.account or EVERYONE, script.is_open, self._codec.encode(script), script.id

    def remove(self, script_id: str) -> bool:
        """Forget a script; False if there was none."""
        return bool(self._database.count("DELETE FROM script WHERE id = ?", script_id))

    def scripts(self, account: str | None) -> Sequence[Script]:
        """Return the scripts of exactly this account, or those for every account."""
        return self._found("SELECT body FROM script WHERE account = ? ORDER BY number", account)

    def open(self, account: str | None) -> Sequence[Script]:
        """Return those of them that are open."""
        return self._found("SELECT body FROM script WHERE account = ? AND is_open ORDER BY number", account)

    def _found(self, statement: str, account: str | None) -> Sequence[Script]:
        return tuple(self._codec.decode(body) for (body,) in self._database.rows(statement, account or EVERYONE))

    def forget(self, account: str | None) -> None:
        """Forget the scripts of an account, or all."""
        self._database.forget("script", account)
