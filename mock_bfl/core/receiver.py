"""Which receivers may be contacted: those of this machine, and hosts that were allowed by name.

Law: nothing here asks a name server, and a name below `localhost` is never looked up. Only URLs that leave no two
readings of their host are followed.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from .loopback import loopback_of

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<user>[^@/?#\\\s]*@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?P<port>:[0-9]{1,5})?(?P<rest>(?:[/?#]\S*)?)"
)
_QUERY = re.compile(r"[?#]")


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
    host = _named(parts["host"])
    port = parts["port"] or ""
    nearby = loopback_of(host)
    if nearby is not None:
        connected = f"[{nearby}]" if ":" in nearby else nearby
        return Reachable(f"{parts['scheme']}://{parts['user'] or ''}{connected}{port}{parts['rest']}", host + port)
    if host in {name.lower() for name in allowed}:
        return Reachable(url, host + port)
    return Foreign(host)


def name_of(url: str) -> str:
    """Return what tells receivers apart: host and port."""
    parts = _URL.fullmatch(url)
    return url if parts is None else f"{_named(parts['host'])}{parts['port'] or ''}"


def shown_url(url: str) -> str:
    """Return a URL without what may be secret in it: no user, no password, no query."""
    parts = _URL.fullmatch(url)
    if parts is None:
        return _without_user(_QUERY.split(url)[0])
    return f"{parts['scheme']}://{parts['host']}{parts['port'] or ''}{_QUERY.split(parts['rest'])[0]}"


def _without_user(unreadable: str) -> str:
    """Return the end of a URL whose parts nobody can tell for certain: too little is better shown than a password."""
    scheme = next((scheme for scheme in ("http://", "https://") if unreadable.startswith(scheme)), "")
    return scheme + unreadable.removeprefix(scheme).rpartition("@")[2]


def _named(host: str) -> str:
    """Return a host in the one spelling under which it is known."""
    return host.lower().rstrip(".")
