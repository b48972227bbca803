"""What an image costs, as rows: megapixel prices and flat prices, in credits.

One credit is one US cent.  [DOCS-PRICE, GUIDE]
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .sources import Certainty, Cite, Fact, assumed, cite

MEGAPIXEL_PX = Fact(
    1_048_576,
    cite(
        "CASS, DOCS-PRICE",
        Certainty.RECORDED,
        "256x256 is reported as 0.06 MP, which is 65536 / 2^20; the guide's table counts 10^6",
    ),
)
CREDITS_PER_DOLLAR = Fact(100, cite("DOCS-PRICE, DOCS-BILL, GUIDE", Certainty.DOCS))
ROUNDING = Fact(
    "each image up to the next whole megapixel, at least 1",
    cite("HK, YUTO, COMFYPRICE", Certainty.SEEN, "1920x1080 cost 4.5 and 65x65 cost 3.0 on flux-2-pro"),
)


@dataclass(frozen=True, slots=True)
class MegapixelPrice:
    """Credits of the first output megapixel, of each further one, and of each reference megapixel.

    `(first + (output_mp - 1) * further) + input_mp * reference`  [GUIDE]
    """

    first: Decimal
    further: Decimal
    reference: Decimal
    cite: Cite


@dataclass(frozen=True, slots=True)
class FlatPrice:
    """Credits per image, whatever its size. `reported` is false where the reply's `cost` is null."""

    credits: Decimal
    cite: Cite
    reported: bool = True


@dataclass(frozen=True, slots=True)
class TierPrice:
    """Credits per image by its size: each tier is the most megapixels that it holds for, and its price."""

    tiers: tuple[tuple[int, Decimal], ...]
    cite: Cite


Price = MegapixelPrice | FlatPrice | TierPrice

_EDIT_CONFLICT = "the newer price page says an edit costs 'from' the text-to-image price; the guide's formula is used"

KLEIN_4B = MegapixelPrice(
    Decimal("1.4"), Decimal("0.1"), Decimal("0.1"), cite("GUIDE, DOCS-PRICE", Certainty.GUIDE, _EDIT_CONFLICT)
)
KLEIN_9B = MegapixelPrice(
    Decimal("1.5"), Decimal("0.2"), Decimal("0.2"), cite("GUIDE, DOCS-PRICE", Certainty.GUIDE, _EDIT_CONFLICT)
)
PRO = MegapixelPrice(
    Decimal(3), Decimal("1.5"), Decimal("1.5"), cite("GUIDE, DOCS-PRICE, COMFYPRICE, CASS", Certainty.DOCS)
)
MAX = MegapixelPrice(
    Decimal(7), Decimal(3), Decimal(3), cite("GUIDE, DOCS-PRICE, COMFYPRICE, CASS", Certainty.GUIDE, _EDIT_CONFLICT)
)
FLEX = MegapixelPrice(
    Decimal(5),
    Decimal(5),
    Decimal(5),
    cite("GUIDE, DOCS-PRICE", Certainty.GUIDE, "6 before 2026-01-28; " + _EDIT_CONFLICT),
)

KONTEXT_PRO = FlatPrice(Decimal(4), cite("GUIDE, DOCS-PRICE, COMFYPRICE", Certainty.DOCS))
KONTEXT_MAX = FlatPrice(Decimal(8), cite("GUIDE, DOCS-PRICE, COMFYPRICE", Certainty.DOCS))
PRO_1_1 = FlatPrice(Decimal(4), cite("GUIDE, DOCS-PRICE, COMFYPRICE", Certainty.DOCS))
ULTRA = FlatPrice(Decimal(6), cite("GUIDE, DOCS-PRICE, COMFYPRICE", Certainty.DOCS))
FILL = FlatPrice(Decimal(5), cite("GUIDE, DOCS-PRICE, COMFYPRICE", Certainty.DOCS))
EXPAND = FlatPrice(Decimal(5), cite("COMFYPRICE", Certainty.CLIENTS))
DEV = FlatPrice(
    Decimal("2.5"),
    cite("HK, CASS", Certainty.REPORT, "not on the price page; the recorded submit replies carry null"),
    reported=False,
)

_NOT_LISTED = "the price page does not list the tools (UNMODEL); "
OUTPAINTING = FlatPrice(Decimal(5), assumed(_NOT_LISTED + "taken as flux-pro-1.0-expand"))
ERASE = FlatPrice(Decimal(5), assumed(_NOT_LISTED + "taken as flux-pro-1.0-fill"))
DEBLUR = FlatPrice(Decimal(5), assumed(_NOT_LISTED + "taken as erase"))
TRY_ON = FlatPrice(Decimal(5), assumed(_NOT_LISTED + "taken as erase"))
FLUX_3_IMAGE = FlatPrice(
    Decimal("4.8"), cite("GATEWAY", Certainty.REPORT, "the price of 1k; that every class costs the same is ASSUMED")
)
FLUX_3_IMAGE_KLEIN = TierPrice(
    ((1, Decimal("0.9")), (4, Decimal("1.4")), (16, Decimal("3.6"))),
    cite("GATEWAY", Certainty.REPORT, "0.9 for 1k, 1.4 for 2k, 3.6 for 4k; that a class goes by megapixels is ASSUMED"),
)

COST_RECORDED = Fact(
    ("flux-2-pro", "flux-2-max", "flux-dev"),
    cite("CASS", Certainty.RECORDED, "the `cost` of these, for one megapixel and no references"),
)
COST_COMPUTED = cite("CASS", Certainty.INFERRED, "the price, shown as the recorded replies show theirs")

REFERENCE_WITHOUT_SIZE_PX = Fact(
    1_048_576,
    assumed(
        "a reference whose size cannot be known here (a URL elsewhere, a blob path, no image) counts as one megapixel"
    ),
)
BILLED_REFERENCE_MP = Fact(
    4, cite("LUMENFALL", Certainty.REPORT, "a reference above 4 MP is resized to 4 before it is billed")
)
