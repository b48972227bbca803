"""Requests as typed values: one class for each model, with the vendor's names, checked when it is made.

>>> from bfl_client.models import Flux2Pro, body_of
>>> body_of(Flux2Pro(prompt="a red cube", width=1024, height=768))
{'prompt': 'a red cube', 'width': 1024, 'height': 768}

A field left None is left out of the body. Every fault of a request stands in one InvalidRequest, raised before any
money is spent. What is newer than this client goes into `extra`, or for a whole model into `AnyRequest`. The classes
are loaded when they are first named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._catalogue import CLASS_OF_SLUG, load_class
from ._lookup import ModelRow, known_models, model_row, request_for
from ._request import AnyRequest, Request, body_of

if TYPE_CHECKING:
    from .finetunes import FluxPro10FillFinetuned, FluxPro11UltraFinetuned
    from .flux1 import FluxDev, FluxPro, FluxPro11, FluxPro11Ultra
    from .flux2 import (
        Flux2Flex,
        Flux2Klein4B,
        Flux2Klein9B,
        Flux2Klein9BPreview,
        Flux2Max,
        Flux2Pro,
        Flux2ProPreview,
    )
    from .flux3 import Flux3Image, Flux3ImageKlein
    from .kontext import FluxKontextMax, FluxKontextPro
    from .tools import (
        FluxPro10Canny,
        FluxPro10Depth,
        FluxPro10Expand,
        FluxPro10Fill,
        FluxToolsDeblurV1,
        FluxToolsEraseV1,
        FluxToolsOutpaintingV1,
        FluxToolsVtoV1,
        FluxToolsVtoV2,
    )

__all__ = [
    "AnyRequest",
    "Flux2Flex",
    "Flux2Klein4B",
    "Flux2Klein9B",
    "Flux2Klein9BPreview",
    "Flux2Max",
    "Flux2Pro",
    "Flux2ProPreview",
    "Flux3Image",
    "Flux3ImageKlein",
    "FluxDev",
    "FluxKontextMax",
    "FluxKontextPro",
    "FluxPro",
    "FluxPro10Canny",
    "FluxPro10Depth",
    "FluxPro10Expand",
    "FluxPro10Fill",
    "FluxPro10FillFinetuned",
    "FluxPro11",
    "FluxPro11Ultra",
    "FluxPro11UltraFinetuned",
    "FluxToolsDeblurV1",
    "FluxToolsEraseV1",
    "FluxToolsOutpaintingV1",
    "FluxToolsVtoV1",
    "FluxToolsVtoV2",
    "ModelRow",
    "Request",
    "body_of",
    "known_models",
    "model_row",
    "request_for",
]

_CLASSES = frozenset(CLASS_OF_SLUG.values())


if not TYPE_CHECKING:  # else a type checker would take every name for one of this package

    def __getattr__(name: str) -> Any:
        """Return a class of requests, and load its family for it."""
        if name not in _CLASSES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = load_class(name)
        return globals()[name]

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
