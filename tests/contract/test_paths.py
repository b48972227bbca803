"""Every path of the guide and of the OpenAPI is served, and says who names it."""

from __future__ import annotations

import pytest

from mock_bfl.contract import MODELS, MODELS_BY_SLUG, LimitClass, Model
from mock_bfl.contract.endpoints import ENDPOINTS
from mock_bfl.contract.models import IMAGE_FIELDS

# The tables and the pages of the guide: its front page says flux-pro-1.0-fill, its endpoint page flux-fill.
GUIDE_PATHS = {
    "/v1/flux-2-klein-4b",
    "/v1/flux-2-klein-9b",
    "/v1/flux-2-pro",
    "/v1/flux-2-max",
    "/v1/flux-2-flex",
    "/v1/flux-kontext",
    "/v1/flux-kontext-max",
    "/v1/flux-pro-1.1",
    "/v1/flux-pro-1.1-ultra",
    "/v1/flux-pro-1.1-raw",
    "/v1/flux-pro-1.0-fill",
    "/v1/flux-fill",
}
OPENAPI_PATHS = {
    "/v1/flux-2-klein-4b",
    "/v1/flux-2-klein-9b",
    "/v1/flux-2-klein-9b-preview",
    "/v1/flux-2-pro",
    "/v1/flux-2-pro-preview",
    "/v1/flux-2-max",
    "/v1/flux-2-flex",
    "/v1/flux-kontext-pro",
    "/v1/flux-kontext-max",
    "/v1/flux-pro-1.1",
    "/v1/flux-pro-1.1-ultra",
    "/v1/flux-dev",
    "/v1/flux-pro-1.0-fill",
    "/v1/flux-pro-1.0-expand",
    "/v1/flux-pro-1.0-fill-finetuned",
    "/v1/flux-pro-1.1-ultra-finetuned",
}
OTHER_ROUTES = {
    ("GET", "/v1/get_result"),
    ("GET", "/v1/credits"),
    ("GET", "/v1/my_finetunes"),
    ("GET", "/v1/finetune_details"),
    ("POST", "/v1/delete_finetune"),
    ("POST", "/v1/licenses/models/{model_slug}/usage"),
}


@pytest.mark.parametrize(("document", "paths"), [("GUIDE", GUIDE_PATHS), ("OAS", OPENAPI_PATHS)])
def test_the_models_named_by_a_document_are_its_paths(document: str, paths: set[str]) -> None:
    assert {model.path for model in MODELS if document in model.named_by} == paths


def test_the_other_routes_are_those_of_the_openapi_and_of_the_licence_page() -> None:
    assert {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS} == OTHER_ROUTES


def test_no_path_is_served_twice() -> None:
    paths = [model.path for model in MODELS] + [endpoint.path for endpoint in ENDPOINTS]
    assert len(paths) == len(set(paths))


def test_flux_2_dev_is_not_on_the_api() -> None:
    assert "flux-2-dev" not in MODELS_BY_SLUG


def test_a_model_is_found_under_its_slug() -> None:
    assert [MODELS_BY_SLUG[model.slug] for model in MODELS] == list(MODELS)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.slug)
def test_a_model_has_no_field_twice_and_takes_its_references_in_fields(model: Model) -> None:
    assert len(model.field_names) == len(model.fields)
    assert set(model.references) <= model.field_names & IMAGE_FIELDS


@pytest.mark.parametrize(
    ("slug", "count"),
    [
        ("flux-2-klein-4b", 4),
        ("flux-2-klein-9b", 4),
        ("flux-2-pro", 8),
        ("flux-2-max", 8),
        ("flux-2-flex", 8),
        ("flux-kontext-pro", 4),
        ("flux-kontext-max", 4),
    ],
)
def test_a_model_takes_as_many_numbered_references_as_the_documents_say(slug: str, count: int) -> None:
    numbered = ["input_image", *(f"input_image_{number}" for number in range(2, count + 1))]
    assert [name for name in MODELS_BY_SLUG[slug].references if name != "input_image_blob_path"] == numbered


@pytest.mark.parametrize(
    ("slug", "references"),
    [
        ("flux-dev", ("image_prompt",)),
        ("flux-pro-1.1", ("image_prompt",)),
        ("flux-pro-1.1-ultra", ("image_prompt",)),
        ("flux-pro-1.0-fill", ("image", "mask")),
        ("flux-pro-1.0-expand", ("image",)),
    ],
)
def test_a_flux_1_model_takes_its_own_image_fields(slug: str, references: tuple[str, ...]) -> None:
    assert MODELS_BY_SLUG[slug].references == references


def test_only_kontext_max_has_a_limit_of_its_own() -> None:
    own = [model.slug for model in MODELS if model.limit_class is LimitClass.KONTEXT_MAX]
    assert own == ["flux-kontext-max"]


def test_the_image_fields_are_all_names_under_which_an_image_may_come() -> None:
    numbered = {"input_image", *(f"input_image_{number}" for number in range(2, 9))}
    # image_prompt_strength is a number, not an image
    newer = {"person", "garment", "images"}
    assert numbered | newer | {"input_image_blob_path", "image_prompt", "image", "mask"} == IMAGE_FIELDS
