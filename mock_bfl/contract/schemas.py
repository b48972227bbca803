"""The request schemas: which fields each kind of model takes, in the order of the OpenAPI.  [OAS]"""

from __future__ import annotations

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
    finetune_strength,
    flag,
    images,
    integer,
    number,
    output_format,
    safety_tolerance,
    text,
)

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
