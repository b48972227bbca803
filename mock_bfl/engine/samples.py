"""The answers of the delivery host: a blob of Azure storage, or its refusal in XML."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import md5, sha256

from mock_bfl.contract import Family, headers, statuses
from mock_bfl.core import delivery
from mock_bfl.core.delivery import Expired, Forged, Fresh, refusal_xml
from mock_bfl.core.exchange import EXPIRED_SAMPLE
from mock_bfl.core.picture import CONTENT_TYPES, Picture, PictureCache
from mock_bfl.core.reply import Reply
from mock_bfl.core.task import Task

from .call import Call
from .context import Context


class Samples:
    """Delivers the pictures of one mock."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._pictures = PictureCache()

    def answer(self, call: Call) -> Reply:
        """Answer GET on a signed sample URL: the picture, or Azure's refusal. Before Ready there is no blob."""
        context = self._context
        with context.store.transaction():
            task = context.store.task_of_sample(delivery.sample_key_in(call.path) or "")
            now_ms = context.now_ms(None if task is None else task.account)
            if task is not None and context.rules.observe(task, now_ms=now_ms).status != statuses.READY:
                task = None
        verdict = context.rules.check_sample(call.path, call.query, now_ms=now_ms, secret=context.setup.signing_secret)
        if not isinstance(verdict, Fresh):
            return _refused(task, verdict, now_ms=now_ms)
        return _gone() if task is None else _delivered(task, self._pictures.get(_picture(task)))


def _picture(task: Task) -> Picture:
    return Picture(
        model=task.model.title,
        prompt=task.prompt,
        seed=task.seed,
        width_px=task.width_px,
        height_px=task.height_px,
        output_format=task.output_format,
    )


def _delivered(task: Task, data: bytes) -> Reply:
    """Return the picture with a blob's headers.  [CASS; AZURE]"""
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
