"""Where each class of requests lives, so that only the family that is asked for is loaded.

A class costs most of a millisecond to make, and there are many; a program uses one or two.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

_FAMILIES: Mapping[str, Mapping[str, str]] = {
    "flux2": {
        "flux-2-klein-4b": "Flux2Klein4B",
        "flux-2-klein-9b": "Flux2Klein9B",
        "flux-2-klein-9b-preview": "Flux2Klein9BPreview",
        "flux-2-pro": "Flux2Pro",
        "flux-2-pro-preview": "Flux2ProPreview",
        "flux-2-max": "Flux2Max",
        "flux-2-flex": "Flux2Flex",
    },
    "kontext": {"flux-kontext-pro": "FluxKontextPro", "flux-kontext-max": "FluxKontextMax"},
    "flux1": {
        "flux-pro-1.1": "FluxPro11",
        "flux-pro-1.1-ultra": "FluxPro11Ultra",
        "flux-dev": "FluxDev",
        "flux-pro": "FluxPro",
    },
    "finetunes": {
        "flux-pro-1.0-fill-finetuned": "FluxPro10FillFinetuned",
        "flux-pro-1.1-ultra-finetuned": "FluxPro11UltraFinetuned",
    },
    "tools": {
        "flux-pro-1.0-fill": "FluxPro10Fill",
        "flux-pro-1.0-expand": "FluxPro10Expand",
        "flux-pro-1.0-canny": "FluxPro10Canny",
        "flux-pro-1.0-depth": "FluxPro10Depth",
        "flux-tools/outpainting-v1": "FluxToolsOutpaintingV1",
        "flux-tools/erase-v1": "FluxToolsEraseV1",
        "flux-tools/deblur-v1": "FluxToolsDeblurV1",
        "flux-tools/vto-v1": "FluxToolsVtoV1",
        "flux-tools/vto-v2": "FluxToolsVtoV2",
    },
    "flux3": {"flux-3-image": "Flux3Image", "flux-3-image-klein": "Flux3ImageKlein"},
}

CLASS_OF_SLUG: Mapping[str, str] = MappingProxyType(
    {slug: name for family in _FAMILIES.values() for slug, name in family.items()}
)
_FAMILY_OF_CLASS = {name: family for family, rows in _FAMILIES.items() for name in rows.values()}


def load_class(name: str) -> Any:
    """Return a class of requests by its name; raise KeyError if there is none."""
    return getattr(import_module(f"{__package__}.{_FAMILY_OF_CLASS[name]}"), name)
