"""The key ladder: no key, a malformed one, an unknown or revoked one, or an account.

Keys that begin with `mock-` and stand in `RESERVED_KEYS` provoke each rung on any server; they are the mock's own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from types import MappingProxyType

from mock_bfl.contract import limits

from .admission import Allowance


@dataclass(frozen=True, slots=True)
class Opening:
    """How a fresh account begins; None leaves the server's own setting."""

    balance_credits: Decimal | None = None
    allowance: Allowance | None = None


_EMPTY = "The x-key header is empty; mock-bfl serve reads one that is not ASCII as empty."  # granian hands on no more
REVOKED_KEY = "mock-revoked"
MALFORMED_KEY = "mock-malformed"
RESERVED_KEYS: Mapping[str, Opening] = MappingProxyType(
    {
        "mock-broke": Opening(balance_credits=Decimal(0)),
        "mock-crowded": Opening(allowance=Allowance(active_tasks=0, kontext_max=0)),
    }
)


@dataclass(frozen=True, slots=True)
class KeyAccepted:
    """The key opens an account; `account` is its hash: keys themselves are not kept."""

    account: str
    opening: Opening


@dataclass(frozen=True, slots=True)
class KeyRefused:
    """The rung at which a key fell. `error` is a name in the contract's errors."""

    error: str
    reason: str

    def why(self) -> str:
        """Say it in one sentence."""
        return self.reason


def check_key(key: str | None, *, known: Collection[str] | None) -> KeyAccepted | KeyRefused:
    """Return the account of a key. `known` restricts which keys are accepted; None accepts any well-formed one.

    [missing: PROBE, WIRE; malformed: PROBE; unknown: CASS 2025; what is well-formed: ASSUMED]
    """
    if key is None:
        return KeyRefused("not_authenticated", "The request has no x-key header.")
    if not key:
        return KeyRefused("not_authenticated", _EMPTY)
    if key == MALFORMED_KEY or not is_well_formed(key):
        longest = limits.KEY_MAX_CHARS.value
        return KeyRefused("malformed_key", f"A key is 1 to {longest} printable ASCII characters without blanks.")
    if key == REVOKED_KEY or (known is not None and key not in known and key not in RESERVED_KEYS):
        return KeyRefused("invalid_key", "The key is well-formed and not known to this server.")
    return KeyAccepted(account_of(key), RESERVED_KEYS.get(key, Opening()))


def is_well_formed(key: str) -> bool:
    """Tell whether a key has the form of one."""
    return 1 <= len(key) <= limits.KEY_MAX_CHARS.value and all("!" <= character <= "~" for character in key)


def account_of(key: str) -> str:
    """Return the name of a key's account: a hash, so that no key is ever stored or shown."""
    return sha256(key.encode()).hexdigest()[:16]
