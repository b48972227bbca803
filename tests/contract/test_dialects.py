"""A dialect is one frozen value, and each of its fields settles one contradiction between the documents."""

from __future__ import annotations

import dataclasses

import pytest

from mock_bfl.contract import DIALECTS, GUIDE, LIVE, SOURCES, Contradiction, Dialect, contradictions

PAIRS = {row.name: contradiction for row, contradiction in contradictions()}
HIGHEST_ROW = 59  # of the table of contradictions

# Each field: its value in `live`, its value in `guide`.
VALUES: dict[str, tuple[object, object]] = {
    "missing_key_status": (403, 401),
    "malformed_key_status": (422, 401),
    "unknown_key_status": (403, 401),
    "error_envelope": ("detail", "guide"),
    "invalid_body_status": (422, 400),
    "statuses": ("eight", "three"),
    "failure_at": ("details", "error"),
    "flux_3_details": ("string", "object"),
    "settled_cost": (True, False),
    "bad_image": ("task_error", "refused"),
    "task_not_found_status": (404, 404),
    "polling_host": ("cluster", "same"),
    "task_bound_to_origin": (True, False),
    "poll_null_keys": (True, False),
    "id_form": ("uuid4", "gen"),
    "poll_needs_key": (False, False),
    "webhook_reply": ("without_polling_url", "with_polling_url"),
    "webhook_form": ("2026", "guide"),
    "webhook_progress": (True, False),
    "webhook_needs_https": (False, False),
    "rate_headers": ("poll_window", "active_tasks"),
    "poll_retry_after": (True, False),
    "over_limit_retry_after_s": (None, 5),
    "output_over_4mp": ("resize", "refuse"),
    "max_output_px": (4_194_304, 4_000_000),
    "size_multiple_of_px": (1, 16),
    "safety_tolerance_max": (None, 5),
    "flex_guidance_default": (5.0, 4.5),
    "output_formats": (("jpeg", "png", "webp"), ("jpeg", "png")),
    "kontext_output_format": ("png", "jpeg"),
    "edit_needs_input_image": (False, True),
    "prompt_may_be_empty": (True, False),
    "surplus_references": ("ignore", "refuse"),
    "prompt_in_result": ("rewritten", "original"),
    "result_keys": ("by_family", "guide"),
    "sample_resigned": (True, False),
    "progress": ("by_family", "none"),
    "moderation_reasons": (True, False),
}


def test_the_two_shipped_dialects_are_found_by_name() -> None:
    assert dict(DIALECTS) == {"live": LIVE, "guide": GUIDE}


@pytest.mark.parametrize("name", VALUES)
def test_a_field_has_the_value_of_the_documents(name: str) -> None:
    assert (getattr(LIVE, name), getattr(GUIDE, name)) == VALUES[name]


def test_every_field_but_the_name_settles_a_contradiction() -> None:
    assert {row.name for row in dataclasses.fields(Dialect)} - {"name"} == PAIRS.keys()
    assert PAIRS.keys() == VALUES.keys()


@pytest.mark.parametrize("name", PAIRS)
def test_a_contradiction_has_a_sentence_its_rows_and_both_sources(name: str) -> None:
    settled = PAIRS[name]
    assert isinstance(settled, Contradiction)
    assert settled.about
    assert all(1 <= int(row) <= HIGHEST_ROW for row in settled.rows.split(","))
    assert {*settled.live.sources, *settled.guide.sources} <= SOURCES.keys()


@pytest.mark.parametrize("name", [name for name, (live, guide) in VALUES.items() if live == guide])
def test_where_both_dialects_agree_the_guides_side_says_why(name: str) -> None:
    assert PAIRS[name].guide.note


@pytest.mark.parametrize("name", [name for name, (live, guide) in VALUES.items() if live != guide])
def test_where_they_differ_live_does_not_cite_the_guide(name: str) -> None:
    assert "GUIDE" not in PAIRS[name].live.sources


def test_a_dialect_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        LIVE.invalid_body_status = 400  # type: ignore[misc] # that it cannot be assigned is the point
