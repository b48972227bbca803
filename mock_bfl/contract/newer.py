"""The models that are newer than the OpenAPI of April 2026: the FLUX tools, and FLUX 3 for images.

FLUX 3 for video, video upscale and video edit are left out: the mock delivers pictures only.
"""

from __future__ import annotations

from . import limits, prices, schemas
from .fields import Field
from .model import Family, Model, Sizing
from .prices import Price
from .sources import Certainty, Cite, Fact, assumed, cite

_LATER_SPEC = cite("OAS-GEN, DOCS-LLMS", Certainty.SPEC, "in the OpenAPI since summer 2026")
_CATALOGUE = cite("UNMODEL, DOCS-LLMS", Certainty.CLIENTS, "same fields as its neighbours; not in a stored OpenAPI")
_TOOL_S = Fact(8.0, assumed("no measurement found; taken as flux-2-pro"))
_FLUX_3_S = Fact(20.0, assumed("no measurement found; it reasons before it generates, so taken as flux-2-max"))
_FLUX_3_KLEIN_S = Fact(2.0, assumed("no measurement found; 'smaller, faster'"))


def _tool(
    slug: str,
    title: str,
    *,
    sizing: Sizing,
    fields: tuple[Field, ...],
    references: tuple[str, ...],
    price: Price,
    cite: Cite = _LATER_SPEC,
    named_by: tuple[str, ...] = ("OAS-GEN",),
    refuses_unknown: bool = False,
) -> Model:
    return Model(
        slug=f"flux-tools/{slug}",
        title=title,
        family=Family.TOOLS,
        sizing=sizing,
        fields=fields,
        references=references,
        price=price,
        latency_s=_TOOL_S,
        named_by=named_by,
        cite=cite,
        refuses_unknown=refuses_unknown,
    )


NEWER = (
    _tool(
        "outpainting-v1",
        "FLUX Outpainting",
        sizing=Sizing.EXACT,
        fields=schemas.OUTPAINTING,
        references=("input_image",),
        price=prices.OUTPAINTING,
        refuses_unknown=True,
    ),
    _tool(
        "erase-v1",
        "FLUX Erase",
        sizing=Sizing.AS_IMAGE,
        fields=schemas.ERASE,
        references=("image", "mask"),
        price=prices.ERASE,
    ),
    _tool(
        "deblur-v1",
        "FLUX Deblur",
        sizing=Sizing.AS_IMAGE,
        fields=schemas.DEBLUR,
        references=("image",),
        price=prices.DEBLUR,
        cite=_CATALOGUE,
        named_by=("UNMODEL",),
    ),
    _tool(
        "vto-v1",
        "FLUX Virtual Try-On v1",
        sizing=Sizing.AS_IMAGE,
        fields=schemas.TRY_ON,
        references=("person", "garment"),
        price=prices.TRY_ON,
    ),
    _tool(
        "vto-v2",
        "FLUX Virtual Try-On v2",
        sizing=Sizing.AS_IMAGE,
        fields=schemas.TRY_ON,
        references=("person", "garment"),
        price=prices.TRY_ON,
    ),
    Model(
        slug="flux-3-image",
        title="FLUX 3 Image",
        family=Family.FLUX_3,
        sizing=Sizing.RATIO_CLASS,
        fields=schemas.FLUX_3_IMAGE,
        references=("images",),
        price=prices.FLUX_3_IMAGE,
        latency_s=_FLUX_3_S,
        named_by=("OAS-GEN",),
        cite=cite("OAS-GEN, F3-DOCS", Certainty.SPEC, "since September 2026; its schema is closed"),
        refuses_unknown=True,
        sample_life_s=limits.FLUX_3_SAMPLE_URL_LIFE_S,
    ),
    Model(
        slug="flux-3-image-klein",
        title="FLUX 3 Image [klein]",
        family=Family.FLUX_3,
        sizing=Sizing.EXACT,
        fields=schemas.FLUX_3_IMAGE_KLEIN,
        references=("images",),
        price=prices.FLUX_3_IMAGE_KLEIN,
        latency_s=_FLUX_3_KLEIN_S,
        named_by=("VERCEL",),
        cite=cite(
            "VERCEL, GATEWAY",
            Certainty.CLIENTS,
            "since 2026-10-15; that this list of fields is whole is not known, so unknown ones are ignored (ASSUMED)",
        ),
        sample_life_s=limits.FLUX_3_SAMPLE_URL_LIFE_S,
    ),
)
