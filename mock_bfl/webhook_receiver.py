"""A receiver of webhooks for tests: keeps what comes, byte for byte, and answers as it is told."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

_POLL_INTERVAL_S = 0.005  # how often the server looks whether it should stop
_MOST_KEPT_WAITING_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request as it came. Header names are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What is answered; `location` makes a redirect of it."""

    status: int = 200
    location: str | None = None


class WebhookReceiver:
    """A server on a free port of loopback. Give `url` as webhook_url.

    >>> with WebhookReceiver() as receiver:
    ...     receiver.answer(500, 200)  # the first request fails, all later ones are taken
    ...     receiver.url.startswith("http://127.0.0.1:")
    True
    """

    def __init__(self) -> None:
        self._answers: deque[Response] = deque([Response()])
        self._received: list[Received] = []
        self._changed = threading.Condition()
        self._is_open = threading.Event()
        self._is_open.set()
        self.on_event: Callable[[Received], None] | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_POLL_INTERVAL_S,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where to send events."""
        return f"http://127.0.0.1:{self._server.server_port}/hook"

    @property
    def received(self) -> Sequence[Received]:
        """What came so far, in order of arrival."""
        with self._changed:
            return tuple(self._received)

    def answer(self, *answers: int | Response) -> None:
        """Answer so from now on, one after the other; the last one goes on for ever."""
        with self._changed:
            self._answers = deque(Response(status=each) if isinstance(each, int) else each for each in answers)

    def hold(self) -> None:
        """Keep every request waiting for its answer, until `release`."""
        self._is_open.clear()

    def release(self) -> None:
        """Answer what is kept waiting, and all that comes."""
        self._is_open.set()

    def wait_for(self, count: int, *, timeout_s: float = 10.0) -> Sequence[Received]:
        """Return what came once there are `count` requests. Raises TimeoutError if they do not come in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._received) >= count, timeout=timeout_s):
                raise TimeoutError(f"{len(self._received)} of {count} events came within {timeout_s:g} s")
            return tuple(self._received)

    def stop(self) -> None:
        """Stop serving and free the port."""
        self.release()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self, received: Received) -> Response:
        """Keep a request and return what to answer; called by the server's threads."""
        with self._changed:
            self._received.append(received)
            answer = self._answers.popleft() if len(self._answers) > 1 else self._answers[0]
            self._changed.notify_all()
        if self.on_event is not None:
            self.on_event(received)
        self._is_open.wait(_MOST_KEPT_WAITING_S)
        return answer

    def __enter__(self) -> WebhookReceiver:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _handler_for(receiver: WebhookReceiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Hands each POST to the receiver; says nothing on standard error."""

        def do_POST(self) -> None:
            """Take an event."""
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = receiver.take(Received(path=self.path, headers=headers, body=body))
            self.send_response(answer.status)
            if answer.location is not None:
                self.send_header("Location", answer.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler
