"""A balance is the sum of the entries in effect, and nothing else."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from mock_bfl.core.ledger import Entry, EntryKind, adjusted, balance, charged, opened, refunded

ENTRIES = st.lists(
    st.builds(
        Entry,
        st.sampled_from(EntryKind),
        st.decimals(-1000, 1000, places=1),
        st.integers(0, 10_000),
        st.none(),
    ),
    max_size=20,
)
INSTANTS = st.integers(-1, 10_001)


def test_an_account_begins_with_what_it_was_opened_with() -> None:
    assert opened(Decimal(1000), now_ms=5) == Entry(EntryKind.OPENED, Decimal(1000), 5)


def test_a_charge_takes_effect_when_the_task_is_created() -> None:
    entries = [opened(Decimal(10), now_ms=0), charged("a-task", Decimal(3), now_ms=7)]
    assert [balance(entries, now_ms=now_ms) for now_ms in (6, 7)] == [10, 7]


def test_a_refund_takes_effect_at_the_instant_of_settling_and_not_before() -> None:
    entries = [charged("a-task", Decimal(3), now_ms=0), refunded("a-task", Decimal(3), at_ms=9)]
    assert [balance(entries, now_ms=now_ms) for now_ms in (8, 9)] == [-3, 0]


def test_a_charge_and_a_refund_name_their_task() -> None:
    assert charged("a-task", Decimal(3), now_ms=0).task_id == "a-task"
    assert refunded("a-task", Decimal(3), at_ms=0).task_id == "a-task"


@given(ENTRIES, INSTANTS)
def test_the_order_of_entries_does_not_matter(entries: list[Entry], now_ms: int) -> None:
    assert balance(entries, now_ms=now_ms) == balance(reversed(entries), now_ms=now_ms)


@given(ENTRIES, ENTRIES, INSTANTS)
def test_a_balance_is_the_sum_of_its_parts(some: list[Entry], others: list[Entry], now_ms: int) -> None:
    parts = balance(some, now_ms=now_ms) + balance(others, now_ms=now_ms)
    assert balance([*some, *others], now_ms=now_ms) == parts


@given(ENTRIES, INSTANTS)
def test_entries_of_the_future_do_not_count(entries: list[Entry], now_ms: int) -> None:
    past = [entry for entry in entries if entry.effective_at_ms <= now_ms]
    assert balance(entries, now_ms=now_ms) == balance(past, now_ms=10_001)


@given(st.decimals(0, 10_000, places=1, allow_nan=False), st.integers(0, 100))
def test_a_refund_gives_back_exactly_what_was_charged(credits: Decimal, at_ms: int) -> None:
    entries = [charged("a-task", credits, now_ms=0), refunded("a-task", credits, at_ms=at_ms)]
    assert balance(entries, now_ms=at_ms) == 0


def test_an_adjustment_counts_at_once_and_belongs_to_no_task() -> None:
    entries = [opened(Decimal(5), now_ms=0), adjusted(Decimal(-2), now_ms=7)]
    assert (balance(entries, now_ms=6), balance(entries, now_ms=7)) == (Decimal(5), Decimal(3))
    assert entries[1].task_id is None
