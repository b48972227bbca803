"""The wire: where the key goes, which redirects are followed, what each failure of a connection means."""

from __future__ import annotations

import io
import ssl

import pytest
import requests
import urllib3
from urllib3.exceptions import LocationParseError, MaxRetryError, ProtocolError, ReadTimeoutError

import bfl_client as bfl
from bfl_client._replies import FaultKind
from bfl_client._session import fault_from
from tests.client.wire_double import (
    KEY,
    POLLING_URL,
    SAMPLE,
    TASK_ID,
    Answer,
    World,
    accepted,
    connect_timeout,
    never_connected,
    picture,
    poll,
    ready,
    reply,
)

POOL = urllib3.HTTPConnectionPool("api.bfl.ai")


def test_the_key_goes_to_the_api_and_the_cluster_and_not_to_the_delivery_host(tmp_path: object) -> None:
    world = World(accepted(), ready(), picture())
    world.session.headers["x-key"] = "set for all requests by somebody else"
    world.client.generate("flux-2-pro", "a red cube", output=f"{tmp_path}/cube.jpg")
    assert world.keys_sent_to() == ["https://api.bfl.ai/v1/flux-2-pro", POLLING_URL]
    assert "x-key" not in world.adapter.seen[2].headers


def test_a_polling_url_on_a_foreign_host_is_refused_and_the_task_kept() -> None:
    world = World(accepted(polling_url="https://evil.example/v1/get_result?id=1"))
    task = world.client.submit("flux-2-pro", "x")
    with pytest.raises(bfl.PollingRefused, match="evil") as caught:
        task.wait()
    assert caught.value.task_id == TASK_ID
    assert len(world.adapter.seen) == 1


def test_a_redirect_on_the_same_origin_is_followed_with_the_key() -> None:
    moved = Answer(307, headers={"location": "/v1/elsewhere?id=1"})
    world = World(accepted(), moved, ready())
    world.client.generate("flux-2-pro", "x")
    assert world.keys_sent_to()[-1] == "https://api.eu2.bfl.ai/v1/elsewhere?id=1"


def test_a_redirect_to_another_host_is_refused_even_within_bfl() -> None:
    world = World(accepted(), Answer(302, headers={"location": "https://api.us1.bfl.ai/v1/get_result?id=1"}))
    with pytest.raises(bfl.PollingRefused, match="redirect to another host"):
        world.client.generate("flux-2-pro", "x")
    assert len(world.adapter.seen) == 2


def test_redirects_without_end_are_given_up() -> None:
    moved = Answer(302, headers={"location": POLLING_URL})
    world = World(script=lambda request: accepted() if request.method == "POST" else moved)
    with pytest.raises(bfl.PollingRefused, match="redirects"):
        world.client.generate("flux-2-pro", "x")
    assert len(world.adapter.seen) == 5


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_submit_is_never_redirected(status: int) -> None:
    world = World(Answer(status, headers={"location": "https://evil.example/"}))
    with pytest.raises(bfl.ConfigurationError):
        world.client.submit("flux-2-pro", "x")
    assert len(world.adapter.seen) == 1


def test_a_garbage_location_after_a_submit_is_an_unknown_outcome() -> None:
    world = World(Answer(303, headers={"location": "http://[bad"}))
    with pytest.raises(bfl.UnknownOutcome):
        world.client.submit("flux-2-pro", "x")


def test_a_key_echoed_in_an_error_body_does_not_reach_the_error() -> None:
    world = World(reply({"detail": f"bad header x-key: {KEY}"}, status=400))
    with pytest.raises(bfl.InvalidRequest) as caught:
        world.client.submit("flux-2-pro", "x")
    assert KEY not in f"{caught.value} {caught.value!r} {caught.value.body}"
    assert caught.value.body == {"detail": "bad header x-key: ***"}


def test_no_repr_shows_the_key_or_a_signature() -> None:
    world = World(accepted(), ready())
    result = world.client.generate("flux-2-pro", "x")
    task = world.client.resume({"id": TASK_ID})
    shown = f"{world.client!r} {world.client._wire!r} {task!r} {result!r}"
    assert KEY not in shown
    assert "s3cr3t" not in shown
    assert SAMPLE not in shown


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (never_connected(), FaultKind.NOT_SENT),
        (connect_timeout(), FaultKind.NOT_SENT),
        (
            requests.exceptions.SSLError(
                MaxRetryError(POOL, "/", urllib3.exceptions.SSLError(ssl.SSLCertVerificationError("x")))
            ),
            FaultKind.NOT_SENT,
        ),
        (requests.exceptions.SSLError(ssl.SSLEOFError("broke off")), FaultKind.LOST),
        (requests.ReadTimeout(ReadTimeoutError(POOL, "/", "slow")), FaultKind.LOST),
        (
            requests.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError(104, "reset"))),
            FaultKind.LOST,
        ),
        (requests.ConnectionError("?"), FaultKind.LOST),
        (requests.exceptions.InvalidHeader("two content lengths"), FaultKind.LOST),
        (ValueError("odd"), FaultKind.LOST),
        (OSError("no CA bundle"), FaultKind.LOST),
        (requests.exceptions.InvalidURL(LocationParseError("x")), FaultKind.UNUSABLE),
        (requests.exceptions.InvalidSchema("ftp"), FaultKind.UNUSABLE),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.name,
)
def test_only_a_connection_that_was_never_made_counts_as_not_sent(error: Exception, kind: FaultKind) -> None:
    assert fault_from(error).kind is kind


def test_a_fault_names_its_kind_and_not_the_url() -> None:
    fault = fault_from(requests.ReadTimeout(ReadTimeoutError(POOL, SAMPLE, f"timed out: {SAMPLE}")))
    assert fault.reason == "ReadTimeout from ReadTimeoutError"


def test_a_body_that_drips_is_cut_off_at_the_time_of_the_request() -> None:
    world = World()
    clock = world.clock

    class Drip(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            clock.now_s += 2.0
            return b" "

    world.adapter.left = [Answer(200, raw=Drip)]
    with pytest.raises(bfl.UnknownOutcome):
        world.client.submit("flux-2-pro", "x")
    assert clock.now_s == 1030.0  # the read timeout of the submit


def test_a_body_shorter_than_announced_is_not_taken_for_whole() -> None:
    short = Answer(200, b'{"status": "Ready"', {"content-length": "500"})
    world = World(accepted(), short, ready())
    assert world.client.generate("flux-2-pro", "x").seed == 42


def test_a_reply_without_end_is_cut_off() -> None:
    world = World(Answer(200, bytes(17 * 1024 * 1024)))
    with pytest.raises(bfl.UnknownOutcome):
        world.client.submit("flux-2-pro", "x")


def test_a_refusal_whose_body_broke_off_is_still_a_refusal() -> None:
    world = World(Answer(402, b'{"detail": "Insuff', {"content-length": "500"}))
    with pytest.raises(bfl.InsufficientCredits):
        world.client.submit("flux-2-pro", "x")


def test_every_request_has_a_timeout_that_ends_with_the_deadline() -> None:
    world = World(accepted(), *(poll("Pending") for _ in range(40)))
    with pytest.raises(bfl.DeadlineExceeded):
        world.client.generate("flux-2-pro", "x", timeout_s=10)
    submit_timeout, *poll_timeouts = world.adapter.timeouts
    assert submit_timeout == (10.0, 30.0)
    assert all(1.0 <= read_s <= 10.0 for _, read_s in poll_timeouts)


def test_an_injected_session_is_not_closed() -> None:
    closed: list[bool] = []

    class Session(requests.Session):
        def close(self) -> None:
            closed.append(True)

    with bfl.BFLClient(KEY, session=Session()):
        pass
    assert closed == []


def test_a_session_of_our_own_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[bool] = []
    monkeypatch.setattr(requests.Session, "close", lambda self: closed.append(True))
    with bfl.BFLClient(KEY):
        pass
    assert closed == [True]


def test_a_session_that_returns_its_errors_instead_of_raising_them_is_understood() -> None:
    class Swallowing(requests.Session):
        def request(self, *arguments: object, **options: object) -> requests.Response:
            response = requests.Response()
            response.status_code = 0
            response.error = requests.ReadTimeout("swallowed")  # type: ignore[attr-defined]  # as Locust does it
            return response

    client = bfl.BFLClient(KEY, session=Swallowing())
    with pytest.raises(bfl.UnknownOutcome):
        client.submit("flux-2-pro", "x")


def test_a_transport_without_a_socket_is_read_in_one_go() -> None:
    class Plain(requests.Session):
        def request(self, *arguments: object, **options: object) -> requests.Response:
            response = requests.Response()
            response.status_code = 200
            response.raw = io.BytesIO(b'{"credits": 12.5}')
            return response

    assert bfl.BFLClient(KEY, session=Plain()).credits() == 12.5


def test_a_reply_that_a_hook_of_the_session_has_read_is_understood() -> None:
    """Logging hooks read `response.content`; the reply must not look empty then, or a submit would seem lost."""
    world = World(accepted(), ready())
    world.session.hooks["response"].append(lambda response, **_: response.content and None)
    assert world.client.generate("flux-2-pro", "a red cube").seed == 42
