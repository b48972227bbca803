"""The asynchronous wire: one `httpx.AsyncClient`, held to the same rules as the blocking one in `_session`."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager, suppress
from pathlib import Path

import httpx

from ._clock import AsyncClock, Deadline
from ._effects import Effect, Fetch, Listen, Pause, Send
from ._errors import ConfigurationError
from ._inbox import Inbox
from ._replies import Fault, FaultKind, Outcome, Reply
from ._transport import (
    CONNECT_TIMEOUT_S,
    DELIVERY_HEADERS,
    MIN_TIMEOUT_S,
    TOO_LATE,
    CutOff,
    ReplyBody,
    api_headers,
    check_time,
    key_withheld,
    log_exchange,
    lower,
    reason_of,
    reply_from,
)
from ._urls import Origin, may_receive_key, redact_url
from ._webhook_event import WebhookEvent

# Idle connections that are kept: above the 24 tasks that can be active [HELP-CONC]. Open ones are not limited, as a
# request that waits for a connection misses its deadline. httpx drops an idle one after 5 s, longer than a poll waits.
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=32)
# The request is sent once there is a connection, and its certificate is checked.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# InvalidURL: of a Location, after the deed. RuntimeError: an event loop that is gone, a session closed meanwhile.
_OF_THE_WIRE = (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, RuntimeError)


class AsyncWire:
    """Sends requests and returns what came of them as values; it raises nothing of the wire and never tries again.

    An injected `session` is used as it is and not closed. Its transport must not retry POST requests by itself.
    """

    def __init__(
        self,
        *,
        session: httpx.AsyncClient | None,
        api_key: str,
        api: Origin,
        clock: AsyncClock,
        inbox: Inbox | None = None,
    ) -> None:
        self._session = session if session is not None else _new_session()
        self._owns_session = session is None
        self._api_key = api_key
        self._api = api
        self._clock = clock
        self._inbox = inbox
        self._loop: asyncio.AbstractEventLoop | None = None

    def __repr__(self) -> str:
        return f"AsyncWire(api={self._api.host!r})"

    async def perform(self, effect: Effect) -> object:
        """Do what a flow asks for."""
        match effect:
            case Send():
                return await self.send(effect)
            case Fetch():
                return await self.fetch(effect)
            case Pause(seconds):
                await self._clock.sleep(seconds)
                return None
            case Listen():
                return None if self._inbox is None else await self._heard(effect, inbox=self._inbox)

    async def send(self, effect: Send) -> Outcome:
        """Send a request with the key, if its host may see that."""
        if not may_receive_key(effect.url, api=self._api):
            return key_withheld(effect.url)
        started_s = self._clock.monotonic_s()
        headers = api_headers(self._api_key, has_body=effect.body is not None)
        request = self._request(effect.method, effect.url, headers=headers, body=effect.body, deadline=effect.deadline)
        response = await self._open(request)
        outcome = response if isinstance(response, Fault) else await self._reply(response, deadline=effect.deadline)
        log_exchange(effect, outcome, elapsed_s=self._clock.monotonic_s() - started_s)
        return outcome

    async def fetch(self, effect: Fetch) -> Outcome:
        """Pour a picture into its file."""
        # Opened and written here and not in a thread: a piece costs less than the way to a thread and back.
        with effect.partial.open("wb") as sink:
            request = self._request("GET", effect.url, headers=DELIVERY_HEADERS, body=None, deadline=effect.deadline)
            response = await self._open(request)
            if isinstance(response, Fault):
                return response
            if response.status_code != 200:
                return await self._reply(response, deadline=effect.deadline)
            try:
                await _pour(response, into=sink.write, deadline=effect.deadline)
            except CutOff as error:
                return fault_from(error)
        # Waiting for the disk is what blocks.
        await asyncio.to_thread(_force_to_disk, effect.partial)
        return Reply(200, lower(response.headers))

    async def _heard(self, effect: Listen, *, inbox: Inbox) -> WebhookEvent | None:
        """Wait for an event without a thread: whoever puts it wakes the sleeper up."""
        loop = asyncio.get_running_loop()
        sleeping = loop.create_task(self._clock.sleep(effect.seconds))

        def wake() -> None:
            with suppress(RuntimeError):  # the loop is gone, and who waited in it
                loop.call_soon_threadsafe(sleeping.cancel)

        try:
            with inbox.listening(effect.task_id, wake):
                event = inbox.wait(effect.task_id, timeout_s=0)
                if event is None:
                    await asyncio.wait({sleeping})
                    event = inbox.wait(effect.task_id, timeout_s=0)
                return event
        finally:
            sleeping.cancel()

    async def aclose(self) -> None:
        """Close the session, if it is the client's own."""
        if self._owns_session:
            await self._session.aclose()

    def _request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, deadline: Deadline
    ) -> httpx.Request | Fault:
        read_s = max(MIN_TIMEOUT_S, deadline.remaining_s)
        connect_s = min(CONNECT_TIMEOUT_S, read_s)
        timeout = httpx.Timeout(read_s, connect=connect_s, pool=connect_s)
        try:
            request = self._session.build_request(method, url, content=body, headers=headers, timeout=timeout)
        except (httpx.InvalidURL, ValueError) as error:
            return fault_from(error, kind=FaultKind.UNUSABLE)
        if "x-key" not in headers:
            request.headers.pop("x-key", None)  # an injected session may set it for all requests
        return request

    async def _open(self, request: httpx.Request | Fault) -> httpx.Response | Fault:
        """Send a request and return the response with its body still to come."""
        if isinstance(request, Fault):
            return request
        reason = self._why_not_here()
        if reason is not None:
            return Fault(FaultKind.UNUSABLE, reason)
        # httpx times each step alone, so headers that drip would outlast it. Connecting has its time beside the read's,
        # so that its own timeout comes first: that one says that nothing was sent.
        whole_s = sum(request.extensions["timeout"][step] for step in ("pool", "connect", "read"))
        try:
            with _discreet(request):
                async with asyncio.timeout(whole_s):
                    return await self._session.send(request, stream=True, follow_redirects=False)
        except _OF_THE_WIRE as error:
            return fault_from(error)

    def _why_not_here(self) -> str | None:
        """Return why the session cannot send at present, None if it can."""
        if self._session.is_closed:
            return "the client is closed"
        loop = asyncio.get_running_loop()
        self._loop = self._loop or loop
        # Its open connections are tied to that loop; a submit over one of them would end as an unknown outcome.
        if self._owns_session and self._loop is not loop:
            return "this client was used in another event loop; make a new one in each asyncio.run"
        return None

    async def _reply(self, response: httpx.Response, *, deadline: Deadline) -> Reply:
        body, is_complete = ReplyBody(), True
        try:
            await _pour(response, into=body.add, deadline=deadline)
        except CutOff:
            is_complete = False  # the status came, and says more than no reply would
        return reply_from(
            response.status_code, response.headers, body.content, is_complete=is_complete, api_key=self._api_key
        )


async def _pour(response: httpx.Response, *, into: Callable[[bytes], object], deadline: Deadline) -> None:
    """Hand the body on as it arrives, then close the response; raise CutOff if it breaks off, or at the deadline."""
    limit = asyncio.timeout(max(MIN_TIMEOUT_S, deadline.remaining_s))
    try:
        async with limit, aclosing(_pieces(response)) as pieces:
            async for piece in pieces:
                into(piece)
                check_time(deadline)
    except TimeoutError:
        if not limit.expired():
            raise  # of the file
        raise CutOff(TOO_LATE) from None
    finally:
        with suppress(*_OF_THE_WIRE):  # what came has come, however its connection ends
            await response.aclose()


async def _pieces(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """Yield the decoded body; raise CutOff for whatever befalls it on the wire."""
    try:
        async for piece in response.aiter_bytes():
            yield piece
    except _OF_THE_WIRE as error:
        raise CutOff(reason_of(error, root=_root_cause(error))) from error


def fault_from(error: Exception, *, kind: FaultKind | None = None) -> Fault:
    """Return the fault an exception of the wire stands for; whatever does not prove the contrary may have arrived."""
    if kind is None:
        kind = FaultKind.LOST
        if isinstance(error, _NEVER_SENT):
            kind = FaultKind.NOT_SENT
        elif isinstance(error, httpx.UnsupportedProtocol):
            kind = FaultKind.UNUSABLE
    return Fault(kind, reason_of(error, root=_root_cause(error)), cause=error)


def _root_cause(error: BaseException) -> BaseException:
    """Return the innermost of the exceptions that httpx, httpcore and anyio raise from each other."""
    for _ in range(8):
        # httpcore raises some of them `from None`, which hides the cause and leaves the context.
        inner = error.__cause__ or error.__context__
        if inner is None:
            break
        error = inner
    return error


@contextmanager
def _discreet(request: httpx.Request) -> Iterator[None]:
    """Keep what is secret in the URL of this request out of the line that httpx logs for each one, at level INFO."""

    def redacted(record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(redact_url(str(arg)) if arg is request.url else arg for arg in record.args)
        return True

    logger = logging.getLogger("httpx")
    logger.addFilter(redacted)
    try:
        yield
    finally:
        logger.removeFilter(redacted)


def _force_to_disk(path: Path) -> None:
    """Wait until a file is on disk, so that a crash after its rename leaves a picture, not an empty name."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _new_session() -> httpx.AsyncClient:
    try:
        return httpx.AsyncClient(http2=False, follow_redirects=False, limits=_LIMITS)
    except (ImportError, OSError, ValueError, httpx.InvalidURL) as error:
        raise ConfigurationError(
            f"What the environment says of proxies or certificates (HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE ...) cannot "
            f"be used by httpx: {error}. Correct it, or give a session=httpx.AsyncClient(...)."
        ) from error
