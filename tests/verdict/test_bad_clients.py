"""Deliberately bad clients against the mock itself: each gets the finding that it deserves, and no other failure."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mock_bfl.testing import IN_PROCESS_URL
from tests.verdict.world import KEY, World, new_world

Client = Callable[[World], None]


def polls_without_sleep(world: World) -> None:
    task = world.task()
    while world.status(task) != "Ready":
        pass
    world.get(world.poll(task).json()["result"]["sample"])


def polls_ten_times_a_second(world: World) -> None:
    task = world.task("a red cube [mock: after=1s]")
    while world.status(task) != "Ready":
        world.sleep(0.1)
    world.get(world.poll(task).json()["result"]["sample"])


def waits_for_ready_alone(world: World) -> None:
    task = world.task("a red cube [mock: error=generation_timeout after=0s]")
    for _ in range(10):
        world.status(task)
        world.sleep(1)


def waits_for_a_lost_task(world: World) -> None:
    task = {"polling_url": f"{IN_PROCESS_URL}/v1/get_result?id=nobody"}
    for _ in range(10):
        world.poll(task)
        world.sleep(1)


def does_not_know_moderation(world: World) -> None:
    task = world.task('a red cube [mock: status="Request Moderated" after=0s]')
    for _ in range(10):
        world.status(task)
        world.sleep(1)


def waits_for_ever_on_an_unknown_word(world: World) -> None:
    task = world.task("a red cube [mock: while=Upscaling after=999polls]")
    for _ in range(130):
        world.status(task)
        world.sleep(5)


def does_not_wait_for_retry_after(world: World) -> None:
    world.fail_next(route="submit", status=429, retry_after="5")
    world.submit()
    world.sleep(1)
    world.get(world.sample(world.task()))


def hammers_what_fails(world: World) -> None:
    task = world.task()
    world.fail_next(route="get_result", status=500, times=5)
    while world.poll(task).status_code == 500:
        pass
    world.sleep(1)
    world.get(world.sample(task))


def retries_a_402(world: World) -> None:
    world.fail_next(route="submit", status=402, times=2)
    while world.submit().status_code == 402:
        world.sleep(1)


def retries_a_422(world: World) -> None:
    for _ in range(3):
        world.submit(width=10)
        world.sleep(1)


def submits_again_when_a_poll_fails(world: World) -> None:
    world.fail_next(route="get_result", status=502, times=2)
    for _ in range(3):
        task = world.task()
        world.sleep(1)
        if world.poll(task).status_code == 200:
            world.get(world.sample(task))
            return


def submits_again_when_the_reply_is_lost(world: World) -> None:
    world.fail_next(route="submit", preset="reply_lost")
    try:
        world.submit()
    except OSError:
        world.sleep(1)
        world.get(world.sample(world.task()))


def submits_again_when_the_reply_is_cut(world: World) -> None:
    world.fail_next(route="submit", preset="truncated_json")
    world.submit()
    world.sleep(1)
    world.get(world.sample(world.task()))


def hammers_a_full_account(world: World) -> None:
    for number in range(24):
        world.submit(f"job {number} [mock: status=Pending]")
    for _ in range(5):
        world.submit("one more")


def builds_its_own_polling_url(world: World) -> None:
    task = world.task()
    built = {"polling_url": f"{IN_PROCESS_URL}/v1/get_result?id={task['id']}"}
    for _ in range(3):
        world.poll(built)
        world.sleep(0.5)


def keeps_the_url_and_not_the_picture(world: World) -> None:
    sample = world.sample(world.task())
    world.sleep(601)
    world.get(sample)


def never_fetches_the_picture(world: World) -> None:
    world.sample(world.task())


def sends_its_key_along_a_redirect(world: World) -> None:
    task = world.task()
    world.fail_next(route="get_result", redirect=f"http://elsewhere.localhost/v1/get_result?id={task['id']}")
    world.session.headers["x-key"] = KEY
    world.session.get(task["polling_url"])


def uses_a_path_of_the_guide(world: World) -> None:
    world.get(world.sample(world.task(slug="flux-kontext", input_image="https://example.com/a.png")))


BAD: dict[Client, str] = {
    polls_without_sleep: "zero_sleep_polling",
    polls_ten_times_a_second: "polled_too_fast",
    waits_for_ready_alone: "poll_after_terminal",
    waits_for_a_lost_task: "poll_after_terminal",
    does_not_know_moderation: "moderation_not_terminal",
    waits_for_ever_on_an_unknown_word: "unknown_status_unbounded",
    does_not_wait_for_retry_after: "retry_after_ignored",
    hammers_what_fails: "no_backoff",
    retries_a_402: "retried_non_retryable",
    retries_a_422: "retried_non_retryable",
    submits_again_when_a_poll_fails: "resubmitted_paid_job",
    submits_again_when_the_reply_is_lost: "resubmitted_paid_job",
    submits_again_when_the_reply_is_cut: "resubmitted_paid_job",
    hammers_a_full_account: "over_concurrency",
    keeps_the_url_and_not_the_picture: "download_after_expiry",
    never_fetches_the_picture: "result_never_fetched",
    sends_its_key_along_a_redirect: "key_sent_to_foreign_host",
    uses_a_path_of_the_guide: "guide_only_path",
}


@pytest.mark.parametrize(("client", "code"), BAD.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_a_bad_client_gets_what_it_deserves(client: Client, code: str) -> None:
    world = new_world()
    client(world)
    assert world.codes == {code}


@pytest.mark.parametrize(
    ("client", "credits"),
    [
        (submits_again_when_a_poll_fails, 6),
        (submits_again_when_the_reply_is_lost, 3),
        (keeps_the_url_and_not_the_picture, 3),
        (does_not_know_moderation, 0),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_finding_says_what_it_cost(client: Client, credits: int) -> None:
    world = new_world()
    client(world)
    assert world.verdict().cost_credits == credits


def test_a_polling_url_that_the_client_builds_itself_is_found_where_polls_go_elsewhere() -> None:
    world = new_world(poll_origin="http://eu.bfl.localhost")
    builds_its_own_polling_url(world)
    assert world.codes == {"polling_url_ignored"}
    assert world.verdict().cost_credits == 3


def test_a_polling_url_that_is_followed_elsewhere_is_good() -> None:
    world = new_world(poll_origin="http://eu.bfl.localhost")
    world.get(world.sample(world.task()))
    assert world.codes == set()
    assert "polling_url_ignored" not in {row.code for row in world.verdict().not_observable}
