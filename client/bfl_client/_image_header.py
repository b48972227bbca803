"""Format and size of a picture from its first bytes; no pixel is decoded, and no bytes make it fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

ImageFormat = Literal["png", "jpeg", "webp", "gif"]
Size = tuple[int, int]

_WEBP_SIDE = 0x3FFF  # 14 bits, the rest of the two bytes is a scale.  [RFC 9649]
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF0 to SOF15, without DHT, JPG and DAC.  [ITU T.81]
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})  # TEM and RST0 to RST7
_END_OF_HEADERS = frozenset({0xD9, 0xDA})  # EOI and SOS: a frame header comes before them or not at all


def format_of(data: bytes) -> ImageFormat | None:
    """Return which of the four formats `data` begins like, None if none."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    return "webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


def size_px(data: bytes) -> Size | None:
    """Return width and height of a png, jpeg, webp or gif, None if its header does not say them."""
    image_format = format_of(data)
    size = None if image_format is None else _READERS[image_format](data)
    return size if size is not None and min(size) > 0 else None


def _png_size(data: bytes) -> Size | None:
    # IHDR has to be the first chunk.  [RFC 2083]
    if data[12:16] != b"IHDR" or len(data) < 24:
        return None
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def _gif_size(data: bytes) -> Size | None:
    if len(data) < 10:
        return None
    return int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")


def _webp_size(data: bytes) -> Size | None:
    if len(data) < 30:
        return None
    match data[12:16]:
        case b"VP8 ":
            sides = [int.from_bytes(data[at : at + 2], "little") & _WEBP_SIDE for at in (26, 28)]
        case b"VP8L":
            bits = int.from_bytes(data[21:25], "little")
            sides = [(bits & _WEBP_SIDE) + 1, (bits >> 14 & _WEBP_SIDE) + 1]
        case b"VP8X":
            sides = [int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27)]
        case _:
            return None
    return sides[0], sides[1]


def _jpeg_size(data: bytes) -> Size | None:
    """Return the size from the frame header, which stands behind any number of other segments."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _END_OF_HEADERS:
            return None
        if marker in _FRAMES:
            return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        at += _segment_length(data, at)
    return None


def _segment_length(data: bytes, at: int) -> int:
    """Return how many bytes to go on: over a fill byte, a marker alone, or a marker with its segment."""
    marker = data[at + 1]
    if marker == 0xFF:
        return 1
    if marker in _WITHOUT_LENGTH:
        return 2
    return 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))


_READERS: Mapping[ImageFormat, Callable[[bytes], Size | None]] = MappingProxyType(
    {"png": _png_size, "jpeg": _jpeg_size, "webp": _webp_size, "gif": _gif_size}
)
