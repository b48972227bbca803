"""A store knows which scripts the calls of an account may still consume, without looking at those that are over."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import FrameType
from typing import Any

import pytest

from mock_bfl.core.script import Instruction, Script
from mock_bfl.store import Store

MANY = 300


def script(script_id: str, *, account: str | None = "one", **facts: Any) -> Script:
    return Script(id=script_id, account=account, instructions=(Instruction(passes=True),), **facts)


def open_ids(store: Store, account: str | None = "one") -> list[str]:
    return [row.id for row in store.scripts.open(account)]


@pytest.mark.parametrize("account", ["one", None])
def test_what_is_open_comes_by_age_and_is_of_exactly_this_account(store: Store, account: str | None) -> None:
    other = "two" if account else "one"
    for script_id, owner in (("c", account), ("x", other), ("a", account), ("b", account)):
        store.scripts.add(script(script_id, account=owner))
    assert open_ids(store, account) == ["c", "a", "b"]


def test_what_is_at_its_end_is_listed_and_is_not_open(store: Store) -> None:
    store.scripts.add(script("a"))
    store.scripts.save(script("a", position=1))
    assert (open_ids(store), [row.id for row in store.scripts.scripts("one")]) == ([], ["a"])


def test_what_is_followed_by_header_alone_is_not_open_to_every_call(store: Store) -> None:
    store.scripts.add(script("a", by_header=True))
    assert open_ids(store) == []


def test_what_is_opened_again_stands_where_it_stood(store: Store) -> None:
    for script_id in "abc":
        store.scripts.add(script(script_id))
    store.scripts.save(script("a", position=1))
    store.scripts.save(script("b", position=1))
    store.scripts.save(script("a", position=1, returned=(0,)))
    assert open_ids(store) == ["a", "c"]


def test_what_is_removed_or_reset_is_not_open(store: Store) -> None:
    for script_id in "ab":
        store.scripts.add(script(script_id))
    store.scripts.remove("a")
    assert open_ids(store) == ["b"]
    store.reset("one")
    assert open_ids(store) == []


def steps_of(store: Store, account: str | None) -> int:
    """Return how many calls of functions it takes to find what is open."""
    steps = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal steps
        steps += event == "call"

    sys.setprofile(count)
    try:
        store.scripts.open(account)
    finally:
        sys.setprofile(None)
    return steps


@pytest.mark.parametrize("account", ["one", "two", None])
def test_to_find_what_is_open_takes_as_long_however_many_scripts_are_over(store: Store, account: str | None) -> None:
    store.scripts.add(script("open", account=account))
    before = steps_of(store, account)
    with store.transaction():
        for number in range(MANY):
            for owner in ("one", "two", None):
                made = script(f"{owner}-{number}", account=owner)
                store.scripts.add(made)
                store.scripts.save(replace(made, position=1))
    assert steps_of(store, account) <= before
