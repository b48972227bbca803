"""`mock-bfl serve`: the mock on granian, bound to loopback unless told otherwise."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from mock_bfl.clock import SystemClock
from mock_bfl.errors import ServerError
from mock_bfl.settings import Settings, load_settings, read_list

from .lifeline import Lifeline
from .relay import start_relay
from .serving import Serving, announce_when_ready, prepared

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIApplication

# One waits for each body that is half sent and each answer that is held back: granian bounds neither in time. It starts
# them when they are needed, so an idle mock holds but a few.
BLOCKING_THREADS = 128
_LONGEST_FAREWELL_S = 1  # a client that follows the events, or is kept waiting, must not keep a stopped mock alive
# Where curl, requests, OpenSSL's clients and Node look for the authority to trust.
_CA_VARIABLES = ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")


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
@click.option("--allow-webhook-host", multiple=True, metavar="NAME", help="A further host to send webhooks to.")
@click.option("--public-url", metavar="URL", help="Origin of the URLs in answers.  [the one that was asked]")
@click.option(
    "--poll-origin",
    metavar="ORIGIN",
    help="Origin of each polling_url instead; auto: another name of this address; :PORT: a second port.",
)
@click.option("--store", metavar="memory|sqlite:PATH", help="Keep tasks, money and time in a file.  [memory]")
@click.option("--tls/--no-tls", default=None, help="Serve https under a throw-away authority, whose file is printed.")
@click.option("--tls-dir", metavar="DIR", help="Serve https, and keep the authority in DIR to trust it again.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON when ready, for scripts.")
def serve(as_json: bool, **options: Any) -> None:  # noqa: FBT001 -- click passes options by name
    """Serve the mock until interrupted."""
    options["admin_hosts"] = options.pop("admin_host") or None
    options["webhook_hosts"] = options.pop("allow_webhook_host") or None
    options["overrides"] = options["overrides"] or None
    settings = load_settings(options)
    run(settings, announce=partial(_announce, as_json=as_json))


def run(settings: Settings, *, announce: Callable[[Serving], None]) -> None:
    """Serve until interrupted; `announce` is told how, once the mock answers. Raises ServerError and StoreError."""
    try:
        from granian import Granian
        from granian.constants import Interfaces, SSLProtocols
    except ImportError as error:
        raise ServerError("serving needs granian, which is not installed: pip install granian") from error
    _check_store(settings)
    with prepared(settings) as serving:
        shown = serving.certificate
        server = Granian(
            "mock_bfl",
            address=serving.claim.host,
            port=serving.claim.port,
            interface=Interfaces.WSGI,
            workers=1,
            blocking_threads=BLOCKING_THREADS,
            backpressure=4 * BLOCKING_THREADS,
            log_enabled=False,
            respawn_failed_workers=False,
            workers_kill_timeout=_LONGEST_FAREWELL_S,
            ssl_cert=shown.cert_file if shown else None,
            ssl_key=shown.key_file if shown else None,
            ssl_protocol_min=SSLProtocols.tls12,  # a client under test may speak no newer
        )
        server.serve(target_loader=partial(load_app, serving, announce, Lifeline()), wrap_loader=False)


def load_app(serving: Serving, announce: Callable[[Serving], None], lifeline: Lifeline) -> WSGIApplication:
    """Return the application that the worker serves, and announce it once it answers.

    Runs in the worker: a thread started before the fork could hold the import lock for ever in the child.
    """
    from mock_bfl.core.faults import GRANIAN
    from mock_bfl.testing import engine_from
    from mock_bfl.web import create_app

    lifeline.hold_on()
    settings = serving.settings
    app = create_app(engine_from(settings, server=GRANIAN), admin_hosts=settings.admin_hosts)
    if serving.second is not None:
        start_relay(serving.second, to=serving.claim)
    announce_when_ready(serving, announce)
    return app


def _check_store(settings: Settings) -> None:
    """Raise StoreError here, where it becomes a sentence, and not in the worker."""
    path = settings.store_path()
    if path is not None:
        from mock_bfl.store.sqlite import SqliteStore

        SqliteStore(path, clock=SystemClock()).close()


def _announce(serving: Serving, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(serving.as_json(), separators=(",", ":")))
        return
    settings, base_url = serving.settings, serving.claim.base_url
    key = settings.keys[0] if settings.keys else "any-key"
    click.echo(f"mock-bfl answers at {base_url} in the dialect {settings.dialect!r}. Paste into another terminal:\n")
    click.echo(f"  export BFL_BASE_URL={base_url}\n  export BFL_API_KEY={key}")
    if serving.certificate is not None:
        click.echo("\n".join(f"  export {variable}={serving.certificate.ca_file}" for variable in _CA_VARIABLES))
    click.echo('\n  bfl generate "a red cube" -o cube.png\n\nStop with Ctrl-C.')
