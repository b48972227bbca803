"""How a mock is configured, and the one place that reads the environment.

Precedence: arguments, then `MOCK_BFL_*`, then defaults. An unknown `MOCK_BFL_*` variable is an error.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType, NoneType
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from mock_bfl.contract import DIALECTS, Dialect, contradictions, limits
from mock_bfl.contract.dialects import Bounds
from mock_bfl.core.region import AUTO

from .errors import SettingsError

PREFIX = "MOCK_BFL_"
_ORIGIN = re.compile(r"https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?")
_PORT = re.compile(r":[0-9]{1,5}")
MEMORY = "memory"
_HIGHEST_SPEED = 1_000_000
_MOST_CREDITS = 10**12  # exact as the binary float that /v1/credits answers with
_SWITCHES = {"yes": True, "true": True, "on": True, "1": True, "no": False, "false": False, "off": False, "0": False}
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
    - `webhook_hosts`: hosts, beside this machine, to which webhooks are sent.
    - `public_url`: the origin of the URLs in answers; without it, the one that was asked.
    - `poll_origin`: the origin of each polling_url instead: an origin, `auto` for another name of the same address,
      or `:PORT` for a second port of the served mock (0 picks a free one).
    - `store`: where tasks, money and time are kept: `memory`, or `sqlite:PATH` for a file that outlives the process.
    - `tls`: serve https under a throw-away CA; `tls_dir`: likewise, and keep that CA in a directory.
    """

    dialect: str = "live"
    listen: str = "127.0.0.1:8080"
    speed: float = 1.0
    seed: int = 0
    balance: Decimal = Decimal(limits.DEFAULT_BALANCE_CREDITS.value)
    keys: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    admin_hosts: tuple[str, ...] = ()
    webhook_hosts: tuple[str, ...] = ()
    public_url: str | None = None
    poll_origin: str | None = None
    tls: bool = False
    tls_dir: str | None = None
    store: str = MEMORY

    @property
    def scheme(self) -> str:
        """What the mock is served by: `https` with either setting of TLS."""
        return "https" if self.tls or self.tls_dir is not None else "http"

    @property
    def poll_port(self) -> int | None:
        """The second port that `poll_origin` asks for, or None."""
        return int(self.poll_origin[1:]) if self.poll_origin and _PORT.fullmatch(self.poll_origin) else None

    def store_path(self) -> Path | None:
        """Return the SQLite file that `store` names, or None where all is kept in memory. Raises SettingsError."""
        kind, _, path = self.store.partition(":")
        if self.store == MEMORY:
            return None
        if kind != "sqlite" or not path:
            raise SettingsError(f"store is {MEMORY}, or sqlite:PATH such as sqlite:tasks.db, not {self.store!r}")
        return Path(path).expanduser().absolute()

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


def client_environment(*, environment: Mapping[str, str] | None = None) -> tuple[str | None, str | None]:
    """Return the base URL and the API key that a client finds in its environment: BFL_BASE_URL and BFL_API_KEY."""
    read = os.environ if environment is None else environment
    return read.get("BFL_BASE_URL") or None, read.get("BFL_API_KEY") or None


def _override(text: str) -> tuple[str, object]:
    """Return name and value of `field=value`; `none` is null, a list is separated by `+`."""
    name, separator, value = text.partition("=")
    known = {field.name: contradiction for field, contradiction in contradictions()}
    if not separator or name not in known:
        raise SettingsError(_unknown("dialect field", name, tuple(known)) + " It is set as field=value.")
    kind = _DIALECT_TYPES[name]
    try:
        read = TypeAdapter(kind).validate_python(_plain(value, kind))
    except ValidationError as error:
        raise SettingsError(f"{name} cannot be {value[:40]!r}: {error.errors()[0]['msg']}") from error
    bounds = known[name].among
    if bounds and read is not None and not any(low <= read <= high for low, high in bounds):
        raise SettingsError(f"{name} cannot be {value[:40]!r}: it is {_spelt(bounds, kind)}")
    return name, read


def _spelt(bounds: Bounds, kind: object) -> str:
    """Return what a number may be in words: `200, or 400 to 599`."""
    spans = [f"{low}" if low == high else f"{low} to {high}" for low, high in bounds]
    return ", or ".join([*spans, "none"] if NoneType in get_args(kind) else spans)


def _plain(value: str, kind: object) -> str | tuple[str, ...] | None:
    if value == "none":
        return None
    return tuple(value.split("+")) if get_origin(kind) is tuple else value


def _checked_origin(name: str, given: str | None, *, also: str = "") -> str | None:
    """Return an origin as it is joined to a path: without a slash at its end. Raises SettingsError."""
    if given is None:
        return None
    found = _ORIGIN.fullmatch(given.removesuffix("/"))
    if found is None or int(found["port"] or 0) > 65_535:
        example = "an http(s) URL without a path such as https://mock.example:8443"
        raise SettingsError(f"{name} takes {example}{also}, not {given!r}")
    return found[0]


def _checked(settings: Settings) -> Settings:
    settings.address()
    settings.chosen_dialect()
    if not 0 <= settings.speed <= _HIGHEST_SPEED:
        raise SettingsError(f"speed is a factor from 0 (at once) to {_HIGHEST_SPEED}, not {settings.speed}")
    if not settings.balance.is_finite() or not 0 <= settings.balance <= _MOST_CREDITS:
        raise SettingsError(f"balance is a number of credits from 0 to {_MOST_CREDITS}, not {settings.balance}")
    settings.store_path()
    return _checked_origins(settings)


def _checked_origins(settings: Settings) -> Settings:
    poll_origin = settings.poll_origin
    if poll_origin != AUTO and settings.poll_port not in range(65_536):
        poll_origin = _checked_origin("poll_origin", poll_origin, also=", auto, or :PORT")
    return replace(settings, public_url=_checked_origin("public_url", settings.public_url), poll_origin=poll_origin)


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


def read_switch(text: str) -> bool:
    """Return what yes, no and their like say. Raises ValueError on anything else."""
    try:
        return _SWITCHES[text.strip().lower()]
    except KeyError:
        raise ValueError("it is yes or no") from None


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
        "webhook_hosts": read_list,
        "public_url": str,
        "poll_origin": str,
        "tls": read_switch,
        "tls_dir": str,
        "store": str,
    }
)
