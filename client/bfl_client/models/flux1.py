"""FLUX.1 and FLUX1.1: pictures from a prompt.

Schemas as the OpenAPI of 2026-04-23 has them [OAS]; `FluxPro` is gone from it, its fields are those of the vendor's SDK
[SDK 0.1.3], and the API may answer 404.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from ._brief import brief
from ._checks import check
from ._names import LimitClass
from ._rules import (
    Flag,
    Flux1Side,
    Image,
    OutputFormat,
    Ratio,
    SafetyTo6,
    Seed,
    Text,
    WebhookSecret,
    WebhookUrl,
    number,
    whole,
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FluxPro11:
    """FLUX1.1 [pro]: text to image, fast and reliable.

    `image_prompt`: base64, a picture to go by (Redux). `width`, `height`: pixels, 256 to 1440 in steps of 32; 1024x768
    by default. `prompt_upsampling`: rewrite the prompt, off by default. `safety_tolerance`: 0, the strictest, to 6; 2
    by default. `output_format`: jpeg by default.
    """

    MODEL: ClassVar[str] = "flux-pro-1.1"
    PATH: ClassVar[str] = "/v1/flux-pro-1.1"
    LIMIT_CLASS: ClassVar[LimitClass] = "standard"
    REFERENCE_IMAGES: ClassVar[int] = 1

    prompt: Text = None
    image_prompt: Image = None
    width: Flux1Side = None
    height: Flux1Side = None
    prompt_upsampling: Flag = None
    seed: Seed = None
    safety_tolerance: SafetyTo6 = None
    output_format: OutputFormat = None
    webhook_url: WebhookUrl = None
    webhook_secret: WebhookSecret = None
    extra: Mapping[str, object] = field(default_factory=dict, hash=False)

    __repr__ = brief

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FluxPro11Ultra:
    """FLUX1.1 [pro] Ultra: up to 4 MP, sized by its ratio; `raw` for the look of a candid photograph.

    `aspect_ratio`: width to height, 16:9 by default. `image_prompt`: base64, a picture to remix, with
    `image_prompt_strength` 0 to 1, 0.1 by default. The rest as `FluxPro11`.
    """

    MODEL: ClassVar[str] = "flux-pro-1.1-ultra"
    PATH: ClassVar[str] = "/v1/flux-pro-1.1-ultra"
    LIMIT_CLASS: ClassVar[LimitClass] = "standard"
    REFERENCE_IMAGES: ClassVar[int] = 1

    prompt: Text = None
    prompt_upsampling: Flag = None
    seed: Seed = None
    aspect_ratio: Ratio = None
    safety_tolerance: SafetyTo6 = None
    output_format: OutputFormat = None
    raw: Flag = None
    image_prompt: Image = None
    image_prompt_strength: Annotated[float | None, number(0, 1)] = None
    webhook_url: WebhookUrl = None
    webhook_secret: WebhookSecret = None
    extra: Mapping[str, object] = field(default_factory=dict, hash=False)

    __repr__ = brief

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FluxDev:
    """FLUX.1 [dev]: text to image, with controls; its reply names no cost [CASS].

    `steps`: 1 to 50, 28 by default. `guidance`: 1.5 to 5, 3 by default. The rest as `FluxPro11`.
    """

    MODEL: ClassVar[str] = "flux-dev"
    PATH: ClassVar[str] = "/v1/flux-dev"
    LIMIT_CLASS: ClassVar[LimitClass] = "standard"
    REFERENCE_IMAGES: ClassVar[int] = 1

    prompt: Text = None
    image_prompt: Image = None
    width: Flux1Side = None
    height: Flux1Side = None
    steps: Annotated[int | None, whole(1, 50)] = None
    prompt_upsampling: Flag = None
    seed: Seed = None
    guidance: Annotated[float | None, number(1.5, 5)] = None
    safety_tolerance: SafetyTo6 = None
    output_format: OutputFormat = None
    webhook_url: WebhookUrl = None
    webhook_secret: WebhookSecret = None
    extra: Mapping[str, object] = field(default_factory=dict, hash=False)

    __repr__ = brief

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FluxPro:
    """FLUX.1 [pro], the first: its path is gone from the OpenAPI of April 2026.

    `steps`: 1 to 50, 40 by default. `guidance`: 1.5 to 5, 2.5 by default. `interval`: 1 to 4, 2 by default. The rest as
    `FluxPro11`.
    """

    MODEL: ClassVar[str] = "flux-pro"
    PATH: ClassVar[str] = "/v1/flux-pro"
    LIMIT_CLASS: ClassVar[LimitClass] = "standard"
    REFERENCE_IMAGES: ClassVar[int] = 1
    NOTE: ClassVar[str] = "gone from the OpenAPI of April 2026"

    prompt: Text = None
    image_prompt: Image = None
    width: Flux1Side = None
    height: Flux1Side = None
    steps: Annotated[int | None, whole(1, 50)] = None
    guidance: Annotated[float | None, number(1.5, 5)] = None
    interval: Annotated[float | None, number(1, 4)] = None
    prompt_upsampling: Flag = None
    seed: Seed = None
    safety_tolerance: SafetyTo6 = None
    output_format: OutputFormat = None
    webhook_url: WebhookUrl = None
    webhook_secret: WebhookSecret = None
    extra: Mapping[str, object] = field(default_factory=dict, hash=False)

    __repr__ = brief

    def __post_init__(self) -> None:
        check(self)
