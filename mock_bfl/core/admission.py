"""Whether a task may begin: enough credits, and a free slot.

Credits are looked at before slots: the documents name both refusals and no order.  [ASSUMED]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from mock_bfl.contract import LimitClass, Model, limits

from .pricing import Quote
from .task import Task


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many tasks an account may have active: in all, and of flux-kontext-max inside them."""

    active_tasks: int = limits.ACTIVE_TASKS.value
    kontext_max: int = limits.ACTIVE_TASKS_KONTEXT_MAX.value


@dataclass(frozen=True, slots=True)
class Admitted:
    """The task may begin."""


@dataclass(frozen=True, slots=True)
class NoCredits:
    """The balance is below the price: 402."""

    balance_credits: Decimal
    price_credits: Decimal

    def why(self) -> str:
        """Say it in one sentence."""
        return f"This task costs {self.price_credits} credits, the balance is {self.balance_credits}."


@dataclass(frozen=True, slots=True)
class NoSlot:
    """Every slot is taken: 429. `frees_at_ms` is when the first of them is free, if that is known."""

    limit: int
    limit_class: LimitClass
    holders: tuple[str, ...]
    frees_at_ms: int | None
    now_ms: int

    def why(self) -> str:
        """Say it in one sentence: the limit, who holds the slots, when the next one is free."""
        which = "flux-kontext-max tasks" if self.limit_class is LimitClass.KONTEXT_MAX else "tasks"
        if not self.holders:
            return f"This account may have {self.limit} active {which}."
        shown = ", ".join(self.holders[:3]) + (", ..." if len(self.holders) > 3 else "")
        frees = "when a poll settles one of them, or at a reset"
        if self.frees_at_ms is not None:
            frees = f"in {(self.frees_at_ms - self.now_ms) / 1000:.3f} s"
        return f"{len(self.holders)} of {self.limit} {which} are active ({shown}); the next slot is free {frees}."


def admit(
    model: Model, *, quote: Quote, balance: Decimal, active: Sequence[Task], allowance: Allowance, now_ms: int
) -> Admitted | NoCredits | NoSlot:
    """Return whether a task of `model` may begin beside the `active` ones of its account.  [HELP-CONC, DOCS-ERR]"""
    if balance < quote.credits:
        return NoCredits(balance, quote.credits)
    if len(active) >= allowance.active_tasks:
        return _no_slot(active, allowance.active_tasks, LimitClass.STANDARD, now_ms)
    if model.limit_class is LimitClass.KONTEXT_MAX:
        alike = [task for task in active if task.limit_class is LimitClass.KONTEXT_MAX]
        if len(alike) >= allowance.kontext_max:
            return _no_slot(alike, allowance.kontext_max, LimitClass.KONTEXT_MAX, now_ms)
    return Admitted()


def _no_slot(holders: Sequence[Task], limit: int, limit_class: LimitClass, now_ms: int) -> NoSlot:
    ends = [task.settles_at_ms for task in holders if task.settles_at_ms is not None]
    return NoSlot(limit, limit_class, tuple(task.id for task in holders), min(ends, default=None), now_ms)
