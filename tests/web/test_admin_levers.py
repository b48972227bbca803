"""Health, reset and journal; and who may reach them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_bfl import __version__
from mock_bfl.web import create_app
from tests.web.agreement import Both
from tests.web.mock import START_MS, Mock, json_of
from tests.web.wire import KEY, Ask

ONE, TWO = {"x-key": "one"}, {"x-key": "two"}
ALL = (("GET", "/_mock/health"), ("GET", "/_mock/clock"), ("POST", "/_mock/reset"), ("GET", "/_mock/journal"))


def journal(mock: Mock, *, headers: dict[str, str] | None = None) -> Any:
    return json_of(mock.client.get("/_mock/journal", headers=headers))["exchanges"]


def test_health_says_who_answers(mock: Mock, guide: Mock) -> None:
    body = json_of(mock.client.get("/_mock/health"))
    assert (body["status"], body["version"], body["dialect"], body["now_ms"]) == ("ok", __version__, "live", START_MS)
    assert json_of(guide.client.get("/_mock/health"))["dialect"] == "guide"


def test_reset_of_an_account_forgets_it_and_no_other(mock: Mock) -> None:
    mine, others = mock.submit(key="one"), mock.submit(key="two")
    reply = mock.client.post("/_mock/reset", headers=ONE)
    assert (reply.status_code, json_of(reply)) == (200, {"reset": "account"})
    assert mock.poll(mine)["status"] == "Task not found"
    assert mock.poll(others)["status"] == "Pending"
    assert (mock.credits(key="one"), mock.credits(key="two")) == (1000, 997)


def test_reset_of_all_forgets_everything_clocks_included(mock: Mock) -> None:
    task = mock.submit()
    mock.client.post("/_mock/clock", json={"advance_s": 60, "rate": 2})
    reply = mock.client.post("/_mock/reset")
    assert json_of(reply) == {"reset": "all"}
    assert json_of(mock.client.get("/_mock/clock")) == {
        "now": "2026-01-01T00:00:00.000Z",
        "now_ms": START_MS,
        "rate": 1.0,
        "frozen": False,
    }
    assert mock.poll(task)["status"] == "Task not found"
    assert mock.credits() == 1000


def test_reset_brings_back_the_seed_so_the_next_task_is_the_first_again(mock: Mock) -> None:
    first = json_of(mock.submit())["id"]
    assert json_of(mock.submit())["id"] != first
    mock.client.post("/_mock/reset", headers={"x-key": KEY})
    assert json_of(mock.submit())["id"] == first


def test_the_journal_has_every_exchange_in_order_with_its_price_and_task(mock: Mock) -> None:
    task = json_of(mock.submit())["id"]
    mock.client.get(f"/v1/get_result?id={task}")
    mock.client.post("/v1/nothing")
    submit, poll, lost = journal(mock)
    assert [row["number"] for row in (submit, poll, lost)] == [1, 2, 3]
    assert (submit["method"], submit["path"], submit["status"], submit["task_id"]) == (
        "POST",
        "/v1/flux-2-pro",
        200,
        task,
    )
    assert Decimal(submit["cost_credits"]) == 3
    assert (poll["path"], poll["status"], poll["task_id"]) == ("/v1/get_result", 200, task)
    assert (lost["status"], lost["account"], lost["task_id"]) == (404, None, None)


def test_the_journal_keeps_the_accounts_instant_and_the_real_one(mock: Mock) -> None:
    mock.client.post("/_mock/clock", json={"advance_s": 60}, headers=ONE)
    mock.clock.advance(seconds=1)
    mock.submit(key="one")
    row = journal(mock, headers=ONE)[-1]
    assert (row["at_ms"], row["real_ms"]) == (START_MS + 61_000, START_MS + 1000)


def test_with_a_key_the_journal_is_that_accounts(mock: Mock) -> None:
    mock.submit(key="one")
    mock.submit(key="two")
    assert [len(journal(mock, headers=headers)) for headers in (ONE, TWO, {"x-key": "three"}, None)] == [1, 1, 0, 2]


def test_a_redirect_is_in_the_journal_too(mock: Mock) -> None:
    mock.client.get("/v1/credits/")
    assert [(row["path"], row["status"]) for row in journal(mock)] == [("/v1/credits/", 307)]


def test_the_levers_themselves_leave_no_trace(mock: Mock) -> None:
    for method, path in ALL:
        mock.client.open(path, method=method)
    assert journal(mock) == []


@pytest.mark.parametrize(("method", "path"), ALL[1:])
@pytest.mark.parametrize("key", ["", "two words", "mock-malformed", "mock-revoked", "k" * 257])
def test_a_key_that_opens_no_account_is_a_400_with_a_sentence(mock: Mock, method: str, path: str, key: str) -> None:
    reply = mock.client.open(path, method=method, headers={"x-key": key})
    assert reply.status_code == 400
    assert json_of(reply)["error"].endswith(".")


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/_mock/health"), ("GET", "/_mock/reset"), ("PUT", "/_mock/clock")]
)
def test_a_lever_answers_its_own_method_alone(mock: Mock, method: str, path: str) -> None:
    assert mock.client.open(path, method=method).status_code == 405


LOCAL = ("localhost", "localhost:8080", "127.0.0.1:1", "[::1]:80", "10.0.0.7", "mock.localhost", "LOCALHOST")
FOREIGN = ("evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "", "api.bfl.ai:80", "x@127.0.0.1.evil")


@pytest.mark.parametrize("host", LOCAL)
def test_the_levers_answer_under_a_local_name_or_an_address(mock: Mock, host: str) -> None:
    for method, path in ALL:
        assert mock.client.open(path, method=method, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", FOREIGN)
def test_the_levers_refuse_a_name_that_others_may_own(mock: Mock, host: str) -> None:
    """A page under a name of its own may let that name resolve to this machine: DNS rebinding."""
    for method, path in ALL:
        reply = mock.client.open(path, method=method, headers={"Host": host})
        assert reply.status_code == 403
        assert "--admin-host" in json_of(reply)["error"]


def test_a_name_can_be_allowed(mock: Mock) -> None:
    client = create_app(mock.engine, admin_hosts=("mock-bfl.test",)).test_client()
    assert client.get("/_mock/health", headers={"Host": "mock-bfl.test:8080"}).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:9", "null", "", "http://[", "//localhost"])
def test_a_page_of_another_origin_may_not_pull_a_lever(mock: Mock, origin: str) -> None:
    for method, path in ALL:
        reply = mock.client.open(path, method=method, headers={"Host": "localhost:8080", "Origin": origin})
        assert (reply.status_code, "another origin" in json_of(reply)["error"]) == (403, True)


def test_a_page_of_the_mock_itself_may(mock: Mock) -> None:
    headers = {"Host": "localhost:8080", "Origin": "http://localhost:8080"}
    assert mock.client.post("/_mock/reset", headers=headers).status_code == 200


@given(
    host=st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_characters="\x7f"), max_size=20),
    origin=st.none() | st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=20),
)
def test_no_host_and_no_origin_breaks_the_guard(both: Both, host: str, origin: str | None) -> None:
    headers = () if origin is None else (("origin", origin),)
    answer = both.mock.answer(Ask(method="GET", target="/_mock/health", host=host, headers=headers))
    assert answer.status in {200, 403}
    assert answer.status == 200 or answer.json()["error"]


@pytest.mark.parametrize("host", ["", ".", "..", "[", "[::1", "a..b", "-", "a b", "é", "x:y", "x:123456", "a" * 300])
def test_a_host_that_is_none_breaks_nothing(mock: Mock, host: str) -> None:
    """Found by the deep run: `.` was a 400 about the body, and `[` crashed the redirect of a slash."""
    asked = {"Host": host, "x-key": KEY}
    for path, status in (("/v1/credits", 200), ("/v1/credits/", 307), ("/nope", 404), ("/_mock/health", 403)):
        assert (path, mock.client.get(path, headers=asked).status_code) == (path, status)


def test_the_api_itself_answers_under_any_name(mock: Mock) -> None:
    headers = {"Host": "api.bfl.ai", "x-key": KEY, "Origin": "http://evil.example"}
    assert mock.client.get("/v1/credits", headers=headers).status_code == 200
