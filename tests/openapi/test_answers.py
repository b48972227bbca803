"""Each kind of answer that the API has is one that its document describes, to the words; in both dialects."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache

import pytest
from openapi_schema_validator import OAS31Validator
from werkzeug.test import TestResponse

from mock_bfl.contract import DIALECTS, Dialect
from tests.openapi.fuzzing import Json, document_of
from tests.web.mock import FLUX_2_PRO, Mock, json_of, new_mock
from tests.web.wire import KEY

Story = Callable[[Mock], TestResponse]
HEADERS = {"x-key": KEY}
HOOK = "http://127.0.0.1:9/hook"
POLL, SAMPLE, DETAILS = "/v1/get_result", "/results/{first}/{second}/{third}/{file}", "/v1/finetune_details"
DELETE, LICENCE = "/v1/delete_finetune", "/v1/licenses/models/{model_slug}/usage"


def get(path: str, **headers: str) -> Story:
    return lambda mock: mock.client.get(path, headers={**HEADERS, **headers})


def post(path: str, body: object) -> Story:
    return lambda mock: mock.client.post(path, json=body, headers=HEADERS)


def submit(path: str = FLUX_2_PRO, *, key: str = KEY, **fields: object) -> Story:
    return lambda mock: mock.submit(path, key=key, **fields)


def poll_of(directive: str, path: str = FLUX_2_PRO) -> Story:
    def story(mock: Mock) -> TestResponse:
        task = json_of(mock.script(directive, path=path))["id"]
        mock.clock.advance(seconds=1)
        return mock.client.get(f"{POLL}?id={task}")

    return story


def sample(*, query: str = "", after_s: int = 0, **headers: str) -> Story:
    def story(mock: Mock) -> TestResponse:
        url = mock.ready()["result"]["sample"]
        mock.clock.advance(seconds=after_s)
        return mock.client.get(url + query, headers=headers)

    return story


def without_credits(mock: Mock) -> TestResponse:
    mock.client.post("/_mock/account", json={"balance_credits": 0}, headers=HEADERS)
    return mock.submit()


def without_a_slot(mock: Mock) -> TestResponse:
    mock.client.post("/_mock/account", json={"active_tasks": 0}, headers=HEADERS)
    return mock.submit()


def bytes_that_are_no_text(mock: Mock) -> TestResponse:
    return mock.client.post(FLUX_2_PRO, data=b"\xff", headers=HEADERS, content_type="application/json")


def after_a_reset(mock: Mock) -> TestResponse:
    url = mock.ready()["result"]["sample"]
    mock.client.post("/_mock/reset", headers=HEADERS)
    return mock.client.get(url)


STORIES: Mapping[str, tuple[str, str, Story]] = {
    "accepted": ("post", FLUX_2_PRO, submit()),
    "accepted without a price": ("post", "/v1/flux-dev", submit("/v1/flux-dev")),
    "accepted with a webhook": ("post", FLUX_2_PRO, submit(webhook_url=HOOK)),
    "no key": ("post", FLUX_2_PRO, lambda mock: mock.client.post(FLUX_2_PRO, json={"prompt": "x"})),
    "malformed key": ("post", FLUX_2_PRO, submit(key="mock-malformed")),
    "revoked key": ("post", FLUX_2_PRO, submit(key="mock-revoked")),
    "wrong fields": ("post", FLUX_2_PRO, submit(width="x", seed=[])),
    "no object": ("post", FLUX_2_PRO, post(FLUX_2_PRO, [1])),
    "no JSON": ("post", FLUX_2_PRO, lambda mock: mock.client.post(FLUX_2_PRO, data="{", headers=HEADERS)),
    "no text": ("post", FLUX_2_PRO, bytes_that_are_no_text),
    "no credits": ("post", FLUX_2_PRO, without_credits),
    "no slot": ("post", FLUX_2_PRO, without_a_slot),
    "pending": ("get", POLL, poll_of("after=9s")),
    "reasoning": ("get", POLL, poll_of("while=Reasoning after=9s")),
    "progress": ("get", POLL, poll_of("after=9s", "/v1/flux-dev")),
    "ready": ("get", POLL, poll_of("after=1s")),
    "ready of FLUX.1": ("get", POLL, poll_of("after=1s", "/v1/flux-dev")),
    "ready of FLUX 3": ("get", POLL, poll_of("after=1s", "/v1/flux-3-image")),
    "failed": ("get", POLL, poll_of("error=invalid_image after=1s")),
    "moderated": ("get", POLL, poll_of('status="Request Moderated" after=1s')),
    "moderated by FLUX 3": ("get", POLL, poll_of('status="Content Moderated" after=1s', "/v1/flux-3-image")),
    "lost": ("get", POLL, poll_of('status="Task not found" after=1s')),
    "no such task": ("get", POLL, get(f"{POLL}?id=7")),
    "poll without an id": ("get", POLL, get(POLL)),
    "credits": ("get", "/v1/credits", get("/v1/credits")),
    "finetunes": ("get", "/v1/my_finetunes", get("/v1/my_finetunes")),
    "finetune": ("get", DETAILS, get(f"{DETAILS}?finetune_id=my-finetune")),
    "no such finetune": ("get", DETAILS, get(f"{DETAILS}?finetune_id=7")),
    "finetune without an id": ("get", DETAILS, get(DETAILS)),
    "finetune deleted": ("post", DELETE, post(DELETE, {"finetune_id": "my-finetune"})),
    "no finetune deleted": ("post", DELETE, post(DELETE, {"finetune_id": "7"})),
    "licence": ("post", LICENCE, post(LICENCE.format(model_slug="flux-2-dev"), {})),
    "no such licence": ("post", LICENCE, post(LICENCE.format(model_slug="x\ny"), {})),
    "sample": ("get", SAMPLE, sample()),
    "part of a sample": ("get", SAMPLE, sample(Range="bytes=0-9")),
    "range beyond a sample": ("get", SAMPLE, sample(Range="bytes=99999999-")),
    "forged sample": ("get", SAMPLE, sample(query="x")),
    "expired sample": ("get", SAMPLE, sample(after_s=601)),
    "sample of before a reset": ("get", SAMPLE, after_a_reset),
}


@cache
def document(dialect: Dialect) -> Json:
    return document_of(new_mock(dialect=dialect))


def resolved(row: Json, dialect: Dialect) -> Json:
    """Return a response, behind a reference or not."""
    name = row.get("$ref", "").rpartition("/")[2]
    found: Json = document(dialect)["components"]["responses"][name] if name else row
    return found


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda dialect: dialect.name)
@pytest.mark.parametrize("story", STORIES)
def test_an_answer_is_described(story: str, dialect: Dialect) -> None:
    method, path, told = STORIES[story]
    answer = told(new_mock(dialect=dialect, starting_balance=Decimal(100)))
    described = document(dialect)["paths"][path][method]["responses"]
    assert str(answer.status_code) in described, answer.data
    response = resolved(described[str(answer.status_code)], dialect)
    content = response["content"][answer.content_type.partition(";")[0]]
    for name, header in response.get("headers", {}).items():
        assert name in answer.headers or not header.get("required"), name
    if answer.is_json:
        schema = {**content["schema"], "components": document(dialect)["components"]}
        assert list(OAS31Validator(schema).iter_errors(json.loads(answer.data))) == []
