"""Models with a training of your own: fill and ultra with a LoRA.

The OpenAPI serves them on https://api.us1.bfl.ai alone.  [OAS]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from ._between import mask_fits_image
from ._brief import brief
from ._checks import Further, check
from ._names import LimitClass
from ._rules import (
    Flag,
    Image,
    OutputFormat,
    Ratio,
    RequiredImage,
    RequiredText,
    SafetyTo6,
    Seed,
    Text,
    WebhookSecret,
    WebhookUrl,
    number,
    whole,
)

_NOTE = "on https://api.us1.bfl.ai alone"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FluxPro10FillFinetuned:
    """FLUX.1 Fill [pro] with a LoRA.

    `finetune_id`: its name, or org-id/name for one of another organisation. `finetune_strength`: 0, none of it, to 2;
    1.1 by default. The rest as `FluxPro10Fill`.
    """

    MODEL: ClassVar[str] = "flux-pro-1.0-fill-finetuned"
    PATH: ClassVar[str] = "/v1/flux-pro-1.0-fill-finetuned"
    LIMIT_CLASS: ClassVar[LimitClass] = "standard"
    REFERENCE_IMAGES: ClassVar[int] = 2
    FURTHER: ClassVar[tuple[Further, ...]] = (mask_fits_image,)
    NOTE: ClassVar[str] = _NOTE

    finetune_id: RequiredText
    finetune_strength: Annotated[float | None, number(0, 2)] = None
    image: RequiredImage
    mask: Image = None
    prompt: Text = None
    steps: Annotated[int | None, whole(15, 50)] = None
    prompt_upsampling: Flag = None
    seed: Seed = None
    guidance: Annotated[float | None, number(1.5, 100)] = None
    output_format: OutputFormat = None
    safety_tolerance: SafetyTo6 = None
    webhook_url: WebhookUrl = None
    webhook_secret: WebhookSecret = None
    extra: Mapping[str, object] = field(default_factory=dict, hash=False)

    __repr__ = brief

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FluxPro11UltraFinetuned:
    """FLUX1.1 [pro] Ultra with a LoRA.

    `finetune_strength`: 0 to 2, 1.2 by default. The rest as `FluxPro11Ultra`, without `raw`.
    """

    MODEL: ClassVar[str] = "flux-pro-1.1-ultra-finetuned"
    PATH: ClassVar[str] = "/v1/flux-pro-1.1-ultra-finetuned"
    LIMIT_CLASS: ClassVar[LimitClass] = "standard"
    REFERENCE_IMAGES: ClassVar[int] = 1
    NOTE: ClassVar[str] = _NOTE

    finetune_id: RequiredText
    finetune_strength: Annotated[float | None, number(0, 2)] = None
    prompt: Text = None
    seed: Seed = None
    aspect_ratio: Ratio = None
    safety_tolerance: SafetyTo6 = None
    output_format: OutputFormat = None
    image_prompt: Image = None
    image_prompt_strength: Annotated[float | None, number(0, 1)] = None
    prompt_upsampling: Flag = None
    webhook_url: WebhookUrl = None
    webhook_secret: WebhookSecret = None
    extra: Mapping[str, object] = field(default_factory=dict, hash=False)

    __repr__ = brief

    def __post_init__(self) -> None:
        check(self)
