"""Which jobs were paid for again: what counts as left, and when it is in doubt who submitted the next equal one."""

from __future__ import annotations

import pytest

from tests.verdict.story import PRICE, Story


@pytest.fixture
def story() -> Story:
    return Story()


def again_and_fetched(story: Story) -> None:
    story.download(story.ready(story.submit()))


@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_job_submitted_again_because_its_poll_was_refused_is_found(story: Story, status: int) -> None:
    story.wait(0.6).poll(story.submit(), status=status)
    story.wait(1)
    again_and_fetched(story)
    found = story.verdict()["resubmitted_paid_job"]
    assert found.cost_credits == PRICE
    assert f"then #2 failed with {status}, and #3 submitted the same" in found.evidence[0].what


def test_a_task_that_is_not_found_may_be_lost(story: Story) -> None:
    story.wait(0.6).poll(story.submit(), status=404)
    story.wait(1)
    again_and_fetched(story)
    assert story.codes == ()


@pytest.mark.parametrize("status", [500, 503, None])
def test_a_job_submitted_again_because_its_picture_did_not_come_is_found(story: Story, status: int | None) -> None:
    story.download(story.ready(story.submit()), status=status)
    story.wait(1)
    again_and_fetched(story)
    assert story.codes == ("resubmitted_paid_job",)


def test_a_picture_that_came_at_the_second_try_is_no_reason(story: Story) -> None:
    task = story.ready(story.submit())
    story.download(task, status=500)
    story.wait(1).download(task)
    again_and_fetched(story)
    assert story.codes == ()


def test_a_picture_whose_link_cannot_be_renewed_is_lost(story: Story) -> None:
    """The guide's dialect signs with the instant of Ready: after ten minutes there is no other way to the picture."""
    task = story.ready(story.submit())
    story.wait(601).download_expired(task)
    story.poll(task, "Ready")
    story.download_expired(task)
    again_and_fetched(story)
    assert story.codes == ()


def test_the_same_job_on_another_day_is_another_job(story: Story) -> None:
    story.wait(0.6).poll(story.submit(), status=500)
    story.wait(601)
    again_and_fetched(story)
    assert story.codes == ()


def test_a_day_that_a_test_moves_the_clock_by_is_a_day(story: Story) -> None:
    story.wait(0.6).poll(story.submit(), status=500)
    story.account_ms += 601_000
    again_and_fetched(story)
    assert story.codes == ()


def test_with_others_at_work_on_the_same_it_may_be_one_more_callers_job(story: Story) -> None:
    """Four workers make variants of one prompt; one of them gives up at its deadline, with an error."""
    others = [story.submit() for _ in range(3)]
    story.wait(0.6).poll(story.submit(), status=500)
    story.wait(1)
    again_and_fetched(story)
    for other in others:
        story.download(story.ready(other))
    assert story.codes == ()


def test_others_that_have_ended_cast_no_doubt(story: Story) -> None:
    again_and_fetched(story)
    story.wait(0.6).poll(story.submit(), status=500)
    story.wait(1)
    again_and_fetched(story)
    assert story.codes == ("resubmitted_paid_job",)
