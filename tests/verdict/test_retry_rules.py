"""Findings about retries: a bad client has them, a good one under the same circumstances has not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from mock_bfl.core.verdict import Level
from tests.verdict.story import PRICE, START_MS, Story


@pytest.fixture
def story() -> Story:
    return Story()


# --- Retry-After


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("kind", ["submit", "poll", "download"])
def test_a_retry_before_retry_after_is_found(story: Story, status: int, kind: str) -> None:
    _fail_once(story, kind, status=status, retry_after="5")
    story.wait(1)
    _fail_once(story, kind, status=200)
    found = story.verdict()["retry_after_ignored"]
    assert found.level is Level.FAIL
    assert found.evidence[0].what.endswith("asked again after 1 s instead of 5 s.")
    assert len(found.evidence[0].requests) == 2


@pytest.mark.parametrize("kind", ["submit", "poll", "download"])
def test_a_retry_after_retry_after_is_good(story: Story, kind: str) -> None:
    _fail_once(story, kind, status=429, retry_after="5")
    story.wait(5)
    _fail_once(story, kind, status=200)
    assert "retry_after_ignored" not in story.codes


def test_retry_after_on_a_200_is_no_advice(story: Story) -> None:
    task = story.submit()
    for _ in range(10):
        story.poll(task, retry_after="1")
        story.wait(0.5)
    assert story.codes == ()


def test_another_job_need_not_wait_for_the_refused_one(story: Story) -> None:
    story.submit("one", status=429, retry_after="5")
    story.submit("another")
    assert story.codes == ()


def test_another_region_need_not_be_waited_for(story: Story) -> None:
    story.submit(status=503, retry_after="5", origin="http://api.eu.test")
    story.submit(origin="http://api.us.test")
    assert story.codes == ()


@pytest.mark.parametrize("text", ["", "soon", "nan", "-1", "1e3", "Thu, 99 Foo", "9" * 40])
def test_garbage_asks_for_no_wait(story: Story, text: str) -> None:
    story.submit(status=429, retry_after=text)
    story.wait(0.2).submit()
    assert story.codes == ()


def test_a_date_is_counted_from_the_answers_own_date(story: Story) -> None:
    until = "Thu, 01 Jan 2026 00:00:05 GMT"  # the story begins at midnight
    story.submit(status=503, retry_after=until)
    story.wait(4).submit()
    assert story.verdict()["retry_after_ignored"].evidence[0].what.endswith("after 4 s instead of 5 s.")


def test_a_date_that_has_passed_by_the_clients_own_clock_may_be_over_for_it(story: Story) -> None:
    """A test may have set the account's clock back, and a client need not look at the answer's Date."""
    story.real_ms += 86_400_000
    story.submit(status=503, retry_after="Thu, 01 Jan 2026 00:00:05 GMT")
    story.wait(1).submit()
    assert story.codes == ()


@pytest.mark.parametrize("until", ["Thu, 01 Jan 2026 00:00:04 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_a_date_that_has_passed_is_over(story: Story, until: str) -> None:
    story.submit(status=503, retry_after=until)
    story.wait(4).submit()
    assert story.codes == ()


def test_under_a_faster_clock_real_seconds_are_judged() -> None:
    story = Story(real_rate=0.1)
    story.submit(status=429, retry_after="5")
    story.wait(5).submit()
    assert story.codes == ("retry_after_ignored",)
    assert story.verdict(shared_clock=True).codes == ()


def _fail_once(story: Story, kind: str, *, status: int, retry_after: str | None = None) -> None:
    match kind:
        case "submit":
            story.submit(status=status, retry_after=retry_after)
        case "poll":
            story.poll("task-0", status=status, retry_after=retry_after)
        case _:
            story.download("task-0", status=status, retry_after=retry_after)


# --- back-off


@pytest.mark.parametrize("kind", ["submit", "poll", "download"])
@pytest.mark.parametrize("status", [500, 502, None])
def test_failures_retried_without_a_pause_are_found(story: Story, kind: str, status: int | None) -> None:
    for _ in range(3):
        _fail_again(story, kind, status)
        story.wait(0.05)
    _fail_again(story, kind, 200)
    found = story.verdict()["no_backoff"]
    assert found.evidence[0].count == 4
    assert "3 times in a row" in found.evidence[0].what


@pytest.mark.parametrize("kind", ["submit", "poll", "download"])
def test_failures_retried_with_pauses_are_good(story: Story, kind: str) -> None:
    for attempt in range(6):
        _fail_again(story, kind, 500)
        story.wait(0.3 * 2**attempt)
    _fail_again(story, kind, 200)
    assert story.codes == ()


@pytest.mark.parametrize("status", [403, 404])
def test_a_download_that_is_refused_is_no_more_hammered_than_one_that_fails(story: Story, status: int) -> None:
    for _ in range(4):
        story.download("task-0", status=status)
    assert story.codes == ("no_backoff",)


def test_one_longer_pause_in_three_is_jitter(story: Story) -> None:
    for pause_s in (0.01, 0.4, 0.02, 0.9):
        story.poll("task", status=500)
        story.wait(pause_s)
    assert story.codes == ()


def test_equal_requests_that_overlap_are_not_retries(story: Story) -> None:
    for _ in range(6):
        story.submit(status=500)
    story.exchanges = [replace(row, real_ms=START_MS, ended_real_ms=START_MS + 10) for row in story.exchanges]
    assert story.codes == ()


def test_what_was_never_answered_is_no_failure_that_is_known(story: Story) -> None:
    for _ in range(6):
        story.submit(status=None, ended_real_ms=None, ended_at_ms=None)
    assert story.codes == ()


def _fail_again(story: Story, kind: str, status: int | None) -> None:
    match kind:
        case "submit":
            story.submit(status=status)
        case "poll":
            story.poll("task-0", status=status)
        case _:
            story.download("task-0", status=status)


# --- refusals that stay


@pytest.mark.parametrize("status", [400, 401, 402, 403, 422])
def test_the_same_body_after_a_lasting_refusal_is_found(story: Story, status: int) -> None:
    for _ in range(3):
        story.submit(status=status)
        story.wait(1)
    found = story.verdict()["retried_non_retryable"]
    assert found.evidence[0].requests == (1, 2, 3)
    assert found.evidence[0].what.endswith(f"was refused with {status}; the same request was sent again 2 times.")


def test_a_corrected_body_is_another_request(story: Story) -> None:
    story.submit("a red cube, 10 px wide", status=422)
    story.submit("a red cube", status=200)
    assert story.codes == ()


def test_what_is_accepted_next_was_paid_for_in_between(story: Story) -> None:
    story.submit(status=402)
    story.wait(1).submit()
    assert story.codes == ()


def test_a_scripted_refusal_may_not_be_retried_either(story: Story) -> None:
    story.submit(status=402, fault="status=402")
    story.wait(1).submit()
    assert story.codes == ("retried_non_retryable",)


def test_a_person_may_try_again_later(story: Story) -> None:
    story.submit(status=422)
    story.wait(31).submit(status=422)
    assert story.codes == ()


def test_a_poll_refused_for_its_key_is_not_repeated(story: Story) -> None:
    task = story.submit()
    for _ in range(2):
        story.wait(1).poll(task, status=403)
    assert story.codes == ("retried_non_retryable",)


def test_task_not_found_is_no_refusal_of_the_request(story: Story) -> None:
    task = story.submit()
    for _ in range(3):
        story.wait(1).ask("get_result", "/v1/get_result", status=404, task_id=task, status_word="Task not found")
    assert story.codes == ()


# --- paid again


def test_a_job_submitted_again_after_a_failed_poll_is_found_with_its_price(story: Story) -> None:
    first = story.submit()
    story.wait(0.6).poll(first, status=500)
    story.wait(1)
    story.ready(story.submit())
    story.download("task-1")
    found = story.verdict()["resubmitted_paid_job"]
    assert found.cost_credits == PRICE
    assert found.evidence[0].requests == (1, 2, 3)
    assert found.evidence[0].what.endswith("submitted the same request again: this retry loop cost 3.0 credits.")


def test_every_turn_of_the_loop_is_paid(story: Story) -> None:
    for _ in range(4):
        story.wait(1).poll(story.submit(), status=502)
    assert story.verdict()["resubmitted_paid_job"].cost_credits == 3 * PRICE


@pytest.mark.parametrize("lost", [{"status": None}, {"status": 200, "is_broken": True, "fault": "truncate"}])
def test_a_job_submitted_again_because_its_acceptance_was_lost_is_found(story: Story, lost: dict[str, Any]) -> None:
    task: dict[str, Any] = {"task_id": "lost", "cost_credits": PRICE, "method": "POST", "body_digest": "a red cube"}
    story.ask("submit", "/v1/flux-2-pro", **{**task, **lost})
    story.wait(1).submit()
    assert story.codes == ("resubmitted_paid_job",)


@pytest.mark.parametrize("status", [429, 503])
def test_who_is_told_that_nothing_was_accepted_may_submit_again(story: Story, status: int) -> None:
    task: dict[str, Any] = {"task_id": "hidden", "cost_credits": PRICE, "method": "POST", "body_digest": "a red cube"}
    story.ask("submit", "/v1/flux-2-pro", status=status, fault="after", **task)
    story.wait(1).submit()
    assert story.codes == ()


def test_the_same_prompt_twice_is_two_jobs(story: Story) -> None:
    for _ in range(2):
        story.download(story.ready(story.submit()))
    assert story.codes == ()


def test_a_job_submitted_again_after_its_end_is_another_job(story: Story) -> None:
    story.polls(story.submit(), "Error", times=1, every_s=1)
    story.download(story.ready(story.submit()))
    assert story.codes == ()


def test_a_job_left_at_its_deadline_was_not_left_after_a_failure(story: Story) -> None:
    story.polls(story.submit(), "Pending", times=3, every_s=1)
    story.download(story.ready(story.submit()))
    assert story.codes == ()


def test_a_twin_that_is_still_followed_was_not_left(story: Story) -> None:
    first = story.submit()
    story.wait(0.6).poll(first, status=500)
    second = story.submit()
    story.download(story.ready(first))
    story.download(story.ready(second))
    assert story.codes == ()


def test_a_refund_of_the_second_one_is_counted(story: Story) -> None:
    story.wait(0.6).poll(story.submit(), status=500)
    story.polls(story.submit(), "Request Moderated", times=1, every_s=1)
    assert story.verdict()["resubmitted_paid_job"].cost_credits == Decimal(0)


# --- slots


def test_the_third_refusal_without_a_pause_is_found(story: Story) -> None:
    for _ in range(3):
        story.submit(status=429)
    found = story.verdict()["over_concurrency"]
    assert found.evidence[0].count == 3
    assert "refused with 429 3 times" in found.evidence[0].what


def test_two_quick_refusals_are_bad_luck(story: Story) -> None:
    for _ in range(2):
        story.submit(status=429)
    story.wait(5).submit()
    assert story.codes == ()


def test_refusals_with_pauses_are_good_however_many(story: Story) -> None:
    for _ in range(10):
        story.submit(status=429)
        story.wait(0.5)
    assert story.codes == ()


def test_many_jobs_may_each_be_refused_once(story: Story) -> None:
    """A batch of threads meets a full account all at once; each of them then waits."""
    for turn in range(3):
        for job in range(6):
            story.submit(f"job {job}", status=200 if turn == 2 else 429, retry_after="5")
        story.wait(5)
    assert story.codes == ()


def test_equal_jobs_of_many_threads_are_told_apart(story: Story) -> None:
    """Six callers send the same prompt: each waits, though together they come one right after the other."""
    for turn in range(3):
        for _ in range(6):
            story.submit(status=200 if turn == 2 else 429, retry_after="5")
        story.wait(5)
    assert story.codes == ()


def test_one_caller_with_the_same_job_is_not_taken_for_many(story: Story) -> None:
    for _ in range(5):
        story.submit(status=429, retry_after="5")
    story.submit()
    assert set(story.codes) == {"retry_after_ignored", "over_concurrency"}


def test_a_call_ends_with_its_success(story: Story) -> None:
    story.submit(status=429)
    story.wait(1).submit()
    story.submit(status=429)
    story.wait(1).submit()
    assert story.codes == ()
