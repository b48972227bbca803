"""Post bytes to a receiver and see what it answers: whole or drop by drop, one after the other or two at once."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Protocol
from urllib.parse import urlsplit

from bfl_conformance.clock import monotonic_s
from bfl_conformance.target import refuse_foreign
from mock_bfl.contract import webhooks

from .events import Posted
from .exchanging import Deadline, connected

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
    """A receiver at a URL of this machine. Raises TargetRefused for a URL that leads elsewhere.

    `patience_s` is for a whole exchange, however slowly the answer comes.
    """

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
        deadline = Deadline(self._patience_s)
        is_secret = self._parts.scheme == "https"
        with connected(
            self._parts.hostname or "",
            self._parts.port or (443 if is_secret else 80),
            deadline=deadline,
            tls=ssl.create_default_context() if is_secret else None,
        ) as connection:
            connection.putrequest("POST", self._target(), skip_host=True)
            sent = {"Content-Type": webhooks.CONTENT_TYPE.value, **posted.headers}
            for name, value in {**self._host(), **sent, "Content-Length": str(len(posted.body))}.items():
                connection.putheader(name, value)
            connection.endheaders()
            _send(connection, posted.body, over_s=over_s, deadline=deadline)
            return connection.getresponse().status

    def _host(self) -> dict[str, str]:
        return {"Host": self._parts.netloc.rpartition("@")[2]}

    def _target(self) -> str:
        query = f"?{self._parts.query}" if self._parts.query else ""
        return f"{self._parts.path or '/'}{query}"


def _send(connection: HTTPConnection, body: bytes, *, over_s: float, deadline: Deadline) -> None:
    """Send a body, at once or in drops; the pauses between these are not the receiver's."""
    if over_s == 0:
        connection.send(body)
        return
    pause = threading.Event()
    for drop in _drops(body):
        connection.send(drop)
        pause.wait(over_s / DROPS)
        deadline.extended(over_s / DROPS)


def _drops(body: bytes) -> Iterator[bytes]:
    size = -(-len(body) // DROPS) or 1
    for start in range(0, len(body), size):
        yield body[start : start + size]
