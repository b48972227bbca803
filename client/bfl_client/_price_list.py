"""What models cost, as rows: credits by megapixel, flat or by size, each with its source and what is doubtful of it.

One credit is one US cent.  [DOCS-PRICE, GUIDE]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import TypeAlias

_REPORT = "known from one report"
_PREVIEW = "that a preview costs what its base does is ASSUMED"
_EDIT = "the newer price page gives an edit 'from' the price of text to image, the guide's formula was used"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PerMegapixel:
    """Credits of the first output megapixel, of each further one, and of each megapixel of input.

    `(first + (output - 1) * further) + input * of_input`, each image up to the next whole megapixel  [GUIDE; HK, YUTO,
    COMFYPRICE for the rounding]. `doubt` and `edit_doubt` (with input images): what no two documents agree on.
    """

    first: Decimal
    further: Decimal
    of_input: Decimal
    source: str
    doubt: str = ""
    edit_doubt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flat:
    """Credits for each picture, whatever its size; for `resolution` alone, if that is given."""

    credits: Decimal
    source: str
    doubt: str = ""
    resolution: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BySize:
    """Credits for each picture by its size: up to how many megapixels, and how many credits."""

    steps: tuple[tuple[int, Decimal], ...]
    source: str
    doubt: str = ""


Price: TypeAlias = PerMegapixel | Flat | BySize


def _per_mp(first: str, further: str, *, source: str, doubt: str = "", edit_doubt: str = _EDIT) -> PerMegapixel:
    return PerMegapixel(
        first=Decimal(first),
        further=Decimal(further),
        of_input=Decimal(further),
        source=source,
        doubt=doubt,
        edit_doubt=edit_doubt,
    )


def _flat(credits: str, *, source: str = "GUIDE, DOCS-PRICE, COMFYPRICE", doubt: str = "") -> Flat:
    return Flat(credits=Decimal(credits), source=source, doubt=doubt)


PRICES: Mapping[str, Price] = MappingProxyType(
    {
        "flux-2-klein-4b": _per_mp("1.4", "0.1", source="GUIDE, DOCS-PRICE"),
        "flux-2-klein-9b": _per_mp("1.5", "0.2", source="GUIDE, DOCS-PRICE"),
        "flux-2-klein-9b-preview": _per_mp("1.5", "0.2", source="GUIDE, DOCS-PRICE", doubt=_PREVIEW),
        # Guide and price page agree on the edit; cost 3.0 was recorded.
        "flux-2-pro": _per_mp("3", "1.5", source="GUIDE, DOCS-PRICE, COMFYPRICE, CASS", edit_doubt=""),
        "flux-2-pro-preview": _per_mp(
            "3", "1.5", source="GUIDE, DOCS-PRICE, COMFYPRICE, CASS", doubt=_PREVIEW, edit_doubt=""
        ),
        "flux-2-max": _per_mp("7", "3", source="GUIDE, DOCS-PRICE, COMFYPRICE, CASS"),
        # 6 until 2026-01-28.
        "flux-2-flex": _per_mp("5", "5", source="GUIDE, DOCS-PRICE"),
        "flux-kontext-pro": _flat("4"),
        "flux-kontext-max": _flat("8"),
        "flux-pro-1.1": _flat("4"),
        "flux-pro-1.1-ultra": _flat("6"),
        "flux-pro-1.0-fill": _flat("5"),
        "flux-pro-1.0-expand": _flat("5", source="COMFYPRICE", doubt="no price page of the vendor lists it"),
        # The reply's cost is null.  [CASS]
        "flux-dev": _flat("2.5", source="HK", doubt=_REPORT),
        # A finetuned model costs what its base does.
        "flux-pro-1.0-fill-finetuned": _flat("5", source="DOCS-BILL, DOCS-PRICE"),
        "flux-pro-1.1-ultra-finetuned": _flat("6", source="DOCS-BILL, DOCS-PRICE"),
        "flux-3-image": Flat(credits=Decimal("4.8"), source="GATEWAY", doubt=_REPORT, resolution="1k"),
        "flux-3-image-klein": BySize(
            # 1k, 2k and 4k; that these go by megapixels is ASSUMED.
            steps=((1, Decimal("0.9")), (4, Decimal("1.4")), (16, Decimal("3.6"))),
            source="GATEWAY",
            doubt=_REPORT,
        ),
    }
)


def in_figures(credits: Decimal) -> str:
    """Return an amount without trailing zeros.

    >>> in_figures(Decimal("4.50"))
    '4.5'
    """
    return format(credits.normalize(), "f")


def price_text(slug: str) -> str:
    """Return what a model costs in a line, in credits."""
    price = PRICES.get(slug)
    mark = " (one report)" if price is not None and price.doubt == _REPORT else ""
    if price is None:
        return "not known"
    if isinstance(price, BySize):
        return ", ".join(f"{in_figures(credits)} to {mp} MP" for mp, credits in price.steps) + mark
    if isinstance(price, Flat):
        return f"{in_figures(price.credits)}{f' at {price.resolution}' if price.resolution else ''}{mark}"
    further, of_input = in_figures(price.further), in_figures(price.of_input)
    return f"{in_figures(price.first)} + {further} per further MP + {of_input} per input MP{mark}"
