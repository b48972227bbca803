"""What every store does, beside what the agreement of all of them shows."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from mock_bfl.core import ledger
from mock_bfl.core.admission import Allowance
from mock_bfl.core.exchange import Exchange
from mock_bfl.core.timeline import Timeline
from mock_bfl.store import Store
from tests.core.examples import TASK

PATIENCE_S = 30


def exchange(path: str, account: str | None = "one") -> Exchange:
    return Exchange(at_ms=0, real_ms=0, account=account, method="GET", path=path)


def open_account(store: Store) -> None:
    entry = ledger.opened(Decimal(0), now_ms=0)
    store.open_account("one", entry=entry, allowance=Allowance(), finetunes=())


def test_a_task_is_settled_once(store: Store) -> None:
    open_account(store)
    store.add_task(replace(TASK, account="one", settles_at_ms=None), ())
    refund = ledger.refunded(TASK.id, Decimal(3), at_ms=5)
    settled = store.settle(TASK.id, at_ms=5, entries=(refund,))
    assert settled.settles_at_ms == 5
    assert store.settle(TASK.id, at_ms=7, entries=(refund,)) == store.task(TASK.id) == settled
    assert store.balance("one", now_ms=10) == 3


def test_a_transaction_may_be_entered_again_inside_itself(store: Store) -> None:
    with store.transaction(), store.transaction():
        store.journal.arrive(exchange("/"))
    assert len(store.journal.exchanges(None)) == 1


def in_thread(act: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    return thread


def test_what_one_transaction_reads_and_writes_no_other_thread_comes_between(store: Store) -> None:
    open_account(store)

    def create_up_to_24() -> None:
        for number in range(24):
            with store.transaction():
                if len(store.active_tasks("one", now_ms=0)) < 24:
                    key = f"{threading.get_ident()}-{number}"
                    store.add_task(replace(TASK, id=key, sample_key=key, account="one", settles_at_ms=None), ())

    for thread in [in_thread(create_up_to_24) for _ in range(8)]:
        thread.join(PATIENCE_S)
    assert store.tasks_created("one") == 24


def test_a_transaction_waits_for_that_of_another_thread(store: Store) -> None:
    is_inside, may_end, was_inside = threading.Event(), threading.Event(), threading.Event()

    def hold() -> None:
        with store.transaction():
            is_inside.set()
            may_end.wait(PATIENCE_S)

    def follow() -> None:
        with store.transaction():
            was_inside.set()

    threads = [in_thread(hold)]
    assert is_inside.wait(PATIENCE_S)
    threads.append(in_thread(follow))
    assert not was_inside.wait(0.05)
    may_end.set()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert was_inside.is_set()


def test_a_timeline_of_an_account_outlives_a_change_of_the_common_one(store: Store) -> None:
    store.set_timeline("one", Timeline(5, 6))
    store.set_timeline(None, Timeline(7, 8))
    assert store.timeline("one") == Timeline(5, 6)


@pytest.mark.parametrize("account", ["one", None])
def test_a_reset_of_what_never_was_does_no_harm(store: Store, account: str | None) -> None:
    store.reset(account)
    assert store.journal.exchanges(None) == ()


ASKED_OF_NOBODY: dict[str, Callable[[Store], object]] = {
    "allowance": lambda store: store.allowance("nobody"),
    "set_allowance": lambda store: store.set_allowance("nobody", Allowance()),
    "tasks": lambda store: store.tasks("nobody"),
    "tasks_created": lambda store: store.tasks_created("nobody"),
    "balance": lambda store: store.balance("nobody", now_ms=0),
    "entries": lambda store: store.entries("nobody"),
    "write_entry": lambda store: store.write_entry("nobody", ledger.opened(Decimal(1), now_ms=0)),
    "add_task": lambda store: store.add_task(replace(TASK, account="nobody"), ()),
    "finetunes": lambda store: store.finetunes("nobody"),
    "settle": lambda store: store.settle("no-task", at_ms=0, entries=()),
}


@pytest.mark.parametrize("ask", ASKED_OF_NOBODY.values(), ids=ASKED_OF_NOBODY)
def test_what_is_asked_of_an_account_that_was_never_opened_is_an_error(
    store: Store, ask: Callable[[Store], object]
) -> None:
    with pytest.raises(KeyError):
        ask(store)


def test_money_is_exact_to_the_last_digit(store: Store) -> None:
    open_account(store)
    for credits in ("12345678901234567891", "0.1", "0.2", "1E-7"):
        store.write_entry("one", ledger.refunded("some-task", Decimal(credits), at_ms=0))
        assert store.balance("one", now_ms=0) == ledger.balance(store.entries("one"), now_ms=0)


def test_a_text_that_cannot_be_utf_8_is_kept_and_one_that_is_not_there_is_not_found(store: Store) -> None:
    open_account(store)
    task = replace(TASK, account="one", webhook_secret="a\ud800 and a \U0001f600 and a \\ud800")
    store.add_task(task, ())
    assert store.task(task.id) == task
    assert store.task("\ud800") is None
    assert store.task_of_sample("\ud800") is None
    assert store.outbox.delivery("\ud800") is None
    assert store.scripts.script("\ud800") is None


def test_the_value_of_a_credit_keeps_its_digits(store: Store) -> None:
    open_account(store)
    store.write_entry("one", ledger.refunded("some-task", Decimal("2.50"), at_ms=0))
    assert str(store.entries("one")[-1].credits) == "2.50"
