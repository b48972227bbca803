"""schemathesis asks the mock whatever a document allows and forbids, and finds nothing: its own and the vendor's."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mock_bfl.contract import DIALECTS, Dialect
from mock_bfl.core.rules import RULES
from tests.openapi.fuzzing import ALL_PHASES, Json, Plan, document_of, fuzz, shown, without_end
from tests.web.mock import Mock, new_mock
from tests.web.wire import KEY

VENDOR = Path(__file__).parent / "vendor_2026_04.json"
EVERY_DIALECT = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda dialect: dialect.name)

# One model of each kind of body; the deep run takes all.
SOME_MODELS = "flux-2-flex|flux-kontext-max|flux-pro-1.0-fill-finetuned|flux-tools/outpainting-v1|flux-3-image"
SOME_OF_V1 = rf"^/(v1/({SOME_MODELS}|[a-z]+_[a-z]+|credits|licenses/.*)|results/.*)$"
OF_THE_API = "^/(v1|results)/"
LEVERS = "^/_mock/"

# What the vendor's document leaves out and the mock does all the same, each with where it is known from.
DETAIL: Json = {"type": "object", "properties": {"detail": {"type": "string"}}, "required": ["detail"]}
RESULT: Json = {"$ref": "#/components/schemas/ResultResponse"}
NOT_IN_THE_DOCUMENT: Mapping[str, tuple[str, Json, Callable[[str, Json], bool]]] = {
    "without a key.  [PROBE, WIRE]": ("403", DETAIL, lambda path, operation: "security" in operation),
    "a body that is not UTF-8.  [FASTAPI]": ("400", DETAIL, lambda path, operation: "requestBody" in operation),
    "no such task.  [LIVE-UPS]": ("404", RESULT, lambda path, operation: path == "/v1/get_result"),
    "no such finetune.  [ASSUMED]": ("404", DETAIL, lambda path, operation: path.endswith(("_details", "_finetune"))),
}


def a_mock(dialect: Dialect, **settings: Any) -> Mock:
    """Return a mock that knows one key, and never runs out of credits or slots for it."""
    mock = new_mock(dialect=dialect, keys=frozenset({KEY}), speed=0, starting_balance=Decimal(10**9), **settings)
    mock.submit(webhook_url="http://127.0.0.1:9/hook")
    return mock


def the_vendors() -> Json:
    """Return the vendor's document of April 2026, and what is known besides."""
    document: Json = json.loads(VENDOR.read_text("utf-8"))
    for reason, (status, schema, concerns) in NOT_IN_THE_DOCUMENT.items():
        for path, operations in document["paths"].items():
            for operation in operations.values():
                if concerns(path, operation):
                    content = {"application/json": {"schema": schema}}
                    operation["responses"][status] = {"description": reason, "content": content}
    return document


@EVERY_DIALECT
def test_the_api_answers_as_its_own_document_says(dialect: Dialect) -> None:
    mock = a_mock(dialect)
    findings, judged = fuzz(mock, document_of(mock), Plan(paths=SOME_OF_V1, examples=2))
    assert findings == [], shown(findings)
    assert judged > 20


def test_the_levers_answer_as_the_document_says() -> None:
    mock = a_mock(DIALECTS["live"])
    findings, judged = fuzz(mock, without_end(document_of(mock)), Plan(paths=LEVERS, examples=2))
    assert findings == [], shown(findings)
    assert judged > 20


def test_the_mock_answers_as_the_vendors_document_says() -> None:
    findings, judged = fuzz(a_mock(DIALECTS["live"]), the_vendors(), Plan(paths=SOME_OF_V1, examples=2))
    assert findings == [], shown(findings)
    assert judged > 10


@EVERY_DIALECT
@pytest.mark.parametrize("paths", [OF_THE_API, LEVERS], ids=["api", "levers"])
@pytest.mark.deep
def test_no_request_at_all_makes_the_mock_break_its_own_document(paths: str, dialect: Dialect) -> None:
    mock = a_mock(dialect)
    plan = Plan(paths=paths, examples=30, phases=ALL_PHASES)
    findings, judged = fuzz(mock, without_end(document_of(mock)), plan)
    assert findings == [], shown(findings)
    assert judged > 500


@pytest.mark.deep
def test_no_request_at_all_makes_the_mock_break_the_vendors_document() -> None:
    plan = Plan(paths=OF_THE_API, examples=30, phases=ALL_PHASES)
    findings, judged = fuzz(a_mock(DIALECTS["live"]), the_vendors(), plan)
    assert findings == [], shown(findings)
    assert judged > 1000


def test_an_answer_that_no_document_describes_is_found() -> None:
    """The proof that the tests above can fail."""
    mock = a_mock(DIALECTS["live"])
    document = document_of(mock)
    del document["paths"]["/v1/credits"]["get"]["responses"]["200"]
    findings, _ = fuzz(mock, document, Plan(paths="^/v1/credits$", examples=1))
    assert "status_code_conformance" in {finding.check for finding in findings}


def test_a_poll_that_forgets_a_key_is_found() -> None:
    mock = a_mock(
        DIALECTS["live"], rules=replace(RULES, poll_body=lambda *args, **options: {"id": "7", "status": "Pending"})
    )
    task = mock.submit().json
    assert task is not None
    document = document_of(mock)
    document["paths"]["/v1/get_result"]["get"]["parameters"][0]["schema"] = {"const": task["id"]}
    findings, _ = fuzz(mock, document, Plan(paths="^/v1/get_result$", examples=1))
    assert "response_schema_conformance" in {finding.check for finding in findings}
