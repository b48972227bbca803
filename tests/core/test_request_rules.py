"""A body is checked whole: every fault at once, in the words of the recordings."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_bfl.contract import GUIDE, LIVE, MODELS, MODELS_BY_SLUG, Dialect, Model
from mock_bfl.contract.fields import integer, number, text
from mock_bfl.core.body import Decoded, Fault, NoBody
from mock_bfl.core.refusals import refuse_faults
from mock_bfl.core.request import Invalid, Valid, check_fields, parse_ratio, schema_of, validate
from tests.core.examples import minimal

MINIMAL: dict[str, object] = {"prompt": "a", "image": "aGk=", "finetune_id": "my-finetune", "input_image": "aGk="}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = sorted({name for model in MODELS for name in model.field_names} | {"unknown", "input_image_9"})


def check(body: object, slug: str = "flux-2-pro", *, dialect: Dialect = LIVE) -> Valid | Invalid:
    return validate(Decoded(body), model=MODELS_BY_SLUG[slug], dialect=dialect)


def faults(body: object, slug: str = "flux-2-pro", *, dialect: Dialect = LIVE) -> list[Fault]:
    checked = check(body, slug, dialect=dialect)
    assert isinstance(checked, Invalid), checked
    return list(checked.faults)


def shown(checked: Valid | Invalid) -> object:
    """Return the body of the 422 for some faults."""
    assert isinstance(checked, Invalid)
    return json.loads(refuse_faults(checked.faults, dialect=LIVE).body)


# The two bodies seen live are of a video model; its two fields are enough to meet the same rules.
UPSCALE = schema_of(
    "upscale", (text("input_video", required=True), number("upscale_factor", default=2, minimum=1.5, maximum=3.0))
)


def test_a_number_out_of_range_is_worded_as_recorded() -> None:
    body = {"input_video": "x", "upscale_factor": 5}
    fault = {
        "type": "less_than_equal",
        "loc": ["body", "upscale_factor"],
        "msg": "Input should be less than or equal to 3",
        "input": 5,
        "ctx": {"le": 3.0},
    }
    assert shown(check_fields(Decoded(body), UPSCALE)) == {"detail": [fault]}


def test_a_missing_field_is_worded_as_recorded() -> None:
    fault = {
        "type": "missing",
        "loc": ["body", "input_video"],
        "msg": "Field required",
        "input": {"upscale_factor": 2},
    }
    assert shown(check_fields(Decoded({"upscale_factor": 2}), UPSCALE)) == {"detail": [fault]}


def test_a_fault_has_its_keys_in_the_recorded_order() -> None:
    checked = check_fields(Decoded({"input_video": "x", "upscale_factor": 5}), UPSCALE)
    assert isinstance(checked, Invalid)
    (fault,) = json.loads(refuse_faults(checked.faults, dialect=LIVE).body)["detail"]
    assert list(fault) == ["type", "loc", "msg", "input", "ctx"]


def test_all_faults_of_a_body_are_reported_at_once_in_the_order_of_the_fields() -> None:
    body = {"width": 3, "height": "x", "guidance": 99, "steps": 0, "safety_tolerance": None, "output_format": "gif"}
    assert [(fault.loc[1], fault.type) for fault in faults(body, "flux-2-flex")] == [
        ("prompt", "missing"),
        ("width", "greater_than_equal"),
        ("height", "int_parsing"),
        ("guidance", "less_than_equal"),
        ("steps", "greater_than_equal"),
        ("safety_tolerance", "int_type"),
        ("output_format", "enum"),
    ]


@pytest.mark.parametrize(
    ("slug", "body", "fault"),
    [
        ("flux-2-pro", {"prompt": 1}, Fault("string_type", ("body", "prompt"), "Input should be a valid string", 1)),
        (
            "flux-pro-1.1",
            {"width": 1000},
            Fault("multiple_of", ("body", "width"), "Input should be a multiple of 32", 1000, {"multiple_of": 32}),
        ),
        (
            "flux-2-pro",
            {"prompt": "a", "width": 0},
            Fault(
                "greater_than_equal", ("body", "width"), "Input should be greater than or equal to 64", 0, {"ge": 64}
            ),
        ),
        (
            "flux-2-pro",
            {"prompt": "a", "output_format": "gif"},
            Fault(
                "enum",
                ("body", "output_format"),
                "Input should be 'jpeg', 'png' or 'webp'",
                "gif",
                {"expected": "'jpeg', 'png' or 'webp'"},
            ),
        ),
        (
            "flux-2-pro",
            {"prompt": "a", "webhook_url": ""},
            Fault(
                "url_parsing",
                ("body", "webhook_url"),
                "Input should be a valid URL, input is empty",
                "",
                {"error": "input is empty"},
            ),
        ),
        (
            "flux-kontext-pro",
            {"prompt": "a", "aspect_ratio": "1:9"},
            Fault("aspect_ratio", ("body", "aspect_ratio"), "Aspect ratio should be W:H between 21:9 and 9:21", "1:9"),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_fault_names_the_field_the_rule_and_the_input(slug: str, body: object, fault: Fault) -> None:
    assert faults(body, slug) == [fault]


@pytest.mark.parametrize(
    ("body", "type_"),
    [
        ([1], "model_attributes_type"),
        ("text", "model_attributes_type"),
        (b"bytes", "model_attributes_type"),
        (None, "model_attributes_type"),
    ],
)
def test_a_body_that_is_no_object_is_one_fault_of_the_body(body: object, type_: str) -> None:
    assert [(fault.type, fault.loc) for fault in faults(body)] == [(type_, ("body",))]


@pytest.mark.parametrize("dialect", [LIVE, GUIDE], ids=lambda dialect: dialect.name)
def test_no_body_is_a_missing_body(dialect: Dialect) -> None:
    missing = Fault("missing", ("body",), "Field required", None)
    assert validate(NoBody(), model=MODELS_BY_SLUG["flux-2-pro"], dialect=dialect) == Invalid((missing,))


def test_defaults_are_filled_in() -> None:
    checked = check({"prompt": "a"}, "flux-2-flex")
    assert isinstance(checked, Valid)
    assert checked.values["guidance"] == 5.0
    assert checked.values["output_format"] == "jpeg"
    assert (checked.values["width"], checked.values["seed"]) == (0, None)


def test_unknown_fields_are_no_fault_and_kept_apart() -> None:
    body = {"prompt": "a", "aspect_ratio": "1:1", "api_key_override": "x", "num_inference_steps": 5}
    checked = check(body)
    assert isinstance(checked, Valid)
    assert checked.surplus == {name: value for name, value in body.items() if name != "prompt"}


def test_a_webhook_url_comes_back_as_text() -> None:
    checked = check({"prompt": "a", "webhook_url": "http://localhost:9/hook"})
    assert isinstance(checked, Valid)
    assert checked.values["webhook_url"] == "http://localhost:9/hook"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.slug)
def test_null_is_accepted_exactly_where_the_openapi_allows_it(model: Model) -> None:
    for field in model.fields:
        checked = check({**minimal(model), field.name: None}, model.slug)
        assert isinstance(checked, Valid) is field.nullable, field.name


@pytest.mark.parametrize(
    ("slug", "name"),
    [
        ("flux-2-pro", "safety_tolerance"),
        ("flux-pro-1.1", "width"),
        ("flux-pro-1.1", "height"),
        ("flux-pro-1.1", "prompt_upsampling"),
        ("flux-pro-1.1-ultra", "raw"),
        ("flux-dev", "prompt"),
    ],
)
def test_null_is_refused_where_clients_have_met_that(slug: str, name: str) -> None:
    assert [fault.loc for fault in faults({"prompt": "a", name: None}, slug)] == [("body", name)]


def test_a_null_webhook_is_no_webhook() -> None:
    checked = check({"prompt": "a", "webhook_url": None})
    assert isinstance(checked, Valid)
    assert checked.values["webhook_url"] is None


@pytest.mark.parametrize(
    ("ratio", "parsed"),
    [
        ("16:9", (16, 9)),
        ("1:1", (1, 1)),
        ("00016:9", (16, 9)),
        ("0:1", None),
        ("1:00", None),
        ("16/9", None),
        ("16:9 ", None),
        ("-1:1", None),
        ("1.5:1", None),
        ("١٦:٩", None),
        ("123456:9", None),
        ("", None),
    ],
)
def test_a_ratio_is_two_whole_numbers_above_zero(ratio: str, parsed: tuple[int, int] | None) -> None:
    assert parse_ratio(ratio) == parsed


@pytest.mark.parametrize(
    ("ratio", "accepted"),
    [("21:9", True), ("9:21", True), ("2100:900", True), ("22:9", False), ("9:22", False), ("2101:900", False)],
)
def test_a_ratio_lies_between_21_9_and_9_21_inclusive(*, ratio: str, accepted: bool) -> None:
    checked = check({"prompt": "a", "aspect_ratio": ratio}, "flux-pro-1.1-ultra")
    assert isinstance(checked, Valid) is accepted


def test_a_number_may_come_as_text_or_as_a_whole_float() -> None:
    checked = check({"prompt": "a", "width": "512", "height": 512.0})
    assert isinstance(checked, Valid)
    assert (checked.values["width"], checked.values["height"]) == (512, 512)


def test_a_schema_of_rows_is_built_once() -> None:
    rows = (integer("number_of_generations", default=1, minimum=1),)
    assert schema_of("usage", rows) is schema_of("usage", rows)


@given(
    st.sampled_from(MODELS),
    st.sampled_from([LIVE, GUIDE]),
    VALUES | st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6),
)
def test_no_body_at_all_breaks_the_check_and_every_fault_can_be_sent(
    model: Model, dialect: Dialect, body: object
) -> None:
    checked = validate(Decoded(body), model=model, dialect=dialect)
    if isinstance(checked, Invalid):
        reply = refuse_faults(checked.faults, dialect=dialect)
        assert reply.status == dialect.invalid_body_status
        assert all(str(fault.loc[-1]) in (reply.why or "") for fault in checked.faults)
