"""The scripted world of `wire_double` for the asynchronous client: the same steps over a transport of httpx."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import httpx
import requests

from bfl_client import AsyncBFLClient
from tests.client.wire_double import API, KEY, Answer, FakeClock, Step

T = TypeVar("T")
Script = Callable[[httpx.Request], Step]


class AsyncFakeClock:
    """A `FakeClock` whose sleep can be awaited; `on_sleep` happens before each."""

    def __init__(self, *, on_sleep: Callable[[], Awaitable[object]] | None = None) -> None:
        self.blocking = FakeClock()
        self._on_sleep = on_sleep

    def monotonic_s(self) -> float:
        return self.blocking.monotonic_s()

    def epoch_s(self) -> float:
        return self.blocking.epoch_s()

    async def sleep(self, seconds: float) -> None:
        if self._on_sleep is not None:
            await self._on_sleep()
        self.blocking.sleep(seconds)


class ScriptedTransport(httpx.AsyncBaseTransport):
    """Answers the requests of a session from a list, in order, or by a function; remembers them."""

    def __init__(self, *steps: Step, script: Script | None = None) -> None:
        self.left = list(steps)
        self.seen: list[httpx.Request] = []
        self.on_request: Callable[[], object] = lambda: None
        self._script = script

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        self.on_request()
        step = self._script(request) if self._script else self.left.pop(0)
        if isinstance(step, Exception):
            raise as_httpx(step)
        return httpx.Response(step.status, headers=dict(step.headers), stream=Body(step))

    @property
    def submits(self) -> int:
        """How many submits were sent."""
        return sum(request.method == "POST" for request in self.seen)


class Body(httpx.AsyncByteStream):
    """The body of a scripted answer; one shorter than announced ends as it does on a socket."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        body = self._answer.body
        yield body
        if int(self._answer.headers.get("content-length", len(body))) != len(body):
            raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")


class Hanging(httpx.AsyncBaseTransport):
    """Answers the first requests from a list and then never again."""

    def __init__(self, *answers: Answer) -> None:
        self._scripted = ScriptedTransport(*answers)
        self.hangs = asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._scripted.left:
            return await self._scripted.handle_async_request(request)
        self.hangs.set()
        return await for_ever()


class AsyncWorld:
    """An asynchronous client, the server it talks to and its clock."""

    def __init__(self, *steps: Step, script: Script | None = None, base_url: str = API, **options: Any) -> None:
        self.clock = AsyncFakeClock()
        self.transport = ScriptedTransport(*steps, script=script)
        self.session = httpx.AsyncClient(transport=self.transport)
        self.client = async_client(self.session, clock=self.clock, base_url=base_url, **options)

    @property
    def sleeps(self) -> list[float]:
        return self.clock.blocking.sleeps

    def keys_sent_to(self) -> list[str]:
        """Return the URLs that got the key."""
        return [str(request.url) for request in self.transport.seen if request.headers.get("x-key") == KEY]


def async_client(
    session: httpx.AsyncClient, *, clock: AsyncFakeClock | None = None, base_url: str = API, **options: Any
) -> AsyncBFLClient:
    """Return a client on a scripted session; its dice are seeded as those of `wire_double.World`."""
    clock = clock or AsyncFakeClock()
    return AsyncBFLClient(
        KEY, **{"base_url": base_url, "rng": random.Random(7), "timeout_s": 60, **options}, session=session, clock=clock
    )


def ended(call: Coroutine[Any, Any, T]) -> T:
    """Run a call to its end in a loop of its own."""
    return asyncio.run(call)


async def for_ever() -> httpx.Response:
    """Return never, until it is cancelled."""
    await asyncio.Event().wait()
    raise AssertionError("nobody sets this event")


def as_httpx(error: Exception) -> Exception:
    """Return what httpx raises where requests raises `error`."""
    if isinstance(error, requests.ConnectTimeout):
        return httpx.ConnectTimeout("slow")
    if isinstance(error, requests.ReadTimeout):
        return httpx.ReadTimeout("slow")
    if isinstance(error, requests.ConnectionError):
        is_refused = "NewConnectionError" in repr(error.args)
        return httpx.ConnectError("refused") if is_refused else httpx.ReadError("reset")
    raise AssertionError(f"no word of httpx for {error!r}")
