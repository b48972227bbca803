"""The dialects: one frozen value each, one field per contradiction between the documents.

`live` is the OpenAPI and what was observed, where they differ the observed; `guide` is the published guide to the
letter. Each field's metadata names the row of the contradiction, and the sources of both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from types import MappingProxyType
from typing import Any, Literal

from .fields import OutputFormat
from .limits import FLUX_3_AREAS_PX
from .prices import MEGAPIXEL_PX
from .sources import Certainty, Cite, assumed, cite

_GUIDE = cite("GUIDE", Certainty.GUIDE)

Bounds = tuple[tuple[float, float], ...]  # each the least and the most of what a number may be

_REFUSAL: Bounds = ((400, 599),)
_PIXELS: Bounds = ((1, max(area_px for _, area_px in FLUX_3_AREAS_PX.value)),)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What a dialect field settles: a sentence, the rows of the table of contradictions, both sides' sources.

    `among` are the bounds of a number: with a value outside, no answer would make sense.
    """

    about: str
    rows: str
    live: Cite
    guide: Cite
    among: Bounds = ()


def _differs(about: str, rows: str, *, live: Cite, guide: Cite = _GUIDE, among: Bounds = ()) -> Any:
    return field(metadata={"contradiction": Contradiction(about, rows, live, guide, among)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How the mock speaks. Every field is one contradiction; `contradictions()` gives their sources."""

    name: str

    missing_key_status: int = _differs(
        "status without a key", "1", live=cite("PROBE, WIRE", Certainty.SEEN), among=_REFUSAL
    )
    malformed_key_status: int = _differs(
        "status for a malformed key", "2", live=cite("PROBE, WIRE, LIVE-UPS", Certainty.SEEN), among=_REFUSAL
    )
    unknown_key_status: int = _differs(
        "status for an unknown or revoked key",
        "2",
        live=cite("CASS", Certainty.RECORDED, "2025; open for 2026"),
        among=_REFUSAL,
    )
    error_envelope: Literal["detail", "guide"] = _differs(
        "body of a refusal: {detail} or {error, message, details}", "4", live=cite("CASS, DOCS-LIC", Certainty.RECORDED)
    )
    invalid_body_status: int = _differs(
        "status for bad parameters", "5, 6, 7", live=cite("OAS, LIVE-UPS", Certainty.SPEC), among=_REFUSAL
    )
    statuses: Literal["eight", "three"] = _differs(
        "status words of a poll", "8, 10", live=cite("OAS, KAIBO, PROBE", Certainty.SPEC)
    )
    failure_at: Literal["details", "error"] = _differs(
        "where a failed task says why", "9, 11", live=cite("OAS, DOCS-ERR", Certainty.SPEC)
    )
    flux_3_details: Literal["string", "object"] = _differs(
        "details of a FLUX 3 task that failed or was moderated",
        "11",
        live=cite("VERCEL", Certainty.CLIENTS, "seen for refusals; its wording is the mock's own"),
        guide=assumed("the guide knows no FLUX 3, and no details"),
    )
    settled_cost: bool = _differs(
        "a Ready FLUX 3 task shows its settled cost",
        "31",
        live=cite("OAS-GEN", Certainty.SPEC, "that it stands in the polls of FLUX 3, and last, is ASSUMED"),
        guide=assumed("the guide knows no FLUX 3"),
    )
    bad_image: Literal["task_error", "refused"] = _differs(
        "an input image that cannot be used ends the task, or is refused with the submit; FLUX 3 always refuses",
        "5, 9",
        live=assumed("no capture of either; the submit only takes the image, so the task ends with invalid_image"),
        guide=assumed("the guide has a code for both; a client written from it expects bad parameters to be a 400"),
    )
    task_not_found_status: int = _differs(
        "HTTP status of 'Task not found'",
        "12",
        live=cite("LIVE-UPS", Certainty.SEEN, "docs and OpenAPI show a 200"),
        guide=assumed("the guide does not cover it"),
        among=((200, 200), *_REFUSAL),
    )
    polling_host: Literal["cluster", "same"] = _differs(
        "host of polling_url under the vendor's names: the task's cluster, or the one asked",
        "15",
        live=cite("CASS, DMX-PRO, LIVE-UPS", Certainty.RECORDED),
        guide=cite("GUIDE", Certainty.GUIDE, "its code may build the URL from its base"),
    )
    task_bound_to_origin: bool = _differs(
        "a task handed out on another origin is 'Task not found' anywhere else",
        "12, 15",
        live=cite("WIRE, LIVE-UPS", Certainty.SEEN, "seen with clusters; one origin is never bound"),
        guide=cite("GUIDE", Certainty.GUIDE, "its code may build the URL from its base"),
    )
    poll_null_keys: bool = _differs(
        "empty keys of a poll are null, or left out", "13", live=cite("CASS", Certainty.RECORDED)
    )
    id_form: Literal["uuid4", "gen"] = _differs("form of a task id", "14", live=cite("CASS", Certainty.RECORDED))
    poll_needs_key: bool = _differs(
        "a poll without a key is refused",
        "16",
        live=cite("OAS", Certainty.SPEC, "no security on get_result; the live answer is open"),
        guide=cite(
            "GUIDE", Certainty.GUIDE, "its samples send the key, it nowhere says that a poll without is refused"
        ),
    )
    webhook_reply: Literal["without_polling_url", "with_polling_url"] = _differs(
        "submit reply when a webhook_url is given", "17", live=cite("OAS, WIRE, KAIBO", Certainty.SPEC)
    )
    webhook_form: Literal["2025", "2026", "guide"] = _differs(
        "form of a webhook event: words SUCCESS or Ready, task_id or id, with a timestamp in the guide",
        "18, 19",
        live=cite("NOTES, RECEIVERS", Certainty.CLIENTS, "2026: since 2026-02-17; 2025: before"),
    )
    webhook_progress: bool = _differs(
        "progress events come before the final one",
        "20",
        live=cite("RECEIVERS", Certainty.CLIENTS, "when and how many is ASSUMED"),
    )
    webhook_needs_https: bool = _differs(
        "a webhook_url with http is refused",
        "22",
        live=cite("OAS", Certainty.SPEC, "any http or https URI"),
        guide=cite("GUIDE", Certainty.GUIDE, "it demands https; off, because a receiver under test has no certificate"),
    )
    rate_headers: Literal["poll_window", "active_tasks"] = _differs(
        "X-RateLimit-*: 1200 per second on polls, or 24 tasks on all", "23", live=cite("CASS", Certainty.RECORDED)
    )
    poll_retry_after: bool = _differs("Retry-After 0 or 1 on every poll", "24", live=cite("CASS", Certainty.RECORDED))
    over_limit_retry_after_s: int | None = _differs(
        "Retry-After of a 429, in seconds",
        "24, 25",
        live=assumed("never observed on a 429, so not sent"),
        among=((0, 24 * 3600),),
    )
    output_over_4mp: Literal["resize", "refuse"] = _differs(
        "an output above the limit of 4 MP",
        "32",
        live=cite("HELP-DIM", Certainty.DOCS, "that it happens before the price is ASSUMED"),
    )
    max_output_px: int = _differs(
        "pixels in 4 MP", "27, 32", live=cite("CASS", Certainty.INFERRED, "a megapixel is 2^20 pixels"), among=_PIXELS
    )
    size_multiple_of_px: int = _differs(
        "width and height must be a multiple of",
        "34",
        live=cite("YUTO", Certainty.REPORT, "65x65 was accepted"),
        among=((1, 1024),),
    )
    safety_tolerance_max: int | None = _differs(
        "highest safety_tolerance; none: per model", "36", live=cite("OAS", Certainty.SPEC), among=((0, 6),)
    )
    flex_guidance_default: float = _differs(
        "default guidance of flex", "37", live=cite("OAS", Certainty.SPEC), among=((1.5, 10),)
    )
    output_formats: tuple[OutputFormat, ...] = _differs("output formats", "38", live=cite("OAS", Certainty.SPEC))
    kontext_output_format: OutputFormat = _differs("default format of Kontext", "39", live=cite("OAS", Certainty.SPEC))
    edit_needs_input_image: bool = _differs(
        "Kontext refuses a request without input_image", "42", live=cite("OAS", Certainty.SPEC)
    )
    prompt_may_be_empty: bool = _differs(
        "an empty or absent prompt is accepted where the model allows it",
        "5",
        live=cite("OAS", Certainty.SPEC),
    )
    surplus_references: Literal["ignore", "refuse"] = _differs(
        "image fields that the model does not know", "43, 45", live=cite("OAS, WIRE", Certainty.SEEN)
    )
    prompt_in_result: Literal["rewritten", "original"] = _differs(
        "prompt in a FLUX.2 result",
        "46",
        live=cite("CASS", Certainty.RECORDED),
        guide=assumed("the guide shows a prompt, not whose"),
    )
    result_keys: Literal["by_family", "guide"] = _differs(
        "keys of a Ready result", "47", live=cite("CASS", Certainty.RECORDED)
    )
    sample_resigned: bool = _differs(
        "a later poll signs the sample URL anew",
        "50",
        live=cite("LIVE-UPS", Certainty.SEEN),
        guide=assumed("not mentioned"),
    )
    progress: Literal["by_family", "none"] = _differs(
        "progress of a pending task", "52", live=cite("CASS", Certainty.RECORDED), guide=assumed("not mentioned")
    )
    moderation_reasons: bool = _differs(
        "details name the moderation reasons", "57", live=cite("DOCS-ERR, VERCEL", Certainty.DOCS, "since 2026-06-15")
    )


LIVE = Dialect(
    name="live",
    missing_key_status=403,
    malformed_key_status=422,
    unknown_key_status=403,
    error_envelope="detail",
    invalid_body_status=422,
    statuses="eight",
    failure_at="details",
    flux_3_details="string",
    settled_cost=True,
    bad_image="task_error",
    task_not_found_status=404,
    polling_host="cluster",
    task_bound_to_origin=True,
    poll_null_keys=True,
    id_form="uuid4",
    poll_needs_key=False,
    webhook_reply="without_polling_url",
    webhook_form="2026",
    webhook_progress=True,
    webhook_needs_https=False,
    rate_headers="poll_window",
    poll_retry_after=True,
    over_limit_retry_after_s=None,
    output_over_4mp="resize",
    max_output_px=4 * MEGAPIXEL_PX.value,
    size_multiple_of_px=1,
    safety_tolerance_max=None,
    flex_guidance_default=5.0,
    output_formats=("jpeg", "png", "webp"),
    kontext_output_format="png",
    edit_needs_input_image=False,
    prompt_may_be_empty=True,
    surplus_references="ignore",
    prompt_in_result="rewritten",
    result_keys="by_family",
    sample_resigned=True,
    progress="by_family",
    moderation_reasons=True,
)

GUIDE = Dialect(
    name="guide",
    missing_key_status=401,
    malformed_key_status=401,
    unknown_key_status=401,
    error_envelope="guide",
    invalid_body_status=400,
    statuses="three",
    failure_at="error",
    flux_3_details="object",
    settled_cost=False,
    bad_image="refused",
    task_not_found_status=404,
    polling_host="same",
    task_bound_to_origin=False,
    poll_null_keys=False,
    id_form="gen",
    poll_needs_key=False,
    webhook_reply="with_polling_url",
    webhook_form="guide",
    webhook_progress=False,
    webhook_needs_https=False,
    rate_headers="active_tasks",
    poll_retry_after=False,
    over_limit_retry_after_s=5,
    output_over_4mp="refuse",
    max_output_px=4_000_000,
    size_multiple_of_px=16,
    safety_tolerance_max=5,
    flex_guidance_default=4.5,
    output_formats=("jpeg", "png"),
    kontext_output_format="jpeg",
    edit_needs_input_image=True,
    prompt_may_be_empty=False,
    surplus_references="refuse",
    prompt_in_result="original",
    result_keys="guide",
    sample_resigned=False,
    progress="none",
    moderation_reasons=False,
)

DIALECTS: Mapping[str, Dialect] = MappingProxyType({dialect.name: dialect for dialect in (LIVE, GUIDE)})


def contradictions() -> tuple[tuple[Field[Any], Contradiction], ...]:
    """Return every dialect field beside the contradiction it settles, in the order of declaration."""
    return tuple((row, row.metadata["contradiction"]) for row in fields(Dialect) if row.metadata)
