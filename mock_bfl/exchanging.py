"""HTTP to a server that may do as it likes: one deadline for all of it, from the connection to the last byte read.

A time limit on a socket holds for each wait, so a server that sends a byte now and then outlasts it. Here each wait is
given what is left of the whole. Looking up a name is beyond that: only names of this machine are looked up unasked.
"""

from __future__ import annotations

import io
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any, cast

from .clock import Clock, SystemClock

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

MOST_OF_A_HEAD_BYTES = 1024 * 1024  # ample for status and headers, and for what is read ahead beyond them


class Deadline:
    """The instant at which an exchange must be over."""

    def __init__(self, within_s: float, *, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._within_s = within_s
        self._at_ms = self._clock.real_ms() + within_s * 1000

    def left_s(self) -> float:
        """Return what is left, more than nothing. Raises TimeoutError when it has passed."""
        left_ms = self._at_ms - self._clock.real_ms()
        if left_ms <= 0:
            raise self.passed()
        return left_ms / 1000

    def passed(self) -> TimeoutError:
        """Return the error that says so."""
        return TimeoutError(f"timed out: it took longer than {self._within_s:g} s")


@contextmanager
def connected(
    host: str,
    port: int,
    *,
    deadline: Deadline,
    most_bytes: int = MOST_OF_A_HEAD_BYTES,
    tls: ssl.SSLContext | None = None,
) -> Iterator[HTTPConnection]:
    """Yield a connection for one exchange; who uses it names the host in a header.

    Raises TimeoutError for whatever lasts beyond the deadline, and OSError when more than `most_bytes` come.
    """
    with ExitStack() as held:
        try:
            spoken = held.enter_context(_opened(host, port, deadline))
            if tls is not None:
                spoken.settimeout(deadline.left_s())
                spoken = held.enter_context(tls.wrap_socket(spoken, server_hostname=host))
            connection = HTTPConnection(host, port)
            connection.sock = cast("Any", _Wire(spoken, deadline, most_bytes))
            yield connection
        except TimeoutError as error:
            raise deadline.passed() from error


def _opened(host: str, port: int, deadline: Deadline) -> socket.socket:
    """Return a socket that is connected to the first address of the host that answers."""
    failure = OSError(f"{host} has no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        opened = socket.socket(family, kind, protocol)
        try:
            opened.settimeout(deadline.left_s())
            opened.connect(address)
        except OSError as error:
            opened.close()
            failure = error
        else:
            return opened
    raise failure


class _Wire:
    """What `http.client` asks of a socket. Head and body leave together, when the answer is asked for.

    Whoever is killed between them would leave the other side with a request that has no body.
    """

    def __init__(self, spoken: socket.socket, deadline: Deadline, most_bytes: int) -> None:
        self._spoken = spoken
        self._deadline = deadline
        self._most_bytes = most_bytes
        self._unsent = bytearray()

    def sendall(self, data: ReadableBuffer) -> None:
        """Send all of it, in the end."""
        self._unsent += data

    def makefile(self, _: str) -> io.BufferedReader:
        """Return the file from which the answer is read."""
        left = memoryview(self._unsent)
        while left:
            self._spoken.settimeout(self._deadline.left_s())
            left = left[self._spoken.send(left) :]
        return io.BufferedReader(_Incoming(self._spoken, self._deadline, self._most_bytes))

    def close(self) -> None:
        """Leave that to whoever opened it: what came may not be read yet."""


class _Incoming(io.RawIOBase):
    """What comes over a socket."""

    def __init__(self, spoken: socket.socket, deadline: Deadline, most_bytes: int) -> None:
        self._spoken = spoken
        self._deadline = deadline
        self._most_bytes = most_bytes
        self._came_bytes = 0

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read what comes next."""
        self._spoken.settimeout(self._deadline.left_s())
        count = self._spoken.recv_into(buffer)
        self._came_bytes += count
        if self._came_bytes > self._most_bytes:
            raise OSError(f"more than {self._most_bytes} bytes came")
        return count
