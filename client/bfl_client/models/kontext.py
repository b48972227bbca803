"""FLUX.1 Kontext: pictures from a prompt, and edits of up to four pictures.  [OAS; 2 to 4 images: "experimental"]"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from ._brief import brief
from ._checks import check
from ._names import LimitClass
from ._rules import (
    Flag,
    Image,
    OutputFormat,
    Ratio,
    RequiredText,
    SafetyTo6,
    Seed,
    WebhookSecret,
    WebhookUrl,
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FluxKontextProInputs:
    """The fields of FLUX.1 Kontext.

    `input_image` to `input_image_4`: base64 or URL. `aspect_ratio`: width to height, at about 1 MP; after the image, or
    1:1, by default. `output_format`: png by default. `prompt_upsampling`: rewrite the prompt, off by default.
    `safety_tolerance`: 0, the strictest, to 6; 2 by default.
    """

    MODEL: ClassVar[str]
    PATH: ClassVar[str]
    LIMIT_CLASS: ClassVar[LimitClass] = "standard"
    REFERENCE_IMAGES: ClassVar[int] = 4

    prompt: RequiredText
    input_image: Image = None
    input_image_2: Image = None
    input_image_3: Image = None
    input_image_4: Image = None
    seed: Seed = None
    aspect_ratio: Ratio = None
    output_format: OutputFormat = None
    webhook_url: WebhookUrl = None
    webhook_secret: WebhookSecret = None
    prompt_upsampling: Flag = None
    safety_tolerance: SafetyTo6 = None
    extra: Mapping[str, object] = field(default_factory=dict, hash=False)

    __repr__ = brief

    def __post_init__(self) -> None:
        check(self)


class FluxKontextPro(FluxKontextProInputs):
    """FLUX.1 Kontext [pro]; fields as `FluxKontextProInputs` has them."""

    __slots__ = ()
    MODEL: ClassVar[str] = "flux-kontext-pro"
    PATH: ClassVar[str] = "/v1/flux-kontext-pro"


class FluxKontextMax(FluxKontextProInputs):
    """FLUX.1 Kontext [max]: of its tasks 6 may be active, not 24; fields as `FluxKontextProInputs` has them."""

    __slots__ = ()
    MODEL: ClassVar[str] = "flux-kontext-max"
    PATH: ClassVar[str] = "/v1/flux-kontext-max"
    LIMIT_CLASS: ClassVar[LimitClass] = "kontext-max"  # [DOCS-GEN, HELP-CONC]
