"""Post bytes to a receiver and see what it answers: whole or drop by drop, one after the other or two at once."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Protocol
from urllib.parse import urlsplit

from bfl_conformance.clock import monotonic_s
from bfl_conformance.target import refuse_foreign
from mock_bfl.contract import webhooks

from .events import Posted

DROPS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverAnswer:
    """How a receiver answered. `status` is None where no answer came; `problem` then says why."""

    status: int | None
    took_s: float
    problem: str = ""

    @property
    def is_accepted(self) -> bool:
        """Tell whether the sender may take the delivery for done: any 2xx.  [GUIDE]"""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_refused(self) -> bool:
        """Tell whether the receiver said no on purpose: any 4xx."""
        return self.status is not None and 400 <= self.status < 500

    def __str__(self) -> str:
        return f"no answer ({self.problem})" if self.status is None else str(self.status)


class Receiver(Protocol):
    """What can be sent to a receiver."""

    def post(self, posted: Posted, *, over_s: float = 0) -> ReceiverAnswer:
        """Deliver; `over_s` spreads the body over that many seconds."""
        ...

    def post_at_once(self, posted: Posted, *, times: int) -> list[ReceiverAnswer]:
        """Deliver the same thing several times, together."""
        ...


class HttpReceiver:
    """A receiver at a URL of this machine. Raises TargetRefused for a URL that leads elsewhere."""

    def __init__(self, url: str, *, patience_s: float = webhooks.ANSWER_WITHIN_S.value) -> None:
        refuse_foreign(url)
        self._parts = urlsplit(url)
        self._patience_s = patience_s

    def post(self, posted: Posted, *, over_s: float = 0) -> ReceiverAnswer:
        """Deliver once. No redirect is followed; the answer's body is not looked at."""
        began_at = monotonic_s()
        try:
            status: int | None = self._exchange(posted, over_s)
            problem = ""
        except (OSError, HTTPException) as error:
            status, problem = None, f"{type(error).__name__}: {error}"
        return ReceiverAnswer(status=status, took_s=monotonic_s() - began_at, problem=problem)

    def post_at_once(self, posted: Posted, *, times: int) -> list[ReceiverAnswer]:
        """Deliver the same thing several times, each in a thread of its own, let go together."""
        together = threading.Barrier(times)

        def one(_: int) -> ReceiverAnswer:
            together.wait()
            return self.post(posted)

        with ThreadPoolExecutor(times) as pool:
            return list(pool.map(one, range(times)))

    def _exchange(self, posted: Posted, over_s: float) -> int:
        with closing(self._connection()) as connection:
            connection.putrequest("POST", self._target())
            sent = {"Content-Type": webhooks.CONTENT_TYPE.value, **posted.headers}
            for name, value in {**sent, "Content-Length": str(len(posted.body))}.items():
                connection.putheader(name, value)
            connection.endheaders()
            self._send(connection, posted.body, over_s)
            return self._answer(connection).status

    def _connection(self) -> HTTPConnection:
        kind = HTTPSConnection if self._parts.scheme == "https" else HTTPConnection
        return kind(self._parts.hostname or "", self._parts.port, timeout=self._patience_s)

    def _target(self) -> str:
        query = f"?{self._parts.query}" if self._parts.query else ""
        return f"{self._parts.path or '/'}{query}"

    def _send(self, connection: HTTPConnection, body: bytes, over_s: float) -> None:
        if over_s == 0:
            connection.send(body)
            return
        pause = threading.Event()
        for drop in _drops(body):
            connection.send(drop)
            pause.wait(over_s / DROPS)

    def _answer(self, connection: HTTPConnection) -> HTTPResponse:
        """Wait for the answer at most as long as the API waits in all."""
        if isinstance(connection.sock, socket.socket):
            connection.sock.settimeout(self._patience_s)
        return connection.getresponse()


def _drops(body: bytes) -> Iterator[bytes]:
    size = -(-len(body) // DROPS) or 1
    for start in range(0, len(body), size):
        yield body[start : start + size]
