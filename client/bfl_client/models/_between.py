"""Rules between fields: what an endpoint's documents say of two of them together."""

from __future__ import annotations

from typing import Any

from bfl_client._image_header import Size
from bfl_client._inputs import is_url, size_of_text

from ._checks import Values


def mask_fits_image(values: Values) -> str | None:
    """A mask has the size of its image: the endpoint verifies it.  [OAS]"""
    image, mask = _size(values["image"]), _size(values["mask"])
    if image is None or mask is None or image == mask:
        return None
    return f"mask: has {_pixels(mask)} pixels, the image {_pixels(image)}: make them equal"


def control_image_is_given(values: Values) -> str | None:
    """A control model goes by an image, plain or preprocessed.  [SDK]"""
    if values["control_image"] or values["preprocessed_image"]:
        return None
    return "control_image: is missing, and so is preprocessed_image: give one of them"


def fast_takes_no_url(values: Values) -> str | None:
    """Fast outpainting takes base64 alone.  [UNMODEL, DOCS-LLMS]"""
    image = values["input_image"]
    if values["mode"] != "fast" or not isinstance(image, str) or not is_url(image):
        return None
    return "input_image: mode fast takes base64 alone, no URL (as_api_image makes it from a file)"


def _size(value: Any) -> Size | None:
    return size_of_text(value) if isinstance(value, str) else None


def _pixels(size: Size) -> str:
    return f"{size[0]}x{size[1]}"
