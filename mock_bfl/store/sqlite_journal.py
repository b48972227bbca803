"""The journal in an SQLite file. Law: how much each account has is a row beside the exchanges, never counted anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mock_bfl.core.exchange import Exchange

from .sqlite_codec import Codec
from .sqlite_file import EVERYONE, Database


class SqliteJournal:
    """The last exchanges, by number. A number is never given twice, not even after a reset."""

    def __init__(self, database: Database, *, length: int, total: int) -> None:
        self._database = database
        self._length = length
        self._total = total
        self._codec = Codec(Exchange)

    def arrive(self, exchange: Exchange) -> Exchange:
        """Write a request under the next number; an older one makes room."""
        name, body = exchange.account or EVERYONE, self._codec.encode(exchange)
        with self._database.transaction():
            self._database.write("UPDATE journal SET numbered = numbered + 1, kept = kept + 1")
            number = self._database.insert("INSERT INTO exchange SELECT numbered, ?, ? FROM journal", name, body)
            self._enter(name)
            self._make_room(name)
        return replace(exchange, number=number)

    def complete(self, exchange: Exchange) -> None:
        """Write the answer to a request that is still kept; its account may be known only now."""
        name, body, number = exchange.account or EVERYONE, self._codec.encode(exchange), exchange.number
        with self._database.transaction():
            if not self._database.count(
                "UPDATE exchange SET body = ? WHERE number = ? AND account = ?", body, number, name
            ):
                self._move(number, name, body)

    def _move(self, number: int, name: str, body: str) -> None:
        arrived = self._database.row("SELECT account FROM exchange WHERE number = ?", number)
        if arrived is not None:
            self._database.write("UPDATE exchange SET account = ?, body = ? WHERE number = ?", name, body, number)
            self._enter(name)
            self._leave(*arrived, is_cut=False)
            self._make_room(name)

    def exchanges(self, account: str | None, *, after: int = 0) -> Sequence[Exchange]:
        """Return the exchanges of an account, or of all."""
        if account is None:
            rows = self._database.rows("SELECT number, body FROM exchange WHERE number > ? ORDER BY number", after)
        else:
            rows = self._database.rows(
                "SELECT number, body FROM exchange WHERE account = ? AND number > ? ORDER BY number", account, after
            )
        return tuple(replace(self._codec.decode(body), number=number) for number, body in rows)

    def count(self, account: str | None) -> int:
        """Return how many exchanges of an account are kept, or of all."""
        if account is None:
            return int(self._database.only("SELECT kept FROM journal")[0])
        row = self._database.row("SELECT kept FROM share WHERE account = ?", account)
        return int(row[0]) if row else 0

    def is_cut(self, account: str | None) -> bool:
        """Tell whether an account may have had exchanges that were dropped, or with None any."""
        (is_name_lost,) = self._database.only("SELECT is_name_lost FROM journal")
        if account is None:
            return bool(is_name_lost) or self._database.row("SELECT 1 FROM share WHERE is_cut LIMIT 1") is not None
        row = self._database.row("SELECT is_cut FROM share WHERE account = ?", account)
        return bool(row[0] if row else is_name_lost)

    def forget(self, account: str | None) -> None:
        """Forget the exchanges of an account, or all; not their numbers."""
        with self._database.transaction():
            if account is None:
                self._database.write("UPDATE journal SET kept = 0, is_name_lost = 0")
            else:
                self._database.write("UPDATE journal SET kept = kept - ?", self.count(account))
            self._database.forget("share", account)
            self._database.forget("exchange", account)

    def _make_room(self, name: str) -> None:
        """Drop what is one too many: of the account to which something came, else of the one that has most."""
        kept, of_all = self._database.only(
            "SELECT share.kept, journal.kept FROM share, journal WHERE account = ?", name
        )
        if kept > self._length:
            self._drop_oldest(name)
        elif of_all > self._total:
            self._drop_oldest(*self._database.only("SELECT account FROM share ORDER BY kept DESC, account LIMIT 1"))

    def _drop_oldest(self, name: str) -> None:
        self._database.write(
            "DELETE FROM exchange WHERE number = (SELECT MIN(number) FROM exchange WHERE account = ?)", name
        )
        self._database.write("UPDATE journal SET kept = kept - 1")
        self._leave(name, is_cut=True)

    def _enter(self, name: str) -> None:
        self._database.write(
            "INSERT INTO share SELECT ?, 1, is_name_lost FROM journal WHERE true"
            " ON CONFLICT (account) DO UPDATE SET kept = kept + 1",
            name,
        )

    def _leave(self, name: str, *, is_cut: bool) -> None:
        """Count one less in a share. One that is empty goes, name and all: there is no end of names."""
        self._database.write("UPDATE share SET kept = kept - 1, is_cut = is_cut OR ? WHERE account = ?", is_cut, name)
        emptied = self._database.row("SELECT is_cut FROM share WHERE account = ? AND kept = 0", name)
        if emptied is not None:
            self._database.write("DELETE FROM share WHERE account = ?", name)
            self._database.write("UPDATE journal SET is_name_lost = is_name_lost OR ?", *emptied)
