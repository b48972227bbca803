"""The facts of the wire, as plain rows with source and certainty. Standard library only."""

from __future__ import annotations

from . import conduct, endpoints, errors, fields, headers, limits, prices, regions, statuses, webhooks
from .dialects import DIALECTS, GUIDE, LIVE, Contradiction, Dialect, contradictions
from .models import MODELS, MODELS_BY_SLUG, Family, LimitClass, Model, Sizing
from .sources import SOURCES, Certainty, Cite, Fact

__all__ = [
    "DIALECTS",
    "GUIDE",
    "LIVE",
    "MODELS",
    "MODELS_BY_SLUG",
    "SOURCES",
    "Certainty",
    "Cite",
    "Contradiction",
    "Dialect",
    "Fact",
    "Family",
    "LimitClass",
    "Model",
    "Sizing",
    "conduct",
    "contradictions",
    "endpoints",
    "errors",
    "fields",
    "headers",
    "limits",
    "prices",
    "regions",
    "statuses",
    "webhooks",
]
