"""What a client meets when it polls."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mock_bfl.contract import LIVE
from tests.web.mock import FLUX_2_PRO, Mock, json_of, new_mock
from tests.web.wire import KEY

SIX_KEYS = ["id", "status", "result", "progress", "details", "preview"]
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def polling_url(mock: Mock, **fields: Any) -> str:
    return str(json_of(mock.submit(**fields))["polling_url"])


def test_a_poll_needs_no_key(mock: Mock) -> None:
    assert mock.client.get(polling_url(mock)).status_code == 200


@pytest.mark.parametrize("key", [KEY, "another", "mock-revoked", "two words", ""])
def test_a_poll_with_any_key_is_answered_alike(mock: Mock, key: str) -> None:
    url = polling_url(mock)
    assert mock.client.get(url, headers={"x-key": key}).data == mock.client.get(url).data


@pytest.mark.parametrize("extra", ["&attempt=0", "&id_=2", "&", "&_sa=1"])
def test_extra_query_parameters_are_tolerated(mock: Mock, extra: str) -> None:
    url = polling_url(mock)
    assert json_of(mock.client.get(url + extra)) == json_of(mock.client.get(url))


@pytest.mark.parametrize("accept", ["image/png", "image/*", "text/html", "application/xml;q=0.1", "nonsense"])
def test_a_poll_is_json_whatever_the_client_says_it_accepts_or_sends(mock: Mock, accept: str) -> None:
    for content_type in ("application/json", "text/plain", "image/png"):
        reply = mock.client.get(polling_url(mock), headers={"Accept": accept, "Content-Type": content_type})
        assert (reply.status_code, reply.content_type) == (200, "application/json")


def test_a_pending_poll_is_the_recorded_124_bytes(mock: Mock) -> None:
    task = json_of(mock.submit())
    reply = mock.client.get(task["polling_url"])
    assert reply.data == (
        b'{"id":"%s","status":"Pending","result":null,"progress":null,"details":null,"preview":null}'
        % task["id"].encode()
    )
    assert len(reply.data) == 124


@pytest.mark.parametrize("status", ["Ready", "Error", "Content Moderated", "Request Moderated", "Pending"])
def test_a_poll_always_has_its_six_keys_in_order(mock: Mock, status: str) -> None:
    end = "" if status == "Pending" else " after=0s"
    url = polling_url(mock, prompt=f'a [mock: status="{status}"{end}]')
    assert list(json_of(mock.client.get(url))) == SIX_KEYS


def test_an_unknown_task_is_a_404_with_the_six_keys_of_a_poll(mock: Mock) -> None:
    reply = mock.client.get(f"/v1/get_result?id={UNKNOWN}")
    assert reply.status_code == 404
    assert json_of(reply) == dict.fromkeys(SIX_KEYS) | {"id": UNKNOWN, "status": "Task not found"}
    assert list(json_of(reply)) == SIX_KEYS


def test_the_status_of_an_unknown_task_can_be_switched_to_200() -> None:
    """Clients branch on either; the documents show a 200, what was observed is a 404."""
    mock = new_mock(dialect=replace(LIVE, task_not_found_status=200))
    reply = mock.client.get(f"/v1/get_result?id={UNKNOWN}")
    assert (reply.status_code, json_of(reply)["status"]) == (200, "Task not found")


def test_an_id_that_cannot_be_text_is_echoed_as_text(mock: Mock) -> None:
    reply = mock.client.get("/v1/get_result?id=%ED%A0%80%FF")
    assert (reply.status_code, json_of(reply)["status"]) == (404, "Task not found")


def test_every_poll_has_the_recorded_headers(mock: Mock) -> None:
    """[CASS: on all 267 recorded polls, 200s included; and no X-Azure-Ref]"""
    for directive in ("after=1s", "after=0s", 'status="Error" after=0s'):
        headers = mock.client.get(polling_url(mock, prompt=f"a [mock: {directive}]")).headers
        assert headers["Retry-After"] in {"0", "1"}
        assert headers["X-Ratelimit-Limit"] == "1200"
        assert 0 <= int(headers["X-Ratelimit-Remaining"]) < 1200
        assert "." in headers["X-Ratelimit-Reset"]
        assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
        assert "X-Azure-Ref" not in headers


def test_an_unknown_task_has_the_headers_of_a_poll_too(mock: Mock) -> None:
    assert mock.client.get(f"/v1/get_result?id={UNKNOWN}").headers["X-Ratelimit-Limit"] == "1200"


def test_remaining_falls_by_one_and_starts_anew_after_a_second(mock: Mock) -> None:
    url = polling_url(mock)

    def remaining() -> str:
        return mock.client.get(url).headers["X-Ratelimit-Remaining"]

    assert [remaining(), remaining()] == ["1199", "1198"]
    mock.clock.advance(seconds=1)
    assert remaining() == "1199"


def test_retry_after_is_the_rounded_rest_of_the_window_and_no_advice(mock: Mock) -> None:
    url = polling_url(mock)
    seen = []
    for _ in range(4):
        seen.append(mock.client.get(url).headers["Retry-After"])
        mock.clock.advance(ms=300)
    assert seen == ["1", "1", "0", "0"]


def test_the_result_of_flux_2_has_its_recorded_keys(mock: Mock) -> None:
    result = mock.ready("/v1/flux-2-max", seed=42)["result"]
    assert list(result) == ["start_time", "prompt", "seed", "sample"]
    assert result["seed"] == 42
    assert result["prompt"] != "a red cube [mock: after=1s]"


def test_the_result_of_flux_1_has_its_recorded_keys(mock: Mock) -> None:
    result = mock.ready("/v1/flux-dev", seed=42)["result"]
    assert list(result) == ["sample", "prompt", "seed", "start_time", "end_time", "duration"]
    assert result["duration"] == result["end_time"] - result["start_time"]
    assert result["prompt"] == "a red cube [mock: after=1s]"


def test_the_id_of_a_task_is_a_uuid4_and_no_other_account_is_needed_to_follow_it(mock: Mock) -> None:
    body = json_of(mock.submit(key="somebody"))
    assert body["id"][14] == "4"
    assert json_of(mock.client.get(body["polling_url"], headers={"x-key": "nobody"}))["id"] == body["id"]


def test_the_date_of_every_answer_is_the_accounts_clock(mock: Mock) -> None:
    mock.client.post("/_mock/clock", json={"advance_s": 86_400}, headers={"x-key": "traveller"})
    dates = [mock.submit(key=key).headers["Date"] for key in (KEY, "traveller")]
    assert dates == ["Thu, 01 Jan 2026 00:00:00 GMT", "Fri, 02 Jan 2026 00:00:00 GMT"]


def test_a_poll_is_dated_by_the_clock_of_the_task_it_asks_for(mock: Mock) -> None:
    mock.client.post("/_mock/clock", json={"advance_s": 86_400}, headers={"x-key": "traveller"})
    url = json_of(mock.submit(FLUX_2_PRO, key="traveller"))["polling_url"]
    assert mock.client.get(url).headers["Date"] == "Fri, 02 Jan 2026 00:00:00 GMT"
