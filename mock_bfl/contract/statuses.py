"""The status words of a poll, spelt as on the wire."""

from __future__ import annotations

from dataclasses import dataclass

from .sources import Certainty, Cite, Fact, cite

PENDING = "Pending"
READY = "Ready"
ERROR = "Error"
REQUEST_MODERATED = "Request Moderated"
CONTENT_MODERATED = "Content Moderated"
TASK_NOT_FOUND = "Task not found"
REASONING = "Reasoning"
GENERATING = "Generating"


@dataclass(frozen=True, slots=True)
class Status:
    """A status word. `terminal`: polling ends with it. `charged`: the task is paid for."""

    word: str
    terminal: bool
    charged: bool
    in_guide: bool
    cite: Cite


_SPEC = cite("OAS", Certainty.SPEC)
_LATER = cite("KAIBO, PROBE, WIRE, VERCEL", Certainty.SEEN, "in the spec since August 2026; keep polling")
_NOT_CHARGED = cite("OAS, HELP-FAIL", Certainty.DOCS, "moderated tasks are not charged; one reseller disagrees")
_ERROR = cite("OAS, GUIDE", Certainty.SPEC, "that a failed task is refunded is ASSUMED")

STATUSES = (
    Status(PENDING, terminal=False, charged=True, in_guide=True, cite=_SPEC),
    Status(REASONING, terminal=False, charged=True, in_guide=False, cite=_LATER),
    Status(GENERATING, terminal=False, charged=True, in_guide=False, cite=_LATER),
    Status(READY, terminal=True, charged=True, in_guide=True, cite=_SPEC),
    Status(REQUEST_MODERATED, terminal=True, charged=False, in_guide=False, cite=_NOT_CHARGED),
    Status(CONTENT_MODERATED, terminal=True, charged=False, in_guide=False, cite=_NOT_CHARGED),
    Status(ERROR, terminal=True, charged=False, in_guide=True, cite=_ERROR),
    Status(TASK_NOT_FOUND, terminal=True, charged=False, in_guide=False, cite=_SPEC),
)

WORDS = tuple(status.word for status in STATUSES)
TERMINAL = frozenset(status.word for status in STATUSES if status.terminal)
IN_PROGRESS = frozenset(status.word for status in STATUSES if not status.terminal)
GUIDE_WORDS = tuple(status.word for status in STATUSES if status.in_guide)

MODERATION_REASONS_KEY = Fact(
    "Moderation Reasons", cite("VERCEL, DOCS-ERR", Certainty.DOCS, "capitals and space as they stand")
)

MODERATION_REASONS = Fact(
    ("Derivative Works Filter", "Safety Filter", "Sexual Content", "Violence", "Self Harm"),
    cite("VERCEL, DOCS-ERR", Certainty.SEEN, "those that were seen, or stand in the docs' example of October 2026"),
)

# What a running FLUX 3 task shows, and up to which share of its time.
FLUX_3_PHASES = Fact(
    ((PENDING, 0.1), (REASONING, 0.4), (GENERATING, 1.0)),
    cite(
        "F3-DOCS, KAIBO, VERCEL",
        Certainty.REPORT,
        "the order as a summary of the docs has it; the shares of the time are ASSUMED",
    ),
)

# flux-dev while Pending: it reaches 1.0 and then shows null before it is Ready.
PROGRESS_SERIES: Fact[tuple[float | None, ...]] = Fact(
    (
        *(0.1, 0.2, 0.2, 0.3, 0.4, 0.5, 0.5, 0.6, 0.6, 0.7, 0.8, 0.8),
        *(1.0, 1.0, 1.0, 1.0, 1.0, 1.0, None),
    ),
    cite("CASS", Certainty.RECORDED, "of flux-dev; that all FLUX.1 models show it is ASSUMED"),
)
