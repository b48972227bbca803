"""The rules as one value: an engine follows these, and a mutant is an engine with one of them replaced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import admission, bodies, delivery, keys, planning, pricing, task, webhook


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides. Each field is a pure function with the signature of its default."""

    quote: Callable[..., pricing.Quote] = pricing.quote
    admit: Callable[..., admission.Admitted | admission.NoCredits | admission.NoSlot] = admission.admit
    plan: Callable[..., task.Task] = planning.plan
    observe: Callable[..., task.Observation] = task.observe
    check_key: Callable[..., keys.KeyAccepted | keys.KeyRefused] = keys.check_key
    check_sample: Callable[..., delivery.Fresh | delivery.Expired | delivery.Forged] = delivery.check_sample
    expires_at_ms: Callable[..., int] = delivery.expires_at_ms
    submit_body: Callable[..., bodies.Body] = bodies.submit_body
    poll_body: Callable[..., bodies.Body] = bodies.poll_body
    plan_deliveries: Callable[..., tuple[webhook.Delivery, ...]] = webhook.plan_deliveries
    event_body: Callable[..., bytes] = webhook.event_body
    after_attempt: Callable[..., webhook.Delivery] = webhook.after_attempt


RULES = Rules()
