"""How a mock is configured, and the one place that reads the environment.

Precedence: arguments, then `MOCK_BFL_*`, then defaults. An unknown `MOCK_BFL_*` variable is an error.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from mock_bfl.contract import DIALECTS, limits

from .errors import SettingsError

PREFIX = "MOCK_BFL_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The configuration of one mock.

    - `dialect`: `live` or `guide`.
    - `listen`: `HOST:PORT`; port 0 picks a free one.
    - `speed`: the factor on each model's latency; 1 as measured at the vendor, 0.1 ten times faster, 0 at once.
    - `seed`: two mocks of one seed answer alike.
    - `balance`: the credits of a fresh account.
    - `keys`: the API keys that are accepted; empty accepts any well-formed one.
    - `admin_hosts`: names, beside loopback and addresses, under which `/_mock` answers.
    """

    dialect: str = "live"
    listen: str = "127.0.0.1:8080"
    speed: float = 1.0
    seed: int = 0
    balance: Decimal = Decimal(limits.DEFAULT_BALANCE_CREDITS.value)
    keys: tuple[str, ...] = ()
    admin_hosts: tuple[str, ...] = ()

    def address(self) -> tuple[str, int]:
        """Return host and port of `listen`. Raises SettingsError."""
        host, _, port = self.listen.rpartition(":")
        if not host or not port.isdecimal() or int(port) > 65_535:
            raise SettingsError(f"listen takes HOST:PORT such as 127.0.0.1:8080, not {self.listen!r}")
        return host.strip("[]"), int(port)


def load_settings(arguments: Mapping[str, object | None], *, environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings from arguments (None: not given), then the environment, then defaults.

    Raises SettingsError on a wrong value or an unknown `MOCK_BFL_*` name.
    """
    chosen: dict[str, Any] = _from_environment(os.environ if environment is None else environment)
    chosen |= {name: value for name, value in arguments.items() if value is not None}
    return _checked(replace(Settings(), **chosen))


def _checked(settings: Settings) -> Settings:
    settings.address()
    if settings.dialect not in DIALECTS:
        raise SettingsError(f"dialect is one of {', '.join(DIALECTS)}, not {settings.dialect!r}")
    if not 0 <= settings.speed <= 1_000_000:
        raise SettingsError(f"speed is a factor from 0 (at once) upwards, not {settings.speed}")
    if not settings.balance.is_finite() or settings.balance < 0:
        raise SettingsError(f"balance is a number of credits from 0 upwards, not {settings.balance}")
    return settings


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    known = {PREFIX + field.name.upper(): field.name for field in fields(Settings)}
    chosen: dict[str, Any] = {}
    for variable, text in environment.items():
        if not variable.startswith(PREFIX):
            continue
        if variable not in known:
            raise SettingsError(_unknown(variable, tuple(known)))
        chosen[known[variable]] = _read(variable, known[variable], text)
    return chosen


def _unknown(variable: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(variable, known, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"unknown variable {variable}.{hint} Known: {', '.join(known)}."


def _read(variable: str, name: str, text: str) -> object:
    try:
        return READERS[name](text)
    except (ValueError, InvalidOperation) as error:
        raise SettingsError(f"{variable} cannot be {text!r}: {error}") from error


def read_list(text: str) -> tuple[str, ...]:
    """Return the parts of a comma-separated list."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


READERS: Mapping[str, Callable[[str], object]] = MappingProxyType(
    {
        "dialect": str,
        "listen": str,
        "speed": float,
        "seed": int,
        "balance": Decimal,
        "keys": read_list,
        "admin_hosts": read_list,
    }
)
