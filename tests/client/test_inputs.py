"""Input images become what the API takes, URL or base64, and what no task could use is refused before it costs."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bfl_client import InvalidRequest
from bfl_client._inputs import as_api_image, problem_with, size_of_text, size_px
from tests.client.pictures import base64_of, picture, png_head

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
MIB = 2**20


# Sizes, from headers alone


@pytest.mark.parametrize("form", FORMATS)
def test_the_size_of_a_picture_is_read_from_its_header(form: str) -> None:
    assert size_px(picture(1000, 700, form=form)) == (1000, 700)


@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 50}, {"quality": 50, "icc_profile": b"x" * 99}])
def test_each_kind_of_webp_is_read(options: dict[str, object]) -> None:
    assert size_px(picture(1000, 700, form="WEBP", **options)) == (1000, 700)


@pytest.mark.parametrize("options", [{"progressive": True}, {"icc_profile": b"x" * 200_000}, {"comment": b"hi"}])
def test_a_jpegs_size_is_found_behind_its_segments(options: dict[str, object]) -> None:
    assert size_px(picture(321, 123, form="JPEG", **options)) == (321, 123)


def test_fill_bytes_before_a_jpegs_marker_are_passed_over() -> None:
    data = picture(form="JPEG")
    assert size_px(data[:2] + b"\xff\xff" + data[2:]) == (40, 30)


def test_a_jpegs_marker_without_length_is_passed_over() -> None:
    data = picture(form="JPEG")
    assert size_px(data[:2] + b"\xff\x01" + data[2:]) == (40, 30)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        b"\x89PNG\r\n\x1a\n",
        png_head(0, 5),
        png_head(40, 30).replace(b"IHDR", b"IDAT"),
        b"GIF89a\x01",
        b"RIFF\x00\x00\x00\x00WEBPVP8 ",
        b"RIFF\x00\x00\x00\x00WEBPALPH" + bytes(40),
        b"\xff\xd8\xff\xd9" + bytes(40),
        b"\xff\xd8\xff\xda\x00\x02" + bytes(40),
        b"\xff\xd8\xff\xe0\x00\x01" + bytes(40),
        b"\xff\xd8\xff\xe0\xff\xff",
        b"\xff\xd8\xffnoise",
        b"\xff\xd8\xff\xc0\x00\x11\x08",
        b"\xff\xd8\xff",
    ],
    ids=repr,
)
def test_a_header_that_says_no_size_has_none(data: bytes) -> None:
    assert size_px(data) is None


@given(st.sampled_from(FORMATS), st.binary(max_size=30), st.integers(0, 200))
@example("PNG", b"", 0)
def test_no_bytes_make_the_size_reader_fail(form: str, noise: bytes, cut: int) -> None:
    data = picture(form=form)
    found = size_px(data[:cut] + noise + data[cut + len(noise) :])
    assert found is None or min(found) > 0


def test_the_size_in_a_text_is_read_from_base64_and_data_urls_alone() -> None:
    text = base64_of(picture(form="JPEG"))
    assert size_of_text(text) == size_of_text(f"data:image/jpeg;base64,{text}") == (40, 30)
    assert size_of_text("https://example.com/a.png") is None
    assert size_of_text("not an image") is None


def test_a_jpegs_size_far_into_a_text_is_found() -> None:
    assert size_of_text(base64_of(picture(form="JPEG", icc_profile=b"x" * 200_000))) == (40, 30)


def test_a_jpegs_size_is_not_looked_for_without_end() -> None:
    segments = b"\xff\xe2\xff\xff" + bytes(0xFFFD)
    assert size_of_text(base64_of(b"\xff\xd8" + segments * 60 + picture(form="JPEG")[2:])) is None


# What a caller has


@pytest.mark.parametrize("url", ["https://example.com/cat.jpg", "http://127.0.0.1:8080/a?b=c", "HTTPS://EXAMPLE.COM/a"])
def test_a_url_passes_as_it_is(url: str) -> None:
    assert as_api_image(f" {url}\n") == url


@pytest.mark.parametrize("form", FORMATS)
def test_bytes_become_base64(form: str) -> None:
    data = picture(form=form)
    assert base64.b64decode(as_api_image(data), validate=True) == data


@pytest.mark.parametrize("wrap", [bytearray, memoryview])
def test_other_buffers_are_bytes_too(wrap: type) -> None:
    assert as_api_image(wrap(picture())) == base64_of(picture())


def test_a_file_is_read_by_path_and_by_name(tmp_path: Path) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(picture())
    assert as_api_image(path) == as_api_image(str(path)) == base64_of(picture())


def test_base64_of_any_hand_becomes_plain_base64() -> None:
    data = picture(form="JPEG", quality=11)
    text = base64_of(data)
    loose = base64.urlsafe_b64encode(data).decode().rstrip("=")
    assert as_api_image(text) == text
    assert as_api_image("\n".join(loose[at : at + 76] for at in range(0, len(loose), 76))) == text


def test_a_data_url_loses_its_head() -> None:
    text = base64_of(picture())
    assert as_api_image(f"data:image/png;base64,{text}") == text
    assert as_api_image(f"data:image/png;base64,{text.replace('+', '%2B').replace('=', '%3D')}") == text


def test_base64_wins_over_a_file_of_that_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A jpeg in base64 begins like an absolute path; no disk is asked about it."""
    monkeypatch.chdir(tmp_path)
    text = base64_of(png_head(64, 64))
    (tmp_path / text).write_bytes(picture())
    assert as_api_image(text) == text


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("", "is empty"),
        (b"", "is empty"),
        ("  ", "is empty"),
        ("cat.png", "no file of this name"),
        ("https://", "names no host"),
        ("https://exa mple.com/a.png", "blank"),
        ("https://[::1/a.png", "cannot be read as a URL"),
        ("ftp://example.com/a.png", "http"),
        ("data:image/png,abc", "base64"),
        ("data:image/png;base64", "base64"),
        ("data:image/png;base64,###", "base64"),
        (base64_of(b"hello, this is text"), "png, jpeg, webp or gif"),
        (b"hello, this is text", "convert it"),
        (png_head(5000, 5000), "25,000,000 pixels"),
        (base64_of(png_head(5000, 5000)), "25,000,000 pixels"),
        (picture() + bytes(20 * MIB), "shrink it"),
        (None, "NoneType"),
        (17, "int"),
        ("a\0b", "no file of this name"),
        ("é" * 300, "no file of this name"),
        (base64_of(png_head(64, 64))[:-3] + "#==", "base64"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_no_task_could_use_is_refused_with_what_to_do(source: object, says: str) -> None:
    with pytest.raises(InvalidRequest, match=says) as caught:
        as_api_image(source, field="input_image_2")  # type: ignore[arg-type]  # some are no input at all
    assert str(caught.value).startswith("input_image_2: ")
    assert len(str(caught.value)) < 300


def test_a_file_that_cannot_be_sent_is_refused_with_its_name(tmp_path: Path) -> None:
    empty, large, folder = tmp_path / "empty.png", tmp_path / "large.png", tmp_path / "folder"
    empty.touch()
    folder.mkdir()
    large.touch()
    os.truncate(large, 20 * MIB + 1)
    for path, says in (
        (empty, "is empty"),
        (large, "at most 20 MiB"),
        (folder, "is no file"),
        (tmp_path / "missing.png", "does not exist"),
        (Path("/dev/zero"), "is no file"),
    ):
        with pytest.raises(InvalidRequest, match=says) as caught:
            as_api_image(path)
        assert path.name in str(caught.value)


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(picture())

    def forbidden(*_: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", forbidden)
    with pytest.raises(InvalidRequest, match="Permission denied"):
        as_api_image(path)


def test_twenty_mebibytes_and_twenty_megapixels_are_taken() -> None:
    largest = png_head(5120, 4096) + bytes(20 * MIB - len(png_head(1, 1)))
    assert len(as_api_image(largest)) == 4 * ((20 * MIB + 2) // 3)


# The pure check of a text, which requests make


@pytest.mark.parametrize(
    "text", ["https://example.com/a", base64_of(picture()), f"data:;base64,{base64_of(picture())}"]
)
def test_a_text_that_the_api_takes_has_no_problem(text: str) -> None:
    assert problem_with(text) is None


def test_line_breaks_do_not_count_as_bytes_of_the_picture() -> None:
    """At the limit, base64 in lines is longer than the limit allows without them."""
    text = base64_of(png_head(64, 64) + bytes(20 * MIB - len(png_head(1, 1))))
    broken = "\n".join(text[at : at + 76] for at in range(0, len(text), 76))
    assert problem_with(broken) is None
    assert "bytes" in str(problem_with(broken[:-3] + "AAAAA"))


def test_a_header_whose_size_cannot_be_read_is_left_to_the_api() -> None:
    assert problem_with(base64_of(b"\xff\xd8\xff\xe0" + bytes(100))) is None


@pytest.mark.parametrize(("size", "is_taken"), [((255, 256), False), ((256, 256), True)])
def test_a_model_may_want_a_least_side(size: tuple[int, int], *, is_taken: bool) -> None:
    assert (problem_with(base64_of(png_head(*size)), least_side_px=256) is None) is is_taken


@pytest.mark.parametrize(("size", "is_taken"), [((4096, 4097), False), ((4096, 4096), True)])
def test_a_model_may_take_fewer_megapixels(size: tuple[int, int], *, is_taken: bool) -> None:
    assert (problem_with(base64_of(png_head(*size)), most_mp=16) is None) is is_taken


def test_a_name_of_a_file_in_a_request_is_told_how_to_send_it() -> None:
    assert "as_api_image" in str(problem_with("cat.png"))


@given(st.text(max_size=80))
@example("//////")
@example("data:;base64,")
def test_no_text_makes_the_check_fail(text: str) -> None:
    assert problem_with(text) is None or str(problem_with(text))
