"""A store finds what is due next without looking at all that waits."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import FrameType
from typing import Any

import pytest

from mock_bfl.core.webhook import Delivery, DeliveryState
from mock_bfl.store import Store

MANY = 300
NOW_MS = 1000


def delivery(name: str, *, due_at_ms: int = NOW_MS, account: str = "one", **facts: Any) -> Delivery:
    return Delivery(id=name, account=account, task_id=facts.pop("task_id", f"t-{name}"), due_at_ms=due_at_ms, **facts)


def first(store: Store, **options: Any) -> str | None:
    found = store.outbox.first_due("one", by_ms=NOW_MS, **options)
    return None if found is None else found.id


def test_the_first_due_comes_first_and_turns_and_names_break_ties(store: Store) -> None:
    ids = []
    rows = [delivery("c"), delivery("b"), delivery("a", order=1), delivery("d", due_at_ms=1)]
    store.outbox.add([*rows, delivery("x", due_at_ms=NOW_MS + 1), delivery("y", account="two", due_at_ms=0)])
    while (found := store.outbox.first_due("one", by_ms=NOW_MS)) is not None:
        ids.append(found.id)
        store.outbox.save(replace(found, state=DeliveryState.DELIVERED))
    assert ids == ["d", "b", "c", "a"]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"task_id": "t-b"}, "b"),
        ({"not_of": ["t-a"]}, "b"),
        ({"not_of": ["\x00"]}, "a"),
        ({"not_of": ["t-a", "t-b"]}, "c"),
        ({"not_to": ["here\ud800"]}, "c"),
        ({"not_to": ["here\ud800", "there"]}, None),
        ({"not_to": ["there"], "not_of": ["t-a"]}, "b"),
        ({"task_id": "t-c", "not_to": ["there"]}, None),
    ],
    ids=str,
)
def test_some_tasks_and_receivers_are_passed_over(store: Store, options: dict[str, Any], found: str | None) -> None:
    """A receiver may be named by what no UTF-8 can hold: clients send it."""
    store.outbox.add([delivery(name, receiver="here\ud800") for name in "ab"] + [delivery("c", receiver="there")])
    assert first(store, **options) == found


def test_a_name_with_a_nul_is_no_empty_one(store: Store) -> None:
    store.outbox.add([delivery("a", receiver="", task_id="")])
    assert first(store, not_of=["\x00"], not_to=["\x00"]) == "a"


def test_what_was_put_off_is_due_later(store: Store) -> None:
    store.outbox.add([delivery("a"), delivery("b")])
    store.outbox.save(delivery("a", due_at_ms=NOW_MS + 1))
    assert first(store) == "b"
    assert store.outbox.next_due_at_ms("one", after_ms=NOW_MS) == NOW_MS + 1


def test_the_next_instant_is_after_the_given_one_and_of_what_waits(store: Store) -> None:
    store.outbox.add([delivery(str(at_ms), due_at_ms=at_ms) for at_ms in (10, 20, 30)])
    store.outbox.save(delivery("20", due_at_ms=20, state=DeliveryState.ABANDONED))
    instants = [store.outbox.next_due_at_ms("one", after_ms=after_ms) for after_ms in (9, 10, 29, 30)]
    assert instants == [10, 30, 30, None]
    assert store.outbox.next_due_at_ms("two", after_ms=0) is None


def test_what_a_worker_has_taken_is_told_until_it_is_free_or_done(store: Store) -> None:
    store.outbox.add([delivery(name) for name in "abcd"])
    for name in "cab":
        store.outbox.save(delivery(name, leased_until_real_ms=7))
    store.outbox.save(delivery("b"))
    store.outbox.save(delivery("c", leased_until_real_ms=7, state=DeliveryState.DELIVERED))
    assert [row.id for row in store.outbox.leased("one")] == ["a"]
    assert store.outbox.leased("two") == ()


def test_a_reset_leaves_nothing_due(store: Store) -> None:
    store.outbox.add([delivery("a", leased_until_real_ms=7)])
    store.reset("one")
    assert (first(store), store.outbox.next_due_at_ms("one", after_ms=0)) == (None, None)
    assert store.outbox.leased("one") == ()


def steps_of(ask: Callable[[], object]) -> int:
    """Return how many calls of functions it takes."""
    steps = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal steps
        steps += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        ask()
    finally:
        sys.setprofile(None)
    return steps


def questions(store: Store) -> Sequence[Callable[[], object]]:
    return (
        lambda: store.outbox.first_due("one", by_ms=NOW_MS),
        lambda: store.outbox.first_due("one", by_ms=NOW_MS, not_to=["dead"]),
        lambda: store.outbox.next_due_at_ms("one", after_ms=NOW_MS),
        lambda: store.outbox.leased("one"),
    )


def test_to_find_what_is_due_takes_as_long_however_many_wait(store: Store) -> None:
    store.outbox.add([delivery("a"), delivery("b", receiver="dead"), delivery("z", due_at_ms=NOW_MS + 1)])
    before = [steps_of(ask) for ask in questions(store)]
    for number in range(MANY):
        store.outbox.add([delivery(f"n-{number}", receiver="dead"), delivery(f"l-{number}", due_at_ms=NOW_MS + 9)])
    assert all(after <= known + 2 for after, known in zip(map(steps_of, questions(store)), before, strict=True))
