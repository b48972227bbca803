"""The HTTP request that carries an event: where to, which bytes, which headers."""

from __future__ import annotations

from dataclasses import dataclass

from mock_bfl.contract import Dialect, statuses, webhooks

from .delivery import signed_url
from .reply import Headers
from .rules import Rules
from .task import Task
from .webhook import Delivery, signature, signing_secret_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A POST to a receiver."""

    url: str
    body: bytes
    headers: Headers

    @property
    def is_signed(self) -> bool:
        """Whether it has a signature."""
        return any(name == webhooks.SIGNATURE.value for name, _ in self.headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stationery:
    """What all events of a mock are written with. `secret` signs the URLs of samples."""

    dialect: Dialect
    rules: Rules
    secret: bytes

    def write(self, task: Task, delivery: Delivery) -> Outgoing:
        """Return the request of a delivery; the same bytes whenever it is asked for."""
        sample_url = self._sample_url(task, delivery) if task.final_status == statuses.READY else None
        body = self.rules.event_body(task, delivery, dialect=self.dialect, sample_url=sample_url)
        key = signing_secret_of(task)
        signed = () if key is None else ((webhooks.SIGNATURE.value, signature(body, key)),)
        named = (("Content-Type", webhooks.CONTENT_TYPE.value), ("User-Agent", webhooks.USER_AGENT.value))
        return Outgoing(url=task.webhook_url or "", body=body, headers=(*named, *signed))

    def _sample_url(self, task: Task, delivery: Delivery) -> str:
        """Return the sample as signed when the event happened: ten minutes later it is dead.  [GUIDE]"""
        end_ms = self.rules.expires_at_ms(task, now_ms=delivery.event_at_ms, dialect=self.dialect)
        return signed_url(task, origin=task.origin, expires_at_ms=end_ms, secret=self.secret)
