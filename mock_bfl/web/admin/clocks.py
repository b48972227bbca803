"""Levers of time and of beginning anew: health, clock, reset."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from mock_bfl import __version__
from mock_bfl.engine import ClockReading, Engine

from .routing import Json, Lever, account_asked

_YEAR_S = 366 * 24 * 3600.0


class ClockChange(BaseModel):
    """What POST /_mock/clock takes; applied in this order."""

    model_config = ConfigDict(extra="forbid")

    freeze: StrictBool | None = None
    advance_s: Annotated[float, Field(strict=True, ge=0, le=_YEAR_S, allow_inf_nan=False)] | None = None
    rate: Annotated[float, Field(strict=True, ge=0, le=1_000_000, allow_inf_nan=False)] | None = None


def clock_levers(engine: Engine) -> tuple[Lever, ...]:
    """Return the levers."""
    control = engine.control

    def health() -> Json:
        now_ms = control.clock(None).now_ms
        return {"status": "ok", "version": __version__, "dialect": engine.dialect.name, "now_ms": now_ms}

    def read_clock() -> Json:
        return _shown(control.clock(account_asked()))

    def change_clock(body: ClockChange) -> Json:
        account = account_asked()
        _apply(engine, body, account)
        return _shown(control.clock(account))

    def reset() -> Json:
        account = account_asked()
        control.reset(account)
        return {"reset": "all" if account is None else "account"}

    return (
        Lever(method="GET", path="/health", about="Tells that the mock answers, and how it speaks.", view=health),
        Lever(method="GET", path="/clock", about="Reads the clock.", view=read_clock),
        Lever(method="POST", path="/clock", about="Moves the clock.", view=change_clock, body=ClockChange),
        Lever(method="POST", path="/reset", about="Forgets the account, or everything.", view=reset),
    )


def _apply(engine: Engine, change: ClockChange, account: str | None) -> None:
    """Apply a change in order; in no transaction, for an advance sends the webhooks that come due on its way."""
    if change.freeze is not None:
        engine.control.set_rate(account, 0 if change.freeze else 1)
    if change.advance_s is not None:
        engine.control.advance(account, ms=round(change.advance_s * 1000))
    if change.rate is not None:
        engine.control.set_rate(account, change.rate)


def _shown(reading: ClockReading) -> Json:
    now = datetime.fromtimestamp(reading.now_ms / 1000, UTC).isoformat(timespec="milliseconds")
    return {
        "now": now.replace("+00:00", "Z"),
        "now_ms": reading.now_ms,
        "rate": float(reading.rate),
        "frozen": reading.is_frozen,
    }
