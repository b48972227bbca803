"""Who may pull the levers: `/_mock` answers this machine's names, no page of another origin, and no webhook.

A page in a browser must not reach a developer's mock (DNS rebinding, cross-site posts), nor may the mock be made to
reach itself by the URL of a webhook.
"""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from flask import Response, request

from mock_bfl.contract import webhooks

from .routing import refused


def guard(admin_hosts: Collection[str]) -> Response | None:
    """Return the refusal of a request under a foreign name, from a foreign page or by a webhook; or None."""
    host = _parts_of(f"//{request.host}").hostname or ""
    if not _is_local(host, admin_hosts):
        return refused(403, f"/_mock does not answer under the name {host!r}; allow it with --admin-host.")
    origin = request.headers.get("Origin")
    if origin is not None and _parts_of(origin).netloc != request.host:
        return refused(403, f"/_mock does not answer pages of another origin ({origin!r}).")
    if _is_a_webhook():
        return refused(
            403,
            "/_mock answers no webhook of a mock: this request carries the User-Agent or the signature of one. "
            "Give a webhook_url that leads to a receiver.",
        )
    return None


def _is_a_webhook() -> bool:
    """Tell whether a mock sent this: who submits a task names the URL of its webhook, and may have no lever to pull."""
    headers = request.headers
    return headers.get("User-Agent") == webhooks.USER_AGENT.value or webhooks.SIGNATURE.value in headers


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
