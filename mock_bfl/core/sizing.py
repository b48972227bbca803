"""Which size an image gets: asked for, by ratio, or after the input image; resized where it exceeds the limit."""

from __future__ import annotations

from collections.abc import Mapping
from math import isqrt, sqrt
from typing import Any, assert_never

from mock_bfl.contract import Dialect, Family, Model, Sizing, limits

from .request import parse_ratio

Size = tuple[int, int]

_AREAS_PX = dict(limits.FLUX_3_AREAS_PX.value)


def output_size(model: Model, values: Mapping[str, Any], *, first_image: Size | None, dialect: Dialect) -> Size:
    """Return width and height of the output, in pixels, after any resizing.

    `values` are validated fields; `first_image` is the size of the first input image, if it could be measured.
    """
    max_px = max_output_px(model, dialect)
    return resized(_wanted(model, values, first_image, max_px), max_px=max_px)


def max_output_px(model: Model, dialect: Dialect) -> int:
    """Return the pixels above which an output is resized: 4 MP, for FLUX 3 those of its largest class.  [F3-DOCS]"""
    return _AREAS_PX["4k"] if model.family is Family.FLUX_3 else dialect.max_output_px


def _wanted(model: Model, values: Mapping[str, Any], first_image: Size | None, max_px: int) -> Size:
    match model.sizing:
        case Sizing.EXACT:
            return _exact(values, first_image)
        case Sizing.RATIO_1MP:
            return _of_ratio(values["aspect_ratio"], first_image, limits.KONTEXT_AREA_PX.value)
        case Sizing.RATIO_4MP:
            return _of_ratio(values["aspect_ratio"], None, min(limits.ULTRA_AREA_PX.value, max_px))
        case Sizing.RATIO_CLASS:
            ratio = None if values["aspect_ratio"] == "auto" else values["aspect_ratio"]
            return _of_ratio(ratio, first_image, _AREAS_PX[values["resolution"]])
        case Sizing.AS_IMAGE:
            return first_image or limits.FLUX_2_DEFAULT_PX.value
        case Sizing.MARGINS:
            return _with_margins(values, first_image or limits.FLUX_2_DEFAULT_PX.value)
        case _:
            assert_never(model.sizing)


def _exact(values: Mapping[str, Any], first_image: Size | None) -> Size:
    """A size left out (null, or the default 0) follows the first input image, else 1024x1024.

    [HELP-DIM; after the image: docs on editing; one side given alone: ASSUMED]
    """
    width, height = values["width"] or 0, values["height"] or 0
    if not width and not height and first_image:
        return first_image
    default_width, default_height = limits.FLUX_2_DEFAULT_PX.value
    return width or default_width, height or default_height


def _of_ratio(ratio: str | None, first_image: Size | None, area_px: int) -> Size:
    """Return the largest size of a ratio within an area, in multiples of 32.

    Without a ratio it is the first image's, else 1:1.  [HELP-DIM: Kontext; F3-DOCS: auto; ultra ASSUMED]
    """
    across, down = (parse_ratio(ratio) if ratio else None) or first_image or (1, 1)
    return _down_to_32(sqrt(area_px * across / down)), _down_to_32(sqrt(area_px * down / across))


def _down_to_32(side: float) -> int:
    return max(32, int(side) // 32 * 32)


def _with_margins(values: Mapping[str, Any], image: Size) -> Size:
    margins = {side: values[side] or 0 for side in ("left", "right", "top", "bottom")}
    return image[0] + margins["left"] + margins["right"], image[1] + margins["top"] + margins["bottom"]


def resized(size: Size, *, max_px: int) -> Size:
    """Return the size, shrunk in its ratio until it has at most `max_px` pixels; no side falls below one pixel.

    An output above 4 MP is resized; that it happens before the price is ASSUMED.  [HELP-DIM]
    """
    width, height = size
    if width * height <= max_px:
        return size
    wide, tall = isqrt(max_px * width // height), isqrt(max_px * height // width)
    return min(max(wide, 1), max_px), min(max(tall, 1), max_px)
