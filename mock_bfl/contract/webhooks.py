"""The events that are sent to a `webhook_url`: words, keys, signature, patience, retries.

No capture of a real delivery is public. The guide describes one form; receivers in the wild read another, which changed
on 2026-02-17.
"""

from __future__ import annotations

from dataclasses import dataclass

from .sources import Certainty, Cite, Fact, assumed, cite

_GUIDE = cite("GUIDE", Certainty.GUIDE, "webhook-integration.md")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventForm:
    """The words and keys of one form of the events. `progress_status` is the word of an event before the end."""

    id_key: str
    progress_id_key: str
    ready: str
    failed: str
    progress_status: str
    cite: Cite


FORM_2025 = EventForm(
    id_key="task_id",
    progress_id_key="task_id",
    ready="SUCCESS",
    failed="FAILED",
    progress_status="processing",
    cite=cite("RECEIVERS", Certainty.CLIENTS, "three receivers of 2025 read these words"),
)
FORM_2026 = EventForm(
    id_key="id",
    progress_id_key="task_id",
    ready="Ready",
    failed="Error",
    progress_status="processing",
    cite=cite("NOTES, RECEIVERS", Certainty.CLIENTS, "since 2026-02-17, by release notes that are quoted second-hand"),
)
FORM_GUIDE = EventForm(
    id_key="id",
    progress_id_key="id",
    ready="Ready",
    failed="Error",
    progress_status="processing",
    cite=cite("GUIDE", Certainty.GUIDE, "it has no progress events; where they are switched on, their word is ASSUMED"),
)

EXTRA_RESULT_KEYS_2025 = Fact(
    ("pre_filtered", "task_id", "width", "height", "generation_time", "config", "scorer_scores"),
    cite("RECEIVERS", Certainty.CLIENTS, "one receiver lists them; their values are ASSUMED"),
)
EXTRA_KEYS_2025 = Fact(
    ("cost", "input_mp", "output_mp"), cite("RECEIVERS", Certainty.CLIENTS, "sometimes there, says one receiver")
)
MODERATED = Fact(
    "content_policy_violation",
    cite("GUIDE", Certainty.GUIDE, "as status Error; that `live` does so too, with the poll's details, is ASSUMED"),
)
PROGRESS_IS_PERCENT = Fact(
    100, cite("RECEIVERS", Certainty.CLIENTS, "an integer from 0 to 100, where a poll has 0 to 1; rounding is ASSUMED")
)
PROGRESS_SHARES = Fact(
    (0.25, 0.5, 0.75),
    assumed("receivers see several progress events; at which shares of its run time a task sends them is not known"),
)

SIGNATURE = Fact("X-BFL-Signature", _GUIDE)
SIGNATURE_PREFIX = Fact(
    "sha256=",
    cite("GUIDE", Certainty.GUIDE, "then the HMAC-SHA256 of the raw body in hexadecimal, if a secret was given"),
)
CONTENT_TYPE = Fact("application/json", _GUIDE)
USER_AGENT = Fact("mock-bfl", assumed("the vendor's is not known; no receiver may depend on it"))

ANSWER_WITHIN_S = Fact(30, cite("GUIDE", Certainty.GUIDE, "with a 2xx"))
RETRIES_AFTER_S = Fact((1, 5, 30), cite("GUIDE", Certainty.GUIDE, "then abandoned; no independent proof"))
REDIRECTS_FOLLOWED = Fact(0, assumed("a redirect counts as a failed attempt: the guide asks for a 2xx"))
