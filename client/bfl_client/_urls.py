"""Which host may see what: pure rules about origins, and the redaction of URLs."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from ._errors import ConfigurationError

_DEFAULT_PORTS = {"http": 80, "https": 443}
_VENDOR_DOMAIN = ".bfl.ai"
_REDACTED = "***"


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port of a URL."""

    scheme: str
    host: str
    port: int

    @classmethod
    def from_url(cls, url: str) -> Origin | None:
        """Return the origin of `url`, or None if it is not a plain http(s) URL."""
        try:
            parts = urlsplit(url)
            port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
        except ValueError:
            return None
        if port is None or not parts.hostname or _has_odd_characters(url) or "@" in parts.netloc:
            return None
        return cls(scheme=parts.scheme, host=parts.hostname, port=port)

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this machine."""
        if self.host == "localhost" or self.host.endswith(".localhost"):
            return True
        address = _ip_address(self.host)
        return address is not None and address.is_loopback

    @property
    def is_internal(self) -> bool:
        """Whether the host is this machine or an address that no public service has."""
        address = _ip_address(self.host)
        return self.is_loopback or (address is not None and not address.is_global)

    @property
    def is_vendor(self) -> bool:
        """Whether the host is BFL's, over https."""
        return self.scheme == "https" and self.port == 443 and self.host.endswith(_VENDOR_DOMAIN)


def may_receive_key(url: str, *, api: Origin) -> bool:
    """Decide whether the API key may be sent to `url`.

    A polling_url names a regional cluster, so it differs from the API's origin rightly [CASS]; but a key sent to
    whatever host a reply names is a leak. Allowed: the API's own origin, `*.bfl.ai` over https, and loopback for a
    loopback API (a mock that polls elsewhere).
    """
    origin = Origin.from_url(url)
    if origin is None:
        return False
    return origin == api or origin.is_vendor or (origin.is_loopback and api.is_loopback)


def may_download(url: str, *, api: Origin) -> bool:
    """Decide whether `url` may be asked for a picture, without a key.

    Delivery hosts vary and are not under bfl.ai, so none is pinned [CASS]; but a reply must not send this machine to an
    address inside its own network.
    """
    origin = Origin.from_url(url)
    if origin is None:
        return False
    if origin == api or (origin.is_loopback and api.is_loopback):
        return True
    return origin.scheme == "https" and not origin.is_internal


def is_same_origin(first: str, second: str) -> bool:
    """Whether two URLs share scheme, host and port."""
    origin = Origin.from_url(first)
    return origin is not None and origin == Origin.from_url(second)


def redact_url(url: str) -> str:
    """Return `url` fit for a log: no user, no fragment, no query value but a task's `id`."""
    try:
        parts = urlsplit(url)
        pairs = [(name, value if name == "id" else _REDACTED) for name, value in parse_qsl(parts.query)]
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return _REDACTED
    return SplitResult(parts.scheme, host, parts.path, urlencode(pairs, safe="*"), "").geturl()


def api_url(url: str) -> str:
    """Return the API's base URL without a trailing slash or `/v1`; raise ConfigurationError if it cannot be one."""
    origin = Origin.from_url(url)
    parts = urlsplit(url) if origin else None
    if origin is None or parts is None or parts.query or parts.fragment:
        raise ConfigurationError(
            f"The base URL {redact_url(url)!r} is not a plain http(s) URL such as https://api.bfl.ai; correct base_url "
            "or BFL_BASE_URL."
        )
    if origin.scheme == "http" and origin.host.endswith(_VENDOR_DOMAIN):
        raise ConfigurationError(f"The base URL {url!r} would send the key unencrypted; use https.")
    return url.rstrip("/").removesuffix("/v1").rstrip("/")


def _has_odd_characters(url: str) -> bool:
    # URL parsers differ on a backslash, a blank or a control character, and what they differ on fools a host check.
    return any(character in "\\" or character <= " " or character == "\x7f" for character in url)


def _ip_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
