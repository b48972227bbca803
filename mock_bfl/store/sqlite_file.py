"""One SQLite file: opened and checked, one connection behind one lock, transactions that are decisions.

A transaction takes SQLite's write lock before it reads (`BEGIN IMMEDIATE`), so that several processes over one file
decide one after the other. The file is in WAL mode with `synchronous=NORMAL`: what was committed survives the death of
the process at any moment, because the system keeps the written pages; only a loss of power may cost the last of it.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mock_bfl.errors import StoreError

APPLICATION_ID = 0x42464C31  # "BFL1": by it a file tells that it is ours
EVERYONE = ""  # how a row says that it is for all accounts: no account has this name
_BUSY_TIMEOUT_S = 30.0  # how long to wait for another process; its transactions take a fraction of a millisecond
_WAL_TRIES = 100
_WAL_PAUSE_S = 0.02


class FileInUse(StoreError):
    """Another process has the file, and did not let go of it in time."""


class Database:
    """A connection that any thread may use; outside a transaction each statement is one of its own. Raises StoreError.

    `alone`: raises FileInUse if anybody else has the file, and keeps them out.

    One connection behind a lock, not one for each thread: with eight threads it decides more per second, and the
    slowest waits a tenth as long, because SQLite makes its own connections wait in steps of many milliseconds.
    """

    def __init__(self, path: Path, *, schema: str, version: int, alone: bool = False) -> None:
        self._path = path
        self._lock = threading.RLock()
        timeout_s = 0 if alone else _BUSY_TIMEOUT_S
        try:
            self._connection = sqlite3.connect(
                path, timeout=timeout_s, isolation_level=None, check_same_thread=False, cached_statements=256
            )
        except sqlite3.Error as error:
            raise StoreError(f"cannot open {path} ({error}): name a file in a directory that may be written") from error
        try:
            self._begin(schema, version, alone=alone)
        except BaseException:
            self._connection.close()
            raise

    def _begin(self, schema: str, version: int, *, alone: bool) -> None:
        if alone:
            self.write("PRAGMA locking_mode=EXCLUSIVE")
        with self.transaction():
            self._check(version)  # before anything is changed in a file that is not ours
        self._use_wal()
        self.write("PRAGMA synchronous=NORMAL")
        with self.transaction():
            if self._is_empty():
                self._create(schema, version)
            self._check(version)  # again: another process may have been here first

    def _create(self, schema: str, version: int) -> None:
        for statement in schema.split(";"):
            self.write(statement)
        self.write(f"PRAGMA application_id={APPLICATION_ID}")
        self.write(f"PRAGMA user_version={version}")

    def _check(self, version: int) -> None:
        """Raise StoreError unless the file is empty, or ours and of this version."""
        if self._is_empty():
            return
        if self.only("PRAGMA application_id")[0] != APPLICATION_ID:
            raise StoreError(f"{self._path} is a database of another program: name a file that is not there yet")
        if self.only("PRAGMA user_version")[0] != version:
            raise StoreError(
                f"{self._path} was written by another version of mock-bfl, and its tasks cannot be read by this one:"
                " name a file that is not there yet, or delete this one"
            )

    def _is_empty(self) -> bool:
        return self.row("SELECT 1 FROM sqlite_master LIMIT 1") is None

    def _use_wal(self) -> None:
        """Switch to WAL. SQLite does not wait here for another process that opens the file: so we do."""
        pause = threading.Event()
        for _ in range(_WAL_TRIES):
            try:
                return self.write("PRAGMA journal_mode=WAL")
            except FileInUse:
                pause.wait(_WAL_PAUSE_S)
        return self.write("PRAGMA journal_mode=WAL")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the file for the block; what it wrote is durable after it, and undone if it raises. Re-entrant."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self.write("BEGIN IMMEDIATE")
            try:
                yield
                self.write("COMMIT")
            except BaseException:
                self._connection.rollback()
                raise

    def write(self, statement: str, *values: object) -> None:
        """Execute a statement that returns nothing. Raises StoreError."""
        self.rows(statement, *values)

    def count(self, statement: str, *values: object) -> int:
        """Execute a statement and return how many rows it changed. Raises StoreError."""
        with self._lock:
            return self._cursor(statement, values).rowcount

    def insert(self, statement: str, *values: object) -> int:
        """Insert a row and return its number. Raises StoreError."""
        with self._lock:
            return self._cursor(statement, values).lastrowid or 0

    def rows(self, statement: str, *values: object) -> list[Any]:
        """Return all rows of a query. Raises StoreError."""
        with self._lock:
            try:
                return self._connection.execute(statement, values).fetchall()
            except sqlite3.Error as error:
                raise self._failed(error) from error

    def forget(self, table: str, account: str | None) -> None:
        """Delete the rows of an account, or all."""
        if account is None:
            self.write(f"DELETE FROM {table}")  # noqa: S608 -- a table of the schema
        else:
            self.write(f"DELETE FROM {table} WHERE account = ?", account)  # noqa: S608 -- a table of the schema

    def row(self, statement: str, *values: object) -> Any | None:
        """Return the first row of a query, or None. Raises StoreError."""
        try:
            rows = self.rows(statement, *values)
        except UnicodeEncodeError:  # whoever asks for a lone surrogate: no row has one
            return None
        return rows[0] if rows else None

    def only(self, statement: str, *values: object) -> Any:
        """Return the one row that must be there. Raises KeyError if it is not."""
        rows = self.rows(statement, *values)
        if not rows:
            raise KeyError(*values)
        return rows[0]

    def _cursor(self, statement: str, values: Sequence[object]) -> sqlite3.Cursor:
        try:
            return self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def _failed(self, error: sqlite3.Error) -> StoreError:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
            return FileInUse(f"{self._path} is in use by another process, which does not let go of it")
        return StoreError(f"{self._path} cannot be used as a store: {error}")

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()
