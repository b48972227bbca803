"""FLUX.2: pictures from a prompt, and edits of up to ten pictures, through one endpoint each.

Schemas as the OpenAPI of 2026-04-23 has them [OAS]; what came from elsewhere says so.
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
    Flux2Side,
    Image,
    OutputFormat,
    RequiredText,
    SafetyTo5,
    Seed,
    Text,
    WebhookSecret,
    WebhookUrl,
    number,
    whole,
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Flux2Inputs:
    """The fields of FLUX.2 [pro] and [max].

    `input_image` to `input_image_10`: base64 or URL; the OpenAPI and the guide name 8, the pages on editing 10, so two
    may be ignored [OAS, GUIDE; DOCS, VERCEL]. `seed`: the same seed gives a like picture. `width`, `height`: pixels,
    each 64 or more; left out, the API decides: 1024x1024, or after the first image. `disable_pup`: leave the prompt as
    it is, do not upsample it [seen live, Aug 2026]. `safety_tolerance`: 0, the strictest, to 5; 2 by default.
    `output_format`: jpeg by default. `webhook_url`: gets the result; the reply then has no polling_url.
    """

    MODEL: ClassVar[str]
    PATH: ClassVar[str]
    LIMIT_CLASS: ClassVar[LimitClass] = "standard"
    REFERENCE_IMAGES: ClassVar[int] = 10

    prompt: RequiredText
    input_image: Image = None
    input_image_2: Image = None
    input_image_3: Image = None
    input_image_4: Image = None
    input_image_5: Image = None
    input_image_6: Image = None
    input_image_7: Image = None
    input_image_8: Image = None
    input_image_9: Image = None
    input_image_10: Image = None
    seed: Seed = None
    width: Flux2Side = None
    height: Flux2Side = None
    disable_pup: Flag = None
    safety_tolerance: SafetyTo5 = None
    output_format: OutputFormat = None
    webhook_url: WebhookUrl = None
    webhook_secret: WebhookSecret = None
    extra: Mapping[str, object] = field(default_factory=dict, hash=False)

    __repr__ = brief

    def __post_init__(self) -> None:
        check(self)


class Flux2Pro(Flux2Inputs):
    """FLUX.2 [pro]: for production, fast.

    >>> Flux2Pro(prompt="a red cube", width=1024, height=768)
    Flux2Pro(prompt='a red cube', width=1024, height=768)

    Fields as `Flux2Inputs` has them.
    """

    __slots__ = ()
    MODEL: ClassVar[str] = "flux-2-pro"
    PATH: ClassVar[str] = "/v1/flux-2-pro"


class Flux2ProPreview(Flux2Inputs):
    """FLUX.2 [pro] as it will be next; fields as `Flux2Inputs` has them."""

    __slots__ = ()
    MODEL: ClassVar[str] = "flux-2-pro-preview"
    PATH: ClassVar[str] = "/v1/flux-2-pro-preview"


class Flux2Max(Flux2Inputs):
    """FLUX.2 [max]: the best quality; fields as `Flux2Inputs` has them."""

    __slots__ = ()
    MODEL: ClassVar[str] = "flux-2-max"
    PATH: ClassVar[str] = "/v1/flux-2-max"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Flux2KleinInputs:
    """The fields of FLUX.2 [klein]: as `Flux2Inputs`, with four images at most and no `disable_pup`."""

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
    width: Flux2Side = None
    height: Flux2Side = None
    safety_tolerance: SafetyTo5 = None
    output_format: OutputFormat = None
    webhook_url: WebhookUrl = None
    webhook_secret: WebhookSecret = None
    extra: Mapping[str, object] = field(default_factory=dict, hash=False)

    __repr__ = brief

    def __post_init__(self) -> None:
        check(self)


class Flux2Klein4B(Flux2KleinInputs):
    """FLUX.2 [klein] 4B: real time, high volume; fields as `Flux2KleinInputs` has them."""

    __slots__ = ()
    MODEL: ClassVar[str] = "flux-2-klein-4b"
    PATH: ClassVar[str] = "/v1/flux-2-klein-4b"


class Flux2Klein9B(Flux2KleinInputs):
    """FLUX.2 [klein] 9B: quality against speed; fields as `Flux2KleinInputs` has them."""

    __slots__ = ()
    MODEL: ClassVar[str] = "flux-2-klein-9b"
    PATH: ClassVar[str] = "/v1/flux-2-klein-9b"


class Flux2Klein9BPreview(Flux2KleinInputs):
    """FLUX.2 [klein] 9B as it will be next; fields as `Flux2KleinInputs` has them."""

    __slots__ = ()
    MODEL: ClassVar[str] = "flux-2-klein-9b-preview"
    PATH: ClassVar[str] = "/v1/flux-2-klein-9b-preview"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Flux2Flex:
    """FLUX.2 [flex]: typography, with controls.

    As `Flux2Inputs`, and: `prompt_upsampling`: rewrite the prompt, the default. `input_image_blob_path`: a place in
    the vendor's own storage. `guidance`: 1.5 to 10, how closely the prompt is followed; 5 by default (4.5 by the
    guide). `steps`: 1 to 50, 50 by default.
    """

    MODEL: ClassVar[str] = "flux-2-flex"
    PATH: ClassVar[str] = "/v1/flux-2-flex"
    LIMIT_CLASS: ClassVar[LimitClass] = "standard"
    REFERENCE_IMAGES: ClassVar[int] = 10

    prompt: RequiredText
    prompt_upsampling: Flag = None
    input_image: Image = None
    input_image_2: Image = None
    input_image_3: Image = None
    input_image_4: Image = None
    input_image_5: Image = None
    input_image_6: Image = None
    input_image_7: Image = None
    input_image_8: Image = None
    input_image_9: Image = None
    input_image_10: Image = None
    input_image_blob_path: Text = None
    seed: Seed = None
    width: Flux2Side = None
    height: Flux2Side = None
    guidance: Annotated[float | None, number(1.5, 10)] = None
    steps: Annotated[int | None, whole(1, 50)] = None
    safety_tolerance: SafetyTo5 = None
    output_format: OutputFormat = None
    webhook_url: WebhookUrl = None
    webhook_secret: WebhookSecret = None
    extra: Mapping[str, object] = field(default_factory=dict, hash=False)

    __repr__ = brief

    def __post_init__(self) -> None:
        check(self)
