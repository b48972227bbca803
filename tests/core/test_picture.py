"""A delivered picture is real, of the right size and format, tells which request it answers, and never fails."""

from __future__ import annotations

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import combinations
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mock_bfl.core.picture import CONTENT_TYPES, LONGEST_SIDE_PX, OutputFormat, Picture, PictureCache, render

FORMATS: tuple[OutputFormat, ...] = get_args(OutputFormat)
CUBE = Picture(model="flux-2-pro", prompt="a red cube", seed=42, width_px=320, height_px=240, output_format="png")


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.getbbox()  # Decodes every pixel.
    return image


def pixels(picture: Picture, *, scalable_text: bool | None = None) -> bytes:
    return opened(render(picture, scalable_text=scalable_text)).convert("RGB").tobytes()


# --- What is rendered ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("output_format", FORMATS)
@pytest.mark.parametrize("size", [(1, 1), (1, 500), (23, 24), (24, 24), (64, 64), (97, 131), (1024, 64), (2048, 2048)])
def test_a_picture_has_exactly_the_size_and_format_asked_for(
    output_format: OutputFormat, size: tuple[int, int]
) -> None:
    image = opened(render(replace(CUBE, width_px=size[0], height_px=size[1], output_format=output_format)))

    assert (image.size, image.format) == (size, output_format.upper())


def test_a_picture_may_be_far_larger_than_the_api_makes_them() -> None:
    assert opened(render(replace(CUBE, width_px=8000, height_px=4000, output_format="jpeg"))).size == (8000, 4000)


@pytest.mark.parametrize("output_format", ["jpeg", "webp"])
def test_a_side_longer_than_its_format_can_hold_is_cut(output_format: OutputFormat) -> None:
    image = opened(render(replace(CUBE, width_px=65_536, height_px=64, output_format=output_format)))

    assert image.size == (LONGEST_SIDE_PX[output_format], 64)


@pytest.mark.parametrize(("width_px", "height_px"), [(0, 1), (1, 0), (-5, 5)])
def test_a_picture_without_pixels_cannot_be_named(width_px: int, height_px: int) -> None:
    with pytest.raises(ValueError, match=f"not {width_px} x {height_px}"):
        replace(CUBE, width_px=width_px, height_px=height_px)


@pytest.mark.parametrize("output_format", FORMATS)
def test_the_same_picture_is_the_same_bytes(output_format: OutputFormat) -> None:
    picture = replace(CUBE, output_format=output_format)

    assert render(picture) == render(replace(picture))


@pytest.mark.parametrize("output_format", FORMATS)
@pytest.mark.parametrize("side_px", [16, 240], ids=["without text", "with text"])
def test_pictures_differ_by_seed_prompt_and_model(output_format: OutputFormat, side_px: int) -> None:
    first = replace(CUBE, width_px=side_px, height_px=side_px, output_format=output_format)
    others = [replace(first, seed=43), replace(first, prompt="a blue cube"), replace(first, model="flux-2-max")]

    for one, other in combinations([first, *others], 2):
        assert pixels(one) != pixels(other)


def test_a_hundred_neighbouring_seeds_give_a_hundred_pictures() -> None:
    small = replace(CUBE, width_px=16, height_px=16)

    assert len({pixels(replace(small, seed=seed)) for seed in range(100)}) == 100


def test_equal_halves_of_a_request_do_not_run_into_each_other() -> None:
    """A hash of the joined fields would take these two for one."""
    assert pixels(replace(CUBE, seed=1, prompt="2 cats")) != pixels(replace(CUBE, seed=12, prompt=" cats"))


@pytest.mark.parametrize("output_format", FORMATS)
def test_every_format_has_its_content_type(output_format: OutputFormat) -> None:
    assert CONTENT_TYPES[output_format] == Image.MIME[output_format.upper()]


def test_every_content_type_belongs_to_a_format() -> None:
    assert set(CONTENT_TYPES) == set(LONGEST_SIDE_PX) == set(FORMATS)


# --- What is written on it -------------------------------------------------------------------------------------------


def brightest(picture: Picture, *, scalable_text: bool | None = None) -> int:
    return max(opened(render(picture, scalable_text=scalable_text)).convert("L").tobytes())


@pytest.mark.parametrize("scalable_text", [None, True, False])
def test_the_prompt_is_written_in_white(scalable_text: bool | None) -> None:
    assert brightest(CUBE, scalable_text=scalable_text) == 255


def test_a_card_without_room_has_no_text() -> None:
    assert brightest(replace(CUBE, width_px=23, height_px=400)) < 200


def test_an_empty_prompt_leaves_only_the_facts() -> None:
    assert brightest(replace(CUBE, prompt="")) < 255


def white_rows(prompt: str) -> int:
    """Count the rows of a card on which the prompt has left white."""
    light = opened(render(replace(CUBE, prompt=prompt))).convert("L").tobytes()
    return sum(255 in light[start : start + CUBE.width_px] for start in range(0, len(light), CUBE.width_px))


def test_a_long_prompt_takes_more_lines() -> None:
    assert white_rows("a red cube on a blue table " * 5) > 2 * white_rows("a red cube")


@pytest.mark.parametrize("prompt", ["word " * 20_000, "x" * 100_000], ids=["words", "one word"])
def test_an_endless_prompt_is_cut_to_the_room_there_is(prompt: str) -> None:
    assert white_rows(prompt) <= CUBE.height_px * 6 // 10


@pytest.mark.parametrize(
    "prompt",
    [
        "日本語のプロンプト",
        "😀👨‍👩‍👧",
        "שלום עולם",
        "\ud800 lone \udfff",
        "a\nb\r\n\tc",
        "\0\0\0",
        "\u202e",
        "e\u0301" * 900,
        "ﷺ" * 900,
    ],
    ids=["japanese", "emoji", "hebrew", "surrogates", "lines", "nul", "override", "combining", "expanding"],
)
@pytest.mark.parametrize("scalable_text", [True, False], ids=["outline", "bitmap"])
def test_a_prompt_in_any_script_is_drawn(prompt: str, scalable_text: bool) -> None:
    assert render(replace(CUBE, prompt=prompt), scalable_text=scalable_text)


@settings(deadline=None)
@given(
    prompt=st.text(st.characters(exclude_categories=[])),
    size=st.tuples(st.integers(1, 200), st.integers(1, 200)),
    seed=st.integers(),
    scalable_text=st.booleans(),
)
def test_no_prompt_and_no_size_raises(prompt: str, size: tuple[int, int], seed: int, scalable_text: bool) -> None:
    picture = replace(CUBE, prompt=prompt, width_px=size[0], height_px=size[1], seed=seed)

    assert opened(render(picture, scalable_text=scalable_text)).size == size


# --- The cache -------------------------------------------------------------------------------------------------------


class Renderer:
    """Answers as many bytes as a picture is wide, and remembers for which it was asked."""

    def __init__(self) -> None:
        self.seeds: list[int] = []

    def __call__(self, picture: Picture) -> bytes:
        self.seeds.append(picture.seed)
        return bytes([picture.seed % 256]) * picture.width_px


def sized(seed: int, *, size_bytes: int = 10) -> Picture:
    return replace(CUBE, seed=seed, width_px=size_bytes)


def test_the_cache_answers_what_render_answers() -> None:
    assert PictureCache().get(CUBE) == render(CUBE)


def test_a_kept_picture_is_not_rendered_again() -> None:
    renderer = Renderer()
    cache = PictureCache(max_bytes=100, render=renderer)

    assert cache.get(sized(1)) == cache.get(sized(1))
    assert renderer.seeds == [1]


@pytest.mark.parametrize(
    "other",
    [
        replace(CUBE, model="x"),
        replace(CUBE, prompt="x"),
        replace(CUBE, seed=1),
        replace(CUBE, width_px=321),
        replace(CUBE, height_px=241),
        replace(CUBE, output_format="webp"),
    ],
    ids=["model", "prompt", "seed", "width", "height", "format"],
)
def test_pictures_that_differ_anywhere_are_kept_apart(other: Picture) -> None:
    renderer = Renderer()
    cache = PictureCache(render=renderer)
    cache.get(CUBE)
    cache.get(other)

    assert renderer.seeds == [CUBE.seed, other.seed]


def test_the_picture_not_asked_for_longest_makes_room() -> None:
    renderer = Renderer()
    cache = PictureCache(max_bytes=20, render=renderer)
    for seed in (1, 2, 1, 3, 1, 2):
        cache.get(sized(seed))

    assert renderer.seeds == [1, 2, 3, 2]


def test_a_picture_larger_than_the_cache_is_answered_but_not_kept() -> None:
    cache = PictureCache(max_bytes=20, render=Renderer())
    cache.get(sized(1))

    assert len(cache.get(sized(2, size_bytes=21))) == 21
    assert cache.held_bytes == 10


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 40))), st.integers(0, 60))
def test_the_cache_never_holds_more_than_its_bound(asked: list[tuple[int, int]], max_bytes: int) -> None:
    cache = PictureCache(max_bytes=max_bytes, render=Renderer())
    for seed, size_bytes in asked:
        assert cache.get(sized(seed, size_bytes=size_bytes)) == bytes([seed]) * size_bytes
        assert cache.held_bytes <= max_bytes


def test_two_threads_render_at_the_same_time() -> None:
    """Each rendering waits for the other: under a lock they would never meet."""
    meeting = threading.Barrier(2, timeout=10)

    def render_together(picture: Picture) -> bytes:
        meeting.wait()
        return bytes(picture.width_px)

    cache = PictureCache(max_bytes=100, render=render_together)
    with ThreadPoolExecutor(2) as threads:
        files = list(threads.map(cache.get, [sized(1), sized(1)]))

    assert files == [bytes(10), bytes(10)]
    assert cache.held_bytes == 10


def test_many_threads_get_the_right_pictures_and_keep_the_bound() -> None:
    cache = PictureCache(max_bytes=55, render=Renderer())
    seeds = [number * 7 % 13 for number in range(2_000)]
    with ThreadPoolExecutor(8) as threads:
        files = list(threads.map(cache.get, map(sized, seeds)))

    assert files == [bytes([seed]) * 10 for seed in seeds]
    assert cache.held_bytes == 50
