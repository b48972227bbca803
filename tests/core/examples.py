"""Values that the tests of the core begin with: an instant, a task, an order, dialects by name."""

from __future__ import annotations

import base64
import io
from decimal import Decimal
from random import Random

from PIL import Image

from mock_bfl.contract import LIVE, MODELS_BY_SLUG, Dialect, Model
from mock_bfl.core.body import Decoded
from mock_bfl.core.order import Order, read_order
from mock_bfl.core.planning import Latency, plan
from mock_bfl.core.pricing import Quote
from mock_bfl.core.task import Task

NOW_MS = 1_766_006_912_345  # 2025-12-17T21:28:32.345Z, the day of the recordings

TASK = Task(
    id="4c057b10-7efa-4c69-9ec8-cbbdfd56d918",
    account="an-account",
    slug="flux-2-pro",
    quote=Quote(Decimal(3), 3.0, 0.0, 0.06),
    created_at_ms=NOW_MS,
    starts_at_ms=NOW_MS + 800,
    settles_at_ms=NOW_MS + 8000,
    settles_after_polls=None,
    final_status="Ready",
    waiting_status="Pending",
    progress=(),
    reasons=("Derivative Works Filter",),
    error_code=None,
    seed=42,
    prompt="a red cube",
    result_prompt="A glossy red cube",
    width_px=256,
    height_px=256,
    output_format="jpeg",
    sample_key="8ce49379183c4d1eaf3900e161a9839e",
)


def png(width_px: int, height_px: int) -> str:
    """Return a black PNG of a size, as base64."""
    file = io.BytesIO()
    Image.new("1", (width_px, height_px)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


_IMAGE = png(512, 384)
_REQUIRED: dict[str, object] = {
    "prompt": "a red cube",
    **dict.fromkeys(("image", "mask", "person", "garment", "input_image"), _IMAGE),
    "finetune_id": "my-finetune",
    "width": 512,
    "height": 512,
}


def minimal(model: Model, **fields: object) -> dict[str, object]:
    """Return a body of what a model demands, and of `fields`, as far as it knows them."""
    required = {field.name: _REQUIRED[field.name] for field in model.fields if field.required}
    return required | {name: value for name, value in fields.items() if name in model.field_names}


def order_for(slug: str, body: dict[str, object], *, dialect: Dialect = LIVE) -> Order:
    """Return the order in a body that is known to be valid."""
    order = read_order(Decoded(body), model=MODELS_BY_SLUG[slug], dialect=dialect)
    assert isinstance(order, Order), order
    return order


def planned(
    slug: str,
    body: dict[str, object],
    *,
    seed: int = 0,
    dialect: Dialect = LIVE,
    speed: float = 1,
    now_ms: int = NOW_MS,
) -> Task:
    """Return the task that a body becomes."""
    order = order_for(slug, body, dialect=dialect)
    rng, latency = Random(seed), Latency(speed)
    return plan(order, TASK.quote, account="an-account", now_ms=now_ms, rng=rng, dialect=dialect, latency=latency)
