"""The asynchronous wire: where the key goes, what each failure means, and that no exchange lasts for ever."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import selectors
import ssl
import sys
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpcore
import httpx
import pytest

import bfl_client as bfl
from bfl_client._async_wire import _force_to_disk, _pour, fault_from
from bfl_client._calls import edit_fields
from bfl_client._clock import Deadline
from bfl_client._effects import Send
from bfl_client._replies import FaultKind, Reply
from bfl_client._transport import CutOff
from tests.client.async_double import AsyncFakeClock, AsyncWorld, ScriptedTransport, async_client, ended, for_ever
from tests.client.pictures import base64_of
from tests.client.pictures import picture as a_picture
from tests.client.wire_double import (
    API,
    JPEG,
    KEY,
    POLLING_URL,
    SAMPLE,
    TASK_ID,
    Answer,
    accepted,
    picture,
    poll,
    ready,
    reply,
)


def test_the_key_goes_to_the_api_and_the_cluster_and_not_to_the_delivery_host(tmp_path: Path) -> None:
    world = AsyncWorld(accepted(), ready(), picture())
    world.session.headers["x-key"] = "set for all requests by somebody else"
    ended(world.client.generate("flux-2-pro", "a red cube", output=tmp_path / "cube.jpg"))
    assert world.keys_sent_to() == ["https://api.bfl.ai/v1/flux-2-pro", POLLING_URL]
    assert "x-key" not in world.transport.seen[2].headers


def test_a_polling_url_on_a_foreign_host_is_refused_and_the_task_kept() -> None:
    world = AsyncWorld(accepted(polling_url="https://evil.example/v1/get_result?id=1"))
    with pytest.raises(bfl.PollingRefused, match="evil") as caught:
        ended(world.client.generate("flux-2-pro", "x"))
    assert caught.value.task_id == TASK_ID
    assert len(world.transport.seen) == 1


def test_a_redirect_to_another_host_is_refused_even_if_the_session_follows_redirects() -> None:
    world = AsyncWorld(accepted(), Answer(302, headers={"location": "https://evil.example/"}))
    world.session.follow_redirects = True
    with pytest.raises(bfl.PollingRefused, match="redirect to another host"):
        ended(world.client.generate("flux-2-pro", "x"))
    assert len(world.transport.seen) == 2


def test_a_signed_url_is_fetched_to_the_letter(tmp_path: Path) -> None:
    """The signature is over the query as it is written; a library that tidies it up would break it."""
    sample = "https://delivery.example/a%2Fb.jpeg?se=2025-12-17T21%3A38%3A50Z&rsct=image/jpeg&sig=a%2Bb%2fc%3D&x="
    world = AsyncWorld(accepted(), ready(sample), picture())
    ended(world.client.generate("flux-2-pro", "x", output=tmp_path / "a.jpg"))
    assert world.transport.seen[2].url.raw_path.decode() == sample.removeprefix("https://delivery.example")


def test_a_key_echoed_in_an_error_body_does_not_reach_the_error() -> None:
    with pytest.raises(bfl.InvalidRequest) as caught:
        ended(AsyncWorld(reply({"detail": f"bad x-key: {KEY}"}, status=400)).client.submit("flux-2-pro", "x"))
    assert KEY not in f"{caught.value} {caught.value!r} {caught.value.body}"


def test_neither_key_nor_signature_is_logged_by_anybody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The URL of each request is logged by httpx at level INFO, which many a program shows."""
    world = AsyncWorld(accepted(), ready(), picture())
    with caplog.at_level(logging.DEBUG):
        ended(world.client.generate("flux-2-pro", "x", output=tmp_path / "a.jpg"))
    lines = [record.getMessage() for record in caplog.records]
    assert "s3cr3t" not in str(lines)
    assert KEY not in str(lines)
    assert [line for line in lines if line.startswith("HTTP Request")][2] == (
        "HTTP Request: GET https://bfldeliveryprodeu4.blob.core.windows.net/results/x_sample.jpeg?se=***&sig=*** "
        '"HTTP/1.1 200 OK"'
    )


def test_what_others_do_with_httpx_is_logged_as_ever(caplog: pytest.LogCaptureFixture) -> None:
    async def beside() -> None:
        session = httpx.AsyncClient(transport=ScriptedTransport(reply({})))

        async def answer(request: httpx.Request) -> httpx.Response:
            await session.get("https://elsewhere.example/?q=1")
            return httpx.Response(200, json={"credits": 1.0})

        await async_client(httpx.AsyncClient(transport=httpx.MockTransport(answer))).credits()

    with caplog.at_level(logging.INFO, logger="httpx"):
        ended(beside())
    assert "https://elsewhere.example/?q=1" in caplog.records[0].getMessage()
    assert logging.getLogger("httpx").filters == []


# ------------------------------------------------------------------------------------------------------------- faults


def raised_from(error: Exception, *causes: Exception) -> Exception:
    """Return an error with its chain of causes, as httpx, httpcore and anyio build it."""
    inner = error
    for cause in causes:
        inner.__cause__ = cause
        inner = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError("refused"), FaultKind.NOT_SENT),
        (httpx.ConnectTimeout("slow"), FaultKind.NOT_SENT),
        (httpx.PoolTimeout("full"), FaultKind.NOT_SENT),
        (
            raised_from(httpx.ConnectError("x"), httpcore.ConnectError(), ssl.SSLCertVerificationError("x")),
            FaultKind.NOT_SENT,
        ),
        (httpx.ReadTimeout("slow"), FaultKind.LOST),
        (httpx.WriteTimeout("slow"), FaultKind.LOST),
        (httpx.ReadError("reset"), FaultKind.LOST),
        (httpx.WriteError("reset"), FaultKind.LOST),
        (httpx.CloseError("?"), FaultKind.LOST),
        (httpx.RemoteProtocolError("no HTTP"), FaultKind.LOST),
        (httpx.LocalProtocolError("?"), FaultKind.LOST),
        (httpx.ProxyError("407"), FaultKind.LOST),
        (httpx.DecodingError("no gzip"), FaultKind.LOST),
        (httpx.InvalidURL("of a Location, after the deed"), FaultKind.LOST),
        (httpx.StreamClosed(), FaultKind.LOST),
        (TimeoutError(), FaultKind.LOST),
        (RuntimeError("Event loop is closed"), FaultKind.LOST),
        (OSError("?"), FaultKind.LOST),
        (ValueError("?"), FaultKind.LOST),
        (CutOff("?"), FaultKind.LOST),
        (httpx.UnsupportedProtocol("ftp"), FaultKind.UNUSABLE),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.name,
)
def test_only_a_connection_that_was_never_made_counts_as_not_sent(error: Exception, kind: FaultKind) -> None:
    assert fault_from(error).kind is kind


ERRORS_OF_HTTPX = sorted(
    (kind for kind in vars(httpx).values() if isinstance(kind, type) and issubclass(kind, httpx.RequestError)),
    key=lambda kind: kind.__name__,
)


@pytest.mark.parametrize("kind", [*ERRORS_OF_HTTPX, httpx.InvalidURL, OSError, ValueError, RuntimeError])
def test_whatever_the_transport_raises_becomes_an_error_of_ours(kind: type[Exception]) -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        raise kind("x")

    client = async_client(httpx.AsyncClient(transport=httpx.MockTransport(answer)))
    with pytest.raises(bfl.BFLError):
        ended(client.submit("flux-2-pro", "x"))


def test_a_fault_names_the_exceptions_and_not_the_url() -> None:
    error = raised_from(httpx.ConnectError(f"cannot reach {SAMPLE}"), httpcore.ConnectError(), ConnectionRefusedError())
    assert fault_from(error).reason == "ConnectError from ConnectionRefusedError"
    assert fault_from(raised_from(httpx.ReadTimeout("x"), httpcore.ReadTimeout())).reason == "ReadTimeout"


def test_a_url_that_httpx_refuses_was_not_asked() -> None:
    world = AsyncWorld(accepted(polling_url=f"https://api.bfl.ai/{'x' * 70_000}"))
    with pytest.raises(bfl.PollingRefused, match="InvalidURL"):
        ended(world.client.generate("flux-2-pro", "x"))
    assert len(world.transport.seen) == 1


# --------------------------------------------------------------------------------------------------------------- time


def test_every_request_has_timeouts_that_end_with_the_deadline() -> None:
    world = AsyncWorld(accepted(), *(poll("Pending") for _ in range(40)))
    with pytest.raises(bfl.DeadlineExceeded):
        ended(world.client.generate("flux-2-pro", "x", timeout_s=10))
    submit, *polls = [request.extensions["timeout"] for request in world.transport.seen]
    assert submit == {"connect": 10.0, "read": 30.0, "write": 30.0, "pool": 10.0}
    assert all(1.0 <= timeout["read"] <= 10.0 for timeout in polls)


class Dripping(httpx.AsyncByteStream):
    """A body of blanks without end."""

    def __init__(self, before_each: object) -> None:
        self._before_each = before_each
        self.is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            self._before_each()  # type: ignore[operator]  # a callable
            yield b" "

    async def aclose(self) -> None:
        self.is_closed = True


def test_a_body_that_drips_is_cut_off_at_the_time_of_the_request() -> None:
    world = AsyncWorld()
    body = Dripping(lambda: world.clock.blocking.sleep(2.0))

    async def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=body)

    client = async_client(httpx.AsyncClient(transport=httpx.MockTransport(answer)), clock=world.clock)
    with pytest.raises(bfl.UnknownOutcome):
        ended(client.submit("flux-2-pro", "x"))
    assert world.clock.monotonic_s() == 1030.0  # the read timeout of the submit
    assert body.is_closed


def test_a_picture_that_is_still_coming_at_the_deadline_is_given_up(tmp_path: Path) -> None:
    world = AsyncWorld(accepted(), ready())
    body = Dripping(lambda: world.clock.blocking.sleep(40.0))

    async def answer(request: httpx.Request) -> httpx.Response:
        if world.transport.left:
            return await world.transport.handle_async_request(request)
        return httpx.Response(200, headers={"content-type": "image/jpeg"}, stream=body)

    client = async_client(httpx.AsyncClient(transport=httpx.MockTransport(answer)), clock=world.clock)
    with pytest.raises(bfl.DownloadFailed, match="still coming"):
        ended(client.generate("flux-2-pro", "x", output=tmp_path / "a.jpg"))
    assert list(tmp_path.iterdir()) == []


class SkippingLoop(asyncio.SelectorEventLoop):
    """An event loop whose time a test can move."""

    def __init__(self) -> None:
        super().__init__(selectors.DefaultSelector())
        self.skipped_s = 0.0

    def time(self) -> float:
        return super().time() + self.skipped_s


def skip(seconds: float) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SkippingLoop)
    loop.skipped_s += seconds


async def silent(request: httpx.Request) -> httpx.Response:
    """Send no headers, and nothing that a timeout of httpx would count from: as if they came drop by drop."""
    skip(seconds=51)
    return await for_ever()


async def stuck(request: httpx.Request) -> httpx.Response:
    """Send headers and then a body that does not come."""

    async def body() -> AsyncIterator[bytes]:
        skip(seconds=31)
        await for_ever()
        yield b""

    return httpx.Response(200, content=body())


async def slow(request: httpx.Request) -> httpx.Response:
    """Use up the times for a place in the pool, for connecting and for reading, one after the other."""
    skip(seconds=49)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return httpx.Response(200, json={"id": TASK_ID})


def test_an_exchange_that_keeps_each_of_its_timeouts_is_not_cut_off() -> None:
    client = async_client(httpx.AsyncClient(transport=httpx.MockTransport(slow)))
    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        assert runner.run(client.submit("flux-2-pro", "x")).id == TASK_ID


@pytest.mark.parametrize("answer", [silent, stuck])
def test_no_exchange_goes_on_for_ever_whatever_the_transport_does(answer: object) -> None:
    client = async_client(httpx.AsyncClient(transport=httpx.MockTransport(answer)))  # type: ignore[arg-type]  # parametrized
    with asyncio.Runner(loop_factory=SkippingLoop) as runner, pytest.raises(bfl.UnknownOutcome):
        runner.run(client.submit("flux-2-pro", "x"))


# -------------------------------------------------------------------------------------------------------------- bodies


def test_a_reply_without_end_is_cut_off() -> None:
    pieces: list[int] = []

    async def body() -> AsyncIterator[bytes]:
        while True:
            pieces.append(1)
            yield bytes(1024 * 1024)

    async def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=body())

    with pytest.raises(bfl.UnknownOutcome):
        ended(async_client(httpx.AsyncClient(transport=httpx.MockTransport(answer))).submit("flux-2-pro", "x"))
    assert len(pieces) == 17  # MiB: the first that is too much


@pytest.mark.parametrize(("announced", "is_complete"), [("2", True), ("500", False)])
def test_a_reply_knows_whether_it_is_whole(announced: str, is_complete: bool) -> None:
    world = AsyncWorld(Answer(402, b"{}", {"content-length": announced}))
    sent = Send("GET", f"{API}/v1/credits", Deadline.after(30, clock=world.clock))
    assert ended(world.client._wire.send(sent)) == Reply(402, {"content-length": announced}, b"{}", is_complete)


def test_a_compressed_reply_is_understood() -> None:
    world = AsyncWorld(Answer(200, gzip.compress(b'{"credits": 12.5}'), {"content-encoding": "gzip"}))
    assert ended(world.client.credits()) == 12.5


def test_a_reply_that_is_not_what_its_encoding_says_is_no_reply() -> None:
    world = AsyncWorld(Answer(200, b'{"id": "t"}', {"content-encoding": "gzip"}))
    with pytest.raises(bfl.UnknownOutcome):
        ended(world.client.submit("flux-2-pro", "x"))


def test_a_reply_that_a_hook_of_the_session_has_read_is_understood() -> None:
    """Logging hooks read the body; the reply must not look empty then, or a submit would seem lost."""

    async def read(response: httpx.Response) -> None:
        await response.aread()

    world = AsyncWorld(accepted(), ready())
    world.session.event_hooks = {"response": [read]}
    assert ended(world.client.generate("flux-2-pro", "a red cube")).seed == 42


@pytest.mark.parametrize("error", [TimeoutError, RuntimeError, OSError, httpx.ReadError, httpx.StreamClosed])
def test_whatever_a_body_ends_with_becomes_an_error_of_ours(error: type[Exception], tmp_path: Path) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield JPEG[:10]
        raise error() if error is httpx.StreamClosed else error("x")

    async def answer(request: httpx.Request) -> httpx.Response:
        if world.transport.left:
            return await world.transport.handle_async_request(request)
        return httpx.Response(200, headers={"content-type": "image/jpeg"}, content=body())

    world = AsyncWorld(accepted(), ready())
    client = async_client(httpx.AsyncClient(transport=httpx.MockTransport(answer)))
    with pytest.raises(bfl.DownloadFailed, match=f"could not be fetched .{error.__name__}"):
        ended(client.generate("flux-2-pro", "x", output=tmp_path / "a.jpg"))


class Slamming(httpx.AsyncByteStream):
    """A body that breaks off after all that matters, on a connection that cannot even be closed."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield accepted().body
        raise httpx.ReadError("reset")

    async def aclose(self) -> None:
        raise RuntimeError("the transport is gone")


def test_an_acceptance_that_came_is_not_lost_over_the_end_of_its_connection() -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Slamming())

    client = async_client(httpx.AsyncClient(transport=httpx.MockTransport(answer)))
    assert ended(client.submit("flux-2-pro", "x")).id == TASK_ID


@pytest.mark.parametrize("error", [TimeoutError, OSError])
def test_what_the_disk_raises_is_not_taken_for_the_wires(error: type[Exception]) -> None:
    """Fetching again would not cure it."""

    def write(piece: bytes) -> None:
        raise error("the network drive does not answer")

    deadline = Deadline.after(60, clock=AsyncFakeClock())
    with pytest.raises(error):
        ended(_pour(httpx.Response(200, content=JPEG), into=write, deadline=deadline))


def test_a_file_that_cannot_be_written_is_a_download_that_failed(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    world = AsyncWorld(accepted(), ready())
    world.transport.on_request = lambda: folder.rmdir() if not world.transport.left[1:] else None
    with pytest.raises(bfl.DownloadFailed, match="cannot be written"):
        ended(world.client.generate("flux-2-pro", "x", output=folder / "a.jpg"))


class Watched(ThreadPoolExecutor):
    """The threads of a loop; remembers what they were given to do."""

    def __init__(self) -> None:
        super().__init__(1)
        self.done: list[object] = []

    def submit(self, work: Any, /, *arguments: Any, **options: Any) -> Future[Any]:
        self.done.append(work.args[0])  # asyncio.to_thread packs it with its context
        return super().submit(work, *arguments, **options)


async def watched(call: Coroutine[Any, Any, object]) -> list[object]:
    """Return what a call leaves to threads."""
    threads = Watched()
    asyncio.get_running_loop().set_default_executor(threads)
    await call
    return threads.done


def test_waiting_for_the_disk_does_not_block_the_others(tmp_path: Path) -> None:
    client = AsyncWorld(accepted(), ready(), picture()).client
    assert ended(watched(client.generate("flux-2-pro", "x", output=tmp_path / "a.jpg"))) == [_force_to_disk]


def test_reading_input_images_does_not_block_the_others(tmp_path: Path) -> None:
    """They may have 20 MB, and base64 takes its time."""
    source = tmp_path / "in.png"
    source.write_bytes(a_picture())
    world = AsyncWorld(accepted(), ready())
    assert ended(watched(world.client.edit("make it blue", [source]))) == [edit_fields]
    assert json.loads(world.transport.seen[0].content)["input_image"] == base64_of(a_picture())


# ------------------------------------------------------------------------------------------------------------- session


def test_an_injected_session_is_not_closed() -> None:
    async def story() -> bool:
        async with httpx.AsyncClient() as session:
            async with bfl.AsyncBFLClient(KEY, base_url=API, session=session):
                pass
            return session.is_closed

    assert ended(story()) is False


def test_a_session_of_our_own_is_closed_and_sends_no_more() -> None:
    async def story() -> None:
        async with bfl.AsyncBFLClient(KEY, base_url=API) as client:
            pass
        await client.submit("flux-2-pro", "x")

    with pytest.raises(bfl.ConfigurationError, match="the client is closed"):
        ended(story())


def test_a_client_that_moves_to_another_event_loop_sends_nothing_there() -> None:
    """Its open connections belong to a loop that is gone; a submit over one of them would count as lost."""
    client = bfl.AsyncBFLClient(KEY, base_url="http://127.0.0.1:1", timeout_s=0)
    for error, words in ((bfl.Unavailable, "ConnectError"), (bfl.ConfigurationError, "another event loop")):
        with pytest.raises(error, match=words):
            ended(client.submit("flux-2-pro", "x"))
    ended(client.aclose())


def test_the_session_of_our_own_speaks_http_1_keeps_connections_and_makes_nobody_wait_for_one() -> None:
    session = bfl.AsyncBFLClient(KEY, base_url=API)._wire._session
    pool = session._transport._pool  # type: ignore[attr-defined]  # what is set there shows nowhere else
    assert (pool._http1, pool._http2, session.follow_redirects) == (True, False, False)
    assert (pool._max_connections, pool._max_keepalive_connections) == (sys.maxsize, 32)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("ALL_PROXY", "nonsense://x"), ("HTTPS_PROXY", "http://x:y"), ("SSL_CERT_FILE", "/nowhere/ca.pem")],
)
def test_an_environment_that_httpx_cannot_use_is_a_wrong_set_up(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(bfl.ConfigurationError, match=variable):
        bfl.AsyncBFLClient(KEY, base_url=API)
