"""What a request will cost, told before it is sent, and how sure that is."""

from __future__ import annotations

from typing import Any

import pytest

from bfl_client import models
from bfl_client._prices import Estimate, estimate
from bfl_client.models import AnyRequest, request_for
from tests.client.pictures import base64_of, png

ONE_MP, TWO_MP = png(1024, 1024), png(2048, 1024)
URL = "https://example.com/cat.jpg"


def of(model: str, **fields: Any) -> Estimate:
    """Return the estimate of a request with a prompt."""
    return estimate(request_for(model, {"prompt": "p", **fields}))


# What was seen on the wire, or stands on a price page.


@pytest.mark.parametrize(
    ("model", "size", "credits", "output_mp"),
    [
        ("flux-2-max", (256, 256), 7.0, 0.06),  # [CASS]
        ("flux-2-pro", (256, 256), 3.0, 0.06),  # [CASS]
        ("flux-2-pro", (1024, 1024), 3.0, 1.0),  # [DMX-PRO]
        ("flux-2-pro", (1920, 1080), 4.5, 1.98),  # [HK]
        ("flux-2-pro", (65, 65), 3.0, 0.0),  # [YUTO]
        ("flux-2-klein-4b", (1024, 1024), 1.4, 1.0),  # [GUIDE]
        ("flux-2-klein-9b", (2048, 1024), 1.7, 2.0),  # [GUIDE]
        ("flux-2-flex", (1024, 768), 5.0, 0.75),  # [GUIDE; the size from 302]
        ("flux-2-pro", (2048, 2048), 7.5, 4.0),  # [GUIDE's formula]
    ],
)
def test_a_picture_of_a_size_costs_what_was_seen(
    model: str, size: tuple[int, int], credits: float, output_mp: float
) -> None:
    found = of(model, width=size[0], height=size[1])
    assert (found.credits, found.input_mp, found.output_mp, found.is_exact) == (credits, 0.0, output_mp, True)


def test_an_edit_of_one_megapixel_costs_what_guide_and_price_page_say() -> None:
    found = of("flux-2-pro", width=1024, height=1024, input_image=ONE_MP)
    assert (found.credits, found.usd, found.input_mp, found.is_exact) == (4.5, 0.045, 1.0, True)


@pytest.mark.parametrize(
    ("model", "credits"), [("flux-2-klein-4b", 1.5), ("flux-2-klein-9b", 1.7), ("flux-2-max", 10), ("flux-2-flex", 10)]
)
def test_an_edit_that_the_documents_price_differently_goes_by_the_guide_and_is_not_exact(
    model: str, credits: float
) -> None:
    found = of(model, width=1024, height=1024, input_image=ONE_MP)
    assert (found.credits, found.is_exact) == (credits, False)
    assert "price page" in found.why


def test_each_reference_is_rounded_up_alone() -> None:
    found = of("flux-2-pro", width=1024, height=1024, input_image=png(1024, 1025), input_image_2=png(64, 64))
    assert (found.credits, found.input_mp) == (3 + 2 * 1.5 + 1.5, 1.0)
    assert found.is_exact


@pytest.mark.parametrize(
    ("model", "fields", "credits"),
    [
        ("flux-kontext-pro", {"input_image": URL}, 4),
        ("flux-kontext-max", {}, 8),
        ("flux-pro-1.1", {"width": 1440, "height": 1440}, 4),
        ("flux-pro-1.1-ultra", {}, 6),
        ("flux-pro-1.1-raw", {}, 6),
        ("flux-pro-1.0-fill", {"image": ONE_MP}, 5),
        ("flux-pro-1.0-fill-finetuned", {"image": ONE_MP, "finetune_id": "mine"}, 5),
        ("flux-pro-1.1-ultra-finetuned", {"finetune_id": "mine"}, 6),
    ],
)
def test_a_flat_price_asks_for_no_size(model: str, fields: dict[str, Any], credits: float) -> None:
    found = of(model, **fields)
    assert (found.credits, found.usd, found.is_exact) == (credits, credits / 100, True)


def test_a_flat_price_still_tells_the_sizes_it_knows() -> None:
    assert of("flux-pro-1.1", width=1024, height=1024).output_mp == 1.0
    assert of("flux-kontext-pro", input_image=ONE_MP).input_mp == 1.0
    assert of("flux-kontext-pro", input_image=URL).input_mp == 1.0
    assert of("flux-kontext-pro").output_mp is None


# What makes it a guess


@pytest.mark.parametrize(
    ("model", "fields", "credits", "why"),
    [
        ("flux-2-pro", {"input_image": URL, "width": 64, "height": 64}, 4.5, "input_image: the size of a URL"),
        ("flux-2-pro", {"input_image": base64_of(b"\xff\xd8\xff\xe0"), "width": 64, "height": 64}, 4.5, "input_image"),
        ("flux-2-pro", {"input_image": TWO_MP}, 3 + 1.5 + 3, "after the first image"),
        ("flux-2-pro", {"input_image": png(4096, 4096)}, 3 + 4.5 + 6, "4 MP"),
        ("flux-2-pro", {"input_image": URL}, 4.5, "after the first image"),
        ("flux-2-pro", {"width": 2048}, 4.5, "height is left out"),
        ("flux-2-pro", {"height": 64}, 3, "width is left out"),
        ("flux-2-pro", {"width": 4096, "height": 4096}, 7.5, "4 MP"),
        ("flux-2-pro", {"input_image": png(4096, 2048), "width": 64, "height": 64}, 3 + 6, "4 MP"),
        ("flux-2-pro", {"input_image_9": ONE_MP, "width": 64, "height": 64}, 4.5, "names 8"),
        ("flux-2-flex", {"input_image_blob_path": "a/b", "width": 64, "height": 64}, 10, "input_image_blob_path"),
        ("flux-2-pro-preview", {"width": 64, "height": 64}, 3, "preview"),
        ("flux-2-klein-9b-preview", {"width": 64, "height": 64}, 1.5, "preview"),
        ("flux-dev", {}, 2.5, "one report"),
        ("flux-pro-1.0-expand", {"image": ONE_MP}, 5, "no price page"),
        ("flux-3-image", {}, 4.8, "one report"),
        ("flux-3-image", {"resolution": "1k"}, 4.8, "one report"),
        ("flux-3-image-klein", {"width": 1024, "height": 1024}, 0.9, "one report"),
        ("flux-3-image-klein", {}, 0.9, "one report"),
        ("flux-3-image-klein", {"width": 2048, "height": 2048}, 1.4, "one report"),
        ("flux-3-image-klein", {"width": 2049, "height": 2048}, 3.6, "one report"),
        ("flux-3-image-klein", {"width": 9000, "height": 9000}, 3.6, "one report"),
    ],
)
def test_what_no_document_settles_makes_it_a_guess(
    model: str, fields: dict[str, Any], credits: float, why: str
) -> None:
    found = of(model, **fields)
    assert (found.credits, found.is_exact) == (credits, False)
    assert why in found.why


def test_a_text_to_image_without_a_size_is_one_megapixel_and_exact() -> None:
    """By the help page it is 1024x1024, by a report of klein less; both are billed as one."""
    assert of("flux-2-pro") == of("flux-2-pro", width=1024, height=1024)
    assert of("flux-2-pro").is_exact


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        ("flux-tools/deblur-v1", {"image": ONE_MP}),
        ("flux-tools/vto-v2", {"prompt": "p", "person": ONE_MP, "garment": ONE_MP}),
        ("flux-tools/outpainting-v1", {"input_image": ONE_MP, "width": 2048, "height": 1024}),
        ("flux-pro", {"prompt": "p"}),
        ("flux-pro-1.0-canny", {"control_image": ONE_MP}),
        ("flux-3-image", {"prompt": "p", "resolution": "4k"}),
    ],
)
def test_a_model_without_a_known_price_has_none(model: str, fields: dict[str, Any]) -> None:
    found = estimate(request_for(model, fields))
    assert (found.credits, found.usd, found.is_exact) == (None, None, False)
    assert "no document names" in found.why


def test_a_request_without_a_type_is_priced_by_its_models_name() -> None:
    found = estimate(AnyRequest("flux-2-pro", {"prompt": "p", "width": 2048, "height": 1024}))
    assert (found.credits, found.is_exact) == (4.5, True)


def test_a_request_without_a_type_is_priced_by_a_guides_name_too() -> None:
    assert estimate(AnyRequest("flux-kontext", {"prompt": "p"})).credits == 4


def test_a_model_that_nobody_knows_has_no_price() -> None:
    found = estimate(AnyRequest("flux-9", {"prompt": "p", "width": 64, "image": 3}))
    assert (found.credits, found.usd, found.input_mp, found.output_mp, found.is_exact) == (
        None,
        None,
        None,
        None,
        False,
    )


@pytest.mark.parametrize("side", ["1024", 1024.5, True, 0, -3, [], {}])
def test_a_size_that_is_none_is_not_believed(side: object) -> None:
    found = estimate(AnyRequest("flux-2-pro", {"prompt": "p", "width": side, "height": 1024, "input_image": 7}))
    assert not found.is_exact
    assert found.credits is not None


def test_what_passes_through_unknown_is_a_doubt() -> None:
    found = estimate(request_for("flux-2-pro", {"prompt": "p"}, extra={"frames": 3}))
    assert not found.is_exact
    assert "frames" in found.why


def test_a_known_field_in_extra_counts() -> None:
    found = estimate(request_for("flux-2-pro", {"prompt": "p", "height": 1024}, extra={"width": 2048}))
    assert (found.credits, found.is_exact) == (4.5, True)


def test_an_estimate_says_how_it_was_made() -> None:
    assert of("flux-2-pro", width=2048, height=1024, input_image=ONE_MP).why == (
        "3 for the first output MP, 1.5 for 1 more, 1.5 for 1 input MP [GUIDE, DOCS-PRICE, COMFYPRICE, CASS]"
    )
    assert of("flux-kontext-pro").why == "4 for each picture [GUIDE, DOCS-PRICE, COMFYPRICE]"


def test_money_is_not_spoilt_by_binary_fractions() -> None:
    assert of("flux-2-klein-4b", width=2048, height=1536).credits == 1.6
    assert of("flux-2-klein-4b", width=2048, height=1536).usd == 0.016


@pytest.mark.parametrize(
    ("model", "text"),
    [
        ("flux-2-pro", "3 + 1.5 per further MP + 1.5 per input MP"),
        ("flux-kontext-max", "8"),
        ("flux-dev", "2.5 (one report)"),
        ("flux-3-image", "4.8 at 1k (one report)"),
        ("flux-3-image-klein", "0.9 to 1 MP, 1.4 to 4 MP, 3.6 to 16 MP (one report)"),
        ("flux-tools/erase-v1", "not known"),
    ],
)
def test_a_price_is_told_in_a_line(model: str, text: str) -> None:
    row = models.model_row(model)
    assert row is not None
    assert row.price == text
