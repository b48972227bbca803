"""More clients as they are met, bad and good, against the mock itself; the good ones where the bad ones are tempted."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
import requests

from mock_bfl.testing import IN_PROCESS_URL
from tests.verdict.world import KEY, World, new_world

Client = Callable[[World], None]


def get(world: World, url: str) -> requests.Response:
    """Ask with a patience of five seconds."""
    return world.session.get(url, headers={"x-key": KEY} if "/v1/" in url else {}, timeout=5)


# --- bad ones


def makes_a_new_picture_where_the_download_failed(world: World) -> None:
    world.fail_next(route="sample", status=503)
    while world.get(world.sample(world.task())).status_code != 200:
        world.sleep(1)


def makes_a_new_picture_where_a_poll_was_refused(world: World) -> None:
    world.fail_next(route="get_result", status=403)
    while world.poll(task := world.task()).status_code != 200:
        world.sleep(1)
    world.get(world.sample(task))


def makes_a_new_picture_where_a_poll_timed_out(world: World) -> None:
    world.fail_next(route="get_result", wire="stall", stall_s=60)
    with suppress(requests.Timeout):
        get(world, world.task()["polling_url"])
    world.sleep(5)
    world.get(world.sample(world.task()))


def posts_again_at_the_level_of_the_connection(world: World) -> None:
    world.fail_next(route="submit", preset="reply_lost", times=2)
    for _ in range(3):
        with suppress(OSError):
            task = world.task()
    world.get(world.sample(task))


def hammers_a_link_that_it_has_spelt_anew(world: World) -> None:
    forged = world.sample(world.task()).replace("sig=", "sig=A")
    for _ in range(5):
        assert get(world, forged).status_code == 403


def hammers_polls_that_come_as_garbage(world: World) -> None:
    task = world.task()
    world.fail_next(route="get_result", preset="garbage_body", times=5)
    for _ in range(5):
        world.poll(task)
    world.sleep(1)
    world.get(world.sample(task))


def asks_for_credits_with_a_key_that_is_refused(world: World) -> None:
    world.fail_next(route="credits", status=403, times=None)
    for _ in range(5):
        world.get(f"{IN_PROCESS_URL}/v1/credits")
        world.sleep(2)


def waits_two_seconds_at_most_whatever_is_asked(world: World) -> None:
    world.fail_next(route="get_result", preset="rate_limited", retry_after=9)
    task = world.task()
    world.poll(task)
    world.sleep(2)
    world.get(world.sample(task))


BAD: dict[Client, str] = {
    makes_a_new_picture_where_the_download_failed: "resubmitted_paid_job",
    makes_a_new_picture_where_a_poll_was_refused: "resubmitted_paid_job",
    makes_a_new_picture_where_a_poll_timed_out: "resubmitted_paid_job",
    posts_again_at_the_level_of_the_connection: "resubmitted_paid_job",
    hammers_a_link_that_it_has_spelt_anew: "no_backoff",
    hammers_polls_that_come_as_garbage: "no_backoff",
    asks_for_credits_with_a_key_that_is_refused: "retried_non_retryable",
    waits_two_seconds_at_most_whatever_is_asked: "retry_after_ignored",
}


@pytest.mark.parametrize(("client", "code"), BAD.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_a_bad_client_gets_what_it_deserves(client: Client, code: str) -> None:
    world = new_world()
    client(world)
    assert world.codes == {code}


# --- good ones


def polls_again_where_a_poll_timed_out(world: World) -> None:
    world.fail_next(route="get_result", wire="stall", stall_s=60, times=3)
    task = world.task()
    for _ in range(3):
        with suppress(requests.Timeout):
            get(world, task["polling_url"])
        world.sleep(1)
    world.get(world.sample(task))


def downloads_again_where_the_download_broke(world: World) -> None:
    sample = world.sample(world.task())
    world.fail_next(route="sample", preset="truncated_json", times=2)
    for pause_s in (1, 2):
        with suppress(requests.ConnectionError):
            get(world, sample)
        world.sleep(pause_s)
    get(world, sample)


def stops_where_the_reply_is_lost_and_looks_at_its_credits(world: World) -> None:
    world.fail_next(route="submit", preset="reply_lost")
    with suppress(requests.ConnectionError):
        world.submit()
    world.get(f"{IN_PROCESS_URL}/v1/credits")


def goes_on_with_the_next_job_where_a_reply_is_lost(world: World) -> None:
    world.fail_next(route="submit", preset="reply_lost")
    for number in range(3):
        with suppress(requests.ConnectionError):
            world.get(world.sample(world.task(f"cube {number}")))


def downloads_in_parts(world: World) -> None:
    sample = world.sample(world.task())
    for begin in range(0, 400, 100):
        world.session.get(sample, headers={"Range": f"bytes={begin}-{begin + 99}"})


def looks_at_the_head_first(world: World) -> None:
    sample = world.sample(world.task())
    world.session.head(sample)
    world.get(sample)


def probes_what_there_is_at_its_start(world: World) -> None:
    for path in ("/v1/models", "/v1/version", "/openapi.json"):
        world.get(f"{IN_PROCESS_URL}{path}")
    world.get(world.sample(world.task()))


def polls_beside_its_webhook(world: World) -> None:
    task = world.submit(webhook_url="http://127.0.0.1:9/hook").json()
    world.get(world.sample({"polling_url": f"{IN_PROCESS_URL}/v1/get_result?id={task['id']}"}))


def waits_twice_and_downloads_in_three_processes(world: World) -> None:
    task = world.task()
    for _ in range(2):
        world.sample(task)
        world.sleep(1)
    world.get(world.sample(task))


def makes_the_same_picture_the_next_day(world: World) -> None:
    world.fail_next(route="get_result", status=500, times=3)
    task = world.task()
    for pause_s in (1, 2, 4):
        world.poll(task)
        world.sleep(pause_s)
    world.engine.control.advance(None, ms=86_400_000)
    world.get(world.sample(world.task()))


def asks_each_user_once_for_a_model_that_is_no_more(world: World) -> None:
    for number in range(10):
        world.submit(f"user {number}", slug="flux-pro-2")
        world.sleep(0.05)


GOOD: tuple[Client, ...] = (
    polls_again_where_a_poll_timed_out,
    downloads_again_where_the_download_broke,
    stops_where_the_reply_is_lost_and_looks_at_its_credits,
    goes_on_with_the_next_job_where_a_reply_is_lost,
    downloads_in_parts,
    looks_at_the_head_first,
    probes_what_there_is_at_its_start,
    polls_beside_its_webhook,
    waits_twice_and_downloads_in_three_processes,
    makes_the_same_picture_the_next_day,
    asks_each_user_once_for_a_model_that_is_no_more,
)


@pytest.mark.parametrize("client", GOOD, ids=lambda client: client.__name__)
def test_a_good_client_gets_no_finding(client: Client) -> None:
    world = new_world()
    client(world)
    assert str(world.verdict(strict=True)).startswith("A good client: nothing to find.")
