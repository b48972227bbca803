"""A refusal has the envelope of its dialect, and says why beside it without changing the body."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mock_bfl.contract import GUIDE, LIVE, Dialect
from mock_bfl.contract.errors import ERRORS
from mock_bfl.core.body import Fault, Unreadable
from mock_bfl.core.keys import KeyRefused
from mock_bfl.core.refusals import refuse, refuse_faults, refuse_key, refuse_unreadable
from mock_bfl.core.reply import Reply


def body_of(reply: Reply) -> Any:
    return json.loads(reply.body)


def echoed(value: object) -> object:
    """Return the input of a fault as the refusal repeats it."""
    fault = Fault("string_type", ("body", "prompt"), "Input should be a valid string", value)
    return body_of(refuse_faults((fault,), dialect=LIVE))["detail"][0]["input"]


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("name", ERRORS)
def test_a_refusal_is_a_detail_in_live_and_an_error_with_message_in_the_guide(name: str) -> None:
    live = refuse(name, 400, dialect=LIVE, why="Because.")
    guide = refuse(name, 400, dialect=GUIDE, why="Because.")
    assert body_of(live) == {"detail": ERRORS[name].detail}
    assert body_of(guide) == {"error": ERRORS[name].code, "message": ERRORS[name].message}
    assert live.why == guide.why == "Because."


def test_the_guides_429_says_when_to_retry() -> None:
    assert body_of(refuse("too_many_tasks", 429, dialect=GUIDE, why="")) == {
        "error": "rate_limit_exceeded",
        "message": "Too many concurrent requests",
        "retry_after": 5,
    }


def test_the_429_of_live_says_nothing_more() -> None:
    assert refuse("too_many_tasks", 429, dialect=LIVE, why="").body == b'{"detail":"Too many active tasks"}'


def test_an_unknown_key_is_refused_in_the_recorded_55_bytes() -> None:
    reply = refuse_key(KeyRefused("invalid_key", "Unknown."), dialect=LIVE)
    assert reply.body == b'{"detail":"Not authenticated - Invalid Authentication"}'
    assert len(reply.body) == 55


@pytest.mark.parametrize(
    ("error", "live", "guide"),
    [("not_authenticated", 403, 401), ("malformed_key", 422, 401), ("invalid_key", 403, 401)],
)
def test_each_rung_of_the_ladder_has_its_status(error: str, live: int, guide: int) -> None:
    refused = KeyRefused(error, "Because.")
    assert refuse_key(refused, dialect=LIVE).status == live
    assert refuse_key(refused, dialect=GUIDE).status == guide
    assert refuse_key(refused, dialect=LIVE).why == "Because."


@pytest.mark.parametrize("dialect", [LIVE, GUIDE], ids=lambda dialect: dialect.name)
def test_a_body_that_cannot_be_decoded_is_a_400(dialect: Dialect) -> None:
    reply = refuse_unreadable(Unreadable("RecursionError: too deep"), dialect=dialect)
    assert (reply.status, reply.why) == (400, "The body: RecursionError: too deep.")


def test_headers_and_account_are_handed_on() -> None:
    headers = (("X-A", "b"),)
    assert refuse("not_found", 404, dialect=LIVE, why="", headers=headers, account="a").headers == headers
    assert refuse_faults((), dialect=LIVE, headers=headers, account="a").account == "a"


def test_the_sentence_beside_a_list_of_faults_names_each_field_and_rule() -> None:
    faults = (Fault("x", ("body", "width"), "Too small", 1), Fault("missing", ("query", "id"), "Field required", None))
    assert refuse_faults(faults, dialect=LIVE).why == "body.width: Too small; query.id: Field required"


def test_a_fault_without_context_has_no_ctx() -> None:
    fault = Fault("missing", ("query", "id"), "Field required", None)
    shown = {"type": "missing", "loc": ["query", "id"], "msg": "Field required", "input": None}
    assert body_of(refuse_faults((fault,), dialect=LIVE)) == {"detail": [shown]}


@pytest.mark.parametrize(
    ("value", "echo"),
    [
        ({"a": [1, None, True, 0.5, "x"]}, {"a": [1, None, True, 0.5, "x"]}),
        (b"text", "text"),
        ({"_sa_instance": 1, "b": {"_sa": 2}}, {"b": {}}),
        (nested(50), nested(50)),
    ],
)
def test_an_input_is_repeated_as_the_framework_does(value: object, echo: object) -> None:
    assert echoed(value) == echo


@pytest.mark.parametrize(
    "value",
    [float("nan"), [float("inf")], "\ud800", {"a": "\udfff"}, {"\ud800": 1}, b"\xff", nested(100_000)],
    ids=["NaN", "infinity", "lone surrogate", "inside", "in a key", "bytes", "too deep"],
)
def test_an_input_that_cannot_be_sent_back_is_null(value: object) -> None:
    assert echoed(value) is None


@pytest.mark.parametrize(
    ("fault", "details"),
    [
        (
            Fault("json_invalid", ("body", 7), "JSON decode error", {}, {"error": "Expecting value"}),
            {"body": "Is not JSON: Expecting value"},
        ),
        (Fault("missing", ("body",), "Field required", None), {"body": "Is required"}),
        (Fault("missing", ("query", "id"), "Field required", None), {"id": "Is required"}),
        (Fault("x", (), "Odd", None), {"body": "Odd"}),
        (Fault("enum", ("body", "f"), "m", 1, {"expected": "'a' or 'b'"}), {"f": "Must be 'a' or 'b'"}),
        (Fault("mock_directive", ("body", "prompt"), "Own words.", 1), {"prompt": "Own words."}),
    ],
)
def test_in_the_guide_a_fault_is_a_sentence_under_its_field(fault: Fault, details: dict[str, str]) -> None:
    assert body_of(refuse_faults((fault,), dialect=GUIDE)) == {
        "error": "validation_error",
        "message": "Invalid request parameters",
        "details": details,
    }
