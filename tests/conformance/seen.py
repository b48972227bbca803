"""Observations as a test types them: what was seen, at which second, with little else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from bfl_conformance import (
    EXPECTATIONS,
    CreditsSeen,
    Polled,
    Refused,
    Reply,
    Sampled,
    Submitted,
    judge,
)
from bfl_conformance.observation import Json, Observation

START_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
RATE_HEADERS = {
    "x-ratelimit-limit": "1200",
    "x-ratelimit-remaining": "1199",
    "x-ratelimit-reset": "1766006912.6701646",
    "retry-after": "1",
}
JPEG = b"\xff\xd8\xff\xe0"
XML = b"<Error><Code>AuthenticationFailed</Code></Error>"


def reply(
    document: Mapping[str, Json] | None = None,
    *,
    at_s: float = 0,
    took_s: float = 0,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Reply:
    """A reply decided at `at_s` seconds after the start, or at most `took_s` later."""
    encoded = json.dumps(document, separators=(",", ":")).encode() if body is None else body
    return Reply(
        sent_at_ms=START_MS + round(at_s * 1000),
        received_at_ms=START_MS + round((at_s + took_s) * 1000),
        status_code=status,
        headers=headers or {"content-type": "application/json"},
        body=encoded,
        document=document or {},
    )


def task_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def submitted(
    number: int = 1,
    *,
    at_s: float = 0,
    took_s: float = 0,
    key: str = "A",
    model: str = "flux-2-pro",
    request: Mapping[str, Json] | None = None,
    cost: float | None = 3.0,
    output_mp: float | None = 1.0,
    input_mp: float | None = 0.0,
    faults: tuple[str, ...] = (),
    **changed: Json,
) -> Submitted:
    """An accepted submission of 1024 x 1024 on flux-2-pro, with `changed` keys in its reply."""
    name = task_id(number)
    document: dict[str, Json] = {
        "id": name,
        "polling_url": f"https://api.eu2.bfl.ai/v1/get_result?id={name}",
        "cost": cost,
        "input_mp": input_mp,
        "output_mp": output_mp,
        **changed,
    }
    usual: dict[str, Json] = {"prompt": "a cube", "width": 1024, "height": 1024}
    answer = reply(document, at_s=at_s, took_s=took_s)
    return Submitted(reply=answer, key=key, model=model, request=usual if request is None else request, faults=faults)


def polled(
    status: str,
    *,
    at_s: float = 0,
    took_s: float = 0,
    number: int = 1,
    code: int = 200,
    result: dict[str, Json] | None = None,
    progress: float | None = None,
    details: Json = None,
) -> Polled:
    """A poll with all six keys and the recorded headers."""
    document: dict[str, Json] = {
        "id": task_id(number),
        "status": status,
        "result": result,
        "progress": progress,
        "details": details,
        "preview": None,
    }
    answer = reply(document, at_s=at_s, took_s=took_s, status=code, headers=RATE_HEADERS)
    return Polled(reply=answer, key="A", task_id=task_id(number))


def ready(*, at_s: float, took_s: float = 0, number: int = 1, se_s: float | None = None, seed: Json = 42) -> Polled:
    """A Ready poll of FLUX.2 whose URL lives until `se_s` seconds after the start: ten minutes, if not told."""
    end_s = at_s + 600 if se_s is None else se_s
    result: dict[str, Json] = {
        "start_time": 1767225600.5,
        "prompt": "a fine cube",
        "seed": seed,
        "sample": sample_url(end_s, number=number),
    }
    return polled("Ready", at_s=at_s, took_s=took_s, number=number, result=result)


def sample_url(end_s: float, *, number: int = 1) -> str:
    end = datetime.fromtimestamp(START_MS / 1000 + end_s, UTC).strftime("%Y-%m-%dT%H%%3A%M%%3A%SZ")
    return f"https://x.blob.core.windows.net/results/2026/01/01/{number:032x}_sample.jpeg?se={end}&sp=r&sig=x%3D"


def sampled(
    status: int, *, at_s: float, se_s: float, took_s: float = 0, kind: str = "image/jpeg", body: bytes = JPEG
) -> Sampled:
    """A download of a URL that lives until `se_s`; a refusal comes as Azure's XML."""
    shown = ({"content-type": kind}, body) if status == 200 else ({"content-type": "application/xml"}, XML)
    answer = reply(at_s=at_s, took_s=took_s, status=status, headers=shown[0], body=shown[1])
    return Sampled(reply=answer, task_id=task_id(1), url=sample_url(se_s))


def credits_seen(balance: Json, *, at_s: float = 0, key: str = "A") -> CreditsSeen:
    return CreditsSeen(reply=reply({"credits": balance}, at_s=at_s), key=key)


def refused(
    status: int,
    document: Mapping[str, Json] | None = None,
    *,
    at_s: float = 0,
    model: str = "flux-2-pro",
    faults: tuple[str, ...] = (),
    key: str = "A",
) -> Refused:
    answer = reply({"detail": "no"} if document is None else document, at_s=at_s, status=status)
    return Refused(reply=answer, key=key, what="submission", model=model, faults=faults)


def broken_laws(*seen: Observation, dialect: str = "live") -> list[str]:
    """Return the ids of the laws that the last observation breaks after the others."""
    return [violation.law for violation in judge(seen[:-1], seen[-1], expectations=EXPECTATIONS[dialect])]


def all_broken_laws(seen: Sequence[Observation], *, dialect: str = "live") -> list[str]:
    """Return the ids of the laws broken anywhere in a sequence."""
    return [law for count in range(1, len(seen) + 1) for law in broken_laws(*seen[:count], dialect=dialect)]
