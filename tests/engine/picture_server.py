"""A server of this machine that answers byte for byte as a test says, over a plain or an encrypted socket."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

FAILS_AFTER_S = 10
DRIPS_FOR_S = 2
DROPS = 20
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

Serve = Callable[["PictureServer", socket.socket], None]


class PictureServer:
    """Answers every connection by `serve`; `asked` are the heads of the requests, `released` ends one that waits."""

    def __init__(self, serve: Serve, *, tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[bytes] = []
        self.released = threading.Event()
        self._serve = serve
        self._scheme, self._tls = "https" if tls else "http", tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def url(self, *, host: str = "127.0.0.1", path: str = "/cat.png") -> str:
        """Return a URL of this server."""
        return f"{self._scheme}://{host}:{self._listener.getsockname()[1]}{path}"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with suppress(OSError):  # who has read enough hangs up, and who does not trust us shakes no hands
                self._speak(connection)

    def _speak(self, connection: socket.socket) -> None:
        with self._tls.wrap_socket(connection, server_side=True) if self._tls else connection as spoken:
            self._answer(spoken)

    def _answer(self, connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head and (data := connection.recv(65_536)):
            head += data
        self.asked.append(head)
        self._serve(self, connection)

    def __enter__(self) -> PictureServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.released.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(FAILS_AFTER_S)


def answering(
    body: bytes,
    *,
    status: str = "200 OK",
    length: int | None = None,
    headers: tuple[str, ...] = (),
    waits: bool = False,
) -> Serve:
    """Answer with a body and its length, or the one given; `waits` keeps the connection open until released."""
    shown = len(body) if length is None else length
    head = "\r\n".join((f"HTTP/1.1 {status}", f"Content-Length: {shown}", *headers, "", "")).encode()

    def serve(server: PictureServer, connection: socket.socket) -> None:
        connection.sendall(head + body)
        if waits:
            server.released.wait(FAILS_AFTER_S)

    return serve


def in_chunks(*chunks: bytes) -> Serve:
    """Answer with a chunked body, which does not say how long it is."""

    def serve(_: PictureServer, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for chunk in (*chunks, b""):
            connection.sendall(b"%x\r\n%s\r\n" % (len(chunk), chunk))

    return serve


def dripping(head: bytes, body: bytes = b"") -> Serve:
    """Answer whole in the end, after two seconds of a byte now and then: no pause is as long as a time limit."""

    def serve(server: PictureServer, connection: socket.socket) -> None:
        for byte in range(DROPS):
            connection.sendall(head[byte : byte + 1])
            server.released.wait(DRIPS_FOR_S / DROPS)
        connection.sendall(head[DROPS:] + body)

    return serve


def continuing(answer: bytes, *, times: int = 20, pause_s: float = 0.1, at_once: int = 1) -> Serve:
    """Answer so often that the client may continue, before the answer."""

    def serve(server: PictureServer, connection: socket.socket) -> None:
        for _ in range(times):
            connection.sendall(CONTINUE * at_once)
            server.released.wait(pause_s)
        connection.sendall(answer)

    return serve


def silent(server: PictureServer, _: socket.socket) -> None:
    """Answer nothing until released."""
    server.released.wait(FAILS_AFTER_S)
