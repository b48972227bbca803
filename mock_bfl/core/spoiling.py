"""Make the answer that a fault leaves: in the place of the real one, or out of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256
from random import Random
from types import MappingProxyType
from urllib.parse import quote

from mock_bfl.contract import Dialect, headers, statuses
from mock_bfl.contract.scripted import OTHER_STORAGE_ERROR, PHRASES, RETRY_AFTER_MS, STORAGE_ERRORS

from .bodies import not_found_body
from .delivery import Expired, refusal_xml
from .faults import WITHOUT_BODY, Fault, summary
from .refusals import refuse
from .reply import Headers, Reply, json_reply

_ERRORS: Mapping[int, str] = MappingProxyType(
    {
        401: "invalid_key",
        402: "insufficient_credits",
        403: "invalid_key",
        404: "not_found",
        405: "method_not_allowed",
        413: "body_too_large",
        500: "internal_error",
    }
)
_SAFE = ":/%#?=@[]!$&'()*+,;"
_LAST_DATE_S = 253_402_300_799  # the end of the year 9999: a date has no digits for more


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Where a fault strikes: the route, how the mock speaks, whose call it is, what the account's clock shows."""

    route: str
    dialect: Dialect
    origin: str
    now_ms: int
    account: str | None = None
    task_id: str | None = None
    headers: Headers = ()


def spoil(fault: Fault, reply: Reply | None, *, scene: Scene) -> Reply:
    """Return what is sent: `reply` spoiled, or with None the fault's own answer. Its wire is the server's business.

    What the client cannot read any more (a status word, a polling_url) it is not said to have been told.
    """
    base = _own_answer(fault, scene) if reply is None else reply
    status = base.status if fault.status is None else fault.status
    if fault.redirect is not None and not 300 <= status <= 399:
        status = 307
    body = b"" if status in WITHOUT_BODY else _body(fault, base.body)
    is_readable = body == base.body and status == base.status and fault.wire != "truncate" and not fault.sends_nothing
    return replace(
        base,
        status=status,
        body=body,
        content_type=base.content_type if fault.content_type is None else fault.content_type,
        headers=_headers(fault, base.headers, scene),
        why=f"Scripted: {summary(fault)}.",
        status_word=base.status_word if is_readable else None,
        leads_to=base.leads_to if is_readable else None,
    )


def without_effect(fault: Fault, intact: Reply | None, sent: Reply, *, is_head: bool) -> tuple[str, ...]:
    """Return what of a fault came to nothing on this answer, in words; `intact` is the answer before, if there was one.

    >>> without_effect(Fault(huge_bytes=5), None, Reply(200, b"a body of 18 bytes"), is_head=False)
    ('had no effect: huge_bytes=5, for the body has 18 bytes anyway',)
    """
    idle = tuple(_idle_parts(fault, sent, is_head=is_head))
    is_whole = fault.wire is None and fault.huge_bytes is None and intact is not None and _is_alike(intact, sent)
    if not idle and is_whole:
        idle = ("the answer went out as it would have",)
    return tuple(f"had no effect: {part}" for part in idle)


def _is_alike(first: Reply, second: Reply) -> bool:
    """Tell whether a client would take two answers for the same."""
    shown = ((each.status, each.body, each.content_type, sorted(each.headers)) for each in (first, second))
    return next(shown) == next(shown)


def _idle_parts(fault: Fault, sent: Reply, *, is_head: bool) -> Iterator[str]:
    if is_head or sent.status in WITHOUT_BODY:
        whose = "HEAD" if is_head else sent.status
        yield from (f"{part}, for a {whose} has no body" for part in _parts_of_a_body(fault, is_head=is_head))
        return
    length = len(sent.body)
    if fault.huge_bytes is not None and fault.huge_bytes <= length:
        yield f"huge_bytes={fault.huge_bytes}, for the body has {length} bytes anyway"
    if fault.wire == "drip" and (chunk := fault.chunk_of(length)) >= length:
        yield f"wire='drip', for a chunk of {chunk} bytes holds the body of {length}"


def _parts_of_a_body(fault: Fault, *, is_head: bool) -> Iterator[str]:
    """Yield what works on a body alone; a HEAD still tells the length of another body."""
    if fault.wire in {"truncate", "drip"}:
        yield f"wire={fault.wire!r}"
    names = ("huge_bytes",) if is_head else ("huge_bytes", "body", "garbage_bytes")
    yield from (name for name in names if getattr(fault, name) is not None)


def _own_answer(fault: Fault, scene: Scene) -> Reply:
    """Return the answer of a mock in trouble, as the dialect words it; on the delivery host as storage words it."""
    status = (307 if fault.redirect else 200) if fault.status is None else fault.status
    if scene.route == "sample":
        answer = _storage_answer(status, scene)
    elif status < 400:
        answer = Reply(status, b"", scene.headers)
    elif status == 404 and scene.route == "get_result":
        answer = _task_not_found(scene)
    else:
        answer = _refusal(status, scene)
    if fault.body is not None and fault.content_type is None:
        answer = replace(answer, content_type="application/json")
    return replace(answer, account=scene.account, task_id=answer.task_id or scene.task_id)


def _task_not_found(scene: Scene) -> Reply:
    task_id = (scene.task_id or "").encode("utf-8", "replace").decode()
    if scene.dialect.error_envelope == "guide":
        refusal = refuse("task_not_found", 404, dialect=scene.dialect, why="", headers=scene.headers)
        return replace(refusal, task_id=task_id, status_word=statuses.TASK_NOT_FOUND)
    return json_reply(
        404, not_found_body(task_id), headers=scene.headers, task_id=task_id, status_word=statuses.TASK_NOT_FOUND
    )


def _refusal(status: int, scene: Scene) -> Reply:
    """Return a refusal in the dialect's envelope; what it has no text for says the phrase of its status.  [FASTAPI]"""
    if status == 429:
        return _too_many(scene)
    if status in _ERRORS:
        return refuse(_ERRORS[status], status, dialect=scene.dialect, why="", headers=scene.headers)
    phrase = PHRASES.value.get(status, "Error")
    body: dict[str, object] = {"detail": phrase}
    if scene.dialect.error_envelope == "guide":
        body = {"error": phrase.lower().replace(" ", "_").replace("'", ""), "message": phrase}
    return json_reply(status, body, headers=scene.headers)


def _too_many(scene: Scene) -> Reply:
    shown, wait_s = scene.headers, scene.dialect.over_limit_retry_after_s
    if wait_s is not None:
        shown = (*shown, (headers.RETRY_AFTER.value, str(wait_s)))
    return refuse("too_many_tasks", 429, dialect=scene.dialect, why="", headers=shown)


def _storage_answer(status: int, scene: Scene) -> Reply:
    """Return what blob storage answers.  [AZURE]"""
    request_id = sha256(f"{scene.now_ms}/{scene.task_id}".encode()).hexdigest()[:32]
    if status < 400:
        return Reply(status, b"", content_type="application/octet-stream")
    if status == headers.EXPIRED_SAMPLE.value:
        expired = Expired(scene.now_ms // 1000 * 1000, scene.now_ms)
        code, body = "AuthenticationFailed", refusal_xml(expired, now_ms=scene.now_ms, request_id=request_id)
    else:
        code, message = next(
            ((row.code, row.message) for row in STORAGE_ERRORS if row.status == status), OTHER_STORAGE_ERROR.value
        )
        body = (
            f'\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code>'
            f"<Message>{message}\nRequestId:{request_id}</Message></Error>"
        )
    return Reply(status, body.encode(), (("x-ms-error-code", code),), "application/xml")


def _body(fault: Fault, body: bytes) -> bytes:
    """Return the body, whole where the wire cuts it."""
    if fault.body is not None:
        body = fault.body.encode()
    elif fault.garbage_bytes is not None:
        body = Random(fault.garbage_bytes).randbytes(fault.garbage_bytes)
    if fault.keep is None or fault.wire == "truncate":
        return body
    return body[: int(len(body) * fault.keep)]


def _headers(fault: Fault, base: Headers, scene: Scene) -> Headers:
    """Return the headers: the fault's own in the place of equal names, and none about a body that is there no more."""
    set_now = dict(_retry_headers(fault, scene.now_ms))
    if fault.redirect is not None:
        target = f"{scene.origin}{fault.redirect}" if fault.redirect.startswith("/") else fault.redirect
        set_now["Location"] = quote(target, safe=_SAFE)
    gone = {name.lower() for name in (*set_now, *(name for name, _ in fault.headers))}
    if _sets_retry(fault):
        gone.add("retry-after")
    if _body(fault, b"x") != b"x":
        gone |= {"content-md5", "etag"}
    kept = tuple((name, value) for name, value in base if name.lower() not in gone)
    return (*kept, *set_now.items(), *fault.headers)


def _sets_retry(fault: Fault) -> bool:
    return fault.retry_after_missing or any(
        value is not None for value in (fault.retry_after, fault.retry_after_ms, fault.retry_after_date_s)
    )


def _retry_headers(fault: Fault, now_ms: int) -> Headers:
    if fault.retry_after is not None:
        return ((headers.RETRY_AFTER.value, fault.retry_after),)
    if fault.retry_after_ms is not None:
        return ((RETRY_AFTER_MS.value, str(fault.retry_after_ms)),)
    if fault.retry_after_date_s is not None:
        at_s = min(now_ms // 1000 + fault.retry_after_date_s, _LAST_DATE_S)
        at = datetime.fromtimestamp(at_s, UTC)
        return ((headers.RETRY_AFTER.value, format_datetime(at, usegmt=True)),)
    return ()
