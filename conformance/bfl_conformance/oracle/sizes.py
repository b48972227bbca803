"""How many pixels a request asks for and brings along, read from the request itself; None where nobody can tell."""

from __future__ import annotations

import base64
import binascii

from bfl_conformance.observation import Document, Json
from mock_bfl.contract import Model, Sizing, limits
from mock_bfl.contract.prices import MEGAPIXEL_PX

_PNG = b"\x89PNG\r\n\x1a\n"
_HEAD_CHARS = 44  # base64 of the 33 bytes in which a PNG states its size

# Above this the documents disagree on what is billed: resized (help), refused (guide).  [HELP-DIM, GUIDE]
LARGEST_CERTAIN_PX = min(limits.MAX_OUTPUT_MP.value * MEGAPIXEL_PX.value, 4_000_000)


def output_px(model: Model, request: Document) -> int | None:
    """Return the pixels of the picture asked for; None where the server chooses, or above 4 MP."""
    if model.sizing is not Sizing.EXACT:
        return None
    width, height = (_side(model, request, name) for name in ("width", "height"))
    return None if width is None or height is None else _certain(width * height)


def reference_px(model: Model, request: Document) -> tuple[int, ...] | None:
    """Return the pixels of each reference image of the request; None as soon as one of them cannot be measured."""
    given = [request[name] for name in model.references if request.get(name) is not None]
    measured = [_image_px(value) for value in given]
    known = tuple(pixels for pixels in measured if pixels is not None)
    return known if len(known) == len(measured) else None


def _side(model: Model, request: Document, name: str) -> int | None:
    default = next((field.default for field in model.fields if field.name == name), None)
    value = request.get(name, default)
    return value if isinstance(value, int) and value > 0 else None


def _image_px(value: Json) -> int | None:
    if not isinstance(value, str) or "://" in value[:12]:
        return None
    try:
        head = base64.b64decode(value.rpartition(",")[2][:_HEAD_CHARS], validate=True)
    except (binascii.Error, ValueError):
        return None
    return _certain(_png_px(head)) if head.startswith(_PNG) and len(head) >= 24 else None


def _png_px(head: bytes) -> int:
    return int.from_bytes(head[16:20]) * int.from_bytes(head[20:24])


def _certain(pixels: int) -> int | None:
    return pixels if pixels <= LARGEST_CERTAIN_PX else None
