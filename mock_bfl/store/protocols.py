"""What a store must do. Law: what decides lives here, so that all workers over one store decide as one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Protocol

from mock_bfl.core.admission import Allowance
from mock_bfl.core.exchange import Exchange
from mock_bfl.core.ledger import Entry
from mock_bfl.core.rate import PollWindow
from mock_bfl.core.script import Script
from mock_bfl.core.task import Task
from mock_bfl.core.timeline import Timeline
from mock_bfl.core.webhook import Delivery


class Books(Protocol):
    """Accounts, their tasks and their money."""

    def has_account(self, account: str) -> bool:
        """Tell whether the account has been opened."""
        ...

    def open_account(self, account: str, *, entry: Entry, allowance: Allowance, finetunes: Sequence[str]) -> None:
        """Open an account with its first entry."""
        ...

    def accounts(self) -> Sequence[str]:
        """Return the accounts that were opened, oldest first."""
        ...

    def allowance(self, account: str) -> Allowance:
        """Return how many tasks the account may have active."""
        ...

    def set_allowance(self, account: str, allowance: Allowance) -> None:
        """Set how many tasks the account may have active; those that are keep their slots."""
        ...

    def add_task(self, task: Task, entries: Sequence[Entry]) -> None:
        """Write a new task and all its entries."""
        ...

    def task(self, task_id: str) -> Task | None:
        """Return a task, or None if there is none of that id."""
        ...

    def tasks(self, account: str) -> Sequence[Task]:
        """Return the account's tasks, oldest first."""
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

    def write_entry(self, account: str, entry: Entry) -> None:
        """Append an entry that belongs to no new task."""
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


class Levers(Protocol):
    """What a test has set otherwise than the configuration, by name; for an account, or with None for all."""

    def lever(self, account: str | None, name: str) -> str | None:
        """Return what the lever is set to, or None if it was not touched."""
        ...

    def set_lever(self, account: str | None, name: str, value: str | None) -> None:
        """Set a lever, or with None put it back."""
        ...


class Journal(Protocol):
    """What was asked and answered, under numbers that never come again.

    Law: the traffic of one account pushes out no exchange of another, as long as they all have room. Each account is
    bounded, its oldest exchange is dropped first; beyond the bound of all, of the account that has most. What has no
    account is bounded as if it were one.
    """

    def arrive(self, exchange: Exchange) -> Exchange:
        """Write a request that has come, under the next number; return it with that number."""
        ...

    def complete(self, exchange: Exchange) -> None:
        """Put the answered exchange in the place of the one that arrived under its number, if that is still kept.

        It may belong to another account than was known before, and counts for that one from then on.
        """
        ...

    def exchanges(self, account: str | None, *, after: int = 0) -> Sequence[Exchange]:
        """Return the exchanges of an account, oldest first, with numbers above `after`; None: of all."""
        ...

    def count(self, account: str | None) -> int:
        """Return how many exchanges of an account are kept; None: of all."""
        ...

    def is_cut(self, account: str | None) -> bool:
        """Tell whether an exchange of the account was dropped since its reset; None: of any.

        An account of which nothing is left has no name here any more. Once there is such a one, whoever is not known
        may be it, and is said to be cut.
        """
        ...


class Outbox(Protocol):
    """Webhook deliveries: due, on their way, done."""

    def add(self, deliveries: Sequence[Delivery]) -> None:
        """Write new deliveries."""
        ...

    def delivery(self, delivery_id: str) -> Delivery | None:
        """Return a delivery, or None."""
        ...

    def save(self, delivery: Delivery) -> None:
        """Put a delivery in the place of the one of its id; one that was reset since stays forgotten."""
        ...

    def deliveries(self, account: str | None) -> Sequence[Delivery]:
        """Return the deliveries of an account, or of all, in the order of writing."""
        ...

    def waiting(self, account: str) -> Sequence[Delivery]:
        """Return what still waits to be delivered, the first due first."""
        ...

    def first_due(
        self,
        account: str,
        *,
        by_ms: int,
        task_id: str | None = None,
        not_of: Collection[str] = (),
        not_to: Collection[str] = (),
    ) -> Delivery | None:
        """Return the first of these that is due by then, of one task if it is named; None if there is none.

        What is of the tasks `not_of`, or goes to the receivers `not_to`, is passed over.
        """
        ...

    def next_due_at_ms(self, account: str, *, after_ms: int) -> int | None:
        """Return the first instant after the given one at which any of these falls due; None if there is none."""
        ...

    def leased(self, account: str) -> Sequence[Delivery]:
        """Return those of these that a worker has taken, be its lease over or not, the first due first."""
        ...

    def accounts_waiting(self) -> Sequence[str]:
        """Return the accounts that have something waiting."""
        ...


class Scripts(Protocol):
    """What was scripted to happen to coming calls."""

    def add(self, script: Script) -> None:
        """Write a new script."""
        ...

    def script(self, script_id: str) -> Script | None:
        """Return a script, or None."""
        ...

    def save(self, script: Script) -> None:
        """Put a script in the place of the one of its id; one that is gone stays gone."""
        ...

    def remove(self, script_id: str) -> bool:
        """Forget a script; False if there was none."""
        ...

    def scripts(self, account: str | None) -> Sequence[Script]:
        """Return the scripts of exactly this account, or with None those for every account, oldest first."""
        ...

    def open(self, account: str | None) -> Sequence[Script]:
        """Return those of them that are open, without looking at the others: every call asks for them."""
        ...


class Store(Books, Clocks, Levers, Protocol):
    """All of it, behind one transaction."""

    @property
    def journal(self) -> Journal:
        """The journal."""
        ...

    @property
    def outbox(self) -> Outbox:
        """The webhook deliveries."""
        ...

    @property
    def scripts(self) -> Scripts:
        """The scripts."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Hold the store so that what is read and then written in the block is one decision."""
        ...

    def close(self) -> None:
        """Let go of what is held open; nothing that was written is lost. Nothing may be asked afterwards."""
        ...

    def reset(self, account: str | None) -> None:
        """Forget an account wholly, or with None everything, clocks included."""
        ...

    def epoch(self, account: str | None) -> int:
        """Return a number that every reset of the account raises, and that none ever gives it again.

        Ids come again after a reset: what is to outlive none is told by this. None: of the common clock, and of all.
        """
        ...
