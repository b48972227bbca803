"""One row per request field: name, type, range, default, nullability, source.

Rows are plain data. `mock_bfl.core.request` builds the validating models from them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from .sources import Certainty, Cite, cite

OAS = cite("OAS", Certainty.SPEC)


OutputFormat = Literal["jpeg", "png", "webp"]


class Kind(StrEnum):
    """The JSON type of a request field, as the OpenAPI writes it."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    OUTPUT_FORMAT = "OutputFormat"
    URI = "uri"
    ASPECT_RATIO = "aspect ratio"
    CHOICE = "choice"
    IMAGES = "image or list of images"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A request field. `minimum` and `maximum` are inclusive; lengths count characters.

    `choices` are the words of a CHOICE, `max_items` the longest list of IMAGES; the shortest has one.
    """

    name: str
    kind: Kind
    required: bool = False
    nullable: bool = False
    default: str | int | float | bool | None = None
    minimum: float | None = None
    maximum: float | None = None
    multiple_of: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    choices: tuple[str, ...] = ()
    max_items: int | None = None
    cite: Cite = OAS


def integer(
    name: str,
    *,
    default: int | None = None,
    nullable: bool = False,
    required: bool = False,
    minimum: int | None = None,
    maximum: int | None = None,
    multiple_of: int | None = None,
) -> Field:
    """Return an integer field of the OpenAPI."""
    return Field(
        name=name,
        kind=Kind.INTEGER,
        required=required,
        default=default,
        nullable=nullable,
        minimum=minimum,
        maximum=maximum,
        multiple_of=multiple_of,
    )


def number(name: str, *, default: float, minimum: float, maximum: float, nullable: bool = False) -> Field:
    """Return a number field of the OpenAPI."""
    return Field(name=name, kind=Kind.NUMBER, default=default, nullable=nullable, minimum=minimum, maximum=maximum)


def text(name: str, *, default: str | None = None, nullable: bool = False, required: bool = False) -> Field:
    """Return a string field of the OpenAPI."""
    return Field(name=name, kind=Kind.STRING, default=default, nullable=nullable, required=required)


def flag(name: str, *, default: bool, nullable: bool = False) -> Field:
    """Return a boolean field of the OpenAPI."""
    return Field(name=name, kind=Kind.BOOLEAN, default=default, nullable=nullable)


def choice(name: str, *choices: str, default: str) -> Field:
    """Return a field that takes one of a few words."""
    return Field(name=name, kind=Kind.CHOICE, choices=choices, default=default)


def cited(cite: Cite, *fields: Field) -> tuple[Field, ...]:
    """Return fields that another document than the OpenAPI of April names."""
    return tuple(replace(field, cite=cite) for field in fields)


def images(*names: str) -> tuple[Field, ...]:
    """Return optional, nullable image fields: base64 or URL in a string."""
    return tuple(text(name, nullable=True) for name in names)


def safety_tolerance(maximum: int) -> Field:
    """Return `safety_tolerance`: 0 is the strictest; not nullable anywhere.  [OAS]"""
    return integer("safety_tolerance", default=2, minimum=0, maximum=maximum)


def output_format(default: str) -> Field:
    """Return `output_format`; webp came on 2026-03-25.  [OAS history]"""
    return Field(name="output_format", kind=Kind.OUTPUT_FORMAT, default=default, nullable=True)


PROMPT = text("prompt", required=True)
PROMPT_OPTIONAL = text("prompt", default="", nullable=True)
PROMPT_NOT_NULL = text("prompt", default="")
SEED = integer("seed", nullable=True)

WEBHOOK = (
    Field(name="webhook_url", kind=Kind.URI, nullable=True, min_length=1, max_length=2083),
    text("webhook_secret", nullable=True),
)

# The default 0 lies below the field's own minimum: it is not validated, and means "the server decides";
# sending 0 fails.  [OAS; the second half is inferred]
FLUX_2_SIZE = (
    integer("width", default=0, nullable=True, minimum=64),
    integer("height", default=0, nullable=True, minimum=64),
)

FLUX_1_SIZE = (
    integer("width", default=1024, minimum=256, maximum=1440, multiple_of=32),
    integer("height", default=768, minimum=256, maximum=1440, multiple_of=32),
)

UPSAMPLING = flag("prompt_upsampling", default=False)
UPSAMPLING_NULLABLE = flag("prompt_upsampling", default=False, nullable=True)

ASPECT_RATIO = Field(name="aspect_ratio", kind=Kind.ASPECT_RATIO, default="16:9")
ASPECT_RATIO_NULLABLE = replace(ASPECT_RATIO, default=None, nullable=True)

INPUT_IMAGES_4 = ("input_image", "input_image_2", "input_image_3", "input_image_4")
INPUT_IMAGES_8 = (*INPUT_IMAGES_4, "input_image_5", "input_image_6", "input_image_7", "input_image_8")

TRAINED = text("finetune_id", required=True)


def finetune_strength(default: float) -> Field:
    """Return `finetune_strength`: 0 is no influence, 1 full influence.  [OAS]"""
    return number("finetune_strength", default=default, minimum=0.0, maximum=2.0)
