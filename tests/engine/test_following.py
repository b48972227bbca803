"""What a follower is told: every completed exchange, in whatever order the answers come, and every webhook attempt."""

from __future__ import annotations

from dataclasses import replace

from mock_bfl.clock import ManualClock
from mock_bfl.core.exchange import Exchange
from mock_bfl.core.webhook import Attempt, Delivery
from mock_bfl.engine import Engine
from mock_bfl.engine.following import Follower

DELIVERY = Delivery(id="d1", account="mine", task_id="t1", due_at_ms=0)


class Story:
    """A mock whose journal is written by hand, and one that follows it."""

    def __init__(self, *, account: str | None = None, after: int = 0) -> None:
        self.clock = ManualClock()
        self.engine = Engine(clock=self.clock)
        self._account = account
        self.follower = self.resumed(after=after)

    def resumed(self, *, after: int) -> Follower:
        return Follower(self.engine.context, self._account, after=after)

    def arrive(self, *, account: str | None = None) -> Exchange:
        self.clock.advance(ms=1)
        now_ms = self.clock.real_ms()
        return self.engine.control.arrive(
            Exchange(at_ms=now_ms, real_ms=now_ms, account=account, method="GET", path="/v1/credits")
        )

    def answer(self, exchange: Exchange, *, account: str | None = None) -> None:
        self.engine.control.complete(replace(exchange, account=account, ended_real_ms=self.clock.real_ms(), status=200))

    def ask(self, *, account: str | None = None) -> None:
        self.answer(self.arrive(account=account), account=account)

    def told(self, follower: Follower | None = None) -> list[tuple[int, int]]:
        """Return number and cursor of each exchange that is news."""
        return [(row.exchange.number, row.cursor) for row in (follower or self.follower).exchanges()]


def test_an_exchange_is_told_once_and_when_it_is_answered() -> None:
    story = Story()
    exchange = story.arrive()
    assert story.told() == []
    story.answer(exchange)
    assert story.told() == [(1, 1)]
    assert story.told() == []


def test_who_resumes_hears_what_came_after() -> None:
    story = Story()
    for _ in range(3):
        story.ask()
    assert story.told(story.resumed(after=2)) == [(3, 3)]
    assert story.told(story.resumed(after=3)) == []


def test_an_exchange_answered_before_an_older_one_is_told_at_once_under_the_cursor_before_both() -> None:
    story = Story()
    story.ask()
    slow = story.arrive()
    story.ask()
    assert story.told() == [(1, 1), (3, 1)]
    story.answer(slow)
    assert story.told() == [(2, 2)]
    assert story.told(story.resumed(after=1)) == [(2, 2), (3, 3)]


def test_an_exchange_that_is_never_answered_holds_the_cursor_for_a_minute() -> None:
    story = Story()
    story.arrive()
    story.ask()
    assert story.told() == [(2, 0)]
    story.clock.advance(seconds=60)
    story.ask()
    assert story.told() == [(3, 3)]


def test_an_account_hears_of_its_own_exchanges_even_where_their_owner_is_known_only_by_the_answer() -> None:
    story = Story(account="mine")
    poll = story.arrive()
    story.ask(account="mine")
    story.ask(account="other")
    assert story.told() == [(2, 0)]
    story.answer(poll, account="mine")
    assert story.told() == [(1, 1)]


def test_after_a_reset_of_all_everything_new_is_told() -> None:
    story = Story()
    for _ in range(3):
        story.ask()
    story.told()
    story.engine.control.reset(None)
    assert story.told() == []
    story.ask()
    assert story.told() == [(4, 4)]


def test_a_reset_is_noticed_even_when_as_many_exchanges_came_since() -> None:
    story = Story()
    story.ask()
    story.ask()
    story.told()
    story.engine.control.reset(None)
    for _ in range(3):
        story.ask()
    assert story.told() == [(3, 3), (4, 4), (5, 5)]


def test_a_reset_of_one_account_repeats_nothing_of_the_others() -> None:
    story = Story()
    story.ask(account="other")
    story.ask(account="mine")
    story.told()
    story.engine.control.reset("mine")
    assert story.told() == []
    story.ask(account="other")
    assert story.told() == [(3, 3)]


def test_a_cursor_from_before_a_restart_begins_anew() -> None:
    story = Story(after=500)
    story.ask()
    assert story.told() == [(1, 1)]


def test_each_webhook_attempt_is_told_once() -> None:
    story = Story()
    store = story.engine.context.store
    delivery = DELIVERY
    with store.transaction():
        store.outbox.add([delivery])
    story.follower.exchanges()
    assert story.follower.attempts() == []
    first = Attempt(at_ms=1, real_ms=1, took_ms=5, status=500)
    second = replace(first, real_ms=2, status=200)
    for attempts in ((first,), (first, second)):
        with store.transaction():
            store.outbox.save(replace(delivery, attempts=attempts))
        (made,) = story.follower.attempts()
        assert (made.number, made.attempt) == (len(attempts), attempts[-1])
    assert story.follower.attempts() == []


def test_who_resumes_hears_of_the_attempts_made_since() -> None:
    story = Story()
    story.ask()
    store, real_ms = story.engine.context.store, story.clock.real_ms()
    made = tuple(Attempt(at_ms=1, real_ms=real_ms + ms, took_ms=5, status=500) for ms in (-1, 1))
    with store.transaction():
        store.outbox.add([replace(DELIVERY, attempts=made)])
    follower = story.resumed(after=1)
    follower.exchanges()
    assert [row.number for row in follower.attempts()] == [2]
