"""Which receivers may be contacted: those of this machine, and hosts that were allowed by name.

Law: nothing here asks a name server, and a name below `localhost` is never looked up. Only URLs that leave no two
readings of their host are followed.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import ip_address

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<user>[^@/?#\\\s]*@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?P<port>:[0-9]{1,5})?(?P<rest>(?:[/?#]\S*)?)"
)


@dataclass(frozen=True, slots=True)
class Reachable:
    """Where to connect, and the Host header to send there; that is equal for all URLs of one receiver."""

    url: str
    host_header: str


@dataclass(frozen=True, slots=True)
class Foreign:
    """A URL that is not followed."""

    host: str

    def why(self) -> str:
        """Say in one sentence what would do."""
        if not self.host:
            return "Nothing was sent: the URL names no host, or can be read in two ways."
        return (
            f"Nothing was sent: {self.host} is not this machine. Allow it with --allow-webhook-host {self.host}, "
            "or give a webhook_url on 127.0.0.1 or localhost."
        )


def receiver_of(url: str, *, allowed: Collection[str] = ()) -> Reachable | Foreign:
    """Return how to reach the receiver of a URL, or why it is not contacted. `allowed` are names of further hosts."""
    parts = _URL.fullmatch(url)
    if parts is None:
        return Foreign("")
    host = parts["host"].lower().rstrip(".")
    port = parts["port"] or ""
    if host.endswith(".localhost"):
        nearby = f"{parts['scheme']}://{parts['user'] or ''}localhost{port}{parts['rest']}"
        return Reachable(nearby, host + port)
    if host in {name.lower() for name in allowed} or _is_loopback(host):
        return Reachable(url, host + port)
    return Foreign(host)


def name_of(url: str) -> str:
    """Return what tells receivers apart: host and port."""
    parts = _URL.fullmatch(url)
    return url if parts is None else f"{parts['host'].lower()}{parts['port'] or ''}"


def shown_url(url: str) -> str:
    """Return a URL without what may be secret in it: no user, no password, no query."""
    parts = _URL.fullmatch(url)
    if parts is None:
        return url.partition("?")[0]
    path = re.split(r"[?#]", parts["rest"])[0]
    return f"{parts['scheme']}://{parts['host']}{parts['port'] or ''}{path}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
