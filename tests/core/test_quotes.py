"""Prices come out as the guide lists them and as they were recorded."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_bfl.contract import MODELS, MODELS_BY_SLUG, Model
from mock_bfl.core.pricing import Quote, billed_mp, cost_on_the_wire, quote, shown_mp

MP = 2**20
SIZES = st.tuples(st.integers(64, 4096), st.integers(64, 4096))
PIXELS = st.integers(1, 40 * MP)
REFERENCES = st.lists(PIXELS, max_size=8)
PRICED = st.sampled_from(MODELS)
REPORTED = st.sampled_from([model for model in MODELS if model.slug != "flux-dev"])


def price(slug: str, *, width_px: int = 1024, height_px: int = 1024, reference_px: tuple[int, ...] = ()) -> Quote:
    return quote(MODELS_BY_SLUG[slug], width_px=width_px, height_px=height_px, reference_px=reference_px)


@pytest.mark.parametrize(
    ("slug", "t2i", "i2i"),
    [
        ("flux-2-klein-4b", "1.4", "1.5"),
        ("flux-2-klein-9b", "1.5", "1.7"),
        ("flux-2-pro", "3", "4.5"),
        ("flux-2-max", "7", "10"),
        ("flux-2-flex", "5", "10"),
    ],
)
def test_flux_2_at_one_megapixel_costs_what_both_columns_of_the_guide_say(slug: str, t2i: str, i2i: str) -> None:
    assert price(slug).credits == Decimal(t2i)
    assert price(slug, reference_px=(MP,)).credits == Decimal(i2i)


@pytest.mark.parametrize(
    ("slug", "credits"),
    [
        ("flux-kontext", 4),
        ("flux-kontext-pro", 4),
        ("flux-kontext-max", 8),
        ("flux-pro-1.1", 4),
        ("flux-pro-1.1-ultra", 6),
        ("flux-pro-1.1-raw", 6),
        ("flux-pro-1.0-fill", 5),
        ("flux-fill", 5),
    ],
)
def test_flux_1_costs_the_guides_price_whatever_its_size(slug: str, credits: int) -> None:
    assert price(slug).credits == credits
    assert price(slug, width_px=4096, height_px=4096, reference_px=(9 * MP, MP)).credits == credits


@pytest.mark.parametrize(
    ("slug", "size", "cost", "output_mp"),
    [
        ("flux-2-max", (256, 256), 7.000000000000001, 0.06),  # [CASS]
        ("flux-2-pro", (256, 256), 3.0, 0.06),  # [CASS]
        ("flux-2-pro", (65, 65), 3.0, 0.0),  # [YUTO]
        ("flux-2-pro", (1920, 1080), 4.5, 1.98),  # [HK]
        ("flux-2-pro", (1024, 1024), 3.0, 1.0),  # [DMX-PRO]
        ("flux-2-klein-4b", (1024, 1024), 1.4000000000000001, 1.0),  # computed by the same arithmetic
        ("flux-2-klein-9b", (2048, 1024), 1.7000000000000002, 2.0),  # computed by the same arithmetic
    ],
)
def test_a_reply_shows_the_recorded_figures(slug: str, size: tuple[int, int], cost: float, output_mp: float) -> None:
    quoted = price(slug, width_px=size[0], height_px=size[1])
    assert (quoted.cost, quoted.input_mp, quoted.output_mp) == (cost, 0.0, output_mp)


def test_flux_dev_shows_null_for_all_three_and_is_charged_all_the_same() -> None:
    assert price("flux-dev", reference_px=(MP,)) == Quote(Decimal("2.5"), None, None, None)


def test_each_reference_is_rounded_up_by_itself() -> None:
    assert price("flux-2-pro", reference_px=(100, 100)).credits == Decimal("6.0")


def test_a_reference_above_four_megapixels_counts_as_four() -> None:
    assert price("flux-2-pro", reference_px=(20 * MP,)) == price("flux-2-pro", reference_px=(4 * MP,))
    assert price("flux-2-pro", reference_px=(20 * MP,)).input_mp == 4.0


def test_the_shown_input_is_the_sum_of_all_references() -> None:
    assert price("flux-2-pro", reference_px=(MP, MP // 2)).input_mp == 1.5


@pytest.mark.parametrize(("pixels", "billed"), [(0, 1), (1, 1), (MP, 1), (MP + 1, 2), (4 * MP, 4), (4 * MP + 1, 5)])
def test_an_image_is_billed_by_whole_megapixels_and_at_least_one(pixels: int, billed: int) -> None:
    assert billed_mp(pixels) == billed


@given(PIXELS)
def test_what_is_billed_is_never_less_than_what_is_there_nor_a_megapixel_more(pixels: int) -> None:
    assert (billed_mp(pixels) - 1) * MP < pixels <= billed_mp(pixels) * MP


@given(PRICED, SIZES, REFERENCES, st.integers(0, 4096))
def test_a_larger_picture_never_costs_less(
    model: Model, size: tuple[int, int], references: list[int], more_px: int
) -> None:
    small = quote(model, width_px=size[0], height_px=size[1], reference_px=references)
    large = quote(model, width_px=size[0] + more_px, height_px=size[1], reference_px=references)
    assert large.credits >= small.credits


@given(PRICED, SIZES, REFERENCES, PIXELS)
def test_one_more_reference_never_costs_less(
    model: Model, size: tuple[int, int], references: list[int], another_px: int
) -> None:
    fewer = quote(model, width_px=size[0], height_px=size[1], reference_px=references)
    more = quote(model, width_px=size[0], height_px=size[1], reference_px=[*references, another_px])
    assert more.credits >= fewer.credits


@given(PRICED, SIZES, REFERENCES)
def test_no_picture_costs_less_than_the_smallest(model: Model, size: tuple[int, int], references: list[int]) -> None:
    least = quote(model, width_px=64, height_px=64).credits
    assert quote(model, width_px=size[0], height_px=size[1], reference_px=references).credits >= least > 0


@given(REPORTED, SIZES, REFERENCES)
def test_credits_are_exact_tenths_and_the_wire_shows_them_with_the_noise_of_floats(
    model: Model, size: tuple[int, int], references: list[int]
) -> None:
    quoted = quote(model, width_px=size[0], height_px=size[1], reference_px=references)
    assert quoted.credits == quoted.credits.quantize(Decimal("0.1"))
    assert quoted.cost == float(quoted.credits / 100) * 100
    assert quoted.cost == pytest.approx(float(quoted.credits), rel=1e-15)


@pytest.mark.parametrize(
    ("credits", "shown"), [("1.4", 1.4000000000000001), ("3", 3.0), ("4.5", 4.5), ("7", 7.000000000000001), ("8", 8.0)]
)
def test_the_wire_shows_dollars_times_a_hundred(credits: str, shown: float) -> None:
    assert cost_on_the_wire(Decimal(credits)) == shown


@given(PIXELS)
def test_shown_megapixels_have_two_decimals(pixels: int) -> None:
    assert shown_mp(pixels) == round(shown_mp(pixels), 2)
    assert shown_mp(pixels) == pytest.approx(pixels / MP, abs=0.005001)
