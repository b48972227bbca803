"""A number is no text, and true is no number: what is written in the wrong kind is refused and not guessed at."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

import pytest

from mock_bfl.core.faults import FAULT_FIELDS
from mock_bfl.core.rule import read_rule
from mock_bfl.errors import ScriptError
from tests.web.mock import Mock, json_of, new_mock

OF_A_NUMBER: dict[str, dict[str, Any]] = {
    "status": {},
    "retry_after_ms": {"status": 429},
    "retry_after_date_s": {"status": 429},
    "garbage_bytes": {},
    "huge_bytes": {},
    "keep": {},
    "stall_s": {"wire": "stall"},
    "chunk_bytes": {"wire": "drip"},
    "pause_ms": {"wire": "drip"},
}


@pytest.fixture(scope="module")
def mock() -> Mock:
    return new_mock()


def refused(mock: Mock, path: str, body: object) -> str:
    answer = mock.client.post(f"/_mock/{path}", json=body, headers={"x-key": "strict"})
    assert answer.status_code == 400, answer.data
    sentence: str = json_of(answer)["error"]
    return sentence


@pytest.mark.parametrize("value", [True, "1", "429"])
@pytest.mark.parametrize("name", OF_A_NUMBER)
def test_a_number_of_a_fault_is_a_number(mock: Mock, name: str, value: object) -> None:
    fault = {**OF_A_NUMBER[name], name: value}
    assert f"fault.{name}: " in refused(mock, "faults", {"fault": fault})
    with pytest.raises(ScriptError, match=f"fault.{name}"):
        read_rule({"fault": fault})


def test_every_number_of_a_fault_is_tried() -> None:
    units = ("status", "keep", "_s", "_ms", "_bytes")
    assert {name for name in FAULT_FIELDS if name.endswith(units)} == set(OF_A_NUMBER)


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ({"times": True}, "times"),
        ({"times": "2"}, "times"),
        ({"times": 1.5}, "times"),
        ({"probability": True}, "probability"),
        ({"probability": "0.5"}, "probability"),
    ],
)
def test_a_number_of_an_instruction_is_a_number(mock: Mock, rule: dict[str, Any], name: str) -> None:
    assert f"{name}: " in refused(mock, "faults", {"preset": "close", **rule})
    assert f"{name}: " in refused(mock, "scenarios", {"instructions": [{"preset": "close", **rule}]})


@pytest.mark.parametrize("value", [1, "yes", "true"])
def test_yes_and_no_are_true_and_false(mock: Mock, value: object) -> None:
    assert "passes: " in refused(mock, "faults", {"passes": value})
    fault = {"status": 429, "retry_after_missing": value}
    assert "fault.retry_after_missing: " in refused(mock, "faults", {"fault": fault})


@pytest.mark.parametrize("value", [True, "5", 1.5])
@pytest.mark.parametrize("name", ["active_tasks", "kontext_max", "tick_per_poll_ms"])
def test_a_number_of_an_account_is_a_number(mock: Mock, name: str, value: object) -> None:
    assert f"{name}: " in refused(mock, "account", {name: value})


def test_a_balance_is_a_number_or_its_text_and_never_true(mock: Mock) -> None:
    assert "balance_credits: " in refused(mock, "account", {"balance_credits": True})
    for credits in (7, 7.5, "7.5"):
        answer = mock.client.post("/_mock/account", json={"balance_credits": credits}, headers={"x-key": "strict"})
        assert answer.status_code == 200


def test_a_status_with_a_name_is_its_number() -> None:
    fault = read_rule({"fault": {"status": HTTPStatus.TOO_MANY_REQUESTS}}).fault
    assert fault is not None
    assert json.dumps(fault.status) == "429"


def test_a_whole_number_may_be_written_with_a_point(mock: Mock) -> None:
    """To JSON Schema 2.0 is an integer. Found by schemathesis."""
    assert read_rule({"preset": "close", "times": 2.0}).times == 2
    answer = mock.client.post("/_mock/account", json={"active_tasks": 9857.0}, headers={"x-key": "strict"})
    assert json_of(answer)["account"]["allowance"]["active_tasks"] == 9857


def test_a_whole_number_stands_for_a_share() -> None:
    rule = read_rule({"fault": {"keep": 0, "wire": "truncate"}, "probability": 1})
    assert (rule.probability, rule.fault and rule.fault.keep) == (1.0, 0.0)
