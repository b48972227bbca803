"""Findings about polls: a bad client has them, a good one under the same circumstances has not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from mock_bfl.core.verdict import Level
from tests.verdict.story import Story


@pytest.fixture
def story() -> Story:
    return Story()


def test_polls_without_any_pause_are_found(story: Story) -> None:
    task = story.submit()
    story.polls(task, "Pending", times=50, every_s=0.001)
    found = story.verdict()["zero_sleep_polling"]
    assert found.level is Level.FAIL
    assert found.cost_credits == 0
    assert found.evidence[0].requests[:3] == (2, 3, 4)
    assert found.evidence[0].count == 50
    assert "50 polls without a pause" in found.evidence[0].what


def test_who_never_sleeps_is_not_told_twice_that_it_polls_too_fast(story: Story) -> None:
    story.polls(story.submit(), "Pending", times=50, every_s=0.001)
    assert story.codes == ("zero_sleep_polling",)


def test_a_slow_answer_is_no_pause(story: Story) -> None:
    task = story.submit()
    for _ in range(5):
        story.poll(task, took_ms=400)
    assert story.codes == ("zero_sleep_polling",)


def test_polls_at_a_tenth_of_a_second_are_too_fast(story: Story) -> None:
    story.polls(story.submit(), "Pending", times=5, every_s=0.1)
    found = story.verdict()["polled_too_fast"]
    assert found.level is Level.WARN
    assert "102 ms" not in found.evidence[0].what
    assert "median of 0.1 s" in found.evidence[0].what


@pytest.mark.parametrize("every_s", [0.25, 0.5, 1.0])
def test_the_documented_pace_is_good(story: Story, every_s: float) -> None:
    story.polls(story.submit(), "Pending", times=20, every_s=every_s)
    assert story.codes == ()


def test_the_median_decides_so_that_one_short_gap_is_nothing(story: Story) -> None:
    task = story.submit()
    story.polls(task, "Pending", times=4, every_s=0.5)
    story.polls(task, "Pending", times=2, every_s=0.001)
    assert story.codes == ()


def test_a_few_quick_polls_are_no_pace(story: Story) -> None:
    story.polls(story.submit(), "Pending", times=3, every_s=0.01)
    assert story.codes == ()


def test_with_a_shared_clock_the_accounts_time_is_judged() -> None:
    story = Story(real_rate=0.0)
    story.polls(story.submit(), "Pending", times=10, every_s=0.5)
    assert story.codes == ("zero_sleep_polling",)
    assert story.verdict(shared_clock=True).codes == ()


@pytest.mark.parametrize("word", ["Request Moderated", "Content Moderated"])
def test_a_moderated_task_that_is_polled_on_is_found(story: Story, word: str) -> None:
    task = story.submit()
    story.polls(task, word, times=4, every_s=1)
    found = story.verdict()["moderation_not_terminal"]
    assert found.evidence[0].what == f"#2 said {word!r}; 3 more polls followed over 3.01 s."
    assert found.evidence[0].requests == (2, 3, 4, 5)
    assert (found.evidence[0].span_ms, found.evidence[0].task_id) == (3006, task)
    assert found.cost_credits == 0, "a moderated task is given back"


@pytest.mark.parametrize("word", ["Request Moderated", "Content Moderated", "Error"])
def test_to_stop_at_the_end_is_good(story: Story, word: str) -> None:
    story.polls(story.submit(), word, times=1, every_s=1)
    assert story.codes == ()


def test_another_process_may_resume_a_task_that_has_ended(story: Story) -> None:
    task = story.submit()
    story.polls(task, "Request Moderated", times=2, every_s=1)
    story.wait(60)
    story.polls(task, "Request Moderated", times=1, every_s=60)
    story.polls(task, "Request Moderated", times=1, every_s=60)
    assert story.codes == ()


@pytest.mark.parametrize(("word", "times"), [("Ready", 4), ("Error", 3)])
def test_a_task_polled_after_its_end_is_found(story: Story, word: str, times: int) -> None:
    """One of the polls that say 'Ready' has its link used."""
    task = story.submit()
    story.polls(task, word, times=times, every_s=1)
    story.download(task)
    found = story.verdict()["poll_after_terminal"]
    assert (found.level, found.evidence[0].requests) == (Level.FAIL, (2, 3, 4))


def test_a_poll_that_renews_an_expired_link_is_good(story: Story) -> None:
    task = story.ready(story.submit())
    for _ in range(3):
        story.wait(1).download_expired(task)
        story.poll(task, "Ready")
    story.download(task)
    assert story.codes == ()


def test_an_end_that_could_not_be_read_is_asked_for_again(story: Story) -> None:
    task = story.submit()
    for _ in range(3):
        story.wait(0.6).poll(task, "Ready", fault="truncate", is_broken=True)
    story.wait(0.6).poll(task, "Ready")
    story.download(task)
    assert story.codes == ()


def test_two_threads_may_have_asked_before_the_end_was_known(story: Story) -> None:
    task = story.submit()
    ends = [story.wait(0.6).poll(task, "Error") for _ in range(3)]
    first = ends[0]
    story.exchanges[1:] = [replace(row, real_ms=first.real_ms, ended_real_ms=first.ended_real_ms) for row in ends]
    assert story.codes == ()


def test_a_task_that_lastingly_is_not_found_is_given_up(story: Story) -> None:
    task = story.submit()
    story.polls(task, "Task not found", times=20, every_s=1)
    found = story.verdict()["poll_after_terminal"]
    assert found.evidence[0].count == 20


def test_an_unknown_task_has_no_grace(story: Story) -> None:
    story.polls("nobody", "Task not found", times=7, every_s=0.5)
    assert story.codes == ("poll_after_terminal",)


def test_a_new_task_may_not_be_found_for_a_moment(story: Story) -> None:
    task = story.submit()
    story.polls(task, "Task not found", times=19, every_s=0.75)
    assert story.codes == ()


def test_up_to_five_polls_are_tolerated_at_any_time(story: Story) -> None:
    task = story.submit()
    story.polls(task, "Pending", times=60, every_s=1)
    story.polls(task, "Task not found", times=5, every_s=1)
    assert story.codes == ()


@pytest.mark.parametrize(("times", "every_s"), [(601, 0.5), (130, 5.0)], ids=["polls", "minutes"])
def test_an_unknown_word_waited_on_without_end_is_found(story: Story, times: int, every_s: float) -> None:
    story.polls(story.submit(), "Upscaling", times=times, every_s=every_s)
    found = story.verdict()["unknown_status_unbounded"]
    assert found.cost_credits == Decimal(3), "the task is at risk"
    assert "'Upscaling'" in found.evidence[0].what
    assert len(found.evidence[0].requests) == 20
    assert found.evidence[0].requests[-1] == times + 1


@pytest.mark.parametrize("word", ["Upscaling", "Pending", "Generating", "Reasoning"])
def test_an_unknown_word_within_bounds_is_waited_on(story: Story, word: str) -> None:
    story.polls(story.submit(), word, times=600, every_s=0.9)
    assert story.codes == ()


def test_a_known_word_may_last(story: Story) -> None:
    story.polls(story.submit(), "Pending", times=700, every_s=1)
    assert story.codes == ()


def test_a_stuck_task_left_at_the_deadline_is_nobodys_fault(story: Story) -> None:
    story.polls(story.submit(), "Pending", times=20, every_s=0.5)
    assert story.verdict(strict=True).codes == ()


def test_an_exchange_that_took_no_time_does_not_follow_itself(story: Story) -> None:
    task = story.submit()
    story.wait(0.6).poll(task, took_ms=0)
    story.wait(0.6).poll(task, "Ready", took_ms=0)
    story.wait(0.6).poll(task, "Ready", took_ms=0)
    story.download(task, took_ms=0)
    story.submit("another", is_broken=True, fault="truncate", took_ms=0)
    assert story.codes == ()


def test_each_of_several_consumers_may_ask_for_a_link_of_its_own_and_use_it(story: Story) -> None:
    task = story.ready(story.submit())
    for _ in range(4):
        story.wait(1).poll(task, "Ready")
        story.wait(0.1).download(task)
    assert story.codes == ()


def test_who_asks_for_links_and_uses_none_polls_in_vain(story: Story) -> None:
    task = story.ready(story.submit())
    story.polls(task, "Ready", times=6, every_s=1)
    story.download(task)
    assert story.codes == ("poll_after_terminal",)
