"""The facts on a terminal: models, the price of one request, and where the dialects differ."""

from __future__ import annotations

import textwrap
from math import isnan
from typing import Any

import click

from mock_bfl.contract import GUIDE, LIVE, MODELS, MODELS_BY_SLUG, Model, contradictions
from mock_bfl.contract.limits import ACTIVE_TASKS, ACTIVE_TASKS_KONTEXT_MAX
from mock_bfl.contract.models import NOT_ON_THE_API, LimitClass
from mock_bfl.contract.prices import (
    COST_COMPUTED,
    COST_RECORDED,
    CREDITS_PER_DOLLAR,
    MEGAPIXEL_PX,
    ROUNDING,
    FlatPrice,
    TierPrice,
)
from mock_bfl.contract.sources import Cite
from mock_bfl.core.pricing import Quote, billed_mp, quote, shown_mp
from mock_bfl.core.sizing import Size, max_output_px, resized

from .columns import print_columns

_NOTES = 100  # the width of the notes below a table


@click.command()
def models() -> None:
    """List every model of the API: price, limit, latency, who names its path."""
    head = ("PATH", "MODEL", "CREDITS", "IMAGES IN", "ACTIVE", "LATENCY", "NAMED BY", "PRICE FROM")
    print_columns(head, [_model_row(model) for model in MODELS])
    click.echo(f"\n{NOT_ON_THE_API.value} is not on the API: {NOT_ON_THE_API.cite.note} [{NOT_ON_THE_API.cite}].")
    click.echo(
        "CREDITS: first megapixel + each further + each reference megapixel, or flat per image, or by its size; "
        "1 credit = $0.01."
    )


def _model_row(model: Model) -> tuple[str, ...]:
    limit = ACTIVE_TASKS_KONTEXT_MAX if model.limit_class is LimitClass.KONTEXT_MAX else ACTIVE_TASKS
    return (
        model.path,
        model.title,
        _price_text(model),
        str(model.max_images),
        str(limit.value),
        f"{model.latency_s.value:g} s",
        "+".join(model.named_by),
        str(model.price.cite),
    )


def _price_text(model: Model) -> str:
    price = model.price
    if isinstance(price, FlatPrice):
        return f"{price.credits} flat" if price.reported else f"{price.credits} flat, shown as null"
    if isinstance(price, TierPrice):
        return ", ".join(f"{credits} to {most_mp} MP" for most_mp, credits in price.tiers)
    return f"{price.first} + {price.further} + {price.reference}"


class _Megapixels(click.FloatRange):
    """A number of megapixels; a range alone lets pass what is no number."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number, or fail with a sentence."""
        number: float = super().convert(value, param, ctx)
        if isnan(number):
            self.fail(f"{number} is not in the range {self.min}<x<={self.max}.", param, ctx)
        return number


@click.command()
@click.argument("model")
@click.option("--width", type=click.IntRange(1, 1_000_000), default=1024, show_default=True, help="Output, in pixels.")
@click.option("--height", type=click.IntRange(1, 1_000_000), default=1024, show_default=True, help="Output, in pixels.")
@click.option(
    "--input-mp",
    type=_Megapixels(0, 1000, min_open=True),
    multiple=True,
    help="Megapixels of a reference image; once for each.",
)
def price(model: str, width: int, height: int, input_mp: tuple[float, ...]) -> None:
    """Print what one image of MODEL costs, and why."""
    row = MODELS_BY_SLUG.get(model.removeprefix("/v1/"))
    if row is None:
        raise click.BadParameter(f"{model!r} is not one of {', '.join(MODELS_BY_SLUG)}.", param_hint="MODEL")
    if len(input_mp) > row.max_images:
        reason = f"{row.slug} takes at most {row.max_images}, not {len(input_mp)}."
        raise click.BadParameter(reason, param_hint="--input-mp")
    references = [round(mp * MEGAPIXEL_PX.value) for mp in input_mp]
    made = resized((width, height), max_px=max_output_px(row, LIVE))
    quoted = quote(row, width_px=made[0], height_px=made[1], reference_px=references)
    print_columns(
        ("WHAT", "VALUE", "SOURCE"),
        [*_charge_rows(row, quoted, _cite_of_cost(row, made, references)), *_megapixel_rows(row, made, references)],
    )
    if made != (width, height) and not isinstance(row.price, FlatPrice):
        click.echo(
            f"\n{width}x{height} is above the limit and resized before it is priced; the guide refuses it instead."
        )
    if row.price.cite.note:
        click.echo("\n" + textwrap.fill(f"Note: {row.price.cite.note}.", _NOTES))


def _cite_of_cost(row: Model, made: Size, references: list[int]) -> Cite:
    """Return where the cost in the reply comes from: few were recorded, the others are computed."""
    is_recorded = row.slug in COST_RECORDED.value and billed_mp(made[0] * made[1]) == 1 and not references
    return COST_RECORDED.cite if is_recorded else COST_COMPUTED


def _charge_rows(row: Model, quoted: Quote, cite_of_cost: Cite) -> list[tuple[str, ...]]:
    source = str(row.price.cite)
    dollars = (quoted.credits / CREDITS_PER_DOLLAR.value).normalize()
    return [
        ("charged", f"{quoted.credits.normalize():f} credits = ${dollars:f}", source),
        ("rule", _price_text(row), source),
        ("cost in the reply", "null" if quoted.cost is None else repr(quoted.cost), str(cite_of_cost)),
    ]


def _megapixel_rows(row: Model, made: Size, references: list[int]) -> list[tuple[str, ...]]:
    """Return what was counted; nothing where the price is flat."""
    if isinstance(row.price, FlatPrice):
        return []
    images = [(f"output {made[0]}x{made[1]}", made[0] * made[1])]
    images += [(f"reference {number}", pixels) for number, pixels in enumerate(references, 1)]
    return [(name, f"{shown_mp(pixels)} MP, billed {billed_mp(pixels)}", str(ROUNDING.cite)) for name, pixels in images]


@click.command()
def dialects() -> None:
    """List every contradiction between the documents, and what each dialect does."""
    head = ("FIELD", "LIVE", "GUIDE", "ABOUT", "LIVE FROM", "GUIDE FROM")
    rows = [
        (
            field.name,
            _shown(getattr(LIVE, field.name)),
            _shown(getattr(GUIDE, field.name)),
            contradiction.about,
            str(contradiction.live),
            str(contradiction.guide),
        )
        for field, contradiction in contradictions()
    ]
    print_columns(head, rows)


def _shown(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case None:
            return "-"
        case tuple():
            return ",".join(value)
        case _:
            return str(value)
