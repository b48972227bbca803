"""`mock-bfl serve`: the mock on granian, bound to loopback unless told otherwise."""

from __future__ import annotations

import json
import threading
from decimal import Decimal, InvalidOperation
from functools import partial
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

import click

from mock_bfl.errors import ServerError
from mock_bfl.settings import Settings, load_settings, read_list

from .ports import Claim, claim_port

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIApplication

BLOCKING_THREADS = 16  # each holds a stack; more would not answer faster on a machine with few cores
_READY_TRIES = 1000
_READY_PAUSE_S = 0.01


class _Credits(click.ParamType[Decimal]):
    """A number of credits, exact."""

    name = "credits"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """Return the number, or fail with a sentence."""
        try:
            return Decimal(value)
        except InvalidOperation:
            self.fail(f"{value!r} is not a number of credits.", param, ctx)


class _List(click.ParamType[tuple[str, ...]]):
    """Parts separated by commas, at least one."""

    name = "list"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Return the parts, or fail with a sentence."""
        try:
            return read_list(value)
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


@click.command()
@click.option("--listen", metavar="HOST:PORT", help="Where to listen; port 0 picks a free one.  [127.0.0.1:8080]")
@click.option("--dialect", metavar="NAME", help="live: as observed; guide: as the guide is written.  [live]")
@click.option("--speed", type=float, help="Factor on each model's latency: 1 as measured, 0 at once.  [1]")
@click.option("--seed", type=int, help="Two mocks of one seed answer alike.  [0]")
@click.option("--balance", type=_Credits(), help="Credits of a fresh account.  [1000]")
@click.option("--keys", type=_List(), metavar="K1,K2", help="Accept these API keys only.  [any well-formed key]")
@click.option("--set", "overrides", multiple=True, metavar="FIELD=VALUE", help="Set a field of the dialect.")
@click.option("--admin-host", multiple=True, help="A further name under which /_mock answers.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON when ready, for scripts.")
def serve(as_json: bool, **options: Any) -> None:  # noqa: FBT001 -- click passes options by name
    """Serve the mock until interrupted."""
    options["admin_hosts"] = options.pop("admin_host") or None
    options["overrides"] = options["overrides"] or None
    settings = load_settings(options)
    run(settings, announce=partial(_announce, as_json=as_json, settings=settings))


def run(settings: Settings, *, announce: Callable[[str], None]) -> None:
    """Serve until interrupted; `announce` is given the base URL once the mock answers. Raises ServerError."""
    try:
        from granian import Granian
        from granian.constants import Interfaces
    except ImportError as error:
        raise ServerError("serving needs granian, which is not installed: pip install granian") from error
    host, port = settings.address()
    with claim_port(host, port) as claim:
        server = Granian(
            "mock_bfl",
            address=claim.host,
            port=claim.port,
            interface=Interfaces.WSGI,
            workers=1,
            blocking_threads=BLOCKING_THREADS,
            backpressure=4 * BLOCKING_THREADS,
            log_enabled=False,
            respawn_failed_workers=False,
        )
        server.serve(target_loader=partial(load_app, settings, claim, announce), wrap_loader=False)


def load_app(settings: Settings, claim: Claim, announce: Callable[[str], None]) -> WSGIApplication:
    """Return the application that the worker serves, and announce it once it answers.

    Runs in the worker: a thread started before the fork could hold the import lock for ever in the child.
    """
    from mock_bfl.testing import engine_from
    from mock_bfl.web import create_app

    app = create_app(engine_from(settings), admin_hosts=settings.admin_hosts)
    threading.Thread(target=_announce_when_ready, args=(claim, announce), daemon=True).start()
    return app


def _announce_when_ready(claim: Claim, announce: Callable[[str], None]) -> None:
    pause = threading.Event()
    for _ in range(_READY_TRIES):
        if _answers(claim):
            announce(claim.base_url)
            return
        pause.wait(_READY_PAUSE_S)


def _answers(claim: Claim) -> bool:
    connection = HTTPConnection(claim.reachable_host, claim.port, timeout=1)
    try:
        connection.request("GET", "/_mock/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _announce(base_url: str, *, as_json: bool, settings: Settings) -> None:
    if as_json:
        ready = {"base_url": base_url, "dialect": settings.dialect, "speed": settings.speed, "seed": settings.seed}
        click.echo(json.dumps(ready, separators=(",", ":")))
        return
    key = settings.keys[0] if settings.keys else "any-key"
    click.echo(f"mock-bfl answers at {base_url} in the dialect {settings.dialect!r}. Paste into another terminal:\n")
    click.echo(f"  export BFL_BASE_URL={base_url}\n  export BFL_API_KEY={key}\n")
    click.echo('  bfl generate "a red cube" -o cube.png\n\nStop with Ctrl-C.')
