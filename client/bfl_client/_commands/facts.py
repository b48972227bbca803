"""`bfl credits`, `bfl estimate` and `bfl models`: what costs nothing to ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from bfl_client._prices import estimate as price_of
from bfl_client.models import known_models, model_row

from . import wording
from .acting import running
from .asked import request_from
from .options import Reach, field_options, json_option, mask_option, offline, reach_options

_HEADINGS = ("model", "for", "images", "credits", "note")


@click.command()
@reach_options
def credits(*, reach: Reach) -> None:
    """Say how many credits are left. One is a US cent."""
    with running(reach) as run, run.client() as client:
        balance = client.credits(timeout_s=run.deadline.remaining_s)
        run.display.result({"credits": balance}, wording.in_money(balance))


@click.command()
@click.argument("model")
@click.option("--prompt", help="What it says does not change the price.")
@click.option("--image", "images", multiple=True, metavar="FILE|URL", help="An input image; repeatable.")
@mask_option
@field_options
@json_option
def estimate(
    *,
    model: str,
    prompt: str | None,
    images: Sequence[str],
    mask: str | None,
    fields: Mapping[str, Any],
    as_json: bool,
) -> None:
    """Say what a request to MODEL would cost, by the published prices. Nothing is sent, no key is needed."""
    with running(offline(as_json=as_json)) as run:
        row = model_row(model)
        needs_prompt = prompt is None and (row is None or "prompt" in row.fields)
        request = request_from(model, prompt="" if needs_prompt else prompt, fields=fields, images=images, mask=mask)
        price = price_of(request)
        run.display.result(wording.estimate_fields(request, price), wording.estimate_lines(request, price))


@click.command()
@json_option
def models(*, as_json: bool) -> None:
    """List the models that this client knows, with their prices. Others can be used, too."""
    with running(offline(as_json=as_json)) as run:
        rows = known_models()
        run.display.table(
            {"models": [wording.model_fields(row) for row in rows]},
            headings=_HEADINGS,
            rows=[(row.slug, row.kind, str(row.reference_images), row.price, row.note) for row in rows],
        )
