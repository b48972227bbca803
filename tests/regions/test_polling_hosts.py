"""Where a task is polled: its cluster under the vendor's names, another origin where that is configured."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mock_bfl.contract import GUIDE, regions
from mock_bfl.engine import account_of
from tests.regions.world import KEY, World
from tests.web.mock import json_of

CLUSTERS = {"api.bfl.ai": "eu", "api.eu.bfl.ai": "eu", "api.us.bfl.ai": "us"}


def hosts_of(region: str) -> set[str]:
    return {row.host for row in regions.CLUSTERS if row.region == region and row.takes_new_tasks}


@pytest.mark.parametrize("host", CLUSTERS)
def test_a_task_is_polled_at_a_cluster_of_the_region_that_took_it(host: str) -> None:
    world = World()
    seen = {world.polling_host(f"{host}:8080") for _ in range(20)}
    assert seen == {f"{cluster}:8080" for cluster in hosts_of(CLUSTERS[host])}


def test_a_submit_to_a_cluster_stays_there() -> None:
    assert World().polling_host("api.us1.bfl.ai") == "api.us1.bfl.ai"


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:8080", "gateway.bfl.ai", "mock.example"])
def test_under_any_other_name_a_task_is_polled_where_it_was_submitted(host: str) -> None:
    assert World().polling_host(host) == host


def test_the_scheme_that_a_proxy_names_is_kept() -> None:
    headers = {"x-key": KEY, "X-Forwarded-Proto": "https", "X-Forwarded-Host": "api.us.bfl.ai"}
    reply = World().mock.client.post("/v1/flux-2-pro", json={"prompt": "a"}, headers=headers)
    assert json_of(reply)["polling_url"].startswith(("https://api.us3.bfl.ai/", "https://api.us6.bfl.ai/"))


def test_two_mocks_of_one_seed_choose_the_same_clusters() -> None:
    one, other = World(seed=3), World(seed=3)
    assert [one.polling_url("api.bfl.ai") for _ in range(5)] == [other.polling_url("api.bfl.ai") for _ in range(5)]


def test_a_name_does_not_change_what_else_is_drawn_for_a_task() -> None:
    plain, regional = World(), World()
    ids = {json_of(world.submit(host))["id"] for world, host in ((plain, "localhost"), (regional, "api.bfl.ai"))}
    assert len(ids) == 1
    here, there = (world.mock.engine.context.store.task(*ids) for world in (plain, regional))
    assert here is not None
    assert there is not None
    assert there.polling_origin is not None
    assert replace(there, origin=here.origin, polling_origin=None) == here


def test_a_polling_url_that_is_followed_is_answered() -> None:
    world = World()
    assert json_of(world.follow(world.polling_url("api.bfl.ai")))["status"] == "Ready"


@pytest.mark.parametrize("host", ["api.bfl.ai", "api.eu.bfl.ai", "api.us3.bfl.ai", "api.ice.bfl.ai", "127.0.0.1"])
def test_a_task_is_not_found_under_any_other_name(host: str) -> None:
    world = World()
    url = world.polling_url("api.bfl.ai")
    reply = world.poll(url, host=host)
    assert reply.status_code == 404
    assert json_of(reply)["status"] == "Task not found"
    assert f"http://{host} does not know it" in reply.headers["X-Mock-BFL-Why"]
    assert url.partition("/v1/")[0] in reply.headers["X-Mock-BFL-Why"]


def test_a_poll_under_a_wrong_name_stands_in_the_journal_of_the_tasks_account() -> None:
    world = World()
    world.poll(world.polling_url("api.bfl.ai"), host="api.us.bfl.ai")
    last = world.mock.engine.control.journal(account_of(KEY))[-1]
    assert (last.host, last.status_word, last.status) == ("api.us.bfl.ai", "Task not found", 404)


def test_a_poll_under_a_wrong_name_counts_for_no_end_by_polls() -> None:
    world = World()
    submitted = world.submit("api.bfl.ai", prompt="a [mock: after=2polls]")
    url = json_of(submitted)["polling_url"]
    for _ in range(3):
        world.poll(url, host="api.bfl.ai")
    assert [json_of(world.follow(url))["status"] for _ in range(2)] == ["Pending", "Ready"]


def test_in_the_guide_a_task_is_polled_where_it_was_submitted_and_found_under_every_name() -> None:
    world = World(dialect=GUIDE)
    url = world.polling_url("api.bfl.ai")
    assert url.startswith("http://api.bfl.ai/")
    assert json_of(world.poll(url, host="api.us.bfl.ai"))["status"] == "Ready"


def test_a_sample_is_on_the_host_that_was_polled() -> None:
    world = World()
    url = world.polling_url("api.us.bfl.ai:8080")
    sample = json_of(world.follow(url))["result"]["sample"]
    assert sample.partition("/results/")[0] == url.partition("/v1/")[0]


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "api.bfl.ai", "mock.example"])
def test_a_public_url_stands_in_every_url_whatever_the_host(host: str) -> None:
    world = World(public_url="https://mock.example:8443")
    url = world.polling_url(host)
    assert url.startswith("https://mock.example:8443/v1/get_result?id=")
    sample = json_of(world.poll(url, host=host))["result"]["sample"]
    assert sample.startswith("https://mock.example:8443/results/")


def test_auto_hands_out_another_name_of_the_same_address() -> None:
    world = World(poll_origin="auto")
    assert world.polling_host("127.0.0.1:8080") == "localhost:8080"
    assert world.polling_host("localhost:8080") == "127.0.0.1:8080"


def test_auto_leaves_a_host_alone_that_has_no_other_name() -> None:
    assert World(poll_origin="auto").polling_host("mock.example") == "mock.example"


def test_a_polling_origin_wins_over_clusters_and_public_url() -> None:
    world = World(poll_origin="http://poll.example:81", public_url="https://mock.example")
    assert world.polling_url("api.bfl.ai").startswith("http://poll.example:81/v1/get_result?id=")


def test_a_client_that_builds_the_url_from_its_base_does_not_find_its_task() -> None:
    world = World(poll_origin="auto")
    url = world.polling_url("127.0.0.1:8080")
    assert json_of(world.poll(url, host="127.0.0.1:8080"))["status"] == "Task not found"
    assert json_of(world.follow(url))["status"] == "Ready"


def test_in_the_guide_a_client_may_build_the_url_from_its_base() -> None:
    world = World(poll_origin="auto", dialect=GUIDE)
    url = world.polling_url("127.0.0.1:8080")
    assert url.startswith("http://localhost:8080/")
    assert json_of(world.poll(url, host="127.0.0.1:8080"))["status"] == "Ready"


FINETUNE_ROUTES: tuple[tuple[str, str, object], ...] = (
    ("GET", "/v1/my_finetunes", None),
    ("GET", "/v1/finetune_details?finetune_id=my-finetune", None),
    ("POST", "/v1/delete_finetune", {"finetune_id": "my-finetune"}),
    ("POST", "/v1/flux-pro-1.1-ultra-finetuned", {"prompt": "a", "finetune_id": "my-finetune"}),
)


@pytest.mark.parametrize("route", FINETUNE_ROUTES, ids=lambda route: route[1])
@pytest.mark.parametrize(("host", "noted"), [("api.eu.bfl.ai", True), ("api.us1.bfl.ai", False), ("localhost", False)])
def test_a_finetune_asked_for_elsewhere_is_served_with_a_note(
    route: tuple[str, str, object], host: str, noted: bool
) -> None:
    world, (method, path, body) = World(), route
    assert world.ask(method, path, host, body=body).status_code == 200
    notes = world.mock.engine.control.journal(account_of(KEY))[-1].notes
    assert any("api.us1.bfl.ai" in note for note in notes) is noted
