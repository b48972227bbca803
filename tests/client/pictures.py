"""Pictures for the tests of requests: as small as a header, or real ones written by Pillow."""

from __future__ import annotations

import base64
import io
import struct

from PIL import Image


def picture(width: int = 40, height: int = 30, *, form: str = "PNG", **options: object) -> bytes:
    """Return a real picture."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(file, form, **options)
    return file.getvalue()


def png_head(width: int, height: int) -> bytes:
    """Return the first bytes of a png that claims a size."""
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII5B4x", 13, b"IHDR", width, height, 8, 2, 0, 0, 0)


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def png(width: int, height: int) -> str:
    """Return the base64 of a png that claims a size."""
    return base64_of(png_head(width, height))
