"""Memory and SQLite do what a naive store does: the same is asked of all three, and the answers are equal."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from mock_bfl.clock import ManualClock
from mock_bfl.core import ledger
from mock_bfl.core.admission import Allowance
from mock_bfl.core.exchange import Exchange
from mock_bfl.core.rate import PollWindow
from mock_bfl.core.script import Script
from mock_bfl.core.timeline import Timeline
from mock_bfl.core.webhook import Delivery
from mock_bfl.store import MemoryStore, Store
from mock_bfl.store.sqlite import SqliteStore
from tests.core.examples import TASK
from tests.store.naive import NaiveStore
from tests.store.values import values

Answer = TypeVar("Answer")

ACCOUNTS = ("one", "two")
NAMES = st.sampled_from(ACCOUNTS)
NAMES_OR_ALL = st.none() | NAMES
LEVERS = ("a",)
CREDITS = st.integers(0, 50).map(lambda tenths: Decimal(tenths) / 10)
SHORT = st.integers(-2, 2)  # instants and turns that often fall together
TEXTS = st.text(st.characters(codec=None))  # lone surrogates too: a client may send them
# A lease ends with the process that held it; that is told elsewhere.
DELIVERIES = values(Delivery).map(lambda delivery: replace(delivery, leased_until_real_ms=0))


class StoreAgreement(RuleBasedStateMachine):
    """Does the same to all stores, and looks at all that they tell after each step."""

    tasks = Bundle("tasks")
    exchanges = Bundle("exchanges")
    deliveries = Bundle("deliveries")
    scripts = Bundle("scripts")

    @initialize(length=st.integers(1, 3), total=st.integers(1, 6))
    def begin(self, length: int, total: int) -> None:
        self.bounds = {"journal_length": length, "journal_total": total}
        self.directory = tempfile.TemporaryDirectory()
        self.path = Path(self.directory.name, "0", "tasks.db")
        self.path.parent.mkdir()
        self.clock = ManualClock(start_ms=0)
        self.naive = NaiveStore(Timeline(0, 0), **self.bounds)
        self.memory = MemoryStore(Timeline(0, 0), **self.bounds)
        self.sqlite = self.opened()
        self.left: list[SqliteStore] = []
        self.born = 0

    def opened(self) -> SqliteStore:
        return SqliteStore(self.path, clock=self.clock, **self.bounds)

    def teardown(self) -> None:
        for store in (*self.left, self.sqlite):
            store.close()
        self.directory.cleanup()

    def stores(self) -> tuple[Store, Store, Store]:
        return self.naive, self.memory, self.sqlite

    @property
    def now_ms(self) -> int:
        return self.clock.real_ms()

    def ask(self, question: Callable[..., Answer], *given: object) -> Answer:
        """Return the answer of all stores to a question."""
        naive, memory, sqlite = (question(store, *given) for store in self.stores())
        assert memory == naive
        assert sqlite == naive
        return naive

    # -- accounts, tasks, money

    @rule(name=NAMES, credits=CREDITS, slots=st.integers(0, 24))
    def open_account(self, name: str, credits: Decimal, slots: int) -> None:
        if not self.naive.has_account(name):
            entry, allowance = ledger.opened(credits, now_ms=self.now_ms), Allowance(active_tasks=slots)
            self.ask(lambda store: store.open_account(name, entry=entry, allowance=allowance, finetunes=("a", "b")))

    @rule(name=NAMES, allowance=values(Allowance))
    def set_allowance(self, name: str, allowance: Allowance) -> None:
        if self.naive.has_account(name):
            self.ask(lambda store: store.set_allowance(name, allowance))

    @rule(target=tasks, name=NAMES, credits=CREDITS, span_ms=st.none() | st.integers(0, 4), prompt=TEXTS)
    def add_task(self, name: str, credits: Decimal, span_ms: int | None, prompt: str) -> object:
        if not self.naive.has_account(name):
            return multiple()
        self.born += 1
        settles_at_ms = None if span_ms is None else self.now_ms + span_ms
        task = replace(
            TASK,
            id=f"task-{self.born}",
            sample_key=f"sample-{self.born}",
            account=name,
            prompt=prompt,
            settles_at_ms=settles_at_ms,
            settles_after_polls=2 if span_ms is None else None,
        )
        entries = [ledger.charged(task.id, credits, now_ms=self.now_ms)]
        if settles_at_ms is not None:
            entries.append(ledger.refunded(task.id, credits, at_ms=settles_at_ms))
        self.ask(lambda store: store.add_task(task, entries))
        return task.id

    @rule(span_ms=st.integers(0, 3))
    def time_passes(self, span_ms: int) -> None:
        self.clock.advance(ms=span_ms)

    @rule(name=NAMES, credits=CREDITS, delay_ms=SHORT)
    def write_entry(self, name: str, credits: Decimal, delay_ms: int) -> None:
        if self.naive.has_account(name):
            entry = ledger.refunded("some-task", -credits, at_ms=self.now_ms + delay_ms)
            self.ask(lambda store: store.write_entry(name, entry))

    @rule(task_id=tasks)
    def poll(self, task_id: str) -> None:
        if self.naive.task(task_id) is not None:
            self.ask(lambda store: store.count_poll(task_id))

    @rule(task_id=tasks, credits=CREDITS)
    def settle(self, task_id: str, credits: Decimal) -> None:
        if self.naive.task(task_id) is not None:
            refund = ledger.refunded(task_id, credits, at_ms=self.now_ms)
            self.ask(lambda store: store.settle(task_id, at_ms=self.now_ms, entries=(refund,)))

    @rule(name=NAMES_OR_ALL, window=values(PollWindow))
    def set_poll_window(self, name: str | None, window: PollWindow) -> None:
        self.ask(lambda store: store.set_poll_window(name, window))

    @rule(name=NAMES, finetune_id=st.sampled_from("abc"))
    def delete_finetune(self, name: str, finetune_id: str) -> None:
        if self.naive.has_account(name):
            self.ask(lambda store: store.delete_finetune(name, finetune_id))

    # -- clocks and levers

    @rule(name=NAMES_OR_ALL, ahead_ms=st.integers(0, 1000), rate=st.floats(0, 5))
    def set_timeline(self, name: str | None, ahead_ms: int, rate: float) -> None:
        self.ask(lambda store: store.set_timeline(name, Timeline(self.now_ms, self.now_ms + ahead_ms, rate)))

    @rule(name=NAMES_OR_ALL, lever=st.sampled_from(LEVERS), value=st.none() | TEXTS)
    def set_lever(self, name: str | None, lever: str, value: str | None) -> None:
        self.ask(lambda store: store.set_lever(name, lever, value))

    # -- journal, outbox, scripts

    @rule(target=exchanges, name=NAMES_OR_ALL, exchange=values(Exchange))
    def arrive(self, name: str | None, exchange: Exchange) -> Exchange:
        arrived: Exchange = self.ask(lambda store: store.journal.arrive(replace(exchange, account=name)))
        return arrived

    @rule(arrived=exchanges, name=NAMES_OR_ALL, exchange=values(Exchange))
    def complete(self, arrived: Exchange, name: str | None, exchange: Exchange) -> None:
        answered = replace(exchange, number=arrived.number, account=name)
        self.ask(lambda store: store.journal.complete(answered))

    @rule(target=deliveries, name=NAMES, delivery=DELIVERIES, turns=st.lists(st.tuples(SHORT, SHORT), min_size=1))
    def deliver(self, name: str, delivery: Delivery, turns: list[tuple[int, int]]) -> str:
        new = [
            replace(delivery, id=f"delivery-{self.born + number}", account=name, due_at_ms=due_at_ms, order=order)
            for number, (due_at_ms, order) in enumerate(turns)
        ]
        self.born += len(new)
        self.ask(lambda store: store.outbox.add(new))
        return new[0].id

    @rule(delivery_id=deliveries, delivery=DELIVERIES, due_at_ms=SHORT, order=SHORT)
    def save_delivery(self, delivery_id: str, delivery: Delivery, due_at_ms: int, order: int) -> None:
        known = self.naive.outbox.delivery(delivery_id)
        account = "gone" if known is None else known.account
        saved = replace(delivery, id=delivery_id, account=account, due_at_ms=due_at_ms, order=order)
        self.ask(lambda store: store.outbox.save(saved))

    @rule(target=scripts, name=NAMES_OR_ALL, script=values(Script))
    def add_script(self, name: str | None, script: Script) -> str:
        self.born += 1
        self.ask(lambda store: store.scripts.add(replace(script, id=f"script-{self.born}", account=name)))
        return f"script-{self.born}"

    @rule(script_id=scripts, name=NAMES_OR_ALL, script=values(Script))
    def save_script(self, script_id: str, name: str | None, script: Script) -> None:
        self.ask(lambda store: store.scripts.save(replace(script, id=script_id, account=name)))

    @rule(script_id=scripts)
    def remove_script(self, script_id: str) -> None:
        self.ask(lambda store: store.scripts.remove(script_id))

    # -- what ends a life

    @rule(name=NAMES)
    def reset_one(self, name: str) -> None:
        self.ask(lambda store: store.reset(name))

    @rule(task_id=consumes(tasks))
    def reset_all(self, task_id: str) -> None:
        self.ask(lambda store: store.reset(None))
        assert self.ask(lambda store: store.task(task_id)) is None

    @rule(end=st.sampled_from(["stop", "stay", "die"]))
    def go_on_in_another_process(self, end: str) -> None:
        """After one that closed the file; beside one that has it open; or on what a killed one left behind."""
        if end == "stop":
            self.sqlite.close()
        else:
            self.left.append(self.sqlite)
        if end == "die":
            died_in = self.path.parent
            self.path = died_in.with_name(str(len(self.left))) / self.path.name
            shutil.copytree(died_in, self.path.parent)  # a copy of the open files
        self.sqlite = self.opened()

    @rule(exchange=values(Exchange))
    def fail_halfway(self, exchange: Exchange) -> None:
        """What a failed transaction wrote was never there."""
        try:
            with self.sqlite.transaction():
                self.sqlite.journal.arrive(exchange)
                self.sqlite.reset(None)
                raise InterruptedError
        except InterruptedError:
            pass

    @invariant()
    def the_accounts_agree(self) -> None:
        self.ask(lambda store: tuple(store.accounts()))
        for name in ACCOUNTS:
            self.ask(lambda store, name: store.has_account(name), name)
        for name in self.naive.accounts():
            self.ask(lambda store, name: (store.allowance(name), tuple(store.finetunes(name))), name)

    @invariant()
    def the_tasks_agree(self) -> None:
        for name in self.naive.accounts():
            self.ask(lambda store, name: tuple(store.active_tasks(name, now_ms=self.now_ms)), name)
            self.ask(lambda store, name: (tuple(store.tasks(name)), store.tasks_created(name)), name)
        for number in range(1, self.born + 1):
            self.ask(lambda store, number: store.task(f"task-{number}"), number)
            self.ask(lambda store, number: store.task_of_sample(f"sample-{number}"), number)

    @invariant()
    def the_money_agrees(self) -> None:
        for name in self.naive.accounts():
            self.ask(lambda store, name: tuple(store.entries(name)), name)
            self.ask(lambda store, name: store.balance(name, now_ms=self.now_ms), name)

    @invariant()
    def the_clocks_and_levers_agree(self) -> None:
        self.ask(lambda store: set(store.accounts_with_own_timeline()))
        for name in (None, *ACCOUNTS):
            self.ask(lambda store, name: (store.timeline(name), store.poll_window(name), store.epoch(name)), name)
            for lever in LEVERS:
                self.ask(lambda store, name, lever: store.lever(name, lever), name, lever)

    @invariant()
    def the_journals_agree(self) -> None:
        for name in (None, *ACCOUNTS):
            every = self.ask(lambda store, name: tuple(store.journal.exchanges(name)), name)
            self.ask(lambda store, name: (store.journal.count(name), store.journal.is_cut(name)), name)
            for row in every[:2]:
                after = row.number
                self.ask(lambda store, name, after: tuple(store.journal.exchanges(name, after=after)), name, after)

    @invariant()
    def the_outboxes_agree(self) -> None:
        self.ask(lambda store: tuple(store.outbox.accounts_waiting()))
        for name in (None, *ACCOUNTS):
            for row in self.ask(lambda store, name: tuple(store.outbox.deliveries(name)), name):
                self.ask(lambda store, delivery_id: store.outbox.delivery(delivery_id), row.id)
        for name in ACCOUNTS:
            rows = self.ask(lambda store, name: tuple(store.outbox.waiting(name)), name)
            self.ask(lambda store, name: tuple(store.outbox.leased(name)), name)
            for at_ms in range(-3, 3):
                self.ask(lambda store, name, at_ms: store.outbox.first_due(name, by_ms=at_ms), name, at_ms)
                self.ask(lambda store, name, at_ms: store.outbox.next_due_at_ms(name, after_ms=at_ms), name, at_ms)
            for row in rows[:3]:
                for options in ({"task_id": row.task_id}, {"not_of": [row.task_id]}, {"not_to": [row.receiver]}):
                    self.ask(lambda store, name, given: store.outbox.first_due(name, by_ms=2, **given), name, options)

    @invariant()
    def the_scripts_agree(self) -> None:
        for name in (None, *ACCOUNTS):
            for row in self.ask(lambda store, name: tuple(store.scripts.scripts(name)), name):
                self.ask(lambda store, script_id: store.scripts.script(script_id), row.id)
            self.ask(lambda store, name: tuple(store.scripts.open(name)), name)
        self.ask(lambda store: store.scripts.script("never-written"))


TestStoreAgreement = StoreAgreement.TestCase
TestStoreAgreement.settings = settings(max_examples=min(300, settings().max_examples), stateful_step_count=40)
