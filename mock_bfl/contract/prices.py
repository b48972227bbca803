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


Price = MegapixelPrice | FlatPrice

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

REFERENCE_WITHOUT_SIZE_PX = Fact(
    1_048_576,
    assumed("a reference whose size cannot be known here (a URL, a blob path, broken base64) counts as one megapixel"),
)
BILLED_REFERENCE_MP = Fact(
    4, cite("LUMENFALL", Certainty.REPORT, "a reference above 4 MP is resized to 4 before it is billed")
)
