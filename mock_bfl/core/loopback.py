"""Which hosts of URLs are this machine, and how each is reached.

Law: no name server is asked for any of them. A dot at its end would make even an address a name, and a name below
`localhost` may be known to no resolver, or lead elsewhere.  [RFC 6761]
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address


def loopback_of(host: str) -> str | None:
    """Return what to connect to for a host of this machine, without brackets; None for any other host."""
    plain = host.lower().rstrip(".")
    if plain == "localhost" or plain.endswith(".localhost"):
        return "localhost"
    try:
        address = _unmapped(ip_address(plain.strip("[]")))
    except ValueError:
        return None
    return str(address) if address.is_loopback else None


def _unmapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 one stands for, or else the address itself."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
