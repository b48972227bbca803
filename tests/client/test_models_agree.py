"""Two readings of the documents agree: the client's classes and prices, and the rows of the mock's contract.

They share no line of code. Where they differ on purpose, the difference stands below with its reason; one that is no
longer there fails too.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bfl_client import models
from bfl_client._price_list import PRICES, BySize, Flat, PerMegapixel
from bfl_client.models import known_models, model_row, request_for
from bfl_client.models._checks import Slot, slots_of
from bfl_client.models._names import named_on_the_api
from mock_bfl.contract import MODELS, MODELS_BY_SLUG, LimitClass, Model
from mock_bfl.contract.fields import Field, Kind
from mock_bfl.contract.prices import FlatPrice, MegapixelPrice, TierPrice

CLASSES: dict[str, Any] = {
    kind.MODEL: kind
    for name in models.__all__
    if isinstance(getattr(kind := getattr(models, name), "MODEL", None), str)
}
SHARED = sorted(CLASSES.keys() & MODELS_BY_SLUG.keys())

MODELS_OF_THE_CLIENT_ALONE = {
    "flux-pro": "gone from the OpenAPI, which the mock serves; the SDK knows its fields",
    "flux-pro-1.0-canny": "as flux-pro",
    "flux-pro-1.0-depth": "as flux-pro",
}
MODELS_OF_THE_MOCK_ALONE = {
    "flux-kontext": "a name of the guide: the client asks the path that the API has",
    "flux-fill": "as flux-kontext",
    "flux-pro-1.1-raw": "as flux-kontext",
}

_TEN = "the pages on editing name ten images, the OpenAPI and the guide eight; the mock in live ignores the others"
_DISABLE_PUP = "seen in the live OpenAPI since August 2026; the mock has that of April and ignores the field"
FIELDS_OF_THE_CLIENT_ALONE = {
    **{
        (slug, f"input_image_{number}"): _TEN
        for slug in ("flux-2-pro", "flux-2-pro-preview", "flux-2-max", "flux-2-flex")
        for number in (9, 10)
    },
    **{(slug, "disable_pup"): _DISABLE_PUP for slug in ("flux-2-pro", "flux-2-pro-preview", "flux-2-max")},
}

_WIDEST = "the SDK takes 4:1 to 1:4, the OpenAPI's text says 21:9 to 9:21: the client refuses what both refuse"
_NO_RANGE = "no document names a range; the mock assumes FLUX.2's"
RULES_THAT_DIFFER = {
    **{("flux-3-image-klein", name): _NO_RANGE for name in ("width", "height", "steps")},
}
RATIOS_THAT_DIFFER = dict.fromkeys(
    ("flux-kontext-pro", "flux-kontext-max", "flux-pro-1.1-ultra", "flux-pro-1.1-ultra-finetuned"), _WIDEST
)

PRICES_OF_THE_MOCK_ALONE = {
    f"flux-tools/{name}": "no page lists it: the mock has to charge something, the client says that it does not know"
    for name in ("outpainting-v1", "erase-v1", "deblur-v1", "vto-v1", "vto-v2")
}


def rule_of_field(field: Field, model: Model) -> tuple[object, ...]:
    """Return what the mock's row demands, in terms of the client's rule."""
    kind = {
        Kind.STRING: "image" if field.name in model.references and field.name != "input_image_blob_path" else "text",
        Kind.OUTPUT_FORMAT: "choice",
        Kind.URI: "web address",
        Kind.ASPECT_RATIO: "ratio",
    }.get(field.kind, field.kind.value)
    words = ("jpeg", "png", "webp") if field.kind is Kind.OUTPUT_FORMAT else field.choices
    if field.kind is Kind.IMAGES:
        return "images", 1, field.max_items, 1, (), field.required
    least = field.minimum if field.min_length is None else field.min_length
    most = field.maximum if field.max_length is None else field.max_length
    name = "secret" if field.name == "webhook_secret" else kind
    return name, least, most, field.multiple_of or 1, words, field.required


def rule_of_slot(slot: Slot) -> tuple[object, ...]:
    rule = slot.rule
    return rule.kind, rule.least, rule.most, rule.multiple_of, rule.choices, slot.is_required


def test_both_know_the_same_models() -> None:
    assert CLASSES.keys() - MODELS_BY_SLUG.keys() == MODELS_OF_THE_CLIENT_ALONE.keys()
    assert MODELS_BY_SLUG.keys() - CLASSES.keys() == MODELS_OF_THE_MOCK_ALONE.keys()


@pytest.mark.parametrize("slug", MODELS_OF_THE_MOCK_ALONE)
def test_a_guides_name_leads_to_a_model_with_the_fields_of_its_row(slug: str) -> None:
    named, _ = named_on_the_api(slug)
    assert slots_of(CLASSES[named]).keys() == MODELS_BY_SLUG[slug].field_names


@pytest.mark.parametrize("slug", SHARED)
def test_a_model_has_the_path_and_the_limit_that_the_mock_serves(slug: str) -> None:
    kind, model = CLASSES[slug], MODELS_BY_SLUG[slug]
    assert model.path == kind.PATH
    assert (kind.LIMIT_CLASS == "kontext-max") is (model.limit_class is LimitClass.KONTEXT_MAX)


@pytest.mark.parametrize("slug", SHARED)
def test_a_model_has_the_fields_of_its_row(slug: str) -> None:
    ours, theirs = slots_of(CLASSES[slug]).keys(), MODELS_BY_SLUG[slug].field_names
    assert theirs <= ours
    assert {(slug, name) for name in ours - theirs} == {pair for pair in FIELDS_OF_THE_CLIENT_ALONE if pair[0] == slug}


@pytest.mark.parametrize("slug", SHARED)
def test_a_field_has_the_rule_of_its_row(slug: str) -> None:
    slots, model = slots_of(CLASSES[slug]), MODELS_BY_SLUG[slug]
    differing = {field.name for field in model.fields if rule_of_slot(slots[field.name]) != rule_of_field(field, model)}
    assert differing == {name for where, name in RULES_THAT_DIFFER if where == slug}


def test_where_a_rule_differs_the_client_takes_more() -> None:
    for slug, name in RULES_THAT_DIFFER:
        ours = slots_of(CLASSES[slug])[name].rule
        theirs = next(field for field in MODELS_BY_SLUG[slug].fields if field.name == name)
        assert (ours.least or 0) <= (theirs.minimum or 0)
        assert ours.most is None
        assert theirs.multiple_of is None


def test_the_ratios_differ_where_it_is_said() -> None:
    fields = {(model.slug, field.kind) for model in MODELS for field in model.fields}
    assert {slug for slug in SHARED if (slug, Kind.ASPECT_RATIO) in fields} == RATIOS_THAT_DIFFER.keys()


@pytest.mark.parametrize("slug", SHARED)
def test_a_model_carries_the_images_of_its_row(slug: str) -> None:
    row = model_row(slug)
    assert row is not None
    more = sum(1 for where, name in FIELDS_OF_THE_CLIENT_ALONE if where == slug and name in row.image_fields)
    assert row.reference_images == MODELS_BY_SLUG[slug].max_images + more
    named = {name for name in MODELS_BY_SLUG[slug].references if not name.endswith("_blob_path")}
    assert set(row.image_fields) >= named


@pytest.mark.parametrize("slug", SHARED)
def test_a_model_has_the_price_of_its_row(slug: str) -> None:
    ours, theirs = PRICES.get(slug), MODELS_BY_SLUG[slug].price
    if slug in PRICES_OF_THE_MOCK_ALONE:
        assert ours is None
        return
    match theirs:
        case MegapixelPrice():
            assert isinstance(ours, PerMegapixel)
            assert (ours.first, ours.further, ours.of_input) == (theirs.first, theirs.further, theirs.reference)
        case FlatPrice():
            assert isinstance(ours, Flat)
            assert ours.credits == theirs.credits
        case TierPrice():
            assert isinstance(ours, BySize)
            assert ours.steps == theirs.tiers


def test_every_price_is_of_a_model() -> None:
    assert PRICES.keys() <= CLASSES.keys()
    assert all(isinstance(price.credits, Decimal) for price in PRICES.values() if isinstance(price, Flat))


def test_every_difference_names_a_model_that_is_there() -> None:
    named = {slug for slug, _ in (*FIELDS_OF_THE_CLIENT_ALONE, *RULES_THAT_DIFFER)} | PRICES_OF_THE_MOCK_ALONE.keys()
    assert named <= set(SHARED)


def test_a_class_is_found_by_its_slug() -> None:
    assert [row.slug for row in known_models()] == [CLASSES[row.slug].MODEL for row in known_models()]
    assert {type(request_for("flux-2-pro", {"prompt": "p"}))} == {CLASSES["flux-2-pro"]}
