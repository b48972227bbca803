"""A model's name becomes a typed request; a typing error is met with the right name, an unknown model with trust."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bfl_client import InvalidRequest, UnknownModel, models
from bfl_client.models import AnyRequest, body_of, known_models, model_row, request_for
from tests.client.pictures import png

SQUARE = png(512, 512)


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("flux-2-pro", "Flux2Pro"),
        ("/v1/flux-2-pro", "Flux2Pro"),
        (" FLUX-2-Pro ", "Flux2Pro"),
        ("flux-kontext", "FluxKontextPro"),
        ("flux-pro-1.1-raw", "FluxPro11Ultra"),
    ],
)
def test_a_name_known_to_a_document_becomes_its_class(model: str, kind: str) -> None:
    assert type(request_for(model, {"prompt": "p"})) is getattr(models, kind)


def test_the_guides_fill_and_raw_are_fields_of_another_model() -> None:
    assert request_for("flux-fill", {"image": SQUARE}).PATH == "/v1/flux-pro-1.0-fill"
    assert body_of(request_for("flux-pro-1.1-raw", {"prompt": "p"})) == {"prompt": "p", "raw": True}
    with pytest.raises(InvalidRequest, match=r"raw: flux-pro-1\.1-raw means True"):
        request_for("flux-pro-1.1-raw", {"raw": False})


def test_what_is_none_is_left_out() -> None:
    assert body_of(request_for("flux-2-pro", {"prompt": "p", "seed": None, "no_such_field": None})) == {"prompt": "p"}


def test_an_unknown_model_passes_all_through() -> None:
    request = request_for("flux-9", {"prompt": "p", "seed": None, "frames": 5}, extra={"x": None})
    assert isinstance(request, AnyRequest)
    assert body_of(request) == {"prompt": "p", "frames": 5, "x": None}


@pytest.mark.parametrize("model", ["flux-2-dev", "../credits", "", "flux-2-pro#"])
def test_what_is_no_model_on_the_api_is_refused(model: str) -> None:
    with pytest.raises(UnknownModel):
        request_for(model, {})


@pytest.mark.parametrize(
    ("model", "field", "meant"),
    [
        ("flux-2-pro", "heigth", "did you mean height?"),
        ("flux-2-pro", "promt", "did you mean prompt?"),
        ("flux-2-pro", "aspect_ratio", "it takes width, height"),
        ("flux-kontext-pro", "width", "it takes aspect_ratio"),
        ("flux-pro-1.0-fill", "input_image", "did you mean image?"),
        ("flux-tools/vto-v1", "input_image", "it takes person, garment"),
        ("flux-3-image", "input_image_3", "it takes images"),
        ("flux-2-klein-4b", "input_image_5", "takes at most 4"),
        ("flux-2-pro", "input_image_11", "takes at most 10"),
        ("flux-2-pro", "zzz", "extra passes it on"),
        ("flux-2-pro", "extra", "extra passes it on"),
    ],
)
def test_an_unknown_field_of_a_known_model_is_refused_with_the_one_meant(model: str, field: str, meant: str) -> None:
    with pytest.raises(InvalidRequest, match=field) as caught:
        request_for(model, {field: 1})
    reason = next(reason for reason in caught.value.reasons if reason.startswith(f"{field}: "))
    assert meant in reason


def test_extra_passes_an_unknown_field_on() -> None:
    request = request_for("flux-2-pro", {"prompt": "p"}, extra={"aspect_ratio": "1:1"})
    assert body_of(request) == {"prompt": "p", "aspect_ratio": "1:1"}


def test_unknown_fields_and_broken_rules_stand_in_one_error() -> None:
    with pytest.raises(InvalidRequest) as caught:
        request_for("flux-2-pro", {"heigth": 7, "width": 7})
    assert str(caught.value) == (
        "The request to flux-2-pro cannot be sent: heigth: flux-2-pro has no such field, did you mean height? (extra "
        "passes it on as it is); prompt: is missing; width: 7 is below 64."
    )


def test_a_required_field_may_come_by_extra() -> None:
    request = request_for("flux-pro-1.0-fill", {"prompt": "p"}, extra={"image": SQUARE, "steps": 7})
    assert isinstance(request, models.FluxPro10Fill)
    assert (request.image, request.extra) == (SQUARE, {"steps": 7})
    with pytest.raises(InvalidRequest, match="image: is missing"):
        request_for("flux-pro-1.0-fill", {"prompt": "p"}, extra={"image": None})


# What there is


def test_the_known_models_are_listed_once_each_with_path_and_price() -> None:
    rows = known_models()
    assert len({row.slug for row in rows}) == len(rows) == 26
    assert all(row.path == f"/v1/{row.slug}" and row.price for row in rows)


def test_a_row_says_what_a_person_asks_of_a_model() -> None:
    row = model_row("flux-2-pro")
    assert row is not None
    assert (row.slug, row.kind, row.reference_images, row.limit_class) == ("flux-2-pro", "text", 10, "standard")
    assert row.image_fields[:2] == ("input_image", "input_image_2")
    assert row.price == "3 + 1.5 per further MP + 1.5 per input MP"


@pytest.mark.parametrize(
    ("model", "kind", "image_fields"),
    [
        ("flux-pro-1.1-ultra", "text", ("image_prompt",)),
        ("flux-3-image", "text", ("images",)),
        ("flux-kontext-max", "text", ("input_image", "input_image_2", "input_image_3", "input_image_4")),
        ("flux-fill", "edit", ("image", "mask")),
        ("flux-pro-1.0-canny", "edit", ("control_image", "preprocessed_image")),
        ("flux-tools/vto-v2", "edit", ("person", "garment")),
    ],
)
def test_a_row_names_the_fields_that_take_images(model: str, kind: str, image_fields: tuple[str, ...]) -> None:
    row = model_row(model)
    assert row is not None
    assert (row.kind, row.image_fields) == (kind, image_fields)


def test_a_row_counts_the_images_that_its_fields_take() -> None:
    for row in known_models():
        expected = 10 if row.image_fields == ("images",) else len(row.image_fields)
        assert row.reference_images == expected, row.slug


def test_an_unknown_model_has_no_row() -> None:
    assert model_row("flux-9") is None


def test_what_is_no_longer_in_the_openapi_says_so() -> None:
    noted = {row.slug for row in known_models() if "OpenAPI" in row.note}
    assert noted == {"flux-pro", "flux-pro-1.0-canny", "flux-pro-1.0-depth"}


def test_the_package_knows_no_other_name() -> None:
    with pytest.raises(AttributeError, match="Flux9"):
        _ = models.Flux9  # type: ignore[attr-defined]  # that is the point


def test_every_class_is_seen_by_dir() -> None:
    assert set(models.__all__) <= set(dir(models))


def test_importing_the_package_loads_no_family_of_models() -> None:
    """Each class costs most of a millisecond to make; only those asked for are made."""
    code = (
        "import sys, bfl_client.models as m; m.request_for('flux-dev', {}); "
        "print(sorted(n.rpartition('.')[2] for n in sys.modules if n.startswith('bfl_client.models.f')))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "['flux1']"
