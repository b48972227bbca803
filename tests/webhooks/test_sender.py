"""One request over a real socket: exact bytes, no redirects, no proxies, an end to patience."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from mock_bfl.cli import cli
from mock_bfl.core.outgoing import Outgoing
from mock_bfl.core.webhook import signature
from mock_bfl.courier import HttpSender
from mock_bfl.engine import Call
from mock_bfl.settings import Settings
from mock_bfl.testing import engine_from
from mock_bfl.webhook_receiver import Response, WebhookReceiver

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
        listener_thread = _answer_nonsense(listener)
        answer = HttpSender().send(outgoing(url))
        listener_thread.join()
    assert answer.status is None
    assert answer.error


def _answer_nonsense(listener: socket.socket) -> threading.Thread:
    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(b"nonsense\r\n\r\n")

    thread = threading.Thread(target=serve, daemon=True)
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
