"""An order is a valid body with its sizes known, its references measured and its directives read."""

from __future__ import annotations

import pytest

from mock_bfl.contract import GUIDE, LIVE, MODELS_BY_SLUG, Dialect
from mock_bfl.core.body import Decoded, Fault, NoBody
from mock_bfl.core.image_header import ImageSize, NotAnImage
from mock_bfl.core.order import Order, TooLarge, read_order
from mock_bfl.core.request import Invalid
from mock_bfl.core.scenario import Scenario
from tests.core.examples import minimal, order_for, png

URL = "https://example.com/photo.jpg"


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
    order = order_for("flux-2-pro", {"prompt": "a", "input_image": png(100, 80), "input_image_2": png(70, 70)})
    assert order.reference_px == (8000, 4900)
    assert (order.width_px, order.height_px) == (100, 80)


@pytest.mark.parametrize("reference", [URL, "bm8gaW1hZ2U=", "no image at all"])
def test_a_reference_that_cannot_be_measured_counts_as_a_megapixel_and_gives_no_size(reference: str) -> None:
    order = order_for("flux-2-pro", {"prompt": "a", "input_image": reference, "input_image_2": png(70, 70)})
    assert order.reference_px == (2**20, 4900)
    assert (order.width_px, order.height_px) == (1024, 1024)


def test_a_directive_says_how_large_an_unmeasured_reference_is() -> None:
    order = order_for(
        "flux-2-pro", {"prompt": "a [mock: input_mp=2.5]", "input_image": URL, "input_image_2": png(70, 70)}
    )
    assert order.reference_px == (2_621_440, 4900)


def test_a_reference_of_null_is_none() -> None:
    assert order_for("flux-2-pro", {"prompt": "a", "input_image": None}).reference_px == ()


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


HERE = "http://127.0.0.1:8000/cat.png"
NO_IMAGE = "The bytes do not begin like a png, jpeg, webp or gif."
NOT_AN_IMAGE = "bm8gaW1hZ2U="


def read(slug: str, dialect: Dialect = LIVE, **fields: object) -> object:
    body = minimal(MODELS_BY_SLUG[slug], **fields)
    return read_order(Decoded(body), model=MODELS_BY_SLUG[slug], dialect=dialect)


@pytest.mark.parametrize("text", [NOT_AN_IMAGE, "", " ", "!"])
def test_in_live_an_image_that_cannot_be_used_ends_the_task_with_its_code(text: str) -> None:
    order = read("flux-2-pro", input_image=text)
    assert isinstance(order, Order)
    assert (order.scenario.final_status, order.scenario.error_code) == ("Error", "invalid_image")
    assert [said.partition(":")[0] for said in order.bad_images] == ["input_image"]


def test_a_script_says_how_the_task_ends_whatever_its_image() -> None:
    order = read("flux-2-pro", input_image=NOT_AN_IMAGE, prompt="[mock: status=Ready]")
    assert isinstance(order, Order)
    assert order.scenario == Scenario(final_status="Ready")
    assert order.bad_images == (f"input_image: {NO_IMAGE}",)


def test_in_the_guide_such_an_image_is_a_fault_of_its_field() -> None:
    invalid = read("flux-2-pro", GUIDE, input_image=NOT_AN_IMAGE, input_image_2="")
    assert invalid == Invalid(
        (
            Fault("invalid_image", ("body", "input_image"), NO_IMAGE, None),
            Fault("invalid_image", ("body", "input_image_2"), "The image is empty.", None),
        )
    )


@pytest.mark.parametrize("slug", ["flux-3-image", "flux-3-image-klein"])
def test_flux_3_refuses_such_an_image_in_both_dialects(slug: str) -> None:
    fault = Fault("invalid_image", ("body", "images"), NO_IMAGE, None)
    assert read(slug, images=[png(300, 300), NOT_AN_IMAGE]) == Invalid((fault,))
    assert read(slug, GUIDE, images=NOT_AN_IMAGE) == Invalid((fault,))


def test_flux_3_refuses_too_many_pixels_in_its_own_way() -> None:
    refused = read("flux-3-image", images=png(4097, 4096))
    assert refused == TooLarge("images: The image has 4097x4096 pixels; at most 16 megapixels are taken.")


def test_urls_of_this_machine_are_asked_for_once_each_and_then_measured() -> None:
    body = Decoded({"prompt": "a", "input_image": HERE, "input_image_2": HERE, "input_image_3": URL})
    model = MODELS_BY_SLUG["flux-2-pro"]
    first = read_order(body, model=model, dialect=LIVE)
    assert isinstance(first, Order)
    assert first.to_fetch == (HERE,)
    size = ImageSize(300, 200, "png", length_bytes=10)
    second = read_order(body, model=model, dialect=LIVE, fetched={HERE: size})
    assert isinstance(second, Order)
    assert (second.to_fetch, second.reference_px) == ((), (60_000, 60_000, 2**20))
    assert (second.width_px, second.height_px) == (300, 200)
    assert second.notes == ("input_image_3: a URL of another machine is not fetched",)


def test_a_url_that_could_not_be_fetched_is_a_bad_image() -> None:
    body, model = Decoded({"prompt": "a", "input_image": HERE}), MODELS_BY_SLUG["flux-2-pro"]
    order = read_order(body, model=model, dialect=LIVE, fetched={HERE: NotAnImage("It answered 404.")})
    assert isinstance(order, Order)
    assert order.bad_images == ("input_image: It answered 404.",)


@pytest.mark.parametrize(
    ("slug", "output_format"),
    [("flux-3-image", "jpeg"), ("flux-3-image-klein", "jpeg"), ("flux-tools/erase-v1", "png")],
)
def test_a_newer_model_has_a_format_even_without_a_field_for_it(slug: str, output_format: str) -> None:
    order = read(slug)
    assert isinstance(order, Order)
    assert order.output_format == output_format


@pytest.mark.parametrize("slug", ["flux-tools/erase-v1", "flux-tools/deblur-v1", "flux-tools/outpainting-v1"])
@pytest.mark.parametrize("dialect", [LIVE, GUIDE])
def test_a_tool_needs_no_prompt_in_either_dialect(slug: str, dialect: Dialect) -> None:
    order = read(slug, dialect)
    assert isinstance(order, Order)
    assert (order.prompt, order.rewrites_prompt) == ("", False)


def test_flux_3_rewrites_the_prompt() -> None:
    """[F3-DOCS]"""
    assert order_for("flux-3-image", {"prompt": "a"}).rewrites_prompt
    assert not order_for("flux-3-image", {"prompt": "a"}, dialect=GUIDE).rewrites_prompt


def test_a_model_without_webhook_fields_has_no_webhook() -> None:
    order = order_for("flux-3-image", {"prompt": "a"})
    assert (order.webhook_url, order.webhook_secret, order.seed) == (None, None, None)
