"""What a flow may ask of the world, as values, and how one is run.

A flow is a generator: it yields what is to be done (send this, pause so long) and is sent what came of it. It decides
with `_policy` and touches neither socket nor sleep, so the blocking client and the asynchronous one run the same flows
and differ only in how they perform an effect.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ._clock import Deadline
from ._replies import Outcome

if TYPE_CHECKING:
    from ._webhook_event import WebhookEvent


@dataclass(frozen=True, slots=True)
class Send:
    """Send a request to the API, with the key; answered by an `Outcome`."""

    method: str
    url: str
    deadline: Deadline
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Fetch:
    """Pour what a delivery URL answers with status 200 into a file, without the key; answered by an `Outcome`.

    A reply of another status keeps its body and leaves the file empty. An OSError of the file is raised in the flow.
    """

    url: str = field(repr=False)
    partial: Path
    deadline: Deadline


@dataclass(frozen=True, slots=True)
class Pause:
    """Do nothing for some seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Listen:
    """Wait for a webhook to tell of a task's end, at most some seconds; answered by its event, or None."""

    task_id: str
    seconds: float


Effect = Send | Fetch | Pause | Listen

T = TypeVar("T")
# What is sent into a flow depends on what it yielded, which the type of a generator cannot say.
Flow = Generator[Effect, Any, T]
# What a flow yields besides effects is for whoever performs it: a batch yields records of its journal.
Step = TypeVar("Step")


def run(flow: Generator[Step, Any, T], perform: Callable[[Step], object]) -> T:
    """Run a flow to its end and return its value; whatever `perform` raises is raised inside the flow first."""
    try:
        effect = next(flow)
        while True:
            try:
                answer = perform(effect)
            except BaseException as error:  # noqa: BLE001 - also Ctrl-C: the flow has to let go of what it holds
                effect = flow.throw(error)
            else:
                effect = flow.send(answer)
    except StopIteration as end:
        value: T = end.value
        return value


async def arun(flow: Generator[Step, Any, T], perform: Callable[[Step], Awaitable[object]]) -> T:
    """Run a flow to its end without blocking; a cancellation, too, is raised inside the flow first."""
    try:
        effect = next(flow)
        while True:
            try:
                answer = await perform(effect)
            except BaseException as error:  # noqa: BLE001 - also CancelledError: the flow has to let go of what it holds
                effect = flow.throw(error)
            else:
                effect = flow.send(answer)
    except StopIteration as end:
        value: T = end.value
        return value


def asked(effect: Send | Fetch) -> Flow[Outcome]:
    """Yield a request and return its outcome."""
    outcome: Outcome = yield effect
    return outcome


def paused(seconds: float) -> Flow[None]:
    """Yield a pause."""
    yield Pause(seconds)


def listened(task_id: str, *, seconds: float) -> Flow[WebhookEvent | None]:
    """Yield a wait for a webhook and return its event."""
    event: WebhookEvent | None = yield Listen(task_id, seconds)
    return event
