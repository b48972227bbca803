"""What a request costs: the guide's formula over 2^20-pixel megapixels, and what the reply says of it.

Each image counts as the next whole megapixel, at least one; a reference above 4 MP counts as 4.
[HK, YUTO, COMFYPRICE; the cap on references: LUMENFALL, a single report]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from mock_bfl.contract import Model
from mock_bfl.contract.prices import BILLED_REFERENCE_MP, CREDITS_PER_DOLLAR, MEGAPIXEL_PX, FlatPrice, Price, TierPrice


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of a task. `credits` is exact and charged; the other three are what the submit reply shows."""

    credits: Decimal
    cost: float | None
    input_mp: float | None
    output_mp: float | None


def quote(model: Model, *, width_px: int, height_px: int, reference_px: Sequence[int] = ()) -> Quote:
    """Return the price of one image of `width_px` x `height_px` made from references of `reference_px` pixels each."""
    references = [min(pixels, BILLED_REFERENCE_MP.value * MEGAPIXEL_PX.value) for pixels in reference_px]
    if isinstance(model.price, FlatPrice) and not model.price.reported:
        return Quote(model.price.credits, None, None, None)  # flux-dev shows null for all three.  [CASS]
    credits = _credits(model.price, width_px * height_px, references)
    return Quote(credits, cost_on_the_wire(credits), shown_mp(sum(references)), shown_mp(width_px * height_px))


def _credits(price: Price, output_px: int, reference_px: Sequence[int]) -> Decimal:
    """Return `(first + (output - 1) * further) + references * reference`, all in whole megapixels.  [GUIDE]"""
    if isinstance(price, FlatPrice):
        return price.credits
    if isinstance(price, TierPrice):
        return _tier(price, billed_mp(output_px))
    further = billed_mp(output_px) - 1
    return price.first + further * price.further + sum(map(billed_mp, reference_px)) * price.reference


def _tier(price: TierPrice, output_mp: int) -> Decimal:
    """Return the price of the first tier that is large enough, else of the largest."""
    return next((credits for most_mp, credits in price.tiers if output_mp <= most_mp), price.tiers[-1][1])


def billed_mp(pixels: int) -> int:
    """Return the whole megapixels that an image is billed for: rounded up, at least one."""
    return max(1, -(-pixels // MEGAPIXEL_PX.value))


def shown_mp(pixels: int) -> float:
    """Return megapixels as a reply shows them: two decimals, not what is billed.  [OAS, CASS]"""
    return round(pixels / MEGAPIXEL_PX.value, 2)


def cost_on_the_wire(credits: Decimal) -> float:
    """Return credits as the server shows them: dollars times a hundred in binary floats.

    >>> cost_on_the_wire(Decimal(7))  # as recorded for flux-2-max.  [CASS]
    7.000000000000001
    """
    return float(credits / CREDITS_PER_DOLLAR.value) * CREDITS_PER_DOLLAR.value
