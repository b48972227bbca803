"""Which attempt follows which: 1, 5 and 30 seconds after a failure, then never again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_bfl.core.webhook import Attempt, Delivery, DeliveryState, after_attempt, after_replay, refused
from tests.webhooks.driver import START_MS, Bench, ScriptedSender

DELIVERY = Delivery(id="t.final", account="a", task_id="t", due_at_ms=START_MS, leased_until_real_ms=7)
STATUSES = st.sampled_from([200, 201, 204, 299, 300, 302, 400, 404, 500, 503, None])
PAUSES_MS = (1000, 5000, 30_000)


def attempt(status: int | None, *, at_ms: int = START_MS, is_replay: bool = False) -> Attempt:
    error = "no answer" if status is None else None
    return Attempt(at_ms=at_ms, real_ms=0, took_ms=0, status=status, error=error, is_replay=is_replay)


def is_taken(status: int | None) -> bool:
    return status is not None and 200 <= status < 300


def expected_ms(statuses: list[int | None]) -> list[int]:
    """The instants at which a receiver that answers so is tried, after the event: the schedule, written once more."""
    instants = [0]
    for status, pause_ms in zip(statuses, PAUSES_MS, strict=False):
        if is_taken(status):
            break
        instants.append(instants[-1] + pause_ms)
    return instants


@given(st.lists(STATUSES, min_size=4, max_size=4), st.integers(0, 40_000))
def test_whatever_a_receiver_answers_it_is_tried_on_schedule(statuses: list[int | None], after_ms: int) -> None:
    bench = Bench(ScriptedSender(*statuses))
    bench.submit(f"a [mock: after={after_ms}ms webhook=final_only]")
    bench.advance(after_ms / 1000 + 36)
    (delivery,) = bench.deliveries()
    assert [made.at_ms - START_MS - after_ms for made in delivery.attempts] == expected_ms(statuses)
    assert [made.status for made in delivery.attempts] == statuses[: len(delivery.attempts)]
    ended_well = any(map(is_taken, statuses))
    assert delivery.state is (DeliveryState.DELIVERED if ended_well else DeliveryState.ABANDONED)


@given(st.lists(STATUSES, min_size=4, max_size=4), st.lists(st.integers(1, 9000), min_size=1, max_size=9))
def test_it_is_the_same_schedule_in_however_many_steps_time_moves(
    statuses: list[int | None], steps_ms: list[int]
) -> None:
    bench = Bench(ScriptedSender(*statuses))
    bench.submit("a [mock: after=1s webhook=final_only]")
    for step_ms in steps_ms:
        bench.advance(step_ms / 1000)
    gone_ms = sum(steps_ms) - 1000
    (delivery,) = bench.deliveries()
    planned = [at for at in expected_ms(statuses) if at <= gone_ms]
    assert [made.at_ms - START_MS - 1000 for made in delivery.attempts] == planned


@given(st.lists(STATUSES, min_size=1, max_size=40))
def test_events_of_many_tasks_go_out_in_order_of_their_instants(statuses: list[int | None]) -> None:
    bench, instants = Bench(ScriptedSender(*statuses)), []
    bench.sender.meanwhile = lambda _: instants.append(bench.now_ms())
    for number in range(5):
        bench.submit(f"a [mock: after={number}s]")
    bench.advance(60)
    assert instants == sorted(instants)
    assert len(instants) == sum(len(delivery.attempts) for delivery in bench.deliveries()) > 0
    assert all(delivery.state is not DeliveryState.WAITING for delivery in bench.deliveries())


def test_a_pause_counts_from_the_end_of_the_failed_attempt() -> None:
    after = after_attempt(DELIVERY, attempt(500), now_ms=START_MS + 30_000)
    assert after.due_at_ms == START_MS + 31_000


def test_an_attempt_gives_its_lease_back() -> None:
    assert after_attempt(DELIVERY, attempt(500), now_ms=START_MS).leased_until_real_ms == 0
    assert refused(DELIVERY, attempt(None)).leased_until_real_ms == 0


def test_a_success_that_came_too_late_is_none() -> None:
    late = replace(attempt(200), error="answered after 31 s")
    assert after_attempt(DELIVERY, late, now_ms=START_MS).state is DeliveryState.WAITING


def test_a_replay_is_logged_and_does_not_use_up_a_retry() -> None:
    replayed = after_replay(DELIVERY, attempt(500, is_replay=True))
    assert (replayed.state, replayed.due_at_ms) == (DeliveryState.WAITING, START_MS)
    assert after_attempt(replayed, attempt(500), now_ms=START_MS).due_at_ms == START_MS + 1000


@pytest.mark.parametrize("state", DeliveryState)
def test_a_replay_that_is_taken_delivers_whatever_was(state: DeliveryState) -> None:
    assert after_replay(replace(DELIVERY, state=state), attempt(204, is_replay=True)).state is DeliveryState.DELIVERED


def test_what_no_retry_would_help_is_abandoned_at_once() -> None:
    assert refused(DELIVERY, attempt(None)).state is DeliveryState.ABANDONED
