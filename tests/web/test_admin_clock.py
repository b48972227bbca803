"""The levers of time: freeze, advance, rate; for one account or for all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.agreement import Both
from tests.web.mock import START_MS, Mock, json_of
from tests.web.strategies import json_values, texts_with_surrogates

ONE = {"x-key": "one"}


def clock(mock: Mock, *, headers: dict[str, str] | None = None) -> Any:
    return json_of(mock.client.get("/_mock/clock", headers=headers))


def change(mock: Mock, *, headers: dict[str, str] | None = None, **change: Any) -> Any:
    reply = mock.client.post("/_mock/clock", json=change, headers=headers)
    assert reply.status_code == 200, reply.data
    return json_of(reply)


def test_a_clock_says_its_instant_twice_and_how_it_runs(mock: Mock) -> None:
    assert clock(mock) == {"now": "2026-01-01T00:00:00.000Z", "now_ms": START_MS, "rate": 1.0, "frozen": False}


def test_a_change_answers_with_the_clock_it_leaves(mock: Mock) -> None:
    assert change(mock, advance_s=600.5) == clock(mock)
    assert clock(mock)["now_ms"] == START_MS + 600_500


def test_a_frozen_clock_stands_still_and_can_be_moved_by_hand(mock: Mock) -> None:
    assert change(mock, freeze=True)["frozen"]
    mock.clock.advance(seconds=10)
    assert clock(mock)["now_ms"] == START_MS
    assert change(mock, advance_s=1)["now_ms"] == START_MS + 1000


def test_a_thawed_clock_goes_on_from_where_it_stood(mock: Mock) -> None:
    change(mock, freeze=True)
    mock.clock.advance(seconds=10)
    assert change(mock, freeze=False) == clock(mock)
    mock.clock.advance(seconds=1)
    assert clock(mock)["now_ms"] == START_MS + 1000


def test_a_clock_runs_at_the_rate_it_was_given(mock: Mock) -> None:
    assert change(mock, rate=60)["rate"] == 60.0
    mock.clock.advance(seconds=2)
    assert clock(mock)["now_ms"] == START_MS + 120_000


def test_the_changes_of_one_request_come_in_the_order_freeze_advance_rate(mock: Mock) -> None:
    reply = change(mock, rate=2, advance_s=5, freeze=True)
    assert (reply["now_ms"], reply["rate"], reply["frozen"]) == (START_MS + 5000, 2.0, False)


def test_an_account_has_its_own_clock_when_its_key_comes_with_the_change(mock: Mock) -> None:
    change(mock, headers=ONE, advance_s=60)
    assert clock(mock, headers=ONE)["now_ms"] == START_MS + 60_000
    assert clock(mock)["now_ms"] == START_MS
    assert clock(mock, headers={"x-key": "two"})["now_ms"] == START_MS


def test_a_change_for_all_moves_accounts_with_their_own_clock_too(mock: Mock) -> None:
    change(mock, headers=ONE, advance_s=60)
    change(mock, advance_s=1)
    assert clock(mock, headers=ONE)["now_ms"] == START_MS + 61_000
    assert clock(mock)["now_ms"] == START_MS + 1000


def test_a_task_settles_when_its_accounts_clock_is_moved(mock: Mock) -> None:
    mine, others = mock.script("after=10s", key="one"), mock.script("after=10s", key="two")
    change(mock, headers=ONE, advance_s=10)
    assert (mock.poll(mine)["status"], mock.poll(others)["status"]) == ("Ready", "Pending")


def test_a_sample_expires_when_the_clock_is_moved_ten_minutes(mock: Mock) -> None:
    sample = mock.ready()["result"]["sample"]
    change(mock, advance_s=599.999)
    assert mock.client.get(sample).status_code == 200
    change(mock, advance_s=0.001)
    assert mock.client.get(sample).status_code == 403


def test_no_number_of_years_breaks_the_clock(mock: Mock) -> None:
    """It stops at the last year that a Date header can name."""
    for _ in range(8_000):
        mock.engine.control.advance(None, ms=366 * 86_400_000)
    assert clock(mock)["now"].startswith("9999-")
    assert mock.submit().status_code == 200


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "body: Invalid JSON"),
        (b"{", "body: Invalid JSON"),
        (b"\xff", "body: Invalid JSON"),
        (b"[]", "body: Input should be an object"),
        (b"null", "body: Input should be an object"),
        (b'{"advance": 5}', "advance: Extra inputs are not permitted. Known: freeze, advance_s, rate."),
        (b'{"advance_s": -1}', "advance_s: Input should be greater than or equal to 0"),
        (b'{"advance_s": "5"}', "advance_s: Input should be a valid number"),
        (b'{"advance_s": 1e99}', "advance_s: Input should be less than or equal to 31622400"),
        (b'{"advance_s": NaN}', "advance_s: Input should be a finite number"),
        (b'{"rate": -0.5}', "rate: Input should be greater than or equal to 0"),
        (b'{"freeze": 1, "rate": true}', "freeze: Input should be a valid boolean; rate: Input should be a valid"),
    ],
)
def test_a_change_that_cannot_be_made_is_a_400_with_a_sentence(mock: Mock, body: bytes, sentence: str) -> None:
    reply = mock.client.post("/_mock/clock", data=body)
    assert reply.status_code == 400
    assert json_of(reply)["error"].startswith(sentence)
    assert reply.headers["X-Mock-BFL-Why"].startswith(sentence)
    assert clock(mock)["now_ms"] == START_MS


changes = st.dictionaries(
    st.sampled_from(["freeze", "advance_s", "rate"]) | texts_with_surrogates, st.booleans() | json_values, max_size=4
)


@given(
    body=st.one_of(st.binary(max_size=40), changes.map(json.dumps).map(str.encode)), key=st.none() | st.text(max_size=9)
)
def test_no_body_and_no_key_breaks_the_clock(both: Both, body: bytes, key: str | None) -> None:
    headers = {} if key is None else {"x-key": repr(key)}
    reply = both.mock.client.post("/_mock/clock", data=body, headers=headers)
    assert (reply.status_code, "error" in json_of(reply)) in {(200, False), (400, True)}
