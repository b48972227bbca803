"""Write the fields of a JSON schema in the notation of the typed-in document, to lay them side by side."""

from __future__ import annotations

import json
from typing import Any

_LIMITS = (
    (">=", "minimum"),
    ("<=", "maximum"),
    ("x", "multipleOf"),
    ("len>=", "minLength"),
    ("len<=", "maxLength"),
)


def lines_of(properties: dict[str, Any]) -> list[str]:
    """Return one line for each field; `required` lists the names of those that are."""
    fields = {name: schema for name, schema in properties.items() if name != "required"}
    return [_line(name, schema, is_required=name in properties["required"]) for name, schema in fields.items()]


def _line(name: str, schema: dict[str, Any], *, is_required: bool) -> str:
    forms = schema.get("anyOf", [schema])
    nullable = any(form.get("type") == "null" for form in forms)
    (form,) = (form for form in forms if form.get("type") != "null")
    limits = [f"{sign}{form[keyword]:g}" for sign, keyword in _LIMITS if keyword in form]
    default = [f"={json.dumps(schema['default'])}"] if "default" in schema else []
    marks = ("?" if nullable else "") + ("!" if is_required else "")
    return " ".join([name, f"{_kind(form)}{marks}", *limits, *default])


def _kind(form: dict[str, Any]) -> str:
    if "enum" in form or "$ref" in form:
        return "OutputFormat"
    return "uri" if form.get("format") == "uri" else str(form["type"])
