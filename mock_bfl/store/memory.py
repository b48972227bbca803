"""The default store: plain dictionaries and a lock. Nothing outlives the process."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from heapq import heappop, heappush

from mock_bfl.core.admission import Allowance
from mock_bfl.core.ledger import Entry
from mock_bfl.core.rate import PollWindow
from mock_bfl.core.task import Task, is_settled
from mock_bfl.core.timeline import Timeline

from .memory_journal import JOURNAL_LENGTH, JOURNAL_TOTAL, MemoryJournal
from .memory_parts import MemoryOutbox, MemoryScripts


@dataclass(slots=True)
class _Account:
    """What the store holds for one key. `unsettled` and `balance` are derived and only ever catch up with time."""

    allowance: Allowance
    finetunes: list[str]
    entries: list[Entry] = field(default_factory=list)
    task_ids: list[str] = field(default_factory=list)
    unsettled: list[str] = field(default_factory=list)
    balance: Decimal = Decimal(0)
    due: list[tuple[int, int, Decimal]] = field(default_factory=list)

    def write(self, entry: Entry) -> None:
        """Append an entry and put it where the running balance will meet it."""
        self.entries.append(entry)
        heappush(self.due, (entry.effective_at_ms, len(self.entries), entry.credits))

    def balance_at(self, now_ms: int) -> Decimal:
        """Bring the running balance up to `now_ms` and return it."""
        while self.due and self.due[0][0] <= now_ms:
            self.balance += heappop(self.due)[2]
        return self.balance


class MemoryStore:
    """Keeps everything in this process. All methods may be called from any thread inside `transaction()`."""

    def __init__(
        self, timeline: Timeline, *, journal_length: int = JOURNAL_LENGTH, journal_total: int = JOURNAL_TOTAL
    ) -> None:
        self._lock = threading.RLock()
        self.journal = MemoryJournal(length=journal_length, total=journal_total)
        self._first_timeline = timeline
        self._resets = 0
        self._clear()

    def _clear(self) -> None:
        self._epochs: dict[str | None, int] = {None: self._resets}  # which reset was the last one of whom
        self._timeline = self._first_timeline
        self._own_timelines: dict[str, Timeline] = {}
        self._accounts: dict[str, _Account] = {}
        self._tasks: dict[str, Task] = {}
        self._samples: dict[str, str] = {}
        self._polls: dict[str, int] = {}
        self._windows: dict[str | None, PollWindow] = {}
        self._levers: dict[tuple[str | None, str], str] = {}
        self.journal.forget(None)
        self.outbox = MemoryOutbox()
        self.scripts = MemoryScripts()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the lock for the block; re-entrant."""
        with self._lock:
            yield

    def close(self) -> None:
        """Nothing is held open."""

    def has_account(self, account: str) -> bool:
        """Tell whether the account has been opened."""
        return account in self._accounts

    def open_account(self, account: str, *, entry: Entry, allowance: Allowance, finetunes: Sequence[str]) -> None:
        """Open an account with its first entry."""
        opened = self._accounts[account] = _Account(allowance, list(finetunes))
        opened.write(entry)

    def accounts(self) -> Sequence[str]:
        """Return the accounts that were opened, oldest first."""
        return tuple(self._accounts)

    def allowance(self, account: str) -> Allowance:
        """Return how many tasks the account may have active."""
        return self._accounts[account].allowance

    def set_allowance(self, account: str, allowance: Allowance) -> None:
        """Set how many tasks the account may have active."""
        self._accounts[account].allowance = allowance

    def add_task(self, task: Task, entries: Sequence[Entry]) -> None:
        """Write a new task and all its entries."""
        account = self._accounts[task.account]
        self._tasks[task.id] = task
        self._samples[task.sample_key] = task.id
        account.task_ids.append(task.id)
        account.unsettled.append(task.id)
        for entry in entries:
            account.write(entry)

    def task(self, task_id: str) -> Task | None:
        """Return a task, or None."""
        return self._tasks.get(task_id)

    def tasks(self, account: str) -> Sequence[Task]:
        """Return the account's tasks, oldest first."""
        return tuple(self._tasks[task_id] for task_id in self._accounts[account].task_ids)

    def task_of_sample(self, sample_key: str) -> Task | None:
        """Return the task whose sample has this key, or None."""
        return self._tasks.get(self._samples.get(sample_key, ""))

    def active_tasks(self, account: str, *, now_ms: int) -> Sequence[Task]:
        """Return the unsettled tasks. Settled ones leave the index here: an account's time never goes back."""
        index = self._accounts[account]
        tasks = [self._tasks[task_id] for task_id in index.unsettled]
        active = [task for task in tasks if not is_settled(task, now_ms=now_ms)]
        index.unsettled = [task.id for task in active]
        return active

    def tasks_created(self, account: str) -> int:
        """Return how many tasks the account has had."""
        return len(self._accounts[account].task_ids)

    def balance(self, account: str, *, now_ms: int) -> Decimal:
        """Return the sum of the entries in effect by `now_ms`."""
        return self._accounts[account].balance_at(now_ms)

    def entries(self, account: str) -> Sequence[Entry]:
        """Return the account's ledger."""
        return tuple(self._accounts[account].entries)

    def write_entry(self, account: str, entry: Entry) -> None:
        """Append an entry that belongs to no new task."""
        self._accounts[account].write(entry)

    def count_poll(self, task_id: str) -> int:
        """Count one more poll of a task and return how many came before it."""
        before = self._polls.get(task_id, 0)
        self._polls[task_id] = before + 1
        return before

    def poll_window(self, account: str | None) -> PollWindow:
        """Return the window in which an account's polls are counted."""
        return self._windows.get(account, PollWindow())

    def set_poll_window(self, account: str | None, window: PollWindow) -> None:
        """Set the window of an account."""
        self._windows[account] = window

    def settle(self, task_id: str, *, at_ms: int, entries: Sequence[Entry]) -> Task:
        """Set the end of a task that settles by polls, once."""
        task = self._tasks[task_id]
        if task.settles_at_ms is None:
            task = self._tasks[task_id] = replace(task, settles_at_ms=at_ms)
            for entry in entries:
                self._accounts[task.account].write(entry)
        return task

    def finetunes(self, account: str) -> Sequence[str]:
        """Return the ids of the account's finetunes."""
        return tuple(self._accounts[account].finetunes)

    def delete_finetune(self, account: str, finetune_id: str) -> bool:
        """Forget a finetune; False if there was none."""
        owned = self._accounts[account].finetunes
        if finetune_id not in owned:
            return False
        owned.remove(finetune_id)
        return True

    def timeline(self, account: str | None) -> Timeline:
        """Return the timeline of an account, or the common one."""
        return self._timeline if account is None else self._own_timelines.get(account, self._timeline)

    def set_timeline(self, account: str | None, timeline: Timeline) -> None:
        """Set the timeline of an account, or the common one."""
        if account is None:
            self._timeline = timeline
        else:
            self._own_timelines[account] = timeline

    def accounts_with_own_timeline(self) -> Sequence[str]:
        """Return the accounts whose time does not follow the common timeline."""
        return tuple(self._own_timelines)

    def lever(self, account: str | None, name: str) -> str | None:
        """Return what a lever is set to, or None."""
        return self._levers.get((account, name))

    def set_lever(self, account: str | None, name: str, value: str | None) -> None:
        """Set a lever, or with None put it back."""
        if value is None:
            self._levers.pop((account, name), None)
        else:
            self._levers[account, name] = value

    def reset(self, account: str | None) -> None:
        """Forget an account, or everything."""
        self._resets += 1
        self._epochs[account] = self._resets
        if account is None:
            self._clear()
            return
        gone = self._accounts.pop(account, None)
        self._own_timelines.pop(account, None)
        self._windows.pop(account, None)
        for task_id in gone.task_ids if gone else ():
            self._polls.pop(task_id, None)
            self._samples.pop(self._tasks.pop(task_id).sample_key, None)
        self._levers = {key: value for key, value in self._levers.items() if key[0] != account}
        self.journal.forget(account)
        self.outbox.forget(account)
        self.scripts.forget(account)

    def epoch(self, account: str | None) -> int:
        """Return a number that every reset of the account raises."""
        return self._epochs.get(account, self._epochs[None])
