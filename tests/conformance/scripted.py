"""A target in memory that answers from a list: what a check makes of answers that no mock gives."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from bfl_conformance import Need, Reply
from bfl_conformance.observation import Json, document_of
from bfl_conformance.target import DEFAULT_KEYS

Answer = tuple[int, Mapping[str, Json]]


class ScriptedTarget:
    """Answers each request with `answer(method, path)`; its clock shows the seconds that it was advanced."""

    def __init__(self, answer: Callable[[str, str], Answer], *, abilities: frozenset[Need] = frozenset()) -> None:
        self._answer = answer
        self._abilities = abilities
        self._now_ms = 0
        self.sent: list[tuple[str, str, Mapping[str, str]]] = []

    @property
    def base_url(self) -> str:
        return "http://scripted.localhost"

    @property
    def keys(self) -> Mapping[str, str]:
        return DEFAULT_KEYS

    @property
    def abilities(self) -> frozenset[Need]:
        return self._abilities

    def request(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Reply:
        self.sent.append((method, url, headers))
        status, document = self._answer(method, url.removeprefix(self.base_url))
        encoded = json.dumps(document, separators=(",", ":")).encode()
        return Reply(
            sent_at_ms=self._now_ms,
            received_at_ms=self._now_ms,
            status_code=status,
            headers={"content-type": "application/json"},
            body=encoded,
            document=document_of(encoded),
        )

    def advance(self, *, seconds: float) -> None:
        self._now_ms += round(seconds * 1000)

    def renew(self) -> None:
        self._now_ms = 0
