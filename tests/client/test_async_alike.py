"""The two clients are one: under any script both end alike, having sent the same, paused the same and kept the same."""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import httpx
import requests
from hypothesis import given
from hypothesis import strategies as st

import bfl_client as bfl
from bfl_client._runtime import Runtime
from bfl_client._tasks import ResultFacts
from tests.client.async_double import AsyncWorld
from tests.client.wire_double import (
    API,
    JPEG,
    KEY,
    POLLING_URL,
    Answer,
    Step,
    World,
    accepted,
    connect_timeout,
    never_connected,
    picture,
    poll,
    ready,
    reply,
)

Request = requests.PreparedRequest | httpx.Request


@dataclass(frozen=True)
class Script:
    """What a server answers: in order for each kind of request, and when that is used up, the last for ever."""

    submits: Sequence[Step]
    polls: Sequence[Step]
    deliveries: Sequence[Step]

    def serving(self) -> Callable[[Request], Step]:
        left = {"POST": list(self.submits), "poll": list(self.polls), "picture": list(self.deliveries)}

        def serve(request: Request) -> Step:
            kind = "POST" if request.method == "POST" else "poll" if "bfl.ai/v1/" in str(request.url) else "picture"
            return left[kind].pop(0) if len(left[kind]) > 1 else left[kind][0]

        return serve


@dataclass(frozen=True)
class Ending:
    """What a caller, a server and a clock saw of a call, and what the client kept."""

    outcome: object
    sent: list[tuple[str | None, str, object, str | None]]
    sleeps: list[float]
    spent_credits: float
    active: int
    file: bytes | None


def blocking(script: Script, *, seed: int, max_active: int | None = 24) -> Ending:
    world = World(script=script.serving())
    client = bfl.BFLClient(
        KEY,
        base_url=API,
        session=world.session,
        clock=world.clock,
        rng=random.Random(seed),
        timeout_s=60,
        max_active=max_active,
    )
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "a.jpg"
        try:
            outcome = outcome_of(client.generate("flux-2-pro", "x", seed=7, output=output))
        except bfl.BFLError as error:
            outcome = outcome_of(error)
        return Ending(
            outcome, [row(sent) for sent in world.adapter.seen], world.clock.sleeps, *kept(client._runtime, output)
        )


def asynchronous(script: Script, *, seed: int, max_active: int | None = 24) -> Ending:
    world = AsyncWorld(script=script.serving(), rng=random.Random(seed), max_active=max_active)
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "a.jpg"
        try:
            outcome = outcome_of(asyncio.run(world.client.generate("flux-2-pro", "x", seed=7, output=output)))
        except bfl.BFLError as error:
            outcome = outcome_of(error)
        return Ending(
            outcome, [row(sent) for sent in world.transport.seen], world.sleeps, *kept(world.client._runtime, output)
        )


def outcome_of(ended: ResultFacts | bfl.BFLError) -> object:
    """Return all that a caller gets, but for the words: those name the exceptions of the library below."""
    if isinstance(ended, bfl.BFLError):
        return type(ended), {**ended.to_dict(), "message": None}, ended.body
    return {each.name: getattr(ended, each.name) for each in fields(ResultFacts)}


def row(sent: Request) -> tuple[str | None, str, object, str | None]:
    body = sent.content if isinstance(sent, httpx.Request) else sent.body
    return sent.method, str(sent.url), json.loads(body or b"null"), sent.headers.get("x-key")


def kept(runtime: Runtime, output: Path) -> tuple[float, int, bytes | None]:
    return runtime.budget.spent_credits, len(runtime.slots), output.read_bytes() if output.exists() else None


lost, reset = requests.ReadTimeout(), requests.ConnectionError("reset")
submits: st.SearchStrategy[Step] = st.sampled_from(
    [
        accepted(),
        accepted(polling_url=None, cost=None),
        accepted(polling_url="https://evil.example/v1/get_result?id=1"),
        accepted(polling_url="https://api.eu2.bfl.ai:bad/"),
        Answer(200, b'{"id":"4c05","polling_url":"https://api.bfl.ai/x","co', {"content-length": "500"}),
        Answer(200, b"<html>"),
        Answer(303, headers={"location": "/v1/elsewhere"}),
        Answer(307, headers={"location": "https://evil.example/"}),
        Answer(402, b'{"detail": "Insuff', {"content-length": "500"}),
        Answer(500),
        reply({"detail": "Too many active tasks"}, status=429, Retry_After="7"),
        reply({"error": "rate_limit_exceeded", "retry_after": 5}, status=429),
        reply({"detail": f"bad key {KEY}"}, status=403),
        reply({"detail": [{"loc": ["body", "width"], "msg": "too small"}]}, status=422),
        reply({}, status=503),
        lost,
        reset,
        never_connected(),
        connect_timeout(),
    ]
)
polls: st.SearchStrategy[Step] = st.sampled_from(
    [
        poll("Pending"),
        poll("Pending", progress=0.5),
        poll("Dreaming"),
        poll("Task not found", http_status=404),
        poll("Request Moderated", details={"Moderation Reasons": ["Violence"]}),
        poll("Content Moderated", details="blocked by policy", cost=1.5),
        poll("Error"),
        poll("Ready"),
        ready(),
        ready("http://169.254.169.254/latest"),
        ready("nonsense"),
        Answer(200, b"garbage"),
        Answer(200, b'{"status": "Ready"', {"content-length": "500"}),
        Answer(302, headers={"location": POLLING_URL}),
        Answer(302, headers={"location": "https://api.us1.bfl.ai/v1/get_result?id=1"}),
        Answer(429, b"", {"retry-after": "3"}),
        Answer(503, b"", {"retry-after": "90"}),
        Answer(403),
        Answer(500),
        lost,
        reset,
        never_connected(),
    ]
)
deliveries: st.SearchStrategy[Step] = st.sampled_from(
    [
        picture(),
        picture(JPEG[:-2]),
        Answer(200, JPEG[:50], {"content-type": "image/jpeg", "content-length": str(len(JPEG))}),
        Answer(200, b"<html>Sorry</html>", {"content-type": "text/html"}),
        Answer(403, b"<Error/>", {"content-type": "application/xml"}),
        Answer(302, headers={"location": "https://elsewhere.example/"}),
        Answer(404),
        Answer(429, headers={"retry-after": "2"}),
        Answer(500),
        lost,
        reset,
        never_connected(),
    ]
)


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    """Draw a script in which each stage is likely to be reached."""
    stages = ((submits, accepted()), (polls, ready()), (deliveries, picture()))
    return Script(*(draw(stage(kind, good=good)) for kind, good in stages))


def stage(kind: st.SearchStrategy[Step], *, good: Step) -> st.SearchStrategy[list[Step]]:
    """Some steps, and in the end a good one, so that the next stage is reached; or no good one at all."""
    return st.lists(kind, max_size=8).map(lambda steps: [*steps, good]) | st.lists(kind, min_size=1, max_size=8)


@given(script=scripts(), seed=st.integers(0, 99), max_active=st.sampled_from([24, 0, None]))
def test_both_clients_end_alike(script: Script, seed: int, max_active: int | None) -> None:
    ended = asynchronous(script, seed=seed, max_active=max_active)
    assert ended == blocking(script, seed=seed, max_active=max_active)
