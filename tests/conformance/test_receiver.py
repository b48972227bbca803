"""A good webhook receiver passes every check; each check catches the receiver that makes its mistake."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from bfl_conformance import Level, TargetRefused, Verdict
from bfl_conformance.cli import main
from bfl_conformance.receiver import RECEIVER_CATALOGUE, HttpReceiver, run_receiver_checks
from bfl_conformance.receiver.checks import Bench
from bfl_conformance.receiver.events import FORMS, Events, FormName, Posted, compact, spaced
from bfl_conformance.run import Finished, Result
from mock_bfl.contract import SOURCES, Certainty
from mock_bfl.testing import LiveServer
from tests.conformance import receivers
from tests.conformance.receivers import NOW, SECRET, receiver
from tests.engine.picture_server import PictureServer, Serve, continuing, dripping

BY_ID = {check.id: check for check in RECEIVER_CATALOGUE}


def bench(url: str, *, form: FormName = "guide", patience_s: float = 10) -> Bench:
    events = Events(form=FORMS[form], now=NOW, rng=Random(0), has_timestamp=form == "guide")
    return Bench(receiver=HttpReceiver(url, patience_s=patience_s), secret=SECRET, events=events, slow_s=0.04)


def graded(app: Flask, *ids: str, form: FormName = "guide") -> dict[str, Result]:
    """Return the results of the checks of these ids, or of all, against a receiver on a socket."""
    checks = [BY_ID[name] for name in ids] or RECEIVER_CATALOGUE
    with LiveServer(app) as server:
        events = run_receiver_checks(checks, bench(f"{server.base_url}/hook", form=form))
        return {event.result.check.id: event.result for event in events if isinstance(event, Finished)}


@pytest.mark.parametrize("form", ["guide", "2026", "2025"])
def test_a_good_receiver_passes_every_check(form: FormName) -> None:
    results = graded(receiver(), form=form)
    wrong = {name: result for name, result in results.items() if result.verdict is not Verdict.PASS}
    without_a_time = set() if form == "guide" else {"BFL-HOOK-012"}
    assert {name for name in wrong if wrong[name].verdict is Verdict.INCONCLUSIVE} == without_a_time
    assert set(wrong) == without_a_time


MISTAKES = [
    ("BFL-HOOK-001", {"handle": receivers.refuses_all}),
    ("BFL-HOOK-001", {"handle": receivers.redirects}),
    ("BFL-HOOK-003", {"verify": receivers.looks_at_the_presence_only}),
    ("BFL-HOOK-004", {"verify": receivers.accepts_all}),
    ("BFL-HOOK-005", {"verify": receivers.accepts_the_unsigned}),
    ("BFL-HOOK-006", {"verify": receivers.compares_a_beginning}),
    ("BFL-HOOK-007", {"verify": receivers.verifies_reserialised}),
    ("BFL-HOOK-008", {"verify": receivers.accepts_either_spelling}),
    ("BFL-HOOK-008", {"verify": receivers.verifies_reserialised}),
    ("BFL-HOOK-009", {"handle": receivers.refuses_duplicates}),
    ("BFL-HOOK-010", {"handle": receivers.is_one_at_a_time}),
    ("BFL-HOOK-011", {"handle": receivers.is_strict_about_age}),
    ("BFL-HOOK-012", {"handle": receivers.takes_any_age}),
    ("BFL-HOOK-014", {"handle": receivers.refuses_progress}),
    ("BFL-HOOK-015", {"handle": receivers.refuses_failures}),
    ("BFL-HOOK-016", {"handle": receivers.refuses_moderation}),
    ("BFL-HOOK-017", {"handle": receivers.refuses_unknown_fields}),
    ("BFL-HOOK-019", {"handle": receivers.crashes_on_what_is_no_json}),
    ("BFL-HOOK-019", {"verify": receivers.crashes_on_an_odd_signature}),
]
BROKEN = {Level.MUST: Verdict.FAIL, Level.SHOULD: Verdict.NON_STRICT, Level.OBSERVED: Verdict.OBSERVED}


def named(value: Any) -> str:
    """Return the id of a check, or the name of the function that makes the mistake."""
    return value if isinstance(value, str) else next(iter(value.values())).__name__


@pytest.mark.parametrize(("check_id", "mistake"), MISTAKES, ids=named)
def test_a_check_catches_the_receiver_that_makes_its_mistake(check_id: str, mistake: dict[str, Any]) -> None:
    result = graded(receiver(**mistake), check_id)[check_id]
    assert (result.verdict, bool(result.violations)) == (BROKEN[BY_ID[check_id].level], True)


class RawReceiver:
    """A receiver below the frameworks: what it does with a request is given as bytes in, bytes out."""

    def __init__(self, *, is_hasty: bool = False, is_case_sensitive: bool = False, is_mute: bool = False) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._hasty, self._cased, self._mute = is_hasty, is_case_sensitive, is_mute
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/hook"

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with closing(connection):
                connection.settimeout(5)
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        data = connection.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        while not self._hasty and len(body) < length:
            body += connection.recv(65536)
        if self._mute:
            return
        is_whole, name = len(body) == length, b"X-BFL-Signature:"
        is_signed = name in head if self._cased else name.lower() in head.lower()
        connection.sendall(b"HTTP/1.1 %d x\r\nContent-Length: 0\r\n\r\n" % (200 if is_whole and is_signed else 400))

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def raw(request: pytest.FixtureRequest) -> Iterator[RawReceiver]:
    made = RawReceiver(**request.param)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("raw", "check_id"),
    [
        ({"is_mute": True}, "BFL-HOOK-002"),
        ({"is_hasty": True}, "BFL-HOOK-013"),
        ({"is_case_sensitive": True}, "BFL-HOOK-018"),
    ],
    indirect=["raw"],
)
def test_a_check_catches_the_mistake_of_a_raw_receiver(raw: RawReceiver, check_id: str) -> None:
    (_, finished) = run_receiver_checks([BY_ID[check_id]], bench(raw.url))
    assert isinstance(finished, Finished)
    assert finished.result.verdict is BROKEN[BY_ID[check_id].level]


def test_every_check_has_a_mistake_that_it_catches() -> None:
    on_a_raw_receiver = {"BFL-HOOK-002", "BFL-HOOK-013", "BFL-HOOK-018"}
    assert {name for name, _ in MISTAKES} | on_a_raw_receiver == set(BY_ID)


def test_a_receiver_that_refuses_all_passes_no_check_of_a_refusal() -> None:
    results = graded(receiver(handle=receivers.refuses_all))
    refusals = ("BFL-HOOK-003", "BFL-HOOK-004", "BFL-HOOK-005", "BFL-HOOK-006", "BFL-HOOK-008", "BFL-HOOK-012")
    assert {results[name].verdict for name in refusals} == {Verdict.INCONCLUSIVE}


@pytest.mark.parametrize("check", RECEIVER_CATALOGUE, ids=lambda check: check.id)
def test_no_receiver_fails_for_what_is_only_inferred_or_assumed(check: Any) -> None:
    assert set(check.cite.sources) <= set(SOURCES)
    weak = check.cite.certainty in {Certainty.INFERRED, Certainty.ASSUMED}
    assert not (weak and check.level is Level.MUST)


def test_the_two_spellings_of_an_event_mean_the_same_in_different_bytes() -> None:
    event = Events(form=FORMS["guide"], now=NOW, rng=Random(0)).ready()
    assert json.loads(spaced(event)) == json.loads(compact(event)) == event
    assert spaced(event) != compact(event)


def test_an_event_is_as_old_as_asked() -> None:
    event = Events(form=FORMS["guide"], now=NOW, rng=Random(0), has_timestamp=True).ready(age_s=36)
    assert event["timestamp"] == "2026-01-01T11:59:24Z"


def test_a_known_task_may_be_named_for_receivers_that_look_it_up() -> None:
    events = Events(form=FORMS["2025"], now=NOW, rng=Random(0), task_id="mine")
    assert {event["task_id"] for event in (events.ready(), events.failed(), events.progress())} == {"mine"}


def test_a_receiver_elsewhere_is_not_contacted() -> None:
    with pytest.raises(TargetRefused, match=r"example\.com is not this machine"):
        HttpReceiver("https://example.com/hook")


def test_who_does_not_listen_gives_no_answer() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    answer = HttpReceiver(f"http://127.0.0.1:{port}/").post(Posted(b"{}"))
    assert (answer.status, "refused" in answer.problem.lower()) == (None, True)


ACCEPTED = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize("serve", [dripping(ACCEPTED), continuing(ACCEPTED)], ids=["bytes", "100s"])
def test_one_time_limit_holds_for_the_whole_answer_and_not_for_each_byte(serve: Serve) -> None:
    with PictureServer(serve) as server:
        answer = HttpReceiver(server.url(), patience_s=0.3).post(Posted(b"{}"))
    assert (answer.status, "it took longer than 0.3 s" in answer.problem) == (None, True)


def test_the_time_over_which_a_delivery_is_spread_is_not_the_receivers() -> None:
    with LiveServer(receiver()) as server:
        answer = HttpReceiver(f"{server.base_url}/hook", patience_s=0.3).post(Posted(b"{}"), over_s=0.6)
    assert answer.status == 401


def test_an_answer_that_never_begins_is_given_up_for_its_length() -> None:
    with PictureServer(continuing(ACCEPTED, pause_s=0, at_once=100_000)) as server:
        assert "more than" in HttpReceiver(server.url()).post(Posted(b"{}")).problem


def run_command(app: Flask, *options: str) -> Any:
    with LiveServer(app) as server:
        url = f"{server.base_url}/hook"
        return CliRunner().invoke(main, ["webhook", "--url", url, "--secret", SECRET, *options])


def test_the_command_prints_a_table_and_ends_with_0_for_a_good_receiver() -> None:
    done = run_command(receiver(), "--form", "2026", "--only", "BFL-HOOK-00")
    assert done.exit_code == 0, done.output
    assert "9 checks: 9 PASS" in done.output


def test_the_command_ends_with_1_for_a_receiver_that_believes_anybody() -> None:
    done = run_command(receiver(verify=receivers.accepts_all), "--only", "BFL-HOOK-004", "--json")
    finished = json.loads(done.output.splitlines()[-1])
    assert (done.exit_code, finished["verdict"]) == (1, "FAIL")
    assert SECRET not in done.output


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--url", "https://example.com/", "--secret", "s"], "not this machine"),
        (["--url", "http://127.0.0.1:1/", "--secret", "s", "--only", "BFL-X"], "no check begins with"),
        (["--url", "http://127.0.0.1:1/", "--secret", ""], "secret"),
    ],
)
def test_a_wrong_command_line_says_what_is_wrong(options: list[str], told: str) -> None:
    done = CliRunner().invoke(main, ["webhook", *options])
    assert (done.exit_code, told in done.output) == (2, True)
