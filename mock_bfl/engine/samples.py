"""The answers of the delivery host: a blob of Azure storage, or its refusal in XML."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import md5, sha256

from mock_bfl.contract import Family, headers
from mock_bfl.core.delivery import Expired, Forged, Fresh, refusal_xml
from mock_bfl.core.exchange import EXPIRED_SAMPLE
from mock_bfl.core.picture import CONTENT_TYPES
from mock_bfl.core.reply import Reply
from mock_bfl.core.task import Task


def sample_reply(
    task: Task | None, verdict: Fresh | Expired | Forged, *, now_ms: int, picture: Callable[[Task], bytes]
) -> Reply:
    """Return the picture with a blob's headers, or the 403 of an expired or forged URL.  [CASS; AZURE]"""
    if not isinstance(verdict, Fresh):
        return _refused(task, verdict, now_ms=now_ms)
    if task is None:
        return _gone()
    data = picture(task)
    made_at = datetime.fromtimestamp((task.settles_at_ms or task.created_at_ms) // 1000, UTC)
    modified = format_datetime(made_at, usegmt=True)
    blob_headers = (
        ("Content-MD5", base64.b64encode(md5(data, usedforsecurity=False).digest()).decode()),
        ("ETag", f'"0x{sha256(data).hexdigest()[:15].upper()}"'),
        ("Last-Modified", modified),
        ("X-Ms-Creation-Time", modified),
        *headers.SAMPLE_HEADERS.value,
        *((headers.FLUX_1_SAMPLE_CACHE.value,) if task.model.family is Family.FLUX_1 else ()),
    )
    content_type = CONTENT_TYPES[task.output_format]
    return Reply(200, data, blob_headers, content_type, account=task.account, task_id=task.id, slug=task.slug)


def _refused(task: Task | None, verdict: Expired | Forged, *, now_ms: int) -> Reply:
    request_id = sha256(f"{now_ms}/{task.id if task else ''}".encode()).hexdigest()[:32]
    return Reply(
        headers.EXPIRED_SAMPLE.value,
        refusal_xml(verdict, now_ms=now_ms, request_id=request_id).encode(),
        (("x-ms-error-code", "AuthenticationFailed"), *headers.SAMPLE_HEADERS.value[1:2]),
        "application/xml",
        why=verdict.why(),
        account=None if task is None else task.account,
        task_id=None if task is None else task.id,
        notes=(EXPIRED_SAMPLE,) if isinstance(verdict, Expired) else (),
    )


def _gone() -> Reply:
    """A genuine URL whose blob is no longer there: the mock was reset since.  [AZURE's code for it; ASSUMED for BFL]"""
    body = (
        '\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>BlobNotFound</Code>'
        "<Message>The specified blob does not exist.</Message></Error>"
    )
    return Reply(
        404,
        body.encode(),
        (("x-ms-error-code", "BlobNotFound"),),
        "application/xml",
        why="The URL is genuine, but its task is gone: the mock was reset since.",
    )
