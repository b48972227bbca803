"""Input images: from what a caller has (URL, file, bytes, base64) to what the API takes (URL or base64), checked first.

A picture that no task can use costs a task to find out, so what is certain to fail is refused here. Limits: 20 MB and
20 MP [SDK]; read as the larger of the two units each, so that nothing is refused that fits either way. No document
names the formats: png, jpeg and webp are those the API makes, gif is let through, anything else is to be converted
first (ASSUMED).
"""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

from ._errors import InvalidRequest
from ._image_header import Size, format_of, size_px

__all__ = ["ImageSource", "as_api_image", "problem_with", "size_of_text", "size_px"]

ImageSource: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview

MEGAPIXEL_PX = 2**20  # [CASS: 256x256 is reported as 0.06 MP; DOCS-PRICE: 1 MP = 1024x1024]
_MAX_BYTES = 20 * 2**20
_MAX_MP = 20
_HEAD_CHARS = 65_536  # of base64: more than comes before the pixels of an ordinary file
_LONGEST_HEAD_CHARS = 4 * 2**20  # a jpeg may carry profiles and previews before its size
_SCHEME_CHARS = 32  # where a scheme is looked for, so that megabytes of base64 are not
_BLANKS = " \t\r\n\v\f"
_TO_STANDARD_DIGITS = str.maketrans("-_", "+/", _BLANKS)
_WANTED = "png, jpeg, webp or gif"


def as_api_image(source: ImageSource, *, field: str = "image") -> str:
    """Return an input image as the API takes it: a URL as it is, everything else as plain base64.

    A `str` is an http(s) URL, a `data:` URL, base64, or the name of a file that exists, in this order; give only a
    `Path` where a name may come from a stranger. `field` names the image in errors. Raises InvalidRequest.
    """
    if isinstance(source, str):
        return _from_text(source.strip(), field)
    if isinstance(source, os.PathLike):
        return _from_file(Path(source), field)
    if isinstance(source, bytes | bytearray | memoryview):
        return _from_bytes(bytes(source), field, name="the picture")
    raise _refused(field, f"give a URL, a path, bytes or base64, not {type(source).__name__}")


def problem_with(text: str, *, most_mp: int = _MAX_MP, least_side_px: int = 1) -> str | None:
    """Return what is certain to be wrong with an image field's text, None if nothing is; no file is looked for.

    Only the beginning of base64 is decoded. A size that the header does not say is no problem: the API may find it.
    """
    if is_url(text):
        return _problem_with_url(text)
    head = _decoded(_payload(text)[:_HEAD_CHARS])
    if not head:
        return "is neither an http(s) URL nor base64 (as_api_image makes it from a file)"
    return _problem_with_picture(
        head, size=size_of_text(text), length_bytes=_length_bytes(text), most_mp=most_mp, least_side_px=least_side_px
    )


def is_url(text: str) -> bool:
    """Whether an image field's text is a URL to fetch, and no picture."""
    return text[:_SCHEME_CHARS].lstrip().lower().startswith(("http://", "https://"))


def size_of_text(text: str) -> Size | None:
    """Return the size of the picture in base64 or a `data:` URL, None for a URL or where the header does not say."""
    if is_url(text):
        return None
    payload = _payload(text)
    for chars in (_HEAD_CHARS, _LONGEST_HEAD_CHARS):
        head = _decoded(payload[:chars])
        size = None if head is None else size_px(head)
        if size is not None or len(payload) <= chars:
            return size
    return None


def _from_text(text: str, field: str) -> str:
    if not text:
        raise _refused(field, "is empty: give a URL, a path, bytes or base64")
    if is_url(text):
        problem = _problem_with_url(text)
        if problem is not None:
            raise _refused(field, problem)
        return text
    if text[:5].lower() == "data:" or format_of(_decoded(text[:_HEAD_CHARS]) or b""):
        return _from_base64(text, field)
    if _is_file(text):
        return _from_file(Path(text), field)
    raise _refused(field, f"{_shortened(text)} is no http(s) URL, no file of this name, and no base64 of a {_WANTED}")


def _from_base64(text: str, field: str) -> str:
    digits = _standard_digits(_payload(text)).rstrip("=")
    digits += "=" * (-len(digits) % 4)
    try:
        data = base64.b64decode(digits, validate=True)
    except ValueError as error:
        raise _refused(field, f"{_shortened(text)} is not whole base64 ({error}): encode the picture anew") from error
    if not data:
        raise _refused(field, f"{_shortened(text)} holds no base64: a data: URL reads data:image/png;base64,AAAA")
    return _from_bytes(data, field, name=_shortened(text), encoded=digits)


def _from_file(path: Path, field: str) -> str:
    name = repr(str(path))
    if not path.exists():
        raise _refused(field, f"{name} does not exist")
    if not path.is_file():
        raise _refused(field, f"{name} is no file")
    if path.stat().st_size > _MAX_BYTES:
        raise _refused(field, f"{name} {_too_many_bytes(path.stat().st_size)}")
    try:
        return _from_bytes(path.read_bytes(), field, name=name)
    except OSError as error:
        raise _refused(field, f"{name} cannot be read ({error})") from error


def _from_bytes(data: bytes, field: str, *, name: str, encoded: str | None = None) -> str:
    if not data:
        raise _refused(field, f"{name} is empty")
    problem = _problem_with_picture(data, size=size_px(data), length_bytes=len(data))
    if problem is not None:
        raise _refused(field, f"{name} {problem}")
    return base64.b64encode(data).decode() if encoded is None else encoded


def _problem_with_picture(
    head: bytes, *, size: Size | None, length_bytes: int, most_mp: int = _MAX_MP, least_side_px: int = 1
) -> str | None:
    if format_of(head) is None:
        return f"begins like no {_WANTED}: convert it to one of these"
    if length_bytes > _MAX_BYTES:
        return _too_many_bytes(length_bytes)
    if size is None:
        return None
    if size[0] * size[1] > most_mp * MEGAPIXEL_PX:
        return f"has {size[0]}x{size[1]} = {size[0] * size[1]:,} pixels, at most {most_mp} MP are taken: shrink it"
    if min(size) < least_side_px:
        return f"has {size[0]}x{size[1]} pixels, each side needs at least {least_side_px}: enlarge it"
    return None


def _problem_with_url(url: str) -> str | None:
    if any(character <= " " or character == "\x7f" for character in url.strip()):
        return "is a URL with a blank or a control character: percent-encode it"
    try:
        host = urlsplit(url).hostname
    except ValueError as error:
        return f"cannot be read as a URL ({error})"
    return None if host else "is a URL that names no host"


def _too_many_bytes(length_bytes: int) -> str:
    return f"has {length_bytes:,} bytes, at most 20 MiB are taken: shrink it or give a URL"


def _payload(text: str) -> str:
    """Return the base64 of a text: behind the comma of a `data:` URL [RFC 2397], else all of it."""
    text = text.strip(_BLANKS)
    if text[:5].lower() != "data:":
        return text
    head, _, payload = text.partition(",")
    if not head.lower().endswith(";base64"):
        return ""
    return unquote(payload) if "%" in payload else payload


def _decoded(text: str) -> bytes | None:
    """Return what the whole groups of four at the beginning of a base64 text stand for, None if it is none."""
    digits = _standard_digits(text).rstrip("=")
    whole = len(digits) // 4 * 4
    last = digits[whole:] if len(digits) - whole > 1 else ""
    try:
        return base64.b64decode(digits[:whole] + last + "=" * (-len(last) % 4), validate=True)
    except ValueError:
        return None


def _standard_digits(text: str) -> str:
    """Return base64 without blanks, in the standard alphabet; a text that has it already is not gone through."""
    return text.translate(_TO_STANDARD_DIGITS) if any(odd in text for odd in _BLANKS + "-_") else text


def _length_bytes(text: str) -> int:
    """Return how many bytes base64 stands for; its blanks are looked for only where they would decide."""
    digits = _payload(text).rstrip(_BLANKS + "=")
    blanks = sum(map(digits.count, _BLANKS)) if len(digits) * 3 // 4 > _MAX_BYTES else 0
    return (len(digits) - blanks) * 3 // 4


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):
        return False  # a name too long to be one


def _shortened(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:37]}...")


def _refused(field: str, problem: str) -> InvalidRequest:
    return InvalidRequest(f"{field}: {problem}.")
