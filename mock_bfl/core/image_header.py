"""What a request's image field holds: a URL, or an image whose size is read from its header without decoding pixels.

Law: nothing here raises, whatever the text or the bytes; what is no image comes back as `NotAnImage` with the reason.
Only a prefix of a base64 text is decoded, a longer one only where the header proves longer than that (a JPEG with
large APP segments).
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, TypeAlias
from urllib.parse import unquote

from PIL import Image, JpegImagePlugin

ImageFormat: TypeAlias = Literal["png", "jpeg", "webp", "gif"]

PREFIX_CHARS = 65_536  # 48 KiB of image: all that comes before the pixels of an ordinary file.

_URL_SCHEMES = ("http", "https")
_SCHEME_CHARS = 32  # A scheme is looked for this far into a text, not through megabytes of base64.
_BLANKS = " \t\r\n\v\f"
_TO_STANDARD_DIGITS = str.maketrans("-_", "+/", _BLANKS)

_JPEG: Callable[[io.BytesIO], Image.Image] = JpegImagePlugin.JpegImageFile

LONGEST_HEADER_BYTES = 2 * 1024 * 1024  # of a JPEG, with all its APP segments: no more of one is looked at.
_LONGEST_PREFIX_CHARS = LONGEST_HEADER_BYTES * 4 // 3

_PNG_HEADER_BYTES = 33
_GIF_HEADER_BYTES = 13
_WEBP_HEADER_BYTES = 30
_WEBP_SIDE = 0x3FFF  # 14 bits


@dataclass(frozen=True, slots=True)
class ImageSize:
    """Tells what an image's header says, and how many bytes the whole file has."""

    width_px: int
    height_px: int
    format: ImageFormat
    length_bytes: int


@dataclass(frozen=True, slots=True)
class NotAnImage:
    """Tells in a sentence why something could not be read as an image."""

    reason: str


@dataclass(frozen=True, slots=True)
class Url:
    """Holds an http or https URL as it was given; whether to fetch it is another's decision."""

    url: str


def measure(data: bytes) -> ImageSize | NotAnImage:
    """Read format and size of a png, jpeg, webp or gif from the first bytes of `data`; pixels may be missing."""
    if not data:
        return NotAnImage("The image is empty.")
    image_format = _format_of(data)
    if image_format is None:
        return NotAnImage("The bytes do not begin like a png, jpeg, webp or gif.")
    try:
        width_px, height_px = _sides(data, image_format)
        return ImageSize(width_px, height_px, image_format, length_bytes=len(data))
    except Exception as error:  # noqa: BLE001 - a foreign parser on foreign bytes: it documents no list of what it raises
        return NotAnImage(f"The header of the {image_format} cannot be read: {error}.")


def _sides(data: bytes, image_format: ImageFormat) -> tuple[int, int]:
    width_px, height_px = _READERS[image_format](data)
    if not width_px or not height_px:
        raise ValueError("a side is 0")
    return width_px, height_px


def _sides_of_png(data: bytes) -> tuple[int, int]:
    """Return width and height from the chunk that has to come first. Raises ValueError.  [RFC 2083: IHDR]"""
    if data[12:16] != b"IHDR" or len(data) < _PNG_HEADER_BYTES:
        raise ValueError("its first chunk is not a whole IHDR")
    return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])


def _sides_of_gif(data: bytes) -> tuple[int, int]:
    """Return width and height of the logical screen. Raises ValueError.  [GIF89a specification, section 18]"""
    if len(data) < _GIF_HEADER_BYTES:
        raise ValueError("it is cut off")
    return int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")


def _sides_of_jpeg(data: bytes) -> tuple[int, int]:
    """Return width and height from the frame header, wherever it stands; Pillow finds it.

    Its own class instead of `Image.open`: that one takes a large size for an attack, and here no pixel is decoded.
    """
    with _JPEG(io.BytesIO(data[:LONGEST_HEADER_BYTES])) as image:
        return image.width, image.height


def _sides_of_webp(data: bytes) -> tuple[int, int]:
    """Return width and height from the first chunk. Raises ValueError.  [RFC 9649: VP8, VP8L, VP8X]"""
    if len(data) < _WEBP_HEADER_BYTES:
        raise ValueError("it is cut off")
    match data[12:16]:
        case b"VP8 ":
            sides = (int.from_bytes(data[at : at + 2], "little") & _WEBP_SIDE for at in (26, 28))
        case b"VP8L":
            bits = int.from_bytes(data[21:25], "little")
            sides = ((bits >> shift & _WEBP_SIDE) + 1 for shift in (0, 14))
        case b"VP8X":
            sides = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
        case chunk:
            raise ValueError(f"its first chunk is {chunk!r}")
    width_px, height_px = sides
    return width_px, height_px


# Read by us where the size stands in the first bytes: Pillow would go through all that follows, in a loop per byte for
# some of it; only a JPEG's stands anywhere.
_READERS: Mapping[ImageFormat, Callable[[bytes], tuple[int, int]]] = MappingProxyType(
    {"png": _sides_of_png, "gif": _sides_of_gif, "jpeg": _sides_of_jpeg, "webp": _sides_of_webp}
)


def begins_like_an_image(data: bytes) -> bool:
    """Tell whether more of the same file may make an image of it."""
    return _format_of(data) is not None


def decode_reference(text: str) -> Url | ImageSize | NotAnImage:
    """Tell what an image field holds: a URL, or the size of the image in a `data:` URI or in bare base64.

    Base64 may contain blanks and line breaks, lack its padding and use the URL-safe alphabet.  The media type of a
    `data:` URI is not believed: the bytes tell their format.
    """
    text = text.strip()
    scheme, colon, rest = text[:_SCHEME_CHARS].partition(":")
    scheme = scheme.lower()
    if not colon:
        return _measure_base64(text)
    if scheme == "data":
        return _measure_data_uri(text)
    if scheme in _URL_SCHEMES and rest.startswith("//"):
        return Url(text)
    return NotAnImage("The text is neither an http or https URL, nor a data: URI, nor base64.")


def _format_of(data: bytes) -> ImageFormat | None:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return None


def _measure_data_uri(uri: str) -> ImageSize | NotAnImage:
    # data:[<mediatype>][;base64],<data>  [RFC 2397]
    head, comma, payload = uri.partition(",")
    if not comma:
        return NotAnImage("The data: URI has no comma before its data.")
    if not head.lower().endswith(";base64"):
        return NotAnImage("The data: URI is not marked as ;base64.")
    return _measure_base64(unquote(payload) if "%" in payload else payload)


def _measure_base64(text: str) -> ImageSize | NotAnImage:
    """Measure the image in `text` by its prefix, or by a longer one if the header goes on behind it."""
    text = text.strip(_BLANKS).rstrip(_BLANKS + "=")
    prefix = _decode(text[:PREFIX_CHARS])
    if isinstance(prefix, NotAnImage):
        return prefix
    found = measure(prefix)
    if isinstance(found, NotAnImage) and len(text) > PREFIX_CHARS and begins_like_an_image(prefix):
        more = _decode(text[:_LONGEST_PREFIX_CHARS])
        found = more if isinstance(more, NotAnImage) else measure(more)
    return replace(found, length_bytes=_length_bytes(text)) if isinstance(found, ImageSize) else found


def _decode(text: str) -> bytes | NotAnImage:
    digits = text.translate(_TO_STANDARD_DIGITS)
    odd = len(digits) % 4 == 1  # A text cut off one digit into a byte: that digit is checked, then dropped.
    try:
        data = base64.b64decode(digits + ("A==" if odd else "=" * (-len(digits) % 4)), validate=True)
    except ValueError as error:
        return NotAnImage(f"The text is neither a URL nor base64: {error}.")
    return data[:-1] if odd else data


def _length_bytes(text: str) -> int:
    """Count the bytes that base64 without padding stands for, without decoding it."""
    return (len(text) - sum(text.count(blank) for blank in _BLANKS)) * 3 // 4
