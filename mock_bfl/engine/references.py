"""Read a submit whose input images may be URLs: those of this machine are fetched, as far as their header.

Law: nothing is fetched from another machine, nothing for a key that is refused, and nothing inside a transaction: the
server that holds an image may be this one. A sample of the mock itself is looked up, not fetched.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.client import HTTPException, HTTPResponse
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit

from mock_bfl.clock import Clock, SystemClock
from mock_bfl.contract import Model, limits
from mock_bfl.core import delivery
from mock_bfl.core.body import Decoded, NoBody
from mock_bfl.core.image_header import ImageSize, NotAnImage, begins_like_an_image, measure
from mock_bfl.core.keys import KeyAccepted
from mock_bfl.core.loopback import loopback_of
from mock_bfl.core.order import Order, TooLarge, read_order
from mock_bfl.core.references import is_of_this_machine
from mock_bfl.core.reply import Reply
from mock_bfl.core.request import Invalid
from mock_bfl.exchanging import MOST_OF_A_HEAD_BYTES, Deadline, connected

from .call import Call
from .context import Context

Fetch = Callable[[str], ImageSize | NotAnImage]

_HEADER_BYTES = 65_536  # all that comes before the pixels of an ordinary file
_MOST_BYTES = 2 * limits.MAX_REFERENCE_BYTES.value + MOST_OF_A_HEAD_BYTES  # a body in chunks is longer than the image
_LONGEST_SHOWN = 200
_SAFE_IN_A_TARGET = "/?%:@!$&'()*+,;=~"


class References:
    """Reads orders; `sample` answers a request for one of the mock's own pictures."""

    def __init__(self, context: Context, *, fetch: Fetch, sample: Callable[[Call], Reply]) -> None:
        self._context = context
        self._fetch = fetch
        self._sample = sample

    def read_order(self, body: Decoded | NoBody, *, model: Model, call: Call) -> Order | Invalid | TooLarge:
        """Return the order in a body, its images measured as far as they can be."""
        context = self._context
        order = read_order(body, model=model, dialect=context.dialect)
        if not isinstance(order, Order) or not order.to_fetch or not self._is_accepted(call.key):
            return order
        fetched = {url: self._measured(url, call) for url in order.to_fetch}
        return read_order(body, model=model, dialect=context.dialect, fetched=fetched)

    def _is_accepted(self, key: str | None) -> bool:
        checked = self._context.rules.check_key(key, known=self._context.setup.known_keys)
        return isinstance(checked, KeyAccepted)

    def _measured(self, url: str, call: Call) -> ImageSize | NotAnImage:
        parts = urlsplit(url)
        if not self._is_own_sample(parts.path):
            return self._fetch(url)
        own = Call(method="GET", path=parts.path, origin=call.origin, query=dict(parse_qsl(parts.query)))
        reply = self._sample(own)
        return measure(reply.body) if reply.status == 200 else NotAnImage(_answered(url, reply.status))

    def _is_own_sample(self, path: str) -> bool:
        with self._context.store.transaction():
            return self._context.store.task_of_sample(delivery.sample_key_in(path) or "") is not None


class LoopbackFetcher:
    """Measures the image behind a URL of this machine: no more of it is read than its header and its length demand.

    It is done or given up in `timeout_s`, however slowly its server sends, and after `most_bytes` in all. No proxy is
    asked, no redirect followed, no certificate checked. Given a URL of another machine it refuses.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        timeout_s: float = limits.FETCH_TIMEOUT_S.value,
        most_bytes: int = _MOST_BYTES,
    ) -> None:
        self._clock = clock or SystemClock()
        self._timeout_s = timeout_s
        self._most_bytes = most_bytes

    def __call__(self, url: str) -> ImageSize | NotAnImage:
        """Return what the header of the image says, or why there is none. Never raises."""
        if not is_of_this_machine(url):
            return NotAnImage(f"{_shown(url)} is not of this machine.")
        try:
            return self._fetched(url, urlsplit(url))
        except (OSError, HTTPException, ValueError) as error:
            return NotAnImage(f"{_shown(url)} could not be fetched: {str(error) or type(error).__name__}.")

    def _fetched(self, url: str, parts: SplitResult) -> ImageSize | NotAnImage:
        is_secret = parts.scheme.lower() == "https"
        with connected(
            loopback_of(parts.hostname or "") or "",
            parts.port or (443 if is_secret else 80),
            deadline=Deadline(self._timeout_s, clock=self._clock),
            most_bytes=self._most_bytes,
            tls=_trusting() if is_secret else None,
        ) as connection:
            connection.request("GET", _target(parts), headers={"Host": parts.netloc.rpartition("@")[2]})
            response = connection.getresponse()
            if response.status != 200:
                return NotAnImage(_answered(url, response.status))
            return self._measured(response)

    def _measured(self, response: HTTPResponse) -> ImageSize | NotAnImage:
        chunks = self._chunks(response)
        data = b""
        while len(data) < _HEADER_BYTES and (chunk := next(chunks, b"")):
            data += chunk
        if isinstance(measure(data), NotAnImage) and begins_like_an_image(data):
            data += b"".join(chunks)  # its header is longer than most
        found = measure(data)
        if isinstance(found, NotAnImage):
            return found
        length = response.getheader("Content-Length")
        return replace(found, length_bytes=int(length) if length else len(data) + sum(map(len, chunks)))

    def _chunks(self, response: HTTPResponse) -> Iterator[bytes]:
        """Yield the body up to one byte more than an image may have."""
        left = limits.MAX_REFERENCE_BYTES.value + 1
        while left and (chunk := response.read1(min(left, _HEADER_BYTES))):
            left -= len(chunk)
            yield chunk


def _target(parts: SplitResult) -> str:
    query = f"?{parts.query}" if parts.query else ""
    return quote(f"{parts.path or '/'}{query}", safe=_SAFE_IN_A_TARGET)


def _trusting() -> ssl.SSLContext:
    """Return a context for https on this machine, where certificates are thrown away with the test."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _answered(url: str, status: int) -> str:
    return f"{_shown(url)} answered {status}, not 200."


def _shown(url: str) -> str:
    """Return a URL as a sentence may repeat it: it can hold lone surrogates, and megabytes."""
    return url.encode("ascii", "backslashreplace").decode()[:_LONGEST_SHOWN]
