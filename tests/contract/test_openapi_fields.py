"""Every request field is what the OpenAPI of April 2026 says: name, order, type, range, default, nullability."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from mock_bfl.contract import LIVE, MODELS, MODELS_BY_SLUG, statuses
from mock_bfl.contract.endpoints import DELETE_FINETUNE, ENDPOINTS
from mock_bfl.contract.fields import Field, Kind, OutputFormat
from mock_bfl.contract.newer import NEWER
from tests.contract.openapi_of_april import BODIES, FIELDS, OTHERS, OUTPUT_FORMATS, STATUSES

# The guide's own paths are served as the model that they name.
NAMED_BY_THE_GUIDE_AS = {
    "/v1/flux-kontext": "/v1/flux-kontext-pro",
    "/v1/flux-fill": "/v1/flux-pro-1.0-fill",
    "/v1/flux-pro-1.1-raw": "/v1/flux-pro-1.1-ultra",
}
MODEL_PATHS = sorted(BODIES.keys() - {"/v1/delete_finetune"})


def documented(path: str) -> list[str]:
    """Return the field lines that the document has for a path."""
    return [line.strip() for line in FIELDS[BODIES[path]].strip().splitlines()]


def line_of(field: Field) -> str:
    """Write a row of ours in the notation of the typed-in document."""
    kind = Kind.STRING if field.kind is Kind.ASPECT_RATIO else field.kind
    marks = ("?" if field.nullable else "") + ("!" if field.required else "")
    limits = {
        ">=": field.minimum,
        "<=": field.maximum,
        "x": field.multiple_of,
        "len>=": field.min_length,
        "len<=": field.max_length,
    }
    shown = [f"{sign}{value:g}" for sign, value in limits.items() if value is not None]
    default = [] if field.default is None else [f"={json.dumps(field.default)}"]
    return " ".join([field.name, f"{kind.value}{marks}", *shown, *default])


@pytest.mark.parametrize("path", MODEL_PATHS)
def test_a_model_has_the_fields_of_the_openapi_in_its_order(path: str) -> None:
    model = MODELS_BY_SLUG[path.removeprefix("/v1/")]
    assert [line_of(field) for field in model.fields] == documented(path)


@pytest.mark.parametrize("path", NAMED_BY_THE_GUIDE_AS)
def test_a_path_of_the_guide_alone_takes_the_fields_of_the_model_it_names(path: str) -> None:
    model = MODELS_BY_SLUG[path.removeprefix("/v1/")]
    assert [line_of(field) for field in model.fields] == documented(NAMED_BY_THE_GUIDE_AS[path])


def test_delete_finetune_takes_the_body_of_the_openapi() -> None:
    assert [line_of(field) for field in DELETE_FINETUNE.body] == documented("/v1/delete_finetune")


def test_every_body_of_the_document_is_served_and_beside_it_only_what_is_newer() -> None:
    newer = {model.path for model in NEWER}
    served = {model.path for model in MODELS} - NAMED_BY_THE_GUIDE_AS.keys() - newer
    assert served == set(MODEL_PATHS)
    assert newer.isdisjoint(MODEL_PATHS)


def test_every_schema_of_the_document_is_the_body_of_a_path() -> None:
    assert FIELDS.keys() == set(BODIES.values())


@pytest.mark.parametrize(("method", "path", "parameter", "needs_key", "reply"), OTHERS, ids=[row[1] for row in OTHERS])
def test_an_endpoint_beside_the_models_is_what_the_openapi_says(
    *, method: str, path: str, parameter: str | None, needs_key: bool, reply: set[str]
) -> None:
    endpoint = next(endpoint for endpoint in ENDPOINTS if endpoint.path == path)
    assert endpoint.method == method
    assert [field.name for field in endpoint.query if field.required] == ([parameter] if parameter else [])
    assert endpoint.needs_key is needs_key
    assert set(endpoint.reply) >= reply


def test_the_statuses_of_the_openapi_are_known_and_two_words_came_later() -> None:
    assert set(statuses.WORDS) == STATUSES | {"Reasoning", "Generating"}


def test_the_output_formats_are_those_of_the_openapi() -> None:
    assert get_args(OutputFormat) == OUTPUT_FORMATS
    assert LIVE.output_formats == OUTPUT_FORMATS
