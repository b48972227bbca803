"""The bodies of submits and polls are the recorded ones, key for key, and the guide's in the guide."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from mock_bfl.contract import GUIDE, LIVE, Dialect
from mock_bfl.core.bodies import not_found_body, poll_body, submit_body
from mock_bfl.core.body import encode
from mock_bfl.core.pricing import Quote
from mock_bfl.core.reply import Reply, json_reply
from mock_bfl.core.rules import RULES, Rules
from mock_bfl.core.task import Observation, Task
from tests.core.examples import TASK

POLLING_URL = "https://api.eu2.bfl.ai/v1/get_result?id=4c057b10-7efa-4c69-9ec8-cbbdfd56d918"
SAMPLE_URL = "https://delivery/results/x"
WEBHOOK = replace(TASK, webhook_url="http://localhost/hook", webhook_secret="s")
FLUX_1 = replace(TASK, slug="flux-dev", result_prompt="a red cube")


def submitted(task: Task, *, dialect: Dialect = LIVE) -> str:
    return encode(submit_body(task, polling_url=POLLING_URL, dialect=dialect)).decode()


def polled(task: Task, status: str, *, progress: float | None = None, dialect: Dialect = LIVE) -> dict[str, object]:
    is_settled = status not in {"Pending", "Generating", "Reasoning", "Queued"}
    seen = Observation(status, progress, is_settled=is_settled)
    sample_url = SAMPLE_URL if status == "Ready" else None
    return poll_body(replace(task, final_status=status), seen, sample_url=sample_url, dialect=dialect)


def test_a_submit_is_answered_byte_for_byte_as_recorded() -> None:
    assert submitted(TASK) == (
        f'{{"id":"{TASK.id}","polling_url":"{POLLING_URL}","cost":3.0,"input_mp":0.0,"output_mp":0.06}}'
    )


def test_flux_dev_has_three_nulls() -> None:
    task = replace(TASK, quote=Quote(TASK.quote.credits, None, None, None))
    assert submitted(task).endswith('"cost":null,"input_mp":null,"output_mp":null}')


def test_with_a_webhook_live_sends_no_polling_url() -> None:
    body = submit_body(WEBHOOK, polling_url=POLLING_URL, dialect=LIVE)
    assert list(body) == ["id", "status", "webhook_url", "cost", "input_mp", "output_mp"]
    assert body["webhook_url"] == "http://localhost/hook"


def test_with_a_webhook_the_guide_sends_a_polling_url() -> None:
    assert submitted(WEBHOOK, dialect=GUIDE) == submitted(TASK)


def test_a_pending_poll_is_byte_for_byte_as_recorded() -> None:
    body = encode(polled(TASK, "Pending")).decode()
    assert body == (
        f'{{"id":"{TASK.id}","status":"Pending","result":null,"progress":null,"details":null,"preview":null}}'
    )
    assert len(body) == 124


def test_a_moderated_poll_has_the_recorded_shape() -> None:
    assert encode(polled(TASK, "Request Moderated")).decode() == (
        f'{{"id":"{TASK.id}","status":"Request Moderated","result":null,"progress":null,'
        '"details":{"Moderation Reasons":["Derivative Works Filter"]},"preview":null}'
    )


def test_moderation_without_reasons_has_no_details() -> None:
    assert polled(replace(TASK, reasons=()), "Content Moderated")["details"] is None


def test_a_ready_flux_2_has_four_keys_in_the_recorded_order() -> None:
    result = polled(TASK, "Ready")["result"]
    start_s = TASK.starts_at_ms / 1000
    expected = {"start_time": start_s, "prompt": "A glossy red cube", "seed": 42, "sample": SAMPLE_URL}
    assert json.dumps(result) == json.dumps(expected)


def test_a_ready_flux_1_has_six_keys_in_the_recorded_order() -> None:
    result = polled(FLUX_1, "Ready")["result"]
    assert isinstance(result, dict)
    assert list(result) == ["sample", "prompt", "seed", "start_time", "end_time", "duration"]
    assert result["prompt"] == "a red cube"
    assert result["end_time"] == (TASK.settles_at_ms or 0) / 1000
    assert result["duration"] == result["end_time"] - result["start_time"]


def test_the_duration_of_a_task_without_an_end_is_nothing() -> None:
    result = polled(replace(FLUX_1, settles_at_ms=None), "Ready")["result"]
    assert isinstance(result, dict)
    assert result["duration"] == 0


@pytest.mark.parametrize("task", [TASK, FLUX_1], ids=["FLUX.2", "FLUX.1"])
def test_the_guides_result_has_three_keys(task: Task) -> None:
    expected = {"sample": SAMPLE_URL, "prompt": task.result_prompt, "seed": 42}
    body = polled(task, "Ready", dialect=GUIDE)
    assert body == {"id": TASK.id, "status": "Ready", "result": expected}


def test_the_guide_leaves_empty_keys_out() -> None:
    assert polled(TASK, "Pending", dialect=GUIDE) == {"id": TASK.id, "status": "Pending"}


@pytest.mark.parametrize("word", ["Pending", "Reasoning", "Generating", "Queued"])
def test_in_the_guide_every_word_in_progress_is_pending(word: str) -> None:
    assert polled(TASK, word, dialect=GUIDE)["status"] == "Pending"
    assert polled(TASK, word)["status"] == word


@pytest.mark.parametrize("word", ["Request Moderated", "Content Moderated"])
def test_in_the_guide_moderation_is_an_error_with_its_code(word: str) -> None:
    assert polled(TASK, word, dialect=GUIDE) == {
        "id": TASK.id,
        "status": "Error",
        "error": "content_policy_violation",
        "message": "Request violates content policy",
    }


@pytest.mark.parametrize("code", [None, "internal_error", "generation_timeout", "invalid_image"])
def test_a_failed_task_says_why_where_its_dialect_looks(code: str | None) -> None:
    failed = replace(TASK, error_code=code)
    details = polled(failed, "Error")["details"]
    in_the_guide = polled(failed, "Error", dialect=GUIDE)
    assert isinstance(details, dict)
    assert details["error"] == in_the_guide["error"] == (code or "internal_error")
    assert details["message"] == in_the_guide["message"]
    assert list(polled(failed, "Error")) == ["id", "status", "result", "progress", "details", "preview"]


def test_progress_is_shown_as_it_was_seen() -> None:
    assert polled(FLUX_1, "Pending", progress=0.5)["progress"] == 0.5


def test_an_unknown_task_has_the_six_keys_of_a_poll() -> None:
    assert encode(not_found_body("x")).decode() == (
        '{"id":"x","status":"Task not found","result":null,"progress":null,"details":null,"preview":null}'
    )


def test_a_reply_is_compact_json() -> None:
    reply = json_reply(200, {"a": [1, 2]}, headers=(("X-A", "b"),), why="w", task_id="t", notes=("n",))
    assert reply == Reply(200, b'{"a":[1,2]}', (("X-A", "b"),), why="w", task_id="t", notes=("n",))
    assert reply.content_type == "application/json"


def test_the_true_rules_are_those_of_the_core() -> None:
    assert Rules() == RULES
    assert (RULES.submit_body, RULES.poll_body) == (submit_body, poll_body)
