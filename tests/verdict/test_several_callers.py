"""Several callers, threads or processes, that ask for the same: none of them is held to account for another."""

from __future__ import annotations

from typing import Any

import pytest

from tests.verdict.story import Story


@pytest.fixture
def story() -> Story:
    return Story()


def batch(story: Story, callers: int, **more: Any) -> None:
    """Let callers that were started together submit the same; each second one comes while another is answered."""
    for number in range(callers):
        story.submit(took_ms=8, **more)
        story.rewind(0.004 if number % 2 == 0 else -0.02)


# --- all fail


@pytest.mark.parametrize("status", [401, 402, 403, 422])
def test_each_of_several_callers_may_be_refused_once(story: Story, status: int) -> None:
    batch(story, 30, status=status)
    assert story.codes == ()


@pytest.mark.parametrize("status", [500, 503, 429])
def test_each_of_several_callers_may_fail_and_come_again(story: Story, status: int) -> None:
    for _ in range(4):
        batch(story, 30, status=status, retry_after=None if status == 500 else "5")
        story.wait(6)
    assert story.codes == ()


def test_a_third_of_the_callers_may_get_through(story: Story) -> None:
    batch(story, 10)
    batch(story, 20, status=402)
    assert "retried_non_retryable" not in story.codes


def test_one_caller_is_not_taken_for_several_because_it_is_quick(story: Story) -> None:
    for _ in range(30):
        story.submit(status=402, took_ms=8)
    assert story.codes == ("retried_non_retryable",)


def test_who_comes_again_after_the_burst_comes_again(story: Story) -> None:
    for _ in range(3):
        batch(story, 4, status=402)
        story.wait(2)
    assert story.codes == ("retried_non_retryable",)


@pytest.mark.parametrize(("fault", "codes"), [("stall", ("retried_non_retryable",)), (None, ())])
def test_a_client_that_goes_away_from_a_silence_and_comes_again_is_one_caller(
    story: Story, fault: str | None, codes: tuple[str, ...]
) -> None:
    story.submit(status=402, fault=fault, took_ms=50)
    story.rewind(0.02).submit(status=402)
    story.wait(0.5).submit(status=402)
    assert story.codes == codes


def test_what_died_with_the_mock_overlaps_nothing(story: Story) -> None:
    story.submit(status=None, ended_real_ms=None, ended_at_ms=None)
    story.wait(1).submit(status=402)
    story.wait(1).submit(status=402)
    assert story.codes == ("retried_non_retryable",)


# --- one task, several watchers


def watchers(story: Story, count: int, *, task: str, words: tuple[str, ...], every_s: float = 0.6) -> None:
    """Let processes watch a task in step: each polls once in every round."""
    for word in words:
        for _ in range(count):
            story.poll(task, word)
            story.wait(0.004)
        story.wait(every_s)


@pytest.mark.parametrize("word", ["Error", "Request Moderated", "Content Moderated"])
@pytest.mark.parametrize("count", [2, 3, 5])
def test_each_watcher_may_see_the_end_once(story: Story, word: str, count: int) -> None:
    watchers(story, count, task=story.submit(), words=("Pending", "Pending", word))
    assert {"moderation_not_terminal", "poll_after_terminal"}.isdisjoint(story.codes)


@pytest.mark.parametrize("word", ["Error", "Request Moderated"])
def test_watchers_that_do_not_know_the_end_are_found(story: Story, word: str) -> None:
    watchers(story, 3, task=story.submit(), words=("Pending", "Pending", word, word, word))
    assert not {"moderation_not_terminal", "poll_after_terminal"}.isdisjoint(story.codes)


@pytest.mark.parametrize("count", [2, 3, 5])
def test_watchers_in_step_are_not_taken_for_one_that_never_sleeps(story: Story, count: int) -> None:
    watchers(story, count, task=story.submit(), words=("Pending",) * 9)
    assert "zero_sleep_polling" not in story.codes


def test_a_loop_that_stumbles_now_and_then_never_sleeps(story: Story) -> None:
    task = story.submit()
    for _ in range(3):
        story.polls(task, "Pending", times=20, every_s=0.001)
        story.wait(0.1)
    assert story.codes == ("zero_sleep_polling",)


def test_two_watchers_at_the_documented_pace_do_not_poll_too_often(story: Story) -> None:
    watchers(story, 2, task=story.submit(), words=("Pending",) * 8)
    assert story.codes == ()


def test_each_watcher_may_bear_with_a_task_that_is_not_found(story: Story) -> None:
    task = story.submit()
    story.wait(20)
    watchers(story, 3, task=task, words=("Pending", "Pending", *("Task not found",) * 4))
    assert "poll_after_terminal" not in story.codes


def test_watchers_that_overlap_do_not_retry_each_others_polls(story: Story) -> None:
    task = story.submit()
    for _ in range(5):
        for _ in range(4):
            story.poll(task, status=503, retry_after="3", took_ms=8)
            story.rewind(0.004)
        story.wait(3.1)
    assert story.codes == ()


# --- wait, wait, download


def test_wait_and_wait_and_download_by_three_processes_is_good(story: Story) -> None:
    task = story.ready(story.submit())
    story.wait(1).poll(task, "Ready")
    story.wait(1).poll(task, "Ready")
    story.download(task)
    assert story.codes == ()


def test_consumers_in_step_each_use_a_link(story: Story) -> None:
    task = story.ready(story.submit())
    for _ in range(4):
        story.poll(task, "Ready")
    for _ in range(4):
        story.download(task)
    assert story.codes == ()


def test_one_download_excuses_one_poll(story: Story) -> None:
    task = story.ready(story.submit())
    story.polls(task, "Ready", times=3, every_s=1)
    story.download(task)
    assert story.codes == ("poll_after_terminal",)


def test_a_poll_after_the_download_is_not_excused_by_it(story: Story) -> None:
    task = story.ready(story.submit())
    story.download(task)
    story.polls(task, "Ready", times=2, every_s=1)
    assert story.codes == ("poll_after_terminal",)


@pytest.mark.parametrize("real_rate", [1.0, 0.0], ids=["a minute", "a minute that a test moved the clock by"])
@pytest.mark.parametrize("shared_clock", [False, True])
def test_who_resumes_a_minute_later_is_another_process(real_rate: float, *, shared_clock: bool) -> None:
    story = Story(real_rate=real_rate)
    task = story.submit()
    for _ in range(4):
        story.wait(60).poll(task, "Error")
    assert "poll_after_terminal" not in story.verdict(shared_clock=shared_clock).codes


def test_a_minute_of_real_time_counts_though_the_accounts_clock_stands_still(story: Story) -> None:
    task = story.submit()
    for _ in range(4):
        story.wait(60).poll(task, "Error")
        story.account_ms -= 60_000
    assert "poll_after_terminal" not in story.verdict(shared_clock=True).codes
