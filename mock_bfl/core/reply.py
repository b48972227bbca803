"""An answer as a value: status, headers, body, and what the journal should know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from .body import encode

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back to the client. `why` explains a refusal; it never changes the body.

    From `account` on all is for the journal alone; `status_word` is what a poll says, `slug` the task's model,
    `leads_to` the URL that is handed out.
    """

    status: int
    body: bytes
    headers: Headers = ()
    content_type: str = "application/json"
    why: str | None = None
    account: str | None = None
    task_id: str | None = None
    cost_credits: Decimal | None = None
    notes: tuple[str, ...] = ()
    status_word: str | None = None
    slug: str | None = None
    leads_to: str | None = None


def json_reply(
    status: int,
    body: Mapping[str, object],
    *,
    headers: Headers = (),
    why: str | None = None,
    account: str | None = None,
    task_id: str | None = None,
    cost_credits: Decimal | None = None,
    notes: tuple[str, ...] = (),
    status_word: str | None = None,
    slug: str | None = None,
    leads_to: str | None = None,
) -> Reply:
    """Return a reply whose body is compact JSON."""
    return Reply(
        status,
        encode(body),
        headers,
        why=why,
        account=account,
        task_id=task_id,
        cost_credits=cost_credits,
        notes=notes,
        status_word=status_word,
        slug=slug,
        leads_to=leads_to,
    )
