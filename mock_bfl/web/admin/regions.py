"""Levers of the vendor's names: which region or cluster is down, and which region the global endpoint leads to."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from mock_bfl.contract import regions
from mock_bfl.contract.regions import Base
from mock_bfl.core.region import NAMES_THAT_CAN_BE_DOWN, Place, Routing, clusters_behind, region_behind
from mock_bfl.engine import Engine

from .routing import Json, Lever, account_asked


def _one_of(known: Collection[str]) -> Callable[[str], str]:
    def checked(name: str) -> str:
        if name not in known:
            raise ValueError(f"{name!r} is none of {', '.join(known)}")
        return name

    return checked


def _enum(known: Collection[str]) -> Any:
    return Field(json_schema_extra={"enum": [*known]})


_Down = Annotated[str, AfterValidator(_one_of(NAMES_THAT_CAN_BE_DOWN)), _enum(NAMES_THAT_CAN_BE_DOWN)]
_Region = Annotated[str, AfterValidator(_one_of(regions.REGIONS)), _enum(regions.REGIONS)]


class RegionChange(BaseModel):
    """What POST /_mock/regions takes; what is left out stays as it is.

    `down`: all that is down from now on, regions and clusters; `global`: the region behind api.bfl.ai.
    """

    model_config = ConfigDict(extra="forbid")

    down: list[_Down] | None = None
    preferred: Annotated[_Region | None, Field(alias="global")] = None


@dataclass(frozen=True, slots=True)
class EndpointShown:
    """A name that takes submits: the region that answers (null: none, it is down) and the clusters it hands out."""

    host: str
    region: str | None
    clusters: list[str]


class RegionsShown(BaseModel):
    """What both levers answer."""

    down: list[str]
    preferred: Annotated[str, Field(serialization_alias="global")]
    endpoints: list[EndpointShown]


def region_levers(engine: Engine) -> tuple[Lever, ...]:
    """Return the levers."""

    def show() -> Json:
        return _shown(engine.regions.routing(account_asked()))

    def change(body: RegionChange) -> Json:
        account = account_asked()
        with engine.context.store.transaction():
            changed = _changed(engine.regions.routing(account), body)
            engine.regions.set_routing(account, changed)
        return _shown(changed)

    return (
        Lever(method="GET", path="/regions", about="Shows which regions answer.", view=show, answer=RegionsShown),
        Lever(
            method="POST",
            path="/regions",
            about="Takes regions or clusters down, and moves the global endpoint.",
            view=change,
            body=RegionChange,
            answer=RegionsShown,
        ),
    )


def _changed(routing: Routing, change: RegionChange) -> Routing:
    if change.down is not None:
        routing = replace(routing, down=frozenset(change.down))
    if change.preferred is not None:
        routing = replace(routing, preferred=change.preferred)
    return routing


def _shown(routing: Routing) -> Json:
    shown = RegionsShown(
        down=sorted(routing.down),
        preferred=routing.preferred,
        endpoints=[_endpoint(base, routing) for base in regions.BASES],
    )
    return shown.model_dump(by_alias=True)


def _endpoint(base: Base, routing: Routing) -> EndpointShown:
    place = Place(base.region)
    clusters = [cluster.name for cluster in clusters_behind(place, routing)]
    return EndpointShown(base.host, region_behind(place, routing), clusters)
