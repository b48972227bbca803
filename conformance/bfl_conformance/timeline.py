"""Tell a history to a person: one line per observation, with the seconds since the first."""

from __future__ import annotations

from collections.abc import Sequence

from .observation import CreditsSeen, Observation, Polled, Refused, Reply, Sampled, Submitted


def describe(history: Sequence[Observation]) -> list[str]:
    """Return one line for each thing seen: when, what was asked, and what came.

    >>> describe([CreditsSeen(reply=Reply(sent_at_ms=0, received_at_ms=0, status_code=200), key="A")])
    ['    0.000 s  A credits -> 200 None']
    """
    start_ms = history[0].reply.sent_at_ms if history else 0
    return [f"{(seen.reply.sent_at_ms - start_ms) / 1000:9.3f} s  {_line(seen)}" for seen in history]


def _line(seen: Observation) -> str:
    reply: Reply = seen.reply
    match seen:
        case Submitted():
            return f"{seen.key} submit {seen.model} {_short(seen.request)} -> {reply.status_code} {seen.task_id}"
        case Refused():
            asked = f"{seen.key or 'no key'} {seen.what} {seen.model} {_short(seen.request)}"
            return f"{asked} -> {reply.status_code} {reply.excerpt()}"
        case Polled():
            progress = "" if seen.progress is None else f" {seen.progress}"
            return f"{seen.key or 'no key'} poll {seen.task_id} -> {reply.status_code} {seen.status}{progress}"
        case Sampled():
            forged = " forged" if seen.is_forged else ""
            return f"download{forged} of {seen.task_id} -> {reply.status_code} {reply.content_type}"
        case CreditsSeen():
            return f"{seen.key} credits -> {reply.status_code} {seen.credits}"


def _short(request: object) -> str:
    text = repr(dict(request)) if isinstance(request, dict) and request else ""
    return text if len(text) <= 120 else f"{text[:120]}…"
