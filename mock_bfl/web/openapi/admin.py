"""The levers under `/_mock` as a document describes them, from their rows."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mock_bfl.web.admin import Lever

from .components import KEY_LOOKED_AT, Components, Json, closed, json_response, query_parameters, why_header

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
_ABOUT = {
    400: "What was asked cannot be read or followed.",
    403: "A foreign name, or a page of another origin.",
    404: "There is none.",
}


def lever_paths(levers: Iterable[Lever], components: Components) -> dict[str, Json]:
    """Return the routes of the levers."""
    paths: dict[str, Json] = {}
    for lever in levers:
        path = "/_mock" + _PARAMETER.sub(r"{\1}", lever.path)
        paths.setdefault(path, {})[lever.method.lower()] = _operation(lever, components)
    return paths


def _operation(lever: Lever, components: Components) -> Json:
    name = _PARAMETER.sub(r"\1", lever.path).strip("/").replace("/", "_").replace(".", "_")
    described: Json = {
        "tags": ["Levers"],
        "operationId": f"mock_{lever.method.lower()}_{name}",
        "summary": lever.about,
        "security": KEY_LOOKED_AT,
        "responses": _responses(lever, components),
    }
    if parameters := _parameters(lever, components):
        described["parameters"] = parameters
    if lever.body is not None:
        schema = components.of_model(lever.body, mode="validation")
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return described


def _parameters(lever: Lever, components: Components) -> list[Json]:
    named: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(lever.path)
    ]
    if lever.query is None:
        return named
    return named + query_parameters(components.of_type(lever.query, mode="validation"))


def _responses(lever: Lever, components: Components) -> dict[str, Json]:
    refused = components.add("LeverRefusal", closed({"error": {"type": "string"}}))
    missing = (404,) if "<" in lever.path else ()
    return {
        "200": _done(lever, components),
        **{
            str(status): components.add_response(
                f"Lever{status}", json_response(_ABOUT.get(status, "Not now."), refused, headers=why_header())
            )
            for status in sorted({400, 403, *missing, *lever.refusals})
        },
    }


def _done(lever: Lever, components: Components) -> Json:
    content: dict[str, Json] = {content_type: {} for content_type in (lever.content_type, *lever.also)}
    if "application/json" in content:
        content["application/json"] = {"schema": _answer(lever, components)}
    return {"description": lever.about, "content": content}


def _answer(lever: Lever, components: Components) -> Json:
    return {"type": "object"} if lever.answer is None else components.of_type(lever.answer, mode="serialization")
