"""Money as an append-only list of entries; a balance is the sum of those in effect.

Law: the entries of a task are written when it is born, each with the instant at which it takes effect.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class EntryKind(StrEnum):
    """Why money moved."""

    OPENED = "opened"
    CHARGED = "charged"
    REFUNDED = "refunded"
    ADJUSTED = "adjusted"


@dataclass(frozen=True, slots=True)
class Entry:
    """A movement of `credits` (negative: out) that takes effect at `effective_at_ms`."""

    kind: EntryKind
    credits: Decimal
    effective_at_ms: int
    task_id: str | None = None


def opened(credits: Decimal, *, now_ms: int) -> Entry:
    """Return the entry with which an account begins."""
    return Entry(EntryKind.OPENED, credits, now_ms)


def charged(task_id: str, credits: Decimal, *, now_ms: int) -> Entry:
    """Return the charge of a task, due when it is created."""
    return Entry(EntryKind.CHARGED, -credits, now_ms, task_id)


def refunded(task_id: str, credits: Decimal, *, at_ms: int) -> Entry:
    """Return the refund of a task that was moderated or failed, due when it settles."""
    return Entry(EntryKind.REFUNDED, credits, at_ms, task_id)


def adjusted(credits: Decimal, *, now_ms: int) -> Entry:
    """Return the entry by which a test sets a balance: `credits` up or down, at once."""
    return Entry(EntryKind.ADJUSTED, credits, now_ms)


def balance(entries: Iterable[Entry], *, now_ms: int) -> Decimal:
    """Return the sum of the entries in effect."""
    return sum((entry.credits for entry in entries if entry.effective_at_ms <= now_ms), Decimal(0))
