"""Levers of webhooks: the log of all deliveries, a replay, and sending at once what is due."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Literal

from mock_bfl.core.receiver import shown_url
from mock_bfl.core.webhook import Attempt, DeliveryState
from mock_bfl.engine import Engine
from mock_bfl.engine.webhooks import Logged

from .routing import Json, Lever, Refused, account_asked

_PREVIEW_CHARACTERS = 2000
_SIGNATURE = re.compile(r'sig=[^"&]+')  # of a sample URL: whoever has it may fetch the picture


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDelivery:
    """One event for one receiver. `due_at_ms` is null unless it waits; `url` comes without user and query."""

    id: str
    task_id: str
    event: Literal["final", "progress"]
    state: DeliveryState
    due_at_ms: int | None
    url: str
    is_signed: bool
    body: str
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryLog:
    """All deliveries, in the order of planning."""

    deliveries: list[ShownDelivery]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRound:
    """What was sent at once: how many attempts, how they ended, and how many deliveries still wait."""

    attempts: int
    delivered: int
    failed: int
    waiting: int


def webhook_levers(engine: Engine) -> tuple[Lever, ...]:
    """Return the levers."""
    webhooks = engine.webhooks

    def log() -> Json:
        return asdict(DeliveryLog(deliveries=[shown_delivery(row) for row in webhooks.log(account_asked())]))

    def one(delivery_id: str) -> Json:
        return asdict(shown_delivery(_found(engine, delivery_id)))

    def replay(delivery_id: str) -> Json:
        _found(engine, delivery_id)
        if webhooks.replay(delivery_id) is None:
            raise Refused(409, "This mock sends no webhooks: build its engine with mock_bfl.testing.engine_from.")
        return asdict(shown_delivery(_found(engine, delivery_id)))

    def deliver() -> Json:
        made = webhooks.deliver(account_asked())
        count, delivered = len(made.attempts), sum(attempt.is_success for attempt in made.attempts)
        return asdict(
            DeliveryRound(attempts=count, delivered=delivered, failed=count - delivered, waiting=made.waiting)
        )

    return (
        Lever(method="GET", path="/webhooks", about="Shows every delivery.", view=log, answer=DeliveryLog),
        Lever(method="GET", path="/webhooks/<delivery_id>", about="Shows a delivery.", view=one, answer=ShownDelivery),
        Lever(
            method="POST",
            path="/webhooks/<delivery_id>/replay",
            about="Sends a delivery again, at once and whatever its state.",
            view=replay,
            answer=ShownDelivery,
            refusals=(409,),
        ),
        Lever(
            method="POST",
            path="/webhooks/deliver",
            about="Sends what is due now, and answers when it has ended.",
            view=deliver,
            answer=DeliveryRound,
        ),
    )


def shown_delivery(logged: Logged) -> ShownDelivery:
    """Return a delivery as it is shown: neither the secret nor any signature."""
    delivery, outgoing = logged.delivery, logged.outgoing
    return ShownDelivery(
        id=delivery.id,
        task_id=delivery.task_id,
        event="final" if delivery.progress is None else "progress",
        state=delivery.state,
        due_at_ms=delivery.due_at_ms if delivery.state is DeliveryState.WAITING else None,
        url=shown_url(outgoing.url),
        is_signed=outgoing.is_signed,
        body=_SIGNATURE.sub("sig=...", outgoing.body.decode())[:_PREVIEW_CHARACTERS],
        attempts=delivery.attempts,
    )


def _found(engine: Engine, delivery_id: str) -> Logged:
    logged = engine.webhooks.find(delivery_id, account=account_asked())
    if logged is None:
        raise Refused(404, f"No delivery {delivery_id[:80]!r} is known here; GET /_mock/webhooks lists them.")
    return logged
