"""Image fields are understood by their headers, whatever they hold, and nothing in them raises."""

from __future__ import annotations

import base64
import hashlib
import io
import struct
import warnings
import zlib
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mock_bfl.core.image_header import (
    LONGEST_HEADER_BYTES,
    PREFIX_CHARS,
    ImageFormat,
    ImageSize,
    NotAnImage,
    Url,
    begins_like_an_image,
    decode_reference,
    measure,
)

FORMATS: tuple[ImageFormat, ...] = ("png", "jpeg", "webp", "gif")


def picture(image_format: ImageFormat, *, width_px: int = 40, height_px: int = 30) -> bytes:
    """Make a real file of noise, which no format can make small."""
    noise = Image.frombytes("RGB", (width_px, height_px), hashlib.shake_256(b"").digest(3 * width_px * height_px))
    file = io.BytesIO()
    noise.save(file, format=image_format)
    return file.getvalue()


def with_app_segments(jpeg: bytes, *, count: int) -> bytes:
    """Put `count` APP15 segments of 64 KiB each before everything but the start marker."""
    segment = b"\xff\xef" + struct.pack(">H", 65_535) + b"\0" * 65_533
    return jpeg[:2] + count * segment + jpeg[2:]


def png_header(*, width_px: int, height_px: int) -> bytes:
    """Make the first chunks of a PNG whose pixels are missing."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"")


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def reason(found: object) -> str:
    assert isinstance(found, NotAnImage)
    assert found.reason.endswith(".")
    return found.reason


# --- measure ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("image_format", FORMATS)
def test_the_size_and_format_of_a_real_file_are_read(image_format: ImageFormat) -> None:
    data = picture(image_format)

    assert measure(data) == ImageSize(40, 30, image_format, length_bytes=len(data))


@pytest.mark.parametrize("image_format", FORMATS)
def test_a_file_without_its_pixels_still_has_a_size(image_format: ImageFormat) -> None:
    data = picture(image_format, width_px=400, height_px=300)

    assert measure(data[: len(data) // 2]) == ImageSize(400, 300, image_format, length_bytes=len(data) // 2)


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"exif": b"Exif"}], ids=["VP8", "VP8L", "VP8X"])
@pytest.mark.parametrize("size", [(1, 1), (40, 30), (16_383, 2), (3, 16_383)])
def test_each_form_of_webp_is_measured_by_its_first_chunk(options: dict[str, Any], size: tuple[int, int]) -> None:
    file = io.BytesIO()
    Image.new("RGB", size).save(file, "WEBP", **options)
    found = measure(file.getvalue()[:30])
    assert isinstance(found, ImageSize)
    assert (found.width_px, found.height_px) == size


@pytest.mark.parametrize(
    ("head", "said"),
    [(b"VP8 " + bytes(14), "a side is 0"), (b"ALPH" + bytes(14), "first chunk is b'ALPH'"), (b"VP8 ", "cut off")],
)
def test_a_webp_of_another_form_is_no_image(head: bytes, said: str) -> None:
    assert said in reason(measure(b"RIFF" + bytes(4) + b"WEBP" + head))


@pytest.mark.parametrize("image_format", FORMATS)
def test_a_file_cut_off_inside_its_header_is_no_image(image_format: ImageFormat) -> None:
    assert f"header of the {image_format}" in reason(measure(picture(image_format)[:12]))


def test_the_first_bytes_tell_whether_reading_on_is_worth_it() -> None:
    assert begins_like_an_image(picture("jpeg")[:12])
    assert not begins_like_an_image(b"<svg/>")


def test_an_empty_file_is_no_image() -> None:
    assert "empty" in reason(measure(b""))


@pytest.mark.parametrize("data", [b"%PDF-1.7", b"<svg/>", b"RIFF\0\0\0\0WAVE", b"BM", b"\0"])
def test_a_file_of_another_kind_is_no_image(data: bytes) -> None:
    assert "begin" in reason(measure(data))


def test_a_size_that_pillow_takes_for_a_decompression_bomb_is_just_a_size() -> None:
    data = png_header(width_px=100_000, height_px=90_000)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = measure(data)

    assert found == ImageSize(100_000, 90_000, "png", length_bytes=len(data))


@pytest.mark.parametrize(("width_px", "height_px"), [(0, 10), (10, 0)])
def test_a_side_of_zero_is_no_image(width_px: int, height_px: int) -> None:
    assert reason(measure(png_header(width_px=width_px, height_px=height_px)))


@given(data=st.data())
def test_no_damaged_file_raises(data: st.DataObject) -> None:
    content = bytearray(SAMPLES[data.draw(st.sampled_from(FORMATS))])
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))

    assert isinstance(measure(bytes(content[:cut])), ImageSize | NotAnImage)


@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    assert isinstance(measure(data), ImageSize | NotAnImage)


SAMPLES = {image_format: picture(image_format, width_px=8, height_px=8) for image_format in FORMATS}


# --- decode_reference ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["https://example.com/a.png", "http://127.0.0.1:8000/x", "HTTPS://EXAMPLE.COM/ü"])
def test_a_web_address_is_a_url(url: str) -> None:
    assert decode_reference(f"  {url}\n") == Url(url)


@pytest.mark.parametrize("text", ["ftp://host/a.png", "file:///etc/passwd", "http:relative", "c:\\a.png", "a:b"])
def test_any_other_address_is_refused(text: str) -> None:
    assert "http or https URL" in reason(decode_reference(text))


@pytest.mark.parametrize("image_format", FORMATS)
def test_bare_base64_is_measured(image_format: ImageFormat) -> None:
    data = picture(image_format)

    assert decode_reference(encoded(data)) == measure(data)


@pytest.mark.parametrize("head", ["data:image/png;base64,", "DATA:;Base64,", "data:text/plain;charset=x;base64,"])
def test_a_data_uri_is_measured_whatever_type_it_claims(head: str) -> None:
    data = picture("jpeg")

    assert decode_reference(head + encoded(data)) == measure(data)


def test_a_data_uri_needs_its_comma() -> None:
    assert "comma" in reason(decode_reference("data:image/png;base64"))


def test_a_data_uri_that_is_not_base64_is_refused() -> None:
    assert ";base64" in reason(decode_reference("data:image/svg+xml,<svg/>"))


def in_lines(text: str) -> str:
    return "\r\n".join(text[start : start + 76] for start in range(0, len(text), 76)) + "\n"


def url_safe(text: str) -> str:
    return text.replace("+", "-").replace("/", "_")


def without_padding(text: str) -> str:
    return text.rstrip("=")


def spread(text: str) -> str:
    return " \t" + " ".join(text)


@pytest.mark.parametrize("rewrite", [in_lines, url_safe, without_padding, spread])
@pytest.mark.parametrize("surplus", [0, 1, 2])
@pytest.mark.parametrize("size_px", [8, 400])
def test_base64_may_be_written_in_every_usual_way(rewrite: Callable[[str], str], surplus: int, size_px: int) -> None:
    data = picture("png", width_px=size_px, height_px=size_px)
    data += bytes((1 - len(data)) % 3) + bytes(surplus)  # All three lengths of padding.

    assert decode_reference(rewrite(encoded(data))) == ImageSize(size_px, size_px, "png", length_bytes=len(data))


def test_a_text_cut_off_within_a_byte_is_read_up_to_there() -> None:
    text = encoded(picture("png"))
    cut = text[: len(text) // 8 * 4 + 1]

    assert decode_reference(cut) == ImageSize(40, 30, "png", length_bytes=len(cut) * 3 // 4)


@pytest.mark.parametrize("image_format", FORMATS)
def test_only_the_beginning_of_a_long_text_is_decoded(image_format: ImageFormat) -> None:
    """What follows the prefix is not even looked at, so it may be wrong."""
    text = encoded(picture(image_format, width_px=600, height_px=500))
    assert len(text) > PREFIX_CHARS

    found = decode_reference(text[:PREFIX_CHARS] + "!" * 100)

    assert isinstance(found, ImageSize)
    assert (found.width_px, found.height_px) == (600, 500)


def test_a_jpeg_with_app_segments_longer_than_the_prefix_is_measured() -> None:
    data = with_app_segments(picture("jpeg"), count=4)

    assert decode_reference(encoded(data)) == ImageSize(40, 30, "jpeg", length_bytes=len(data))


def test_a_webp_longer_than_the_prefix_is_measured() -> None:
    data = picture("webp", width_px=600, height_px=500)
    assert len(encoded(data)) > PREFIX_CHARS

    assert decode_reference(encoded(data)) == ImageSize(600, 500, "webp", length_bytes=len(data))


def test_a_header_that_goes_on_behind_the_prefix_must_be_base64_there_too() -> None:
    text = encoded(with_app_segments(picture("jpeg"), count=4))

    assert "base64" in reason(decode_reference(text[:PREFIX_CHARS] + "!" + text[PREFIX_CHARS:]))


def test_a_long_jpeg_without_an_end_to_its_header_is_no_image() -> None:
    text = encoded(with_app_segments(picture("jpeg"), count=4)[:200_000])

    assert "header of the jpeg" in reason(decode_reference(text))


def test_a_long_text_of_something_else_is_no_image() -> None:
    assert "begin" in reason(decode_reference("QUJD" * PREFIX_CHARS))


@pytest.mark.parametrize("text", ["", "  \n", "====", "data:image/png;base64,"])
def test_an_empty_text_is_no_image(text: str) -> None:
    assert "empty" in reason(decode_reference(text))


@pytest.mark.parametrize("text", ["not base64!", "日本", "\ud800", "\0", "AA=A", "AAAA!", "a\\b"])
def test_what_is_not_base64_is_no_image(text: str) -> None:
    assert "nor base64" in reason(decode_reference(text))


@given(st.text(st.characters(exclude_categories=[])))
def test_no_text_raises(text: str) -> None:
    assert isinstance(decode_reference(text), Url | ImageSize | NotAnImage)


@given(st.sampled_from(["data:", "data:;base64,", "http://", "iVBORw0KGgo", "/9j/", "R0lGODlh"]), st.text())
def test_no_text_that_begins_well_raises(head: str, tail: str) -> None:
    assert isinstance(decode_reference(head + tail), Url | ImageSize | NotAnImage)


@pytest.mark.parametrize(
    "data",
    [
        b"GIF89a" + b"\x10\x00\x20\x00" + b"\x00\x00\x00" + b"!\xfe\x00" * 1_000_000,
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00\x00\x00\x10\x00\x00\x00\x20" + bytes(1_000_000),
    ],
    ids=["gif of empty comments", "png of nothing"],
)
def test_what_follows_the_size_is_not_looked_at(data: bytes) -> None:
    """Found by a review: a parser went through all of it, for minutes."""
    found = measure(data)
    assert isinstance(found, ImageSize)
    assert (found.width_px, found.height_px) == (16, 32)


def test_of_a_jpeg_no_more_is_looked_at_than_a_long_header() -> None:
    assert "header of the jpeg" in reason(measure(b"\xff\xd8" + b"\xff" * (LONGEST_HEADER_BYTES // 16)))
    assert isinstance(measure(picture("jpeg") + bytes(LONGEST_HEADER_BYTES)), ImageSize)


def test_a_data_uri_may_be_percent_encoded() -> None:
    text = "data:image/png;base64," + quote(base64.b64encode(picture("png")).decode(), safe="")
    assert isinstance(decode_reference(text), ImageSize)
