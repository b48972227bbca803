"""A batch in a process of its own is killed for real, and another process does the rest without paying twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mock_bfl.engine import Engine
from mock_bfl.testing import LiveServer
from mock_bfl.web import create_app
from tests.client.batch_shop import accepted, charged, submitted_again

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

KEY = "a-key"
COUNT = 30
PATIENCE_S = 30.0
PROGRAM = """
import json, signal, sys
from pathlib import Path
from bfl_client import BFLClient, Job, Pacing

signal.signal(signal.SIGINT, signal.default_int_handler)  # which a job in the background inherits as ignored
base_url, key, folder, count = *sys.argv[1:4], int(sys.argv[4])
pacing = Pacing(first_poll_s=0.02, longest_poll_s=0.05, backoff_s=0.02, rate_limit_wait_s=0.05)
sizes = {"width": 64, "height": 64}
jobs = [Job("flux-2-pro", {"prompt": f"cube {seed}", "seed": seed, **sizes}) for seed in range(count)]
with BFLClient(key, base_url=base_url, pacing=pacing) as client:
    result = client.batch(jobs, journal=Path(folder) / "batch.journal", output_dir=Path(folder))
outcomes = [item.outcome for item in result.items]
print(json.dumps({"outcomes": outcomes, "known": result.known_credits, "unknown": result.unknown_credits}))
"""


@dataclass(frozen=True)
class Shot:
    """At the nth request of a method the client gets a signal: before the mock takes it, or when it has."""

    method: str
    number: int
    is_before: bool
    signal: signal.Signals = signal.SIGKILL


class Assassin:
    """Stands before the mock and sends its client a signal, once."""

    def __init__(self, app: WSGIApplication, shot: Shot) -> None:
        self._app, self._shot = app, shot
        self._seen = 0
        self._lock = threading.Lock()
        self._armed = threading.Event()
        self._victim = 0

    def aim(self, pid: int) -> None:
        self._victim = pid
        self._armed.set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not self._is_the_one(environ["REQUEST_METHOD"]):
            return self._app(environ, start_response)
        assert self._armed.wait(PATIENCE_S)
        answer = [] if self._shot.is_before else self._app(environ, start_response)
        os.kill(self._victim, self._shot.signal)
        if self._shot.is_before:
            start_response("503 Service Unavailable", [])
        return answer

    def _is_the_one(self, method: str) -> bool:
        with self._lock:
            self._seen += method == self._shot.method
            return method == self._shot.method and self._seen == self._shot.number


@contextmanager
def program(base_url: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", PROGRAM, base_url, KEY, str(folder), str(COUNT)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def run_to_the_end(base_url: str, folder: Path) -> dict[str, Any]:
    with program(base_url, folder) as process:
        said, complaints = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, complaints
    result: dict[str, Any] = json.loads(said)
    return result


def killed_and_run_again(shot: Shot, folder: Path) -> tuple[Engine, dict[str, Any]]:
    """Stop a first process, let a second one end, and hold both to the mock's books."""
    engine = Engine(speed=0.02)
    assassin = Assassin(create_app(engine), shot)
    with LiveServer(assassin) as server:
        with program(server.base_url, folder) as first:
            assassin.aim(first.pid)
            assert first.wait(PATIENCE_S) == -shot.signal
        result = run_to_the_end(server.base_url, folder)
    assert set(result["outcomes"]) <= {"saved", "unknown"}
    assert submitted_again(engine, KEY) == []
    assert max(accepted(engine, KEY).values()) == 1
    assert result["known"] <= charged(engine, KEY) <= result["known"] + result["unknown"]
    saved = [f"{number:04}.jpg" for number, outcome in enumerate(result["outcomes"], start=1) if outcome == "saved"]
    assert sorted(path.name for path in folder.glob("[0-9]*.jpg")) == saved
    return engine, result


def test_a_killed_process_leaves_what_it_may_have_paid_as_unknown_and_the_next_does_the_rest(tmp_path: Path) -> None:
    """The fatal submit was accepted, and its client died before it could hear so."""
    _, result = killed_and_run_again(Shot("POST", 12, is_before=False), tmp_path)
    assert result["outcomes"].count("unknown") >= 1
    assert result["outcomes"].count("saved") >= 1


def test_ctrl_c_leaves_nothing_unknown(tmp_path: Path) -> None:
    """Submits on their way are let finish, whatever else is going on."""
    engine, result = killed_and_run_again(Shot("POST", 12, is_before=False, signal=signal.SIGINT), tmp_path)
    assert set(result["outcomes"]) == {"saved"}
    assert set(accepted(engine, KEY).values()) == {1}


def test_two_processes_cannot_run_one_batch(tmp_path: Path) -> None:
    engine = Engine(speed=0.02)
    is_in, may_go = threading.Event(), threading.Event()
    mock = create_app(engine)

    def slow(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        is_in.set()
        assert may_go.wait(PATIENCE_S)
        return mock(environ, start_response)

    with LiveServer(slow) as server, program(server.base_url, tmp_path) as first:
        assert is_in.wait(PATIENCE_S)
        with program(server.base_url, tmp_path) as second:
            _, complaints = second.communicate(timeout=PATIENCE_S)
        may_go.set()
        said, _ = first.communicate(timeout=PATIENCE_S)
    assert "is in use by another run of the batch" in complaints
    assert set(json.loads(said)["outcomes"]) == {"saved"}
    assert set(accepted(engine, KEY).values()) == {1}


@pytest.mark.deep
@pytest.mark.parametrize(
    "shot",
    [
        *(Shot("POST", number, is_before=True) for number in (1, 5, 24, 30)),
        *(Shot("POST", number, is_before=False) for number in (1, 25, 30)),
        # Each of the 30 tasks is polled and downloaded at least once.
        *(Shot("GET", number, is_before=False) for number in (1, 40, 60)),
    ],
    ids=lambda shot: f"{shot.method}-{shot.number}-{'before' if shot.is_before else 'after'}",
)
def test_wherever_it_is_killed(shot: Shot, tmp_path: Path) -> None:
    killed_and_run_again(shot, tmp_path)
