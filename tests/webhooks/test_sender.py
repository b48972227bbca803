"""One request over a real socket: exact bytes, no redirects, no proxies, an end to patience."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
import trustme
from click.testing import CliRunner

from mock_bfl.cli import cli
from mock_bfl.core.outgoing import Outgoing
from mock_bfl.core.webhook import signature
from mock_bfl.courier import HttpSender
from mock_bfl.engine import Call
from mock_bfl.settings import Settings
from mock_bfl.testing import engine_from
from mock_bfl.webhook_receiver import Response, WebhookReceiver
from tests.engine.picture_server import PictureServer, Serve, answering, continuing, dripping

ACCEPTED = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
BODY = '{"a":"ü","b": 1}\n'.encode()


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as receiver:
        yield receiver


def outgoing(url: str) -> Outgoing:
    return Outgoing(url=url, body=BODY, headers=(("X-BFL-Signature", signature(BODY, "s")), ("Content-Type", "a/b")))


def test_the_bytes_that_were_signed_are_the_bytes_that_come(receiver: WebhookReceiver) -> None:
    assert HttpSender().send(outgoing(receiver.url)).status == 200
    (came,) = receiver.received
    assert came.body == BODY
    assert came.headers["x-bfl-signature"] == signature(came.body, "s")
    assert came.headers["content-type"] == "a/b"


def test_a_name_below_localhost_comes_as_host_header(receiver: WebhookReceiver) -> None:
    url = receiver.url.replace("127.0.0.1", "app.localhost")
    assert HttpSender().send(outgoing(url)).status == 200
    assert receiver.received[0].headers["host"].startswith("app.localhost:")


@pytest.mark.parametrize("host", ["localhost.", "127.0.0.1.", "[::ffff:127.0.0.1]", "a.localhost."])
def test_every_spelling_of_this_machine_is_reached_and_no_name_server_asked(
    receiver: WebhookReceiver, host: str
) -> None:
    """The suite itself raises when a name is looked up that is not certainly this machine's."""
    assert HttpSender().send(outgoing(receiver.url.replace("127.0.0.1", host))).status == 200


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(receiver: WebhookReceiver, status: int) -> None:
    receiver.answer(Response(status=status, location=f"{receiver.url}/elsewhere"))
    assert HttpSender().send(outgoing(receiver.url)).status == status
    assert [came.path for came in receiver.received] == ["/hook"]


def test_a_proxy_of_the_environment_is_not_asked(receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with WebhookReceiver() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert HttpSender().send(outgoing(receiver.url)).status == 200
        assert proxy.received == ()


def test_who_does_not_answer_in_time_has_failed(receiver: WebhookReceiver) -> None:
    receiver.hold()
    answer = HttpSender(answer_within_s=0.05).send(outgoing(receiver.url))
    assert (answer.status, answer.error, answer.is_final) == (None, "no answer within 0.05 s", False)


@pytest.mark.parametrize("serve", [dripping(ACCEPTED), continuing(ACCEPTED)], ids=["bytes", "100s"])
def test_one_time_limit_holds_for_the_whole_answer_and_not_for_each_byte(serve: Serve) -> None:
    """Else the lease of the delivery would run out meanwhile, and it would be sent twice."""
    with PictureServer(serve) as receiver:
        answer = HttpSender(answer_within_s=0.3).send(outgoing(receiver.url()))
    assert (answer.status, answer.error) == (None, "no answer within 0.3 s")


def test_an_answer_that_never_begins_is_given_up_for_its_length() -> None:
    with PictureServer(continuing(ACCEPTED, pause_s=0, at_once=100_000)) as receiver:
        answer = HttpSender().send(outgoing(receiver.url()))
    assert "more than" in str(answer.error)


def test_the_body_of_an_answer_is_not_waited_for() -> None:
    with PictureServer(answering(b"", length=5_000_000, waits=True)) as receiver:
        assert HttpSender().send(outgoing(receiver.url())).status == 200


def test_a_receiver_that_takes_no_bytes_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        long = replace(outgoing(url), body=bytes(50_000_000))
        answer = HttpSender(answer_within_s=0.3).send(long)
    assert answer.error == "no answer within 0.3 s"


def test_a_user_and_password_in_the_url_are_sent_as_such(receiver: WebhookReceiver) -> None:
    HttpSender().send(outgoing(receiver.url.replace("//", "//me:secret@")))
    assert receiver.received[0].headers["authorization"] == "Basic bWU6c2VjcmV0"


def with_a_certificate_for(name: str) -> ssl.SSLContext:
    """What a server needs for https, by an authority that nobody knows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(name).configure_cert(context)
    return context


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_receiver_on_this_machine_is_reached_by_https_though_nobody_vouches_for_it(host: str) -> None:
    with PictureServer(answering(b""), tls=with_a_certificate_for("another.test")) as receiver:
        answer = HttpSender().send(outgoing(receiver.url().replace("127.0.0.1", host)))
    assert (answer.status, answer.error) == (200, None)


def test_a_receiver_elsewhere_with_a_certificate_that_nobody_vouches_for_is_not_trusted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Elsewhere is here, too: no argument could say so, for who may be reached without an allowance is trusted."""
    look_up = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _, port, **options: look_up("127.0.0.1", port, **options))
    with PictureServer(answering(b""), tls=with_a_certificate_for("receiver.test")) as receiver:
        url = receiver.url().replace("127.0.0.1", "receiver.test")
        answer = HttpSender(hosts=["receiver.test"]).send(outgoing(url))
    assert answer.status is None
    assert "CERTIFICATE_VERIFY_FAILED" in str(answer.error)


def test_a_handshake_that_drips_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
        is_over = threading.Event()
        thread = _answer(listener, lambda connection: _drip_a_record(connection, is_over))
        answer = HttpSender(answer_within_s=0.3).send(outgoing(url))
        is_over.set()
        thread.join()
    assert answer.error == "no answer within 0.3 s"


def _drip_a_record(connection: socket.socket, is_over: threading.Event) -> None:
    for byte in b"\x16\x03\x03\x40\x00" + bytes(15):  # the head of a long one, and the beginning of nothing
        connection.sendall(bytes((byte,)))
        is_over.wait(0.1)


def test_a_dead_receiver_is_an_error_with_its_reason() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    answer = HttpSender().send(outgoing(f"http://127.0.0.1:{port}/"))
    assert answer.status is None
    assert answer.error is not None
    assert "refused" in answer.error
    assert not answer.is_final


def test_what_is_no_http_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        listener_thread = _answer(listener, lambda connection: connection.sendall(b"nonsense\r\n\r\n"))
        answer = HttpSender().send(outgoing(url))
        listener_thread.join()
    assert answer.status is None
    assert answer.error


def _answer(listener: socket.socket, serve: Callable[[socket.socket], None]) -> threading.Thread:
    def run() -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):  # who has had enough hangs up
            connection.recv(65_536)
            serve(connection)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def test_a_foreign_host_is_not_contacted_and_no_retry_is_made() -> None:
    """The suite itself raises when anything is looked up or connected to beyond this machine."""
    answer = HttpSender().send(outgoing("http://example.com/hook"))
    assert answer.is_final
    assert answer.error is not None
    assert "--allow-webhook-host example.com" in answer.error


def test_a_port_that_is_none_is_an_error() -> None:
    assert HttpSender().send(outgoing("http://127.0.0.1:99999/")).error


def test_a_host_that_was_allowed_is_looked_up() -> None:
    """The suite itself raises then: that it does is the proof."""
    with pytest.raises(RuntimeError, match=r"a test tried to reach 'receiver\.test'"):
        HttpSender(hosts=("receiver.test",)).send(outgoing("http://receiver.test/hook"))


def test_hosts_are_allowed_by_an_option_of_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Settings] = []
    monkeypatch.setattr("mock_bfl.cli.serve.run", lambda settings, announce: seen.append(settings))
    options = ["serve", "--allow-webhook-host", "one.test", "--allow-webhook-host", "two.test"]
    assert CliRunner().invoke(cli, options).exit_code == 0
    assert [settings.webhook_hosts for settings in seen] == [("one.test", "two.test")]


def test_the_allowed_hosts_of_the_settings_reach_the_courier() -> None:
    engine = engine_from(Settings(webhook_hosts=("receiver.test",), speed=0.0))
    body = b'{"prompt": "a [mock: webhook=drop]", "webhook_url": "http://receiver.test/hook"}'
    call = Call(method="POST", path="/", origin="http://mock.test", key="k", content_type="application/json", body=body)
    assert engine.generation.submit("flux-2-pro", call).status == 200
    (logged,) = engine.webhooks.log(None)
    with pytest.raises(RuntimeError, match=r"receiver\.test"):
        engine.webhooks.replay(logged.delivery.id)
