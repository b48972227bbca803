"""Webhook deliveries as values: what is due to a receiver, and every attempt to bring it there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    ABANDONED = "abandoned"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try: when it began (account's clock, machine's clock), and how the receiver answered.

    `status` is None where no answer came; then `error` says why.
    """

    at_ms: int
    real_ms: int
    took_ms: int
    status: int | None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event for one receiver; `due_at_ms` is on the account's clock, `order` breaks ties.

    `progress` is None for the final event. `leased_until_real_ms` keeps two workers off one attempt.
    """

    id: str
    account: str
    task_id: str
    due_at_ms: int
    order: int = 0
    progress: float | None = None
    state: DeliveryState = DeliveryState.WAITING
    attempts: tuple[Attempt, ...] = ()
    leased_until_real_ms: int = 0
