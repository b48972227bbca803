"""The memory store agrees with a naive model: a list of tasks, a sum of entries, a list of exchanges."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from mock_bfl.core import ledger
from mock_bfl.core.admission import Allowance
from mock_bfl.core.exchange import Exchange
from mock_bfl.core.ledger import Entry
from mock_bfl.core.task import Task, is_settled
from mock_bfl.core.timeline import Timeline
from mock_bfl.store import MemoryStore
from mock_bfl.store.memory_parts import JOURNAL_LENGTH
from tests.core.examples import TASK

ACCOUNTS = ("one", "two", "three")
FIRST_TIMELINE = Timeline(0, 0)
CREDITS = st.integers(0, 50).map(lambda tenths: Decimal(tenths) / 10)


@dataclass
class NaiveAccount:
    allowance: Allowance
    finetunes: list[str]
    entries: list[Entry]
    tasks: list[Task] = field(default_factory=list)


class StoreAgreement(RuleBasedStateMachine):
    """Does to a store and to its model the same, and looks at both after each step."""

    tasks = Bundle("tasks")

    @initialize()
    def begin(self) -> None:
        self.store = MemoryStore(FIRST_TIMELINE)
        self.born = 0
        self.now_ms = 0
        self._forget_all()

    def _forget_all(self) -> None:
        self.accounts: dict[str, NaiveAccount] = {}
        self.polls: dict[str, int] = {}
        self.timelines: dict[str | None, Timeline] = {None: FIRST_TIMELINE}
        self.journal: list[Exchange] = []
        self.recorded = 0

    def _task(self, task_id: str) -> Task | None:
        every = (task for account in self.accounts.values() for task in account.tasks)
        return next((task for task in every if task.id == task_id), None)

    @rule(name=st.sampled_from(ACCOUNTS), credits=CREDITS, slots=st.integers(0, 24))
    def open_account(self, name: str, credits: Decimal, slots: int) -> None:
        if name in self.accounts:
            return
        entry, allowance = ledger.opened(credits, now_ms=self.now_ms), Allowance(active_tasks=slots)
        self.store.open_account(name, entry=entry, allowance=allowance, finetunes=("a", "b"))
        self.accounts[name] = NaiveAccount(allowance, ["a", "b"], [entry])

    @rule(target=tasks, name=st.sampled_from(ACCOUNTS), credits=CREDITS, span_ms=st.none() | st.integers(0, 100))
    def add_task(self, name: str, credits: Decimal, span_ms: int | None) -> object:
        if name not in self.accounts:
            return multiple()
        self.born += 1
        settles_at_ms = None if span_ms is None else self.now_ms + span_ms
        task = replace(
            TASK,
            id=f"task-{self.born}",
            sample_key=f"sample-{self.born}",
            account=name,
            settles_at_ms=settles_at_ms,
            settles_after_polls=2 if span_ms is None else None,
        )
        entries = [ledger.charged(task.id, credits, now_ms=self.now_ms)]
        if settles_at_ms is not None:
            entries.append(ledger.refunded(task.id, credits, at_ms=settles_at_ms))
        self.store.add_task(task, entries)
        self.accounts[name].tasks.append(task)
        self.accounts[name].entries.extend(entries)
        return task.id

    @rule(span_ms=st.integers(0, 60))
    def time_passes(self, span_ms: int) -> None:
        self.now_ms += span_ms

    @rule(task_id=tasks)
    def poll(self, task_id: str) -> None:
        if self._task(task_id) is not None:
            assert self.store.count_poll(task_id) == self.polls.get(task_id, 0)
            self.polls[task_id] = self.polls.get(task_id, 0) + 1

    @rule(task_id=tasks, credits=CREDITS)
    def settle(self, task_id: str, credits: Decimal) -> None:
        task = self._task(task_id)
        if task is None:
            return
        refund = ledger.refunded(task_id, credits, at_ms=self.now_ms)
        if task.settles_at_ms is None:
            account = self.accounts[task.account]
            settled = replace(task, settles_at_ms=self.now_ms)
            account.tasks[account.tasks.index(task)] = settled
            account.entries.append(refund)
            task = settled
        assert self.store.settle(task_id, at_ms=self.now_ms, entries=(refund,)) == task

    @rule(name=st.sampled_from(ACCOUNTS), finetune_id=st.sampled_from("abc"))
    def delete_finetune(self, name: str, finetune_id: str) -> None:
        if name not in self.accounts:
            return
        owned = self.accounts[name].finetunes
        assert self.store.delete_finetune(name, finetune_id) is (finetune_id in owned)
        self.accounts[name].finetunes = [each for each in owned if each != finetune_id]

    @rule(name=st.none() | st.sampled_from(ACCOUNTS), rate=st.integers(0, 5))
    def set_timeline(self, name: str | None, rate: int) -> None:
        self.timelines[name] = Timeline(self.now_ms, self.now_ms, rate)
        self.store.set_timeline(name, self.timelines[name])

    @rule(name=st.none() | st.sampled_from(ACCOUNTS))
    def record(self, name: str | None) -> None:
        self.recorded += 1
        exchange = Exchange(at_ms=self.now_ms, real_ms=0, account=name, method="GET", path="/")
        arrived = replace(exchange, number=self.recorded)
        assert self.store.journal.arrive(exchange) == arrived
        self.journal.append(arrived)

    @rule(name=st.sampled_from(ACCOUNTS))
    def reset_one(self, name: str) -> None:
        self.store.reset(name)
        for task in self.accounts.pop(name).tasks if name in self.accounts else ():
            self.polls.pop(task.id, None)
        self.timelines.pop(name, None)
        self.journal = [exchange for exchange in self.journal if exchange.account != name]

    @rule(task_id=consumes(tasks))
    def reset_all(self, task_id: str) -> None:
        self.store.reset(None)
        self._forget_all()
        assert self.store.task(task_id) is None

    @invariant()
    def the_accounts_agree(self) -> None:
        for name in ACCOUNTS:
            assert self.store.has_account(name) is (name in self.accounts)
        for name, account in self.accounts.items():
            assert self.store.allowance(name) == account.allowance
            assert list(self.store.finetunes(name)) == account.finetunes

    @invariant()
    def the_tasks_agree(self) -> None:
        for name, account in self.accounts.items():
            running = [task for task in account.tasks if not is_settled(task, now_ms=self.now_ms)]
            assert list(self.store.active_tasks(name, now_ms=self.now_ms)) == running
            assert self.store.tasks_created(name) == len(account.tasks)
        for number in range(1, self.born + 1):
            task = self._task(f"task-{number}")
            assert self.store.task(f"task-{number}") == task
            assert self.store.task_of_sample(f"sample-{number}") == task

    @invariant()
    def the_money_agrees(self) -> None:
        for name, account in self.accounts.items():
            assert list(self.store.entries(name)) == account.entries
            total = ledger.balance(account.entries, now_ms=self.now_ms)
            assert self.store.balance(name, now_ms=self.now_ms) == total

    @invariant()
    def the_clocks_agree(self) -> None:
        for name in (None, *ACCOUNTS):
            assert self.store.timeline(name) == self.timelines.get(name, self.timelines[None])
        own = {name for name in self.timelines if name is not None}
        assert set(self.store.accounts_with_own_timeline()) == own

    @invariant()
    def the_journal_agrees(self) -> None:
        assert list(self.store.journal.exchanges(None)) == self.journal
        for name in ACCOUNTS:
            own = [exchange for exchange in self.journal if exchange.account == name]
            assert list(self.store.journal.exchanges(name)) == own


TestStoreAgreement = StoreAgreement.TestCase
TestStoreAgreement.settings = settings(stateful_step_count=30)


def exchange(path: str) -> Exchange:
    return Exchange(at_ms=0, real_ms=0, account="one", method="GET", path=path)


def test_the_journal_is_bounded_and_drops_the_oldest_first_even_after_a_reset() -> None:
    store = MemoryStore(FIRST_TIMELINE)
    store.reset("two")
    for number in range(JOURNAL_LENGTH + 2):
        store.journal.arrive(exchange(str(number)))
    kept = store.journal.exchanges(None)
    assert len(kept) == JOURNAL_LENGTH
    assert (kept[0].path, kept[0].number, kept[-1].number) == ("2", 3, JOURNAL_LENGTH + 2)


def test_a_transaction_may_be_entered_again_inside_itself() -> None:
    store = MemoryStore(FIRST_TIMELINE)
    with store.transaction(), store.transaction():
        store.journal.arrive(exchange("/"))
    assert len(store.journal.exchanges(None)) == 1


def in_thread(act: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=act)
    thread.start()
    return thread


def test_what_one_transaction_reads_and_writes_no_other_comes_between() -> None:
    store = MemoryStore(FIRST_TIMELINE)
    entry = ledger.opened(Decimal(0), now_ms=0)
    store.open_account("one", entry=entry, allowance=Allowance(), finetunes=())

    def create_up_to_24() -> None:
        for number in range(24):
            with store.transaction():
                if len(store.active_tasks("one", now_ms=0)) < 24:
                    key = f"{threading.get_ident()}-{number}"
                    store.add_task(replace(TASK, id=key, sample_key=key, account="one", settles_at_ms=None), ())

    for thread in [in_thread(create_up_to_24) for _ in range(8)]:
        thread.join()
    assert store.tasks_created("one") == 24


def test_a_timeline_of_an_account_outlives_a_change_of_the_common_one() -> None:
    store = MemoryStore(FIRST_TIMELINE)
    store.set_timeline("one", Timeline(5, 6))
    store.set_timeline(None, Timeline(7, 8))
    assert store.timeline("one") == Timeline(5, 6)


@pytest.mark.parametrize("account", ["one", None])
def test_a_reset_of_what_never_was_does_no_harm(account: str | None) -> None:
    store = MemoryStore(FIRST_TIMELINE)
    store.reset(account)
    assert store.journal.exchanges(None) == ()
