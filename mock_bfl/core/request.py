"""Validate the body of a submit: pydantic v2 models built from the contract's rows, every fault reported at once.

The vendor's server speaks pydantic v2, so its messages come out exact.  [LIVE-UPS: two recorded bodies]
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from math import lcm
from types import MappingProxyType
from typing import Annotated, Any, Literal

import pydantic
from pydantic import AfterValidator, BaseModel, HttpUrl, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from mock_bfl.contract import Dialect, Family, Model, Sizing, limits
from mock_bfl.contract.fields import Field, Kind
from mock_bfl.contract.models import IMAGE_FIELDS

from .body import Decoded, Fault, NoBody

_NUMBERED_IMAGE = re.compile(r"input_image(_[0-9]{1,2})?")  # bounded: each surplus one is a fault to report
_FURTHER_IMAGE = re.compile(r"input_image_([2-9]|[1-9][0-9])")
_RATIO = re.compile(r"([0-9]{1,5}):([0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class Valid:
    """A body that keeps every rule: the model's fields with defaults filled in, and what came besides."""

    values: Mapping[str, Any]
    surplus: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Invalid:
    """A body that breaks rules: all of them."""

    faults: tuple[Fault, ...]


def validate(body: Decoded | NoBody, *, model: Model, dialect: Dialect) -> Valid | Invalid:
    """Return the fields of a body that could be read, or every fault of it."""
    checked = check_fields(body, request_model(model, dialect))
    sent = body.value if isinstance(body, Decoded) and isinstance(body.value, dict) else {}
    sized = checked.values if isinstance(checked, Valid) else sent
    further = (*_surplus_references(sent, model, dialect), *_too_many_pixels(sized, model, dialect))
    if isinstance(checked, Invalid):
        return Invalid(checked.faults + further)
    return Invalid(further) if further else checked


def check_fields(body: Decoded | NoBody, schema: type[BaseModel]) -> Valid | Invalid:
    """Validate a decoded body against a pydantic model, as FastAPI does for a single body parameter."""
    if isinstance(body, NoBody):
        return Invalid((Fault("missing", ("body",), "Field required", None),))
    try:
        parsed = _adapter(schema).validate_python(body.value, from_attributes=True)
    except ValidationError as error:
        return Invalid(tuple(_fault(row) for row in error.errors(include_url=False)))
    sent = body.value if isinstance(body.value, dict) else {}
    surplus = {name: value for name, value in sent.items() if name not in schema.model_fields}
    return Valid({name: _plain(getattr(parsed, name)) for name in schema.model_fields}, surplus)


@cache
def request_model(model: Model, dialect: Dialect) -> type[BaseModel]:
    """Return the pydantic model of a submit to `model` in `dialect`; most ignore unknown fields.  [OAS, WIRE]"""
    fields = fields_in(model, dialect)
    return schema_of(model.slug, fields, formats=dialect.output_formats, refuses_unknown=model.refuses_unknown)


@cache
def schema_of(
    name: str, fields: tuple[Field, ...], *, formats: tuple[str, ...] = (), refuses_unknown: bool = False
) -> type[BaseModel]:
    """Return a pydantic model with one attribute for each row; a closed one if it `refuses_unknown` fields."""
    columns: dict[str, Any] = {field.name: _column(field, formats) for field in fields}
    closed = pydantic.ConfigDict(extra="forbid") if refuses_unknown else None
    created: type[BaseModel] = pydantic.create_model(name, __config__=closed, **columns)
    return created


def fields_in(model: Model, dialect: Dialect) -> tuple[Field, ...]:
    """Return the rows of a model as the dialect has them: the guide narrows some and moves some defaults."""
    return tuple(_in_dialect(field, model, dialect) for field in model.fields)


def _in_dialect(field: Field, model: Model, dialect: Dialect) -> Field:
    match field.name:
        case "width" | "height" if dialect.size_multiple_of_px > 1:
            return replace(field, multiple_of=lcm(field.multiple_of or 1, dialect.size_multiple_of_px))
        case "safety_tolerance" if dialect.safety_tolerance_max is not None:
            return replace(field, maximum=min(field.maximum or 0, dialect.safety_tolerance_max))
        case "guidance" if model.slug == "flux-2-flex":
            return replace(field, default=dialect.flex_guidance_default)
        case "output_format" if model.sizing is Sizing.RATIO_1MP:
            return replace(field, default=dialect.kontext_output_format)
        case "prompt" if not dialect.prompt_may_be_empty and model.family is not Family.TOOLS:
            return replace(field, required=True, nullable=False, default=None, min_length=1)
        case "input_image" if dialect.edit_needs_input_image and model.sizing is Sizing.RATIO_1MP:
            return replace(field, required=True, nullable=False)
        case _:
            return field


def _column(field: Field, formats: tuple[str, ...]) -> tuple[Any, Any]:
    limits_of_field = pydantic.Field(
        ge=field.minimum,
        le=field.maximum,
        multiple_of=field.multiple_of,
        min_length=None if field.kind is Kind.URI else field.min_length,
        max_length=None if field.kind is Kind.URI else field.max_length,
    )
    annotated: Any = Annotated[_python_type(field, formats), limits_of_field]
    if field.nullable:
        annotated = annotated | None
    return annotated, ... if field.required else field.default


def _python_type(field: Field, formats: tuple[str, ...]) -> Any:
    match field.kind:
        case Kind.OUTPUT_FORMAT:
            return Enum("OutputFormat", {name: name for name in formats}, type=str)
        case Kind.CHOICE:
            return Literal[field.choices]
        case Kind.IMAGES:
            return str | Annotated[list[str], pydantic.Field(min_length=1, max_length=field.max_items)]
        case _:
            return _PYTHON_TYPES[field.kind]


def _checked_ratio(text: str) -> str:
    """Return the ratio if it lies between 9:21 and 21:9.  [OAS; that it is refused, and how: ASSUMED]"""
    ratio = parse_ratio(text)
    low, high = limits.RATIO_MIN.value, limits.RATIO_MAX.value
    if ratio is None or not low[0] * ratio[1] <= ratio[0] * low[1] or not ratio[0] * high[1] <= high[0] * ratio[1]:
        raise PydanticCustomError("aspect_ratio", "Aspect ratio should be W:H between 21:9 and 9:21")
    return text


_PYTHON_TYPES: Mapping[Kind, Any] = MappingProxyType(
    {
        Kind.INTEGER: int,
        Kind.NUMBER: float,
        Kind.BOOLEAN: bool,
        Kind.STRING: str,
        Kind.URI: HttpUrl,  # brings 1 to 2083 characters itself
        Kind.ASPECT_RATIO: Annotated[str, AfterValidator(_checked_ratio)],
    }
)


def parse_ratio(text: str) -> tuple[int, int] | None:
    """Return width and height of a ratio such as `16:9`, or None if it is none."""
    match = _RATIO.fullmatch(text)
    across, down = (int(match[1]), int(match[2])) if match else (0, 0)
    return (across, down) if across and down else None


@cache
def _adapter(schema: type[BaseModel]) -> TypeAdapter[BaseModel]:
    return TypeAdapter(schema)


def _fault(row: Any) -> Fault:
    return Fault(row["type"], ("body", *row["loc"]), row["msg"], row["input"], row.get("ctx"))


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, HttpUrl) else value


def _surplus_references(body: dict[str, Any], model: Model, dialect: Dialect) -> tuple[Fault, ...]:
    """Refuse images that the model has no field for, where the dialect does.  [GUIDE: 4 for klein, 8 for the others]"""
    if dialect.surplus_references == "ignore" or model.refuses_unknown:
        return ()
    known = model.field_names
    return tuple(
        _surplus_reference(name, model)
        for name, value in body.items()
        if value is not None and name not in known and (name in IMAGE_FIELDS or _NUMBERED_IMAGE.fullmatch(name))
    )


def _surplus_reference(name: str, model: Model) -> Fault:
    """Return the fault of an image in a field that the model has not: one too many, or a field of other models."""
    fields = [each for each in model.references if not each.endswith("_blob_path")]
    if _FURTHER_IMAGE.fullmatch(name) and "input_image" in fields:
        text = f"{model.title} takes at most {model.max_images} images"
        return Fault("too_many_references", ("body", name), text, None)
    where = f"image goes in {fields[0]}" if len(fields) == 1 else f"images go in {_listed(fields)}"
    return Fault("unknown_image_field", ("body", name), f"{model.title} has no such field: its {where}", None)


def _listed(fields: list[str]) -> str:
    return " and ".join(fields) if len(fields) == 2 else f"{fields[0]} to {fields[-1]}"


def _too_many_pixels(values: Mapping[str, Any], model: Model, dialect: Dialect) -> tuple[Fault, ...]:
    """Refuse a size above the dialect's limit, where it does not resize; a side left out counts as its default.

    `values` may hold anything, where a body has other faults: only whole numbers are looked at.
    """
    if dialect.output_over_4mp == "resize" or model.sizing is not Sizing.EXACT or model.family is Family.FLUX_3:
        return ()
    asked = {name: side for name in ("width", "height") if type(side := values.get(name)) is int and side > 0}
    sides = dict(zip(("width", "height"), limits.FLUX_2_DEFAULT_PX.value, strict=True)) | asked
    if sides["width"] * sides["height"] <= dialect.max_output_px:
        return ()
    text = f"Width x height should be at most {dialect.max_output_px} pixels"
    return tuple(Fault("too_many_pixels", ("body", name), text, side) for name, side in asked.items())
