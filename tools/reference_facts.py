"""Turn the contract's rows into the tables of docs/reference/."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mock_bfl.contract import GUIDE, LIVE, MODELS, SOURCES, Certainty, Dialect, LimitClass, Model, contradictions
from mock_bfl.contract.endpoints import ENDPOINTS, Endpoint
from mock_bfl.contract.errors import ERRORS, TASK_ERROR_CODES
from mock_bfl.contract.fields import Field, Kind
from mock_bfl.contract.limits import ACTIVE_TASKS, ACTIVE_TASKS_KONTEXT_MAX
from mock_bfl.contract.models import NOT_ON_THE_API
from mock_bfl.contract.prices import FlatPrice, Price, TierPrice
from mock_bfl.contract.statuses import STATUSES
from tools.markdown import code, table

CONTRADICTIONS = Path(__file__).parents[1] / "docs" / "reference" / "contradictions.toml"

_MEANINGS = {
    Certainty.SPEC: "the vendor's own OpenAPI says so",
    Certainty.RECORDED: "a full HTTP exchange with the real API shows it",
    Certainty.DOCS: "the vendor's documentation or help centre says so",
    Certainty.GUIDE: "the vendor's published integration guide says so",
    Certainty.SDK: "the vendor's SDK does so",
    Certainty.SEEN: "somebody saw it live and quotes it, without a full recording",
    Certainty.CLIENTS: "other clients expect it; no proof of the server",
    Certainty.REPORT: "one report, unconfirmed",
    Certainty.INFERRED: "computed from the facts next to it, or what a known component does by itself",
    Certainty.ASSUMED: "no document says; [decided here](../explanation/what-is-assumed.md)",
}


def dialect_fields() -> str:
    """Return every field of a dialect with both values and both sources."""
    head = ("Field", "`live`", "`guide`", "What it settles", "`live` from", "`guide` from", "Row")
    return table(
        head,
        [
            (
                code(field.name),
                _shown(getattr(LIVE, field.name)),
                _shown(getattr(GUIDE, field.name)),
                found.about,
                str(found.live),
                str(found.guide),
                found.rows,
            )
            for field, found in contradictions()
        ],
    )


def contradiction_rows() -> str:
    """Return what the mock does about each of the contradictions between the documents."""
    rows = tomllib.loads(CONTRADICTIONS.read_text("utf-8"))["row"]
    return table(("Row", "Topic", "The mock", "How"), [_contradiction(row) for row in rows])


def fields_by_row() -> dict[int, list[str]]:
    """Return the dialect fields that settle each row of the table of contradictions."""
    found: dict[int, list[str]] = {}
    for field, contradiction in contradictions():
        for number in contradiction.rows.split(","):
            found.setdefault(int(number), []).append(field.name)
    return found


def _contradiction(row: dict[str, Any]) -> tuple[str, ...]:
    settled_by = ", ".join(map(code, fields_by_row().get(row["number"], [])))
    said = row.get("how", "")
    return str(row["number"]), row["topic"], row["mock"], "; ".join(filter(None, (settled_by, said)))


def models() -> str:
    """Return one row per model: path, price, limit, latency, who names it."""
    head = ("Path", "Model", "Credits", "Active", "Latency", "Size", "Named by", "Price from")
    listed = table(head, [_model(model) for model in MODELS])
    return f"{listed}\n\n{NOT_ON_THE_API.value} is not on the API: {NOT_ON_THE_API.cite.note} [{NOT_ON_THE_API.cite}]."


def _model(model: Model) -> tuple[str, ...]:
    limit = ACTIVE_TASKS_KONTEXT_MAX if model.limit_class is LimitClass.KONTEXT_MAX else ACTIVE_TASKS
    return (
        code(model.path),
        model.title,
        _price(model.price),
        str(limit.value),
        f"{model.latency_s.value:g} s ({model.latency_s.cite.certainty})",
        model.sizing.value,
        " + ".join(model.named_by),
        str(model.price.cite),
    )


def _price(price: Price) -> str:
    if isinstance(price, FlatPrice):
        return f"{price.credits} flat" + ("" if price.reported else ", shown as null")
    if isinstance(price, TierPrice):
        return ", ".join(f"{credits} to {most_mp} MP" for most_mp, credits in price.tiers)
    return f"{price.first} + {price.further} + {price.reference}"


def request_fields() -> str:
    """Return the fields of every request body; models with the same fields share a table."""
    groups: dict[tuple[Field, ...], list[str]] = {}
    for model in MODELS:
        groups.setdefault(model.fields, []).append(model.path)
    return "\n\n".join(f"### {_joined(paths)}\n\n{_field_table(fields)}" for fields, paths in groups.items())


def _field_table(fields: Iterable[Field]) -> str:
    head = ("Field", "Type", "Range", "Default", "From")
    return table(head, [(code(f.name), _type(f), _range(f), _default(f), str(f.cite)) for f in fields])


def _type(field: Field) -> str:
    return field.kind.value + (" or null" if field.nullable else "")


def _range(field: Field) -> str:
    parts = [_bounds(field.minimum, field.maximum)]
    if field.multiple_of:
        parts.append(f"multiple of {field.multiple_of}")
    if field.max_length:
        parts.append(f"{field.min_length or 0} to {field.max_length} characters")
    if field.kind is Kind.OUTPUT_FORMAT:
        parts.append(", ".join(LIVE.output_formats))
    if field.choices:
        parts.append(", ".join(field.choices))
    if field.max_items:
        parts.append(f"1 to {field.max_items} images")
    return ", ".join(filter(None, parts))


def _bounds(minimum: float | None, maximum: float | None) -> str:
    match minimum, maximum:
        case None, None:
            return ""
        case _, None:
            return f"from {minimum:g}"
        case None, _:
            return f"up to {maximum:g}"
        case _:
            return f"{minimum:g} to {maximum:g}"


def _default(field: Field) -> str:
    return "required" if field.required else code(_json(field.default))


def _json(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{value}"'
        case _:
            return str(value)


def endpoints() -> str:
    """Return the endpoints beside the models."""
    head = ("Request", "Key", "Takes", "Keys of a 200", "From")
    return table(head, [_endpoint(row) for row in ENDPOINTS])


def _endpoint(row: Endpoint) -> tuple[str, ...]:
    takes = ", ".join(code(field.name) for field in (*row.query, *row.body))
    keys = ", ".join(map(code, row.reply))
    return code(f"{row.method} {row.path}"), "yes" if row.needs_key else "no", takes, keys, str(row.cite)


def statuses() -> str:
    """Return the status words."""
    head = ("Status", "Ends the task", "Charged", "In the guide", "From", "Note")
    return table(
        head,
        [
            (code(s.word), _yes(s.terminal), _yes(s.charged), _yes(s.in_guide), str(s.cite), s.cite.note)
            for s in STATUSES
        ],
    )


def refusal_statuses(dialect: Dialect) -> dict[str, int]:
    """Return the HTTP status of every refusal in a dialect."""
    return {
        "not_authenticated": dialect.missing_key_status,
        "invalid_key": dialect.unknown_key_status,
        "malformed_key": dialect.malformed_key_status,
        "insufficient_credits": 402,
        "too_many_tasks": 429,
        "not_found": 404,
        "task_not_found": dialect.task_not_found_status,
        "method_not_allowed": 405,
        "unreadable_body": 400,
        "body_too_large": 413,
        "image_too_large": 400,
        "internal_error": 500,
        "region_down": 503,
        "finetune_not_found": 404,
    }


def refusals() -> str:
    """Return every refusal in both envelopes."""
    head = ("Refusal", "`live`", "`detail`", "From", "`guide`", "`error`", "`message`", "From")
    live, guide = refusal_statuses(LIVE), refusal_statuses(GUIDE)
    return table(
        head,
        [
            (
                row.name.replace("_", " "),
                str(live[row.name]),
                code(row.detail),
                str(row.detail_cite),
                str(guide[row.name]),
                code(row.code),
                row.message,
                str(row.guide_cite),
            )
            for row in ERRORS.values()
        ],
    )


def task_errors() -> str:
    """Return the codes of a failed task."""
    return table(("Code", "Message"), [(code(name), text) for name, text in TASK_ERROR_CODES.items()])


def sources() -> str:
    """Return the tags of the sources."""
    return table(("Tag", "What it is"), [(code(tag), text) for tag, text in SOURCES.items()])


def certainties() -> str:
    """Return the degrees of certainty, strongest first."""
    return table(("Certainty", "Meaning"), [(level.value, _MEANINGS[level]) for level in Certainty])


def _joined(names: Iterable[str]) -> str:
    return ", ".join(map(code, names))


def _yes(value: bool) -> str:  # noqa: FBT001 - a cell, called from tables only
    return "yes" if value else "no"


def _shown(value: object) -> str:
    match value:
        case bool():
            return _yes(value)
        case None:
            return "none"
        case tuple():
            return ", ".join(map(str, value))
        case _:
            return code(value)
