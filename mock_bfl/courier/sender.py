"""Send one request to a receiver: no redirects, no proxies, nothing of the environment, no longer than it may take."""

from __future__ import annotations

import ssl
from collections.abc import Collection
from dataclasses import dataclass
from http.client import HTTPException
from typing import Protocol
from urllib.parse import urlsplit

import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from mock_bfl.clock import Clock, SystemClock
from mock_bfl.contract import webhooks
from mock_bfl.core.loopback import loopback_of
from mock_bfl.core.outgoing import Outgoing
from mock_bfl.core.receiver import Foreign, Reachable, receiver_of
from mock_bfl.exchanging import Deadline, connected

_LONGEST_ERROR = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: a status, or the sentence that says why none did. `is_final`: trying again would not help."""

    status: int | None = None
    error: str | None = None
    is_final: bool = False


class Sender(Protocol):
    """Brings a request to its receiver."""

    @property
    def answer_within_s(self) -> float:
        """How long a receiver may take in all: `send` lasts no longer, for the lease of a delivery does not."""
        ...

    def send(self, outgoing: Outgoing) -> Answer:
        """Return the receiver's answer. Never raises for what a receiver, or a URL, can do."""
        ...


class HttpSender:
    """Sends over the network, to this machine and to `hosts` only."""

    def __init__(
        self,
        *,
        hosts: Collection[str] = (),
        answer_within_s: float = webhooks.ANSWER_WITHIN_S.value,
        clock: Clock | None = None,
    ) -> None:
        self._hosts = frozenset(hosts)
        self._clock = clock or SystemClock()
        self.answer_within_s = answer_within_s

    def send(self, outgoing: Outgoing) -> Answer:
        """Return the receiver's status; of a foreign one, which is not contacted, what would allow it."""
        receiver = receiver_of(outgoing.url, allowed=self._hosts)
        if isinstance(receiver, Foreign):
            return Answer(error=receiver.why(), is_final=True)
        try:
            return Answer(status=self._post(receiver, outgoing))
        except TimeoutError:
            return Answer(error=f"no answer within {self.answer_within_s:g} s")
        except (requests.RequestException, HTTPException, OSError, ValueError) as error:
            return Answer(error=_sentence(error))

    def _post(self, receiver: Reachable, outgoing: Outgoing) -> int:
        """Return the status; the body of the answer is not read, for nothing depends on it."""
        deadline = Deadline(self.answer_within_s, clock=self._clock)
        prepared = _prepared(receiver, outgoing)
        parts = urlsplit(prepared.url or "")
        is_secret = parts.scheme == "https"
        with connected(
            parts.hostname or "",
            parts.port or (443 if is_secret else 80),
            deadline=deadline,
            tls=_trusting(parts.hostname or "") if is_secret else None,
        ) as connection:
            connection.request("POST", prepared.path_url, outgoing.body, dict(prepared.headers))
            return connection.getresponse().status


def _prepared(receiver: Reachable, outgoing: Outgoing) -> requests.PreparedRequest:
    """Return the request as `requests` writes it: a URL that may stand in a line, its user and password as a header."""
    headers = {**dict(outgoing.headers), "Accept": "*/*", "Host": receiver.host_header}
    return requests.Request("POST", receiver.url, headers=headers, data=outgoing.body).prepare()


def _trusting(host: str) -> ssl.SSLContext:
    """Return a context that trusts whom `requests` trusts, whatever the environment says; on this machine everybody.

    No authority that is trusted vouches for `localhost`: otherwise no https receiver of a test could ever be reached.
    """
    context = ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)
    if loopback_of(host) is not None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _sentence(error: Exception) -> str:
    """Return the innermost reason of an error: `Connection refused` says more than what wraps it."""
    reason: BaseException = error
    while (inner := reason.__cause__ or reason.__context__) is not None:
        reason = inner
    return f"{type(error).__name__}: {reason}"[:_LONGEST_ERROR]
