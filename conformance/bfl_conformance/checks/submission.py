"""Submissions: what an accepted one answers, and what is said of an invalid one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal

from bfl_conformance.bodies import PROMPT, minimal_body, served_models
from bfl_conformance.observation import Json, Refused
from bfl_conformance.probe import Probe
from bfl_conformance.verdict import Level
from mock_bfl.contract.sources import Certainty, cite

from .check import Check

_MODEL = "flux-2-klein-4b"

# Literal vectors, not rules: what pydantic v2 says of each of these faults.  [LIVE-UPS shows two of the three kinds]
_FAULTY: dict[str, Json] = {"width": 63, "safety_tolerance": 6}
_FAULTS_LIVE: tuple[dict[str, Json], ...] = (
    {"type": "missing", "loc": ["body", "prompt"], "msg": "Field required", "input": _FAULTY},
    {
        "type": "greater_than_equal",
        "loc": ["body", "width"],
        "msg": "Input should be greater than or equal to 64",
        "input": 63,
        "ctx": {"ge": 64},
    },
    {
        "type": "less_than_equal",
        "loc": ["body", "safety_tolerance"],
        "msg": "Input should be less than or equal to 5",
        "input": 6,
        "ctx": {"le": 5},
    },
)


def _two_of_a_kind(probe: Probe) -> Iterator[str]:
    for model in (_MODEL, _MODEL, "flux-2-pro", "flux-pro-1.1"):
        probe.accepted(model, minimal_body(model))
    yield from ()


def _every_model(probe: Probe) -> Iterator[str]:
    for model in served_models(probe.expectations):
        probe.accepted(model.slug, minimal_body(model.slug))
    yield from ()


def _all_faults_at_once(probe: Probe) -> Iterator[str]:
    refused = probe.submit(_MODEL, _FAULTY, faults=("prompt", "width", "safety_tolerance"))
    listed = refused.reply.document.get("detail")
    if isinstance(refused, Refused) and isinstance(listed, list):
        for fault in _FAULTS_LIVE:
            if fault not in listed:
                yield f"{json.dumps(fault)} is not in {refused.reply.body.decode('utf-8', 'replace')[:600]}"


def _a_field_of_each_kind(probe: Probe) -> Iterator[str]:
    body = minimal_body("flux-2-flex")
    for name, wrong in (("guidance", 1.4), ("steps", 51), ("seed", "x"), ("output_format", "gif"), ("prompt", [])):
        probe.submit("flux-2-flex", {**body, name: wrong}, faults=(name,))
    probe.submit("flux-pro-1.1", {"prompt": PROMPT, "width": 257}, faults=("width",))
    yield from ()


def _with_unknown_fields(probe: Probe) -> Iterator[str]:
    body = {**minimal_body(_MODEL), "aspect_ratio": "16:9", "num_inference_steps": 4, "seed": None}
    if isinstance(probe.submit(_MODEL, body), Refused):
        yield "a body with aspect_ratio, num_inference_steps and seed null was refused"


def _a_result_without_an_id(probe: Probe) -> Iterator[str]:
    refused = probe.ask("GET", "/v1/get_result")
    permitted = probe.expectations.among(lambda dialect: dialect.invalid_body_status)
    if refused.reply.status_code not in permitted:
        yield f"get_result without id answered {refused.reply.status_code}, not {sorted(permitted)}"


SUBMISSION_CHECKS = (
    Check(
        id="BFL-SUB-001",
        sentence="An accepted submission names its task and where to poll it, in compact JSON; no two share an id.",
        level=Level.MUST,
        cite=cite("OAS, CASS, GUIDE", Certainty.SPEC),
        story=_two_of_a_kind,
        laws=("submit-names-its-task", "submit-says-where-to-poll", "id-is-unique", "reply-is-compact"),
        price_credits=Decimal("9.8"),
    ),
    Check(
        id="BFL-SUB-002",
        sentence="A reply has the recorded keys in their order, and an id of the known form.",
        level=Level.OBSERVED,
        cite=cite("CASS", Certainty.RECORDED),
        story=_two_of_a_kind,
        laws=("submit-has-the-recorded-keys", "id-has-the-known-form"),
        price_credits=Decimal("9.8"),
    ),
    Check(
        id="BFL-SUB-003",
        sentence="Every model of the documents accepts the least that they ask of it.",
        level=Level.MUST,
        cite=cite("OAS, GUIDE", Certainty.SPEC),
        story=_every_model,
        laws=("valid-is-accepted",),
        price_credits=Decimal(80),
    ),
    Check(
        id="BFL-VAL-001",
        sentence="All faults of a body are listed at once, with type, place and message (guide: by field).",
        level=Level.MUST,
        cite=cite("OAS, LIVE-UPS, GUIDE", Certainty.SPEC),
        story=_all_faults_at_once,
        laws=("every-fault-is-named", "invalid-is-refused", "refusal-has-the-envelope"),
    ),
    Check(
        id="BFL-VAL-002",
        sentence="A field outside its range, its type or its steps is refused, whatever its kind.",
        level=Level.MUST,
        cite=cite("OAS", Certainty.SPEC),
        story=_a_field_of_each_kind,
        laws=("every-fault-is-named", "invalid-is-refused"),
    ),
    Check(
        id="BFL-VAL-003",
        sentence="Unknown fields are ignored, and null is no value where the OpenAPI allows it.",
        level=Level.MUST,
        cite=cite("OAS, DOCS-GEN, WIRE", Certainty.DOCS, "the docs' own sample sends aspect_ratio to flux-2-pro"),
        story=_with_unknown_fields,
        laws=("valid-is-accepted",),
        price_credits=Decimal("1.4"),
    ),
    Check(
        id="BFL-VAL-004",
        sentence="get_result without an id is refused as invalid.",
        level=Level.MUST,
        cite=cite("OAS", Certainty.SPEC, "for the guide: ASSUMED"),
        story=_a_result_without_an_id,
        laws=("refusal-has-the-envelope",),
    ),
)
