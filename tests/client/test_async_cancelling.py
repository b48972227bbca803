"""A call that is cancelled lets go of what it holds, says so, and forgets no money that may have been spent."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import httpx
import pytest

import bfl_client as bfl
from bfl_client._async_wire import AsyncWire
from bfl_client._budget import Budget
from bfl_client._effects import arun
from bfl_client._flows import Order, submitting
from bfl_client._runtime import Runtime
from bfl_client._settings import Settings
from bfl_client._slots import Slots
from tests.client.async_double import (
    AsyncFakeClock,
    AsyncWorld,
    Hanging,
    ScriptedTransport,
    async_client,
    ended,
    for_ever,
)
from tests.client.wire_double import API, JPEG, KEY, accepted, poll, ready, reply

ORDER = Order(model="flux-2-pro", path="/v1/flux-2-pro", body=b"{}", estimate_credits=3.0)
SETTINGS = Settings.load(api_key=KEY, base_url=API, environ={})


async def cancelled(call: Coroutine[Any, Any, object], *, when: asyncio.Event) -> None:
    """Start a call, cancel it when something has happened, and see that it ends as cancelled."""
    task = asyncio.create_task(call)
    await when.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


class StandingClock(AsyncFakeClock):
    """A clock by which nobody wakes up."""

    def __init__(self) -> None:
        super().__init__()
        self.sleeps = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.sleeps.set()
        await for_ever()


def submitting_over(
    transport: httpx.AsyncBaseTransport, *, clock: AsyncFakeClock, max_active: int = 24
) -> tuple[Runtime, Coroutine[Any, Any, object]]:
    """Return a submit of three credits that is not yet under way, and what it keeps count in."""
    runtime = Runtime(
        base_url=SETTINGS.base_url,
        origin=SETTINGS.origin,
        clock=clock,
        rng=random.Random(7),
        timeout_s=60,
        read_timeout_s=30,
        slots=Slots(max_active),
        budget=Budget(10),
    )
    session = httpx.AsyncClient(transport=transport)
    wire = AsyncWire(session=session, api_key=KEY, api=SETTINGS.origin, clock=clock)
    return runtime, arun(submitting(ORDER, runtime=runtime, deadline=runtime.deadline(None)), wire.perform)


def test_a_submit_cancelled_on_its_way_frees_its_slot_and_stays_counted() -> None:
    async def story() -> tuple[int, float]:
        server = Hanging()
        runtime, submit = submitting_over(server, clock=AsyncFakeClock())
        await cancelled(submit, when=server.hangs)
        return len(runtime.slots), runtime.budget.spent_credits

    assert ended(story()) == (0, 3.0)


def test_a_submit_cancelled_while_it_waits_for_a_slot_costs_nothing() -> None:
    async def story() -> tuple[int, float]:
        clock = StandingClock()
        runtime, submit = submitting_over(ScriptedTransport(), clock=clock, max_active=0)
        await cancelled(submit, when=clock.sleeps)
        return len(runtime.slots), runtime.budget.spent_credits

    assert ended(story()) == (0, 0.0)


def test_a_submit_cancelled_between_a_refusal_and_the_next_try_costs_nothing() -> None:
    async def story() -> tuple[int, float]:
        clock = StandingClock()
        refusing = ScriptedTransport(reply({"detail": "Too many active tasks"}, status=429))
        runtime, submit = submitting_over(refusing, clock=clock)
        await cancelled(submit, when=clock.sleeps)
        return len(runtime.slots), runtime.budget.spent_credits

    assert ended(story()) == (0, 0.0)


def test_a_wait_cancelled_in_a_pause_leaves_its_task_to_others() -> None:
    """It still holds a slot, as it is still active; a later submit looks after it like after any that nobody awaits."""

    async def story() -> list[str]:
        clock = StandingClock()
        transport = ScriptedTransport(accepted(), poll("Pending"), ready(), accepted())
        client = async_client(httpx.AsyncClient(transport=transport), clock=clock, max_active=1)
        task = await client.submit("flux-2-pro", "a")
        await task.refresh()
        await cancelled(task.wait(), when=clock.sleeps)
        await client.submit("flux-2-pro", "b")
        return [request.method for request in transport.seen]

    assert ended(story()) == ["POST", "GET", "GET", "POST"]


def test_a_wait_cancelled_in_a_request_can_be_made_again() -> None:
    async def story() -> int | None:
        server = Hanging(accepted())
        task = await async_client(httpx.AsyncClient(transport=server)).submit("flux-2-pro", "x")
        await cancelled(task.wait(), when=server.hangs)
        return (await AsyncWorld(ready()).client.resume(task.to_dict()).wait()).seed

    assert ended(story()) == 42


def test_a_cancelled_download_leaves_no_file(tmp_path: Path) -> None:
    async def story() -> None:
        server = Hanging(accepted(), ready())
        task = await async_client(httpx.AsyncClient(transport=server)).submit("flux-2-pro", "x")
        await cancelled(task.download(tmp_path / "a"), when=server.hangs)

    ended(story())
    assert list(tmp_path.iterdir()) == []


class Endless(httpx.AsyncByteStream):
    """A body that begins and never goes on."""

    def __init__(self) -> None:
        self.hangs = asyncio.Event()
        self.is_closed = False

    async def __aiter__(self) -> Any:
        yield JPEG[:10]
        self.hangs.set()
        await for_ever()

    async def aclose(self) -> None:
        self.is_closed = True


def test_a_download_cancelled_in_the_middle_closes_its_connection_and_leaves_no_file(tmp_path: Path) -> None:
    async def story() -> bool:
        body = Endless()
        server = ScriptedTransport(accepted(), ready())

        async def answer(request: httpx.Request) -> httpx.Response:
            if server.left:
                return await server.handle_async_request(request)
            return httpx.Response(200, headers={"content-type": "image/jpeg"}, stream=body)

        client = async_client(httpx.AsyncClient(transport=httpx.MockTransport(answer)))
        task = await client.submit("flux-2-pro", "x")
        await cancelled(task.download(tmp_path / "a"), when=body.hangs)
        return body.is_closed

    assert ended(story())
    assert list(tmp_path.iterdir()) == []


def test_a_timeout_around_a_call_works() -> None:
    async def story() -> int:
        limit = asyncio.timeout(None)
        loop = asyncio.get_running_loop()

        class Slow(AsyncFakeClock):
            async def sleep(self, seconds: float) -> None:
                limit.reschedule(loop.time() - 1)  # as if a long time had passed
                await for_ever()

        client = async_client(httpx.AsyncClient(transport=ScriptedTransport(accepted(), poll("Pending"))), clock=Slow())
        with pytest.raises(TimeoutError):
            async with limit:
                await client.generate("flux-2-pro", "x")
        return len(client._runtime.slots)

    assert ended(story()) == 1  # it was accepted, and is still active


async def both(*calls: Coroutine[Any, Any, object]) -> None:
    async with asyncio.TaskGroup() as group:
        for call in calls:
            group.create_task(call)


def test_one_of_many_that_fails_cancels_the_others_of_its_group() -> None:
    """`asyncio.TaskGroup` is the usual way to run several; what it cancels holds no slot for a submit not accepted."""

    async def story() -> tuple[int, type[BaseException]]:
        entered = asyncio.Event()

        async def answer(request: httpx.Request) -> httpx.Response:
            if b"bad" in request.content:
                await entered.wait()
                return httpx.Response(422, json={"detail": "no"})
            entered.set()
            return await for_ever()

        client = async_client(httpx.AsyncClient(transport=httpx.MockTransport(answer)))
        with pytest.raises(ExceptionGroup) as caught:
            await both(client.submit("flux-2-pro", "good"), client.submit("flux-2-pro", "bad"))
        return len(client._runtime.slots), type(caught.value.exceptions[0])

    assert ended(story()) == (0, bfl.InvalidRequest)
