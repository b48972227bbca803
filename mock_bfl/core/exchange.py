"""One request and its answer, as the journal keeps them: written on arrival, completed when the answer is known."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

EXPIRED_SAMPLE = "the sample URL had expired"  # the note beside a refused download


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer. Keys and bodies are never kept.

    - `at_ms`, `real_ms`: its arrival, on the account's clock and on the machine's; `ended_at_ms`, `ended_real_ms`: its
      answer. While it is on its way, these and `status` are None; for a client that was gone before the answer `status`
      is. What was decided (task, cost, fault) is told before an answer that a fault holds back.
    - `route`: `submit`, `get_result`, `credits`, `sample` and so on; None where no route answers.
    - `slug`: the model of a submit or of the polled task. `body_digest` is equal for equal bodies, and
      for equal queries of what has none.
    - `status_word`: what a poll said. `retry_after`: that header of the answer. `fault`: what was scripted to go wrong;
      `is_broken`: so that the answer did not come whole (none, cut off, garbage).
    - `origin`: the scheme and host under which the client asked. `leads_to`: the URL that the answer handed out (the
      polling_url, the sample, a Location), without its query, for that holds a signature.
    """

    at_ms: int
    real_ms: int
    account: str | None
    method: str
    path: str
    host: str = ""
    origin: str = ""
    route: str | None = None
    has_key: bool = False
    body_digest: str | None = None
    ended_at_ms: int | None = None
    ended_real_ms: int | None = None
    status: int | None = None
    slug: str | None = None
    task_id: str | None = None
    cost_credits: Decimal | None = None
    status_word: str | None = None
    retry_after: str | None = None
    leads_to: str | None = None
    fault: str | None = None
    is_broken: bool = False
    why: str | None = None
    notes: tuple[str, ...] = ()
    number: int = 0
