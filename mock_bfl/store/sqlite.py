"""The store that outlives its process: one SQLite file, which several processes may share.

Law: nothing that decides is kept in the process. What was written in a transaction is durable when it ends, so before
any reply that tells of it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from mock_bfl.clock import Clock
from mock_bfl.core.admission import Allowance
from mock_bfl.core.exchange import Exchange
from mock_bfl.core.ledger import Entry
from mock_bfl.core.rate import PollWindow
from mock_bfl.core.script import Script
from mock_bfl.core.task import Task
from mock_bfl.core.timeline import Timeline
from mock_bfl.core.webhook import Delivery

from .memory_journal import JOURNAL_LENGTH, JOURNAL_TOTAL
from .sqlite_clocks import SqliteClocks
from .sqlite_codec import Codec, fingerprint_of
from .sqlite_file import EVERYONE, Database, FileInUse
from .sqlite_journal import SqliteJournal
from .sqlite_parts import SqliteOutbox, SqliteScripts
from .sqlite_schema import SCHEMA

STORED = (Task, Entry, Allowance, PollWindow, Timeline, Exchange, Delivery, Script)
_NEVER_MS = 2**63 - 1  # when a task ends whose end is not known: SQLite's greatest number


class SqliteStore:
    """Keeps everything in the file at `path`, which is made if it is not there. Raises StoreError.

    `clock` is the one that the timelines run over. All methods may be called from any thread.
    """

    def __init__(
        self, path: Path, *, clock: Clock, journal_length: int = JOURNAL_LENGTH, journal_total: int = JOURNAL_TOTAL
    ) -> None:
        version = fingerprint_of(STORED, schema=SCHEMA)
        _recover(path, version, clock)
        self._database = database = Database(path, schema=SCHEMA, version=version)
        self._tasks, self._entries = Codec(Task), Codec(Entry)
        self._allowances = Codec(Allowance)
        self._clocks = SqliteClocks(database, clock)
        self.journal = SqliteJournal(database, length=journal_length, total=journal_total)
        self.outbox = SqliteOutbox(database)
        self.scripts = SqliteScripts(database)

    def transaction(self) -> AbstractContextManager[None]:
        """Hold the file for the block, and time with it; undone if the block raises; re-entrant."""
        return self._clocks.transaction()

    def close(self) -> None:
        """Let go of the file; nothing that was written is lost."""
        self._database.close()

    def has_account(self, account: str) -> bool:
        """Tell whether the account has been opened."""
        return self._database.row("SELECT 1 FROM account WHERE account = ?", account) is not None

    def open_account(self, account: str, *, entry: Entry, allowance: Allowance, finetunes: Sequence[str]) -> None:
        """Open an account with its first entry."""
        with self.transaction():
            self._database.write(
                "INSERT INTO account (account, allowance, finetunes, balance, tasks) VALUES (?, ?, ?, '0', 0)",
                account,
                self._allowances.encode(allowance),
                json.dumps(list(finetunes)),
            )
            self.write_entry(account, entry)

    def accounts(self) -> Sequence[str]:
        """Return the accounts that were opened, oldest first."""
        return tuple(name for (name,) in self._database.rows("SELECT account FROM account ORDER BY number"))

    def allowance(self, account: str) -> Allowance:
        """Return how many tasks the account may have active."""
        (body,) = self._database.only("SELECT allowance FROM account WHERE account = ?", account)
        return self._allowances.decode(body)

    def set_allowance(self, account: str, allowance: Allowance) -> None:
        """Set how many tasks the account may have active."""
        body = self._allowances.encode(allowance)
        self._known(self._database.count("UPDATE account SET allowance = ? WHERE account = ?", body, account), account)

    def add_task(self, task: Task, entries: Sequence[Entry]) -> None:
        """Write a new task and all its entries."""
        with self.transaction():
            counted = self._database.count("UPDATE account SET tasks = tasks + 1 WHERE account = ?", task.account)
            self._known(counted, task.account)
            self._database.write(
                "INSERT INTO task (id, account, sample_key, ends_at_ms, polls, body) VALUES (?, ?, ?, ?, 0, ?)",
                task.id,
                task.account,
                task.sample_key,
                _ends_at_ms(task),
                self._tasks.encode(task),
            )
            for entry in entries:
                self.write_entry(task.account, entry)

    def task(self, task_id: str) -> Task | None:
        """Return a task, or None."""
        row = self._database.row("SELECT body FROM task WHERE id = ?", task_id)
        return self._tasks.decode(row[0]) if row else None

    def tasks(self, account: str) -> Sequence[Task]:
        """Return the account's tasks, oldest first."""
        self._database.only("SELECT 1 FROM account WHERE account = ?", account)
        rows = self._database.rows("SELECT body FROM task WHERE account = ? ORDER BY number", account)
        return tuple(self._tasks.decode(body) for (body,) in rows)

    def task_of_sample(self, sample_key: str) -> Task | None:
        """Return the task whose sample has this key, or None."""
        row = self._database.row("SELECT body FROM task WHERE sample_key = ?", sample_key)
        return self._tasks.decode(row[0]) if row else None

    def active_tasks(self, account: str, *, now_ms: int) -> Sequence[Task]:
        """Return the tasks that are not settled by `now_ms`, oldest first."""
        rows = self._database.rows(
            "SELECT body FROM task WHERE account = ? AND ends_at_ms > ? ORDER BY number", account, now_ms
        )
        return tuple(self._tasks.decode(body) for (body,) in rows)

    def tasks_created(self, account: str) -> int:
        """Return how many tasks the account has had."""
        (tasks,) = self._database.only("SELECT tasks FROM account WHERE account = ?", account)
        return int(tasks)

    def balance(self, account: str, *, now_ms: int) -> Decimal:
        """Return the sum of the entries in effect; what is counted here is not counted again."""
        with self.transaction():
            balance = Decimal(self._database.only("SELECT balance FROM account WHERE account = ?", account)[0])
            due = self._database.rows(
                "SELECT credits FROM due WHERE account = ? AND effective_at_ms <= ?", account, now_ms
            )
            if due:
                balance = sum((Decimal(credits) for (credits,) in due), balance)
                self._database.write("DELETE FROM due WHERE account = ? AND effective_at_ms <= ?", account, now_ms)
                self._database.write("UPDATE account SET balance = ? WHERE account = ?", str(balance), account)
            return balance

    def entries(self, account: str) -> Sequence[Entry]:
        """Return the account's ledger."""
        self._database.only("SELECT 1 FROM account WHERE account = ?", account)
        rows = self._database.rows("SELECT body FROM entry WHERE account = ? ORDER BY number", account)
        return tuple(self._entries.decode(body) for (body,) in rows)

    def write_entry(self, account: str, entry: Entry) -> None:
        """Append an entry, and put it where the balance will meet it."""
        with self.transaction():
            self._database.only("SELECT 1 FROM account WHERE account = ?", account)
            number = self._database.insert(
                "INSERT INTO entry (account, body) VALUES (?, ?)", account, self._entries.encode(entry)
            )
            due = (account, entry.effective_at_ms, number, str(entry.credits))
            self._database.write("INSERT INTO due VALUES (?, ?, ?, ?)", *due)

    def count_poll(self, task_id: str) -> int:
        """Count one more poll of a task and return how many came before it."""
        with self.transaction():
            (before,) = self._database.only("SELECT polls FROM task WHERE id = ?", task_id)
            self._database.write("UPDATE task SET polls = polls + 1 WHERE id = ?", task_id)
            return int(before)

    def poll_window(self, account: str | None) -> PollWindow:
        """Return the window in which an account's polls are counted."""
        return self._clocks.poll_window(account)

    def set_poll_window(self, account: str | None, window: PollWindow) -> None:
        """Set the window of an account."""
        self._clocks.set_poll_window(account, window)

    def settle(self, task_id: str, *, at_ms: int, entries: Sequence[Entry]) -> Task:
        """Set the end of a task that settles by polls, once."""
        with self.transaction():
            (body,) = self._database.only("SELECT body FROM task WHERE id = ?", task_id)
            task = self._tasks.decode(body)
            if task.settles_at_ms is not None:
                return task
            task = replace(task, settles_at_ms=at_ms)
            body = self._tasks.encode(task)
            self._database.write("UPDATE task SET ends_at_ms = ?, body = ? WHERE id = ?", at_ms, body, task_id)
            for entry in entries:
                self.write_entry(task.account, entry)
            return task

    def finetunes(self, account: str) -> Sequence[str]:
        """Return the ids of the account's finetunes."""
        (owned,) = self._database.only("SELECT finetunes FROM account WHERE account = ?", account)
        return tuple(json.loads(owned))

    def delete_finetune(self, account: str, finetune_id: str) -> bool:
        """Forget a finetune; False if there was none."""
        with self.transaction():
            owned = list(self.finetunes(account))
            if finetune_id not in owned:
                return False
            owned.remove(finetune_id)
            self._database.write("UPDATE account SET finetunes = ? WHERE account = ?", json.dumps(owned), account)
            return True

    def timeline(self, account: str | None) -> Timeline:
        """Return the timeline of an account, or the common one."""
        return self._clocks.timeline(account)

    def set_timeline(self, account: str | None, timeline: Timeline) -> None:
        """Set the timeline of an account, or the common one."""
        self._clocks.set_timeline(account, timeline)

    def accounts_with_own_timeline(self) -> Sequence[str]:
        """Return the accounts whose time does not follow the common timeline."""
        return self._clocks.accounts_with_own_timeline()

    def lever(self, account: str | None, name: str) -> str | None:
        """Return what a lever is set to, or None."""
        row = self._database.row("SELECT body FROM lever WHERE account = ? AND name = ?", account or EVERYONE, name)
        return str(json.loads(row[0])) if row else None

    def set_lever(self, account: str | None, name: str, value: str | None) -> None:
        """Set a lever, or with None put it back."""
        if value is None:
            self._database.write("DELETE FROM lever WHERE account = ? AND name = ?", account or EVERYONE, name)
        else:
            body = json.dumps(value)  # in ASCII: a text may hold what UTF-8 cannot
            self._database.write("INSERT OR REPLACE INTO lever VALUES (?, ?, ?)", account or EVERYONE, name, body)

    def reset(self, account: str | None) -> None:
        """Forget an account, or everything."""
        with self.transaction():
            self._raise_epoch(account)
            for table in ("account", "task", "entry", "due", "lever"):
                self._database.forget(table, account)
            self._clocks.forget(account)
            self.journal.forget(account)
            self.outbox.forget(account)
            self.scripts.forget(account)

    def _raise_epoch(self, account: str | None) -> None:
        (last,) = self._database.only("SELECT MAX(number) FROM epoch")
        if account is None:
            self._database.forget("epoch", None)
        self._database.write("INSERT OR REPLACE INTO epoch VALUES (?, ?)", account or EVERYONE, last + 1)

    def epoch(self, account: str | None) -> int:
        """Return a number that every reset of the account raises."""
        (number,) = self._database.only(
            "SELECT number FROM epoch WHERE account IN (?, ?) ORDER BY account DESC LIMIT 1",
            account or EVERYONE,
            EVERYONE,
        )
        return int(number)

    @staticmethod
    def _known(changed: int, account: str) -> None:
        if not changed:
            raise KeyError(account)


def _recover(path: Path, version: int, clock: Clock) -> None:
    """Go on where a dead process stopped. Where another one lives there is nothing to recover."""
    try:
        database = Database(path, schema=SCHEMA, version=version, alone=True)
    except FileInUse:
        return
    SqliteClocks(database, clock).go_on()
    SqliteOutbox(database).free()
    database.close()


def _ends_at_ms(task: Task) -> int:
    return _NEVER_MS if task.settles_at_ms is None else task.settles_at_ms
