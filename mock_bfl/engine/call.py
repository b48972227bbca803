"""A request as the engine sees it: no web framework in sight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. `origin` is the scheme and host under which the client reached the mock, such as
    `http://127.0.0.1:8080`: polling and sample URLs are built from it, because some clients refuse any other.
    `scenario` are settings of a directive that a script puts on top of those in the prompt of a submit.
    """

    method: str
    path: str
    origin: str
    key: str | None = None
    content_type: str | None = None
    body: bytes = b""
    query: Mapping[str, str] = field(default_factory=dict)
    scenario: str | None = None
