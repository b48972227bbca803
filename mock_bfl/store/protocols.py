"""What a store must do. Law: what decides lives here, so that all workers over one store decide as one."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from mock_bfl.core.admission import Allowance
from mock_bfl.core.ledger import Entry
from mock_bfl.core.rate import PollWindow
from mock_bfl.core.task import Task
from mock_bfl.core.timeline import Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer. `at_ms` is the account's time, `real_ms` the machine's; keys are never kept."""

    at_ms: int
    real_ms: int
    account: str | None
    method: str
    path: str
    status: int
    task_id: str | None = None
    cost_credits: Decimal | None = None
    why: str | None = None
    notes: tuple[str, ...] = ()
    number: int = 0


class Books(Protocol):
    """Accounts, their tasks and their money."""

    def has_account(self, account: str) -> bool:
        """Tell whether the account has been opened."""
        ...

    def open_account(self, account: str, *, entry: Entry, allowance: Allowance, finetunes: Sequence[str]) -> None:
        """Open an account with its first entry."""
        ...

    def allowance(self, account: str) -> Allowance:
        """Return how many tasks the account may have active."""
        ...

    def add_task(self, task: Task, entries: Sequence[Entry]) -> None:
        """Write a new task and all its entries."""
        ...

    def task(self, task_id: str) -> Task | None:
        """Return a task, or None if there is none of that id."""
        ...

    def task_of_sample(self, sample_key: str) -> Task | None:
        """Return the task whose sample has this key, or None."""
        ...

    def active_tasks(self, account: str, *, now_ms: int) -> Sequence[Task]:
        """Return the tasks that are not settled by `now_ms`, oldest first."""
        ...

    def tasks_created(self, account: str) -> int:
        """Return how many tasks the account has had."""
        ...

    def balance(self, account: str, *, now_ms: int) -> Decimal:
        """Return the sum of the entries in effect by `now_ms`."""
        ...

    def entries(self, account: str) -> Sequence[Entry]:
        """Return the account's ledger, in the order of writing."""
        ...

    def count_poll(self, task_id: str) -> int:
        """Count one more poll of a task and return how many came before it."""
        ...

    def poll_window(self, account: str | None) -> PollWindow:
        """Return the window in which an account's polls are counted; None: those of tasks that nobody has."""
        ...

    def set_poll_window(self, account: str | None, window: PollWindow) -> None:
        """Set the window of an account."""
        ...

    def settle(self, task_id: str, *, at_ms: int, entries: Sequence[Entry]) -> Task:
        """Set the end of a task that settles by polls, once: a later call changes nothing. Returns the task."""
        ...

    def finetunes(self, account: str) -> Sequence[str]:
        """Return the ids of the account's finetunes."""
        ...

    def delete_finetune(self, account: str, finetune_id: str) -> bool:
        """Forget a finetune; False if there was none."""
        ...


class Clocks(Protocol):
    """How time runs: one timeline for all, and one for each account that was given its own."""

    def timeline(self, account: str | None) -> Timeline:
        """Return the timeline of an account; None or an account without its own: the common one."""
        ...

    def set_timeline(self, account: str | None, timeline: Timeline) -> None:
        """Set the timeline of an account, or with None the common one."""
        ...

    def accounts_with_own_timeline(self) -> Sequence[str]:
        """Return the accounts whose time does not follow the common timeline."""
        ...


class Journal(Protocol):
    """What was asked and answered; bounded: the oldest exchanges are dropped first."""

    def record(self, exchange: Exchange) -> None:
        """Write one exchange under the next number."""
        ...

    def exchanges(self, account: str | None) -> Sequence[Exchange]:
        """Return the exchanges of an account, oldest first; None: of all."""
        ...


class Store(Books, Clocks, Journal, Protocol):
    """All of it, behind one transaction."""

    def transaction(self) -> AbstractContextManager[None]:
        """Hold the store so that what is read and then written in the block is one decision."""
        ...

    def reset(self, account: str | None) -> None:
        """Forget an account wholly, or with None everything, clocks included."""
        ...
