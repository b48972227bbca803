"""An image behind a URL of this machine is measured by its header; whatever goes wrong is a sentence, not an error."""

from __future__ import annotations

import base64
import io
import ssl

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mock_bfl.clock import ManualClock
from mock_bfl.core.image_header import ImageFormat, ImageSize, NotAnImage
from mock_bfl.engine.references import LoopbackFetcher
from tests.core.examples import png
from tests.engine.picture_server import (
    PictureServer,
    Serve,
    answering,
    continuing,
    dripping,
    in_chunks,
    silent,
)

PNG = base64.b64decode(png(300, 200))
NAMES = ("localhost", "my.app.localhost", "LOCALHOST.", "a.localhost.", "127.0.0.1.", "[::ffff:127.0.0.1]")
LONG_PNG = PNG + bytes(65_536)  # more than a fetcher needs to see


def fetched(serve: Serve, *, host: str = "127.0.0.1", path: str = "/cat.png") -> ImageSize | NotAnImage:
    with PictureServer(serve) as server:
        return LoopbackFetcher()(server.url(host=host, path=path))


def reason(found: ImageSize | NotAnImage) -> str:
    assert isinstance(found, NotAnImage), found
    return found.reason


@pytest.mark.parametrize("image_format", ["png", "jpeg", "webp", "gif"])
def test_a_picture_of_each_format_is_measured(image_format: ImageFormat) -> None:
    file = io.BytesIO()
    Image.new("RGB", (300, 200)).save(file, image_format)
    data = file.getvalue()
    assert fetched(answering(data)) == ImageSize(300, 200, image_format, length_bytes=len(data))


@pytest.mark.parametrize("host", [*NAMES, "someone:secret@127.0.0.1"])
def test_it_is_found_under_every_name_of_this_machine(host: str) -> None:
    assert isinstance(fetched(answering(PNG), host=host), ImageSize)


def test_no_more_is_waited_for_than_the_header() -> None:
    """The server claims five megabytes and sends the first 64 KiB of them."""
    found = fetched(answering(LONG_PNG, length=5_000_000, waits=True))
    assert found == ImageSize(300, 200, "png", length_bytes=5_000_000)


def test_what_does_not_begin_like_an_image_is_not_read_on() -> None:
    assert "begin like" in reason(fetched(answering(bytes(65_536), length=5_000_000, waits=True)))


def test_a_header_longer_than_most_is_read_to_its_end() -> None:
    file = io.BytesIO()
    Image.new("RGB", (300, 200)).save(file, "JPEG")
    data = file.getvalue()
    segment = b"\xff\xef\xff\xff" + bytes(65_533)
    long = data[:2] + 3 * segment + data[2:]
    assert fetched(answering(long)) == ImageSize(300, 200, "jpeg", length_bytes=len(long))


def test_an_image_that_does_not_say_how_long_it_is_is_counted() -> None:
    assert fetched(in_chunks(LONG_PNG, bytes(1000))) == ImageSize(300, 200, "png", length_bytes=len(LONG_PNG) + 1000)


def test_counting_ends_where_an_image_is_too_long() -> None:
    megabyte = bytes(2**20)
    found = fetched(in_chunks(LONG_PNG, *(megabyte for _ in range(22))))
    assert isinstance(found, ImageSize)
    assert found.length_bytes == 20 * 2**20 + 1


@pytest.mark.parametrize("body", [b"", b"<html>", PNG[:20]])
def test_what_is_no_image_is_none(body: bytes) -> None:
    assert reason(fetched(answering(body)))


@pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden", "500 Oh"])
def test_another_status_is_no_image(status: str) -> None:
    assert f"answered {status[:3]}, not 200." in reason(fetched(answering(PNG, status=status)))


def test_no_redirect_is_followed() -> None:
    with PictureServer(answering(PNG)) as there:
        serve = answering(b"", status="302 Found", headers=(f"Location: {there.url()}",))
        assert "answered 302" in reason(fetched(serve))
        assert there.asked == []


def test_a_server_that_is_not_there_is_a_sentence() -> None:
    with PictureServer(answering(PNG)) as server:
        url = server.url()
    assert f"{url} could not be fetched: " in reason(LoopbackFetcher()(url))


def test_a_server_that_does_not_answer_is_given_up() -> None:
    with PictureServer(silent) as server:
        assert "timed out" in reason(LoopbackFetcher(timeout_s=0.05)(server.url()))


def test_one_that_drips_is_given_up_too() -> None:
    class Hurrying(ManualClock):
        def real_ms(self) -> int:
            self.advance(seconds=1)
            return super().real_ms()

    with PictureServer(in_chunks(*[b"x"] * 100)) as server:
        found = LoopbackFetcher(clock=Hurrying(), timeout_s=2)(server.url())
    assert "it took longer than 2 s" in reason(found)


OK = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(PNG)


@pytest.mark.parametrize("serve", [dripping(OK, PNG), continuing(OK + PNG)], ids=["bytes", "100s"])
def test_one_time_limit_holds_for_the_whole_and_not_for_each_byte(serve: Serve) -> None:
    with PictureServer(serve) as server:
        assert "it took longer than 0.3 s" in reason(LoopbackFetcher(timeout_s=0.3)(server.url()))


def test_an_answer_that_never_begins_is_given_up_for_its_length() -> None:
    with PictureServer(continuing(OK + PNG, pause_s=0, at_once=10_000)) as server:
        assert "more than 100000 bytes came" in reason(LoopbackFetcher(most_bytes=100_000)(server.url()))


@pytest.mark.parametrize("answer", [b"rubbish\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n" + PNG, b""])
def test_an_answer_that_is_not_http_is_a_sentence(answer: bytes) -> None:
    assert reason(fetched(lambda _, connection: connection.sendall(answer)))


def test_another_machine_is_never_asked() -> None:
    assert reason(LoopbackFetcher()("http://example.com/a.png")) == "http://example.com/a.png is not of this machine."


def test_the_request_names_host_and_target_and_carries_no_key() -> None:
    with PictureServer(answering(PNG)) as server:
        LoopbackFetcher()(server.url(host="me:pass@localhost", path="/a b/ü.png?x=1&y=%20"))
        lines = server.asked[0].split(b"\r\n")
    assert lines[0] == b"GET /a%20b/%C3%BC.png?x=1&y=%20 HTTP/1.1"
    assert any(line.startswith(b"Host: localhost:") for line in lines)
    assert not any(line.lower().startswith((b"x-key", b"authorization", b"cookie")) for line in lines)


def test_a_certificate_of_this_machine_is_not_checked() -> None:
    certificate = trustme.CA().issue_cert("127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    with PictureServer(answering(PNG), tls=context) as server:
        assert isinstance(LoopbackFetcher()(server.url()), ImageSize)


@given(st.text(st.characters(exclude_categories=()), max_size=20))
def test_no_url_of_this_machine_raises(text: str) -> None:
    found = LoopbackFetcher()(f"http://127.0.0.1:1/{text}")
    assert reason(found).encode()  # no lone surrogate, which no reply could carry


def test_a_very_long_url_is_repeated_in_part() -> None:
    assert len(reason(LoopbackFetcher()(f"http://127.0.0.1:1/{'a' * 10_000}"))) < 300
