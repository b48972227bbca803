"""The schemas that several operations share, and the small pieces that every description is made of."""

from __future__ import annotations

import re
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from mock_bfl.contract.headers import WHY

Json = dict[str, Any]

NULLABLE_NUMBER: Json = {"anyOf": [{"type": "number"}, {"type": "null"}]}
KEY_DEMANDED: list[Json] = [{"APIKeyHeader": []}]
KEY_LOOKED_AT: list[Json] = [{}, *KEY_DEMANDED]
_REF = "#/components/schemas/{model}"
_BETWEEN_WORDS = re.compile(r"[^A-Za-z0-9]+")


class Components:
    """The schemas and responses of a document by name."""

    def __init__(self) -> None:
        self.schemas: dict[str, Json] = {}
        self.responses: dict[str, Json] = {}

    def add(self, name: str, schema: Json) -> Json:
        """Keep a schema and return the reference to it. Raises ValueError if another has its name."""
        if self.schemas.setdefault(name, schema) != schema:
            raise ValueError(f"two different schemas are called {name}")
        return {"$ref": _REF.format(model=name)}

    def add_response(self, name: str, response: Json) -> Json:
        """Keep a response and return the reference to it."""
        self.responses[name] = response
        return {"$ref": f"#/components/responses/{name}"}

    def of_type(self, kind: Any, *, mode: JsonSchemaMode) -> Json:
        """Return the schema of a type that pydantic knows; the types inside it become components."""
        schema: Json = TypeAdapter(kind).json_schema(ref_template=_REF, mode=mode)
        for name, inner in schema.pop("$defs", {}).items():
            self.add(name, inner)
        return schema

    def of_model(self, kind: Any, *, mode: JsonSchemaMode) -> Json:
        """Return the reference to the schema of a type, kept under the type's own name."""
        return self.add(kind.__name__, self.of_type(kind, mode=mode))


def component_name(slug: str) -> str:
    """Return the name of a model's request schema.

    >>> component_name("flux-pro-1.1-ultra")
    'FluxPro11UltraInputs'
    """
    return "".join(part.capitalize() for part in _BETWEEN_WORDS.split(slug)) + "Inputs"


def closed(properties: Json, *, optional: tuple[str, ...] = ()) -> Json:
    """Return the schema of an object with exactly these keys."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def any_of(schemas: list[Json]) -> Json:
    """Return the schema of what keeps at least one of these."""
    different = [schema for place, schema in enumerate(schemas) if schema not in schemas[:place]]
    return different[0] if len(different) == 1 else {"anyOf": different}


def json_response(about: str, schema: Json, *, headers: Json | None = None) -> Json:
    """Return the description of a JSON response."""
    shown = {} if headers is None else {"headers": headers}
    return {"description": about, **shown, "content": {"application/json": {"schema": schema}}}


def why_header() -> Json:
    """Return the description of the header with which a refusal explains itself."""
    return {WHY.value: {"description": "Why, in one sentence; the mock's own.", "schema": {"type": "string"}}}


def query_parameters(schema: Json) -> list[Json]:
    """Return the parameters that a query with these properties has."""
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": inner}
        for name, inner in schema.get("properties", {}).items()
    ]
