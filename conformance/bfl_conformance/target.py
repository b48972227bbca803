"""What is judged: anything that answers HTTP, with or without a clock that can be moved.

Law: in this version no host but loopback is ever contacted.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from types import MappingProxyType, TracebackType
from typing import Protocol
from urllib.parse import urlsplit

import requests

from .errors import TargetRefused, TargetUnreachable
from .observation import Reply, document_of, number_of

DEFAULT_KEYS: Mapping[str, str] = MappingProxyType({"A": "bfl-conformance-a", "B": "bfl-conformance-b"})
_TIMEOUT_S = (3.05, 30.0)
_NEVER_MS = 2**53


class Need(StrEnum):
    """What a check needs of a target beyond plain requests; without it the check is skipped.

    CLOCK: time stands still and can be moved, so that waiting costs nothing and instants are exact.
    SECOND_KEY: a key of another account, under the label "B".
    DIRECTIVES: `[mock: …]` in a prompt scripts the task.
    FRESH_ACCOUNT: `renew` leaves the accounts without tasks.
    """

    CLOCK = "clock control"
    SECOND_KEY = "second key"
    DIRECTIVES = "mock directives"
    FRESH_ACCOUNT = "fresh account"


class Target(Protocol):
    """A server under judgement. Keys go by a label, "A" or "B", so that they never reach a report."""

    @property
    def base_url(self) -> str:
        """The URL that paths are appended to."""
        ...

    @property
    def keys(self) -> Mapping[str, str]:
        """The API keys by label; "A" is always there."""
        ...

    @property
    def abilities(self) -> frozenset[Need]:
        """What this target offers."""
        ...

    def request(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Reply:
        """Send one request, following no redirect. Raises TargetUnreachable when no answer comes."""
        ...

    def advance(self, *, seconds: float) -> None:
        """Move the clock of every account forward. Only with Need.CLOCK."""
        ...

    def renew(self) -> None:
        """Begin afresh: with Need.FRESH_ACCOUNT, the accounts hold no task."""
        ...


class HttpTarget:
    """A server at a loopback URL. Where it is the mock, its accounts are reset and their clocks stand still.

    A context manager: leaving it lets the clocks run on. Without a clock that can be stopped, an instant is known as
    far as the `Date` header tells: the second in which the answer was made.
    """

    def __init__(
        self, base_url: str, *, keys: Mapping[str, str] = DEFAULT_KEYS, session: requests.Session | None = None
    ) -> None:
        refuse_foreign(base_url)
        self._base_url = base_url.rstrip("/")
        self._keys = dict(keys)
        self._owned = ExitStack()
        self._session = session or self._owned.enter_context(requests.Session())
        self._session.trust_env = False  # a proxy or .netrc of the user is no part of the target
        self._now_ms: int | None = None
        self._is_mock = self._has_control()

    @property
    def base_url(self) -> str:
        """The URL that paths are appended to."""
        return self._base_url

    @property
    def keys(self) -> Mapping[str, str]:
        """The API keys by label."""
        return self._keys

    @property
    def abilities(self) -> frozenset[Need]:
        """Everything on a mock; elsewhere a second key, if one was given."""
        second = {Need.SECOND_KEY} if "B" in self._keys else set[Need]()
        control = {Need.CLOCK, Need.DIRECTIVES, Need.FRESH_ACCOUNT} if self._is_mock else set[Need]()
        return frozenset(second | control)

    def request(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Reply:
        """Send one request. Raises TargetRefused for a host beyond loopback, TargetUnreachable without an answer."""
        refuse_foreign(url)
        try:
            response = self._session.request(
                method, url, headers=dict(headers), data=body, timeout=_TIMEOUT_S, allow_redirects=False
            )
        except requests.RequestException as error:
            raise TargetUnreachable(f"{method} {urlsplit(url).path}: {type(error).__name__}") from error
        sent_at_ms, received_at_ms = self._window(response)
        return reply_from(response, sent_at_ms=sent_at_ms, received_at_ms=received_at_ms)

    def advance(self, *, seconds: float) -> None:
        """Move the clocks of the accounts."""
        self._now_ms = max(self._control(label, {"advance_s": seconds}) for label in self._keys)

    def renew(self) -> None:
        """Reset the accounts of a mock and stop their clocks at one instant; elsewhere do nothing."""
        if not self._is_mock:
            return
        for label in self._keys:
            self._post("/_mock/reset", label, {})
        stopped = {label: self._control(label, {"freeze": True}) for label in self._keys}
        latest = max(stopped.values())
        for label, now_ms in stopped.items():
            if now_ms < latest:
                self._control(label, {"advance_s": (latest - now_ms) / 1000})
        self._now_ms = latest

    def __enter__(self) -> HttpTarget:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_mock and self._now_ms is not None:
            for label in self._keys:
                self._control(label, {"freeze": False})
        self._owned.close()

    def _window(self, response: requests.Response) -> tuple[int, int]:
        if self._now_ms is not None:
            return self._now_ms, self._now_ms
        return window_from_date(response.headers.get("Date"), elapsed=response.elapsed)

    def _has_control(self) -> bool:
        reply = self.request("GET", f"{self._base_url}/_mock/health", headers={})
        return reply.status_code == 200 and number_of(reply.document.get("now_ms")) is not None

    def _control(self, label: str, order: Mapping[str, float | bool]) -> int:
        return int(number_of(self._post("/_mock/clock", label, order).document.get("now_ms")) or 0)

    def _post(self, path: str, label: str, order: Mapping[str, float | bool]) -> Reply:
        headers = {"x-key": self._keys[label], "Content-Type": "application/json"}
        reply = self.request("POST", self._base_url + path, headers=headers, body=json.dumps(order).encode())
        if reply.status_code != 200:
            raise TargetRefused(f"{path} answered {reply.status_code} for key {label}: {reply.excerpt()}")
        return reply


def reply_from(response: requests.Response, *, sent_at_ms: int, received_at_ms: int) -> Reply:
    """Return a response of requests as a frozen value."""
    is_json = "json" in response.headers.get("Content-Type", "")
    return Reply(
        sent_at_ms=sent_at_ms,
        received_at_ms=received_at_ms,
        status_code=response.status_code,
        headers=MappingProxyType({name.lower(): value for name, value in response.headers.items()}),
        body=response.content,
        document=document_of(response.content) if is_json else {},
    )


def window_from_date(date: str | None, *, elapsed: timedelta) -> tuple[int, int]:
    """Return between which instants an answer was made, by its `Date` (whole seconds): all of time without one.

    >>> window_from_date("Thu, 01 Jan 2026 00:00:10 GMT", elapsed=timedelta(milliseconds=200))
    (1767225609800, 1767225611199)
    """
    try:
        second_ms = round(parsedate_to_datetime(date or "").timestamp() * 1000)
    except ValueError:
        return 0, _NEVER_MS
    took_ms = round(elapsed / timedelta(milliseconds=1))
    return second_ms - took_ms, second_ms + 999 + took_ms


def refuse_foreign(url: str) -> None:
    """Raise TargetRefused unless `url` leads to this machine."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise TargetRefused(f"{url!r} is not a URL such as http://127.0.0.1:8000.")
    if not is_loopback(parts.hostname):
        raise TargetRefused(
            f"{parts.hostname} is not this machine. This version judges servers on loopback only, because a run "
            "submits paid work; judging a live server, within a budget, is a later version's --live."
        )


def is_loopback(host: str) -> bool:
    """Tell whether a host name can only mean this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
