"""What an accepted submission says of its price and its megapixels.

The arithmetic here is the oracle's own, from the rows of the price list: a megapixel is 2^20 pixels, each image counts
as the next whole one, at least one; `cost` on the wire is dollars times a hundred in binary floats.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from decimal import Decimal

from bfl_conformance.expect import Expectations
from bfl_conformance.observation import Submitted, number_of
from bfl_conformance.verdict import Level
from mock_bfl.contract import MODELS_BY_SLUG, Model
from mock_bfl.contract.prices import MEGAPIXEL_PX, ROUNDING, FlatPrice, TierPrice
from mock_bfl.contract.sources import Certainty, cite

from .law import History, law
from .sizes import output_px, reference_px

_NUMBERS = ("cost", "input_mp", "output_mp")
_NEAR = 1e-6


def listed_credits(model: Model, request: Submitted) -> Decimal | None:
    """Return the price of a request by the price list; None where the request does not determine it."""
    if isinstance(model.price, FlatPrice):
        return model.price.credits
    output, references = output_px(model, request.request), reference_px(model, request.request)
    if output is None or references is None or isinstance(model.price, TierPrice):
        return None
    price = model.price
    return price.first + (_billed_mp(output) - 1) * price.further + _total_mp(references) * price.reference


def is_price_shown(model: Model) -> bool:
    """Tell whether the reply of a model shows its price: flux-dev's does not.  [CASS]"""
    return not isinstance(model.price, FlatPrice) or model.price.reported


def _billed_mp(pixels: int) -> int:
    return max(1, math.ceil(pixels / MEGAPIXEL_PX.value))


def _total_mp(references: Sequence[int]) -> int:
    return sum(_billed_mp(pixels) for pixels in references)


def _costs_what_the_list_says(_: History, seen: Submitted, __: Expectations) -> Iterator[str]:
    model = MODELS_BY_SLUG[seen.model]
    cost, listed = number_of(seen.reply.document.get("cost")), listed_credits(model, seen)
    if listed is None or not is_price_shown(model):
        return
    if cost is None or abs(cost - float(listed)) > _NEAR:
        yield f"cost is {seen.reply.document.get('cost')}, the price list says {listed} ({_asked_for(model, seen)})"


def _asked_for(model: Model, seen: Submitted) -> str:
    references = reference_px(model, seen.request) or ()
    return f"{seen.model}, output {output_px(model, seen.request)} px, references {list(references)} px"


def _cost_is_dollars_times_100(_: History, seen: Submitted, __: Expectations) -> Iterator[str]:
    cost, listed = number_of(seen.reply.document.get("cost")), listed_credits(MODELS_BY_SLUG[seen.model], seen)
    if cost is None or listed is None or abs(cost - float(listed)) > _NEAR:
        return  # another law's matter
    recorded = float(listed / 100) * 100
    if cost != recorded:
        yield f"cost is {cost!r}, dollars times a hundred is {recorded!r}"


def _hides_the_price_of_dev(_: History, seen: Submitted, __: Expectations) -> Iterator[str]:
    if is_price_shown(MODELS_BY_SLUG[seen.model]):
        return
    shown = {name: seen.reply.document.get(name) for name in _NUMBERS}
    if any(value is not None for value in shown.values()):
        yield f"{seen.model} showed {shown}, recorded are nulls"


def _counts_megapixels(_: History, seen: Submitted, __: Expectations) -> Iterator[str]:
    model = MODELS_BY_SLUG[seen.model]
    if not is_price_shown(model):
        return
    output, references = output_px(model, seen.request), reference_px(model, seen.request)
    yield from _differs(seen, "output_mp", output)
    # With several references: whether the sum is rounded or each of them, nobody says.
    one = references is not None and len(references) < 2
    yield from _differs(seen, "input_mp", sum(references or ()) if one else None)


def _differs(seen: Submitted, name: str, pixels: int | None) -> Iterator[str]:
    shown = number_of(seen.reply.document.get(name))
    if shown is None or shown < 0 or round(shown, 2) != shown:
        yield f"{name} is {seen.reply.document.get(name)!r}, not a number with two decimals"
    elif pixels is not None and abs(shown - pixels / MEGAPIXEL_PX.value) > 0.005 + _NEAR:
        yield f"{name} is {shown}, but {pixels} px are {pixels / MEGAPIXEL_PX.value:.4f} MP of 2^20 px"


LAWS_OF_PRICES = (
    law(
        "cost-equals-the-price-list",
        "The cost is the price list's: whole megapixels of 2^20 pixels, each image rounded up, at least one.",
        level=Level.MUST,
        cite=ROUNDING.cite,
        about=Submitted,
        broken_by=_costs_what_the_list_says,
    ),
    law(
        "cost-is-dollars-times-100",
        "The cost on the wire is dollars times a hundred in binary floats: 7.000000000000001 for seven cents.",
        level=Level.OBSERVED,
        cite=cite("CASS", Certainty.INFERRED),
        about=Submitted,
        broken_by=_cost_is_dollars_times_100,
    ),
    law(
        "dev-shows-no-price",
        "flux-dev shows null for cost, input_mp and output_mp.",
        level=Level.OBSERVED,
        cite=cite("CASS", Certainty.RECORDED),
        about=Submitted,
        broken_by=_hides_the_price_of_dev,
    ),
    law(
        "megapixels-have-two-decimals",
        "input_mp and output_mp are megapixels of 2^20 pixels with two decimals; without references input_mp is 0.",
        level=Level.MUST,
        cite=MEGAPIXEL_PX.cite,
        about=Submitted,
        broken_by=_counts_megapixels,
    ),
)
