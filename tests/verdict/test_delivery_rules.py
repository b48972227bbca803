"""Findings about pictures, webhooks, hosts and paths: a bad client has them, a good one has not."""

from __future__ import annotations

from typing import Any

import pytest

from mock_bfl.core.verdict import Level
from mock_bfl.core.webhook import DeliveryState
from tests.verdict.story import API, PRICE, Story

ELSEWHERE = "http://eu.test"
BLOBS = "http://blobs.test"


@pytest.fixture
def story() -> Story:
    return Story()


# --- pictures


def test_a_link_used_after_its_end_and_never_renewed_is_found(story: Story) -> None:
    task = story.ready(story.submit())
    story.wait(601).download_expired(task)
    found = story.verdict()["download_after_expiry"]
    assert (found.level, found.cost_credits) == (Level.FAIL, PRICE)
    assert story.codes == ("download_after_expiry",), "it is not also told that the picture was never fetched"


def test_a_link_kept_beside_its_picture_costs_nothing(story: Story) -> None:
    task = story.ready(story.submit())
    story.download(task)
    story.wait(601).download_expired(task)
    found = story.verdict()["download_after_expiry"]
    assert found.cost_credits == 0
    assert found.evidence[0].what.endswith("the picture had been fetched before.")


def test_an_expired_link_that_is_renewed_is_good(story: Story) -> None:
    task = story.ready(story.submit())
    story.wait(601).download_expired(task)
    story.poll(task, "Ready")
    story.download(task)
    assert story.codes == ()


def test_a_renewal_that_brings_the_same_end_is_no_fault_of_the_client(story: Story) -> None:
    """The guide's dialect signs with the instant of Ready: nothing can be renewed there."""
    task = story.ready(story.submit())
    story.wait(601).download_expired(task)
    story.poll(task, "Ready")
    story.download_expired(task)
    assert story.codes == ()


def test_once_renewed_is_enough(story: Story) -> None:
    """Who was refused otherwise, renewed the link and was refused again gives up with an error."""
    task = story.ready(story.submit())
    story.download(task, status=404)
    story.poll(task, "Ready")
    story.download_expired(task)
    assert story.codes == ()


def test_a_ready_picture_that_nobody_asks_for_is_found(story: Story) -> None:
    story.ready(story.submit())
    found = story.verdict()["result_never_fetched"]
    assert (found.level, found.cost_credits) == (Level.WARN, PRICE)
    assert found.evidence[0].what == "#3 said 'Ready', and the picture was never asked for."


@pytest.mark.parametrize("status", [None, 302, 402, 404, 429, 500])
def test_who_asked_in_vain_may_have_met_its_deadline(story: Story, status: int | None) -> None:
    task = story.ready(story.submit())
    story.download(task, status=status)
    assert story.codes == ()


@pytest.mark.parametrize("fault", [{"fault": "slow_body"}, {"fault": "truncate", "is_broken": True}])
def test_a_picture_that_came_badly_was_asked_for(story: Story, fault: dict[str, Any]) -> None:
    story.download(story.ready(story.submit()), took_ms=9000, **fault)
    assert story.codes == ()


def test_a_refusal_scripted_like_an_expiry_has_to_be_renewed_like_one(story: Story) -> None:
    task = story.ready(story.submit())
    story.download(task, status=403, fault="sample_expired")
    assert story.codes == ("download_after_expiry",)


def test_a_picture_on_its_way_counts_as_fetched(story: Story) -> None:
    task = story.ready(story.submit())
    story.download(task, status=None, ended_real_ms=None, ended_at_ms=None)
    assert story.codes == ()


def test_a_download_that_does_not_know_its_task_is_known_by_its_path(story: Story) -> None:
    task = story.ready(story.submit())
    story.ask("sample", f"/results/{task}.jpeg", status=503)
    story.wait(1).ask("sample", f"/results/{task}.jpeg")
    assert story.codes == ()


@pytest.mark.parametrize("word", ["Pending", "Error", "Request Moderated", "Upscaling"])
def test_what_never_became_ready_need_not_be_fetched(story: Story, word: str) -> None:
    story.polls(story.submit(), word, times=1, every_s=1)
    assert story.codes == ()


# --- webhooks


@pytest.mark.parametrize("status", [301, 400, 401, 404, 410])
def test_a_webhook_that_is_refused_is_found(story: Story, status: int) -> None:
    story.deliver(story.submit(), status)
    found = story.verdict()["webhook_slow_or_rejected"]
    assert found.level is Level.WARN
    assert found.cost_credits == 0
    assert f"answered {status}, 1 time" in found.evidence[0].what


def test_a_webhook_that_waits_too_long_for_its_answer_is_found(story: Story) -> None:
    story.deliver(story.submit(), None, took_ms=30_000)
    assert "had not answered after 30 s" in story.verdict()["webhook_slow_or_rejected"].evidence[0].what


def test_an_abandoned_webhook_puts_the_task_at_risk(story: Story) -> None:
    story.deliver(story.submit(), 500, 500, None, 503, state=DeliveryState.ABANDONED)
    found = story.verdict()["webhook_slow_or_rejected"]
    assert found.cost_credits == PRICE
    assert "none of 4 attempts" in found.evidence[0].what


def test_an_abandoned_webhook_costs_nothing_where_polls_saw_the_end(story: Story) -> None:
    task = story.submit()
    story.deliver(task, 500, 500, 500, 500, state=DeliveryState.ABANDONED)
    story.ready(task)
    story.download(task)
    assert story.verdict()["webhook_slow_or_rejected"].cost_credits == 0


@pytest.mark.parametrize("answers", [(200,), (None, 204), (503, 500, 200), ()])
def test_a_receiver_may_be_down_for_a_moment(story: Story, answers: tuple[int | None, ...]) -> None:
    story.deliver(story.submit(), *answers)
    assert story.codes == ()


def test_who_waits_for_a_webhook_need_not_poll(story: Story) -> None:
    task = story.submit(leads_to=None)
    story.deliver(task, 200, state=DeliveryState.DELIVERED)
    story.wait(9).download(task)
    assert story.verdict(strict=True).codes == ()


# --- hosts


def test_a_task_polled_elsewhere_than_its_polling_url_says_is_found(story: Story) -> None:
    task = story.submit(leads_to=f"{ELSEWHERE}/v1/get_result")
    story.polls(task, "Pending", times=3, every_s=1)
    found = story.verdict()["polling_url_ignored"]
    assert found.cost_credits == PRICE
    assert found.evidence[0].what == f"the polling_url is at {ELSEWHERE}; 3 polls went to {API}."


def test_a_task_polled_where_its_polling_url_says_is_good(story: Story) -> None:
    task = story.submit(leads_to=f"{ELSEWHERE}/v1/get_result")
    story.wait(1).poll(task, "Ready", origin=ELSEWHERE)
    story.download(task, origin=ELSEWHERE)
    assert story.codes == ()
    assert "polling_url_ignored" not in _unseen(story)


def test_a_redirect_from_the_polling_url_may_be_followed(story: Story) -> None:
    task = story.submit()
    story.poll(task, None, status=307, leads_to=f"{ELSEWHERE}/v1/get_result")
    story.poll(task, origin=ELSEWHERE)
    assert story.codes == ()


def test_with_one_origin_it_is_not_observable_whether_the_polling_url_is_followed(story: Story) -> None:
    story.poll(story.submit())
    assert "one origin only" in _unseen(story)["polling_url_ignored"]


def test_a_webhooks_task_has_no_polling_url_to_ignore(story: Story) -> None:
    story.poll(story.submit(leads_to=None), origin=ELSEWHERE)
    assert story.codes == ()
    assert _unseen(story)["polling_url_ignored"] == "no task was polled that had a polling_url"


def test_a_key_sent_to_the_host_of_a_sample_is_found(story: Story) -> None:
    task = story.submit()
    story.wait(1).poll(task, "Ready", leads_to=f"{BLOBS}/results/{task}.jpeg")
    story.download(task, origin=BLOBS, has_key=True)
    found = story.verdict()["key_sent_to_foreign_host"]
    assert found.evidence[0].what == f"1 request carried the x-key to {BLOBS}."


def test_a_key_sent_after_a_redirect_is_found(story: Story) -> None:
    task = story.submit()
    story.poll(task, None, status=307, leads_to=f"{BLOBS}/v1/get_result")
    story.poll(task, origin=BLOBS, has_key=True)
    assert story.codes == ("key_sent_to_foreign_host",)


def test_a_sample_fetched_without_the_key_is_good(story: Story) -> None:
    task = story.submit()
    story.wait(1).poll(task, "Ready", leads_to=f"{BLOBS}/results/{task}.jpeg", has_key=True)
    story.download(task, origin=BLOBS)
    assert story.codes == ()
    assert "key_sent_to_foreign_host" not in _unseen(story)


def test_a_key_sent_to_the_polling_url_is_where_it_belongs(story: Story) -> None:
    task = story.submit(leads_to=f"{ELSEWHERE}/v1/get_result")
    story.wait(1).poll(task, "Ready", origin=ELSEWHERE, has_key=True, leads_to=f"{ELSEWHERE}/results/{task}.jpeg")
    story.download(task, origin=ELSEWHERE, has_key=True)
    assert story.codes == ()


def test_with_one_origin_it_is_not_observable_where_the_key_goes(story: Story) -> None:
    task = story.ready(story.submit())
    story.download(task, has_key=True)
    assert "one origin only" in _unseen(story)["key_sent_to_foreign_host"]
    assert story.codes == ()


def _unseen(story: Story) -> dict[str, str]:
    return {row.code: row.reason for row in story.verdict().not_observable}


# --- paths


def test_a_path_of_the_guide_alone_is_warned_of(story: Story) -> None:
    for _ in range(2):
        story.download(story.ready(story.submit(slug="flux-kontext")))
    found = story.verdict()["guide_only_path"]
    assert (found.level, len(found.evidence), found.evidence[0].count) == (Level.WARN, 1, 2)


@pytest.mark.parametrize("slug", ["flux-2-pro", "flux-dev"])
def test_a_path_of_the_openapi_is_good(story: Story, slug: str) -> None:
    story.download(story.ready(story.submit(slug=slug)))
    assert story.codes == ()
