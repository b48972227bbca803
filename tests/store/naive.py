"""A store so plain that it is seen to be right: lists that are searched from the front, nothing derived is kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from decimal import Decimal

from mock_bfl.core import ledger
from mock_bfl.core.admission import Allowance
from mock_bfl.core.exchange import Exchange
from mock_bfl.core.ledger import Entry
from mock_bfl.core.rate import PollWindow
from mock_bfl.core.script import Script
from mock_bfl.core.task import Task, is_settled
from mock_bfl.core.timeline import Timeline
from mock_bfl.core.webhook import Delivery, DeliveryState


@dataclass
class NaiveAccount:
    """What belongs to one account."""

    allowance: Allowance
    finetunes: list[str]
    entries: list[Entry]
    tasks: list[Task] = field(default_factory=list)


class NaiveJournal:
    """`cut` tells of each account that has rows whether it may have had more; a name without rows is not kept."""

    def __init__(self, *, length: int, total: int) -> None:
        self.length = length
        self.total = total
        self.numbered = 0
        self.clear()

    def clear(self) -> None:
        self.rows: list[Exchange] = []
        self.cut: dict[str | None, bool] = {}
        self.is_any_name_lost = False

    def arrive(self, exchange: Exchange) -> Exchange:
        self.numbered += 1
        arrived = replace(exchange, number=self.numbered)
        self.rows = [*self.rows, arrived]
        self.make_room(exchange.account)
        return arrived

    def complete(self, exchange: Exchange) -> None:
        self.rows = [exchange if row.number == exchange.number else row for row in self.rows]
        self.make_room(exchange.account)

    def make_room(self, account: str | None) -> None:
        for name in {row.account for row in self.rows}:
            self.cut.setdefault(name, self.is_any_name_lost)
        if self.count_of(account) > self.length:
            self.drop_oldest(account)
        elif len(self.rows) > self.total:
            self.drop_oldest(min(self.cut, key=lambda name: (-self.count_of(name), name or "")))
        for name in [name for name in self.cut if not self.count_of(name)]:
            self.is_any_name_lost |= self.cut.pop(name)

    def drop_oldest(self, account: str | None) -> None:
        self.rows.remove(next(row for row in self.rows if row.account == account))
        self.cut[account] = True

    def count_of(self, account: str | None) -> int:
        return sum(row.account == account for row in self.rows)

    def exchanges(self, account: str | None, *, after: int = 0) -> Sequence[Exchange]:
        return tuple(row for row in self.rows if account in {None, row.account} and row.number > after)

    def count(self, account: str | None) -> int:
        return len(self.exchanges(account))

    def is_cut(self, account: str | None) -> bool:
        if account is None:
            return self.is_any_name_lost or any(self.cut.values())
        return self.cut.get(account, self.is_any_name_lost)

    def forget(self, account: str) -> None:
        self.rows = [row for row in self.rows if row.account != account]
        self.cut.pop(account, None)


class NaiveOutbox:
    def __init__(self) -> None:
        self.rows: list[Delivery] = []

    def add(self, deliveries: Sequence[Delivery]) -> None:
        self.rows.extend(deliveries)

    def delivery(self, delivery_id: str) -> Delivery | None:
        return next((row for row in self.rows if row.id == delivery_id), None)

    def save(self, delivery: Delivery) -> None:
        self.rows = [delivery if row.id == delivery.id else row for row in self.rows]

    def deliveries(self, account: str | None) -> Sequence[Delivery]:
        return tuple(row for row in self.rows if account in {None, row.account})

    def waiting(self, account: str) -> Sequence[Delivery]:
        rows = [row for row in self.deliveries(account) if row.state is DeliveryState.WAITING]
        return tuple(sorted(rows, key=lambda row: (row.due_at_ms, row.order, row.id)))

    def first_due(
        self,
        account: str,
        *,
        by_ms: int,
        task_id: str | None = None,
        not_of: Collection[str] = (),
        not_to: Collection[str] = (),
    ) -> Delivery | None:
        due = [row for row in self.waiting(account) if row.due_at_ms <= by_ms and task_id in {None, row.task_id}]
        return next((row for row in due if row.task_id not in not_of and row.receiver not in not_to), None)

    def next_due_at_ms(self, account: str, *, after_ms: int) -> int | None:
        return min((row.due_at_ms for row in self.waiting(account) if row.due_at_ms > after_ms), default=None)

    def leased(self, account: str) -> Sequence[Delivery]:
        return tuple(row for row in self.waiting(account) if row.leased_until_real_ms)

    def accounts_waiting(self) -> Sequence[str]:
        return tuple(sorted({row.account for row in self.rows if row.state is DeliveryState.WAITING}))


class NaiveScripts:
    def __init__(self) -> None:
        self.rows: list[Script] = []

    def add(self, script: Script) -> None:
        self.rows.append(script)

    def script(self, script_id: str) -> Script | None:
        return next((row for row in self.rows if row.id == script_id), None)

    def save(self, script: Script) -> None:
        self.rows = [script if row.id == script.id else row for row in self.rows]

    def remove(self, script_id: str) -> bool:
        was_there = self.script(script_id) is not None
        self.rows = [row for row in self.rows if row.id != script_id]
        return was_there

    def scripts(self, account: str | None) -> Sequence[Script]:
        return tuple(row for row in self.rows if row.account == account)

    def open(self, account: str | None) -> Sequence[Script]:
        return tuple(row for row in self.scripts(account) if row.is_open)


class NaiveStore:
    def __init__(self, timeline: Timeline, *, journal_length: int, journal_total: int) -> None:
        self.first_timeline = timeline
        self.journal = NaiveJournal(length=journal_length, total=journal_total)
        self.resets: list[str | None] = []
        self.clear()

    def clear(self) -> None:
        self.opened: dict[str, NaiveAccount] = {}
        self.polls: dict[str, int] = {}
        self.windows: dict[str | None, PollWindow] = {}
        self.timelines: dict[str | None, Timeline] = {None: self.first_timeline}
        self.levers: dict[tuple[str | None, str], str] = {}
        self.journal.clear()
        self.outbox = NaiveOutbox()
        self.scripts = NaiveScripts()

    def transaction(self) -> nullcontext[None]:
        return nullcontext()

    def close(self) -> None:
        pass

    def has_account(self, account: str) -> bool:
        return account in self.opened

    def open_account(self, account: str, *, entry: Entry, allowance: Allowance, finetunes: Sequence[str]) -> None:
        self.opened[account] = NaiveAccount(allowance, list(finetunes), [entry])

    def accounts(self) -> Sequence[str]:
        return tuple(self.opened)

    def allowance(self, account: str) -> Allowance:
        return self.opened[account].allowance

    def set_allowance(self, account: str, allowance: Allowance) -> None:
        self.opened[account].allowance = allowance

    def add_task(self, task: Task, entries: Sequence[Entry]) -> None:
        self.opened[task.account].tasks.append(task)
        self.opened[task.account].entries.extend(entries)

    def task(self, task_id: str) -> Task | None:
        every = (task for account in self.opened.values() for task in account.tasks)
        return next((task for task in every if task.id == task_id), None)

    def tasks(self, account: str) -> Sequence[Task]:
        return tuple(self.opened[account].tasks)

    def task_of_sample(self, sample_key: str) -> Task | None:
        every = (task for account in self.opened.values() for task in account.tasks)
        return next((task for task in every if task.sample_key == sample_key), None)

    def active_tasks(self, account: str, *, now_ms: int) -> Sequence[Task]:
        return tuple(task for task in self.opened[account].tasks if not is_settled(task, now_ms=now_ms))

    def tasks_created(self, account: str) -> int:
        return len(self.opened[account].tasks)

    def balance(self, account: str, *, now_ms: int) -> Decimal:
        return ledger.balance(self.opened[account].entries, now_ms=now_ms)

    def entries(self, account: str) -> Sequence[Entry]:
        return tuple(self.opened[account].entries)

    def write_entry(self, account: str, entry: Entry) -> None:
        self.opened[account].entries.append(entry)

    def count_poll(self, task_id: str) -> int:
        before = self.polls.get(task_id, 0)
        self.polls[task_id] = before + 1
        return before

    def poll_window(self, account: str | None) -> PollWindow:
        return self.windows.get(account, PollWindow())

    def set_poll_window(self, account: str | None, window: PollWindow) -> None:
        self.windows[account] = window

    def settle(self, task_id: str, *, at_ms: int, entries: Sequence[Entry]) -> Task:
        task = self.task(task_id)
        assert task is not None
        if task.settles_at_ms is not None:
            return task
        account, settled = self.opened[task.account], replace(task, settles_at_ms=at_ms)
        account.tasks[account.tasks.index(task)] = settled
        account.entries.extend(entries)
        return settled

    def finetunes(self, account: str) -> Sequence[str]:
        return tuple(self.opened[account].finetunes)

    def delete_finetune(self, account: str, finetune_id: str) -> bool:
        owned = self.opened[account].finetunes
        self.opened[account].finetunes = [each for each in owned if each != finetune_id]
        return finetune_id in owned

    def timeline(self, account: str | None) -> Timeline:
        return self.timelines.get(account, self.timelines[None])

    def set_timeline(self, account: str | None, timeline: Timeline) -> None:
        self.timelines[account] = timeline

    def accounts_with_own_timeline(self) -> Sequence[str]:
        return tuple(account for account in self.timelines if account is not None)

    def lever(self, account: str | None, name: str) -> str | None:
        return self.levers.get((account, name))

    def set_lever(self, account: str | None, name: str, value: str | None) -> None:
        self.levers = {key: kept for key, kept in self.levers.items() if key != (account, name)}
        if value is not None:
            self.levers[account, name] = value

    def epoch(self, account: str | None) -> int:
        return max((number for number, whom in enumerate(self.resets, 1) if whom in {None, account}), default=0)

    def reset(self, account: str | None) -> None:
        self.resets.append(account)
        if account is None:
            return self.clear()
        gone = self.opened.pop(account, None)
        self.polls = {key: polls for key, polls in self.polls.items() if not gone or self._was_not_of(gone, key)}
        self.windows.pop(account, None)
        self.timelines.pop(account, None)
        self.levers = {key: value for key, value in self.levers.items() if key[0] != account}
        self.journal.forget(account)
        self.outbox.rows = [row for row in self.outbox.rows if row.account != account]
        self.scripts.rows = [row for row in self.scripts.rows if row.account != account]
        return None

    @staticmethod
    def _was_not_of(gone: NaiveAccount, task_id: str) -> bool:
        return all(task.id != task_id for task in gone.tasks)
