"""The lever that tells what happens while it happens: server-sent events.

Each follower holds a worker thread until it is gone, which shows at the next event or heartbeat that cannot be sent.
So only a few may follow at a time; `follow=0` ends after what there is and holds none. A stream ends with its server;
in process, where nobody could read it before its end, it ends at once after what there is.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import asdict
from itertools import count
from typing import Annotated

from flask import Response, current_app, request
from pydantic import BaseModel, ConfigDict, Field

from mock_bfl.core.body import encode
from mock_bfl.engine import Engine
from mock_bfl.engine.following import Answered, Attempted, Follower
from mock_bfl.web.faults import PATIENCE, pauses_of

from .journals import shown_exchange
from .routing import Lever, Refused, account_asked

MOST_FOLLOWERS = 8  # each holds a thread, and looks into the store ten times a second
_LONGEST_HEARTBEAT_S = 10  # so long the place of a follower that went may be held
_LOOK_S = 0.1
_LOOKS_PER_OUTBOX = 5  # the outbox cannot say what is new, so it is read less often
_FIRST = b"retry: 1000\n\n"
_HEARTBEAT = b": heartbeat\n\n"


class EventsQuery(BaseModel):
    """What GET /_mock/events takes: `after` an event's id; `follow` false ends after what there is."""

    model_config = ConfigDict(extra="forbid")

    after: Annotated[int, Field(ge=0, le=2**53)] = 0
    follow: bool = True
    heartbeat_s: Annotated[float, Field(ge=0.1, le=_LONGEST_HEARTBEAT_S, allow_inf_nan=False)] = 10


def event_levers(engine: Engine) -> tuple[Lever, ...]:
    """Return the lever."""
    places = threading.BoundedSemaphore(MOST_FOLLOWERS)

    def events(query: EventsQuery) -> Response:
        follower = Follower(engine.context, account_asked(), after=_resumed_after(query.after))
        if not query.follow or PATIENCE in request.environ:
            return _streamed(_what_there_is(follower))
        if not places.acquire(blocking=False):
            raise Refused(503, f"{MOST_FOLLOWERS} follow already, each on a thread; close one, or ask with follow=0.")
        looks_per_heartbeat = round(query.heartbeat_s / _LOOK_S)
        response = _streamed(_from_now_on(follower, over=_end_of_the_server(), looks_per_heartbeat=looks_per_heartbeat))
        response.call_on_close(places.release)
        return response

    return (
        Lever(
            method="GET",
            path="/events",
            about="Streams what happens, while it happens.",
            view=events,
            query=EventsQuery,
            content_type="text/event-stream",
            refusals=(503,),
        ),
    )


def _resumed_after(asked: int) -> int:
    """Return where to go on: a browser that reconnects says so in a header, and repeats the query of its first time."""
    last = request.headers.get("Last-Event-ID")
    if last is None:
        return asked
    if not last.isdecimal() or len(last) > 18:
        raise Refused(400, f"Last-Event-ID is the id of an event, a number, not {last[:40]!r}.")
    return int(last)


def _end_of_the_server() -> threading.Event:
    """Return what is set when the server stops: its store may be closed then."""
    pauses = pauses_of(current_app)
    return threading.Event() if pauses is None else pauses.over


def _streamed(events: Iterator[bytes]) -> Response:
    response = Response(events, content_type="text/event-stream")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Accel-Buffering"] = "no"  # a proxy in front may hold events back otherwise
    return response


def _what_there_is(follower: Follower) -> Iterator[bytes]:
    yield from map(_event_of_exchange, follower.exchanges())
    yield from map(_event_of_attempt, follower.attempts())


def _from_now_on(follower: Follower, *, over: threading.Event, looks_per_heartbeat: int) -> Iterator[bytes]:
    yield _FIRST
    silent = 0
    for look in count():
        told = [_event_of_exchange(answered) for answered in follower.exchanges()]
        if look % _LOOKS_PER_OUTBOX == 0:
            told += map(_event_of_attempt, follower.attempts())
        yield from told
        silent = 0 if told else silent + 1
        if silent >= looks_per_heartbeat:
            yield _HEARTBEAT
            silent = 0
        if over.wait(_LOOK_S):
            return


def _event_of_exchange(answered: Answered) -> bytes:
    data = encode(shown_exchange(answered.exchange))
    return b"event: exchange\nid: %d\ndata: %s\n\n" % (answered.cursor, data)


def _event_of_attempt(attempted: Attempted) -> bytes:
    delivery = attempted.delivery
    data = {
        "delivery": delivery.id,
        "account": delivery.account,
        "task_id": delivery.task_id,
        "state": delivery.state.value,
        "number": attempted.number,
        **asdict(attempted.attempt),
    }
    return b"event: webhook\ndata: %s\n\n" % encode(data)
