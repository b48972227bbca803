"""Bodies of both dialects are understood, and no body breaks the reading."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bfl_client._explain import described
from bfl_client._replies import Reply, as_number, error_text, moderation_reasons, read_snapshot, read_ticket, salvage


def text_of(document: object) -> str:
    return error_text(Reply(422, {}, json.dumps(document).encode()))


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"detail": "Not authenticated"}, "Not authenticated"),
        ({"detail": {"reason": "x"}}, "{'reason': 'x'}"),
        (
            {
                "detail": [
                    {"type": "missing", "loc": ["body", "prompt"], "msg": "Field required", "input": {}},
                    {"type": "less_than_equal", "loc": ["body", "seed"], "msg": "too much", "ctx": {"le": 3}},
                ]
            },
            "prompt: Field required; seed: too much",
        ),
        ({"detail": [{"msg": "Invalid JSON", "loc": ["body"]}, "odd", {"x": 1}]}, "Invalid JSON; odd; {'x': 1}"),
        (
            {"error": "validation_error", "message": "Invalid request parameters", "details": {"width": "Must be 16"}},
            "validation_error: Invalid request parameters (width: Must be 16)",
        ),
        ({"message": "no"}, "no"),
        ({"status": "Error", "details": "blocked by policy"}, "blocked by policy"),
        ({"details": {"Moderation Reasons": ["Violence", "Self Harm"]}}, "Moderation Reasons: Violence, Self Harm"),
        ([1], "[1]"),
    ],
)
def test_error_bodies_of_both_dialects_become_one_sentence(document: object, text: str) -> None:
    assert text_of(document) == text


def test_a_body_that_is_not_json_is_shown_shortened() -> None:
    text = error_text(Reply(502, {}, b"<html>\n<b>Bad   Gateway</b>" + b"x" * 500))
    assert text.startswith("<html> <b>Bad Gateway</b>xxx")
    assert len(text) == 300


def test_an_empty_body_is_called_so() -> None:
    assert described(Reply(500)) == "HTTP 500: an empty body"


@pytest.mark.parametrize(
    ("details", "reasons"),
    [
        ({"Moderation Reasons": ["Derivative Works Filter"]}, ("Derivative Works Filter",)),
        ({"Moderation Reasons": "Violence"}, ("Violence",)),
        ("blocked by policy", ("blocked by policy",)),
        ({"Moderation Reasons": None}, ()),
        ({}, ()),
        (None, ()),
        ("", ()),
    ],
)
def test_moderation_reasons_come_as_a_list_or_a_string(details: object, reasons: tuple[str, ...]) -> None:
    assert moderation_reasons({"details": details}) == reasons


@pytest.mark.parametrize(
    ("value", "number"), [(1, 1.0), (7.000000000000001, 7.000000000000001), (True, None), ("1", None), (10**400, None)]
)
def test_only_finite_json_numbers_are_numbers(value: object, number: float | None) -> None:
    assert as_number(value) == number


def test_deep_nesting_is_no_json_and_no_crash() -> None:
    assert Reply(200, {}, b"[" * 200_000).json is None


def test_salvage_takes_only_what_is_whole() -> None:
    assert salvage(Reply(200, {}, b'{"id": "t1", "polling_url":"https://ap')) == {"id": "t1"}


@given(body=st.binary(max_size=200), status=st.integers(100, 599))
def test_no_body_breaks_the_reading(body: bytes, status: int) -> None:
    reply = Reply(status, {}, body)
    readings = (read_ticket(reply, fallback_url="x"), read_snapshot(reply), salvage(reply))
    assert error_text(reply)
    assert len(readings) == 3
