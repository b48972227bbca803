"""What a flow may ask of the world, as values, and how one is run.

A flow is a generator: it yields what is to be done (send this, pause so long) and is sent what came of it. It decides
with `_policy` and touches neither socket nor sleep, so the blocking client and the asynchronous one run the same flows
and differ only in how they perform an effect.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from ._clock import Deadline
from ._replies import Outcome


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
    """Do nothing for some seconds. With `task_id`, end early when a webhook told of the end of that task."""

    seconds: float
    task_id: str | None = None


Effect = Send | Fetch | Pause

T = TypeVar("T")
# What is sent into a flow depends on what it yielded, which the type of a generator cannot say.
Flow = Generator[Effect, Any, T]


def run(flow: Flow[T], perform: Callable[[Effect], object]) -> T:
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


def asked(effect: Send | Fetch) -> Flow[Outcome]:
    """Yield a request and return its outcome."""
    outcome: Outcome = yield effect
    return outcome


def paused(seconds: float, *, task_id: str | None = None) -> Flow[None]:
    """Yield a pause."""
    yield Pause(seconds, task_id)
