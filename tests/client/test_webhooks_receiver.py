"""The WSGI receiver answers as the API needs it, hands each new event on once, and passes every check for receivers."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from random import Random
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import WSGIApplication
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

import bfl_client as bfl
from bfl_client.webhooks import Deduplicator, WebhookEvent, parse_event, wsgi_receiver
from bfl_conformance import Verdict
from bfl_conformance.clock import utc_now
from bfl_conformance.receiver import RECEIVER_CATALOGUE, HttpReceiver, run_receiver_checks
from bfl_conformance.receiver.checks import Bench
from bfl_conformance.receiver.events import FORMS, Events, FormName
from bfl_conformance.run import Finished, Result
from mock_bfl.testing import LiveServer
from tests.client.webhook_double import (
    PROGRESS,
    READY_2026,
    READY_GUIDE,
    SECRET,
    SENT_AT_S,
    bytes_of,
    environ,
    signature,
)
from tests.client.wire_double import TASK_ID, FakeClock
from tests.docs.pages import blocks

PATIENCE_S = 10
BODY = bytes_of(READY_2026)
READY = parse_event(BODY)


def nothing(event: WebhookEvent) -> None:
    """Do nothing with an event."""


class Answers:
    """Calls an application as a server does, and keeps what it says."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self.headers: dict[str, str] = {}

    def __call__(self, body: bytes = BODY, /, **changes: Any) -> int:
        told: list[str] = []

        def start_response(status: str, headers: list[tuple[str, str]], _: object = None) -> Callable[[bytes], object]:
            told.append(status)
            self.headers = dict(headers)
            return told.append  # type: ignore[return-value]  # nobody writes

        assert b"".join(self._app(environ(body, **changes), start_response)) == b""
        return int(told[0].partition(" ")[0])


def answers(on_event: Callable[[WebhookEvent], object] = nothing, **options: Any) -> Answers:
    return Answers(wsgi_receiver(SECRET, on_event, **options))


def test_a_new_event_is_handed_on_once_and_answered_with_200_each_time() -> None:
    events: list[WebhookEvent] = []
    post = answers(events.append)
    assert [post() for _ in range(3)] == [200] * 3
    assert events == [READY]


def test_progress_is_handed_on_unless_the_end_came_first() -> None:
    events: list[WebhookEvent] = []
    post = answers(events.append)
    for document in (PROGRESS, READY_2026, {**PROGRESS, "progress": 50}):
        assert post(bytes_of(document)) == 200
    assert [event.status for event in events] == ["Pending", "Ready"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        pytest.param({"HTTP_X_BFL_SIGNATURE": None}, 401, id="no signature"),
        pytest.param({"HTTP_X_BFL_SIGNATURE": signature(b"other")}, 401, id="another signature"),
        pytest.param({"path": "/"}, 404, id="another path"),
        pytest.param({"path": "/hook/"}, 404, id="a path below"),
        pytest.param({"PATH_INFO": None}, 404, id="no path"),
        pytest.param({"method": "GET"}, 405, id="GET"),
        pytest.param({"method": "PUT"}, 405, id="PUT"),
        pytest.param({"CONTENT_LENGTH": None}, 411, id="no length"),
        pytest.param({"CONTENT_LENGTH": ""}, 411, id="empty length"),
        pytest.param({"CONTENT_LENGTH": "-1"}, 400, id="negative length"),
        pytest.param({"CONTENT_LENGTH": "٣"}, 400, id="length in other digits"),
        pytest.param({"CONTENT_LENGTH": "9" * 5000}, 413, id="endless length"),
        pytest.param({"CONTENT_LENGTH": str(len(BODY) + 1)}, 400, id="broken off"),
    ],
)
def test_what_is_no_delivery_is_refused_and_not_handed_on(changes: dict[str, Any], status: int) -> None:
    events: list[WebhookEvent] = []
    assert answers(events.append)(**changes) == status
    assert events == []


def test_a_405_says_what_is_allowed() -> None:
    post = answers()
    post(method="GET")
    assert post.headers["Allow"] == "POST"


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}"])
def test_what_is_signed_and_no_event_is_a_400(body: bytes) -> None:
    assert answers()(body) == 400


@pytest.mark.parametrize(("max_bytes", "status"), [(len(BODY), 200), (len(BODY) - 1, 413)])
def test_a_body_may_be_so_long_and_no_longer(max_bytes: int, status: int) -> None:
    assert answers(max_bytes=max_bytes)() == status


def test_a_body_that_is_too_long_is_not_read() -> None:
    unread = BytesIO(BODY)
    answers(max_bytes=1)(**{"wsgi.input": unread})
    assert unread.tell() == 0


@pytest.mark.parametrize(("max_bytes", "status"), [(len(BODY), 200), (len(BODY) - 1, 413)])
def test_a_body_in_chunks_is_read_where_the_server_marks_its_end(max_bytes: int, status: int) -> None:
    post = answers(max_bytes=max_bytes)
    assert post(CONTENT_LENGTH=None, **{"wsgi.input_terminated": True}) == status


class Drops(BytesIO):
    """Gives a few bytes at a time, whatever is asked for."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(7, size if size is not None and size >= 0 else 7))


def test_a_body_that_comes_in_drops_is_read_to_its_end() -> None:
    assert answers()(**{"wsgi.input": Drops(BODY)}) == 200


class Broken(BytesIO):
    """A connection that is lost while the body comes."""

    def read(self, size: int | None = -1) -> bytes:
        raise ConnectionResetError("the peer is gone")


def test_a_connection_lost_on_the_way_is_a_400_and_no_crash() -> None:
    assert answers()(**{"wsgi.input": Broken()}) == 400


def test_the_path_can_be_chosen() -> None:
    assert answers(path="/bfl/events")(path="/bfl/events") == 200


def test_an_event_whose_handling_failed_is_a_500_and_handed_on_when_it_comes_again() -> None:
    tries: list[WebhookEvent] = []

    def fail_at_first(event: WebhookEvent) -> None:
        tries.append(event)
        if len(tries) == 1:
            raise OSError("no disk")

    post = answers(fail_at_first)
    assert [post() for _ in range(3)] == [500, 200, 200]
    assert tries == [READY, READY]


def test_a_failure_of_the_handler_is_logged_with_its_cause_and_the_task(caplog: pytest.LogCaptureFixture) -> None:
    def fail(event: WebhookEvent) -> None:
        raise OSError("no disk")

    answers(fail)()
    (record,) = caplog.records
    assert (record.levelno, TASK_ID in record.getMessage()) == (logging.ERROR, True)
    assert record.exc_info is not None


def test_a_refusal_is_logged_with_its_reason_and_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    answers()(HTTP_X_BFL_SIGNATURE=signature(b"other"))
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "another secret" in record.getMessage()
    assert SECRET not in caplog.text
    assert signature(BODY) not in caplog.text


def test_the_memory_of_events_can_be_shared_by_receivers() -> None:
    events, seen = list[WebhookEvent](), Deduplicator()
    for _ in range(2):
        answers(events.append, seen=seen)()
    assert len(events) == 1


@pytest.mark.parametrize(("age_s", "status"), [(36, 200), (301, 401)])
def test_with_a_tolerance_old_events_are_refused_by_the_clock(age_s: float, status: int) -> None:
    clock = FakeClock()
    clock.now_s = SENT_AT_S + age_s
    assert answers(tolerance_s=300, clock=clock)(bytes_of(READY_GUIDE)) == status


def test_a_receiver_without_a_secret_is_not_begun() -> None:
    with pytest.raises(bfl.ConfigurationError, match="secret"):
        wsgi_receiver("", nothing)


def test_a_twin_is_answered_only_when_the_first_was_handled() -> None:
    is_begun, may_end = threading.Event(), threading.Event()

    def hold(event: WebhookEvent) -> None:
        is_begun.set()
        assert may_end.wait(PATIENCE_S)

    app = wsgi_receiver(SECRET, hold)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(Answers(app))
        assert is_begun.wait(PATIENCE_S)
        second = pool.submit(Answers(app))
        assert not second.done()
        may_end.set()
        assert [first.result(PATIENCE_S), second.result(PATIENCE_S)] == [200, 200]


@pytest.mark.parametrize("changes", [{}, {"method": "GET"}, {"path": "/"}, {"HTTP_X_BFL_SIGNATURE": None}])
def test_the_application_keeps_to_the_standard(changes: dict[str, Any]) -> None:
    """The standard library's validator raises where it does not."""
    made = environ(BODY, SCRIPT_NAME="", QUERY_STRING="", **changes)
    setup_testing_defaults(made)
    started: list[str] = []

    def start_response(status: str, headers: list[tuple[str, str]], _: object = None) -> Callable[[bytes], object]:
        started.append(status)
        return started.append  # type: ignore[return-value]  # nobody writes

    reply = validator(wsgi_receiver(SECRET, nothing))(made, start_response)
    assert list(reply) == []
    reply.close()  # type: ignore[attr-defined]  # the validator's iterator has it
    assert len(started) == 1


# The suite for receivers, over sockets.

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
FORM_NAMES: tuple[FormName, ...] = ("2025", "2026", "guide")


class _Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Keep quiet."""


@contextmanager
def over_wsgiref(app: WSGIApplication) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, server_class=_Threaded, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.005,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def over_werkzeug(app: WSGIApplication) -> Iterator[str]:
    with LiveServer(app) as server:
        yield server.base_url


def graded(base_url: str, form: FormName, *, now: datetime = NOW) -> dict[str, Result]:
    events = Events(form=FORMS[form], now=now, rng=Random(0), has_timestamp=form == "guide")
    receiver = HttpReceiver(f"{base_url}/hook", patience_s=PATIENCE_S)
    bench = Bench(receiver=receiver, secret=SECRET, events=events, slow_s=0.04)
    told = run_receiver_checks(RECEIVER_CATALOGUE, bench)
    return {each.result.check.id: each.result for each in told if isinstance(each, Finished)}


def assert_all_pass(results: dict[str, Result], form: FormName) -> None:
    """All pass; only of events without a time, no receiver can tell that they are old."""
    undecided = {} if form == "guide" else {"BFL-HOOK-012": Verdict.INCONCLUSIVE}
    assert {name: each.verdict for name, each in results.items() if each.verdict is not Verdict.PASS} == undecided
    assert len(results) == 19


def strict_receiver() -> WSGIApplication:
    clock = FakeClock()
    clock.now_s = NOW.timestamp()
    return wsgi_receiver(SECRET, nothing, tolerance_s=300, clock=clock)


@pytest.mark.parametrize("form", FORM_NAMES)
@pytest.mark.parametrize("served", [over_wsgiref, over_werkzeug], ids=["wsgiref", "werkzeug"])
def test_the_wsgi_receiver_passes_every_check_for_receivers(served: Any, form: FormName) -> None:
    with served(strict_receiver()) as base_url:
        assert_all_pass(graded(base_url, form), form)


@pytest.fixture
def flask_app() -> WSGIApplication:
    """The receiver that the page shows, word for word."""
    (shown,) = [each for each in blocks("docs/how-to/client-webhooks.md") if "Flask(" in each.code]
    names: dict[str, Any] = {}
    exec(compile(shown.code, str(shown), "exec"), names)
    app: WSGIApplication = names["app"]
    return app


@pytest.mark.parametrize("form", FORM_NAMES)
def test_the_flask_receiver_of_the_page_passes_every_check_for_receivers(
    flask_app: WSGIApplication, form: FormName
) -> None:
    """By the clock of the machine, as it is printed."""
    with over_werkzeug(flask_app) as base_url:
        assert_all_pass(graded(base_url, form, now=utc_now()), form)


def test_importing_the_webhooks_loads_nothing_but_their_own_modules() -> None:
    """No web framework, and no more of the standard library than the client has loaded."""
    code = (
        "import sys, bfl_client; before = set(sys.modules); import bfl_client.webhooks; "
        "print(*sorted(set(sys.modules) - before))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = ended.stdout.split()
    assert "bfl_client.webhooks" in loaded
    assert [name for name in loaded if not name.startswith("bfl_client.")] == []
