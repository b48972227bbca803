"""Use the mock from tests: in process without a socket, or as a live server in a thread.

with LiveServer(create_app(Engine(speed=0))) as server:
    requests.get(f"{server.base_url}/_mock/health")

session.mount("http://mock.bfl.localhost", WSGIAdapter(create_app(Engine(speed=0))))
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from io import BytesIO
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse
from urllib3.exceptions import ProtocolError
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import EnvironBuilder, run_wsgi_app

from mock_bfl.clock import Clock, SystemClock
from mock_bfl.core.faults import WERKZEUG, Server
from mock_bfl.core.timeline import Timeline
from mock_bfl.courier import Courier
from mock_bfl.engine import Engine
from mock_bfl.errors import SettingsError
from mock_bfl.exchanging import Deadline
from mock_bfl.settings import Settings
from mock_bfl.store import MemoryStore, Store
from mock_bfl.web.faults import PATIENCE, pauses_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

IN_PROCESS_URL = "http://mock.bfl.localhost"

_POLL_INTERVAL_S = 0.005  # how often the server looks whether it should stop; the default costs half a second a stop


class LiveServer:
    """A WSGI application behind a real socket on loopback; a free port, a thread, stopped in milliseconds.

    A request that is not answered yet when it stops is waited for, at most `farewell_s`.
    """

    def __init__(self, app: WSGIApplication, *, farewell_s: float = 5.0) -> None:
        self._farewell_s = farewell_s
        self._pauses = pauses_of(app)
        if self._pauses is not None:
            self._pauses.begin()
        self._app = _Attended(app)
        self._server = make_server("127.0.0.1", 0, self._app, threaded=True, request_handler=_QuietHandler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": _POLL_INTERVAL_S}, daemon=True
        )
        self._thread.start()

    @property
    def base_url(self) -> str:
        """The URL to give to a client, such as `http://127.0.0.1:49152`."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        """Stop serving and free the port; a scripted silence and a stream of events end with it.

        When it returns, what requests ask, such as a store, may be closed: none is being answered any more, but for one
        that outlasted `farewell_s`.
        """
        self._server.shutdown()
        self._server.server_close()
        if self._pauses is not None:
            self._pauses.end()
        self._app.join(within_s=self._farewell_s)
        self._thread.join()

    def __enter__(self) -> LiveServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Attended:
    """A WSGI application that knows which threads answer for it."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._changing = threading.Lock()
        self._threads: tuple[threading.Thread, ...] = ()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, in a thread that is remembered while it lives."""
        with self._changing:
            self._threads = (*(thread for thread in self._threads if thread.is_alive()), threading.current_thread())
        return self._app(environ, start_response)

    def join(self, *, within_s: float) -> None:
        """Wait until all have answered: not for ever, and not for the one that asks."""
        deadline = Deadline(within_s)
        with suppress(TimeoutError):
            for thread in self._threads:
                if thread is not threading.current_thread():
                    thread.join(deadline.left_s())


class _QuietHandler(WSGIRequestHandler):
    """Answers without a line on standard error for each request, and dates no answer that is dated already."""

    _named: frozenset[str] | None = None  # the headers so far, in lower case; an interim answer needs none

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""

    def send_response(self, code: int, message: str | None = None) -> None:
        """Begin an answer. `Server` and `Date` wait for its end: the application may have its own."""
        self.send_response_only(code, message)
        self._named = frozenset()

    def send_header(self, keyword: str, value: str) -> None:
        """Write a header."""
        if self._named is not None:
            self._named |= {keyword.lower()}
        super().send_header(keyword, value)

    def end_headers(self) -> None:
        """Write what the application did not say of itself, and end the head."""
        own = {"Server": self.version_string(), "Date": self.date_time_string()}
        missing = () if self._named is None else [name for name in own if name.lower() not in self._named]
        for name in missing:
            self.send_header(name, own[name])
        super().end_headers()

    def connection_dropped(self, error: BaseException, environ: dict[str, Any] | None = None) -> None:
        """Wait for no further request on a connection that is gone."""
        self.close_connection = True


class WSGIAdapter(BaseAdapter):
    """A `requests` transport that calls a WSGI application instead of opening a socket.

    >>> session = requests.Session()
    >>> session.mount(IN_PROCESS_URL, WSGIAdapter(create_app(Engine(speed=0))))
    >>> session.get(f"{IN_PROCESS_URL}/_mock/health").json()["status"]
    'ok'
    """

    def __init__(self, app: WSGIApplication) -> None:
        super().__init__()
        self._app = app

    def send(  # noqa: PLR0917 -- the signature is that of requests
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002 -- the signature is that of requests
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,  # noqa: FBT001, FBT002 -- the signature is that of requests
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Return the application's answer, or raise what a socket would have led to; no scripted silence is waited for.

        Of the transport's options only the read time-out has a meaning here.
        """
        patience_s = timeout[1] if isinstance(timeout, tuple) else timeout
        try:
            chunks, status, headers = run_wsgi_app(self._app, _environ(request, patience_s), buffered=True)
        except TimeoutError as error:
            raise requests.ReadTimeout(f"Read timed out: {error}", request=request) from error
        except ConnectionError as error:
            raise requests.ConnectionError(ProtocolError("Connection aborted.", error), request=request) from error
        return _response(request, chunks, status, dict(headers.items()))

    def close(self) -> None:
        """Nothing is held open."""


def _environ(request: requests.PreparedRequest, patience_s: float | None) -> dict[str, Any]:
    url = urlsplit(request.url or "")
    body = request.body or b""
    builder = EnvironBuilder(
        base_url=f"{url.scheme}://{url.netloc}/",
        path=url.path,
        query_string=url.query,
        method=request.method or "GET",
        headers=list(request.headers.items()),
        input_stream=BytesIO(body if isinstance(body, bytes) else str(body).encode()),
        environ_base={PATIENCE: patience_s},
    )
    return builder.get_environ()


def _response(
    request: requests.PreparedRequest, chunks: Iterable[bytes], status: str, headers: Mapping[str, str]
) -> requests.Response:
    code, _, reason = status.partition(" ")
    response = requests.Response()
    response.raw = HTTPResponse(
        BytesIO(b"".join(chunks)),
        headers=headers,
        status=int(code),
        reason=reason,
        preload_content=False,
        request_method=request.method,
    )
    response.status_code = int(code)
    response.reason = reason
    response.headers = CaseInsensitiveDict(headers)
    response.request = request
    response.url = request.url or ""
    response.encoding = requests.utils.get_encoding_from_headers(response.headers)
    return response


def engine_from(
    settings: Settings, *, clock: Clock | None = None, server: Server = WERKZEUG, keys: Collection[str] | None = None
) -> Engine:
    """Return the engine that settings describe, behind a server of that kind.

    `keys` are accepted in the place of those that are set, and may grow later. Raises SettingsError if only
    `mock-bfl serve` can follow the settings.
    """
    if settings.poll_port is not None:
        raise SettingsError("only `mock-bfl serve` opens a second port; here poll_origin takes auto or an origin")
    clock, dialect = clock or SystemClock(), settings.chosen_dialect()
    store = _store(settings, clock)
    courier = Courier(store, clock, dialect=dialect, seed=settings.seed, hosts=settings.webhook_hosts)
    engine = Engine(
        dialect=dialect,
        clock=clock,
        store=store,
        dispatcher=courier,
        seed=settings.seed,
        starting_balance=settings.balance,
        keys=frozenset(settings.keys) or None if keys is None else keys,
        speed=settings.speed,
        server=server,
        public_url=settings.public_url,
        poll_origin=settings.poll_origin,
    )
    courier.start_if_due()
    return engine


def _store(settings: Settings, clock: Clock) -> Store:
    """Return the store that settings name. Raises StoreError if a file cannot be one."""
    path = settings.store_path()
    if path is None:
        real_ms = clock.real_ms()
        return MemoryStore(Timeline(real_ms, real_ms))
    from mock_bfl.store.sqlite import SqliteStore

    return SqliteStore(path, clock=clock)
