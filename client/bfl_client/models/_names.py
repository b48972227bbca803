"""A model's name, as a caller writes it, to its slug; what only the guide calls so, to what the API calls it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from bfl_client._errors import UnknownModel

# 24 active tasks for most models together, 6 of them at most for kontext-max.  [DOCS-GEN, HELP-CONC]
LimitClass = Literal["standard", "kontext-max"]

# Names that only the guide has; the API serves them under another path, the raw look by a field.  [GUIDE vs OAS]
_GUIDE_NAMES: Mapping[str, tuple[str, Mapping[str, object]]] = MappingProxyType(
    {
        "flux-kontext": ("flux-kontext-pro", {}),
        "flux-fill": ("flux-pro-1.0-fill", {}),
        "flux-pro-1.1-raw": ("flux-pro-1.1-ultra", {"raw": True}),
    }
)
_NOT_ON_THE_API = {"flux-2-dev": "FLUX.2 [dev] has open weights and runs locally; it is not on the API"}  # [GUIDE]
_SLUG = re.compile(r"[a-z0-9][a-z0-9.-]*(/[a-z0-9][a-z0-9.-]*)*", re.ASCII)


def slug_of(model: str) -> str:
    """Return the slug in a model's name or path; raise UnknownModel if it cannot be one on the API.

    >>> slug_of(" /v1/FLUX-2-pro")
    'flux-2-pro'
    """
    slug = model.strip().lower().removeprefix("/").removeprefix("v1/")
    if slug in _NOT_ON_THE_API:
        raise UnknownModel(f"{_NOT_ON_THE_API[slug]}; choose another model, such as flux-2-pro.")
    if not _SLUG.fullmatch(slug):
        raise UnknownModel(f"{model!r} is not a model's name; it should look like flux-2-pro.")
    return slug


def named_on_the_api(slug: str) -> tuple[str, Mapping[str, object]]:
    """Return the slug that the API serves, and the fields that the given one implies."""
    return _GUIDE_NAMES.get(slug, (slug, MappingProxyType({})))
