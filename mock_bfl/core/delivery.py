"""Sign the URL of a sample, and check one: Azure's form, ten minutes of life, an hour for FLUX 3.

`se` has whole seconds: at `se` minus one millisecond the URL answers, at `se` it is refused.  [CASS]
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256
from urllib.parse import quote

from mock_bfl.contract import Dialect, Family, headers

from .task import Task

_KEY_IN_PATH = re.compile(r"/results/.*?([0-9a-f]{32})(?:_sample|/sample)\.(?:jpeg|png|webp)")
_SE_FORM = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Fresh:
    """The URL is genuine and alive."""


@dataclass(frozen=True, slots=True)
class Expired:
    """The URL was genuine once. Instants in milliseconds."""

    expired_at_ms: int
    now_ms: int

    def why(self) -> str:
        """Say it in one sentence."""
        ago_s = (self.now_ms - self.expired_at_ms) / 1000
        return f"This sample URL expired {ago_s:.3f} s ago; poll the task again for a newly signed one."


@dataclass(frozen=True, slots=True)
class Forged:
    """The signature does not belong to the path and parameters."""

    def why(self) -> str:
        """Say it in one sentence."""
        return "The signature does not match this path and its parameters: use result.sample exactly as it came."


def expires_at_ms(task: Task, *, now_ms: int, dialect: Dialect) -> int:
    """Return `se` for a poll at `now_ms`: when it was Ready, or the poll that re-signs, rounded up, + its life."""
    ready_at_ms = now_ms if task.settles_at_ms is None else task.settles_at_ms
    signed_at_ms = max(now_ms, ready_at_ms) if dialect.sample_resigned else ready_at_ms
    return -(-signed_at_ms // 1000) * 1000 + task.model.sample_life_s.value * 1000


def sample_path(task: Task) -> str:
    """Return the path of a task's sample: hashed for FLUX.1, else dated.  [CASS; tools and FLUX 3 ASSUMED]"""
    key, extension = task.sample_key, task.output_format
    if task.model.family is not Family.FLUX_1:
        day = _utc(task.settles_at_ms or task.created_at_ms).strftime("%Y/%m/%d")
        return f"/results/{day}/{key}_sample.{extension}"
    return f"/results/{key[-2:]}/{key[8:14]}{key[:8]}/{key}/sample.{extension}"


def sample_key_in(path: str) -> str | None:
    """Return the key of the sample that a path names, or None."""
    match = _KEY_IN_PATH.fullmatch(path)
    return match[1] if match else None


def signed_query(path: str, *, output_format: str, expires_at_ms: int, secret: bytes) -> str:
    """Return the query string that makes `path` a live URL, its parameters in the recorded order.  [CASS]"""
    parameters = {
        "se": _utc(expires_at_ms).strftime(_SE_FORM),
        "sp": headers.SAMPLE_PERMISSION.value,
        "sv": headers.SAMPLE_SIGNATURE_VERSION.value,
        "sr": headers.SAMPLE_RESOURCE.value,
        "rsct": f"image/{output_format}",
    }
    parameters["sig"] = _signature(path, parameters, secret)
    return "&".join(f"{name}={quote(value, safe='/' if name == 'rsct' else '')}" for name, value in parameters.items())


def secret_of(seed: int) -> bytes:
    """Return the secret that signs sample URLs: the same for every worker of one seed."""
    return sha256(f"sample-url/{seed}".encode()).digest()


def signed_url(task: Task, *, origin: str, expires_at_ms: int, secret: bytes) -> str:
    """Return the live URL of a task's sample on `origin`."""
    path = sample_path(task)
    query = signed_query(path, output_format=task.output_format, expires_at_ms=expires_at_ms, secret=secret)
    return f"{origin}{path}?{query}"


def check_sample(path: str, query: Mapping[str, str], *, now_ms: int, secret: bytes) -> Fresh | Expired | Forged:
    """Return whether a sample URL is genuine and alive at `now_ms`; compares in constant time."""
    signature = query.get("sig", "").encode("utf-8", "replace")
    if not hmac.compare_digest(signature, _signature(path, query, secret).encode()):
        return Forged()
    end_ms = round(datetime.strptime(query["se"], _SE_FORM).replace(tzinfo=UTC).timestamp()) * 1000
    return Fresh() if now_ms < end_ms else Expired(end_ms, now_ms)


def refusal_xml(verdict: Expired | Forged, *, now_ms: int, request_id: str) -> str:
    """Return Azure's body for a URL that is not accepted.  [AZURE: real captures; none from BFL]"""
    time = _utc(now_ms).isoformat(timespec="microseconds").replace("+00:00", "0Z")
    return (
        '\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthenticationFailed</Code><Message>Server failed to '
        "authenticate the request. Make sure the value of Authorization header is formed correctly including the "
        f"signature.\nRequestId:{request_id}\nTime:{time}</Message>"
        f"<AuthenticationErrorDetail>{_detail(verdict)}</AuthenticationErrorDetail></Error>"
    )


def _detail(verdict: Expired | Forged) -> str:
    if isinstance(verdict, Forged):
        return "Signature did not match."
    start, end = (format_datetime(_utc(ms), usegmt=True) for ms in (verdict.now_ms, verdict.expired_at_ms))
    return f"Signed expiry time [{end}] must be after signed start time [{start}]"


def _signature(path: str, parameters: Mapping[str, str], secret: bytes) -> str:
    signed = "\n".join((path, *(parameters.get(name, "") for name in ("se", "sp", "sv", "sr", "rsct"))))
    digest = hmac.digest(secret, signed.encode("utf-8", "surrogatepass"), sha256)
    return base64.b64encode(digest).decode()


def _utc(instant_ms: int) -> datetime:
    return datetime.fromtimestamp(instant_ms / 1000, UTC)
