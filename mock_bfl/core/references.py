"""What an input image is good for: measured, not to be known here, or a reason why it cannot be used.

A URL is fetched by the engine, and from this machine only; elsewhere an image counts as one megapixel.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from mock_bfl.contract import Family, Model, limits
from mock_bfl.contract.prices import MEGAPIXEL_PX

from .image_header import ImageSize, NotAnImage, Url, decode_reference
from .loopback import loopback_of

Fetched = Mapping[str, ImageSize | NotAnImage]


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """An image whose size cannot be known here, and why. `url` is given where fetching it would tell."""

    reason: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Unusable:
    """An image that no task can use, and why. `too_large`: it has more pixels than the model takes."""

    reason: str
    too_large: bool = False


Reference = ImageSize | Unmeasured | Unusable


def references_in(values: Mapping[str, Any], *, model: Model, fetched: Fetched) -> Iterator[tuple[str, Reference]]:
    """Yield every image of validated fields under the name of its field; null is none, an empty text a bad one.

    `fetched` says what came of URLs that were fetched.
    """
    for name in model.references:
        given = values[name]
        for text in given if isinstance(given, list) else () if given is None else (given,):
            yield name, _judged(_looked_at(name, text, fetched), model)


def is_of_this_machine(url: str) -> bool:
    """Tell whether a URL names this machine: a loopback address in figures, localhost, or a name under it."""
    try:
        return loopback_of(urlsplit(url).hostname or "") is not None
    except ValueError:
        return False


def _looked_at(name: str, text: str, fetched: Fetched) -> ImageSize | NotAnImage | Unmeasured:
    if name.endswith("_blob_path"):
        return Unmeasured("a blob path of the vendor")
    found = decode_reference(text)
    if not isinstance(found, Url):
        return found
    if found.url in fetched:
        return fetched[found.url]
    if is_of_this_machine(found.url):
        return Unmeasured("not fetched yet", url=found.url)
    return Unmeasured("a URL of another machine is not fetched")


def _judged(found: ImageSize | NotAnImage | Unmeasured, model: Model) -> Reference:
    """Return an image as it is, unless a limit says that it cannot be used.  [SDK; F3-DOCS for FLUX 3]"""
    match found:
        case NotAnImage(reason):
            return Unusable(reason)
        case ImageSize() if found.length_bytes > limits.MAX_REFERENCE_BYTES.value:
            most_mib = limits.MAX_REFERENCE_BYTES.value // 2**20
            return Unusable(f"The image has {found.length_bytes} bytes; at most {most_mib} MiB are taken.")
        case ImageSize():
            return _judged_by_size(found, model)
        case _:
            return found


def _judged_by_size(found: ImageSize, model: Model) -> ImageSize | Unusable:
    is_flux_3 = model.family is Family.FLUX_3
    most_px = (limits.FLUX_3_MAX_REFERENCE_PX if is_flux_3 else limits.MAX_REFERENCE_PX).value
    size = f"The image has {found.width_px}x{found.height_px} pixels"
    if found.width_px * found.height_px > most_px:
        return Unusable(f"{size}; at most {most_px // MEGAPIXEL_PX.value} megapixels are taken.", too_large=True)
    least_px = limits.FLUX_3_MIN_REFERENCE_SIDE_PX.value
    if is_flux_3 and min(found.width_px, found.height_px) < least_px:
        return Unusable(f"{size}; each side needs at least {least_px}.")
    return found
