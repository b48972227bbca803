"""The mock's own OpenAPI: valid, whole, and in `live` the same as the vendor's wherever that speaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from openapi_spec_validator import validate

from mock_bfl.cli import cli
from mock_bfl.contract import DIALECTS, GUIDE, LIVE, MODELS, Dialect
from mock_bfl.web.admin import levers
from mock_bfl.web.openapi.components import Components, component_name
from tests.contract.openapi_of_april import BODIES, FIELDS
from tests.openapi.fuzzing import Json, document_of
from tests.openapi.notation import lines_of
from tests.web.mock import Mock, new_mock

VENDOR: Json = json.loads((Path(__file__).parent / "vendor_2026_04.json").read_text("utf-8"))
EVERY_DIALECT = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda dialect: dialect.name)


@cache
def document(dialect: Dialect = LIVE) -> Json:
    return document_of(new_mock(dialect=dialect))


def properties(path: str, whole: Json) -> Json:
    """Return the fields that a POST to a path takes, by the document `whole`."""
    schema = whole["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    if "$ref" in schema:
        schema = whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return {**schema["properties"], "required": schema.get("required", [])}


@pytest.mark.parametrize(
    "dialect", [LIVE, pytest.param(GUIDE, marks=pytest.mark.deep)], ids=lambda dialect: dialect.name
)
def test_the_document_is_valid(dialect: Dialect) -> None:
    validate(document(dialect))


def routes(mock: Mock) -> Iterator[tuple[str, str]]:
    """Yield method and path of every route: models and levers stand behind one rule each."""
    for model in MODELS:
        yield "post", model.path
    for lever in levers(mock.engine):
        yield lever.method.lower(), "/_mock" + lever.path.replace("<", "{").replace(">", "}")
    yield "get", "/results/{first}/{second}/{third}/{file}"
    for rule in mock.app.url_map.iter_rules():
        if rule.endpoint not in {"v1.submit", "admin.lever", "delivery.sample", "openapi.openapi"}:
            (method,) = (rule.methods or set()) - {"HEAD"}
            yield method.lower(), rule.rule.replace("<", "{").replace(">", "}")


def test_every_route_is_described_and_nothing_else_is() -> None:
    described = {(method, path) for path, operations in document()["paths"].items() for method in operations}
    assert described == set(routes(new_mock()))


@EVERY_DIALECT
def test_every_operation_has_a_name_of_its_own(dialect: Dialect) -> None:
    names = [row["operationId"] for rows in document(dialect)["paths"].values() for row in rows.values()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("path", BODIES)
def test_the_copy_of_the_vendors_document_is_what_was_typed_in(path: str) -> None:
    assert lines_of(properties(path, VENDOR)) == [line.strip() for line in FIELDS[BODIES[path]].strip().splitlines()]


@pytest.mark.parametrize("path", BODIES)
def test_a_body_in_live_has_the_vendors_fields(path: str) -> None:
    """But for a default that may not be sent: a document that says so is not valid.  [OAS: width 0, at least 64]"""
    theirs = [line.replace(" >=64 =0", " >=64") for line in lines_of(properties(path, VENDOR))]
    assert lines_of(properties(path, document())) == theirs


@pytest.mark.parametrize("path", VENDOR["paths"])
def test_an_operation_of_the_vendor_demands_a_key_here_as_there(path: str) -> None:
    for method, theirs in VENDOR["paths"][path].items():
        ours = document()["paths"][path][method]
        assert ours.get("security") == theirs.get("security")
        assert [row["name"] for row in ours.get("parameters", [])] == [
            row["name"] for row in theirs.get("parameters", [])
        ]
        assert set(ours["responses"]) >= set(theirs["responses"])


def test_the_security_scheme_is_the_vendors() -> None:
    assert document()["components"]["securitySchemes"] == VENDOR["components"]["securitySchemes"]


def answer(path: str, status: str, *, dialect: Dialect, method: str = "post") -> Any:
    response = document(dialect)["paths"][path][method]["responses"][status]
    if "$ref" in response:
        response = document(dialect)["components"]["responses"][response["$ref"].rpartition("/")[2]]
    return response["content"]["application/json"]["schema"]


def test_a_submit_has_two_forms_of_reply_in_live_and_one_in_the_guide() -> None:
    forms = [form["$ref"].rpartition("/")[2] for form in answer("/v1/flux-2-pro", "200", dialect=LIVE)["anyOf"]]
    assert forms == ["AsyncResponse", "AsyncWebhookResponse"]
    assert answer("/v1/flux-2-pro", "200", dialect=GUIDE) == {"$ref": "#/components/schemas/AsyncResponse"}


def test_the_refusal_of_a_missing_key_is_worded_as_the_dialect_does() -> None:
    said = [form["properties"]["detail"] for form in answer("/v1/flux-2-pro", "403", dialect=LIVE)["anyOf"]]
    assert said == [{"const": "Not authenticated"}, {"const": "Not authenticated - Invalid Authentication"}]
    properties = answer("/v1/flux-2-pro", "401", dialect=GUIDE)["properties"]
    assert properties["error"] == {"const": "invalid_api_key"}


def test_a_429_gives_the_seconds_to_wait_where_the_dialect_does() -> None:
    assert "retry_after" not in answer("/v1/flux-2-pro", "429", dialect=LIVE)["properties"]
    assert answer("/v1/flux-2-pro", "429", dialect=GUIDE)["properties"]["retry_after"] == {"const": 5}


def test_an_override_of_the_dialect_is_described() -> None:
    found = replace(LIVE, task_not_found_status=200, poll_needs_key=True)
    polled = document(found)["paths"]["/v1/get_result"]["get"]
    assert set(polled["responses"]) == {"200", "403", "422"}
    assert polled["security"] == [{"APIKeyHeader": []}]


def test_the_formats_are_those_of_the_dialect() -> None:
    for dialect in (LIVE, GUIDE):
        described = properties("/v1/flux-2-pro", document(dialect))["output_format"]["anyOf"][0]
        assert tuple(described["enum"]) == dialect.output_formats


def test_every_field_says_where_it_is_known_from() -> None:
    width = properties("/v1/flux-2-pro", document())["width"]
    assert width["description"] == "OAS (official spec). Left out, the server decides."


def test_the_head_of_the_document_is_refused_as_the_framework_does() -> None:
    assert new_mock().client.head("/openapi.json").status_code == 405


def test_two_different_schemas_of_one_name_are_an_error() -> None:
    components = Components()
    components.add("A", {"type": "string"})
    components.add("A", {"type": "string"})
    with pytest.raises(ValueError, match="two different schemas are called A"):
        components.add("A", {"type": "null"})


def test_every_model_has_a_schema_of_its_own_name() -> None:
    assert len({component_name(model.slug) for model in MODELS}) == len(MODELS)


def printed(*arguments: str) -> Json:
    done = CliRunner().invoke(cli, ["openapi", *arguments])
    assert done.exit_code == 0, done.output
    found: Json = json.loads(done.output)
    return found


def test_the_command_prints_the_document_that_is_served() -> None:
    assert printed() == document(LIVE)
    assert printed("--dialect", "guide") == document(GUIDE)


def test_the_command_describes_a_dialect_with_a_field_set_otherwise() -> None:
    polled = printed("--set", "task_not_found_status=200")["paths"]["/v1/get_result"]["get"]
    assert "404" not in polled["responses"]
