"""One row per model: path, family, request fields, references, price, limit class, latency, and who names it.

A path that only the guide or only the OpenAPI knows is served all the same, and says so in `named_by`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from . import prices, schemas
from .fields import INPUT_IMAGES_4, INPUT_IMAGES_8, Field
from .model import Family, LimitClass, Model, Sizing
from .newer import NEWER
from .prices import Price
from .sources import Certainty, Cite, Fact, assumed, cite

__all__ = ["IMAGE_FIELDS", "MODELS", "MODELS_BY_SLUG", "NOT_ON_THE_API", "Family", "LimitClass", "Model", "Sizing"]

_BOTH = ("GUIDE", "OAS")
_SPEC = cite("OAS", Certainty.SPEC)
_SPEC_AND_GUIDE = cite("OAS, GUIDE", Certainty.SPEC)
_GUIDE_ONLY = cite("GUIDE", Certainty.GUIDE, "no such path in the OpenAPI; served as the model it names")

# Timing presets, computed from recordings and reports; a queue of half a second to a second comes before.
_KLEIN_S = Fact(1.0, assumed("the docs say 'sub-second'"))
_PRO_S = Fact(8.0, cite("CASS, DMX-PRO", Certainty.INFERRED, "9.0 s at 256x256, 7.2 s at 1024x1024"))
_MAX_S = Fact(20.0, cite("CASS", Certainty.INFERRED, "20.9 s at 256x256"))
_FLEX_S = Fact(16.0, cite("LUMENFALL", Certainty.REPORT, "median through other platforms"))
_KONTEXT_S = Fact(8.0, assumed("no measurement found; taken as flux-2-pro"))
_PRO_1_1_S = Fact(5.0, cite("APIYI", Certainty.REPORT))
_DEV_S = Fact(2.5, cite("CASS", Certainty.RECORDED, "duration 2.49 s at 256x256"))
_FILL_S = Fact(8.0, assumed("no measurement found; taken as flux-2-pro"))


def _flux_2(
    slug: str,
    title: str,
    *,
    fields: tuple[Field, ...],
    references: tuple[str, ...],
    price: Price,
    latency_s: Fact[float],
    named_by: tuple[str, ...] = _BOTH,
    cite: Cite = _SPEC_AND_GUIDE,
) -> Model:
    return Model(
        slug=slug,
        title=title,
        family=Family.FLUX_2,
        sizing=Sizing.EXACT,
        fields=fields,
        references=references,
        price=price,
        latency_s=latency_s,
        named_by=named_by,
        cite=cite,
    )


def _flux_1(
    slug: str,
    title: str,
    *,
    sizing: Sizing,
    fields: tuple[Field, ...],
    references: tuple[str, ...],
    price: Price,
    latency_s: Fact[float],
    named_by: tuple[str, ...] = _BOTH,
    cite: Cite = _SPEC_AND_GUIDE,
    limit_class: LimitClass = LimitClass.STANDARD,
) -> Model:
    return Model(
        slug=slug,
        title=title,
        family=Family.FLUX_1,
        sizing=sizing,
        fields=fields,
        references=references,
        price=price,
        latency_s=latency_s,
        named_by=named_by,
        cite=cite,
        limit_class=limit_class,
        shows_progress=True,
    )


_PREVIEW = cite("OAS", Certainty.SPEC, "same schema as its base; that it is priced like it is ASSUMED")
_REDUX = ("image_prompt",)

MODELS = (
    _flux_2(
        "flux-2-klein-4b",
        "FLUX.2 [klein] 4B",
        fields=schemas.KLEIN,
        references=INPUT_IMAGES_4,
        price=prices.KLEIN_4B,
        latency_s=_KLEIN_S,
    ),
    _flux_2(
        "flux-2-klein-9b",
        "FLUX.2 [klein] 9B",
        fields=schemas.KLEIN,
        references=INPUT_IMAGES_4,
        price=prices.KLEIN_9B,
        latency_s=_KLEIN_S,
    ),
    _flux_2(
        "flux-2-klein-9b-preview",
        "FLUX.2 [klein] 9B preview",
        fields=schemas.KLEIN,
        references=INPUT_IMAGES_4,
        price=prices.KLEIN_9B,
        latency_s=_KLEIN_S,
        named_by=("OAS",),
        cite=_PREVIEW,
    ),
    _flux_2(
        "flux-2-pro",
        "FLUX.2 [pro]",
        fields=schemas.FLUX_2,
        references=INPUT_IMAGES_8,
        price=prices.PRO,
        latency_s=_PRO_S,
    ),
    _flux_2(
        "flux-2-pro-preview",
        "FLUX.2 [pro] preview",
        fields=schemas.FLUX_2,
        references=INPUT_IMAGES_8,
        price=prices.PRO,
        latency_s=_PRO_S,
        named_by=("OAS",),
        cite=_PREVIEW,
    ),
    _flux_2(
        "flux-2-max",
        "FLUX.2 [max]",
        fields=schemas.FLUX_2,
        references=INPUT_IMAGES_8,
        price=prices.MAX,
        latency_s=_MAX_S,
    ),
    _flux_2(
        "flux-2-flex",
        "FLUX.2 [flex]",
        fields=schemas.FLEX,
        references=(*INPUT_IMAGES_8, "input_image_blob_path"),
        price=prices.FLEX,
        latency_s=_FLEX_S,
    ),
    _flux_1(
        "flux-kontext",
        "FLUX.1 Kontext [pro]",
        sizing=Sizing.RATIO_1MP,
        fields=schemas.KONTEXT,
        references=INPUT_IMAGES_4,
        price=prices.KONTEXT_PRO,
        latency_s=_KONTEXT_S,
        named_by=("GUIDE",),
        cite=_GUIDE_ONLY,
    ),
    _flux_1(
        "flux-kontext-pro",
        "FLUX.1 Kontext [pro]",
        sizing=Sizing.RATIO_1MP,
        fields=schemas.KONTEXT,
        references=INPUT_IMAGES_4,
        price=prices.KONTEXT_PRO,
        latency_s=_KONTEXT_S,
        named_by=("OAS",),
        cite=_SPEC,
    ),
    _flux_1(
        "flux-kontext-max",
        "FLUX.1 Kontext [max]",
        sizing=Sizing.RATIO_1MP,
        fields=schemas.KONTEXT,
        references=INPUT_IMAGES_4,
        price=prices.KONTEXT_MAX,
        latency_s=_KONTEXT_S,
        limit_class=LimitClass.KONTEXT_MAX,
    ),
    _flux_1(
        "flux-pro-1.1",
        "FLUX1.1 [pro]",
        sizing=Sizing.EXACT,
        fields=schemas.PRO_1_1,
        references=_REDUX,
        price=prices.PRO_1_1,
        latency_s=_PRO_1_1_S,
    ),
    _flux_1(
        "flux-pro-1.1-ultra",
        "FLUX1.1 [pro] Ultra",
        sizing=Sizing.RATIO_4MP,
        fields=schemas.ULTRA,
        references=_REDUX,
        price=prices.ULTRA,
        latency_s=_PRO_1_1_S,
    ),
    _flux_1(
        "flux-pro-1.1-raw",
        "FLUX1.1 [pro] Raw",
        sizing=Sizing.RATIO_4MP,
        fields=schemas.ULTRA,
        references=_REDUX,
        price=prices.ULTRA,
        latency_s=_PRO_1_1_S,
        named_by=("GUIDE",),
        cite=_GUIDE_ONLY,
    ),
    _flux_1(
        "flux-pro-1.0-fill",
        "FLUX.1 Fill [pro]",
        sizing=Sizing.AS_IMAGE,
        fields=schemas.FILL,
        references=("image", "mask"),
        price=prices.FILL,
        latency_s=_FILL_S,
    ),
    _flux_1(
        "flux-fill",
        "FLUX.1 Fill [pro]",
        sizing=Sizing.AS_IMAGE,
        fields=schemas.FILL,
        references=("image", "mask"),
        price=prices.FILL,
        latency_s=_FILL_S,
        named_by=("GUIDE",),
        cite=_GUIDE_ONLY,
    ),
    _flux_1(
        "flux-pro-1.0-expand",
        "FLUX.1 Expand [pro]",
        sizing=Sizing.MARGINS,
        fields=schemas.EXPAND,
        references=("image",),
        price=prices.EXPAND,
        latency_s=_FILL_S,
        named_by=("OAS",),
        cite=_SPEC,
    ),
    _flux_1(
        "flux-dev",
        "FLUX.1 [dev]",
        sizing=Sizing.EXACT,
        fields=schemas.DEV,
        references=_REDUX,
        price=prices.DEV,
        latency_s=_DEV_S,
        named_by=("OAS",),
        cite=_SPEC,
    ),
    _flux_1(
        "flux-pro-1.0-fill-finetuned",
        "FLUX.1 Fill [pro] finetuned",
        sizing=Sizing.AS_IMAGE,
        fields=schemas.FILL_FINETUNED,
        references=("image", "mask"),
        price=prices.FILL,
        latency_s=_FILL_S,
        named_by=("OAS",),
        cite=_SPEC,
    ),
    _flux_1(
        "flux-pro-1.1-ultra-finetuned",
        "FLUX1.1 [pro] Ultra finetuned",
        sizing=Sizing.RATIO_4MP,
        fields=schemas.ULTRA_FINETUNED,
        references=_REDUX,
        price=prices.ULTRA,
        latency_s=_PRO_1_1_S,
        named_by=("OAS",),
        cite=_SPEC,
    ),
    *NEWER,
)

MODELS_BY_SLUG: Mapping[str, Model] = MappingProxyType({model.slug: model for model in MODELS})

NOT_ON_THE_API = Fact(
    "FLUX.2 [dev]", cite("GUIDE", Certainty.GUIDE, "open weights for local use; its path answers 404")
)

# Names under which a request may carry an image; a model knows some of them.
IMAGE_FIELDS = frozenset(name for model in MODELS for name in model.references)
