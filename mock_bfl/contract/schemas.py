"""The request schemas: which fields each kind of model takes, in the order of the OpenAPI.

[OAS; from the tools on: OAS-GEN, UNMODEL, F3-DOCS and VERCEL, as each field says]
"""

from __future__ import annotations

from dataclasses import replace

from .fields import (
    ASPECT_RATIO,
    ASPECT_RATIO_NULLABLE,
    FLUX_1_SIZE,
    FLUX_2_SIZE,
    INPUT_IMAGES_4,
    INPUT_IMAGES_8,
    PROMPT,
    PROMPT_NOT_NULL,
    PROMPT_OPTIONAL,
    SEED,
    TRAINED,
    UPSAMPLING,
    UPSAMPLING_NULLABLE,
    WEBHOOK,
    Field,
    Kind,
    choice,
    cited,
    finetune_strength,
    flag,
    images,
    integer,
    number,
    output_format,
    safety_tolerance,
    text,
)
from .sources import Certainty, assumed, cite

_FLUX_2_TAIL = (*FLUX_2_SIZE, safety_tolerance(5), output_format("jpeg"), *WEBHOOK)
FLUX_2 = (PROMPT, *images(*INPUT_IMAGES_8), SEED, *_FLUX_2_TAIL)
KLEIN = (PROMPT, *images(*INPUT_IMAGES_4), SEED, *_FLUX_2_TAIL)
FLEX = (
    PROMPT,
    flag("prompt_upsampling", default=True, nullable=True),
    *images(*INPUT_IMAGES_8, "input_image_blob_path"),
    SEED,
    *FLUX_2_SIZE,
    number("guidance", default=5.0, minimum=1.5, maximum=10.0, nullable=True),
    integer("steps", default=50, minimum=1, maximum=50, nullable=True),
    safety_tolerance(5),
    output_format("jpeg"),
    *WEBHOOK,
)
KONTEXT = (
    PROMPT,
    *images(*INPUT_IMAGES_4),
    SEED,
    ASPECT_RATIO_NULLABLE,
    output_format("png"),
    *WEBHOOK,
    UPSAMPLING,
    safety_tolerance(6),
)
PRO_1_1 = (
    PROMPT_OPTIONAL,
    *images("image_prompt"),
    *FLUX_1_SIZE,
    UPSAMPLING,
    SEED,
    safety_tolerance(6),
    output_format("jpeg"),
    *WEBHOOK,
)
DEV = (
    PROMPT_NOT_NULL,
    *images("image_prompt"),
    *FLUX_1_SIZE,
    integer("steps", default=28, minimum=1, maximum=50, nullable=True),
    UPSAMPLING,
    SEED,
    number("guidance", default=3.0, minimum=1.5, maximum=5.0, nullable=True),
    safety_tolerance(6),
    output_format("jpeg"),
    *WEBHOOK,
)
_ULTRA_TAIL = (
    *images("image_prompt"),
    number("image_prompt_strength", default=0.1, minimum=0.0, maximum=1.0),
)
ULTRA = (
    PROMPT_OPTIONAL,
    UPSAMPLING,
    SEED,
    ASPECT_RATIO,
    safety_tolerance(6),
    output_format("jpeg"),
    flag("raw", default=False),
    *_ULTRA_TAIL,
    *WEBHOOK,
)
ULTRA_FINETUNED = (
    TRAINED,
    finetune_strength(1.2),
    PROMPT_OPTIONAL,
    SEED,
    ASPECT_RATIO,
    safety_tolerance(6),
    output_format("jpeg"),
    *_ULTRA_TAIL,
    UPSAMPLING,
    *WEBHOOK,
)
_IMAGE = text("image", required=True)
_FILL_TAIL = (output_format("jpeg"), safety_tolerance(6), *WEBHOOK)
_FILL_STEPS = integer("steps", default=50, minimum=15, maximum=50, nullable=True)
_FILL_GUIDANCE = number("guidance", default=60, minimum=1.5, maximum=100.0, nullable=True)
FILL = (
    _IMAGE,
    *images("mask"),
    PROMPT_OPTIONAL,
    _FILL_STEPS,
    UPSAMPLING_NULLABLE,
    SEED,
    _FILL_GUIDANCE,
    *_FILL_TAIL,
)
FILL_FINETUNED = (
    TRAINED,
    finetune_strength(1.1),
    _IMAGE,
    *images("mask"),
    PROMPT_NOT_NULL,
    integer("steps", default=50, minimum=15, maximum=50),
    UPSAMPLING,
    SEED,
    number("guidance", default=60, minimum=1.5, maximum=100.0),
    *_FILL_TAIL,
)
EXPAND = (
    _IMAGE,
    *(integer(side, default=0, minimum=0, maximum=2048, nullable=True) for side in ("top", "bottom", "left", "right")),
    PROMPT_OPTIONAL,
    _FILL_STEPS,
    UPSAMPLING_NULLABLE,
    SEED,
    _FILL_GUIDANCE,
    *_FILL_TAIL,
)

_LATER_SPEC = cite("OAS-GEN", Certainty.SPEC)
_CATALOGUE = cite("UNMODEL", Certainty.SEEN)
_DOCS = cite("OAS-GEN, F3-DOCS", Certainty.SPEC)
_CLIENT = cite("VERCEL", Certainty.CLIENTS)

_OFFSETS = tuple(integer(f"reference_offset_{axis}", nullable=True) for axis in ("x", "y"))
OUTPAINTING = (
    *cited(
        _LATER_SPEC,
        text("input_image", required=True),
        integer("width", required=True, minimum=64),
        integer("height", required=True, minimum=64),
        flag("auto_crop", default=False),
        safety_tolerance(5),
        output_format("png"),
        text("prompt", nullable=True),
        *_OFFSETS,
        choice("mode", "high", "fast", default="high"),
    ),
    *cited(_CATALOGUE, flag("disable_pup", default=False)),
)
_TOOL_TAIL = (SEED, safety_tolerance(5), output_format("png"), *WEBHOOK)
ERASE = cited(
    _LATER_SPEC,
    _IMAGE,
    text("mask", required=True),
    integer("dilate_pixels", default=10, minimum=0, maximum=25),
    *_TOOL_TAIL,
)
DEBLUR = cited(_CATALOGUE, _IMAGE, *_TOOL_TAIL)
TRY_ON = cited(
    _LATER_SPEC,
    PROMPT,
    text("person", required=True),
    text("garment", required=True),
    SEED,
    safety_tolerance(5),
    output_format("jpeg"),
    *WEBHOOK,
)

_NOT_EMPTY = replace(PROMPT, min_length=1)
_IMAGES = Field(name="images", kind=Kind.IMAGES, nullable=True, max_items=10)
_RATIOS = (
    *("auto", "21:9", "2:1", "16:9", "3:2", "7:5", "4:3", "5:4", "1:1"),
    *("4:5", "3:4", "5:7", "2:3", "9:16", "1:2", "9:21"),
)
FLUX_3_IMAGE = cited(
    _DOCS,
    _NOT_EMPTY,
    _IMAGES,
    choice("aspect_ratio", *_RATIOS, default="auto"),
    choice("resolution", "768sq", "1k", "1.5k", "2k", "4k", default="1k"),
    safety_tolerance(4),
    flag("grounding", default=True),
    text("version", default="latest"),  # dated tags are added as they are published: any word is accepted.  [ASSUMED]
)
FLUX_3_IMAGE_KLEIN = (
    *cited(assumed("taken as flux-3-image's: no schema of klein is stored"), _NOT_EMPTY, _IMAGES),
    *cited(
        assumed("klein takes exact sizes and steps (VERCEL); their ranges are not known, taken as FLUX.2's"),
        *FLUX_2_SIZE,
        integer("steps", nullable=True, minimum=1, maximum=50),
    ),
    *cited(_CLIENT, SEED, safety_tolerance(7), output_format("jpeg")),
)
