"""Mutants whose rules of price and account are wrong: quote, refund, key."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from mock_bfl.contract import Model
from mock_bfl.contract.prices import FlatPrice, MegapixelPrice, TierPrice
from mock_bfl.core.keys import KeyAccepted, KeyRefused
from mock_bfl.core.pricing import Quote
from mock_bfl.core.rules import RULES
from mock_bfl.core.task import Task
from tests.conformance.mutants.mutant import Mutant

MEGA = 2**20


def by_megapixels(billed: Callable[[int, Sequence[int]], tuple[int, int]]) -> Callable[..., Quote]:
    """Return a quote whose whole megapixels of output and of references come from `billed`."""

    def quote(model: Model, *, width_px: int, height_px: int, reference_px: Sequence[int] = ()) -> Quote:
        true = RULES.quote(model, width_px=width_px, height_px=height_px, reference_px=reference_px)
        match model.price:
            case MegapixelPrice(first=first, further=further, reference=reference):
                output, references = billed(width_px * height_px, reference_px)
                credits = first + (output - 1) * further + references * reference
                return replace(true, credits=credits, cost=float(credits / 100) * 100)
            case FlatPrice() | TierPrice():
                return true

    return quote


def ceiling(pixels: int, mega: int = MEGA) -> int:
    return max(1, math.ceil(pixels / mega))


def edited_quote(change: Callable[[Model, Quote], Quote]) -> Callable[..., Quote]:
    def quote(model: Model, *, width_px: int, height_px: int, reference_px: Sequence[int] = ()) -> Quote:
        return change(model, RULES.quote(model, width_px=width_px, height_px=height_px, reference_px=reference_px))

    return quote


def with_cost(cost: Callable[[float], float]) -> Callable[..., Quote]:
    return edited_quote(lambda _, true: true if true.cost is None else replace(true, cost=cost(true.cost)))


def refunding(times: int) -> Callable[..., Task]:
    """Return a plan whose refund is `times` the price: the charge is the quote's, the refund the task's."""

    def plan(*args: Any, **drawn: Any) -> Task:
        task = RULES.plan(*args, **drawn)
        return replace(task, quote=replace(task.quote, credits=task.quote.credits * times))

    return plan


def one_account_for_all(key: str | None, **known: Any) -> KeyAccepted | KeyRefused:
    checked = RULES.check_key(key, **known)
    return replace(checked, account="everybody") if isinstance(checked, KeyAccepted) else checked


BY_PRICE = (
    Mutant(
        what="megapixels rounded down",
        caught_by=("BFL-PRICE-001",),
        rules=replace(RULES, quote=by_megapixels(lambda out, refs: (max(1, out // MEGA), sum(map(ceiling, refs))))),
    ),
    Mutant(
        what="megapixels rounded to the nearest",
        caught_by=("BFL-PRICE-001",),
        rules=replace(
            RULES, quote=by_megapixels(lambda out, refs: (max(1, round(out / MEGA)), sum(map(ceiling, refs))))
        ),
    ),
    Mutant(
        what="megapixels of 10^6 pixels",
        caught_by=("BFL-PRICE-001",),
        rules=replace(RULES, quote=by_megapixels(lambda out, refs: (ceiling(out, 10**6), sum(map(ceiling, refs))))),
    ),
    Mutant(
        what="no minimum of one megapixel",
        caught_by=("BFL-PRICE-001",),
        rules=replace(RULES, quote=by_megapixels(lambda out, refs: (out // MEGA, sum(map(ceiling, refs))))),
    ),
    Mutant(
        what="references added up before they are rounded",
        caught_by=("BFL-PRICE-002",),
        rules=replace(RULES, quote=by_megapixels(lambda out, refs: (ceiling(out), math.ceil(sum(refs) / MEGA)))),
    ),
    Mutant(
        what="references for nothing",
        caught_by=("BFL-PRICE-002",),
        rules=replace(RULES, quote=by_megapixels(lambda out, _: (ceiling(out), 0))),
    ),
    Mutant(
        what="flat prices a credit higher",
        caught_by=("BFL-PRICE-003",),
        rules=replace(
            RULES,
            quote=edited_quote(
                lambda model, true: (
                    replace(true, cost=true.cost + 1) if isinstance(model.price, FlatPrice) and true.cost else true
                )
            ),
        ),
    ),
    Mutant(
        what="flux-dev shows its price",
        caught_by=("BFL-PRICE-004",),
        rules=replace(RULES, quote=edited_quote(lambda _, true: replace(true, cost=float(true.credits)))),
    ),
    Mutant(
        what="cost without the noise of binary floats",
        caught_by=("BFL-PRICE-004",),
        rules=replace(RULES, quote=with_cost(lambda cost: round(cost, 2))),
    ),
    Mutant(
        what="megapixels shown with three decimals",
        caught_by=("BFL-PRICE-005",),
        rules=replace(
            RULES, quote=edited_quote(lambda _, true: replace(true, output_mp=(true.output_mp or 0) + 0.004))
        ),
    ),
    Mutant(
        what="input_mp null without references",
        caught_by=("BFL-PRICE-005",),
        rules=replace(RULES, quote=edited_quote(lambda _, true: replace(true, input_mp=true.input_mp or None))),
    ),
    Mutant(
        what="more charged than shown",
        caught_by=("BFL-CRED-001",),
        rules=replace(RULES, quote=edited_quote(lambda _, true: replace(true, credits=true.credits + Decimal("0.1")))),
    ),
    Mutant(
        what="moderation and failure are not refunded",
        caught_by=("BFL-CRED-002", "BFL-CRED-005"),
        rules=replace(RULES, plan=refunding(0)),
    ),
    Mutant(
        what="moderation is refunded twice",
        caught_by=("BFL-CRED-002",),
        rules=replace(RULES, plan=refunding(2)),
    ),
    Mutant(
        what="one account for all keys",
        caught_by=("BFL-CRED-003",),
        rules=replace(RULES, check_key=one_account_for_all),
    ),
)
