"""The size of a picture follows from its request, keeps within the limits, and keeps its ratio when it is resized."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_bfl.contract import GUIDE, LIVE, MODELS_BY_SLUG, Dialect
from mock_bfl.core.sizing import Size, output_size, resized

LIMITS = st.sampled_from([LIVE.max_output_px, GUIDE.max_output_px])
ANY_SIDE = st.integers(1, 10**30) | st.integers(1, 20_000)
ORDINARY_SIDE = st.integers(64, 16_383)
RATIOS = st.tuples(st.integers(900, 2100), st.integers(900, 2100))  # each between 9:21 and 21:9


def size_of(slug: str, values: dict[str, object], *, first_image: Size | None = None, dialect: Dialect = LIVE) -> Size:
    return output_size(MODELS_BY_SLUG[slug], values, first_image=first_image, dialect=dialect)


@pytest.mark.parametrize(
    ("values", "first_image", "size"),
    [
        ({"width": 65, "height": 65}, None, (65, 65)),
        ({"width": 0, "height": 0}, None, (1024, 1024)),
        ({"width": None, "height": None}, None, (1024, 1024)),
        ({"width": 0, "height": 0}, (300, 200), (300, 200)),
        ({"width": 512, "height": 0}, (300, 200), (512, 1024)),
        ({"width": 0, "height": 512}, None, (1024, 512)),
        ({"width": 512, "height": 256}, (300, 200), (512, 256)),
        ({"width": 0, "height": 0}, (10, 20), (10, 20)),
        ({"width": 20_000, "height": 64}, None, (20_000, 64)),
        ({"width": 2048, "height": 2048}, None, (2048, 2048)),
        ({"width": 4096, "height": 4096}, None, (2048, 2048)),
        ({"width": 4096, "height": 2048}, None, (2896, 1448)),
    ],
)
def test_flux_2_takes_the_size_asked_for_or_that_of_the_first_image(
    values: dict[str, object], first_image: Size | None, size: Size
) -> None:
    assert size_of("flux-2-pro", values, first_image=first_image) == size


@pytest.mark.parametrize(
    ("ratio", "first_image", "size"),
    [
        ("1:1", None, (1024, 1024)),
        ("16:9", None, (1344, 768)),
        ("16:9", (100, 100), (1344, 768)),
        ("21:9", None, (1536, 640)),
        (None, (300, 200), (1248, 832)),
        (None, None, (1024, 1024)),
    ],
)
def test_kontext_has_about_a_megapixel_in_the_ratio_asked_for_or_of_its_image(
    ratio: str | None, first_image: Size | None, size: Size
) -> None:
    assert size_of("flux-kontext-pro", {"aspect_ratio": ratio}, first_image=first_image) == size


def test_kontext_takes_even_a_line_for_its_image() -> None:
    width, height = size_of("flux-kontext-pro", {"aspect_ratio": None}, first_image=(1, 10**9))
    assert width >= 1
    assert 2**21 < width * height <= LIVE.max_output_px


@pytest.mark.parametrize(("dialect", "size"), [(LIVE, (2720, 1536)), (GUIDE, (2656, 1472))])
def test_ultra_has_up_to_four_megapixels_as_its_dialect_counts_them(dialect: Dialect, size: Size) -> None:
    assert size_of("flux-pro-1.1-ultra", {"aspect_ratio": "16:9"}, first_image=(9, 9), dialect=dialect) == size


@given(RATIOS)
def test_a_ratio_gives_multiples_of_32_within_the_area(ratio: tuple[int, int]) -> None:
    width, height = size_of("flux-kontext-pro", {"aspect_ratio": f"{ratio[0]}:{ratio[1]}"})
    assert (width % 32, height % 32) == (0, 0)
    assert 0.85 * 2**20 < width * height <= 2**20


@pytest.mark.parametrize(("first_image", "size"), [((300, 200), (300, 200)), (None, (1024, 1024))])
def test_fill_keeps_the_size_of_its_image(first_image: Size | None, size: Size) -> None:
    assert size_of("flux-pro-1.0-fill", {}, first_image=first_image) == size


@pytest.mark.parametrize(("first_image", "size"), [((300, 200), (303, 207)), (None, (1027, 1031))])
def test_expand_adds_its_margins_to_its_image(first_image: Size | None, size: Size) -> None:
    margins: dict[str, object] = {"left": 1, "right": 2, "top": 7, "bottom": None}
    assert size_of("flux-pro-1.0-expand", margins, first_image=first_image) == size


@given(ANY_SIDE, ANY_SIDE, LIMITS)
def test_no_size_is_ever_outside_the_limits(width: int, height: int, max_px: int) -> None:
    wide, tall = resized((width, height), max_px=max_px)
    assert wide * tall <= max_px
    assert min(wide, tall) >= 1


@given(ORDINARY_SIDE, ORDINARY_SIDE, LIMITS)
def test_a_resized_picture_keeps_its_ratio_to_the_pixel(width: int, height: int, max_px: int) -> None:
    wide, tall = resized((width, height), max_px=max_px)
    assert abs(wide * height - tall * width) <= max(width, height)


@given(st.integers(1, 10**30), st.integers(1, 200), LIMITS)
def test_a_huge_picture_keeps_its_ratio_too(side: int, times: int, max_px: int) -> None:
    wide, tall = resized((side * times * 10**6, side * 10**6), max_px=max_px)
    assert abs(wide - tall * times) <= 2 * times


@given(ORDINARY_SIDE, ORDINARY_SIDE, LIMITS)
def test_a_size_within_the_limits_is_left_alone(width: int, height: int, max_px: int) -> None:
    size = resized((width, height), max_px=max_px)
    assert (size == (width, height)) is (width * height <= max_px)


@given(ANY_SIDE, ANY_SIDE, LIMITS)
def test_a_resized_picture_is_not_resized_again(width: int, height: int, max_px: int) -> None:
    once = resized((width, height), max_px=max_px)
    assert resized(once, max_px=max_px) == once


@given(ANY_SIDE, ANY_SIDE, LIMITS)
def test_lying_on_its_side_a_picture_is_resized_alike(width: int, height: int, max_px: int) -> None:
    wide, tall = resized((width, height), max_px=max_px)
    assert resized((height, width), max_px=max_px) == (tall, wide)
