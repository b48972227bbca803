"""Send one request to a receiver: no redirects, no proxies, nothing of the environment, no longer than it may take."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

import requests
from urllib3.exceptions import HTTPError

from mock_bfl.contract import webhooks
from mock_bfl.core.outgoing import Outgoing
from mock_bfl.core.receiver import Foreign, Reachable, receiver_of

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
        """How long a receiver may take."""
        ...

    def send(self, outgoing: Outgoing) -> Answer:
        """Return the receiver's answer. Never raises for what a receiver, or a URL, can do."""
        ...


class HttpSender:
    """Sends over the network, to this machine and to `hosts` only."""

    def __init__(self, *, hosts: Collection[str] = (), answer_within_s: float = webhooks.ANSWER_WITHIN_S.value) -> None:
        self._hosts = frozenset(hosts)
        self.answer_within_s = answer_within_s

    def send(self, outgoing: Outgoing) -> Answer:
        """Return the receiver's status; of a foreign one, which is not contacted, what would allow it."""
        receiver = receiver_of(outgoing.url, allowed=self._hosts)
        if isinstance(receiver, Foreign):
            return Answer(error=receiver.why(), is_final=True)
        try:
            return Answer(status=self._post(receiver, outgoing))
        except requests.Timeout:
            return Answer(error=f"no answer within {self.answer_within_s:g} s")
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            return Answer(error=_sentence(error))

    def _post(self, receiver: Reachable, outgoing: Outgoing) -> int:
        """Return the status; the body of the answer is not read, for nothing depends on it."""
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(
                receiver.url,
                data=outgoing.body,
                headers={**dict(outgoing.headers), "Host": receiver.host_header},
                timeout=self.answer_within_s,
                allow_redirects=False,
                stream=True,
            )
            answer.close()
            return answer.status_code


def _sentence(error: Exception) -> str:
    """Return the innermost reason of an error: `Connection refused` says more than what wraps it."""
    reason: BaseException = error
    while (inner := reason.__cause__ or reason.__context__) is not None:
        reason = inner
    return f"{type(error).__name__}: {reason}"[:_LONGEST_ERROR]
