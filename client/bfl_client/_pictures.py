"""Whether a file is a whole picture, by its signature and its end, so that an error page is never kept as one."""

from __future__ import annotations

import os
from pathlib import Path

from ._policy import Unfit
from ._replies import Reply

_HEAD_BYTES = 16
_TAIL_BYTES = 64
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_END = b"IEND\xaeB`\x82"
_JPEG = b"\xff\xd8\xff"
_JPEG_END = b"\xff\xd9"


def find_unfit(path: Path, *, reply: Reply) -> Unfit | None:
    """Return why the file fetched with `reply` is not the picture, None if it is."""
    content_type = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not content_type.startswith("image/"):
        return Unfit(f"the content type is {content_type or 'missing'}", is_partial=False)
    size = path.stat().st_size
    expected = reply.headers.get("content-length", "")
    if expected.isdecimal() and "content-encoding" not in reply.headers and int(expected) != size:
        return Unfit(f"{size} of {expected} bytes came", is_partial=True)
    head, tail = _ends(path, size=size)
    is_whole = _is_whole(head, tail, size=size)
    if is_whole is None:
        return Unfit("it begins like no jpeg, png or webp", is_partial=False)
    return None if is_whole else Unfit(f"it breaks off after {size} bytes", is_partial=True)


def _ends(path: Path, *, size: int) -> tuple[bytes, bytes]:
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        file.seek(max(0, size - _TAIL_BYTES), os.SEEK_SET)
        return head, file.read(_TAIL_BYTES)


def _is_whole(head: bytes, tail: bytes, *, size: int) -> bool | None:
    """Whether the picture is complete; None if it is none of the three formats the API makes [OAS OutputFormat]."""
    if head.startswith(_PNG):
        return tail.endswith(_PNG_END)
    if head.startswith(_JPEG):
        return _JPEG_END in tail  # some writers pad after the end marker
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return size >= int.from_bytes(head[4:8], "little") + 8
    return None
