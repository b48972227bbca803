"""How a refusal is worded: the dialect's envelope, and every fault of a body named."""

from __future__ import annotations

from collections.abc import Iterator

from bfl_conformance.expect import Expectations
from bfl_conformance.observation import Document, Json, Refused
from bfl_conformance.verdict import Level
from mock_bfl.contract import Dialect
from mock_bfl.contract.errors import VALIDATION_CODE
from mock_bfl.contract.sources import Certainty, cite

from .law import History, law


def _has_the_envelope(_: History, seen: Refused, expectations: Expectations) -> Iterator[str]:
    envelopes = expectations.among(lambda dialect: dialect.error_envelope)
    if not any(_ENVELOPES[envelope](seen.reply.document) for envelope in envelopes):
        yield f"{seen.reply.status_code} has none of the envelopes {sorted(envelopes)}: {seen.reply.excerpt()}"
    if seen.reply.content_type != "application/json":
        yield f"{seen.reply.status_code} came as {seen.reply.content_type!r}, not application/json"


def _is_detail(document: Document) -> bool:
    detail = document.get("detail")
    return tuple(document) == ("detail",) and isinstance(detail, str | list)


def _is_guide(document: Document) -> bool:
    worded = isinstance(document.get("error"), str) and isinstance(document.get("message"), str)
    return worded and set(document) <= {"error", "message", "details", "retry_after"}


_ENVELOPES = {"detail": _is_detail, "guide": _is_guide}


def _was_refused_for_its_faults(_: History, seen: Refused, expectations: Expectations) -> Iterator[str]:
    if not seen.faults:
        return
    permitted = expectations.among(lambda dialect: dialect.invalid_body_status)
    if seen.reply.status_code not in permitted:
        yield f"an invalid body was answered with {seen.reply.status_code}, not {sorted(permitted)}"
        return
    for fault in seen.faults:
        if not any(_names(seen.reply.document, fault, dialect) for dialect in expectations.dialects):
            yield f"{seen.reply.status_code} does not name the fault in {fault}: {seen.reply.excerpt()}"


def _names(document: Document, fault: str, dialect: Dialect) -> bool:
    if dialect.error_envelope == "guide":
        details = document.get("details")
        return document.get("error") == VALIDATION_CODE.value and isinstance(details, dict) and fault in details
    detail = document.get("detail")
    return isinstance(detail, list) and any(_is_about(entry, fault) for entry in detail)


def _is_about(entry: Json, fault: str) -> bool:
    if not isinstance(entry, dict) or not {"type", "loc", "msg"} <= set(entry):
        return False
    loc = entry["loc"]
    return isinstance(loc, list) and loc[:2] == ["body", fault]


def _was_refused_with_reason(_: History, seen: Refused, expectations: Expectations) -> Iterator[str]:
    invalid = expectations.among(lambda dialect: dialect.invalid_body_status)
    if seen.what == "submission" and not seen.faults and seen.model and seen.reply.status_code in invalid:
        yield f"a valid body for {seen.model} was refused: {seen.reply.excerpt()}"


LAWS_OF_ERRORS = (
    law(
        "refusal-has-the-envelope",
        'A refusal is JSON in the envelope of the dialect: {"detail"} or {"error", "message"}.',
        level=Level.MUST,
        cite=cite("OAS, CASS, LIVE-UPS, GUIDE", Certainty.RECORDED),
        about=Refused,
        broken_by=_has_the_envelope,
    ),
    law(
        "every-fault-is-named",
        "An invalid body is refused with 422 (guide: 400), and each faulty field is named, all at once.",
        level=Level.MUST,
        cite=cite("OAS, LIVE-UPS, GUIDE", Certainty.SPEC),
        about=Refused,
        broken_by=_was_refused_for_its_faults,
    ),
    law(
        "valid-is-accepted",
        "A body within the types and ranges of the model is not refused as invalid.",
        level=Level.MUST,
        cite=cite("OAS, GUIDE", Certainty.SPEC),
        about=Refused,
        broken_by=_was_refused_with_reason,
    ),
)
