"""What a test may see and set of the accounts, their money, slots and tasks, without asking the API itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from decimal import Decimal
from typing import Any

from mock_bfl import __version__
from mock_bfl.contract import DIALECTS, Dialect, LimitClass
from mock_bfl.core import ledger
from mock_bfl.core.admission import Allowance
from mock_bfl.core.keys import KeyRefused
from mock_bfl.core.ledger import Entry
from mock_bfl.core.receiver import shown_url
from mock_bfl.core.task import Task, observe

from .context import Context
from .ticks import set_tick_per_poll_ms, tick_per_poll_ms

# What would let a reader of the levers make or fetch what only the task's owner may.
_SECRET = frozenset({"webhook_secret", "sample_key"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What to set of an account; None leaves it. `tick_per_poll_ms` 0 lets polls tick no longer."""

    balance_credits: Decimal | None = None
    active_tasks: int | None = None
    kontext_max: int | None = None
    tick_per_poll_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSummary:
    """An account in one row. `held` counts its active tasks, `scripts` those for it alone."""

    id: str
    balance_credits: Decimal
    held: int
    allowance: Allowance
    now_ms: int
    has_own_clock: bool
    tick_per_poll_ms: int
    tasks: int
    scripts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A task that holds a slot. `settles_at_ms` is None for one that polls end, or nothing."""

    id: str
    slug: str
    limit_class: LimitClass
    settles_at_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDetail:
    """An account in full. `frees_at_ms` is when the next slot is free; `ledger` has what takes effect later, too."""

    account: AccountSummary
    frees_at_ms: int | None
    holders: Sequence[Holder]
    ledger: Sequence[Entry]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSummary:
    """A task in one row, with the status that a poll would see now."""

    id: str
    account: str
    slug: str
    status: str
    is_settled: bool
    created_at_ms: int
    settles_at_ms: int | None
    cost_credits: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDetail:
    """A task in full: what a poll would see now, and all that was decided about it at its birth."""

    task: TaskSummary
    decided: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The mock in one view. `overrides` are the fields of the dialect that are set otherwise than it ships."""

    version: str
    dialect: str
    overrides: Mapping[str, Any]
    seed: int
    speed: float
    now_ms: int
    accounts: int
    own_clocks: int
    tasks: int
    active_tasks: int
    exchanges: int
    scripts: int
    deliveries: Mapping[str, int]


class Oversight:
    """The levers of accounts and tasks behind `/_mock`. `account` None means all of them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def enter(self, key: str) -> str | KeyRefused:
        """Return the account of a key, opened if it is new as by its first request; or why the key opens none."""
        with self._context.store.transaction():
            entered = self._context.enter(key)
        return entered if isinstance(entered, KeyRefused) else entered.account

    def accounts(self, account: str | None) -> Sequence[AccountSummary]:
        """Return the accounts that were opened, oldest first."""
        with self._context.store.transaction():
            return [self._summary(name) for name in self._chosen(account)]

    def account(self, account: str) -> AccountDetail:
        """Return an opened account in full."""
        store = self._context.store
        with store.transaction():
            summary = self._summary(account)
            active = store.active_tasks(account, now_ms=summary.now_ms)
            ends = [task.settles_at_ms for task in active if task.settles_at_ms is not None]
            return AccountDetail(
                account=summary,
                frees_at_ms=min(ends, default=None),
                holders=[_holder(task) for task in active],
                ledger=store.entries(account),
            )

    def change(self, account: str, change: Change) -> None:
        """Set what a test wants of an opened account. Its tasks keep their slots, its ledger only grows."""
        store = self._context.store
        with store.transaction():
            self._set_balance(account, change.balance_credits)
            limits = {"active_tasks": change.active_tasks, "kontext_max": change.kontext_max}
            given = {name: limit for name, limit in limits.items() if limit is not None}
            store.set_allowance(account, replace(store.allowance(account), **given))
            self.set_tick(account, change.tick_per_poll_ms)

    def set_tick(self, account: str | None, ms: int | None) -> None:
        """Let each poll first move the clock of its account by `ms`; with `account` None wherever none is set."""
        if ms is not None:
            with self._context.store.transaction():
                set_tick_per_poll_ms(self._context.store, account, ms)

    def tasks(self, account: str | None, *, is_settled: bool | None = None) -> Sequence[TaskSummary]:
        """Return the tasks, each account's oldest first; `is_settled` leaves out the others."""
        with self._context.store.transaction():
            shown = [self._task(task) for name in self._chosen(account) for task in self._context.store.tasks(name)]
        return [task for task in shown if is_settled is None or task.is_settled is is_settled]

    def task(self, task_id: str, *, account: str | None) -> TaskDetail | None:
        """Return a task in full, or None if there is none of that id, or it is another account's."""
        with self._context.store.transaction():
            task = self._context.store.task(task_id)
            if task is None or account not in {None, task.account}:
                return None
            return TaskDetail(task=self._task(task), decided=_decided(task))

    def state(self, account: str | None) -> State:
        """Return how the mock is, or with `account` how it is for that one."""
        context, store = self._context, self._context.store
        with store.transaction():
            accounts = self.accounts(account)
            own = set(store.accounts_with_own_timeline())
            return State(
                version=__version__,
                dialect=context.dialect.name,
                overrides=_overrides(context.dialect),
                seed=context.setup.seed,
                speed=context.setup.latency.factor,
                now_ms=context.now_ms(account),
                accounts=len(accounts),
                own_clocks=len(own if account is None else own & {account}),
                tasks=sum(row.tasks for row in accounts),
                active_tasks=sum(row.held for row in accounts),
                exchanges=store.journal.count(account),
                scripts=len(store.scripts.scripts(None)) + sum(row.scripts for row in accounts),
                deliveries=Counter(delivery.state.value for delivery in store.outbox.deliveries(account)),
            )

    def _chosen(self, account: str | None) -> Sequence[str]:
        accounts = self._context.store.accounts()
        return accounts if account is None else [name for name in accounts if name == account]

    def _summary(self, account: str) -> AccountSummary:
        context, store = self._context, self._context.store
        now_ms = context.now_ms(account)
        return AccountSummary(
            id=account,
            balance_credits=store.balance(account, now_ms=now_ms),
            held=len(store.active_tasks(account, now_ms=now_ms)),
            allowance=store.allowance(account),
            now_ms=now_ms,
            has_own_clock=account in store.accounts_with_own_timeline(),
            tick_per_poll_ms=tick_per_poll_ms(store, account),
            tasks=store.tasks_created(account),
            scripts=len(store.scripts.scripts(account)),
        )

    def _set_balance(self, account: str, balance_credits: Decimal | None) -> None:
        """Append the entry that makes the balance what it should be now; refunds to come are added to it."""
        if balance_credits is None:
            return
        store, now_ms = self._context.store, self._context.now_ms(account)
        difference = balance_credits - store.balance(account, now_ms=now_ms)
        if difference:
            store.write_entry(account, ledger.adjusted(difference, now_ms=now_ms))

    def _task(self, task: Task) -> TaskSummary:
        seen = observe(task, now_ms=self._context.now_ms(task.account))
        return TaskSummary(
            id=task.id,
            account=task.account,
            slug=task.slug,
            status=seen.status,
            is_settled=seen.is_settled,
            created_at_ms=task.created_at_ms,
            settles_at_ms=task.settles_at_ms,
            cost_credits=task.quote.credits,
        )


def _holder(task: Task) -> Holder:
    return Holder(id=task.id, slug=task.slug, limit_class=task.limit_class, settles_at_ms=task.settles_at_ms)


def _decided(task: Task) -> Mapping[str, Any]:
    shown = {name: value for name, value in asdict(task).items() if name not in _SECRET}
    shown["webhook_url"] = None if task.webhook_url is None else shown_url(task.webhook_url)
    return {**shown, "has_webhook_secret": task.webhook_secret is not None}


def _overrides(dialect: Dialect) -> Mapping[str, Any]:
    shipped = DIALECTS.get(dialect.name, dialect)
    names = [field.name for field in fields(Dialect)]
    return {name: getattr(dialect, name) for name in names if getattr(dialect, name) != getattr(shipped, name)}
