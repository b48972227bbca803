"""The events of every form, before and after February 2026 and as the guide has them, are one kind of value."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bfl_client.webhooks import WebhookEvent, WebhookRejected, parse_event
from tests.client.webhook_double import (
    FAILED_2025,
    FAILED_2026,
    FAILED_GUIDE,
    MODERATED_2026,
    PROGRESS,
    READY_2025,
    READY_2026,
    READY_GUIDE,
    REASONS,
    bytes_of,
)
from tests.client.wire_double import SAMPLE, TASK_ID


def parsed(**document: object) -> WebhookEvent:
    return parse_event(bytes_of({"id": TASK_ID, "status": "Ready", **document}))


@pytest.mark.parametrize("document", [READY_2025, READY_2026, READY_GUIDE], ids=["2025", "2026", "guide"])
def test_a_picture_is_the_same_event_in_every_form(document: dict[str, object]) -> None:
    event = parse_event(bytes_of(document))
    assert (event.task_id, event.status, event.sample, event.is_final) == (TASK_ID, "Ready", SAMPLE, True)
    assert event.result["seed"] == 42
    assert (event.error, event.reasons, event.is_moderated) == (None, (), False)


@pytest.mark.parametrize(
    ("document", "error"),
    [
        (FAILED_2025, "no luck"),
        (FAILED_2026, "generation_timeout"),
        (FAILED_GUIDE, "content_policy_violation: Request violates content policy"),
        ({"id": TASK_ID, "status": "Error"}, None),
        ({"id": TASK_ID, "status": "Error", "error": {"code": 7}}, "{'code': 7}"),
    ],
    ids=["2025", "2026", "guide", "without a word", "an object"],
)
def test_a_failure_is_final_in_every_form_and_says_why(document: dict[str, object], error: str | None) -> None:
    event = parse_event(bytes_of(document))
    assert (event.task_id, event.status, event.is_final) == (TASK_ID, "Error", True)
    assert (event.sample, event.error) == (None, error)


@pytest.mark.parametrize(
    ("word", "status", "is_final"),
    [
        ("Ready", "Ready", True),
        ("SUCCESS", "Ready", True),
        ("Error", "Error", True),
        ("FAILED", "Error", True),
        ("Failed", "Error", True),
        ("Request Moderated", "Request Moderated", True),
        ("Content Moderated", "Content Moderated", True),
        ("Task not found", "Task not found", True),
        ("PENDING", "Pending", False),
        ("Pending", "Pending", False),
        ("processing", "Pending", False),
        ("Reasoning", "Reasoning", False),
        ("Generating", "Generating", False),
        ("Painting", "Painting", False),
        ("", "", False),
    ],
)
def test_each_status_word_becomes_the_word_of_a_poll(word: str, status: str, *, is_final: bool) -> None:
    event = parsed(status=word)
    assert (event.status, event.is_final) == (status, is_final)
    assert event.fields["status"] == word


@pytest.mark.parametrize("status", [None, 7, ["Ready"]])
def test_a_status_that_is_no_word_is_an_unknown_one(status: object) -> None:
    event = parsed(status=status)
    assert (event.status, event.is_final) == ("", False)


def test_an_unknown_word_with_a_picture_is_the_end() -> None:
    """In February 2026 the word for it changed once before."""
    event = parsed(status="Completed", result={"sample": SAMPLE})
    assert (event.status, event.is_final, event.sample) == ("Completed", True, SAMPLE)


def test_a_picture_that_comes_with_progress_is_not_the_end() -> None:
    assert not parsed(status="processing", result={"sample": SAMPLE}).is_final


def test_progress_names_its_task_by_the_other_key() -> None:
    event = parse_event(bytes_of(PROGRESS))
    assert (event.task_id, event.progress, event.is_final) == (TASK_ID, 25.0, False)


def test_of_two_ids_the_newer_key_counts() -> None:
    assert parsed(task_id="old").task_id == TASK_ID


@pytest.mark.parametrize("empty", ["", None, 7])
def test_an_id_that_is_none_gives_way_to_the_other_key(empty: object) -> None:
    assert parsed(id=empty, task_id="t1").task_id == "t1"


@pytest.mark.parametrize(
    ("details", "reasons"),
    [
        (REASONS, ("Derivative Works Filter",)),
        ("blocked by policy", ("blocked by policy",)),
        ({}, ()),
        (None, ()),
        ([1], ()),
    ],
)
def test_reasons_come_from_details_that_are_an_object_or_a_text(details: object, reasons: tuple[str, ...]) -> None:
    assert parsed(status="Request Moderated", details=details).reasons == reasons


@pytest.mark.parametrize(
    ("document", "is_moderated"),
    [
        ({"status": "Request Moderated"}, True),
        ({"status": "Content Moderated"}, True),
        ({"status": "Error", "error": "content_policy_violation"}, True),
        ({"status": "Error", "error": "generation_timeout"}, False),
        ({"status": "Ready"}, False),
    ],
)
def test_moderation_is_told_from_other_failures(document: dict[str, object], *, is_moderated: bool) -> None:
    assert parsed(**document).is_moderated is is_moderated


def test_a_moderated_event_of_2026_has_its_reasons() -> None:
    event = parse_event(bytes_of(MODERATED_2026))
    assert (event.is_moderated, event.reasons) == (True, ("Derivative Works Filter",))


def test_the_settled_cost_is_shown_where_the_event_has_it() -> None:
    assert parse_event(bytes_of(READY_2025)).cost == 3.0
    assert parse_event(bytes_of(READY_2026)).cost is None


@pytest.mark.parametrize(
    ("result", "sample"),
    [(None, None), ("x", None), ({}, None), ({"sample": None}, None), ({"sample": ""}, None), ({"sample": 7}, None)],
)
def test_a_result_without_a_picture_has_no_sample(result: object, sample: str | None) -> None:
    assert parsed(result=result).sample is sample


@pytest.mark.parametrize(
    ("timestamp", "instant"),
    [
        ("2025-01-15T10:30:00Z", datetime(2025, 1, 15, 10, 30, tzinfo=UTC)),
        ("2025-01-15T10:30:00.250Z", datetime(2025, 1, 15, 10, 30, 0, 250_000, tzinfo=UTC)),
        ("2025-01-15T12:30:00+02:00", datetime(2025, 1, 15, 10, 30, tzinfo=UTC)),
        ("2025-01-15T10:30:00", datetime(2025, 1, 15, 10, 30, tzinfo=UTC)),
        ("yesterday", None),
        ("\ud800", None),
        (1736937000, None),
        (None, None),
    ],
)
def test_the_instant_of_an_event_is_read_where_it_can_be(timestamp: object, instant: datetime | None) -> None:
    event = parsed(timestamp=timestamp)
    assert event.timestamp == instant
    assert event.timestamp is None or event.timestamp.tzinfo is not None


def test_the_event_keeps_every_field_as_it_came() -> None:
    document = {**READY_2025, "added_later": {"by": "the API"}}
    assert parse_event(bytes_of(document)).fields == document


def test_the_bytes_may_be_spelt_in_any_way() -> None:
    assert parse_event(json.dumps(READY_2026, indent=2).encode()) == parse_event(bytes_of(READY_2026))


def test_neither_the_signed_url_nor_the_prompt_is_in_the_repr() -> None:
    shown = repr(parse_event(bytes_of(READY_2025)))
    assert TASK_ID in shown
    assert "s3cr3t" not in shown
    assert "a red cube" not in shown


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "empty"),
        (b"{", "no JSON"),
        (b"\xff\xfe\x00", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b'{"id":' + b"9" * 5000 + b"}", "no JSON"),
        (b"[]", "a list"),
        (b"null", "null"),
        (b'"text"', "a text"),
        (b"7", "a number"),
        (b"true", "a truth value"),
        (b"{}", "neither id nor task_id"),
        (b'{"id":7}', "neither id nor task_id"),
        (b'{"id":"","task_id":null}', "neither id nor task_id"),
        (b'{"result":{"task_id":"x"}}', "neither id nor task_id"),
    ],
)
def test_what_is_no_event_is_refused_with_the_reason_and_a_400(body: bytes, told: str) -> None:
    with pytest.raises(WebhookRejected) as caught:
        parse_event(body)
    assert told in str(caught.value)
    assert caught.value.status_code == 400


def test_a_refusal_shows_nothing_of_the_body() -> None:
    with pytest.raises(WebhookRejected) as caught:
        parse_event(b'{"prompt":"a private prompt"}')
    assert "private" not in f"{caught.value} {caught.value.to_dict()}"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=8,
)
KEYS = ["id", "task_id", "status", "progress", "result", "error", "message", "details", "cost", "timestamp"]
EVENTS = st.dictionaries(st.sampled_from(KEYS), JSON)


def outcome(body: bytes) -> str | int | None:
    """Return the task an event tells of, or the status to refuse it with."""
    try:
        return parse_event(body).task_id
    except WebhookRejected as refusal:
        return refusal.status_code


@given(st.binary(max_size=300) | JSON.map(bytes_of))
def test_no_body_raises_anything_but_a_refusal(body: bytes) -> None:
    told = outcome(body)
    assert told == 400 or (isinstance(told, str) and told)


@given(EVENTS)
def test_whatever_the_fields_hold_an_event_with_an_id_is_an_event(document: dict[str, object]) -> None:
    event = parse_event(bytes_of({**document, "id": TASK_ID}))
    assert event.task_id == TASK_ID
    assert isinstance(event.status, str)
    assert isinstance(event.is_final, bool)
    assert isinstance(event.is_moderated, bool)
    assert event.error is None or event.error
    assert repr(event)
