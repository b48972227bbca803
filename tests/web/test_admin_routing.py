"""How a request finds its lever, and what one hears that finds none."""

from __future__ import annotations

import pytest

from mock_bfl.web.admin import levers
from tests.web.mock import Mock, json_of


def test_a_path_that_is_no_lever_is_a_404_that_names_the_nearest(mock: Mock) -> None:
    reply = mock.client.get("/_mock/acount")
    assert reply.status_code == 404
    assert json_of(reply)["error"] == (
        "There is no lever /_mock/acount. Did you mean /_mock/account? GET /openapi.json describes all of them."
    )


@pytest.mark.parametrize("path", ["/_mock/x/y/z", "/_mock/health/", "/_mock/a%0Ab", "/_mock/tasks/"])
def test_no_path_below_leads_anywhere_else(mock: Mock, path: str) -> None:
    reply = mock.client.get(path)
    assert (reply.status_code, json_of(reply)["error"][:22]) == (404, "There is no lever /_mo")


@pytest.mark.parametrize("method", ["PUT", "OPTIONS", "TRACE", "INVENTED"])
def test_a_method_that_a_lever_does_not_have_is_a_405_that_names_those_it_has(mock: Mock, method: str) -> None:
    reply = mock.client.open("/_mock/clock", method=method)
    assert (reply.status_code, reply.headers["Allow"]) == (405, "GET, POST")
    assert json_of(reply)["error"] == f"/_mock/clock answers GET, POST, not {method}."


def test_a_path_with_a_parameter_hands_it_on(mock: Mock) -> None:
    task = json_of(mock.submit())["id"]
    assert json_of(mock.client.get(f"/_mock/tasks/{task}"))["task"]["id"] == task


def test_an_unknown_lever_is_guarded_and_leaves_no_trace_like_any_other(mock: Mock) -> None:
    assert mock.client.get("/_mock/nothing", headers={"Host": "evil.example"}).status_code == 403
    assert json_of(mock.client.get("/_mock/journal"))["exchanges"] == []


def test_a_lever_is_answered_by_no_other(mock: Mock) -> None:
    """A word in the place of a parameter, such as `presets`, has its own lever."""
    names = [(lever.method, lever.path) for lever in levers(mock.engine)]
    assert len(set(names)) == len(names)
    assert all(lever.about.endswith(".") for lever in levers(mock.engine))


def test_an_application_has_one_rule_for_all_levers(mock: Mock) -> None:
    """Each rule of its own would cost every test a good part of a millisecond."""
    assert [rule.rule for rule in mock.app.url_map.iter_rules() if "_mock" in rule.rule] == ["/_mock/<rest:path>"]


@pytest.mark.parametrize(
    "path", ["/_mock/journal?after=9223372036854775808", "/_mock/events?follow=0&after=1" + "0" * 30]
)
def test_a_number_that_no_exchange_can_have_is_refused(mock: Mock, path: str) -> None:
    """Found by a review: over SQLite it was a 500."""
    assert "after" in mock.client.get(path).get_json()["error"]
