"""Requests that no route answers, and polls without an id: judged as all other requests are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from mock_bfl.engine import Engine
from mock_bfl.testing import IN_PROCESS_URL
from mock_bfl.web import create_app
from tests.verdict.story import Story
from tests.verdict.world import KEY, World, new_world

Client = Callable[[World], None]


def ask(world: World, method: str, path: str, **more: Any) -> requests.Response:
    return world.session.request(method, f"{IN_PROCESS_URL}{path}", headers={"x-key": KEY}, **more)


def over_and_over(method: str, path: str, **more: Any) -> Client:
    def client(world: World) -> None:
        for _ in range(20):
            assert ask(world, method, path, **more).status_code >= 400

    return client


@pytest.mark.parametrize(
    "client",
    [
        over_and_over("POST", "/v1/flux-pro-2", json={"prompt": "a red cube"}),
        over_and_over("POST", "/flux-2-pro", json={"prompt": "a red cube"}),
        over_and_over("POST", "/v1/get_result", json={"id": "x"}),
        over_and_over("POST", "/v1/flux-2-pro"),
        over_and_over("GET", "/v1/flux-2-pro"),
        over_and_over("GET", "/v1/results?id=x"),
        over_and_over("GET", "/v1/get_result"),
        over_and_over("GET", "/v1/get_result?id="),
    ],
    ids=[
        *("a misspelt model", "no v1", "a poll by POST", "no body", "a submit by GET", "a path of no route"),
        *("a poll without id", "a poll with an empty id"),
    ],
)
def test_who_asks_in_vain_without_end_is_found(client: Client) -> None:
    world = new_world()
    client(world)
    found = world.verdict()
    assert found.codes == ("retried_non_retryable",)
    assert found["retried_non_retryable"].evidence[0].count == 20


def test_a_body_that_is_too_large_is_too_large_again() -> None:
    engine = Engine(speed=0)
    app = create_app(engine)
    app.config["MAX_CONTENT_LENGTH"] = 10
    for size in (11, 12, 12):
        assert app.test_client().post("/v1/flux-2-pro", data=b"x" * size, headers={"x-key": KEY}).status_code == 413
    assert engine.verdict()["retried_non_retryable"].evidence[0].requests == (2, 3)


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_who_asks_once_and_learns_is_good(method: str) -> None:
    world = new_world()
    for number in range(20):
        body = {"prompt": "a red cube"} if method == "POST" else None
        assert ask(world, method, f"/v1/flux-{number}-none", json=body).status_code == 404
    world.get(world.sample(world.task()))
    assert world.verdict(strict=True).codes == ()


def test_each_of_many_jobs_may_go_the_wrong_way_once() -> None:
    world = new_world()
    for number in range(20):
        assert ask(world, "POST", "/v1/flux-pro-2", json={"prompt": f"job {number}"}).status_code == 404
    assert world.verdict(strict=True).codes == ()


def test_a_browser_that_looks_at_the_mock_is_no_client() -> None:
    world = new_world()
    for path in ("/", "/favicon.ico", "/", "/favicon.ico", "/robots.txt"):
        assert world.session.get(f"{IN_PROCESS_URL}{path}").status_code == 404
    assert world.engine.verdict().codes == ()


def test_a_browser_that_asks_before_each_submit_whether_it_may_is_not_refused_by_its_own_fault() -> None:
    world = new_world()
    for _ in range(5):
        assert ask(world, "OPTIONS", "/v1/flux-2-pro").status_code == 405
    assert world.codes == set()


def test_failures_without_a_route_are_backed_off_from_as_others_are() -> None:
    story = Story()
    for _ in range(5):
        story.ask(None, "/v1/results", status=502, has_key=True)
    assert story.codes == ("no_backoff",)


def test_polls_without_an_id_that_fail_are_backed_off_from_as_others_are() -> None:
    story = Story()
    for _ in range(5):
        story.ask("get_result", "/v1/get_result", status=500)
    assert story.codes == ("no_backoff",)


def test_a_picture_of_no_task_that_fails_is_backed_off_from_as_others_are() -> None:
    story = Story()
    for _ in range(5):
        story.ask("sample", "/results/gone.jpeg", status=503)
    assert story.codes == ("no_backoff",)


@pytest.mark.parametrize("path", ["/v1/finetune_details?finetune_id={}", "/v1/results?id={}"])
def test_another_query_is_another_request(path: str) -> None:
    world = new_world()
    for number in range(5):
        assert ask(world, "GET", path.format(number)).status_code == 404
    assert world.codes == set()
    ask(world, "GET", path.format(4))
    assert world.codes == {"retried_non_retryable"}


def test_a_query_does_not_hide_that_a_poll_has_no_id() -> None:
    world = new_world()
    for attempt in range(5):
        assert ask(world, "GET", f"/v1/get_result?attempt={attempt}").status_code == 422
    assert world.codes == {"retried_non_retryable"}
