"""The journal of every store: what it keeps, what it drops first, what it says of what it has dropped."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mock_bfl.core.exchange import Exchange
from mock_bfl.store import Store
from tests.store.conftest import JOURNAL_LENGTH, JOURNAL_TOTAL

NAMES = (None, "one", "two")


def exchange(account: str | None) -> Exchange:
    return Exchange(at_ms=0, real_ms=0, account=account, method="GET", path="/")


def arrive(store: Store, account: str | None, *, times: int = 1) -> Exchange:
    """Let an account ask so often; return the last that it asked."""
    with store.transaction():
        for _ in range(times):
            arrived = store.journal.arrive(exchange(account))
    return arrived


def numbers(store: Store, account: str | None) -> list[int]:
    return [row.number for row in store.journal.exchanges(account)]


def numbers_without_a_key(store: Store) -> list[int]:
    return [row.number for row in store.journal.exchanges(None) if row.account is None]


def test_of_each_account_the_oldest_exchange_makes_room_for_the_newest(store: Store) -> None:
    arrive(store, "one", times=JOURNAL_LENGTH + 2)
    assert numbers(store, "one") == list(range(3, JOURNAL_LENGTH + 3))


@pytest.mark.parametrize("busy", [None, "two"])
def test_the_traffic_of_one_account_pushes_out_none_of_anothers(store: Store, busy: str | None) -> None:
    arrive(store, "one", times=2)
    arrive(store, busy, times=10 * JOURNAL_TOTAL)
    assert numbers(store, "one") == [1, 2]
    assert not store.journal.is_cut("one")


def test_requests_without_a_key_are_bounded_like_an_account(store: Store) -> None:
    arrive(store, None, times=JOURNAL_LENGTH + 2)
    assert numbers_without_a_key(store) == list(range(3, JOURNAL_LENGTH + 3))


def test_with_very_many_accounts_the_one_that_has_most_gives_up_its_oldest(store: Store) -> None:
    arrive(store, "rich", times=4)
    for number in range(JOURNAL_TOTAL - 4):
        arrive(store, f"poor {number}")
    assert not store.journal.is_cut(None)
    arrive(store, "new")
    assert numbers(store, "rich") == [2, 3, 4]
    assert store.journal.count(None) == JOURNAL_TOTAL
    assert [name for name in ("rich", "new", "poor 0", "poor 1") if store.journal.is_cut(name)] == ["rich"]


def test_however_many_accounts_there_are_the_journal_is_bounded(store: Store) -> None:
    for number in range(3 * JOURNAL_TOTAL):
        arrive(store, f"account {number}")
    assert len(store.journal.exchanges(None)) == JOURNAL_TOTAL


def test_a_journal_that_is_full_has_dropped_nothing_yet(store: Store) -> None:
    arrive(store, "one", times=JOURNAL_LENGTH)
    assert not store.journal.is_cut("one")
    arrive(store, "one")
    assert store.journal.is_cut("one")
    assert store.journal.is_cut(None)
    assert not store.journal.is_cut("two")


@pytest.mark.parametrize("account", ["one", None])
def test_a_reset_begins_a_journal_that_has_dropped_nothing(store: Store, account: str | None) -> None:
    arrive(store, "one", times=JOURNAL_LENGTH + 1)
    store.reset(account)
    assert not store.journal.is_cut("one")
    arrive(store, "one", times=JOURNAL_LENGTH)
    assert not store.journal.is_cut("one")


def test_an_account_that_lost_its_last_exchange_is_not_taken_for_one_that_never_asked(store: Store) -> None:
    """Its name is not kept, for names have no bound: so nobody who is unknown is said to be seen whole."""
    arrive(store, "a")  # of those that have as many, the first by name
    for number in range(JOURNAL_TOTAL):
        arrive(store, f"b {number}")
    assert store.journal.count("a") == 0
    assert store.journal.is_cut("a")


def test_a_poll_without_a_key_moves_to_the_account_of_its_task_when_it_is_answered(store: Store) -> None:
    arrived = arrive(store, None)
    store.journal.complete(replace(arrived, account="one", status=200))
    assert (numbers(store, "one"), numbers_without_a_key(store)) == ([1], [])


def test_what_moves_to_an_account_that_is_full_drops_the_oldest_there(store: Store) -> None:
    arrived = arrive(store, None)
    arrive(store, "one", times=JOURNAL_LENGTH)
    store.journal.complete(replace(arrived, account="one"))
    assert numbers(store, None) == list(range(2, JOURNAL_LENGTH + 2))  # it was the oldest itself
    assert store.journal.is_cut("one")


def test_polls_without_a_key_leave_the_room_of_those_without_an_account(store: Store) -> None:
    for _ in range(JOURNAL_LENGTH):
        store.journal.complete(replace(arrive(store, None), account="one"))
    arrive(store, None, times=JOURNAL_LENGTH)
    assert not store.journal.is_cut(None)


def test_what_moves_keeps_its_place_among_the_exchanges_of_its_account(store: Store) -> None:
    first = arrive(store, None)
    arrive(store, "one", times=2)
    second = arrive(store, None)
    arrive(store, "one")
    for arrived in (second, first):
        store.journal.complete(replace(arrived, account="one"))
    assert numbers(store, "one") == [1, 2, 3, 4, 5]


def test_what_is_answered_after_it_was_dropped_stays_gone(store: Store) -> None:
    arrived = arrive(store, "one")
    arrive(store, "one", times=JOURNAL_LENGTH)
    store.journal.complete(replace(arrived, status=200))
    assert numbers(store, "one") == list(range(2, JOURNAL_LENGTH + 2))


@pytest.mark.parametrize("account", NAMES)
def test_what_is_counted_is_what_is_shown(store: Store, account: str | None) -> None:
    for name in NAMES:
        arrive(store, name, times=2)
    assert store.journal.count(account) == len(store.journal.exchanges(account))


def test_a_number_never_comes_again_not_even_after_a_reset(store: Store) -> None:
    arrive(store, "one", times=3)
    store.reset(None)
    assert arrive(store, "one").number == 4


def test_what_is_answered_after_a_reset_of_everything_is_not_taken_for_what_came_since(store: Store) -> None:
    before = arrive(store, "one")
    store.reset(None)
    since = arrive(store, "two")
    store.journal.complete(replace(before, status=200))
    assert tuple(store.journal.exchanges(None)) == (since,)


@pytest.mark.parametrize("after", range(6))
def test_who_asks_for_what_came_after_a_number_gets_no_more(store: Store, after: int) -> None:
    arrive(store, "one", times=2)
    arrive(store, "two", times=2)
    assert [row.number for row in store.journal.exchanges(None, after=after)] == list(range(after + 1, 5))
    assert [row.number for row in store.journal.exchanges("two", after=after)] == [n for n in (3, 4) if n > after]
