"""Decide what may be put under load: this machine alone."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


class ForeignHost(ValueError):
    """A load test was pointed at another machine."""


def loopback_url(url: str) -> str:
    """Return `url` without a trailing slash, or raise ForeignHost.

    A load test of the real API costs money by the second and of somebody else's machine costs a friendship.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not _is_loopback(parts.hostname or ""):
        raise ForeignHost(f"{url!r} is not on this machine; load tests go to http://127.0.0.1:PORT only")
    return url.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
