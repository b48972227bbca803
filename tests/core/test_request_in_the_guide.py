"""The guide narrows what the OpenAPI allows: each of its refusals is one of its sentences."""

from __future__ import annotations

import json

import pytest

from mock_bfl.contract import GUIDE, LIVE, MODELS, MODELS_BY_SLUG, Model
from mock_bfl.core.body import Decoded
from mock_bfl.core.refusals import refuse_faults
from mock_bfl.core.request import Invalid, Valid, validate
from tests.core.examples import minimal

FOUR_MP = "Width x height should be at most 4000000 pixels"


def check(slug: str, body: object) -> Valid | Invalid:
    return validate(Decoded(body), model=MODELS_BY_SLUG[slug], dialect=GUIDE)


def details(slug: str, body: object) -> object:
    """Return the `details` of the guide's 400 for a body."""
    checked = check(slug, body)
    assert isinstance(checked, Invalid), checked
    reply = refuse_faults(checked.faults, dialect=GUIDE)
    sent = json.loads(reply.body)
    assert (reply.status, sent["error"], sent["message"]) == (400, "validation_error", "Invalid request parameters")
    return sent["details"]


def test_the_body_of_the_guides_own_example_comes_out_to_the_letter() -> None:
    refused = details("flux-2-pro", {"width": 1000, "prompt": ""})
    assert refused == {"width": "Must be a multiple of 16", "prompt": "Cannot be empty"}


@pytest.mark.parametrize(
    ("slug", "body", "refused"),
    [
        ("flux-2-pro", {"prompt": "a", "height": 65}, {"height": "Must be a multiple of 16"}),
        ("flux-pro-1.1", {"prompt": "a", "height": 272}, {"height": "Must be a multiple of 32"}),
        ("flux-2-pro", {"prompt": "a", "width": 2048, "height": 2048}, {"width": FOUR_MP, "height": FOUR_MP}),
        ("flux-2-pro", {"prompt": "a", "width": "2048", "height": 2048.0}, {"width": FOUR_MP, "height": FOUR_MP}),
        ("flux-2-pro", {"prompt": "a", "width": 4096}, {"width": FOUR_MP}),
        ("flux-2-pro", {"width": 4096}, {"prompt": "Is required", "width": FOUR_MP}),
        ("flux-2-pro", {"prompt": "a", "safety_tolerance": 6}, {"safety_tolerance": "Must be at most 5"}),
        ("flux-dev", {"prompt": "a", "safety_tolerance": 6}, {"safety_tolerance": "Must be at most 5"}),
        ("flux-2-pro", {"prompt": "a", "output_format": "webp"}, {"output_format": "Must be 'jpeg' or 'png'"}),
        ("flux-2-pro", {"prompt": None}, {"prompt": "Must be a string"}),
        ("flux-pro-1.1", {}, {"prompt": "Is required"}),
        ("flux-kontext", {"prompt": "a"}, {"input_image": "Is required"}),
        ("flux-kontext-max", {"prompt": "a", "input_image": None}, {"input_image": "Must be a string"}),
        ("flux-2-pro", {"prompt": "a", "width": "x"}, {"width": "Must be an integer"}),
        ("flux-2-flex", {"prompt": "a", "guidance": []}, {"guidance": "Must be a number"}),
        (
            "flux-2-flex",
            {"prompt": "a", "prompt_upsampling": "perhaps"},
            {"prompt_upsampling": "Must be true or false"},
        ),
        (
            "flux-2-klein-4b",
            {"prompt": "a", "input_image_5": "x"},
            {"input_image_5": "FLUX.2 [klein] 4B takes at most 4 images"},
        ),
        (
            "flux-2-flex",
            {"prompt": "a", "input_image_9": "x", "input_image_10": "y"},
            {
                "input_image_9": "FLUX.2 [flex] takes at most 8 images",
                "input_image_10": "FLUX.2 [flex] takes at most 8 images",
            },
        ),
        (
            "flux-2-pro",
            {"prompt": "a", "image_prompt": "x"},
            {"image_prompt": "FLUX.2 [pro] has no such field: its images go in input_image to input_image_8"},
        ),
        (
            "flux-pro-1.0-fill",
            {"prompt": "a", "image": "x", "input_image": "y"},
            {"input_image": "FLUX.1 Fill [pro] has no such field: its images go in image and mask"},
        ),
        (
            "flux-pro-1.1",
            {"prompt": "a", "input_image": "http://e.com/a.png"},
            {"input_image": "FLUX1.1 [pro] has no such field: its image goes in image_prompt"},
        ),
        (
            "flux-pro-1.1",
            {"prompt": "a", "input_image_2": "http://e.com/a.png"},
            {"input_image_2": "FLUX1.1 [pro] has no such field: its image goes in image_prompt"},
        ),
        (
            "flux-2-flex",
            {"prompt": "a", "image": "x"},
            {"image": "FLUX.2 [flex] has no such field: its images go in input_image to input_image_8"},
        ),
        (
            "flux-2-klein-4b",
            {"prompt": "a", "input_image_1": "x", "input_image_02": "x"},
            dict.fromkeys(
                ("input_image_1", "input_image_02"),
                "FLUX.2 [klein] 4B has no such field: its images go in input_image to input_image_4",
            ),
        ),
        ("flux-2-pro", [], {"body": "Input should be a valid dictionary or object to extract fields from"}),
    ],
)
def test_the_guide_refuses(slug: str, body: object, refused: dict[str, str]) -> None:
    assert details(slug, body) == refused


@pytest.mark.parametrize(
    ("slug", "body"),
    [
        ("flux-2-pro", {"prompt": "a"}),
        ("flux-2-pro", {"prompt": "a", "width": 1024, "height": 1024}),
        ("flux-2-pro", {"prompt": "a", "width": 2000, "height": 2000}),
        ("flux-2-pro", {"prompt": "a", "width": None, "height": None}),
        ("flux-2-pro", {"prompt": "a", "input_image_9": None}),
        ("flux-2-pro", {"prompt": "a", "unknown": "x"}),
        ("flux-kontext", {"prompt": "a", "input_image": "https://example.com/photo.jpg"}),
        ("flux-pro-1.1", {"prompt": "a", "width": 1440, "height": 1440}),
    ],
)
def test_the_guide_accepts(slug: str, body: object) -> None:
    assert isinstance(check(slug, body), Valid)


@pytest.mark.parametrize(
    "body",
    [
        {"prompt": "", "width": 65, "height": 65},
        {"prompt": "a", "width": 5000, "height": 5000},
        {"prompt": "a", "output_format": "webp"},
        {"prompt": "a", "input_image_9": "x"},
    ],
)
def test_live_accepts_what_only_the_guide_refuses(body: object) -> None:
    assert isinstance(validate(Decoded(body), model=MODELS_BY_SLUG["flux-2-pro"], dialect=LIVE), Valid)


def test_the_guide_moves_two_defaults() -> None:
    flex = check("flux-2-flex", {"prompt": "a"})
    kontext = check("flux-kontext", {"prompt": "a", "input_image": "x"})
    assert isinstance(flex, Valid)
    assert isinstance(kontext, Valid)
    assert flex.values["guidance"] == 4.5
    assert kontext.values["output_format"] == "jpeg"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.slug)
def test_the_guides_safety_never_exceeds_five_nor_the_models_own(model: Model) -> None:
    most = next(field.maximum for field in model.fields if field.name == "safety_tolerance")
    assert most is not None
    highest = min(5, int(most))
    assert isinstance(check(model.slug, minimal(model, prompt="a", input_image="x", safety_tolerance=highest)), Valid)
    assert isinstance(
        check(model.slug, minimal(model, prompt="a", input_image="x", safety_tolerance=highest + 1)), Invalid
    )


def test_two_faults_of_one_field_stand_in_one_sentence() -> None:
    checked = check("flux-2-pro", {"prompt": "a", "width": 4097})
    assert isinstance(checked, Invalid)
    details_of_both = json.loads(refuse_faults(checked.faults, dialect=GUIDE).body)["details"]
    assert details_of_both == {"width": f"Must be a multiple of 16; {FOUR_MP}"}
