"""An order is a valid body with its sizes known, its references measured and its directives read."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image

from mock_bfl.contract import GUIDE, LIVE, MODELS_BY_SLUG, Dialect
from mock_bfl.core.body import Decoded, Fault, NoBody
from mock_bfl.core.order import read_order
from mock_bfl.core.request import Invalid
from mock_bfl.core.scenario import Scenario
from tests.core.examples import order_for

URL = "https://example.com/photo.jpg"


def image(width_px: int, height_px: int) -> str:
    file = io.BytesIO()
    Image.new("1", (width_px, height_px)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def test_an_order_holds_what_was_asked_for() -> None:
    body = {
        "prompt": "a",
        "seed": 7,
        "width": 128,
        "height": 64,
        "webhook_url": "http://localhost/",
        "webhook_secret": "s",
    }
    order = order_for("flux-2-pro", body)
    assert (order.prompt, order.seed, order.width_px, order.height_px) == ("a", 7, 128, 64)
    assert (order.webhook_url, order.webhook_secret) == ("http://localhost/", "s")
    assert order.scenario == Scenario()


def test_what_is_invalid_is_no_order() -> None:
    invalid = read_order(NoBody(), model=MODELS_BY_SLUG["flux-2-pro"], dialect=LIVE)
    assert isinstance(invalid, Invalid)


def test_a_misspelt_directive_is_a_fault_of_the_prompt_that_says_what_would_do() -> None:
    prompt = "a [mock: stauts=Ready]"
    invalid = read_order(Decoded({"prompt": prompt}), model=MODELS_BY_SLUG["flux-2-pro"], dialect=LIVE)
    assert isinstance(invalid, Invalid)
    (fault,) = invalid.faults
    assert (fault.type, fault.loc, fault.input) == ("mock_directive", ("body", "prompt"), prompt)
    assert "Did you mean status?" in fault.msg


def test_references_are_measured_and_the_first_gives_the_size() -> None:
    order = order_for("flux-2-pro", {"prompt": "a", "input_image": image(100, 80), "input_image_2": image(70, 70)})
    assert order.reference_px == (8000, 4900)
    assert (order.width_px, order.height_px) == (100, 80)


@pytest.mark.parametrize("reference", [URL, "no image at all"])
def test_a_reference_that_cannot_be_measured_counts_as_a_megapixel_and_gives_no_size(reference: str) -> None:
    order = order_for("flux-2-pro", {"prompt": "a", "input_image": reference, "input_image_2": image(70, 70)})
    assert order.reference_px == (2**20, 4900)
    assert (order.width_px, order.height_px) == (1024, 1024)


def test_a_directive_says_how_large_an_unmeasured_reference_is() -> None:
    order = order_for(
        "flux-2-pro", {"prompt": "a [mock: input_mp=2.5]", "input_image": URL, "input_image_2": image(70, 70)}
    )
    assert order.reference_px == (2_621_440, 4900)


@pytest.mark.parametrize("nothing", [None, ""])
def test_an_empty_reference_is_none(nothing: str | None) -> None:
    assert order_for("flux-2-pro", {"prompt": "a", "input_image": nothing}).reference_px == ()


def test_fields_that_the_model_does_not_know_are_no_references() -> None:
    assert order_for("flux-2-klein-4b", {"prompt": "a", "input_image_5": URL}).reference_px == ()


@pytest.mark.parametrize(
    ("slug", "dialect", "output_format"),
    [
        ("flux-2-pro", LIVE, "jpeg"),
        ("flux-kontext-pro", LIVE, "png"),
        ("flux-kontext-pro", GUIDE, "jpeg"),
        ("flux-dev", LIVE, "jpeg"),
    ],
)
@pytest.mark.parametrize("asked", [{}, {"output_format": None}], ids=["left out", "null"])
def test_a_format_left_out_or_null_is_the_default(
    *, slug: str, dialect: Dialect, output_format: str, asked: dict[str, object]
) -> None:
    order = order_for(slug, {"prompt": "a", "input_image": URL, **asked}, dialect=dialect)
    assert order.output_format == output_format


def test_the_format_asked_for_is_kept() -> None:
    assert order_for("flux-2-pro", {"prompt": "a", "output_format": "webp"}).output_format == "webp"


@pytest.mark.parametrize(
    ("slug", "body", "dialect", "rewrites"),
    [
        ("flux-2-pro", {}, LIVE, True),
        ("flux-2-pro", {"disable_pup": True}, LIVE, False),
        ("flux-2-pro", {"disable_pup": False}, LIVE, True),
        ("flux-2-flex", {"prompt_upsampling": False}, LIVE, False),
        ("flux-2-flex", {"prompt_upsampling": True}, LIVE, True),
        ("flux-dev", {"prompt_upsampling": True}, LIVE, False),
        ("flux-2-pro", {}, GUIDE, False),
    ],
)
def test_flux_2_rewrites_the_prompt_unless_told_not_to(
    *, slug: str, body: dict[str, object], dialect: Dialect, rewrites: bool
) -> None:
    assert order_for(slug, {"prompt": "a", **body}, dialect=dialect).rewrites_prompt is rewrites


@pytest.mark.parametrize("prompt", [None, ""])
def test_a_prompt_of_null_is_an_empty_one(prompt: str | None) -> None:
    assert order_for("flux-pro-1.1", {"prompt": prompt}).prompt == ""


def test_lone_surrogates_are_replaced_before_anything_shows_them() -> None:
    order = order_for("flux-2-pro", {"prompt": '\ud800 [mock: reasons="\udfff" while="\ud800"]'})
    assert order.prompt.encode()
    assert order.scenario.reasons == ("?",)
    assert order.scenario.waiting_status == "?"


def test_a_fault_of_a_directive_repeats_the_prompt_as_it_came() -> None:
    prompt = "\ud800 [mock:"
    invalid = read_order(Decoded({"prompt": prompt}), model=MODELS_BY_SLUG["flux-2-pro"], dialect=LIVE)
    assert invalid == Invalid(
        (Fault("mock_directive", ("body", "prompt"), "A [mock: directive has no closing bracket.", prompt),)
    )
