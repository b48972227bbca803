"""Each command from end to end against the mock over real sockets, through pipes and on a terminal."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import request

from bfl_client._commands.acting import Tools, make_client
from mock_bfl.engine import Engine
from mock_bfl.testing import LiveServer
from mock_bfl.web import create_app
from tests.client.cli_double import signals_minded
from tests.client.pictures import picture
from tests.client.screens import Ended, Kind, call
from tests.client.wire_double import FakeClock

STREAMS: dict[str, Kind] = {"in a pipe": "pipe", "on a terminal": "terminal"}
EVERYWHERE = pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
DOOR = [sys.executable, "-c", "from bfl_client.cli import main; main()"]


class Submits:
    """Counts the submits that the mock was sent, by prompt."""

    def __init__(self) -> None:
        self._prompts: list[str] = []
        self._awaited: dict[str, threading.Event] = {}

    def first_of(self, word: str) -> threading.Event:
        """Return what is set when a prompt with the word arrives."""
        return self._awaited.setdefault(word, threading.Event())

    def note(self) -> None:
        if request.method == "POST":
            prompt = request.get_json()["prompt"]
            self._prompts.append(prompt)
            for event in (event for word, event in self._awaited.items() if word in prompt):
                event.set()

    def of(self, word: str) -> Counter[str]:
        return Counter(prompt for prompt in self._prompts if word in prompt)


@pytest.fixture(scope="module")
def submits() -> Submits:
    return Submits()


@pytest.fixture(scope="module")
def mock(submits: Submits) -> Iterator[LiveServer]:
    app = create_app(Engine(speed=0))
    app.before_request(submits.note)
    with LiveServer(app) as server:
        yield server


@pytest.fixture(autouse=True)
def home(mock: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory whose .env leads to the mock, set up as the guide says."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "500")
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(f"BFL_API_KEY=bfl_live_{tmp_path.name}\nBFL_BASE_URL={mock.base_url}\n")
    return tmp_path


def bfl(*words: str, stream: Kind = "pipe") -> Ended:
    """Run a command without waiting between polls."""
    return call(words, obj=Tools(make_client, FakeClock()), stdout=stream, stderr=stream)


def shown(ended: Ended) -> str:
    return ended.stdout + ended.stderr


@EVERYWHERE
def test_generate(home: Path, stream: Kind) -> None:
    ended = bfl("generate", "a red cube", "-o", "cube.png", stream=stream)
    assert ended.exit_code == 0, shown(ended)
    assert "cube.png" in shown(ended)
    assert (home / "cube.png").read_bytes().startswith(b"\x89PNG")


@EVERYWHERE
def test_edit(home: Path, stream: Kind) -> None:
    (home / "cat.png").write_bytes(picture(256, 256))
    ended = bfl("edit", "make it red", "--image", "cat.png", "-o", "red.webp", stream=stream)
    assert ended.exit_code == 0, shown(ended)
    assert "4.5 credits" in shown(ended)
    assert (home / "red.webp").exists()


@pytest.mark.parametrize("command", ["wait", "download"])
@EVERYWHERE
def test_going_on_with_what_a_command_printed(home: Path, command: str, stream: Kind) -> None:
    (home / "task.json").write_text(bfl("generate", "a red cube", "-o", "cube.png", "--json").stdout)
    ended = bfl(command, "task.json", "-o", "again.png", stream=stream)
    assert ended.exit_code == 0, shown(ended)
    assert (home / "again.png").read_bytes() == (home / "cube.png").read_bytes()


def jobs(home: Path, *prompts: str) -> str:
    path = home / "jobs.jsonl"
    path.write_text("".join(json.dumps({"model": "flux-2-pro", "prompt": prompt}) + "\n" for prompt in prompts))
    return str(path)


@EVERYWHERE
def test_batch(home: Path, stream: Kind) -> None:
    ended = bfl("batch", jobs(home, "one", "two", "three"), "--output-dir", "out", stream=stream)
    assert ended.exit_code == 0, shown(ended)
    assert "3 saved; 9 credits" in shown(ended)
    assert sorted(path.name for path in (home / "out").iterdir()) == ["0001.jpg", "0002.jpg", "0003.jpg"]


def test_a_batch_that_is_killed_pays_for_nothing_twice(home: Path, submits: Submits) -> None:
    file = jobs(home, *(f"{number} {home.name} [mock: after=9polls]" for number in range(6)))
    words = ["batch", file, "--output-dir", "out", "--max-active", "3", "--json"]
    arrived = submits.first_of(home.name)
    process = subprocess.Popen([*DOOR, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert arrived.wait(timeout=30)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    *items, last = map(json.loads, bfl(*words).stdout.splitlines())
    assert len(items) == 6
    assert last["summary"]["saved"] + last["summary"]["unknown"] == 6
    assert last["summary"]["unknown"] <= 3
    assert {prompt: count for prompt, count in submits.of(home.name).items() if count > 1} == {}


@EVERYWHERE
def test_credits(stream: Kind) -> None:
    assert "1000 credits ($10)" in shown(bfl("credits", stream=stream))


@EVERYWHERE
def test_estimate(stream: Kind) -> None:
    assert "about" not in shown(bfl("estimate", "flux-kontext-max", stream=stream))


@EVERYWHERE
def test_models(stream: Kind) -> None:
    assert "flux-2-klein-4b" in shown(bfl("models", stream=stream))


def test_an_estimate_is_what_the_mock_charges() -> None:
    said = json.loads(bfl("estimate", "flux-2-max", "--width", "2048", "--height", "1024", "--json").stdout)
    options = ["--model", "flux-2-max", "--width", "2048", "--height", "1024"]
    paid = json.loads(bfl("generate", "a red cube", *options, "-o", "cube.png", "--json").stdout)
    assert said["credits"] == paid["cost_credits"] == 10


def test_the_line_printed_after_a_failure_brings_the_picture(home: Path) -> None:
    prompt = "a red cube [mock: after=9polls]"
    failed = bfl("generate", prompt, "-o", "cube.png", "--timeout", "2", "--json")
    words = shlex.split(json.loads(failed.stdout)["resume"])
    assert (failed.exit_code, words[:2]) == (9, ["bfl", "wait"])
    assert bfl(*words[1:], "--timeout", "60").exit_code == 0
    assert (home / "cube.png").exists()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_process_that_is_told_to_end_leaves_the_line_that_goes_on(number: signal.Signals, code: int) -> None:
    words = ["generate", "a red cube [mock: status=Pending]", "-o", "cube.png"]
    with signals_minded():  # a process inherits which are ignored
        process = subprocess.Popen([*DOOR, *words], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert process.stderr is not None
    first = process.stderr.readline()
    process.send_signal(number)
    rest = process.communicate(timeout=30)[1].decode()
    assert first.startswith(b"accepted: ")
    assert process.returncode == code
    assert "bfl wait 'http://127.0.0.1:" in rest
    assert "Traceback" not in rest


def test_a_reader_that_went_away_hears_no_traceback_of_a_process() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*DOOR, "models"], stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")
