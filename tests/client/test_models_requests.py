"""A typed request holds what its endpoint takes, in the vendor's words, and is checked when it is made."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace
from typing import Any

import pytest

from bfl_client import InvalidRequest, UnknownModel, models
from bfl_client.models import AnyRequest, Request, body_of
from tests.client.pictures import base64_of, png, png_head

SQUARE = png(512, 512)
LONE_SURROGATE = "a\ud800"

# What each class needs at least, typed in by hand.
LEAST: dict[str, dict[str, Any]] = {
    "Flux2Klein4B": {"prompt": "p"},
    "Flux2Klein9B": {"prompt": "p"},
    "Flux2Klein9BPreview": {"prompt": "p"},
    "Flux2Pro": {"prompt": "p"},
    "Flux2ProPreview": {"prompt": "p"},
    "Flux2Max": {"prompt": "p"},
    "Flux2Flex": {"prompt": "p"},
    "FluxDev": {},
    "FluxPro": {},
    "FluxPro11": {},
    "FluxPro11Ultra": {},
    "FluxKontextPro": {"prompt": "p"},
    "FluxKontextMax": {"prompt": "p"},
    "FluxPro10Fill": {"image": SQUARE},
    "FluxPro10Expand": {"image": SQUARE},
    "FluxPro10Canny": {"control_image": SQUARE},
    "FluxPro10Depth": {"preprocessed_image": SQUARE},
    "FluxPro10FillFinetuned": {"finetune_id": "mine", "image": SQUARE},
    "FluxPro11UltraFinetuned": {"finetune_id": "mine"},
    "FluxToolsOutpaintingV1": {"input_image": SQUARE, "width": 64, "height": 64},
    "FluxToolsEraseV1": {"image": SQUARE, "mask": SQUARE},
    "FluxToolsDeblurV1": {"image": SQUARE},
    "FluxToolsVtoV1": {"prompt": "p", "person": SQUARE, "garment": SQUARE},
    "FluxToolsVtoV2": {"prompt": "p", "person": SQUARE, "garment": SQUARE},
    "Flux3Image": {"prompt": "p"},
    "Flux3ImageKlein": {"prompt": "p"},
}


def made(name: str, **given: Any) -> Any:
    """Return a request of a class, with at least what it needs."""
    return getattr(models, name)(**(LEAST[name] | given))


def refusal(name: str, **given: Any) -> InvalidRequest:
    """Return the error of a request that breaks rules."""
    with pytest.raises(InvalidRequest) as caught:
        made(name, **given)
    return caught.value


def test_every_class_of_the_package_is_tried_here() -> None:
    classes = {name for name in models.__all__ if is_dataclass(getattr(models, name))}
    assert classes - {"AnyRequest", "ModelRow"} == LEAST.keys()


@pytest.mark.parametrize("name", LEAST)
def test_the_least_that_a_model_needs_is_all_that_is_sent(name: str) -> None:
    assert body_of(made(name)) == LEAST[name]


@pytest.mark.parametrize("name", LEAST)
def test_a_request_is_slotted_frozen_and_made_by_names(name: str) -> None:
    request = made(name)
    assert not hasattr(request, "__dict__")
    with pytest.raises(FrozenInstanceError):
        request.extra = {}
    with pytest.raises(TypeError):
        type(request)("p")


@pytest.mark.parametrize("name", LEAST)
def test_a_request_knows_its_model_path_and_limits(name: str) -> None:
    request = made(name)
    limit_class = "kontext-max" if name == "FluxKontextMax" else "standard"
    assert (f"/v1/{request.MODEL}", limit_class) == (request.PATH, request.LIMIT_CLASS)
    assert isinstance(request.REFERENCE_IMAGES, int)


@pytest.mark.parametrize("name", LEAST)
def test_a_request_can_be_copied_sent_to_another_process_and_varied(name: str) -> None:
    request = made(name, extra={"new": [1]})
    assert pickle.loads(pickle.dumps(request)) == copy.deepcopy(request) == replace(request) == request
    assert request != made(name)
    assert hash(request) == hash(replace(request))


@pytest.mark.parametrize("name", LEAST)
def test_a_class_says_what_it_is(name: str) -> None:
    assert (getattr(models, name).__doc__ or "").strip().endswith(".")


def test_the_vendors_names_stand_in_the_vendors_order() -> None:
    request = models.Flux2Pro(height=768, width=1024, prompt="p", input_image_2=SQUARE, input_image=SQUARE, seed=0)
    assert list(body_of(request)) == ["prompt", "input_image", "input_image_2", "seed", "width", "height"]


def test_a_value_may_be_false_zero_or_empty_and_is_sent() -> None:
    request = models.FluxPro11Ultra(prompt="", raw=False, seed=0, image_prompt_strength=0)
    assert body_of(request) == {"prompt": "", "seed": 0, "raw": False, "image_prompt_strength": 0}


# Rules


@pytest.mark.parametrize(
    ("name", "field", "value", "says"),
    [
        ("Flux2Pro", "width", 63, "63 is below 64"),
        ("Flux2Pro", "width", 0, "0 is below 64"),
        ("FluxDev", "height", 1472, "1472 is above 1440"),
        ("FluxDev", "height", 1000, "1000 is no multiple of 32"),
        ("Flux2Pro", "width", "64", "'64' is no whole number"),
        ("Flux2Pro", "width", 64.0, "64.0 is no whole number"),
        ("Flux2Pro", "seed", True, "True is no whole number"),
        ("Flux2Flex", "guidance", 1.4, "1.4 is below 1.5"),
        ("Flux2Flex", "guidance", 11, "11 is above 10"),
        ("Flux2Flex", "guidance", float("nan"), "nan is no number"),
        ("Flux2Flex", "guidance", float("inf"), "inf is no number"),
        ("Flux2Flex", "guidance", "5", "'5' is no number"),
        ("Flux2Flex", "guidance", False, "False is no number"),
        ("FluxPro11Ultra", "raw", 1, "1 is neither True nor False"),
        ("Flux2Pro", "prompt", None, "is missing"),
        ("Flux2Pro", "prompt", b"p", "is no text"),
        ("Flux2Pro", "prompt", LONE_SURROGATE, "half a character"),
        ("Flux3Image", "prompt", "", "is empty"),
        ("Flux2Pro", "output_format", "jpg", "'jpg' is none of jpeg, png, webp"),
        ("Flux2Pro", "output_format", ["png"], "is none of"),
        ("Flux3Image", "resolution", "8k", "'8k' is none of 768sq, 1k"),
        ("Flux3Image", "aspect_ratio", "10:9", "is none of auto"),
        ("FluxKontextPro", "aspect_ratio", "5:1", "between 1:4 and 4:1"),
        ("FluxKontextPro", "aspect_ratio", "1:5", "between 1:4 and 4:1"),
        ("FluxKontextPro", "aspect_ratio", "16/9", "no ratio"),
        ("FluxKontextPro", "aspect_ratio", "1:0", "no ratio"),
        ("FluxKontextPro", "aspect_ratio", 1.5, "no ratio"),
        ("Flux2Pro", "webhook_url", "example.com/hook", "http"),
        ("Flux2Pro", "webhook_url", "", "is empty"),
        ("Flux2Pro", "webhook_url", 7, "is no text"),
        ("Flux2Pro", "webhook_url", "https://", "names no host"),
        ("Flux2Pro", "webhook_url", "https://e.com/" + "a" * 2083, "2083"),
        ("Flux2Pro", "webhook_url", "https://e.com:99999/", "cannot be read"),
        ("Flux2Pro", "input_image", "cat.png", "as_api_image"),
        ("Flux2Pro", "input_image", b"\x89PNG", "as_api_image"),
        ("Flux2Pro", "input_image", "", "as_api_image"),
        ("Flux2Pro", "input_image", base64_of(b"text, no picture"), "convert it"),
        ("Flux2Flex", "input_image_blob_path", 3, "is no text"),
        ("Flux3Image", "images", [], "1 to 10"),
        ("Flux3Image", "images", [SQUARE] * 11, "1 to 10"),
        ("Flux3Image", "images", 4, "1 to 10"),
        ("Flux3Image", "images", [SQUARE, "cat.png"], "image 2 "),
        ("Flux3Image", "images", png(255, 300), "at least 256"),
        ("Flux3Image", "images", [png(4097, 4096)], "at most 16 MP"),
        ("FluxPro10Expand", "top", 2049, "above 2048"),
        ("FluxPro10Fill", "steps", 14, "below 15"),
        ("FluxPro10FillFinetuned", "finetune_strength", 2.1, "above 2"),
        ("FluxToolsEraseV1", "dilate_pixels", 26, "above 25"),
        ("FluxToolsOutpaintingV1", "mode", "turbo", "is none of high, fast"),
        ("Flux2Klein4B", "safety_tolerance", 6, "above 5"),
        ("FluxDev", "safety_tolerance", 7, "above 6"),
        ("Flux3Image", "safety_tolerance", 5, "above 4"),
        ("Flux3ImageKlein", "safety_tolerance", 8, "above 7"),
    ],
)
def test_a_broken_rule_is_named_with_its_field(name: str, field: str, value: object, says: str) -> None:
    error = refusal(name, **{field: value})
    assert len(error.reasons) == 1
    assert error.reasons[0].startswith(f"{field}: ")
    assert says in error.reasons[0]


def test_all_broken_rules_stand_in_one_error() -> None:
    error = refusal("Flux2Pro", width=63, height=1, prompt=None, output_format="gif")
    assert str(error) == (
        "The request to flux-2-pro cannot be sent: prompt: is missing; width: 63 is below 64; height: 1 is below 64; "
        "output_format: 'gif' is none of jpeg, png, webp."
    )
    assert error.reasons[1] == "width: 63 is below 64"


def test_a_long_value_is_not_repeated_in_full() -> None:
    assert len(str(refusal("Flux2Pro", width="9" * 1000))) < 200


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("Flux2Pro", {"width": 64, "height": 65}),
        ("Flux2Pro", {"width": 9000, "height": 9000}),
        ("Flux2Pro", {"prompt": "", "webhook_url": "http://user:pass@127.0.0.1:8080/hook?x=1", "webhook_secret": ""}),
        ("Flux2Max", {"input_image": "https://example.com/a.jpg", "input_image_10": SQUARE, "disable_pup": True}),
        ("Flux2Flex", {"guidance": 1.5, "steps": 50, "prompt_upsampling": False, "input_image_blob_path": "a/b"}),
        ("FluxKontextPro", {"aspect_ratio": "4:1"}),
        ("FluxKontextPro", {"aspect_ratio": "1:4", "output_format": "webp"}),
        ("Flux2Pro", {"seed": -(2**70)}),
        ("Flux3Image", {"images": "https://example.com/a.jpg", "version": "2026-10-01"}),
        ("Flux3Image", {"images": (SQUARE,) * 10, "aspect_ratio": "9:21"}),
        ("Flux3ImageKlein", {"width": 17, "height": 4096, "steps": 80}),
        ("FluxPro10Fill", {"mask": "https://example.com/mask.png"}),
        ("FluxPro10Canny", {"canny_low_threshold": 0, "canny_high_threshold": 500}),
    ],
)
def test_what_some_document_lets_through_is_taken(name: str, given: dict[str, Any]) -> None:
    assert body_of(made(name, **given)).keys() >= given.keys()


def test_a_list_of_images_is_sent_as_a_list() -> None:
    assert body_of(models.Flux3Image(prompt="p", images=(SQUARE, SQUARE)))["images"] == [SQUARE, SQUARE]


# Rules between fields


@pytest.mark.parametrize("name", ["FluxPro10Fill", "FluxPro10FillFinetuned"])
def test_a_mask_has_the_size_of_its_image(name: str) -> None:
    """The OpenAPI says that the endpoint verifies it."""
    error = refusal(name, mask=png(512, 511))
    assert error.reasons == ("mask: has 512x511 pixels, the image 512x512: make them equal",)
    made(name, mask=png(512, 512))


@pytest.mark.parametrize("name", ["FluxPro10Canny", "FluxPro10Depth"])
def test_a_control_model_needs_a_control_image(name: str) -> None:
    error = refusal(name, control_image=None, preprocessed_image=None)
    assert error.reasons == ("control_image: is missing, and so is preprocessed_image: give one of them",)


def test_fast_outpainting_takes_no_url() -> None:
    error = refusal("FluxToolsOutpaintingV1", input_image="https://example.com/a.png", mode="fast")
    assert error.reasons == ("input_image: mode fast takes base64 alone, no URL (as_api_image makes it from a file)",)
    made("FluxToolsOutpaintingV1", mode="fast")
    made("FluxToolsOutpaintingV1", input_image="https://example.com/a.png", mode="high")


def test_rules_between_fields_are_not_judged_on_fields_that_are_no_text() -> None:
    assert refusal("FluxPro10Fill", image=7, mask=8).reasons[0].startswith("image: ")
    assert len(refusal("FluxToolsOutpaintingV1", input_image=7, mode="fast").reasons) == 1


# What is newer than the client


def test_extra_passes_through_unchecked_null_included() -> None:
    request = models.Flux2Pro(prompt="p", extra={"new_field": {"a": [1]}, "seed": None, "safety_tolerance": 6})
    assert body_of(request) == {"prompt": "p", "new_field": {"a": [1]}, "seed": None, "safety_tolerance": 6}


def test_a_field_given_twice_with_different_values_is_refused() -> None:
    assert refusal("Flux2Pro", seed=1, extra={"seed": 2}).reasons == ("seed: is also in extra, with another value",)
    made("Flux2Pro", seed=1, extra={"seed": 1})


@pytest.mark.parametrize("value", [float("nan"), b"bytes", {1, 2}, object()])
def test_what_is_no_json_is_refused_in_extra(value: object) -> None:
    assert refusal("Flux2Pro", extra={"new": value}).reasons[0].startswith("new: cannot be written as JSON (")


def test_a_name_in_extra_is_a_text() -> None:
    assert "no text" in refusal("Flux2Pro", extra={1: 2}).reasons[0]


def test_extra_that_is_no_mapping_is_refused() -> None:
    assert "extra: " in refusal("Flux2Pro", extra=[("a", 1)]).reasons[0]


# Looks


def test_a_request_shows_neither_pictures_nor_secrets() -> None:
    request = models.Flux2Pro(
        prompt="a red cube",
        width=1024,
        input_image=base64_of(png_head(1024, 768) + bytes(10_000)),
        input_image_2="https://example.com/a.jpg?token=s3cret",
        webhook_url="https://example.com/hook?key=s3cret",
        webhook_secret="s3cret",
    )
    assert repr(request) == (
        "Flux2Pro(prompt='a red cube', input_image=<1024x768 in base64>, "
        "input_image_2=<https://example.com/a.jpg?token=***>, width=1024, "
        "webhook_url=<https://example.com/hook?key=***>, webhook_secret=***)"
    )


def test_a_list_of_pictures_is_shown_by_their_sizes() -> None:
    assert repr(models.Flux3Image(prompt="p", images=(SQUARE, base64_of(b"\xff\xd8\xff\xe0")))) == (
        "Flux3Image(prompt='p', images=[<512x512 in base64>, <picture in base64>])"
    )
    assert "images=<512x512 in base64>" in repr(models.Flux3Image(prompt="p", images=SQUARE))


def test_a_long_prompt_is_shown_shortened_and_extra_by_its_names() -> None:
    shown = repr(models.Flux2Pro(prompt="p" * 1000, extra={"new": "x" * 1000}))
    assert shown.endswith("ppp..., extra=<new>)")
    assert len(shown) < 200


def test_a_secret_is_in_no_error() -> None:
    error = refusal(
        "Flux2Pro",
        webhook_secret=LONE_SURROGATE + "s3cret",
        webhook_url="ftp://example.com/?k=s3cret",
        extra={"webhook_secret": "another s3cret"},
    )
    assert "s3cret" not in str(error)
    assert len(error.reasons) == 3


# The request without a type


def test_a_request_to_any_model_passes_all_through() -> None:
    request = AnyRequest("flux-9/new-v1", {"prompt": "p", "seed": None, "width": 7}, extra={"n": None})
    assert (request.MODEL, request.PATH) == ("flux-9/new-v1", "/v1/flux-9/new-v1")
    assert (request.LIMIT_CLASS, request.REFERENCE_IMAGES) == ("standard", 0)
    assert body_of(request) == {"prompt": "p", "width": 7, "n": None}
    assert body_of(AnyRequest("flux-2-pro", {"width": 7})) == {"width": 7}


@pytest.mark.parametrize("model", ["", "../credits", "flux 2", "flux-2-pro?x=1", "//evil.example"])
def test_what_is_no_models_name_makes_no_request(model: str) -> None:
    with pytest.raises(UnknownModel):
        AnyRequest(model, {})


def test_what_is_no_json_makes_no_request_of_any_model() -> None:
    with pytest.raises(InvalidRequest, match="guidance: cannot be written as JSON"):
        AnyRequest("flux-9", {"guidance": float("nan")})
    with pytest.raises(InvalidRequest, match="seed: is also in extra"):
        AnyRequest("flux-9", {"seed": 1}, extra={"seed": 2})


def test_a_request_to_any_model_shows_the_names_of_its_fields() -> None:
    assert repr(AnyRequest("flux-9", {"prompt": "s3cret"})) == "AnyRequest('flux-9', fields=<prompt>)"
    assert pickle.loads(pickle.dumps(AnyRequest("flux-9", {"a": 1}))) == AnyRequest("flux-9", {"a": 1})


def test_typed_or_not_it_is_a_request_to_a_type_checker() -> None:
    both: list[Request] = [models.Flux2Pro(prompt="p"), AnyRequest("flux-9", {})]
    assert [request.MODEL for request in both] == ["flux-2-pro", "flux-9"]


def test_every_body_can_be_written_as_json() -> None:
    for name in LEAST:
        json.dumps(body_of(made(name)), allow_nan=False)


def test_the_fields_of_a_class_are_those_of_its_body_and_extra() -> None:
    assert [field.name for field in fields(models.FluxToolsDeblurV1)] == [
        *("image", "seed", "safety_tolerance", "output_format", "webhook_url", "webhook_secret", "extra")
    ]
