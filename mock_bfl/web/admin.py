"""The levers of a test, under `/_mock`: health, clock, reset, journal. JSON in and out; refusals teach.

A request with an `x-key` acts on that account alone, one without on the whole mock. Host and Origin are checked,
because a page in a browser must not reach a developer's mock (DNS rebinding, cross-site posts).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from flask import Blueprint, Response, request
from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError

from mock_bfl import __version__
from mock_bfl.contract.headers import WHY
from mock_bfl.core.body import encode
from mock_bfl.core.keys import KeyAccepted, check_key
from mock_bfl.engine import ClockReading, Engine
from mock_bfl.store import Exchange

from .exchange import header_safe, read_body

_YEAR_S = 366 * 24 * 3600.0


class ClockChange(BaseModel):
    """What POST /_mock/clock takes; applied in this order."""

    model_config = ConfigDict(extra="forbid")

    freeze: StrictBool | None = None
    advance_s: Annotated[float, Field(strict=True, ge=0, le=_YEAR_S, allow_inf_nan=False)] | None = None
    rate: Annotated[float, Field(strict=True, ge=0, le=1_000_000, allow_inf_nan=False)] | None = None


class _Refused(Exception):
    """A request to `/_mock` that cannot be followed: status and sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def admin_routes(engine: Engine, *, admin_hosts: Collection[str]) -> Blueprint:
    """Return the routes under `/_mock`."""
    routes = Blueprint("admin", __name__, url_prefix="/_mock")
    control = engine.control

    def health() -> dict[str, object]:
        return {
            "status": "ok",
            "version": __version__,
            "dialect": engine.dialect.name,
            "now_ms": control.clock(None).now_ms,
        }

    def read_clock() -> dict[str, object]:
        return _shown_clock(control.clock(_account()))

    def change_clock() -> dict[str, object]:
        change, account = _read_change(), _account()
        _apply(engine, change, account)
        return _shown_clock(control.clock(account))

    def reset() -> dict[str, object]:
        account = _account()
        control.reset(account)
        return {"reset": "all" if account is None else "account"}

    def journal() -> dict[str, object]:
        return {"exchanges": [_shown_exchange(exchange) for exchange in control.journal(_account())]}

    routes.before_request(lambda: _guard(admin_hosts))
    _add(routes, "/health", "GET", health)
    _add(routes, "/clock", "GET", read_clock)
    _add(routes, "/clock", "POST", change_clock)
    _add(routes, "/reset", "POST", reset)
    _add(routes, "/journal", "GET", journal)
    return routes


def _add(routes: Blueprint, path: str, method: str, view: Callable[[], dict[str, object]]) -> None:
    def answer() -> Response:
        try:
            return _json(200, view())
        except _Refused as refusal:
            return _refusal(refusal.status, str(refusal))

    routes.add_url_rule(path, f"{method} {path}", answer, methods=[method], provide_automatic_options=False)


def _json(status: int, body: dict[str, object]) -> Response:
    return Response(encode(body), status, content_type="application/json")


def _refusal(status: int, sentence: str) -> Response:
    response = _json(status, {"error": sentence})
    response.headers[WHY.value] = header_safe(sentence)
    return response


def _guard(admin_hosts: Collection[str]) -> Response | None:
    host = _parts_of(f"//{request.host}").hostname or ""
    if not _is_local(host, admin_hosts):
        return _refusal(403, f"/_mock does not answer under the name {host!r}; allow it with --admin-host.")
    origin = request.headers.get("Origin")
    if origin is not None and _parts_of(origin).netloc != request.host:
        return _refusal(403, f"/_mock does not answer pages of another origin ({origin!r}).")
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


def _account() -> str | None:
    """Return the account of the request's x-key, or None without one."""
    key = request.headers.get("x-key")
    if key is None:
        return None
    checked = check_key(key, known=None)
    if isinstance(checked, KeyAccepted):
        return checked.account
    raise _Refused(400, checked.why())


def _read_change() -> ClockChange:
    try:
        return ClockChange.model_validate_json(read_body(request))
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, row['loc'])) or 'body'}: {row['msg']}" for row in error.errors())
        known = ", ".join(ClockChange.model_fields)
        raise _Refused(400, f"{faults}. Known: {known}.") from error


def _apply(engine: Engine, change: ClockChange, account: str | None) -> None:
    """Apply all of a change at one instant."""
    with engine.context.store.transaction():
        _apply_in_order(engine, change, account)


def _apply_in_order(engine: Engine, change: ClockChange, account: str | None) -> None:
    if change.freeze is not None:
        engine.control.set_rate(account, 0 if change.freeze else 1)
    if change.advance_s is not None:
        engine.control.advance(account, ms=round(change.advance_s * 1000))
    if change.rate is not None:
        engine.control.set_rate(account, change.rate)


def _shown_clock(reading: ClockReading) -> dict[str, object]:
    now = datetime.fromtimestamp(reading.now_ms / 1000, UTC).isoformat(timespec="milliseconds")
    return {
        "now": now.replace("+00:00", "Z"),
        "now_ms": reading.now_ms,
        "rate": float(reading.rate),
        "frozen": reading.is_frozen,
    }


def _shown_exchange(exchange: Exchange) -> dict[str, object]:
    return {
        "number": exchange.number,
        "at_ms": exchange.at_ms,
        "real_ms": exchange.real_ms,
        "account": exchange.account,
        "method": exchange.method,
        "path": exchange.path,
        "status": exchange.status,
        "task_id": exchange.task_id,
        "cost_credits": None if exchange.cost_credits is None else str(exchange.cost_credits),
        "why": exchange.why,
        "notes": list(exchange.notes),
    }
