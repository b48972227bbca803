"""How a mock is configured, and the one place that reads the environment.

Precedence: arguments, then `MOCK_BFL_*`, then defaults. An unknown `MOCK_BFL_*` variable is an error.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from mock_bfl.contract import DIALECTS, Dialect, contradictions, limits

from .errors import SettingsError

PREFIX = "MOCK_BFL_"
_DIALECT_TYPES: Mapping[str, Any] = MappingProxyType(get_type_hints(Dialect))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The configuration of one mock.

    - `dialect`: `live` or `guide`.
    - `listen`: `HOST:PORT`; port 0 picks a free one.
    - `speed`: the factor on each model's latency; 1 as measured at the vendor, 0.1 ten times faster, 0 at once.
    - `seed`: two mocks of one seed answer alike.
    - `balance`: the credits of a fresh account.
    - `keys`: the API keys that are accepted; empty accepts any well-formed one.
    - `overrides`: fields of the dialect to set otherwise, such as `task_not_found_status=200`.
    - `admin_hosts`: names, beside loopback and addresses, under which `/_mock` answers.
    """

    dialect: str = "live"
    listen: str = "127.0.0.1:8080"
    speed: float = 1.0
    seed: int = 0
    balance: Decimal = Decimal(limits.DEFAULT_BALANCE_CREDITS.value)
    keys: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    admin_hosts: tuple[str, ...] = ()

    def address(self) -> tuple[str, int]:
        """Return host and port of `listen`. Raises SettingsError."""
        host, _, port = self.listen.rpartition(":")
        if not host or not port.isdecimal() or int(port) > 65_535:
            raise SettingsError(f"listen takes HOST:PORT such as 127.0.0.1:8080, not {self.listen!r}")
        return host.strip("[]"), int(port)

    def chosen_dialect(self) -> Dialect:
        """Return the dialect with its overrides. Raises SettingsError."""
        if self.dialect not in DIALECTS:
            raise SettingsError(f"dialect is one of {', '.join(DIALECTS)}, not {self.dialect!r}")
        overrides: dict[str, Any] = dict(map(_override, self.overrides))
        return replace(DIALECTS[self.dialect], **overrides)


def load_settings(arguments: Mapping[str, object | None], *, environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings from arguments (None: not given), then the environment, then defaults.

    Raises SettingsError on a wrong value or an unknown `MOCK_BFL_*` name.
    """
    chosen: dict[str, Any] = _from_environment(os.environ if environment is None else environment)
    chosen |= {name: value for name, value in arguments.items() if value is not None}
    known = [field.name for field in fields(Settings)]
    for name in chosen:
        if name not in known:
            raise SettingsError(_unknown("setting", name, known))
    return _checked(replace(Settings(), **chosen))


def _override(text: str) -> tuple[str, object]:
    """Return name and value of `field=value`; `none` is null, a list is separated by `+`."""
    name, separator, value = text.partition("=")
    known = [field.name for field, _ in contradictions()]
    if not separator or name not in known:
        raise SettingsError(_unknown("dialect field", name, known) + " It is set as field=value.")
    kind = _DIALECT_TYPES[name]
    try:
        return name, TypeAdapter(kind).validate_python(_plain(value, kind))
    except ValidationError as error:
        raise SettingsError(f"{name} cannot be {value!r}: {error.errors()[0]['msg']}") from error


def _plain(value: str, kind: object) -> str | tuple[str, ...] | None:
    if value == "none":
        return None
    return tuple(value.split("+")) if get_origin(kind) is tuple else value


def _checked(settings: Settings) -> Settings:
    settings.address()
    settings.chosen_dialect()
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
            raise SettingsError(_unknown("variable", variable, tuple(known)))
        chosen[known[variable]] = _read(variable, known[variable], text)
    return chosen


def _unknown(kind: str, name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"unknown {kind} {name}.{hint} Known: {', '.join(known)}."


def _read(variable: str, name: str, text: str) -> object:
    try:
        return READERS[name](text)
    except (ValueError, InvalidOperation) as error:
        raise SettingsError(f"{variable} cannot be {text!r}: {error}") from error


def read_list(text: str) -> tuple[str, ...]:
    """Return the parts of a comma-separated list. Raises ValueError if there are none."""
    parts = tuple(part.strip() for part in text.split(",") if part.strip())
    if not parts:
        raise ValueError("the list is empty")
    return parts


READERS: Mapping[str, Callable[[str], object]] = MappingProxyType(
    {
        "dialect": str,
        "listen": str,
        "speed": float,
        "seed": int,
        "balance": Decimal,
        "keys": read_list,
        "overrides": read_list,
        "admin_hosts": read_list,
    }
)
