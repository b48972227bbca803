"""Tools that work on a picture: those of FLUX.1 (fill, expand, canny, depth) and the newer FLUX tools.

Fill and expand [OAS of 2026-04-23]; canny and depth, gone from it [SDK 0.1.3]; FLUX tools, newer than it and without a
known price [OAS-GEN, UNMODEL].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from ._between import control_image_is_given, fast_takes_no_url, mask_fits_image
from ._brief import brief
from ._checks import Further, check
from ._names import LimitClass
from ._rules import (
    Flag,
    Image,
    OutputFormat,
    RequiredImage,
    RequiredText,
    SafetyTo5,
    SafetyTo6,
    Seed,
    Text,
    WebhookSecret,
    WebhookUrl,
    choice,
    number,
    whole,
)

_GONE = "gone from the OpenAPI of April 2026"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FluxPro10Fill:
    """FLUX.1 Fill [pro]: paint anew what a mask shows.

    `image`: base64, perhaps with the mask as its alpha channel. `mask`: base64, of the image's size; white is painted,
    black kept. `steps`: 15 to 50, 50 by default. `guidance`: 1.5 to 100, 60 by default. The rest as `FluxPro11`.
    """

    MODEL: ClassVar[str] = "flux-pro-1.0-fill"
    PATH: ClassVar[str] = "/v1/flux-pro-1.0-fill"
    LIMIT_CLASS: ClassVar[LimitClass] = "standard"
    REFERENCE_IMAGES: ClassVar[int] = 2
    FURTHER: ClassVar[tuple[Further, ...]] = (mask_fits_image,)

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
class FluxPro10Expand:
    """FLUX.1 Expand [pro]: go on with a picture beyond its edges.

    `image`: base64. `top`, `bottom`, `left`, `right`: pixels to add, 0 to 2048, 0 by default. The rest as
    `FluxPro10Fill`.
    """

    MODEL: ClassVar[str] = "flux-pro-1.0-expand"
    PATH: ClassVar[str] = "/v1/flux-pro-1.0-expand"
    LIMIT_CLASS: ClassVar[LimitClass] = "standard"
    REFERENCE_IMAGES: ClassVar[int] = 1

    image: RequiredImage
    top: Annotated[int | None, whole(0, 2048)] = None
    bottom: Annotated[int | None, whole(0, 2048)] = None
    left: Annotated[int | None, whole(0, 2048)] = None
    right: Annotated[int | None, whole(0, 2048)] = None
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
class FluxPro10Canny:
    """FLUX.1 Canny [pro]: follow the edges of a picture; its path is gone from the OpenAPI of April 2026.

    `control_image`: base64, or `preprocessed_image`: base64, its edges; one of them is needed.
    `canny_low_threshold`, `canny_high_threshold`: 0 to 500, 50 and 200 by default. `steps`: 15 to 50, 50 by default.
    `guidance`: 1 to 100, 30 by default. The rest as `FluxPro11`.
    """

    MODEL: ClassVar[str] = "flux-pro-1.0-canny"
    PATH: ClassVar[str] = "/v1/flux-pro-1.0-canny"
    LIMIT_CLASS: ClassVar[LimitClass] = "standard"
    REFERENCE_IMAGES: ClassVar[int] = 2
    FURTHER: ClassVar[tuple[Further, ...]] = (control_image_is_given,)
    NOTE: ClassVar[str] = _GONE

    prompt: Text = None
    control_image: Image = None
    preprocessed_image: Image = None
    canny_low_threshold: Annotated[int | None, whole(0, 500)] = None
    canny_high_threshold: Annotated[int | None, whole(0, 500)] = None
    steps: Annotated[int | None, whole(15, 50)] = None
    guidance: Annotated[float | None, number(1, 100)] = None
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
class FluxPro10Depth:
    """FLUX.1 Depth [pro]: follow the depth of a picture; gone too; fields as `FluxPro10Canny`, without thresholds."""

    MODEL: ClassVar[str] = "flux-pro-1.0-depth"
    PATH: ClassVar[str] = "/v1/flux-pro-1.0-depth"
    LIMIT_CLASS: ClassVar[LimitClass] = "standard"
    REFERENCE_IMAGES: ClassVar[int] = 2
    FURTHER: ClassVar[tuple[Further, ...]] = (control_image_is_given,)
    NOTE: ClassVar[str] = _GONE

    prompt: Text = None
    control_image: Image = None
    preprocessed_image: Image = None
    steps: Annotated[int | None, whole(15, 50)] = None
    guidance: Annotated[float | None, number(1, 100)] = None
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
class FluxToolsOutpaintingV1:
    """FLUX Outpainting: a picture on a larger canvas; a field it does not know is refused by the API.

    `input_image`: base64 or URL (base64 alone in mode fast). `width`, `height`: pixels of the canvas, each 64 or more.
    `reference_offset_x`, `reference_offset_y`: pixels from the canvas' left upper corner to the picture's.
    `auto_crop`: cut off what lies outside; without it the API refuses that. `mode`: high or fast. `disable_pup`: leave
    the prompt as it is. `output_format`: png by default. `safety_tolerance`: 0, the strictest, to 5; 2 by default.
    """

    MODEL: ClassVar[str] = "flux-tools/outpainting-v1"
    PATH: ClassVar[str] = "/v1/flux-tools/outpainting-v1"
    LIMIT_CLASS: ClassVar[LimitClass] = "standard"
    REFERENCE_IMAGES: ClassVar[int] = 1
    FURTHER: ClassVar[tuple[Further, ...]] = (fast_takes_no_url,)

    input_image: RequiredImage
    width: Annotated[int, whole(64)]
    height: Annotated[int, whole(64)]
    prompt: Text = None
    reference_offset_x: Annotated[int | None, whole()] = None
    reference_offset_y: Annotated[int | None, whole()] = None
    auto_crop: Flag = None
    mode: Annotated[Literal["high", "fast"] | None, choice("high", "fast")] = None
    disable_pup: Flag = None
    safety_tolerance: SafetyTo5 = None
    output_format: OutputFormat = None
    extra: Mapping[str, object] = field(default_factory=dict, hash=False)

    __repr__ = brief

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FluxToolsEraseV1:
    """FLUX Erase: take away what a mask shows.

    `image`, `mask`: base64 or URL. `dilate_pixels`: how far the mask is widened, 0 to 25, 10 by default.
    `output_format`: png by default. The rest as `FluxToolsOutpaintingV1`.
    """

    MODEL: ClassVar[str] = "flux-tools/erase-v1"
    PATH: ClassVar[str] = "/v1/flux-tools/erase-v1"
    LIMIT_CLASS: ClassVar[LimitClass] = "standard"
    REFERENCE_IMAGES: ClassVar[int] = 2

    image: RequiredImage
    mask: RequiredImage
    dilate_pixels: Annotated[int | None, whole(0, 25)] = None
    seed: Seed = None
    safety_tolerance: SafetyTo5 = None
    output_format: OutputFormat = None
    webhook_url: WebhookUrl = None
    webhook_secret: WebhookSecret = None
    extra: Mapping[str, object] = field(default_factory=dict, hash=False)

    __repr__ = brief

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FluxToolsDeblurV1:
    """FLUX Deblur: a sharp picture of a blurred one; fields as `FluxToolsEraseV1`, with the image alone."""

    MODEL: ClassVar[str] = "flux-tools/deblur-v1"
    PATH: ClassVar[str] = "/v1/flux-tools/deblur-v1"
    LIMIT_CLASS: ClassVar[LimitClass] = "standard"
    REFERENCE_IMAGES: ClassVar[int] = 1

    image: RequiredImage
    seed: Seed = None
    safety_tolerance: SafetyTo5 = None
    output_format: OutputFormat = None
    webhook_url: WebhookUrl = None
    webhook_secret: WebhookSecret = None
    extra: Mapping[str, object] = field(default_factory=dict, hash=False)

    __repr__ = brief

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FluxToolsVtoInputs:
    """The fields of FLUX Virtual Try-On: a person in a garment.

    `person`, `garment`: base64 or URL. `output_format`: jpeg by default. The rest as `FluxToolsEraseV1`.
    """

    MODEL: ClassVar[str]
    PATH: ClassVar[str]
    LIMIT_CLASS: ClassVar[LimitClass] = "standard"
    REFERENCE_IMAGES: ClassVar[int] = 2

    prompt: RequiredText
    person: RequiredImage
    garment: RequiredImage
    seed: Seed = None
    safety_tolerance: SafetyTo5 = None
    output_format: OutputFormat = None
    webhook_url: WebhookUrl = None
    webhook_secret: WebhookSecret = None
    extra: Mapping[str, object] = field(default_factory=dict, hash=False)

    __repr__ = brief

    def __post_init__(self) -> None:
        check(self)


class FluxToolsVtoV1(FluxToolsVtoInputs):
    """FLUX Virtual Try-On, the first version; fields as `FluxToolsVtoInputs` has them."""

    __slots__ = ()
    MODEL: ClassVar[str] = "flux-tools/vto-v1"
    PATH: ClassVar[str] = "/v1/flux-tools/vto-v1"


class FluxToolsVtoV2(FluxToolsVtoInputs):
    """FLUX Virtual Try-On, the second version; fields as `FluxToolsVtoInputs` has them."""

    __slots__ = ()
    MODEL: ClassVar[str] = "flux-tools/vto-v2"
    PATH: ClassVar[str] = "/v1/flux-tools/vto-v2"
