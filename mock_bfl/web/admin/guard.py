"""Who may pull the levers: `/_mock` answers this machine's names, and no page of another origin.

A page in a browser must not reach a developer's mock (DNS rebinding, cross-site posts).
"""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from flask import Response, request

from .routing import refused


def guard(admin_hosts: Collection[str]) -> Response | None:
    """Return the refusal of a request under a foreign name or from a foreign page, or None."""
    host = _parts_of(f"//{request.host}").hostname or ""
    if not _is_local(host, admin_hosts):
        return refused(403, f"/_mock does not answer under the name {host!r}; allow it with --admin-host.")
    origin = request.headers.get("Origin")
    if origin is not None and _parts_of(origin).netloc != request.host:
        return refused(403, f"/_mock does not answer pages of another origin ({origin!r}).")
    return None


def _parts_of(url: str) -> SplitResult:
    """Return the parts of a URL; of what is none, empty ones."""
    try:
        return urlsplit(url)
    except ValueError:
        return SplitResult("", "", "", "", "")


def _is_local(host: str, admin_hosts: Collection[str]) -> bool:
    """Tell whether a Host header names this machine: a name an attacker owns may resolve to it, an address cannot."""
    if host == "localhost" or host.endswith(".localhost") or host in admin_hosts:
        return True
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
