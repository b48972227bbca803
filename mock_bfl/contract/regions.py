"""The vendor's names: the endpoints that take submits, the clusters that are polled, and what happens between them."""

from __future__ import annotations

from dataclasses import dataclass

from .sources import Certainty, Cite, Fact, assumed, cite


@dataclass(frozen=True, slots=True)
class Base:
    """A name that clients submit to. `region` None: the global endpoint, which a region answers for."""

    host: str
    region: str | None
    cite: Cite


@dataclass(frozen=True, slots=True)
class Cluster:
    """One installation, polled as `api.<name>.bfl.ai`. `takes_new_tasks`: a polling_url of today may name it."""

    name: str
    region: str
    cite: Cite
    takes_new_tasks: bool = False

    @property
    def host(self) -> str:
        """The name under which it is polled."""
        return POLLING_HOST.value.format(cluster=self.name)


POLLING_HOST = Fact("api.{cluster}.bfl.ai", cite("CASS", Certainty.RECORDED, "https, path /v1/get_result"))

BASES = (
    Base("api.bfl.ai", None, cite("DOCS-INT, GUIDE", Certainty.DOCS, "global, fails over between the regions")),
    Base("api.eu.bfl.ai", "eu", cite("DOCS-INT, GUIDE", Certainty.DOCS)),
    Base("api.us.bfl.ai", "us", cite("DOCS-INT, GUIDE", Certainty.DOCS)),
)

CLUSTERS = (
    Cluster("eu1", "eu", cite("DOCS-GEN", Certainty.DOCS, "legacy single cluster")),
    Cluster("eu2", "eu", cite("CASS, HK", Certainty.RECORDED), takes_new_tasks=True),
    Cluster("eu4", "eu", cite("CASS", Certainty.RECORDED), takes_new_tasks=True),
    Cluster("us1", "us", cite("OAS, DOCS-GEN", Certainty.SPEC, "legacy single cluster; home of the finetunes")),
    Cluster("us2", "us", cite("QREF", Certainty.REPORT)),
    Cluster("us3", "us", cite("DMX-PRO", Certainty.SEEN), takes_new_tasks=True),
    Cluster("us6", "us", cite("LIVE-UPS", Certainty.SEEN), takes_new_tasks=True),
    Cluster("ice", "ice", cite("LIVE-UPS", Certainty.SEEN, "which region it belongs to is not documented")),
)

REGIONS = tuple(base.region for base in BASES if base.region is not None)
GLOBAL_REGION = Fact("eu", cite("CASS", Certainty.INFERRED, "recorded through api.bfl.ai, all polls on eu2 and eu4"))

FINETUNE_HOST = Fact("api.us1.bfl.ai", cite("OAS", Certainty.SPEC, "the server of each finetune path"))
FINETUNED_SLUGS = Fact(
    ("flux-pro-1.0-fill-finetuned", "flux-pro-1.1-ultra-finetuned"),
    cite("OAS", Certainty.SPEC, "the models whose server is that one"),
)

DOWN_STATUS = Fact(503, assumed("what answers for a region that is down is not documented"))
