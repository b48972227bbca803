"""Send an answer as a fault says: what WSGI has no word for, each server is brought to in its own way.

- werkzeug hands its socket out: it is closed beneath the server, with a reset if SO_LINGER is zero.
- granian hands out no socket. It gives a connection up without a byte if a streamed answer has two lengths; an answer
  that is one list is sent as it is, however long its Content-Length says, and with `Connection: close` the end follows.
- in process there is no connection: the adapter is told by an exception what a socket would have shown.

Proven over plain sockets for both servers in tests/faults.
"""

from __future__ import annotations

import select
import socket
import struct
import threading
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from flask import Response
from werkzeug.datastructures import Headers

from mock_bfl.core.faults import LONGEST_STALL_S, Fault

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SOCKET = "werkzeug.socket"
PATIENCE = "mock_bfl.patience_s"  # set by the in-process adapter: how long its client waits; None for ever
_RESET = struct.pack("ii", 1, 0)  # close at once, and drop what was not sent: the peer sees a reset
_BLOCK = b" " * 65_536
_NO_BODY = frozenset({204, 304})
_WRITTEN = frozenset({"location", "content-location"})


class Pauses:
    """Waits that end early when the server stops: nobody waits for a stall that has lost its meaning."""

    def __init__(self) -> None:
        self._over = threading.Event()

    @property
    def over(self) -> threading.Event:
        """What is set when the server stops that runs now."""
        return self._over

    def wait(self, seconds: float) -> None:
        """Wait, at most two minutes."""
        self._over.wait(min(seconds, LONGEST_STALL_S))

    def begin(self) -> None:
        """Let pauses be waited for, as they are from the start: a server is there again."""
        self._over = threading.Event()

    def end(self) -> None:
        """Let everybody go, now and until a server begins."""
        self._over.set()


def pauses_of(app: WSGIApplication) -> Pauses | None:
    """Return the pauses of an application of ours, or None."""
    found = getattr(app, "extensions", {}).get("mock_bfl.pauses")
    return found if isinstance(found, Pauses) else None


class Ended(Protocol):
    """Hears once how an answer ended: before its last byte goes out, or that the client was gone."""

    def __call__(self, *, is_gone: bool) -> object:
        """Take note."""


class PlainResponse(Response):
    """A response whose Location goes out as it was written: werkzeug would spell it anew, or fail on what is no URL."""

    def get_wsgi_headers(self, environ: dict[str, Any]) -> Headers:
        """Return the headers as sent."""
        written = [(name, value) for name, value in self.headers if name.lower() in _WRITTEN]
        for name in _WRITTEN:
            self.headers.remove(name)
        headers = super().get_wsgi_headers(environ)
        for kept in (self.headers, headers):
            kept.extend(written)
        return headers


class FaultyResponse(PlainResponse):
    """A response that goes wrong on the wire, as its fault says."""

    def spoil(self, fault: Fault, pauses: Pauses, *, ended: Ended | None = None) -> FaultyResponse:
        """Say how it goes wrong, and who is to hear how it ended; return it."""
        self._fault, self._pauses, self._ended = fault, pauses, ended
        return self

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Send it, or what is left of it."""
        chunks, ended = self._sent(environ, start_response), self._ended
        if ended is None:
            return chunks
        length = 0 if self._has_no_body(environ) else max(len(self.get_data()), self._fault.huge_bytes or 0)
        if not length or _has_hung_up(environ):
            ended(is_gone=length > 0)
            return chunks
        return _watched(chunks, length, ended)

    def _has_no_body(self, environ: WSGIEnvironment) -> bool:
        return environ["REQUEST_METHOD"] == "HEAD" or self.status_code in _NO_BODY

    def _sent(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        fault = self._fault
        if gives_up_on(fault, environ):
            raise TimeoutError(f"no byte for {_longest_silence_s(fault)} s")
        if fault.sends_nothing:
            return _hang_up(environ, start_response, with_reset=fault.wire == "reset")
        if self._has_no_body(environ):
            return super().__call__(environ, start_response)
        match fault.wire:
            case "truncate":
                return self._truncated(environ, start_response)
            case "drip":
                return self._dripped(environ, start_response)
            case _ if fault.huge_bytes is not None:
                return self._huge(environ, start_response, fault.huge_bytes)
            case _:
                return super().__call__(environ, start_response)

    def _start(self, environ: WSGIEnvironment, start_response: StartResponse, *, length: int) -> None:
        headers = self.get_wsgi_headers(environ)
        headers["Content-Length"] = str(length)
        start_response(self.status, headers.to_wsgi_list())

    def _truncated(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        """Announce the whole body and send a part: one list, for a stream would be given up without a byte."""
        body = self.get_data() or b" "
        if SOCKET not in environ:
            self.headers["Connection"] = "close"  # werkzeug's own server says so by itself
        self._start(environ, start_response, length=max(2, len(body)))
        return [body[: max(1, int(len(body) * self._fault.share))]]

    def _dripped(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        body = self.get_data()
        self._start(environ, start_response, length=len(body))
        pauses = None if PATIENCE in environ else self._pauses
        return _drops(body, self._fault.chunk_of(len(body)), pauses, pause_s=self._fault.pause_s)

    def _huge(self, environ: WSGIEnvironment, start_response: StartResponse, size: int) -> Iterator[bytes]:
        body = self.get_data()
        self._start(environ, start_response, length=max(size, len(body)))
        return _filled(body, size)


def _drops(body: bytes, size: int, pauses: Pauses | None, *, pause_s: float) -> Iterator[bytes]:
    """Yield a body in pieces with a pause after each; after two minutes of pauses the rest at once."""
    waited_s = 0.0
    for start in range(0, len(body), size):
        if waited_s >= LONGEST_STALL_S:
            yield body[start:]
            return
        yield body[start : start + size]
        waited_s += pause_s
        if pauses is not None and start + size < len(body):
            pauses.wait(pause_s)


def _filled(body: bytes, size: int) -> Iterator[bytes]:
    yield body
    missing = size - len(body)
    while missing > 0:
        yield _BLOCK[: min(missing, len(_BLOCK))]
        missing -= len(_BLOCK)


def gives_up_on(fault: Fault, environ: WSGIEnvironment) -> bool:
    """Tell whether a client of the in-process adapter stops waiting; of any other it is not known beforehand."""
    patience_s = environ.get(PATIENCE)
    return patience_s is not None and _longest_silence_s(fault) >= patience_s


def _longest_silence_s(fault: Fault) -> float:
    return fault.pause_s if fault.wire == "drip" else fault.silence_s


def _watched(chunks: Iterable[bytes], length: int, ended: Ended) -> Iterator[bytes]:
    """Yield a body and tell its end; its last byte goes alone, for a server asks for no more once the client is gone.

    Only a server that hands out no socket needs that: granian closes what it cannot send.
    """
    sent, is_told = 0, False
    try:
        for chunk in chunks:
            sent += len(chunk)
            if sent < length or is_told:
                yield chunk
                continue
            if len(chunk) > 1:
                yield chunk[:-1]
            is_told = True
            ended(is_gone=False)
            yield chunk[-1:]
    finally:
        if not is_told:
            ended(is_gone=True)


def _has_hung_up(environ: WSGIEnvironment) -> bool:
    """Tell whether the client has closed the connection, where the server hands its socket out."""
    connection = environ.get(SOCKET)
    if connection is None or not select.select([connection], [], [], 0)[0]:
        return False
    try:
        return not connection.recv(1, socket.MSG_PEEK)
    except OSError:
        return True


def _hang_up(environ: WSGIEnvironment, start_response: StartResponse, *, with_reset: bool) -> Iterable[bytes]:
    """End the connection without a byte. Raises ConnectionError where that is what tells the server to let it go."""
    if SOCKET in environ:
        _close_beneath(environ[SOCKET], with_reset=with_reset)
    elif PATIENCE not in environ and environ.get("SERVER_SOFTWARE") == "Granian":
        start_response("200 OK", [("Content-Length", "1"), ("Content-Length", "2")])
        return iter((b"",))
    raise ConnectionResetError("reset") if with_reset else ConnectionAbortedError("closed without a reply")


def _close_beneath(connection: socket.socket, *, with_reset: bool) -> None:
    """Close a connection whose server still holds references to its socket."""
    if with_reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    socket.close(connection.detach())
