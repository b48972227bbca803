"""Turn a Flask request into a `Call`, a `Reply` into a response, and write both into the journal."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from hashlib import sha256

from flask import Request, Response, g, request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from mock_bfl.contract.headers import RETRY_AFTER, WHY
from mock_bfl.contract.scripted import SCENARIO_HEADER
from mock_bfl.core.exchange import Exchange
from mock_bfl.core.faults import Fault, summary
from mock_bfl.core.keys import KeyAccepted, check_key
from mock_bfl.core.reply import Reply
from mock_bfl.core.script import ROUTES
from mock_bfl.engine import Call, Engine

from .faults import PATIENCE, Ended, FaultyResponse, Pauses, PlainResponse, gives_up_on
from .hosts import origin_of

_LONGEST = 2000  # characters of a sentence in a header, and of anything that the journal keeps
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
_NOT_PRINTABLE = re.compile(r"[^ -~]")


class Desk:
    """Answers requests through an engine, as they are scripted, and keeps the journal."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.pauses = Pauses()

    def arrive(self) -> None:
        """Write the current request into the journal, before anything is read or decided; levers are not journalled."""
        if request.blueprint == "admin":
            return
        account = _account_of_the_key()
        route = _route()
        arrived = Exchange(
            at_ms=self.engine.control.clock(account).now_ms,
            real_ms=self.engine.context.clock.real_ms(),
            account=account,
            method=request.method[:_LONGEST],
            path=request.path[:_LONGEST],
            host=request.host[:_LONGEST],
            origin=self._origin_asked()[:_LONGEST],
            route=route,
            has_key="x-key" in request.headers,
            slug=(request.view_args or {}).get("slug"),
            task_id=request.args.get("id", "")[:_LONGEST] or None if route == "get_result" else None,
            body_digest=_digest_of_query(route),
        )
        g.exchange = self.engine.control.arrive(arrived)

    def answer(self, use_case: Callable[[Call], Reply]) -> Response:
        """Return the response of a use case to the current request."""
        call = read_call(request)
        if call.body or _may_have_body():
            g.exchange = replace(g.exchange, body_digest=_digest(call.body))
        route = _route()
        if route is None or route not in ROUTES:
            return self.respond(use_case(call))
        scripts, slug = self.engine.scripts, (request.view_args or {}).get("slug")
        taken = scripts.take(call, route=route, slug=slug, scenario_id=request.headers.get(SCENARIO_HEADER.value))
        if isinstance(taken, Reply):
            return self.respond(taken)
        return self.respond(scripts.play(taken, call, use_case), fault=taken.fault)

    def respond(self, reply: Reply, *, fault: Fault | None = None) -> Response:
        """Return the response that a reply becomes, recorded in the journal and dated by the account's clock.

        A fault that is silent at first is so here. Of an answer that is long in coming, the journal says what was
        decided before, and how it ended when it has: who goes away meanwhile may come again and pay twice.
        """
        if "exchange" in g and g.exchange.body_digest is None and _may_have_body():
            g.exchange = replace(g.exchange, body_digest=_digest_of_unread_body())
        if fault is not None and _is_late(fault):
            return self._respond_late(reply, fault)
        is_gone = fault is not None and gives_up_on(fault, request.environ)
        now_ms = self._end(g.get("exchange"), reply, fault, is_gone=is_gone)
        return self._response(reply, now_ms, fault)

    def _respond_late(self, reply: Reply, fault: Fault) -> Response:
        exchange: Exchange | None = g.get("exchange")
        if exchange is not None:
            exchange = _decided(exchange, reply, fault, now_ms=self._now_ms(reply))
            self.engine.control.complete(exchange)
        self.pauses.wait(fault.silence_s)
        ended = partial(self._end, exchange, reply, fault)
        if not fault.sends_nothing:
            return self._response(reply, self._now_ms(reply), fault, ended=ended)
        return self._response(reply, ended(is_gone=True), fault)

    def _end(self, exchange: Exchange | None, reply: Reply, fault: Fault | None, *, is_gone: bool) -> int:
        """Write into the journal how an exchange ended; return the instant on the account's clock."""
        now_ms = self._now_ms(reply)
        if exchange is not None:
            completed = _completed(exchange, reply, now_ms=now_ms, real_ms=self._real_ms())
            spoiled = completed if fault is None else _spoiled(completed, fault, is_gone=is_gone)
            self.engine.control.complete(spoiled)
        return now_ms

    def _response(self, reply: Reply, now_ms: int, fault: Fault | None, *, ended: Ended | None = None) -> Response:
        kind = PlainResponse if fault is None else FaultyResponse
        response = kind(reply.body, reply.status, list(reply.headers), content_type=reply.content_type)
        if fault is not None and isinstance(response, FaultyResponse):
            response.spoil(fault, self.pauses, ended=ended)
        date = format_datetime(datetime.fromtimestamp(now_ms // 1000, UTC), usegmt=True)
        response.headers.setdefault("Date", date)  # a fault may have set another
        if not reply.content_type:
            del response.headers["Content-Type"]
        if reply.why is not None:
            response.headers.setdefault(WHY.value, header_safe(reply.why))
        return response

    def _origin_asked(self) -> str:
        """Return where the client asked. Behind a public URL that is there: a proxy need not hand its name on."""
        setup = self.engine.context.setup
        return setup.public_url if setup.public_url and not setup.poll_origin else origin_of(request)

    def _now_ms(self, reply: Reply) -> int:
        return self.engine.control.clock(reply.account).now_ms

    def _real_ms(self) -> int:
        return self.engine.context.clock.real_ms()


def read_call(incoming: Request) -> Call:
    """Return the request as the engine sees it; reads the body, whatever its content type."""
    return Call(
        method=incoming.method,
        path=incoming.path,
        origin=origin_of(incoming),
        key=incoming.headers.get("x-key"),
        content_type=incoming.headers.get("content-type"),
        body=read_body(incoming),
        query={name: values[-1] for name, values in incoming.args.lists()},
    )


def read_body(incoming: Request) -> bytes:
    """Return the whole body, or raise what stands for one that is too long or was cut off.

    Werkzeug alone would take the first bytes of it for all, where a server ends the stream itself.
    """
    body, length, limit = incoming.get_data(cache=False), incoming.content_length, incoming.max_content_length
    if length is not None and len(body) < length:
        raise ClientDisconnected
    if length is None and limit is not None and len(body) >= limit and incoming.environ["wsgi.input"].read(1):
        raise RequestEntityTooLarge
    return body


def _may_have_body() -> bool:
    return request.method not in _WITHOUT_BODY


def _digest(body: bytes) -> str:
    """Return what is equal for equal requests to a path: by the body, and the query if there is one."""
    return sha256(request.query_string + body).hexdigest()[:16]


def _digest_of_query(route: str | None) -> str | None:
    """Return what tells requests without a body apart; polls are known by their id, samples by their path."""
    is_known = route in {"get_result", "sample"} or not request.query_string
    return None if is_known or _may_have_body() else _digest(b"")


def _digest_of_unread_body() -> str | None:
    """Return what tells bodies apart that nobody had reason to read; one that is too long is known by its length."""
    length, limit = request.content_length, request.max_content_length
    if length is not None and limit is not None and length > limit:
        return f"{length} bytes"
    try:
        return _digest(read_body(request)) if _route() is None else None
    except (ClientDisconnected, RequestEntityTooLarge):
        return None


def header_safe(text: str) -> str:
    """Return a sentence that may stand in a header: one line of printable ASCII, at most 2000 characters."""
    line = " ".join(text.split())
    return _NOT_PRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), line)[:_LONGEST]


def _route() -> str | None:
    return (request.endpoint or "").rpartition(".")[2] or None


def _account_of_the_key() -> str | None:
    """Return the account whose key a request carries, so that its journal shows what was refused, too."""
    checked = check_key(request.headers.get("x-key"), known=None)
    return checked.account if isinstance(checked, KeyAccepted) else None


def _is_late(fault: Fault) -> bool:
    """Tell whether the answer to the current request will be long in coming; in process nobody waits."""
    return PATIENCE not in request.environ and (fault.silence_s > 0 or fault.wire == "drip")


def _attributed(arrived: Exchange, reply: Reply, *, now_ms: int) -> Exchange:
    """Return the exchange with whose it is. Who polls without a key is known by the task: then by its clock, too."""
    account = reply.account or arrived.account
    return replace(
        arrived,
        account=account,
        at_ms=arrived.at_ms if account == arrived.account else now_ms,
        slug=reply.slug or arrived.slug,
        task_id=arrived.task_id if reply.task_id is None else reply.task_id[:_LONGEST],
        cost_credits=reply.cost_credits,
    )


def _decided(arrived: Exchange, reply: Reply, fault: Fault, *, now_ms: int) -> Exchange:
    """Return the exchange with what was decided, and no answer yet."""
    return replace(_attributed(arrived, reply, now_ms=now_ms), fault=summary(fault))


def _completed(arrived: Exchange, reply: Reply, *, now_ms: int, real_ms: int) -> Exchange:
    """Return the exchange with its answer."""
    headers = {name.lower(): value for name, value in reply.headers}  # a fault may spell them as it likes
    return replace(
        _attributed(arrived, reply, now_ms=now_ms),
        ended_at_ms=now_ms,
        ended_real_ms=real_ms,
        status=reply.status,
        status_word=reply.status_word,
        retry_after=headers.get(RETRY_AFTER.value.lower()),
        leads_to=_without_query(reply.leads_to or headers.get("location")),
        why=None if reply.why is None else reply.why[:_LONGEST],
        notes=reply.notes,
    )


def _spoiled(completed: Exchange, fault: Fault, *, is_gone: bool) -> Exchange:
    """Return the exchange as the client met it: who was sent nothing, or was gone, was told nothing."""
    is_unheard = is_gone or fault.sends_nothing
    is_cut = is_unheard or fault.share < 1 or fault.garbage_bytes is not None
    is_broken = is_cut or (fault.body is not None and (completed.status or 0) < 400)
    named = replace(completed, fault=summary(fault), is_broken=is_broken)
    return replace(named, status=None, retry_after=None, leads_to=None) if is_unheard else named


def _without_query(url: str | None) -> str | None:
    """Return a URL without what may be secret in it: a query may hold a signature."""
    return None if url is None else url.partition("?")[0][:_LONGEST]
