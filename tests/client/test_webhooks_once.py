"""An event that comes again is known, one that was not handled comes again, and the memory does not grow."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bfl_client as bfl
from bfl_client.webhooks import Deduplicator, WebhookEvent
from tests.client.webhook_double import event

PATIENCE_S = 10


def progress(share: float) -> WebhookEvent:
    return event("Pending", progress=share)


def test_an_event_is_new_once() -> None:
    seen = Deduplicator()
    assert [seen.is_new(event()) for _ in range(3)] == [True, False, False]


def test_the_events_of_two_tasks_are_two() -> None:
    seen = Deduplicator()
    assert [seen.is_new(event(task_id=name)) for name in ("a", "b", "a")] == [True, True, False]


def test_each_step_of_the_progress_is_new_once() -> None:
    seen = Deduplicator()
    assert [seen.is_new(progress(share)) for share in (25, 50, 25, 75)] == [True, True, False, True]


def test_progress_that_comes_after_the_end_is_not_new() -> None:
    seen = Deduplicator()
    assert [seen.is_new(each) for each in (progress(25), event(), progress(50))] == [True, True, False]


def test_an_end_of_another_kind_is_new() -> None:
    """No document says that it happens; whoever is told of a picture after a failure wants to know."""
    seen = Deduplicator()
    assert [seen.is_new(event(status)) for status in ("Error", "Ready", "Error")] == [True, True, False]


def test_an_end_is_the_same_whatever_else_it_says() -> None:
    seen = Deduplicator()
    assert seen.is_new(event(progress=100))
    assert not seen.is_new(event())


def test_a_forgotten_event_is_new_again() -> None:
    seen = Deduplicator()
    seen.is_new(event())
    seen.forget(event())
    assert seen.is_new(progress(50))
    assert seen.is_new(event())


def test_forgetting_what_was_never_seen_changes_nothing() -> None:
    seen = Deduplicator()
    seen.forget(event())
    assert len(seen) == 0


def test_the_oldest_events_make_room_for_new_ones() -> None:
    seen = Deduplicator(2)
    for name in ("a", "b", "c"):
        seen.is_new(event("Pending", task_id=name))
    assert not seen.is_new(event("Pending", task_id="c"))
    assert not seen.is_new(event("Pending", task_id="b"))
    assert seen.is_new(event("Pending", task_id="a"))


def test_an_event_that_came_again_counts_as_young() -> None:
    seen = Deduplicator(2)
    for name in ("a", "b", "a", "c"):
        seen.is_new(event("Pending", task_id=name))
    assert not seen.is_new(event("Pending", task_id="a"))


@pytest.mark.parametrize("capacity", [0, -1])
def test_a_memory_without_room_is_a_wrong_set_up(capacity: int) -> None:
    with pytest.raises(bfl.ConfigurationError, match="capacity"):
        Deduplicator(capacity)


EVENTS = st.builds(
    event,
    st.sampled_from(["Ready", "Error", "Pending"]),
    task_id=st.sampled_from("abc"),
    progress=st.sampled_from([None, 25.0, 50.0]),
)


@given(capacity=st.integers(1, 5), events=st.lists(EVENTS, max_size=30))
def test_the_memory_never_outgrows_its_capacity(capacity: int, events: list[WebhookEvent]) -> None:
    seen = Deduplicator(capacity)
    for each in events:
        seen.is_new(each)
        assert len(seen) <= capacity


@given(capacity=st.integers(1, 5), events=st.lists(EVENTS, max_size=30))
def test_an_event_right_after_itself_is_never_new(capacity: int, events: list[WebhookEvent]) -> None:
    seen = Deduplicator(capacity)
    for each in events:
        seen.is_new(each)
        assert not seen.is_new(each)


def test_of_many_threads_one_finds_an_event_new() -> None:
    seen, together = Deduplicator(), threading.Barrier(8)

    def look(_: int) -> bool:
        together.wait(PATIENCE_S)
        return seen.is_new(event())

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(look, range(8))) == 1


def test_a_new_event_is_handled_and_a_known_one_is_not() -> None:
    seen, handled = Deduplicator(), list[WebhookEvent]()
    assert [seen.run_once(event(), handled.append) for _ in range(2)] == [True, False]
    assert handled == [event()]


@pytest.mark.parametrize("error", [ValueError("no disk"), KeyboardInterrupt()], ids=["error", "interrupt"])
def test_an_event_whose_handling_failed_is_handled_when_it_comes_again(error: BaseException) -> None:
    seen, handled = Deduplicator(), list[WebhookEvent]()

    def fail(_: WebhookEvent) -> None:
        raise error

    with pytest.raises(type(error)):
        seen.run_once(event(), fail)
    assert seen.run_once(event(), handled.append)
    assert handled == [event()]


class Twins:
    """The same event in two threads: the first is being handled when the second comes."""

    def __init__(self) -> None:
        self.seen = Deduplicator()
        self.is_begun, self.may_end = threading.Event(), threading.Event()
        self.handled: list[str] = []

    def first(self, *, fails: bool) -> bool:
        def handle(_: WebhookEvent) -> None:
            self.handled.append("first")
            self.is_begun.set()
            assert self.may_end.wait(PATIENCE_S)
            if fails:
                raise ValueError("no disk")

        return self.seen.run_once(event(), handle)

    def second(self) -> bool:
        return self.seen.run_once(event(), lambda _: self.handled.append("second"))


@pytest.mark.parametrize(("fails", "handled"), [(False, ["first"]), (True, ["first", "second"])])
def test_the_twin_of_an_event_waits_for_its_end_and_steps_in_if_it_fails(fails: bool, handled: list[str]) -> None:
    """Answered before that, the sender would take an event for delivered that was lost."""
    twins = Twins()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(twins.first, fails=fails)
        assert twins.is_begun.wait(PATIENCE_S)
        second = pool.submit(twins.second)
        assert not second.done()
        twins.may_end.set()
        assert (first.exception(PATIENCE_S) is not None) is fails
        assert second.result(PATIENCE_S) is fails
    assert twins.handled == handled


def test_events_of_other_tasks_do_not_wait() -> None:
    twins = Twins()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(twins.first, fails=False)
        assert twins.is_begun.wait(PATIENCE_S)
        assert twins.seen.run_once(event(task_id="other"), lambda _: None)
        twins.may_end.set()
        assert first.result(PATIENCE_S)
