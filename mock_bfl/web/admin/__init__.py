"""The levers of a test, under `/_mock`. JSON in and out; refusals teach.

A request with an `x-key` acts on that account alone, one without on the whole mock.
"""

from __future__ import annotations

from collections.abc import Collection

from flask import Blueprint

from mock_bfl.engine import Engine

from .accounts import account_levers
from .clocks import clock_levers
from .events import event_levers
from .guard import guard
from .journals import journal_levers
from .regions import region_levers
from .routing import Lever, add_levers
from .scripts import script_levers
from .verdicts import verdict_levers
from .webhooks import webhook_levers


def admin_routes(engine: Engine, *, admin_hosts: Collection[str]) -> Blueprint:
    """Return the routes under `/_mock`; `admin_hosts` are further names under which they answer."""
    routes = Blueprint("admin", __name__, url_prefix="/_mock")
    routes.before_request(lambda: guard(admin_hosts))
    add_levers(routes, levers(engine))
    return routes


def levers(engine: Engine) -> tuple[Lever, ...]:
    """Return every lever."""
    return (
        *clock_levers(engine),
        *journal_levers(engine),
        *account_levers(engine),
        *event_levers(engine),
        *region_levers(engine),
        *script_levers(engine),
        *verdict_levers(engine),
        *webhook_levers(engine),
    )


__all__ = ["Lever", "admin_routes", "levers"]
