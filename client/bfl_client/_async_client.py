"""The asynchronous client: the flows, decisions and errors of the blocking one, over httpx."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self, Unpack

import httpx

from ._async_wire import AsyncWire
from ._calls import (
    EditFields,
    GenerateFields,
    SubmitFields,
    asking_balance,
    edit_fields,
    estimated,
    generating,
    order_for,
)
from ._clock import AsyncClock, AsyncSystemClock
from ._download import downloading
from ._effects import Effect, arun
from ._flows import Followed, Order, refreshing, submitting, waiting
from ._inbox import Inbox
from ._inputs import ImageSource
from ._listening import Via, ear_for
from ._models import checked_output
from ._pacing import Pacing
from ._prices import Estimate
from ._replies import Snapshot
from ._runtime import Runtime, runtime_for
from ._settings import Region, Settings
from ._slots import MOST_ACTIVE
from ._tasks import ResultFacts, TaskFacts, result_of, ticket_from_dict
from ._urls import redact_url
from .models import Request


@dataclass(frozen=True, slots=True)
class AsyncResult(ResultFacts):
    """A finished picture; its attributes are those of `Result`."""

    _save: Callable[..., Coroutine[Any, Any, Path]] = field(repr=False, compare=False)

    async def save(self, path: str | Path, *, timeout_s: float | None = None) -> Path:
        """Download the picture to `path`; see `AsyncTask.download`."""
        return await self._save(path, timeout_s=timeout_s)


class AsyncTask(TaskFacts):
    """An accepted task. It is billed: keep it, or what `to_dict` returns, until its picture is on disk.

    A call that is cancelled leaves the task as it is: it may be waited for again, here or in another process.
    """

    def __init__(self, followed: Followed, *, runtime: Runtime, perform: Callable[[Effect], Awaitable[object]]) -> None:
        super().__init__(followed)
        self._runtime = runtime
        self._perform = perform

    async def refresh(self) -> Snapshot:
        """Poll once and return what it shows, as `Task.refresh` does."""
        return await arun(refreshing(self._followed, runtime=self._runtime), self._perform)

    async def wait(
        self,
        *,
        timeout_s: float | None = None,
        on_update: Callable[[Snapshot], None] | None = None,
        via: Via = "poll",
    ) -> AsyncResult:
        """Poll until the task has ended and return its result, as `Task.wait` does; `on_update` is a plain function."""
        deadline = self._runtime.deadline(timeout_s)
        ear = ear_for(via, runtime=self._runtime)
        flow = waiting(self._followed, runtime=self._runtime, deadline=deadline, on_update=on_update, ear=ear)
        finished = await arun(flow, self._perform)
        return result_of(self._followed.ticket, finished, kind=AsyncResult, save=self.download)

    async def download(self, path: str | Path, *, timeout_s: float | None = None) -> Path:
        """Wait if need be, save the picture to `path` and return that, as `Task.download` does."""
        output, deadline = checked_output(path), self._runtime.deadline(timeout_s)
        return await arun(downloading(self._followed, output, runtime=self._runtime, deadline=deadline), self._perform)


class AsyncBFLClient:
    """A client of the BFL FLUX API for programs on asyncio. It takes and raises what `BFLClient` does.

    >>> async with AsyncBFLClient() as bfl:                                                 # doctest: +SKIP
    ...     result = await bfl.generate("flux-2-pro", "a red cube", output="cube.png")

    An injected `session` is an `httpx.AsyncClient`, and is not closed. One client belongs to one event loop and may be
    used by many tasks of it; together they keep no more than `max_active` pictures in the making. A call that is
    cancelled, by `asyncio.timeout` or otherwise, lets go of its slot; a submit that is cancelled on its way may be
    billed all the same, so it stays counted in the budget.
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        region: Region = "global",
        timeout_s: float = 300.0,
        read_timeout_s: float = 30.0,
        max_active: int | None = MOST_ACTIVE,
        budget_credits: float | None = None,
        inbox: Inbox | None = None,
        session: httpx.AsyncClient | None = None,
        clock: AsyncClock | None = None,
        rng: random.Random | None = None,
        pacing: Pacing | None = None,
    ) -> None:
        settings = Settings.load(api_key=api_key, base_url=base_url, region=region)
        clock = clock or AsyncSystemClock()
        self.base_url = settings.base_url
        self._runtime = runtime_for(
            settings,
            clock=clock,
            rng=rng,
            timeout_s=timeout_s,
            read_timeout_s=read_timeout_s,
            max_active=max_active,
            budget_credits=budget_credits,
            has_inbox=inbox is not None,
            pacing=pacing,
        )
        self._wire = AsyncWire(session=session, api_key=settings.api_key, api=settings.origin, clock=clock, inbox=inbox)

    def __repr__(self) -> str:
        return f"AsyncBFLClient(base_url={redact_url(self.base_url)!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections, unless the session was injected."""
        await self._wire.aclose()

    async def submit(
        self,
        model: str | Request,
        prompt: str | None = None,
        *,
        extra: Mapping[str, object] | None = None,
        timeout_s: float | None = None,
        **fields: Unpack[SubmitFields],
    ) -> AsyncTask:
        """Submit a request, which costs money, and return its task, as `BFLClient.submit` does."""
        deadline = self._runtime.deadline(timeout_s)
        order = order_for(model, {"prompt": prompt, **fields}, extra=extra)
        return self._task(await arun(submitting(order, runtime=self._runtime, deadline=deadline), self._wire.perform))

    async def generate(
        self,
        model: str | Request,
        prompt: str | None = None,
        *,
        extra: Mapping[str, object] | None = None,
        output: str | Path | None = None,
        timeout_s: float | None = None,
        **fields: Unpack[GenerateFields],
    ) -> AsyncResult:
        """Submit a request, wait for its picture, save it as `output` if given, as `BFLClient.generate` does."""
        order = order_for(model, {"prompt": prompt, **fields}, extra=extra, output=output)
        return await self._generate(order, output=output, timeout_s=timeout_s)

    async def edit(
        self,
        prompt: str | None,
        images: Sequence[ImageSource],
        *,
        model: str = "flux-2-pro",
        mask: ImageSource | None = None,
        extra: Mapping[str, object] | None = None,
        output: str | Path | None = None,
        timeout_s: float | None = None,
        **fields: Unpack[EditFields],
    ) -> AsyncResult:
        """Change pictures as `prompt` says, as `BFLClient.edit` does; files are read in a thread."""
        carried = await asyncio.to_thread(edit_fields, model, images, mask=mask)
        order = order_for(model, {"prompt": prompt, **fields, **carried}, extra=extra, output=output)
        return await self._generate(order, output=output, timeout_s=timeout_s)

    def estimate(
        self,
        model: str | Request,
        prompt: str | None = None,
        *,
        extra: Mapping[str, object] | None = None,
        **fields: Unpack[SubmitFields],
    ) -> Estimate:
        """Return what a request will cost, by the published prices; nothing is sent. Raises InvalidRequest."""
        return estimated(model, {"prompt": prompt, **fields}, extra=extra)

    def resume(self, saved: Mapping[str, object]) -> AsyncTask:
        """Return the task that `to_dict` of either client's task wrote down; nothing is sent."""
        return self._task(Followed(ticket_from_dict(saved, fallback_url=self._runtime.result_url)))

    @property
    def spent_credits(self) -> float:
        """What this client's submits cost as far as is known; see `BFLClient.spent_credits`."""
        return self._runtime.budget.spent_credits

    async def credits(self, *, timeout_s: float | None = None) -> float:
        """Return the balance in credits; one is a US cent [GUIDE]."""
        flow = asking_balance(runtime=self._runtime, deadline=self._runtime.deadline(timeout_s))
        return await arun(flow, self._wire.perform)

    async def _generate(self, order: Order, *, output: str | Path | None, timeout_s: float | None) -> AsyncResult:
        deadline = self._runtime.deadline(timeout_s)
        flow = generating(order, output=output, runtime=self._runtime, deadline=deadline)
        followed, finished = await arun(flow, self._wire.perform)
        return result_of(followed.ticket, finished, kind=AsyncResult, save=self._task(followed).download)

    def _task(self, followed: Followed) -> AsyncTask:
        return AsyncTask(followed, runtime=self._runtime, perform=self._wire.perform)
