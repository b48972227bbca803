"""Regions: what a name of the vendor's stands for, which clusters take new tasks, where a task may be polled.

Law: only the names in the contract's rows have a region. Under any other name (loopback, a proxy, a made-up host) a
mock is one place, and nothing here applies but a polling origin that was configured.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from mock_bfl.contract import regions
from mock_bfl.contract.regions import Cluster

from .reply import Reply

AUTO = "auto"  # the polling origin that is another name of the address that was asked
_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<host>\[[^\]]*\]|[^:/]+)(?::(?P<port>\d+))?")
_DEFAULT_PORTS = {"http": "80", "https": "443"}
# Names of this machine that lead to one address: a client that compares names takes them for two hosts.
_OTHER_NAMES = {"127.0.0.1": "localhost", "localhost": "127.0.0.1", "[::1]": "localhost"}


@dataclass(frozen=True, slots=True)
class Place:
    """What a name stands for: one cluster, a region, or with neither the global endpoint."""

    region: str | None = None
    cluster: Cluster | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """How the regions are: `down` names regions and clusters, `preferred` the region behind the global endpoint."""

    down: frozenset[str] = frozenset()
    preferred: str = regions.GLOBAL_REGION.value

    def has_up(self, cluster: Cluster) -> bool:
        """Tell whether a cluster and its region are up."""
        return self.down.isdisjoint((cluster.name, cluster.region))


_PLACES: Mapping[str, Place] = MappingProxyType(
    {base.host: Place(base.region) for base in regions.BASES}
    | {cluster.host: Place(cluster.region, cluster) for cluster in regions.CLUSTERS}
)
NAMES_THAT_CAN_BE_DOWN = (*regions.REGIONS, *(cluster.name for cluster in regions.CLUSTERS))


def place_of(origin: str) -> Place | None:
    """Return what the host of an origin stands for; None if it is no name of the vendor's API."""
    return _PLACES.get(_host_of(origin))


def clusters_behind(place: Place, routing: Routing) -> tuple[Cluster, ...]:
    """Return the clusters that answer for a place; none if it is down. The global endpoint fails over.  [DOCS-INT]"""
    if place.cluster is not None:
        return (place.cluster,) if routing.has_up(place.cluster) else ()
    return next(filter(None, (_up_in(region, routing) for region in _regions_tried(place, routing))), ())


def region_behind(place: Place, routing: Routing) -> str | None:
    """Return the region that answers for a place; None if it is down."""
    return next((cluster.region for cluster in clusters_behind(place, routing)), None)


def polling_origin(origin: str, cluster: Cluster) -> str:
    """Return where a task of `cluster` is polled: the scheme and port of the submit, another host.  [CASS]"""
    scheme, _, port = _parts(origin)
    return f"{scheme}://{cluster.host}{f':{port}' if port else ''}"


def other_name(origin: str) -> str | None:
    """Return the same address of this machine under another name, or None if it has no other that is sure to lead here.

    >>> other_name("http://127.0.0.1:8080")
    'http://localhost:8080'
    """
    scheme, host, port = _parts(origin)
    if host not in _OTHER_NAMES:
        return None
    return f"{scheme}://{_OTHER_NAMES[host]}{f':{port}' if port else ''}"


def is_same_place(first: str, second: str) -> bool:
    """Tell whether two origins name one host and port; the scheme may be a proxy's."""
    return _address(first) == _address(second)


def with_finetune_note(reply: Reply, *, origin: str) -> Reply:
    """Return the answer to a call for a finetune, with a note if it was not asked of the host that has them.  [OAS]"""
    home = regions.FINETUNE_HOST.value
    if place_of(origin) is None or _host_of(origin) == home:
        return reply
    return replace(reply, notes=(*reply.notes, f"finetunes live on {home} only, this was asked of {_host_of(origin)}"))


def _up_in(region: str, routing: Routing) -> tuple[Cluster, ...]:
    rows = (cluster for cluster in regions.CLUSTERS if cluster.region == region and cluster.takes_new_tasks)
    return tuple(filter(routing.has_up, rows))


def _regions_tried(place: Place, routing: Routing) -> Iterator[str]:
    if place.region is not None:
        yield place.region
        return
    yield routing.preferred
    yield from (region for region in regions.REGIONS if region != routing.preferred)


def _parts(origin: str) -> tuple[str, str, str]:
    """Return scheme, host and port of an origin; what is none has no host."""
    found = _ORIGIN.fullmatch(origin)
    return (found["scheme"], found["host"].lower().rstrip("."), found["port"] or "") if found else ("", "", "")


def _host_of(origin: str) -> str:
    return _parts(origin)[1]


def _address(origin: str) -> tuple[str, str]:
    scheme, host, port = _parts(origin)
    return host, "" if port == _DEFAULT_PORTS.get(scheme) else port
