"""Each item of a batch comes out as what became of it, with what resumes it; its journal lets none be paid twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

import bfl_client as bfl
from bfl_client.models import Flux2Pro
from tests.client.batch_double import DELIVERS_AT, POLLS_AT, Vendor, jobs, outcomes, shop
from tests.client.wire_double import JPEG, KEY, Answer, World, never_connected, poll, ready, reply


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "batch.journal"


def records(journal: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in journal.read_text().splitlines()]


def story(journal: Path, item: int = 0) -> list[object]:
    return [row["record"] for row in records(journal) if row.get("item") == item]


def lost() -> Exception:
    return requests.ConnectionError("connection aborted")


# ------------------------------------------------------------------------------------------------------------ outcomes


def test_the_outcomes_come_in_the_order_of_the_jobs(tmp_path: Path) -> None:
    vendor, client = shop()
    vendor.on("poll", "a", poll("Pending"), poll("Pending"))
    result = client.batch(jobs("a", "b", "c", folder=tmp_path))
    assert [(item.index, item.job.fields["prompt"]) for item in result.items] == [(0, "a"), (1, "b"), (2, "c")]


def test_a_saved_item_has_its_file_its_result_and_what_resumes_it(tmp_path: Path) -> None:
    _, client = shop()
    [item] = client.batch(jobs("a", folder=tmp_path)).items
    assert item.path is not None
    assert item.result is not None
    assert (item.outcome, item.path.read_bytes(), item.result.seed) == (bfl.BatchOutcome.SAVED, JPEG, 42)
    assert (item.id, item.polling_url, item.cost_credits, item.error) == ("a", POLLS_AT + "a", 3.0, None)


def test_without_an_output_an_item_is_ready_and_its_result_can_be_saved(tmp_path: Path) -> None:
    vendor, client = shop()
    [item] = client.batch([bfl.Job(Flux2Pro(prompt="a"))]).items
    assert (item.outcome, item.path, vendor.downloads.total()) == (bfl.BatchOutcome.READY, None, 0)
    assert item.result is not None
    assert item.result.save(tmp_path / "a.jpg").read_bytes() == JPEG


def test_a_batch_of_nothing_has_no_items(journal: Path) -> None:
    _, client = shop()
    assert client.batch([], journal=journal).items == ()


def test_one_failure_leaves_the_others_alone(tmp_path: Path) -> None:
    vendor, client = shop()
    vendor.on("poll", "b", poll("Content Moderated", details={"Moderation Reasons": ["Violence"]}))
    vendor.on("submit", "c", reply({"detail": "no"}, status=422))
    vendor.on("submit", "d", lost())
    result = client.batch(jobs("a", "b", "c", "d", "e", folder=tmp_path))
    assert outcomes(result) == ["saved", "failed", "failed", "unknown", "saved"]
    assert [type(item.error).__name__ for item in result.items[1:4]] == [
        "ContentModerated",
        "InvalidRequest",
        "UnknownOutcome",
    ]
    assert result.counts == {"saved": 2, "ready": 0, "failed": 2, "unknown": 1, "not_started": 0}


def test_the_failures_can_be_raised_together_and_caught_apart(tmp_path: Path) -> None:
    vendor, client = shop()
    vendor.on("poll", "b", poll("Request Moderated"))
    vendor.on("submit", "c", lost())
    result = client.batch(jobs("a", "b", "c", folder=tmp_path))
    with pytest.raises(
        ExceptionGroup, match=r"2 of 3 items have no picture \(1 saved, 1 failed, 1 unknown\)"
    ) as caught:
        result.raise_for_failures()
    assert [type(error) for error in caught.value.exceptions] == [bfl.RequestModerated, bfl.UnknownOutcome]


def test_a_batch_without_failures_raises_none(tmp_path: Path) -> None:
    _, client = shop()
    client.batch(jobs("a", folder=tmp_path)).raise_for_failures()


def test_a_task_whose_end_is_not_seen_keeps_its_id_and_polling_url(tmp_path: Path) -> None:
    vendor, client = shop()
    vendor.on("poll", "a", *[poll("Pending")] * 100)
    [item] = client.batch(jobs("a", folder=tmp_path), timeout_s=5).items
    assert (item.outcome, type(item.error)) == (bfl.BatchOutcome.FAILED, bfl.DeadlineExceeded)
    assert (item.id, item.polling_url) == ("a", POLLS_AT + "a")


# ------------------------------------------------------------------------------------------------------------- credits


def failing(vendor: Vendor, what: str) -> None:
    answers: dict[str, tuple[str, Answer | Exception]] = {
        "moderated": ("poll", poll("Content Moderated")),
        "error": ("poll", poll("Error")),
        "not found": ("poll", poll("Task not found")),
        "not polled": ("poll", reply({"detail": "no"}, status=403)),
        "refused": ("submit", reply({"detail": "no"}, status=422)),
        "unknown": ("submit", lost()),
        "not delivered": ("download", Answer(418)),
    }
    route, answer = answers[what]
    vendor.on(route, "a", *[answer] * 100)


@pytest.mark.parametrize(
    ("what", "known", "unknown"),
    [
        ("moderated", 0.0, 0.0),
        ("error", 0.0, 3.0),
        ("not found", 0.0, 3.0),
        ("not polled", 0.0, 3.0),
        ("refused", 0.0, 0.0),
        ("unknown", 0.0, 3.0),
        ("not delivered", 3.0, 0.0),
    ],
)
def test_what_a_failure_costs_is_bounded_from_both_sides(
    *, what: str, known: float, unknown: float, tmp_path: Path
) -> None:
    vendor, client = shop()
    failing(vendor, what)
    result = client.batch(jobs("a", folder=tmp_path))
    assert (result.known_credits, result.unknown_credits) == (known, unknown)


def test_the_known_credits_are_the_sum_of_the_costs_without_the_noise_of_floats(tmp_path: Path) -> None:
    _, client = shop(cost=7.000000000000001)
    result = client.batch(jobs("a", "b", folder=tmp_path))
    assert (result.known_credits, result.unknown_credits) == (14.0, 0.0)


def test_a_cost_that_the_api_does_not_name_is_unknown_up_to_the_quote(tmp_path: Path) -> None:
    _, client = shop(cost=None)
    result = client.batch(jobs("a", folder=tmp_path))
    assert (result.known_credits, result.unknown_credits) == (0.0, 3.0)


def test_a_price_that_nobody_knows_makes_the_sum_unknown(tmp_path: Path) -> None:
    vendor, client = shop()
    vendor.on("submit", "a", lost())
    assert client.batch(jobs("a", folder=tmp_path, model="flux-9")).unknown_credits is None


# ------------------------------------------------------------------------------------------------------------- journal


def test_the_journal_of_a_picture_tells_all_of_it(tmp_path: Path, journal: Path) -> None:
    _, client = shop()
    client.batch(jobs("a", folder=tmp_path), journal=journal)
    begin, intent, accepted, saved = records(journal)
    assert (begin["record"], begin["items"]) == ("begin", 1)
    assert (intent["record"], intent["quote_credits"]) == ("intent", 3.0)
    assert accepted == {"record": "accepted", "item": 0, "id": "a", "polling_url": POLLS_AT + "a", "cost_credits": 3.0}
    assert saved == {"record": "saved", "item": 0, "path": str(tmp_path / "a.jpg"), "cost_credits": None}


def test_the_intent_is_on_disk_before_the_submit_is_sent(tmp_path: Path, journal: Path) -> None:
    vendor, client = shop()
    seen: list[list[object]] = []

    def look() -> Answer:
        seen.append(story(journal))
        return reply({"detail": "no"}, status=422)

    vendor.on("submit", "a", look)
    client.batch(jobs("a", folder=tmp_path), journal=journal)
    assert seen == [["intent"]]


def test_the_acceptance_is_on_disk_before_the_first_poll(tmp_path: Path, journal: Path) -> None:
    vendor, client = shop()
    seen: list[list[object]] = []

    def look() -> Answer:
        seen.append(story(journal))
        return poll("Pending")

    vendor.on("poll", "a", look)
    client.batch(jobs("a", folder=tmp_path), journal=journal)
    assert seen == [["intent", "accepted"]]


def test_a_refusal_is_noted_before_it_is_waited_out_and_each_submit_announced(tmp_path: Path, journal: Path) -> None:
    """A run that is killed in the pause after a 429 has nothing at stake."""
    vendor, client = shop()
    vendor.on("submit", "a", reply({"detail": "full"}, status=429), never_connected())
    client.batch(jobs("a", folder=tmp_path), journal=journal)
    assert story(journal) == ["intent", "refused", "intent", "refused", "intent", "accepted", "saved"]


def test_there_is_no_key_and_no_secret_in_the_journal(tmp_path: Path, journal: Path) -> None:
    vendor, client = shop()
    vendor.on("submit", "a", lost())
    vendor.on("submit", "b", reply({"detail": f"bad key {KEY}"}, status=422))
    given = [bfl.Job("flux-2-pro", {"prompt": "d", "webhook_secret": "hush"})]
    client.batch([*jobs("a", "b", "c", folder=tmp_path), *given], journal=journal)
    text = journal.read_text()
    assert KEY not in text
    assert "hush" not in text


# ------------------------------------------------------------------------------------------------------------ next run


def again(
    journal: Path,
    tmp_path: Path,
    prepare: Callable[[Vendor], object] = lambda vendor: None,
    *,
    resubmit_unknown: bool = False,
) -> tuple[Vendor, bfl.BatchItem]:
    """Run the batch of one job once more, with another client."""
    vendor, client = shop()
    prepare(vendor)
    result = client.batch(jobs("a", folder=tmp_path), journal=journal, resubmit_unknown=resubmit_unknown)
    return vendor, result.items[0]


def first_run(journal: Path, tmp_path: Path, route: str, *answers: Answer | Exception) -> bfl.BatchItem:
    _, item = again(journal, tmp_path, lambda vendor: vendor.on(route, "a", *answers))
    return item


def alone(vendor: Vendor) -> bfl.BFLClient:
    """Return a client that has one task at a time."""
    world = World(script=vendor.answer)
    return bfl.BFLClient(KEY, session=world.session, clock=world.clock, max_active=1)


def test_a_saved_picture_is_not_asked_for_again(tmp_path: Path, journal: Path) -> None:
    first_run(journal, tmp_path, "poll")
    vendor, item = again(journal, tmp_path)
    assert (vendor.calls, item.outcome, item.path) == ([], bfl.BatchOutcome.SAVED, tmp_path / "a.jpg")
    assert (item.id, item.cost_credits, item.known_credits) == ("a", 3.0, 3.0)


def test_a_picture_that_vanished_is_downloaded_again(tmp_path: Path, journal: Path) -> None:
    first_run(journal, tmp_path, "poll")
    (tmp_path / "a.jpg").unlink()
    vendor, item = again(journal, tmp_path)
    assert vendor.calls == [("poll", "a"), ("download", "a")]
    assert (item.outcome, (tmp_path / "a.jpg").read_bytes()) == (bfl.BatchOutcome.SAVED, JPEG)


def test_a_picture_for_another_place_is_fetched_there_whatever_lies_there(tmp_path: Path, journal: Path) -> None:
    first_run(journal, tmp_path, "poll")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.jpg").write_bytes(b"of yesterday")
    vendor, item = again(journal, elsewhere)
    assert (vendor.submits.total(), item.path) == (0, elsewhere / "a.jpg")
    assert (elsewhere / "a.jpg").read_bytes() == JPEG


def test_a_picture_that_vanished_and_cannot_be_had_again_has_failed_and_is_paid(tmp_path: Path, journal: Path) -> None:
    first_run(journal, tmp_path, "poll")
    (tmp_path / "a.jpg").unlink()
    vendor, item = again(journal, tmp_path, lambda vendor: vendor.on("poll", "a", poll("Task not found")))
    assert (item.outcome, type(item.error), item.known_credits) == (bfl.BatchOutcome.FAILED, bfl.TaskNotFound, 3.0)
    assert vendor.submits.total() == 0


def test_an_accepted_task_is_waited_for_again_for_free(tmp_path: Path, journal: Path) -> None:
    item = first_run(journal, tmp_path, "poll", reply({"detail": "no"}, status=403))
    assert type(item.error) is bfl.PollingRefused
    vendor, item = again(journal, tmp_path)
    assert vendor.calls == [("poll", "a"), ("download", "a")]
    assert item.outcome is bfl.BatchOutcome.SAVED


def test_what_runs_already_is_waited_for_before_anything_is_submitted(tmp_path: Path, journal: Path) -> None:
    """It is paid, and it holds a slot of the API."""
    first = Vendor()
    first.on("submit", "a", reply({}, status=422))
    first.on("poll", "b", reply({}, status=403))
    alone(first).batch(jobs("a", "b", folder=tmp_path), journal=journal)
    second = Vendor()
    alone(second).batch(jobs("a", "b", folder=tmp_path), journal=journal)
    assert second.calls[:3] == [("poll", "b"), ("download", "b"), ("submit", "a")]


def test_a_task_of_an_earlier_run_holds_a_slot_as_long_as_it_runs(tmp_path: Path, journal: Path) -> None:
    first = Vendor()
    first.on("submit", "a", reply({}, status=422))
    first.on("poll", "b", reply({}, status=403))
    alone(first).batch(jobs("a", "b", folder=tmp_path), journal=journal)
    second = Vendor()
    second.on("poll", "b", *[poll("Pending")] * 1000)
    result = alone(second).batch(jobs("a", "b", folder=tmp_path), journal=journal, timeout_s=5)
    assert [type(item.error) for item in result.items] == [bfl.RateLimited, bfl.DeadlineExceeded]
    assert second.submits.total() == 0


def test_a_picture_that_was_not_delivered_is_fetched_by_the_next_run(tmp_path: Path, journal: Path) -> None:
    item = first_run(journal, tmp_path, "download", Answer(418))
    assert type(item.error) is bfl.DownloadFailed
    vendor, item = again(journal, tmp_path)
    assert (vendor.submits.total(), item.outcome) == (0, bfl.BatchOutcome.SAVED)


def test_a_task_that_is_not_found_may_be_found_by_the_next_run(tmp_path: Path, journal: Path) -> None:
    """A run that was killed right after a submit asks again while the cluster may not know the task yet."""
    item = first_run(journal, tmp_path, "poll", *[poll("Task not found")] * 50)
    assert type(item.error) is bfl.TaskNotFound
    vendor, item = again(journal, tmp_path)
    assert (vendor.submits.total(), item.outcome) == (0, bfl.BatchOutcome.SAVED)


def test_a_task_that_two_runs_did_not_find_is_not_asked_for_again(tmp_path: Path, journal: Path) -> None:
    for _ in range(2):
        item = first_run(journal, tmp_path, "poll", *[poll("Task not found")] * 50)
    vendor, item = again(journal, tmp_path)
    assert (vendor.calls, type(item.error), item.unknown_credits) == ([], bfl.TaskNotFound, 3.0)


def test_a_picture_that_turns_up_again_is_saved_whatever_was_said_of_its_task(tmp_path: Path, journal: Path) -> None:
    first_run(journal, tmp_path, "poll")
    (tmp_path / "a.jpg").rename(tmp_path / "elsewhere.jpg")
    for _ in range(2):
        first_run(journal, tmp_path, "poll", poll("Task not found"))
    (tmp_path / "elsewhere.jpg").rename(tmp_path / "a.jpg")
    vendor, item = again(journal, tmp_path)
    assert (vendor.calls, item.outcome, item.error, item.known_credits) == ([], bfl.BatchOutcome.SAVED, None, 3.0)


def test_a_task_that_ended_without_a_picture_is_not_asked_for_again(tmp_path: Path, journal: Path) -> None:
    reasons = poll("Content Moderated", details={"Moderation Reasons": ["Violence"]})
    first = first_run(journal, tmp_path, "poll", reasons)
    vendor, item = again(journal, tmp_path)
    assert vendor.calls == []
    assert item.error is not None
    assert first.error is not None
    assert (item.outcome, type(item.error)) == (bfl.BatchOutcome.FAILED, bfl.ContentModerated)
    assert item.error.to_dict() == first.error.to_dict()
    assert (item.known_credits, item.unknown_credits) == (0.0, 0.0)


def test_what_was_refused_is_submitted_again(tmp_path: Path, journal: Path) -> None:
    assert first_run(journal, tmp_path, "submit", reply({}, status=422)).outcome is bfl.BatchOutcome.FAILED
    vendor, item = again(journal, tmp_path)
    assert (vendor.submits["a"], item.outcome) == (1, bfl.BatchOutcome.SAVED)


def test_what_may_have_been_accepted_is_reported_and_not_submitted_again(tmp_path: Path, journal: Path) -> None:
    first_run(journal, tmp_path, "submit", lost())
    vendor, item = again(journal, tmp_path)
    assert vendor.calls == []
    assert (item.outcome, type(item.error), item.unknown_credits) == ("unknown", bfl.UnknownOutcome, 3.0)


def test_with_leave_what_may_have_been_accepted_is_submitted_again_and_both_are_counted(
    tmp_path: Path, journal: Path
) -> None:
    first_run(journal, tmp_path, "submit", lost())
    vendor, item = again(journal, tmp_path, resubmit_unknown=True)
    assert (vendor.submits["a"], item.outcome) == (1, bfl.BatchOutcome.SAVED)
    assert (item.known_credits, item.unknown_credits) == (3.0, 3.0)


def test_leave_to_submit_again_counts_for_one_run(tmp_path: Path, journal: Path) -> None:
    """The first submit may have been accepted, whatever became of the second."""
    first_run(journal, tmp_path, "submit", lost())
    _, item = again(
        journal,
        tmp_path,
        lambda vendor: vendor.on("submit", "a", reply({}, status=422)),
        resubmit_unknown=True,
    )
    assert (item.outcome, type(item.error)) == (bfl.BatchOutcome.UNKNOWN, bfl.InvalidRequest)
    vendor, item = again(journal, tmp_path)
    assert (vendor.calls, item.outcome, item.unknown_credits) == ([], bfl.BatchOutcome.UNKNOWN, 3.0)


def test_a_submit_that_a_killed_run_left_behind_is_unknown(tmp_path: Path, journal: Path) -> None:
    first_run(journal, tmp_path, "poll")
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:2]))
    (tmp_path / "a.jpg").unlink()
    vendor, item = again(journal, tmp_path)
    assert vendor.calls == []
    assert item.outcome is bfl.BatchOutcome.UNKNOWN
    assert "resubmit_unknown" in str(item.error)


# --------------------------------------------------------------------------------------- an answer that came in pieces

TORN = Answer(200, f'{{"id":"a","polling_url":"{POLLS_AT}a","cost":3.'.encode(), {"content-type": "application/json"})


def test_a_task_named_in_a_torn_answer_is_looked_for_and_found(tmp_path: Path, journal: Path) -> None:
    vendor, item = again(journal, tmp_path, lambda vendor: vendor.on("submit", "a", TORN))
    assert (item.outcome, vendor.submits["a"]) == (bfl.BatchOutcome.SAVED, 1)
    assert story(journal) == ["intent", "lost", "accepted", "saved"]
    assert (item.known_credits, item.unknown_credits) == (0.0, 3.0)


@pytest.mark.parametrize("answer", [poll("Task not found"), reply({}, status=404), reply({}, status=403), lost()])
def test_a_task_named_in_a_torn_answer_that_does_not_show_stays_unknown(
    answer: Answer | Exception, tmp_path: Path, journal: Path
) -> None:
    def prepare(vendor: Vendor) -> None:
        vendor.on("submit", "a", TORN)
        vendor.on("poll", "a", answer)

    vendor, item = again(journal, tmp_path, prepare)
    assert (item.outcome, type(item.error)) == (bfl.BatchOutcome.UNKNOWN, bfl.UnknownOutcome)
    assert (item.id, item.polling_url, vendor.polls["a"]) == ("a", POLLS_AT + "a", 1)


def test_the_next_run_looks_for_it_once_more_before_anything_is_paid(tmp_path: Path, journal: Path) -> None:
    def prepare(vendor: Vendor) -> None:
        vendor.on("submit", "a", TORN)
        vendor.on("poll", "a", poll("Task not found"))

    again(journal, tmp_path, prepare)
    vendor, item = again(journal, tmp_path, resubmit_unknown=True)
    assert (vendor.submits.total(), item.outcome) == (0, bfl.BatchOutcome.SAVED)


def test_without_leave_it_is_looked_for_and_not_submitted(tmp_path: Path, journal: Path) -> None:
    def prepare(vendor: Vendor) -> None:
        vendor.on("submit", "a", TORN)
        vendor.on("poll", "a", poll("Task not found"))

    again(journal, tmp_path, prepare)
    vendor, item = again(journal, tmp_path, prepare)
    assert (vendor.calls, item.outcome) == ([("poll", "a")], bfl.BatchOutcome.UNKNOWN)


def test_a_polling_url_that_names_no_task_is_not_asked(tmp_path: Path, journal: Path) -> None:
    torn = Answer(200, b'{"polling_url":"https://api.bfl.ai/v1/get_result","cost":', {})
    vendor, item = again(journal, tmp_path, lambda vendor: vendor.on("submit", "a", torn))
    assert (item.outcome, vendor.polls.total()) == (bfl.BatchOutcome.UNKNOWN, 0)


# ----------------------------------------------------------------------------------------------------------------- news


def test_the_news_of_an_item_come_in_order(tmp_path: Path) -> None:
    vendor, client = shop()
    vendor.on("poll", "a", poll("Pending"))
    news: list[bfl.BatchUpdate] = []
    client.batch(jobs("a", folder=tmp_path), on_update=news.append)
    assert [update.stage for update in news] == ["submitting", "accepted", "polled", "polled", "ended"]
    assert [update.snapshot.status for update in news if update.snapshot] == ["Pending", "Ready"]
    assert (news[1].id, news[1].cost_credits) == ("a", 3.0)
    assert news[-1].item is not None


def test_an_item_that_an_earlier_run_settled_is_news_too(tmp_path: Path, journal: Path) -> None:
    first_run(journal, tmp_path, "poll")
    _, client = shop()
    news: list[bfl.BatchUpdate] = []
    client.batch(jobs("a", folder=tmp_path), journal=journal, on_update=news.append)
    assert [(update.index, update.stage) for update in news] == [(0, "ended")]


def test_the_settled_cost_of_a_poll_replaces_the_estimate_of_the_submit(tmp_path: Path, journal: Path) -> None:
    """The real charge is known at the end for some models."""
    settled = poll("Ready", result={"sample": DELIVERS_AT + "a"}, cost=4.5)
    item = first_run(journal, tmp_path, "poll", settled)
    assert (item.cost_credits, item.known_credits) == (4.5, 4.5)
    _, item = again(journal, tmp_path)
    assert item.cost_credits == 4.5


def test_the_settled_cost_counts_without_an_output_too() -> None:
    vendor, client = shop()
    vendor.on("poll", "a", poll("Ready", result={"sample": DELIVERS_AT + "a"}, cost=4.5))
    assert client.batch(jobs("a")).known_credits == 4.5


def test_ready_alone_is_asked_again_by_the_next_run(tmp_path: Path, journal: Path) -> None:
    """Its URL has died meanwhile; the poll signs another."""
    for _ in range(2):
        vendor, client = shop()
        vendor.on("poll", "a", ready(DELIVERS_AT + "a"))
        [item] = client.batch(jobs("a"), journal=journal).items
        assert (item.outcome, item.result is not None) == (bfl.BatchOutcome.READY, True)
    assert (vendor.submits.total(), vendor.polls["a"]) == (0, 1)
