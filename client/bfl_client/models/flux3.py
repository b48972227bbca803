"""FLUX 3 for pictures; video goes through `AnyRequest`, for this client saves pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal, TypeAlias

from ._brief import brief
from ._checks import check
from ._names import LimitClass
from ._rules import Flag, OutputFormat, Rule, Seed, Text, choice, whole

_NotEmpty: TypeAlias = Annotated[str, Rule("text", 1)]
# 1 to 10, each of 256x256 at least and of 16 MP and 20 MB at most.  [OAS-GEN, VERCEL]
_Images: TypeAlias = Annotated[str | Sequence[str] | None, Rule("images", 1, 10, most_mp=16, least_side_px=256)]
_RATIOS = (
    *("auto", "21:9", "2:1", "16:9", "3:2", "7:5", "4:3", "5:4", "1:1"),
    *("4:5", "3:4", "5:7", "2:3", "9:16", "1:2", "9:21"),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Flux3Image:
    """FLUX 3 Image, since September 2026; a field it does not know is refused by the API.  [OAS-GEN, VERCEL]

    `images`: base64 or URL, one or a list of up to ten. `aspect_ratio`: auto by default. `resolution`: a class of equal
    area, 1k by default. `safety_tolerance`: 0, the strictest, to 4; 2 by default. `grounding`: look things up, on by
    default. `version`: latest by default.
    """

    MODEL: ClassVar[str] = "flux-3-image"
    PATH: ClassVar[str] = "/v1/flux-3-image"
    LIMIT_CLASS: ClassVar[LimitClass] = "standard"
    REFERENCE_IMAGES: ClassVar[int] = 10

    prompt: _NotEmpty
    images: _Images = None
    aspect_ratio: Annotated[str | None, choice(*_RATIOS)] = None
    resolution: Annotated[
        Literal["768sq", "1k", "1.5k", "2k", "4k"] | None, choice("768sq", "1k", "1.5k", "2k", "4k")
    ] = None
    safety_tolerance: Annotated[int | None, whole(0, 4)] = None
    grounding: Flag = None
    version: Text = None
    extra: Mapping[str, object] = field(default_factory=dict, hash=False)

    __repr__ = brief

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Flux3ImageKlein:
    """FLUX 3 Image [klein], since 15 October 2026, known from a client alone.  [VERCEL]

    `images`: as `Flux3Image` (ASSUMED). `width`, `height`: pixels; `steps`: their ranges are not known, so only what is
    below 1 is refused. `safety_tolerance`: 0, the strictest, to 7; 2 by default.
    """

    MODEL: ClassVar[str] = "flux-3-image-klein"
    PATH: ClassVar[str] = "/v1/flux-3-image-klein"
    LIMIT_CLASS: ClassVar[LimitClass] = "standard"
    REFERENCE_IMAGES: ClassVar[int] = 10

    prompt: _NotEmpty
    images: _Images = None
    width: Annotated[int | None, whole(1)] = None
    height: Annotated[int | None, whole(1)] = None
    seed: Seed = None
    output_format: OutputFormat = None
    steps: Annotated[int | None, whole(1)] = None
    safety_tolerance: Annotated[int | None, whole(0, 7)] = None
    extra: Mapping[str, object] = field(default_factory=dict, hash=False)

    __repr__ = brief

    def __post_init__(self) -> None:
        check(self)
