"""What an event says, byte for byte, in each form; how it is signed."""

from __future__ import annotations

import hmac
import json
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_bfl.contract import GUIDE, LIVE, Dialect
from mock_bfl.core.outgoing import Outgoing, Stationery
from mock_bfl.core.rules import RULES
from mock_bfl.core.task import Task
from mock_bfl.core.webhook import Delivery, event_body, plan_deliveries, signature, signing_secret_of
from mock_bfl.core.webhook_script import WebhookScript
from tests.core.examples import NOW_MS, TASK

HOOKED = replace(TASK, webhook_url="http://127.0.0.1:9/hook", webhook_secret="s3cret", origin="http://mock.test")
OLD = replace(LIVE, webhook_form="2025")
SAMPLE = "http://mock.test/results/x.jpeg?sig=1"
MODERATED = replace(HOOKED, final_status="Content Moderated")
FAILED = replace(HOOKED, final_status="Error", error_code="generation_timeout")
FLUX_DEV = replace(HOOKED, slug="flux-dev")


def final_of(task: Task) -> Delivery:
    return plan_deliveries(task, dialect=GUIDE)[-1]


def body(task: Task, *, dialect: Dialect) -> str:
    sample_url = SAMPLE if task.final_status == "Ready" else None
    return event_body(task, final_of(task), dialect=dialect, sample_url=sample_url).decode()


def progress(task: Task, *, dialect: Dialect) -> str:
    planned = plan_deliveries(replace(task, webhook=WebhookScript(has_progress=True)), dialect=dialect)
    return event_body(task, planned[0], dialect=dialect, sample_url=None).decode()


def test_since_2026_a_terminal_event_has_id_and_ready() -> None:
    assert body(HOOKED, dialect=LIVE) == (
        '{"id":"4c057b10-7efa-4c69-9ec8-cbbdfd56d918","status":"Ready","result":{"start_time":1766006913.145,'
        f'"prompt":"A glossy red cube","seed":42,"sample":"{SAMPLE}"}}}}'
    )


def test_its_result_is_that_of_a_poll() -> None:
    assert list(json.loads(body(FLUX_DEV, dialect=LIVE))["result"])[-2:] == ["end_time", "duration"]


def test_since_2026_a_failure_has_id_error_and_the_details_of_a_poll() -> None:
    assert body(MODERATED, dialect=LIVE) == (
        '{"id":"4c057b10-7efa-4c69-9ec8-cbbdfd56d918","status":"Error","error":"content_policy_violation",'
        '"details":{"Moderation Reasons":["Derivative Works Filter"]}}'
    )
    assert json.loads(body(FAILED, dialect=LIVE))["error"] == "generation_timeout"
    assert "details" not in json.loads(body(replace(MODERATED, reasons=()), dialect=LIVE))
    assert json.loads(body(replace(FAILED, error_code=None), dialect=LIVE))["error"] == "internal_error"


def test_progress_keeps_the_key_task_id_in_2026() -> None:
    assert progress(HOOKED, dialect=LIVE) == progress(HOOKED, dialect=OLD)
    assert progress(HOOKED, dialect=LIVE) == (
        '{"task_id":"4c057b10-7efa-4c69-9ec8-cbbdfd56d918","status":"processing","progress":25}'
    )


def test_before_2026_a_terminal_event_has_task_id_and_success() -> None:
    assert body(HOOKED, dialect=OLD) == (
        '{"task_id":"4c057b10-7efa-4c69-9ec8-cbbdfd56d918","status":"SUCCESS","progress":100,'
        f'"result":{{"sample":"{SAMPLE}","prompt":"A glossy red cube","seed":42,"start_time":1766006913.145,'
        '"end_time":1766006920.345,"duration":7.200000047683716,"pre_filtered":false,'
        '"task_id":"4c057b10-7efa-4c69-9ec8-cbbdfd56d918","width":256,"height":256,'
        '"generation_time":7.200000047683716,"config":{},"scorer_scores":{}},"error":null,'
        '"cost":3.0,"input_mp":0.0,"output_mp":0.06}'
    )


def test_before_2026_a_failure_has_task_id_and_failed() -> None:
    assert body(MODERATED, dialect=OLD) == (
        '{"task_id":"4c057b10-7efa-4c69-9ec8-cbbdfd56d918","status":"FAILED","progress":100,"result":null,'
        '"error":"Request violates content policy","cost":3.0,"input_mp":0.0,"output_mp":0.06}'
    )


def test_the_guides_success_is_its_own() -> None:
    assert body(HOOKED, dialect=GUIDE) == (
        f'{{"id":"4c057b10-7efa-4c69-9ec8-cbbdfd56d918","status":"Ready","result":{{"sample":"{SAMPLE}",'
        '"prompt":"A glossy red cube","seed":42},"timestamp":"2025-12-17T21:28:40Z"}'
    )


def test_the_guides_failure_is_its_own() -> None:
    assert body(MODERATED, dialect=GUIDE) == (
        '{"id":"4c057b10-7efa-4c69-9ec8-cbbdfd56d918","status":"Error","error":"content_policy_violation",'
        '"message":"Request violates content policy","timestamp":"2025-12-17T21:28:40Z"}'
    )


def test_the_guides_progress_where_it_is_switched_on_has_a_timestamp() -> None:
    assert progress(HOOKED, dialect=GUIDE) == (
        '{"id":"4c057b10-7efa-4c69-9ec8-cbbdfd56d918","status":"processing","progress":25,'
        '"timestamp":"2025-12-17T21:28:34Z"}'
    )


@given(st.floats(0, 999))
def test_progress_is_a_whole_number_up_to_100(share: float) -> None:
    delivery = replace(final_of(HOOKED), progress=share)
    told = json.loads(event_body(HOOKED, delivery, dialect=LIVE, sample_url=None))["progress"]
    assert isinstance(told, int)
    assert told == min(100, round(share * 100))


@given(st.binary(max_size=200), st.text(min_size=1))
def test_a_signature_is_the_hmac_of_exactly_these_bytes(data: bytes, secret: str) -> None:
    digest = hmac.new(secret.encode("utf-8", "surrogatepass"), data, sha256).hexdigest()
    assert signature(data, secret) == f"sha256={digest}"


@pytest.mark.parametrize("secret", [None, ""])
def test_without_a_secret_nothing_is_signed(secret: str | None) -> None:
    assert signing_secret_of(replace(HOOKED, webhook_secret=secret)) is None


def write(task: Task, delivery: Delivery | None = None) -> Outgoing:
    return Stationery(dialect=LIVE, rules=RULES, secret=b"of samples").write(task, delivery or final_of(task))


def test_an_event_goes_out_as_json_signed_over_its_raw_body() -> None:
    outgoing = write(HOOKED)
    headers = dict(outgoing.headers)
    assert outgoing.url == "http://127.0.0.1:9/hook"
    assert headers["Content-Type"] == "application/json"
    assert headers["X-BFL-Signature"] == signature(outgoing.body, "s3cret")
    assert outgoing.is_signed


def test_a_bad_signature_has_the_form_of_a_good_one() -> None:
    outgoing = write(replace(HOOKED, webhook=WebhookScript(has_bad_signature=True)))
    sent = dict(outgoing.headers)["X-BFL-Signature"]
    assert len(sent) == len(signature(outgoing.body, "s3cret"))
    assert sent != signature(outgoing.body, "s3cret")


def test_a_bad_signature_without_a_secret_is_none() -> None:
    outgoing = write(replace(HOOKED, webhook_secret=None, webhook=WebhookScript(has_bad_signature=True)))
    assert not outgoing.is_signed


def test_a_sample_in_an_event_is_signed_as_of_the_event_and_stands_where_it_was_asked() -> None:
    sample = json.loads(write(HOOKED).body)["result"]["sample"]
    assert sample.startswith("http://mock.test/results/2025/12/17/")
    assert "se=2025-12-17T21%3A38%3A41Z" in sample  # ten minutes after the end at 21:28:40.345, rounded up


def test_an_event_is_the_same_bytes_however_late_it_is_sent() -> None:
    late = replace(final_of(HOOKED), due_at_ms=NOW_MS + 10**9)
    assert write(HOOKED, late) == write(HOOKED)


def test_a_failure_carries_no_sample() -> None:
    assert b"sample" not in write(FAILED).body
