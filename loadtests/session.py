"""Locust's HTTP session, taught to measure whole exchanges.

The client streams, and Locust ends its measurement of a streamed answer with the headers and believes the
Content-Length. Here an exchange is reported when the client closes the answer: with the body in its time, the bytes
that came as its length, its grouped name, and a refusal for want of a slot as no failure.
"""

from __future__ import annotations

from typing import Any, Self

import urllib3
from locust.clients import HttpSession, ResponseContextManager

from bfl_client import SystemClock

from .names import grouped_name, judge

_CLOCK = SystemClock()


class WholeExchange(ResponseContextManager):
    """An answer that is reported once, when it is closed."""

    _started_s: float
    _is_reported = False

    @classmethod
    def begun(cls, response: ResponseContextManager, *, started_s: float) -> Self:
        """Change `response` into one of this class, in place as Locust changes it from that of requests."""
        response.__class__ = cls
        assert isinstance(response, cls)
        response._started_s = started_s
        return response

    def close(self) -> None:
        """Report the exchange, then give the connection back."""
        if not self._is_reported:
            self._is_reported = True
            self._report()
        super().close()

    def _report(self) -> None:
        meta: Any = self.request_meta
        judged = judge(meta["name"], status=self.status_code, is_whole=self._is_whole())
        meta["name"] = judged.name
        meta["response_time"] = (_CLOCK.monotonic_s() - self._started_s) * 1000
        meta["response_length"] = self.raw.tell()
        _settle(self, failure=judged.failure)

    def _is_whole(self) -> bool:
        raw = self.raw
        return not (isinstance(raw, urllib3.HTTPResponse) and raw.length_remaining)


class WholeExchangeSession(HttpSession):
    """An HttpSession that names its requests by itself and reports each when its answer is closed."""

    def request(self, method: str | bytes, url: str | bytes, **options: Any) -> ResponseContextManager:  # type: ignore[override]  # Locust's options are passed on, whatever they are
        """Send a request whose answer must be closed by whoever asked for it."""
        started_s = _CLOCK.monotonic_s()
        name = grouped_name(_text(method), _text(url))
        response = super().request(method, url, name=name, catch_response=True, **options)
        if response.error is None:
            return WholeExchange.begun(response, started_s=started_s)
        _settle(response, failure=type(response.error).__name__)
        return response


def _settle(response: Any, *, failure: str | None) -> None:
    """Have Locust count an exchange; `response` is a ResponseContextManager, which carries half of its types."""
    with response:
        if failure is None:
            response.success()
        else:
            response.failure(failure)


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode()
