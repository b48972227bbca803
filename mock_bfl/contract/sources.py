"""Where every fact comes from, and how sure it is.

Law: nothing in this package stands without a `Cite`; what no document says is cited as `ASSUMED` and never presented
as behaviour of BFL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


class Certainty(StrEnum):
    """How strong the evidence for a fact is, strongest first."""

    SPEC = "official spec"
    RECORDED = "recording"
    DOCS = "official docs"
    GUIDE = "guide"
    SDK = "official SDK"
    SEEN = "seen live"
    CLIENTS = "client expectation"
    REPORT = "single report"
    INFERRED = "inferred"
    ASSUMED = "assumed"


SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "OAS": "OpenAPI of api.bfl.ai, 2026-04-23 (copy in tryAGI/BlackForestLabs)",
        "OAS-GEN": "a later OpenAPI, and classes generated from it, to Oct 2026 (tryAGI/BlackForestLabs)",
        "GUIDE": "black-forest-labs/skills, skills/bfl-api, d0793c8 of 2026-02-03",
        "SDK": "black-forest-labs/blackforest b3c596d of 2025-11-14",
        "CASS": "maruel/genai providers/bfl/testdata @66b63e62: full recordings, Aug and Dec 2025",
        "LIVE-UPS": "adapter research note 'FLUX Video Upscale', live captures of Aug 2026",
        "PROBE": "image backend comments: auth ladder probed live on 2026-09-18",
        "WIRE": "TypeScript contract transcribed from the live OpenAPI, Aug 2026",
        "KAIBO": "tobert/kaibo docs/bfl.md and src/bfl.rs, live OpenAPI of 2026-08-31",
        "VERCEL": "vercel/ai packages/black-forest-labs, to 2.0.63 of Oct 2026",
        "UNMODEL": "third-party model catalogue, checked against the live OpenAPI on 2026-08-13",
        "GATEWAY": "price pages of Vercel's AI gateway and of muapi, Oct 2026",
        "F3-DOCS": "docs.bfl.ml pages on FLUX 3, third-party summary of 2026-10-08",
        "DOCS-GEN": "docs.bfl.ml/quick_start/generating_images",
        "DOCS-LLMS": "llms.txt of the documentation, Aug 2026 (copy in api-evangelist/black-forest-labs)",
        "DOCS-PRICE": "docs.bfl.ai/quick_start/pricing",
        "DOCS-ERR": "docs.bfl.ai/api_integration/errors",
        "DOCS-INT": "docs.bfl.ai integration guidelines",
        "DOCS-LIC": "docs.bfl.ai/api-reference/models/report-model-usage",
        "DOCS-BILL": "docs.bfl.ai billing pages (third-party copy)",
        "HELP-FAIL": "help.bfl.ai/articles/2916279050 of 2026-06-12",
        "HELP-CONC": "help.bfl.ai/articles/7158018353 of 2025-06-19",
        "HELP-DIM": "help.bfl.ai/articles/1691577414 of 2026-04-02",
        "DMX-PRO": "reseller page with a real run of flux-2-pro, 2025-11-27",
        "HK": "reseller page echoing raw BFL bodies (openai-hk)",
        "YUTO": "reseller page echoing raw BFL bodies (yutoai)",
        "302": "reseller page echoing raw BFL bodies (302.ai)",
        "COMFYPRICE": "Comfy-Org/ComfyUI comfy_api_nodes/nodes_bfl.py price badges",
        "APIYI": "apiyi docs, latency table",
        "QREF": "third-party quick reference of Feb 2026; weak, many of its prices are wrong",
        "LUMENFALL": "lumenfall.ai notes on flux.2-flex through fal and Replicate",
        "RECEIVERS": "webhook receivers in third-party code: two of 2025, two of 2026, and a code search",
        "NOTES": "the vendor's release notes of 2026, quoted in a third-party research table",
        "AZURE": "Azure blob storage: captured answers to expired SAS URLs (floci-io/floci-az issue 89)",
        "FASTAPI": "what FastAPI itself answers, where no recording shows it",
        "MOCK": "no document says; decided here",
    }
)


@dataclass(frozen=True, slots=True)
class Cite:
    """Names the sources (tags of `SOURCES`) behind a fact, how certain it is, and what to know about it."""

    sources: tuple[str, ...]
    certainty: Certainty
    note: str = ""

    def __str__(self) -> str:
        return f"{', '.join(self.sources)} ({self.certainty})"


@dataclass(frozen=True, slots=True)
class Fact(Generic[T_co]):
    """A single value with its `Cite`."""

    value: T_co
    cite: Cite


def cite(sources: str, certainty: Certainty, note: str = "") -> Cite:
    """Return the `Cite` for a comma-separated list of source tags."""
    return Cite(tuple(tag.strip() for tag in sources.split(",")), certainty, note)


def assumed(note: str) -> Cite:
    """Return the `Cite` of something that no document says: `note` tells why it was chosen."""
    return Cite(("MOCK",), Certainty.ASSUMED, note)
