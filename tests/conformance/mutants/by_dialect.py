"""Mutants that hold one field of the dialect for another."""

from __future__ import annotations

from dataclasses import replace

from mock_bfl.contract import LIVE
from tests.conformance.mutants.mutant import Mutant

BY_DIALECT = (
    Mutant(
        what="a missing key is 401",
        caught_by=("BFL-AUTH-001", "BFL-AUTH-003"),
        dialect=replace(LIVE, missing_key_status=401),
    ),
    Mutant(
        what="a malformed key is 403",
        caught_by=("BFL-AUTH-002",),
        dialect=replace(LIVE, malformed_key_status=403),
    ),
    Mutant(
        what="refusals in the guide's envelope",
        caught_by=("BFL-AUTH-001", "BFL-VAL-001", "BFL-VAL-004", "BFL-PATH-001"),
        dialect=replace(LIVE, error_envelope="guide"),
    ),
    Mutant(
        what="an invalid body is 400",
        caught_by=("BFL-VAL-001", "BFL-VAL-002", "BFL-VAL-004"),
        dialect=replace(LIVE, invalid_body_status=400),
    ),
    Mutant(
        what="sizes must be multiples of 16",
        caught_by=("BFL-PRICE-001",),
        dialect=replace(LIVE, size_multiple_of_px=16),
    ),
    Mutant(
        what="ids begin with gen_",
        caught_by=("BFL-SUB-002",),
        dialect=replace(LIVE, id_form="gen"),
    ),
    Mutant(
        what="a poll leaves out what is null",
        caught_by=("BFL-LIFE-003",),
        dialect=replace(LIVE, poll_null_keys=False),
    ),
    Mutant(
        what="three status words",
        caught_by=("BFL-LIFE-009",),
        dialect=replace(LIVE, statuses="three"),
    ),
    Mutant(
        what="Task not found with HTTP 200",
        caught_by=("BFL-LIFE-007",),
        dialect=replace(LIVE, task_not_found_status=200),
    ),
    Mutant(
        what="a poll needs a key",
        caught_by=("BFL-LIFE-008",),
        dialect=replace(LIVE, poll_needs_key=True),
    ),
    Mutant(
        what="moderation without reasons",
        caught_by=("BFL-LIFE-010",),
        dialect=replace(LIVE, moderation_reasons=False),
    ),
    Mutant(
        what="a failure explained outside details",
        caught_by=("BFL-LIFE-010",),
        dialect=replace(LIVE, failure_at="error"),
    ),
    Mutant(
        what="polls without Retry-After",
        caught_by=("BFL-LIFE-006",),
        dialect=replace(LIVE, poll_retry_after=False),
    ),
    Mutant(
        what="rate headers of the guide",
        caught_by=("BFL-LIFE-006",),
        dialect=replace(LIVE, rate_headers="active_tasks"),
    ),
    Mutant(
        what="result keys of the guide",
        caught_by=("BFL-LIFE-006",),
        dialect=replace(LIVE, result_keys="guide"),
    ),
    Mutant(
        what="the sample is signed once",
        caught_by=("BFL-DELIV-007",),
        dialect=replace(LIVE, sample_resigned=False),
    ),
    Mutant(
        what="Kontext delivers jpeg",
        caught_by=("BFL-DELIV-001",),
        dialect=replace(LIVE, kontext_output_format="jpeg"),
    ),
)
