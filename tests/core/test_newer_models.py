"""The rules of the tools and of FLUX 3: closed bodies, sizes by class, prices by tier, phases, settled costs."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from mock_bfl.contract import GUIDE, LIVE, MODELS_BY_SLUG, Dialect
from mock_bfl.core.bodies import poll_body
from mock_bfl.core.body import Decoded, Fault
from mock_bfl.core.delivery import expires_at_ms, sample_path
from mock_bfl.core.pricing import quote
from mock_bfl.core.refusals import refuse_faults
from mock_bfl.core.request import Invalid, Valid, validate
from mock_bfl.core.sizing import Size, output_size
from mock_bfl.core.task import Observation, Task, observe
from tests.core.examples import NOW_MS, TASK, minimal, planned

FLUX_3 = replace(TASK, slug="flux-3-image", in_phases=True)
TOOL = replace(TASK, slug="flux-tools/erase-v1")


def check(slug: str, dialect: Dialect = LIVE, /, **fields: object) -> Valid | Invalid:
    body = minimal(MODELS_BY_SLUG[slug]) | fields
    return validate(Decoded(body), model=MODELS_BY_SLUG[slug], dialect=dialect)


def faults(slug: str, dialect: Dialect = LIVE, /, **fields: object) -> list[tuple[object, ...]]:
    checked = check(slug, dialect, **fields)
    assert isinstance(checked, Invalid)
    return [(fault.type, fault.loc, fault.msg) for fault in checked.faults]


@pytest.mark.parametrize("dialect", [LIVE, GUIDE])
@pytest.mark.parametrize(
    ("slug", "name"), [("flux-3-image", "seed"), ("flux-3-image", "input_image"), ("flux-tools/outpainting-v1", "seed")]
)
def test_a_closed_body_refuses_what_it_does_not_know(slug: str, name: str, dialect: Dialect) -> None:
    """[F3-DOCS, OAS-GEN: additionalProperties is false]"""
    surplus: dict[str, object] = {name: 7}
    assert faults(slug, dialect, **surplus) == [
        ("extra_forbidden", ("body", name), "Extra inputs are not permitted"),
    ]


@pytest.mark.parametrize("slug", ["flux-tools/erase-v1", "flux-tools/vto-v2", "flux-3-image-klein", "flux-2-pro"])
def test_an_open_body_ignores_what_it_does_not_know(slug: str) -> None:
    assert isinstance(check(slug, nothing=7), Valid)


@pytest.mark.parametrize(
    ("slug", "name", "value", "type_"),
    [
        ("flux-3-image", "prompt", "", "string_too_short"),
        ("flux-3-image", "resolution", "8k", "literal_error"),
        ("flux-3-image", "aspect_ratio", "5:3", "literal_error"),
        ("flux-3-image", "safety_tolerance", 5, "less_than_equal"),
        ("flux-3-image-klein", "safety_tolerance", 8, "less_than_equal"),
        ("flux-tools/outpainting-v1", "mode", "slow", "literal_error"),
        ("flux-tools/outpainting-v1", "width", 63, "greater_than_equal"),
        ("flux-tools/erase-v1", "dilate_pixels", 26, "less_than_equal"),
    ],
)
def test_a_field_outside_its_rules_is_one_fault(slug: str, name: str, value: object, type_: str) -> None:
    assert [(found, loc) for found, loc, _ in faults(slug, **{name: value})] == [(type_, ("body", name))]


@pytest.mark.parametrize(
    "images", [None, "x", ["x"], ["x"] * 10], ids=["null", "one", "a list of one", "a list of ten"]
)
def test_images_are_a_text_or_a_list_of_one_to_ten(images: object) -> None:
    assert isinstance(check("flux-3-image", images=images), Valid)


@pytest.mark.parametrize("images", [[], ["x"] * 11, [1], 7, {"a": "x"}, [None]])
def test_anything_else_is_a_fault_of_the_field(images: object) -> None:
    assert {loc[:2] for _, loc, _ in faults("flux-3-image", images=images) if isinstance(loc, tuple)} == {
        ("body", "images")
    }


def test_in_the_guide_a_fault_inside_a_field_stands_under_its_name() -> None:
    reply = refuse_faults((Fault("missing", ("body", "images", "str"), "Odd", 1),), dialect=GUIDE)
    assert b'"details":{"images":' in reply.body


def size_of(slug: str, *, first_image: Size | None = None, dialect: Dialect = LIVE, **values: object) -> Size:
    return output_size(MODELS_BY_SLUG[slug], values, first_image=first_image, dialect=dialect)


@pytest.mark.parametrize(
    ("resolution", "ratio", "first_image", "size"),
    [
        ("1k", "auto", None, (1024, 1024)),
        ("1k", "auto", (600, 300), (1440, 704)),
        ("1k", "16:9", (600, 300), (1344, 768)),
        ("768sq", "1:1", None, (768, 768)),
        ("1.5k", "1:1", None, (1536, 1536)),
        ("2k", "1:2", None, (1440, 2880)),
        ("4k", "1:1", None, (4096, 4096)),
    ],
)
@pytest.mark.parametrize("dialect", [LIVE, GUIDE])
def test_flux_3_has_the_area_of_its_class_in_the_ratio_asked_for_or_of_its_image(
    *, resolution: str, ratio: str, first_image: Size | None, size: Size, dialect: Dialect
) -> None:
    found = size_of("flux-3-image", resolution=resolution, aspect_ratio=ratio, first_image=first_image, dialect=dialect)
    assert found == size


@pytest.mark.parametrize(
    ("slug", "size", "made"),
    [
        ("flux-3-image-klein", (4096, 4096), (4096, 4096)),
        ("flux-3-image-klein", (8192, 4096), (5792, 2896)),
        ("flux-tools/outpainting-v1", (4096, 4096), (2048, 2048)),
    ],
)
def test_only_flux_3_makes_more_than_four_megapixels(slug: str, size: Size, made: Size) -> None:
    assert size_of(slug, width=size[0], height=size[1]) == made


def test_in_the_guide_klein_of_flux_3_is_not_held_to_four_megapixels() -> None:
    assert isinstance(check("flux-3-image-klein", GUIDE, width=4096, height=4096), Valid)
    assert isinstance(check("flux-tools/outpainting-v1", GUIDE, width=4096, height=4096), Invalid)


@pytest.mark.parametrize(
    ("side_px", "credits"), [(64, "0.9"), (1024, "0.9"), (1025, "1.4"), (2048, "1.4"), (2049, "3.6"), (4096, "3.6")]
)
def test_klein_of_flux_3_is_priced_by_its_size(side_px: int, credits: str) -> None:
    quoted = quote(MODELS_BY_SLUG["flux-3-image-klein"], width_px=side_px, height_px=side_px)
    assert quoted.credits == Decimal(credits)
    assert quoted.cost == pytest.approx(float(credits))


def test_beyond_the_last_tier_its_price_holds() -> None:
    quoted = quote(MODELS_BY_SLUG["flux-3-image-klein"], width_px=8192, height_px=8192)
    assert quoted.credits == Decimal("3.6")


@pytest.mark.parametrize(
    ("after_ms", "word"),
    [(0, "Pending"), (99, "Pending"), (100, "Reasoning"), (399, "Reasoning"), (400, "Generating"), (999, "Generating")],
)
def test_a_flux_3_task_is_pending_then_reasons_then_generates(after_ms: int, word: str) -> None:
    task = planned("flux-3-image", {"prompt": "[mock: after=1s]"})
    assert observe(task, now_ms=NOW_MS + after_ms).status == word
    assert observe(task, now_ms=NOW_MS + 1000).status == "Ready"


@pytest.mark.parametrize(("polls", "word"), [(0, "Pending"), (1, "Reasoning"), (2, "Generating"), (9, "Generating")])
def test_where_polls_set_the_end_the_phases_follow_the_polls(polls: int, word: str) -> None:
    task = planned("flux-3-image-klein", {"prompt": "[mock: after=4polls]"})
    assert observe(task, now_ms=NOW_MS, polls=polls).status == word


@pytest.mark.parametrize(("script", "word"), [("while=Queued", "Queued"), ("status=Reasoning", "Reasoning")])
def test_a_script_names_another_word(script: str, word: str) -> None:
    task = planned("flux-3-image", {"prompt": f"[mock: {script}]"})
    assert observe(task, now_ms=NOW_MS + 1).status == word


@pytest.mark.parametrize("slug", ["flux-2-pro", "flux-tools/erase-v1", "flux-dev"])
def test_no_other_family_has_phases(slug: str) -> None:
    task = planned(slug, minimal(MODELS_BY_SLUG[slug]))
    assert task.settles_at_ms is not None
    assert observe(task, now_ms=task.settles_at_ms - 1).status == "Pending"


def polled(task: Task, status: str, *, dialect: Dialect = LIVE) -> dict[str, object]:
    seen = Observation(status, None, is_settled=True)
    sample_url = "http://h/results/x" if status == "Ready" else None
    return poll_body(replace(task, final_status=status), seen, sample_url=sample_url, dialect=dialect)


def test_a_ready_flux_3_task_shows_its_settled_cost_after_the_six_keys() -> None:
    body = polled(FLUX_3, "Ready")
    assert list(body) == ["id", "status", "result", "progress", "details", "preview", "cost"]
    assert body["cost"] == TASK.quote.cost


@pytest.mark.parametrize(
    ("task", "status", "dialect"),
    [(TASK, "Ready", LIVE), (TOOL, "Ready", LIVE), (FLUX_3, "Error", LIVE), (FLUX_3, "Ready", GUIDE)],
)
def test_nothing_else_does(task: Task, status: str, dialect: Dialect) -> None:
    assert "cost" not in polled(task, status, dialect=dialect)


def test_the_result_of_a_tool_is_that_of_flux_2_and_of_flux_3_that_of_flux_1() -> None:
    tool, flux_3 = polled(TOOL, "Ready")["result"], polled(FLUX_3, "Ready")["result"]
    assert isinstance(tool, dict)
    assert isinstance(flux_3, dict)
    assert list(tool) == ["start_time", "prompt", "seed", "sample"]
    assert list(flux_3) == ["sample", "prompt", "seed", "start_time", "end_time", "duration"]


@pytest.mark.parametrize(
    ("status", "fields", "details"),
    [
        ("Request Moderated", {"reasons": ("Violence", "Self Harm")}, "Violence, Self Harm"),
        ("Content Moderated", {"reasons": ()}, None),
        ("Error", {"error_code": "generation_timeout"}, "Generation timed out"),
    ],
)
def test_flux_3_says_why_in_a_plain_text(status: str, fields: dict[str, object], details: str | None) -> None:
    task = replace(FLUX_3, **fields)  # type: ignore[arg-type]  # a table of fields
    assert polled(task, status)["details"] == details


def test_or_in_an_object_where_the_dialect_says_so() -> None:
    as_object = replace(LIVE, flux_3_details="object")
    assert polled(FLUX_3, "Request Moderated", dialect=as_object) == polled(TASK, "Request Moderated")
    assert polled(FLUX_3, "Error", dialect=as_object) == polled(TASK, "Error")


def test_a_sample_of_flux_3_lives_an_hour() -> None:
    task = replace(FLUX_3, settles_at_ms=1_000_000)
    assert expires_at_ms(task, now_ms=1_000_000, dialect=LIVE) == 1_000_000 + 3_600_000
    assert sample_path(task) == sample_path(replace(TASK, settles_at_ms=1_000_000))
