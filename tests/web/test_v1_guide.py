"""The `guide` dialect over HTTP: the published guide to the letter."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.mock import FLUX_2_PRO, Mock, json_of
from tests.web.wire import KEY


@pytest.mark.parametrize("key", [None, "two words", "mock-malformed", "mock-revoked"])
def test_a_missing_or_bad_key_is_a_401(guide: Mock, key: str | None) -> None:
    """[GUIDE: error handling]"""
    headers = {} if key is None else {"x-key": key}
    refused = guide.client.post(FLUX_2_PRO, json={"prompt": "a"}, headers=headers)
    assert (refused.status_code, json_of(refused)) == (
        401,
        {"error": "invalid_api_key", "message": "The provided API key is invalid or expired"},
    )


def test_bad_parameters_are_a_400_with_a_sentence_for_each_field(guide: Mock) -> None:
    """[GUIDE: the two sentences are its example]"""
    refused = guide.submit(prompt="", width=1001)
    assert (refused.status_code, json_of(refused)) == (
        400,
        {
            "error": "validation_error",
            "message": "Invalid request parameters",
            "details": {"prompt": "Cannot be empty", "width": "Must be a multiple of 16"},
        },
    )


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"width": 2048, "height": 2048}, {"width", "height"}),
        ({"safety_tolerance": 6}, {"safety_tolerance"}),
        ({"output_format": "webp"}, {"output_format"}),
        ({"input_image_9": "https://example.com/a.jpg"}, {"input_image_9"}),
        ({"width": "wide", "seed": []}, {"width", "seed"}),
    ],
)
def test_what_live_lets_through_the_guide_may_refuse(guide: Mock, fields: dict[str, Any], named: set[str]) -> None:
    refused = guide.submit(**fields)
    assert (refused.status_code, set(json_of(refused)["details"])) == (400, named)


@pytest.mark.parametrize("path", ["/v1/flux-kontext", "/v1/flux-kontext-max"])
def test_an_edit_needs_an_input_image(guide: Mock, path: str) -> None:
    assert json_of(guide.submit(path))["details"] == {"input_image": "Is required"}
    assert guide.submit(path, input_image="https://example.com/a.jpg").status_code == 200


@pytest.mark.parametrize(("body", "status"), [(b"{", 400), (b"\xff", 400), (b"", 400)])
def test_a_body_that_cannot_be_read_keeps_the_envelope(guide: Mock, body: bytes, status: int) -> None:
    headers = {"x-key": KEY, "Content-Type": "application/json"}
    refused = guide.client.post(FLUX_2_PRO, data=body, headers=headers)
    assert (refused.status_code, json_of(refused)["error"]) == (status, "validation_error")


@pytest.mark.parametrize(("method", "path", "status"), [("GET", FLUX_2_PRO, 405), ("GET", "/v1/nothing", 404)])
def test_what_no_route_answers_keeps_the_envelope(guide: Mock, method: str, path: str, status: int) -> None:
    refused = guide.client.open(path, method=method)
    assert refused.status_code == status
    assert set(json_of(refused)) == {"error", "message"}


def test_an_id_has_the_guides_form(guide: Mock) -> None:
    assert json_of(guide.submit())["id"].startswith("gen_")


def test_a_poll_leaves_empty_keys_out(guide: Mock) -> None:
    assert list(guide.poll(guide.script("after=1s"))) == ["id", "status"]


def test_a_result_has_sample_prompt_and_seed(guide: Mock) -> None:
    assert list(guide.ready()["result"]) == ["sample", "prompt", "seed"]


@pytest.mark.parametrize(
    ("directive", "status", "error"),
    [
        ('status="Content Moderated"', "Error", "content_policy_violation"),
        ('status="Request Moderated"', "Error", "content_policy_violation"),
        ("error=generation_timeout", "Error", "generation_timeout"),
    ],
)
def test_a_failure_is_one_of_three_statuses_with_a_code_and_a_message(
    *, guide: Mock, directive: str, status: str, error: str
) -> None:
    body = guide.poll(guide.script(f"{directive} after=0s"))
    assert (body["status"], body["error"]) == (status, error)
    assert body["message"]


def test_generating_is_pending_to_the_guide(guide: Mock) -> None:
    assert guide.poll(guide.script("while=Generating after=1s"))["status"] == "Pending"


def test_every_answer_shows_the_slots_that_are_left(guide: Mock) -> None:
    """[GUIDE: 24, 23 and an integer epoch]"""
    headers = guide.submit().headers
    assert (headers["X-RateLimit-Limit"], headers["X-RateLimit-Remaining"]) == ("24", "23")
    assert headers["X-RateLimit-Reset"].isdigit()
    assert guide.client.get("/v1/credits", headers={"x-key": KEY}).headers["X-RateLimit-Remaining"] == "23"


def test_a_poll_shows_the_slots_and_no_retry_after(guide: Mock) -> None:
    reply = guide.client.get(json_of(guide.submit())["polling_url"])
    assert reply.headers["X-RateLimit-Remaining"] == "23"
    assert "Retry-After" not in reply.headers


def test_an_unknown_task_keeps_the_envelope(guide: Mock) -> None:
    reply = guide.client.get("/v1/get_result?id=gen_nothing")
    assert (reply.status_code, json_of(reply)) == (404, {"error": "not_found", "message": "Task not found"})
