"""The texts of refusals, per envelope: what the API says when it says no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .sources import Certainty, Cite, Fact, assumed, cite


@dataclass(frozen=True, slots=True)
class ErrorText:
    """One refusal in both envelopes.

    `detail` is the string of `{"detail": …}`; `code` and `message` those of `{"error": …, "message": …}`.
    """

    name: str
    detail: str
    detail_cite: Cite
    code: str
    message: str
    guide_cite: Cite


_GUIDE = cite("GUIDE", Certainty.GUIDE)
_FRAMEWORK = cite("FASTAPI", Certainty.INFERRED)
_NO_GUIDE = assumed("the guide shows no body for this refusal; its envelope is kept")

_ROWS = (
    ErrorText(
        "not_authenticated",
        "Not authenticated",
        cite("PROBE, WIRE", Certainty.SEEN),
        "invalid_api_key",
        "The provided API key is invalid or expired",
        _GUIDE,
    ),
    ErrorText(
        "invalid_key",
        "Not authenticated - Invalid Authentication",
        cite("CASS", Certainty.RECORDED),
        "invalid_api_key",
        "The provided API key is invalid or expired",
        _GUIDE,
    ),
    ErrorText(
        "malformed_key",
        "Invalid API key format",
        cite("PROBE, WIRE, LIVE-UPS", Certainty.SEEN),
        "invalid_api_key",
        "The provided API key is invalid or expired",
        _GUIDE,
    ),
    ErrorText(
        "insufficient_credits",
        "Insufficient credits",
        assumed("402 is documented (DOCS-ERR, HELP-FAIL), its body was never recorded"),
        "insufficient_credits",
        "Your account does not have enough credits",
        _GUIDE,
    ),
    ErrorText(
        "too_many_tasks",
        "Too many active tasks",
        assumed("429 is documented (HELP-CONC), its body was never recorded"),
        "rate_limit_exceeded",
        "Too many concurrent requests",
        _GUIDE,
    ),
    ErrorText("not_found", "Not Found", cite("CASS", Certainty.RECORDED), "not_found", "Not Found", _NO_GUIDE),
    ErrorText(
        "task_not_found", "Task not found", cite("LIVE-UPS", Certainty.SEEN), "not_found", "Task not found", _NO_GUIDE
    ),
    ErrorText(
        "method_not_allowed", "Method Not Allowed", _FRAMEWORK, "method_not_allowed", "Method Not Allowed", _NO_GUIDE
    ),
    ErrorText(
        "unreadable_body",
        "There was an error parsing the body",
        _FRAMEWORK,
        "validation_error",
        "There was an error parsing the body",
        _NO_GUIDE,
    ),
    ErrorText(
        "body_too_large",
        "Request body too large",
        assumed("no document names a limit on the body"),
        "validation_error",
        "Request body too large",
        _NO_GUIDE,
    ),
    ErrorText(
        "image_too_large",
        "Input image is too large",
        assumed("F3-DOCS names the 400 for more than 16 megapixels, no document its body"),
        "validation_error",
        "Input image is too large",
        _NO_GUIDE,
    ),
    ErrorText(
        "internal_error",
        "Internal Server Error",
        assumed("a 500 was never recorded"),
        "internal_error",
        "An unexpected error occurred",
        _NO_GUIDE,
    ),
    ErrorText(
        "region_down",
        "Service Unavailable",
        assumed("what answers for a region that is down is not documented"),
        "service_unavailable",
        "Service Unavailable",
        _NO_GUIDE,
    ),
    ErrorText(
        "finetune_not_found",
        "Finetune not found",
        assumed("the answer to an unknown finetune_id was never recorded"),
        "not_found",
        "Finetune not found",
        _NO_GUIDE,
    ),
)

ERRORS: Mapping[str, ErrorText] = MappingProxyType({row.name: row for row in _ROWS})

VALIDATION_CODE = Fact("validation_error", _GUIDE)
VALIDATION_MESSAGE = Fact("Invalid request parameters", _GUIDE)

_LICENCES = cite("DOCS-LIC", Certainty.DOCS)
UNSUPPORTED_SLUG = Fact("Model slug {slug} is not supported for usage reporting", _LICENCES)
USAGE_RECORDED = Fact("Usage recorded successfully", _LICENCES)

# Codes of a failed task, as the guide lists them at the poll.  [GUIDE error-handling]
TASK_ERROR_CODES: Mapping[str, str] = MappingProxyType(
    {
        "internal_error": "An unexpected error occurred",
        "generation_timeout": "Generation timed out",
        "invalid_image": "The input image could not be processed",
        "content_policy_violation": "Request violates content policy",
    }
)
