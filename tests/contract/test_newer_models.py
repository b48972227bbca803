"""The models newer than the OpenAPI of April 2026 take the fields of the documents that name them, typed in once more.

The notation is that of `openapi_of_april.py`; a choice names its words, images how many a list may hold.
"""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from mock_bfl.contract import MODELS_BY_SLUG, Family, LimitClass, Model, Sizing, limits, statuses
from mock_bfl.contract.fields import Field, Kind
from mock_bfl.contract.newer import NEWER
from mock_bfl.contract.prices import FlatPrice, TierPrice
from mock_bfl.contract.sources import Certainty

_RATIOS = "auto|21:9|2:1|16:9|3:2|7:5|4:3|5:4|1:1|4:5|3:4|5:7|2:3|9:16|1:2|9:21"
_TAIL = """
    seed integer?
    safety_tolerance integer >=0 <=5 =2
    output_format OutputFormat? ="png"
    webhook_url uri? len>=1 len<=2083
    webhook_secret string?
"""
_TRY_ON = "prompt string!\nperson string!\ngarment string!" + _TAIL.replace("png", "jpeg")
FIELDS = {
    "flux-tools/outpainting-v1": """
        input_image string!
        width integer! >=64
        height integer! >=64
        auto_crop boolean =false
        safety_tolerance integer >=0 <=5 =2
        output_format OutputFormat? ="png"
        prompt string?
        reference_offset_x integer?
        reference_offset_y integer?
        mode high|fast ="high"
        disable_pup boolean =false
    """,
    "flux-tools/erase-v1": "image string!\nmask string!\ndilate_pixels integer >=0 <=25 =10" + _TAIL,
    "flux-tools/deblur-v1": "image string!" + _TAIL,
    "flux-tools/vto-v1": _TRY_ON,
    "flux-tools/vto-v2": _TRY_ON,
    "flux-3-image": f"""
        prompt string! len>=1
        images 1 to 10 images?
        aspect_ratio {_RATIOS} ="auto"
        resolution 768sq|1k|1.5k|2k|4k ="1k"
        safety_tolerance integer >=0 <=4 =2
        grounding boolean =true
        version string ="latest"
    """,
    "flux-3-image-klein": """
        prompt string! len>=1
        images 1 to 10 images?
        width integer? >=64 =0
        height integer? >=64 =0
        steps integer? >=1 <=50
        seed integer?
        safety_tolerance integer >=0 <=7 =2
        output_format OutputFormat? ="jpeg"
    """,
}


def line_of(field: Field) -> str:
    """Write a row in the notation."""
    kinds = {Kind.CHOICE: "|".join(field.choices), Kind.IMAGES: f"1 to {field.max_items} images"}
    marks = ("?" if field.nullable else "") + ("!" if field.required else "")
    rules = {">=": field.minimum, "<=": field.maximum, "len>=": field.min_length, "len<=": field.max_length}
    shown = [f"{sign}{value:g}" for sign, value in rules.items() if value is not None]
    default = [] if field.default is None else [f"={json.dumps(field.default)}"]
    return " ".join([field.name, kinds.get(field.kind, field.kind.value) + marks, *shown, *default])


def test_these_are_the_newer_models() -> None:
    assert [model.slug for model in NEWER] == list(FIELDS)


@pytest.mark.parametrize("slug", FIELDS)
def test_a_newer_model_has_the_fields_of_its_documents(slug: str) -> None:
    documented = [line.strip() for line in FIELDS[slug].strip().splitlines()]
    assert [line_of(field) for field in MODELS_BY_SLUG[slug].fields] == documented


@pytest.mark.parametrize(
    ("slug", "family", "sizing", "references", "max_images", "refuses_unknown"),
    [
        ("flux-tools/outpainting-v1", Family.TOOLS, Sizing.EXACT, ("input_image",), 1, True),
        ("flux-tools/erase-v1", Family.TOOLS, Sizing.AS_IMAGE, ("image", "mask"), 2, False),
        ("flux-tools/deblur-v1", Family.TOOLS, Sizing.AS_IMAGE, ("image",), 1, False),
        ("flux-tools/vto-v1", Family.TOOLS, Sizing.AS_IMAGE, ("person", "garment"), 2, False),
        ("flux-tools/vto-v2", Family.TOOLS, Sizing.AS_IMAGE, ("person", "garment"), 2, False),
        ("flux-3-image", Family.FLUX_3, Sizing.RATIO_CLASS, ("images",), 10, True),
        ("flux-3-image-klein", Family.FLUX_3, Sizing.EXACT, ("images",), 10, False),
    ],
)
def test_a_newer_model_is_of_its_family(
    *,
    slug: str,
    family: Family,
    sizing: Sizing,
    references: tuple[str, ...],
    max_images: int,
    refuses_unknown: bool,
) -> None:
    model = MODELS_BY_SLUG[slug]
    assert (model.family, model.sizing, model.references) == (family, sizing, references)
    assert (model.max_images, model.refuses_unknown) == (max_images, refuses_unknown)


@pytest.mark.parametrize("model", NEWER, ids=lambda model: model.slug)
def test_a_newer_model_is_named_by_one_document_alone_and_counts_against_the_common_limit(model: Model) -> None:
    assert len(model.named_by) == 1
    assert not {"OAS", "GUIDE"} & set(model.named_by)
    assert model.limit_class is LimitClass.STANDARD


@pytest.mark.parametrize("slug", [slug for slug in FIELDS if slug.startswith("flux-tools/")])
def test_the_price_of_a_tool_is_assumed(slug: str) -> None:
    price = MODELS_BY_SLUG[slug].price
    assert isinstance(price, FlatPrice)
    assert price.cite.certainty is Certainty.ASSUMED


def test_flux_3_images_have_the_prices_of_the_gateways() -> None:
    image, klein = (MODELS_BY_SLUG[slug].price for slug in ("flux-3-image", "flux-3-image-klein"))
    assert isinstance(image, FlatPrice)
    assert isinstance(klein, TierPrice)
    assert image.credits == Decimal("4.8")
    assert klein.tiers == ((1, Decimal("0.9")), (4, Decimal("1.4")), (16, Decimal("3.6")))


@pytest.mark.parametrize(("slug", "life_s"), [("flux-tools/erase-v1", 600), ("flux-3-image", 3600), ("flux-dev", 600)])
def test_a_sample_lives_ten_minutes_and_one_of_flux_3_an_hour(slug: str, life_s: int) -> None:
    assert MODELS_BY_SLUG[slug].sample_life_s.value == life_s


def test_the_words_of_a_running_flux_3_task_come_in_the_documented_order() -> None:
    ends = [until for _, until in statuses.FLUX_3_PHASES.value]
    assert [word for word, _ in statuses.FLUX_3_PHASES.value] == ["Pending", "Reasoning", "Generating"]
    assert sorted(ends) == ends
    assert ends[-1] == 1


def test_input_images_have_the_limits_of_the_sdk_and_for_flux_3_of_its_docs() -> None:
    assert limits.MAX_REFERENCE_BYTES.value == 20 * 2**20
    assert limits.MAX_REFERENCE_PX.value == 20 * 2**20
    assert limits.FLUX_3_MAX_REFERENCE_PX.value == 16 * 2**20
    assert limits.FLUX_3_MIN_REFERENCE_SIDE_PX.value == 256
