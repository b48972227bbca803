"""Plan a task at its birth: every draw (id, latency, outcome, seed) is made here, once, from the `rng` given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from uuid import UUID

from mock_bfl.contract import Dialect, Family, Model, statuses

from .order import Order
from .pricing import Quote
from .task import Task

_QUEUE_SHARE = 0.1  # recorded: half a second to a second before start_time.  [CASS]
_SPREAD = 0.15  # how far a latency strays from its preset, either way.  [ASSUMED]
_GEN_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class Latency:
    """How fast tasks settle: the factor on each model's preset (1 as measured, 0 at once)."""

    factor: float = 1.0


def plan(
    order: Order,
    quote: Quote,
    *,
    account: str,
    now_ms: int,
    rng: Random,
    dialect: Dialect,
    latency: Latency,
    polling_origins: Sequence[str] = (),
    origin: str = "",
) -> Task:
    """Return the task that `order` becomes, complete: what it shows at any instant is settled now.

    One of `polling_origins` becomes the host of its polling_url; without any, the host that was asked. `origin` is
    that host.
    """
    scenario = order.scenario
    task_id = _new_id(rng, dialect)
    seed = order.seed if order.seed is not None else rng.getrandbits(32)  # a 32-bit range.  [CASS, 302]
    drawn_ms = draw_latency_ms(order.model, rng=rng, latency=latency)
    sample_key = UUID(int=rng.getrandbits(128)).hex
    final = scenario.final_status or statuses.READY
    settles_at_ms = _settles_at_ms(order, final, now_ms=now_ms, drawn_ms=drawn_ms)
    span_ms = 0 if settles_at_ms is None else settles_at_ms - now_ms  # an end that polls set may come at once
    return Task(
        id=task_id,
        account=account,
        slug=order.model.slug,
        quote=quote,
        created_at_ms=now_ms,
        starts_at_ms=now_ms + round(span_ms * _QUEUE_SHARE),
        settles_at_ms=settles_at_ms,
        settles_after_polls=None if final in statuses.IN_PROGRESS else scenario.after_polls,
        final_status=final,
        waiting_status=scenario.waiting_status or statuses.PENDING,
        in_phases=order.model.family is Family.FLUX_3 and scenario.waiting_status is None,
        progress=_progress(order, dialect),
        reasons=statuses.MODERATION_REASONS.value[:1] if scenario.reasons is None else scenario.reasons,
        error_code=scenario.error_code or ("internal_error" if final == statuses.ERROR else None),
        seed=seed,
        prompt=order.prompt,
        result_prompt=_rewritten(order.prompt) if order.rewrites_prompt else order.prompt,
        width_px=order.width_px,
        height_px=order.height_px,
        output_format=order.output_format,
        sample_key=sample_key,
        webhook_url=order.webhook_url,
        webhook_secret=order.webhook_secret,
        webhook=scenario.webhook,
        origin=origin,
        visible_at_ms=None if scenario.grace_ms is None else now_ms + scenario.grace_ms,
        polling_origin=rng.choice(polling_origins) if polling_origins else None,  # the last draw: others stay put
    )


def draw_latency_ms(model: Model, *, rng: Random, latency: Latency) -> int:
    """Return how long a task of `model` takes, in milliseconds: its preset, spread a little."""
    return round(model.latency_s.value * 1000 * latency.factor * rng.uniform(1 - _SPREAD, 1 + _SPREAD))


def _settles_at_ms(order: Order, final: str, *, now_ms: int, drawn_ms: int) -> int | None:
    scenario = order.scenario
    if final in statuses.IN_PROGRESS or scenario.after_polls is not None:
        return None
    if scenario.webhook.is_before_reply:
        return now_ms
    return now_ms + (drawn_ms if scenario.after_ms is None else scenario.after_ms)


def _progress(order: Order, dialect: Dialect) -> tuple[float | None, ...]:
    if order.scenario.progress is not None:
        return order.scenario.progress
    shows = order.model.shows_progress and dialect.progress == "by_family"
    return statuses.PROGRESS_SERIES.value if shows else ()


def _new_id(rng: Random, dialect: Dialect) -> str:
    if dialect.id_form == "gen":
        return "gen_" + "".join(rng.choices(_GEN_ALPHABET, k=16))
    return str(UUID(int=rng.getrandbits(128), version=4))


def _rewritten(prompt: str) -> str:
    """Return a stand-in for the vendor's prompt upsampling: the wording is the mock's own.  [ASSUMED]"""
    return f"A carefully composed, richly detailed image: {prompt}"
