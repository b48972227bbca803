"""The vendor's routes as a document describes them, from the contract's rows."""

from __future__ import annotations

import re
from functools import cache
from types import MappingProxyType

from mock_bfl.contract import MODELS, Dialect, Model, endpoints, errors
from mock_bfl.contract.endpoints import ENDPOINTS, Endpoint
from mock_bfl.contract.fields import Field, Kind
from mock_bfl.core.request import fields_in, request_model, schema_of

from .components import KEY_DEMANDED, Components, Json, component_name, json_response, query_parameters
from .refusals import BODY_RUNGS, FAULTS, KEY_RUNGS, UNSUPPORTED, refusals
from .tasks import no_task_answer, poll_answer, rate_headers, submit_answer

_SUBMIT_REFUSALS = (*KEY_RUNGS, *BODY_RUNGS, FAULTS, "image_too_large", "insufficient_credits", "too_many_tasks")
_FURTHER_REFUSALS = MappingProxyType(
    {
        endpoints.FINETUNE_DETAILS.name: ("finetune_not_found",),
        endpoints.DELETE_FINETUNE.name: ("finetune_not_found",),
        endpoints.LICENCE_USAGE.name: (UNSUPPORTED,),
    }
)
# How the keys of a reply look; those that are not here are text.
_REPLY_TYPES = MappingProxyType(
    {
        "credits": {"type": "number"},
        "finetunes": {"type": "array", "items": {"type": "string"}},
        "finetune_details": {"type": "object"},
    }
)
_REPLY_TEXTS = MappingProxyType({endpoints.LICENCE_USAGE.name: errors.USAGE_RECORDED.value})
_PATH_WORDS = MappingProxyType({"model_slug": endpoints.LICENCE_SLUGS.value})
_PARAMETER = re.compile(r"\{(\w+)\}")
_RATIO_FORM = "^[0-9]{1,5}:[0-9]{1,5}$"


def model_paths(dialect: Dialect, components: Components) -> dict[str, Json]:
    """Return the submit route of every model."""
    return {model.path: {"post": _submit(model, dialect, components)} for model in MODELS}


def endpoint_paths(dialect: Dialect, components: Components) -> dict[str, Json]:
    """Return the routes beside the models."""
    return {row.path: {row.method.lower(): _operation(row, dialect, components)} for row in ENDPOINTS}


def _submit(model: Model, dialect: Dialect, components: Components) -> Json:
    refused = refusals(_SUBMIT_REFUSALS, dialect, components)
    accepted = json_response("The task is accepted.", submit_answer(dialect, components))
    accepted["links"] = {"poll": {"operationId": endpoints.GET_RESULT.name, "parameters": {"id": "$response.body#/id"}}}
    return {
        "tags": ["Models"],
        "operationId": f"submit_{model.slug}",
        "summary": f"Submit a task to {model.title}",
        "description": f"{model.path}: {model.cite}. {model.cite.note}".strip(),
        "security": KEY_DEMANDED,
        "requestBody": _body(components.add(component_name(model.slug), _inputs(model, dialect))),
        "responses": {
            "200": accepted,
            **{status: components.add_response(f"Submit{status}", response) for status, response in refused.items()},
        },
    }


def _body(schema: Json) -> Json:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


@cache
def _inputs(model: Model, dialect: Dialect) -> Json:
    """Return the request schema of a model: that of the pydantic model which validates it, and each field's source."""
    return _described(request_model(model, dialect).model_json_schema(), fields_in(model, dialect))


def _described(schema: Json, fields: tuple[Field, ...]) -> Json:
    inner = schema.pop("$defs", {})
    for field in fields:
        column = schema["properties"][field.name]
        _resolve(column, inner)
        if field.kind is Kind.ASPECT_RATIO:
            next(form for form in column.get("anyOf", [column]) if form.get("type") == "string")["pattern"] = (
                _RATIO_FORM
            )
        column["description"] = " ".join((f"{field.cite}.", *_notes(field)))
        if field.default is None or _is_its_own_default(field):
            column.pop("default", None)
    schema.pop("title")
    return schema


def _is_its_own_default(field: Field) -> bool:
    """Tell whether the default may not be sent: it then is no default in the sense of a schema."""
    return isinstance(field.default, int) and field.minimum is not None and field.default < field.minimum


def _notes(field: Field) -> tuple[str, ...]:
    note = (f"{field.cite.note}.",) if field.cite.note else ()
    return (*note, "Left out, the server decides.") if _is_its_own_default(field) else note


def _resolve(column: Json, inner: Json) -> None:
    """Write the formats where they are referred to: they are the dialect's, not the document's."""
    for form in (column, *column.get("anyOf", [])):
        if "$ref" in form:
            form.update(inner[form.pop("$ref").rpartition("/")[2]])


def _operation(row: Endpoint, dialect: Dialect, components: Components) -> Json:
    described: Json = {
        "tags": ["Utility"],
        "operationId": row.name,
        "summary": row.name.replace("_", " ").capitalize(),
        "description": f"{row.path}: {row.cite}. {row.cite.note}".strip(),
        "responses": _responses(row, dialect, components),
    }
    if _needs_key(row, dialect):
        described["security"] = KEY_DEMANDED
    if parameters := _parameters(row):
        described["parameters"] = parameters
    if row.body:
        described["requestBody"] = _body(_fields_schema(row.body))
    return described


def _needs_key(row: Endpoint, dialect: Dialect) -> bool:
    return row.needs_key or (row is endpoints.GET_RESULT and dialect.poll_needs_key)


def _parameters(row: Endpoint) -> list[Json]:
    named: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": {"enum": list(_PATH_WORDS[name])}}
        for name in _PARAMETER.findall(row.path)
    ]
    return named + (query_parameters(_fields_schema(row.query)) if row.query else [])


def _fields_schema(fields: tuple[Field, ...]) -> Json:
    return _described(schema_of("body", fields).model_json_schema(), fields)


def _responses(row: Endpoint, dialect: Dialect, components: Components) -> dict[str, Json]:
    if row is endpoints.GET_RESULT:
        return _poll_responses(row, dialect, components)
    names = (*_common_refusals(row, dialect), *_FURTHER_REFUSALS.get(row.name, ()))
    return {"200": json_response("Done.", _reply(row)), **refusals(names, dialect, components)}


def _common_refusals(row: Endpoint, dialect: Dialect) -> tuple[str, ...]:
    keys = KEY_RUNGS if _needs_key(row, dialect) else ()
    return (*keys, *(BODY_RUNGS if row.body else ()), *((FAULTS,) if row.body or row.query else ()))


def _reply(row: Endpoint) -> Json:
    text: Json = {"const": _REPLY_TEXTS[row.name]} if row.name in _REPLY_TEXTS else {"type": "string"}
    properties = {name: _REPLY_TYPES.get(name, text) for name in row.reply}
    return {"type": "object", "properties": properties, "required": list(row.reply), "additionalProperties": False}


def _poll_responses(row: Endpoint, dialect: Dialect, components: Components) -> dict[str, Json]:
    """Return the responses of a poll: a task that is not found may be a 200 that looks like any other."""
    found = poll_answer(dialect, components)
    in_envelope = ("task_not_found",) if dialect.error_envelope == "guide" else ()
    responses = refusals((*_common_refusals(row, dialect), *in_envelope), dialect, components)
    missing = str(dialect.task_not_found_status)
    if not in_envelope:
        responses[missing] = json_response("There is no such task.", no_task_answer())
    if missing == "200":
        absent = responses["200"]["content"]["application/json"]["schema"]
        found = {"anyOf": [found, absent]}
    responses["200"] = json_response("The task as it stands.", found)
    for response in responses.values():
        response["headers"] = {**response.get("headers", {}), **rate_headers(dialect)}
    return responses
