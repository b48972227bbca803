"""What a caller of `BFLClient` and `Task` sees, from submit to result, and what it is told when it goes wrong."""

from __future__ import annotations

import json
import logging
import random

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

import bfl_client as bfl
from tests.client.wire_double import (
    API,
    POLLING_URL,
    SAMPLE,
    TASK_ID,
    Answer,
    Step,
    World,
    accepted,
    connect_timeout,
    never_connected,
    poll,
    ready,
    reply,
)


def test_generate_returns_what_the_api_made() -> None:
    world = World(accepted(), poll("Pending"), ready())
    result = world.client.generate("flux-2-pro", "a red cube")
    assert (result.id, result.sample, result.seed, result.prompt) == (TASK_ID, SAMPLE, 42, "a red cube, upsampled")
    assert (result.cost_credits, result.model, result.polling_url) == (3.0, "flux-2-pro", POLLING_URL)
    assert result.fields["start_time"] == 1.5


def test_the_submit_carries_the_vendors_names_and_nothing_unasked() -> None:
    world = World(accepted())
    world.client.submit("flux-2-pro", "a red cube", width=1024, seed=0, extra={"disable_pup": True})
    request = world.adapter.seen[0]
    assert request.url == f"{API}/v1/flux-2-pro"
    assert json.loads(request.body or b"") == {"prompt": "a red cube", "width": 1024, "seed": 0, "disable_pup": True}
    assert request.headers["content-type"] == "application/json"


def test_the_polling_url_is_followed_to_its_cluster() -> None:
    world = World(accepted(), ready())
    world.client.generate("flux-2-pro", "x")
    assert world.adapter.seen[1].url == POLLING_URL


def test_a_task_knows_its_price_and_size() -> None:
    task = World(accepted(cost=7.000000000000001)).client.submit("flux-2-max", "x")
    assert (task.cost, task.input_mp, task.output_mp, task.model) == (7.000000000000001, 0.0, 0.06, "flux-2-max")


def test_null_costs_are_none() -> None:
    task = World(accepted(cost=None, input_mp=None, output_mp=None)).client.submit("flux-dev", "x")
    assert (task.cost, task.input_mp, task.output_mp) == (None, None, None)


def test_polls_start_half_a_second_apart_and_grow_to_a_few_seconds() -> None:
    world = World(accepted(), *(poll("Pending") for _ in range(15)), ready())
    world.client.generate("flux-2-pro", "x")
    assert world.clock.sleeps[0] == 0.5
    assert 0.5 <= world.clock.sleeps[1] <= 0.55
    assert 3.0 <= world.clock.sleeps[-1] <= 3.3


def test_a_finished_task_is_not_polled_again() -> None:
    world = World(accepted(), ready())
    task = world.client.submit("flux-2-pro", "x")
    assert task.wait() == task.wait()
    assert task.refresh().status == "Ready"
    assert world.adapter.left == []


def test_a_failed_task_is_not_polled_again_and_fails_alike() -> None:
    world = World(accepted(), poll("Content Moderated", details={"Moderation Reasons": ["Violence"]}))
    task = world.client.submit("flux-2-pro", "x")
    for _ in range(2):
        with pytest.raises(bfl.ContentModerated) as caught:
            task.wait()
        assert caught.value.reasons == ("Violence",)


def test_a_task_that_is_not_there_yet_is_waited_for() -> None:
    missing = poll("Task not found", http_status=404)
    world = World(accepted(), missing, missing, ready())
    assert world.client.generate("flux-2-pro", "x").seed == 42


def test_a_task_that_stays_away_is_not_found() -> None:
    world = World(script=lambda request: accepted() if request.method == "POST" else poll("Task not found"))
    with pytest.raises(bfl.TaskNotFound):
        world.client.generate("flux-2-pro", "x")
    assert 10 <= world.clock.now_s - 1000 < 14


def test_an_unknown_status_is_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    world = World(accepted(), poll("Dreaming"), poll("Dreaming"), poll("Dreaming"), ready())
    with caplog.at_level(logging.WARNING, logger="bfl_client"):
        world.client.generate("flux-2-pro", "x")
    assert [record.getMessage().count("Dreaming") for record in caplog.records] == [1]


def test_an_unknown_status_for_ever_ends_at_the_deadline() -> None:
    world = World(script=lambda request: accepted() if request.method == "POST" else poll("Dreaming"))
    with pytest.raises(bfl.DeadlineExceeded, match="Dreaming") as caught:
        world.client.generate("flux-2-pro", "x", timeout_s=20)
    assert world.clock.now_s == pytest.approx(1020.0)
    assert (caught.value.task_id, caught.value.polling_url, caught.value.cost_credits) == (TASK_ID, POLLING_URL, 3.0)


def test_an_outage_of_the_polls_is_sat_out() -> None:
    outage: list[Step] = [
        reply({"detail": "x"}, status=500),
        requests.ReadTimeout(),
        never_connected(),
        Answer(200, b"<html>"),
    ]
    world = World(accepted(), *outage, ready())
    assert world.client.generate("flux-2-pro", "x").seed == 42
    assert world.adapter.submits == 1


def test_updates_are_reported_as_they_come() -> None:
    world = World(accepted(), poll("Pending", progress=0.1), never_connected(), poll("Generating"), ready())
    seen: list[tuple[str, float | None]] = []
    task = world.client.submit("flux-dev", "x")
    task.wait(on_update=lambda snapshot: seen.append((snapshot.status, snapshot.progress)))
    assert seen == [("Pending", 0.1), ("Generating", None), ("Ready", None)]


def test_refresh_polls_once_and_tells_any_status() -> None:
    world = World(accepted(), poll("Content Moderated"))
    assert world.client.submit("flux-2-pro", "x").refresh().status == "Content Moderated"


def test_refresh_that_learns_nothing_says_so() -> None:
    world = World(accepted(), requests.ReadTimeout())
    with pytest.raises(bfl.PollingRefused) as caught:
        world.client.submit("flux-2-pro", "x").refresh()
    assert caught.value.task_id == TASK_ID


def test_a_429_is_waited_for_as_long_as_it_asks() -> None:
    full = reply({"detail": "Too many active tasks"}, status=429, Retry_After="7")
    world = World(full, full, accepted())
    world.client.submit("flux-2-pro", "x")
    assert all(wait_s >= 7 for wait_s in world.clock.sleeps)
    assert world.adapter.submits == 3


def test_a_429_beyond_the_deadline_is_rate_limited_and_nothing_was_billed() -> None:
    world = World(script=lambda request: reply({"error": "rate_limit_exceeded", "retry_after": 5}, status=429))
    with pytest.raises(bfl.RateLimited, match="Nothing was accepted or billed") as caught:
        world.client.generate("flux-2-pro", "x", timeout_s=30)
    assert caught.value.retry_after_s == 5
    assert world.clock.now_s <= 1030


@pytest.mark.parametrize(
    "failure", [never_connected(), connect_timeout(), reply({}, status=503)], ids=["no", "slow", "503"]
)
def test_an_api_that_comes_back_is_submitted_to(failure: Step) -> None:
    world = World(failure, failure, accepted())
    assert world.client.submit("flux-2-pro", "x").id == TASK_ID


def test_an_api_that_stays_away_is_unavailable() -> None:
    world = World(script=lambda request: never_connected())
    with pytest.raises(bfl.Unavailable) as caught:
        world.client.submit("flux-2-pro", "x")
    assert isinstance(caught.value.__cause__, requests.ConnectionError)
    assert world.adapter.submits == 6


def test_a_webhook_submit_can_be_polled_all_the_same() -> None:
    world = World(reply({"id": TASK_ID, "status": "Pending", "webhook_url": "https://me.example"}), ready())
    task = world.client.submit("flux-2-pro", "x", webhook_url="https://me.example", webhook_secret="s")
    assert task.wait().seed == 42
    assert world.adapter.seen[1].url == f"{API}/v1/get_result?id={TASK_ID}"


def test_a_task_survives_being_written_down() -> None:
    saved = json.loads(json.dumps(World(accepted()).client.submit("flux-2-pro", "x").to_dict()))
    later = World(ready())
    task = later.client.resume(saved)
    assert task.to_dict() == saved
    assert task.wait().cost_credits == 3.0
    assert later.clock.sleeps == [0.0]


@pytest.mark.parametrize(
    "saved",
    [{"id": TASK_ID}, {"polling_url": POLLING_URL}, {"id": None, "polling_url": POLLING_URL, "cost": "x", "model": 7}],
)
def test_an_id_or_a_polling_url_is_enough_to_resume(saved: dict[str, object]) -> None:
    assert World().client.resume(saved).id == TASK_ID


@pytest.mark.parametrize("saved", [{}, {"id": ""}, {"polling_url": "https://api.bfl.ai/v1/get_result"}, {"id": 7}])
def test_nothing_cannot_be_resumed(saved: dict[str, object]) -> None:
    with pytest.raises(bfl.InvalidRequest):
        World().client.resume(saved)


def test_the_balance_is_asked_for_until_it_comes() -> None:
    world = World(requests.ReadTimeout(), reply({"credits": 97.0}))
    assert world.client.credits() == 97.0


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(reply({"credits": None}), bfl.Unavailable), (reply({"detail": "x"}, status=403), bfl.AuthenticationFailed)],
)
def test_a_balance_that_does_not_come_is_an_error(answer: Answer, kind: type[bfl.BFLError]) -> None:
    with pytest.raises(kind):
        World(answer).client.credits()


def test_an_error_can_be_told_as_json() -> None:
    error = bfl.RequestModerated("no", task_id="t", cost_credits=3.0, reasons=("Violence",))
    assert json.loads(json.dumps(error.to_dict())) == {
        "error": "RequestModerated",
        "message": "no",
        "status_code": None,
        "id": "t",
        "polling_url": None,
        "retry_after_s": None,
        "cost_credits": 3.0,
        "reasons": ["Violence"],
    }


# ---------------------------------------------------------------------------------------------------------------- laws

refusals = st.sampled_from(
    [never_connected(), connect_timeout(), reply({}, status=503), reply({}, status=429), reply({}, status=402)]
)
acceptances = st.sampled_from(
    [
        accepted(),
        accepted(polling_url=None),
        Answer(200, b'{"id":"4c05'),
        Answer(500),
        requests.ReadTimeout(),
        Answer(200, b""),
    ]
)
polls = st.sampled_from(
    [
        poll("Pending"),
        poll("Dreaming"),
        poll("Task not found"),
        poll("Request Moderated"),
        poll("Error"),
        ready(),
        Answer(200, b"garbage"),
        Answer(500),
        Answer(403),
        Answer(429, b"", {"retry-after": "3"}),
        requests.ReadTimeout(),
        never_connected(),
    ]
)


def outcome_of(client: bfl.BFLClient) -> bfl.Result | bfl.BFLError:
    try:
        return client.generate("flux-2-pro", "x")
    except bfl.BFLError as error:
        return error


@given(
    before=st.lists(refusals, max_size=8), then=acceptances, after=st.lists(polls, max_size=12), seed=st.integers(0, 99)
)
def test_whatever_happens_a_call_pays_at_most_once_and_ends_in_time(
    before: list[Step], then: Step, after: list[Step], seed: int
) -> None:
    """Every script ends with a result or a typed error, one acceptance at most, the task never lost, in time."""
    submits, answers = iter([*before, then]), iter(after)
    spent = False

    def serve(request: requests.PreparedRequest) -> Step:
        nonlocal spent
        if request.method == "GET":
            return next(answers, poll("Pending"))
        assert not spent, "submitted again after a submit that may have been accepted"
        step = next(submits)
        spent = step is then
        return step

    world = World(script=serve)
    client = bfl.BFLClient(
        "k", base_url=API, session=world.session, clock=world.clock, rng=random.Random(seed), timeout_s=60
    )
    ended = outcome_of(client)
    assert world.clock.now_s <= 1060.0 + 0.001
    match ended:
        case bfl.UnknownOutcome() | bfl.Result():
            assert spent
        case bfl.TaskFailed() | bfl.TaskUnfinished():
            assert spent
            assert ended.task_id == TASK_ID
            assert ended.polling_url is not None
        case _:
            assert not spent, "accepted, or perhaps so, and reported as refused"
