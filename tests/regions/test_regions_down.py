"""`/_mock/regions`: a region that is down, a cluster that is down, a global endpoint that moves."""

from __future__ import annotations

from typing import Any

import pytest

from mock_bfl.contract import GUIDE
from tests.regions.world import KEY, World
from tests.web.mock import json_of


def test_all_is_up_at_first_and_the_global_endpoint_leads_to_europe() -> None:
    assert json_of(World().regions()) == {
        "down": [],
        "global": "eu",
        "endpoints": [
            {"host": "api.bfl.ai", "region": "eu", "clusters": ["eu2", "eu4"]},
            {"host": "api.eu.bfl.ai", "region": "eu", "clusters": ["eu2", "eu4"]},
            {"host": "api.us.bfl.ai", "region": "us", "clusters": ["us3", "us6"]},
        ],
    }


def test_a_region_that_is_down_answers_submits_and_polls_with_a_503_that_says_why() -> None:
    world = World()
    url = world.polling_url("api.eu.bfl.ai")
    world.regions({"down": ["eu"]})
    for reply in (world.submit("api.eu.bfl.ai"), world.follow(url)):
        assert reply.status_code == 503
        assert json_of(reply) == {"detail": "Service Unavailable"}
        assert '{"down": []}' in reply.headers["X-Mock-BFL-Why"]


ROUTES: dict[str, tuple[str, str, Any]] = {
    "credits": ("GET", "/v1/credits", None),
    "my_finetunes": ("GET", "/v1/my_finetunes", None),
    "finetune_details": ("GET", "/v1/finetune_details?finetune_id=my-finetune", None),
    "delete_finetune": ("POST", "/v1/delete_finetune", {"finetune_id": "my-finetune"}),
    "licence_usage": ("POST", "/v1/licenses/models/flux-2-dev/usage", {"number_of_generations": 1}),
}


@pytest.mark.parametrize("route", ROUTES.values(), ids=ROUTES)
def test_a_region_that_is_down_answers_nothing_else_either(route: tuple[str, str, Any]) -> None:
    world, (method, path, body) = World(), route
    world.regions({"down": ["eu"]}, key=KEY)
    hosts = ("api.eu.bfl.ai", "api.eu2.bfl.ai", "api.us.bfl.ai", "api.bfl.ai", "localhost")
    is_down = {host: world.ask(method, path, host, body=body).status_code == 503 for host in hosts}
    assert [host for host in hosts if is_down[host]] == ["api.eu.bfl.ai", "api.eu2.bfl.ai"]


@pytest.mark.parametrize("key", [None, "mock-revoked"])
def test_it_looks_at_no_key_first(key: str | None) -> None:
    world = World()
    world.regions({"down": ["eu"]})
    assert world.ask("GET", "/v1/credits", "api.eu.bfl.ai", key=key).status_code == 503


def test_it_reads_no_body_first() -> None:
    world = World()
    world.regions({"down": ["eu"]})
    headers = {"Host": "api.eu.bfl.ai", "Content-Type": "application/json"}
    assert world.mock.client.post("/v1/delete_finetune", data=b"{", headers=headers).status_code == 503


def test_a_refused_deletion_deletes_nothing() -> None:
    world = World()
    world.regions({"down": ["us"]})
    body = {"finetune_id": "my-finetune"}
    assert world.ask("POST", "/v1/delete_finetune", "api.us1.bfl.ai", body=body).status_code == 503
    assert json_of(world.ask("GET", "/v1/my_finetunes", "localhost"))["finetunes"] == ["my-finetune"]


def test_whose_weather_counts_is_told_by_the_key_where_nothing_is_polled() -> None:
    world = World()
    task_id = json_of(world.submit("api.us.bfl.ai", key="other"))["id"]
    world.regions({"down": ["eu"]}, key="other")
    assert world.ask("GET", f"/v1/credits?id={task_id}", "api.eu.bfl.ai").status_code == 200


def test_a_sample_lies_on_a_host_of_its_own_and_is_still_delivered() -> None:
    world = World()
    sample = json_of(world.follow(world.polling_url("api.eu.bfl.ai")))["result"]["sample"]
    world.regions({"down": ["eu"]})
    assert world.poll(sample, host="api.eu2.bfl.ai").status_code == 200


def test_in_the_guide_its_body_has_the_guides_envelope() -> None:
    world = World(dialect=GUIDE)
    world.regions({"down": ["eu"]})
    assert json_of(world.submit("api.eu.bfl.ai"))["error"] == "service_unavailable"


def test_a_refused_submit_costs_nothing_and_makes_no_task() -> None:
    world = World()
    world.regions({"down": ["eu"]})
    world.submit("api.eu.bfl.ai")
    assert world.mock.credits(key=KEY) == 1000


def test_a_region_that_comes_back_still_has_its_tasks() -> None:
    world = World()
    url = world.polling_url("api.eu.bfl.ai")
    world.regions({"down": ["eu"]})
    world.regions({"down": []})
    assert json_of(world.follow(url))["status"] == "Ready"


@pytest.mark.parametrize("host", ["127.0.0.1", "mock.example", "api.us.bfl.ai", "api.bfl.ai"])
def test_one_region_down_leaves_every_other_name_up(host: str) -> None:
    world = World()
    world.regions({"down": ["eu"]})
    assert json_of(world.follow(world.polling_url(host)))["status"] == "Ready"


def test_the_global_endpoint_fails_over_and_comes_down_with_the_last_region() -> None:
    world = World()
    world.regions({"down": ["eu"]})
    assert world.polling_host("api.bfl.ai").startswith("api.us")
    world.regions({"down": ["eu", "us"]})
    assert world.submit("api.bfl.ai").status_code == 503


def test_the_global_endpoint_moves_and_earlier_tasks_stay_where_they_are() -> None:
    world = World()
    before = world.polling_url("api.bfl.ai")
    world.regions({"global": "us"})
    assert world.polling_host("api.bfl.ai").startswith("api.us")
    assert json_of(world.follow(before))["status"] == "Ready"


def test_a_cluster_that_is_down_takes_no_new_tasks_and_answers_no_polls_of_old_ones() -> None:
    world = World()
    old = {world.polling_url("api.eu.bfl.ai") for _ in range(20)}
    world.regions({"down": ["eu4"]})
    assert {world.polling_host("api.eu.bfl.ai") for _ in range(20)} == {"api.eu2.bfl.ai"}
    assert {url.partition("/v1")[0]: world.follow(url).status_code for url in old} == {
        "http://api.eu2.bfl.ai": 200,
        "http://api.eu4.bfl.ai": 503,
    }


def test_what_a_change_leaves_out_stays() -> None:
    world = World()
    world.regions({"down": ["ice"], "global": "us"})
    world.regions({"global": "eu"})
    shown = json_of(world.regions())
    assert (shown["down"], shown["global"]) == (["ice"], "eu")


def test_with_a_key_the_lever_moves_that_account_alone() -> None:
    world = World()
    world.regions({"down": ["eu"]}, key="one")
    assert world.submit("api.eu.bfl.ai", key="one").status_code == 503
    assert world.submit("api.eu.bfl.ai", key="other").status_code == 200
    assert json_of(world.regions(key="one"))["down"] == ["eu"]
    assert json_of(world.regions())["down"] == []


def test_a_poll_without_a_key_meets_what_holds_for_the_tasks_account() -> None:
    world = World()
    mine, theirs = (world.polling_url("api.eu2.bfl.ai", key=key) for key in ("one", "other"))
    world.regions({"down": ["eu2"]}, key="one")
    assert [world.follow(url).status_code for url in (mine, theirs)] == [503, 200]


def test_an_account_without_its_own_follows_what_holds_for_all() -> None:
    world = World()
    world.regions({"down": ["us"]})
    assert world.submit("api.us.bfl.ai", key="one").status_code == 503


@pytest.mark.parametrize("key", [None, KEY])
def test_a_reset_brings_all_back(key: str | None) -> None:
    world = World()
    world.regions({"down": ["eu"]}, key=key)
    world.ask("POST", "/_mock/reset", "localhost", key=key)
    assert json_of(world.regions(key=key))["down"] == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"down": ["mars"]}, "'mars' is none of eu, us, eu1"),
        ({"global": "ice"}, "'ice' is none of eu, us"),
        ({"preferred": "us"}, "Known: down, global"),
        ({"down": "eu"}, "down: "),
    ],
)
def test_a_change_that_cannot_be_made_gets_a_sentence(change: dict[str, Any], sentence: str) -> None:
    reply = World().regions(change)
    assert reply.status_code == 400
    assert sentence in json_of(reply)["error"]


def test_the_levers_do_not_answer_under_the_vendors_names() -> None:
    assert World().ask("GET", "/_mock/regions", "api.bfl.ai").status_code == 403
