"""The facts on a terminal: models, the price of one request, and where the dialects differ."""

from __future__ import annotations

import textwrap
from decimal import Decimal

import click

from mock_bfl.contract import GUIDE, LIVE, MODELS, MODELS_BY_SLUG, Model, contradictions
from mock_bfl.contract.limits import ACTIVE_TASKS, ACTIVE_TASKS_KONTEXT_MAX
from mock_bfl.contract.models import NOT_ON_THE_API, LimitClass
from mock_bfl.contract.prices import MEGAPIXEL_PX, ROUNDING, FlatPrice
from mock_bfl.core.pricing import Quote, billed_mp, quote

from .columns import print_columns

_NOTES = 100  # the width of the notes below a table


@click.command()
def models() -> None:
    """List every model of the API: price, limit, latency, who names its path."""
    head = ("PATH", "MODEL", "CREDITS", "IMAGES IN", "ACTIVE", "LATENCY", "NAMED BY", "PRICE FROM")
    print_columns(head, [_model_row(model) for model in MODELS])
    click.echo(f"\n{NOT_ON_THE_API.value} is not on the API: {NOT_ON_THE_API.cite.note} [{NOT_ON_THE_API.cite}].")
    click.echo(
        "CREDITS: first megapixel + each further + each reference megapixel, or flat per image; 1 credit = $0.01."
    )


def _model_row(model: Model) -> tuple[str, ...]:
    limit = ACTIVE_TASKS_KONTEXT_MAX if model.limit_class is LimitClass.KONTEXT_MAX else ACTIVE_TASKS
    return (
        model.path,
        model.title,
        _price_text(model),
        str(len(model.references)),
        str(limit.value),
        f"{model.latency_s.value:g} s",
        "+".join(model.named_by),
        str(model.price.cite),
    )


def _price_text(model: Model) -> str:
    price = model.price
    if isinstance(price, FlatPrice):
        return f"{price.credits} flat" if price.reported else f"{price.credits} flat, shown as null"
    return f"{price.first} + {price.further} + {price.reference}"


@click.command()
@click.argument("model")
@click.option("--width", type=click.IntRange(1, 1_000_000), default=1024, show_default=True, help="Output, in pixels.")
@click.option("--height", type=click.IntRange(1, 1_000_000), default=1024, show_default=True, help="Output, in pixels.")
@click.option(
    "--input-mp",
    type=click.FloatRange(0, 1000, min_open=True),
    multiple=True,
    help="Megapixels of a reference image; once for each.",
)
def price(model: str, width: int, height: int, input_mp: tuple[float, ...]) -> None:
    """Print what one image of MODEL costs, and why."""
    row = MODELS_BY_SLUG.get(model.removeprefix("/v1/"))
    if row is None:
        raise click.BadParameter(f"{model!r} is not one of {', '.join(MODELS_BY_SLUG)}.", param_hint="MODEL")
    references = [round(mp * MEGAPIXEL_PX.value) for mp in input_mp]
    quoted = quote(row, width_px=width, height_px=height, reference_px=references)
    print_columns(("WHAT", "VALUE", "SOURCE"), _price_rows(row, quoted, width * height, references))
    if row.price.cite.note:
        click.echo("\n" + textwrap.fill(f"Note: {row.price.cite.note}.", _NOTES))


def _price_rows(row: Model, quoted: Quote, output_px: int, references: list[int]) -> list[tuple[str, ...]]:
    dollars = quoted.credits / 100
    shown = "null" if quoted.cost is None else repr(quoted.cost)
    rule = (_price_text(row), str(row.price.cite))
    rows: list[tuple[str, ...]] = [
        ("charged", f"{quoted.credits.normalize():f} credits = ${Decimal(dollars).normalize():f}", rule[1]),
        ("rule", rule[0], rule[1]),
        ("cost in the reply", shown, "CASS (recording)"),
    ]
    if not isinstance(row.price, FlatPrice):
        rows.append(
            ("output", f"{output_px / MEGAPIXEL_PX.value:.2f} MP, billed {billed_mp(output_px)}", str(ROUNDING.cite))
        )
        rows.extend(
            (
                f"reference {number}",
                f"{pixels / MEGAPIXEL_PX.value:.2f} MP, billed {billed_mp(pixels)}",
                str(ROUNDING.cite),
            )
            for number, pixels in enumerate(references, 1)
        )
    return rows


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
