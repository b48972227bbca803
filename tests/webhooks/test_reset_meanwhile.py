"""A reset while something is on its way. Ids come again after it: what is new under one of them is not what was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mock_bfl.core.webhook import DeliveryState
from mock_bfl.engine import account_of
from mock_bfl.engine.following import Follower
from tests.webhooks.driver import ACCOUNT, KEY, START_MS, Bench

AT_ONCE = "a [mock: after=0s webhook=final_only]"
LATER = "a [mock: after=1s webhook=final_only]"
WHOM = pytest.mark.parametrize("whom", [ACCOUNT, None], ids=["one", "all"])


def once(act: Callable[[], Any]) -> Callable[[Any], None]:
    """Return a receiver that does something when the first event comes, and nothing later."""
    acts = [act]
    return lambda _: acts.pop()() if acts else None


@WHOM
def test_an_event_that_was_on_its_way_over_a_reset_is_not_written_to_the_next_task_of_its_id(whom: str | None) -> None:
    bench, ids = Bench(), []

    def start_anew() -> None:
        bench.engine.control.reset(whom)
        bench.engine.control.freeze(None)
        ids.append(bench.submit(LATER).task_id)

    bench.sender.meanwhile = once(start_anew)
    ids.append(bench.submit(AT_ONCE).task_id)
    bench.advance(0)
    assert ids[0] == ids[1]
    (waiting,) = bench.deliveries()
    assert (waiting.state, waiting.attempts) == (DeliveryState.WAITING, ())
    bench.advance(1)
    assert len(bench.sender.sent) == 2
    assert bench.deliveries()[0].state is DeliveryState.DELIVERED


def test_a_replay_that_was_on_its_way_over_a_reset_is_not_written_to_the_next_task_of_its_id() -> None:
    bench = Bench()
    bench.submit(AT_ONCE)
    bench.advance(0)

    def start_anew() -> None:
        bench.engine.control.reset(ACCOUNT)
        bench.submit(LATER)

    bench.sender.meanwhile = once(start_anew)
    bench.engine.webhooks.replay(bench.deliveries()[0].id)
    assert bench.deliveries()[0].attempts == ()


def test_a_follower_hears_of_the_attempts_after_a_reset() -> None:
    bench = Bench()
    follower = Follower(bench.engine.context, None)
    follower.exchanges()
    for _ in range(2):
        bench.submit(AT_ONCE)
        bench.advance(0)
        assert [made.number for made in follower.attempts()] == [1]
        bench.engine.control.reset(ACCOUNT)


@WHOM
def test_an_account_that_is_reset_during_an_advance_does_not_go_on_with_it(whom: str | None) -> None:
    bench = Bench()
    bench.submit(LATER)
    bench.sender.meanwhile = once(lambda: bench.engine.control.reset(whom))
    bench.advance(60, key=KEY)
    assert bench.store.accounts_with_own_timeline() == ()
    assert bench.now_ms(ACCOUNT) == START_MS


def test_what_a_fresh_account_plans_is_not_sent_by_the_advance_of_the_one_before() -> None:
    bench = Bench()
    bench.submit(LATER)

    def start_anew() -> None:
        bench.engine.control.reset(ACCOUNT)
        bench.engine.control.freeze(ACCOUNT)
        bench.submit(LATER)

    bench.sender.meanwhile = once(start_anew)
    bench.advance(60, key=KEY)
    assert len(bench.sender.sent) == 1
    assert bench.now_ms(ACCOUNT) == START_MS


def test_a_reset_of_everything_ends_an_advance_of_everything() -> None:
    bench = Bench()
    bench.submit(LATER)
    bench.sender.meanwhile = once(lambda: bench.engine.control.reset(None))
    bench.advance(60)
    assert bench.now_ms() == START_MS


def test_a_reset_of_one_account_does_not_end_the_advance_of_the_others() -> None:
    bench = Bench()
    bench.submit(LATER, key="one")
    bench.submit("b [mock: after=2s webhook=final_only]", key="two")
    bench.sender.meanwhile = once(lambda: bench.engine.control.reset(account_of("one")))
    bench.advance(60)
    assert bench.now_ms() == START_MS + 60_000
    assert [row.state for row in bench.deliveries(account_of("two"))] == [DeliveryState.DELIVERED]


def test_an_account_that_is_reset_before_its_turn_in_an_advance_of_everything_is_not_moved() -> None:
    bench = Bench()
    bench.engine.control.freeze(account_of("two"))
    bench.submit(LATER, key="one")
    bench.sender.meanwhile = once(lambda: bench.engine.control.reset(account_of("two")))
    bench.advance(60)
    assert bench.store.accounts_with_own_timeline() == ()
