"""The `bfl` command: what it sends, what it prints where, and how it ends."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner
from rich.console import Console

import bfl_client as bfl
from bfl_client import _errors, _exits
from bfl_client._commands import bfl as command
from bfl_client._commands.acting import Setup, make_client
from bfl_client._commands.display import Display
from bfl_client._commands.live_stage import LiveStage
from bfl_client._exits import exit_code
from bfl_client._replies import Snapshot
from tests.client.cli_double import generate, run
from tests.client.wire_double import (
    POLLING_URL,
    TASK_ID,
    Answer,
    Step,
    World,
    accepted,
    picture,
    poll,
    ready,
    reply,
)

PICTURE = picture()


def test_generate_saves_the_picture_and_prints_its_path(tmp_path: Path) -> None:
    world = World(accepted(), poll("Pending"), poll("Pending"), ready(), PICTURE)
    ended = generate(world, tmp_path / "cube.jpg", "--width", "512", "--seed", "42")
    assert (ended.exit_code, ended.stdout) == (0, f"{tmp_path / 'cube.jpg'}\n")
    assert ended.stderr.splitlines() == [
        f"accepted: {TASK_ID}, 3 credits",
        "Pending",
        "Ready",
        "saved: seed 42, 3 credits",
    ]
    assert json.loads(world.adapter.seen[0].body or b"") == {
        "prompt": "a red cube",
        "width": 512,
        "seed": 42,
        "output_format": "jpeg",
    }


def test_json_prints_one_object_on_stdout(tmp_path: Path) -> None:
    ended = generate(World(accepted(), ready(), PICTURE), tmp_path / "cube.jpg", "--json")
    assert json.loads(ended.stdout) == {
        "id": TASK_ID,
        "polling_url": POLLING_URL,
        "model": "flux-2-pro",
        "seed": 42,
        "prompt": "a red cube, upsampled",
        "cost_credits": 3.0,
        "output": str(tmp_path / "cube.jpg"),
    }


def test_json_prints_an_error_as_an_object_too(tmp_path: Path) -> None:
    ended = generate(World(reply({"detail": "Insufficient credits"}, status=402)), tmp_path / "cube.jpg", "--json")
    assert ended.exit_code == 5
    assert json.loads(ended.stdout)["error"] == "InsufficientCredits"


def test_a_suffix_against_output_format_ends_before_anything_is_sent(tmp_path: Path) -> None:
    ended = generate(World(), tmp_path / "cube.png", "--output-format", "jpeg")
    assert ended.exit_code == 4
    assert "png" in ended.stderr


def test_an_accepted_task_that_is_not_seen_to_its_end_can_be_resumed_by_the_printed_line(tmp_path: Path) -> None:
    world = World(script=lambda request: accepted() if request.method == "POST" else poll("Pending"))
    ended = generate(world, tmp_path / "cube.jpg", "--timeout", "5")
    assert ended.exit_code == 9
    assert f"bfl wait '{POLLING_URL}' -o {tmp_path / 'cube.jpg'}" in ended.stderr


@pytest.mark.parametrize("task", [POLLING_URL, TASK_ID])
def test_wait_takes_a_polling_url_or_an_id(tmp_path: Path, task: str) -> None:
    ended = run(World(ready(), PICTURE), "wait", task, "-o", str(tmp_path / "a.jpg"))
    assert ended.exit_code == 0
    assert (tmp_path / "a.jpg").exists()


def interrupting(*, on: str) -> World:
    def serve(request: requests.PreparedRequest) -> Step:
        if request.method == on:
            raise KeyboardInterrupt
        return accepted()

    return World(script=serve)


def test_ctrl_c_while_waiting_prints_what_is_needed_to_resume(tmp_path: Path) -> None:
    ended = generate(interrupting(on="GET"), tmp_path / "cube.jpg")
    assert ended.exit_code == 130
    for needed in (TASK_ID, POLLING_URL, "bfl wait"):
        assert needed in ended.stderr


def test_ctrl_c_while_submitting_says_that_the_outcome_is_unknown(tmp_path: Path) -> None:
    ended = generate(interrupting(on="POST"), tmp_path / "cube.jpg")
    assert ended.exit_code == 130
    assert "may exist and be billed" in ended.stderr


def test_every_error_of_the_tree_has_an_exit_code() -> None:
    kinds = [kind for kind in vars(_errors).values() if isinstance(kind, type) and issubclass(kind, bfl.BFLError)]
    codes = {kind.__name__: exit_code(kind("x")) for kind in kinds if kind is not bfl.BFLError}
    assert len(codes) == len(kinds) - 1
    assert set(codes.values()) == {3, 4, 5, 6, 7, 8, 9, 10}


def test_the_documented_exit_codes_are_the_real_ones() -> None:
    documented = {int(code) for code in re.findall(r"^\| (\d+)", _exits.__doc__ or "", flags=re.MULTILINE)}
    assert documented == {0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 130}
    assert "| 130, 143 " in CliRunner().invoke(command, ["--help"]).stdout


def test_a_missing_key_prints_the_guides_three_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BFL_API_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
    ended = CliRunner().invoke(command, ["generate", "x", "-o", "a.png"])
    assert ended.exit_code == 3
    assert "https://dashboard.bfl.ai/get-started" in ended.stderr


def test_wait_without_tools_of_a_test_makes_its_own_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BFL_API_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(command, ["wait", TASK_ID, "-o", "a.png"]).exit_code == 3


def test_the_key_may_come_from_dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BFL_API_KEY", raising=False)
    monkeypatch.delenv("BFL_BASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text("BFL_API_KEY=bfl_x\nBFL_BASE_URL=http://127.0.0.1:9\n")
    with make_client(Setup(base_url=None, region="global", timeout_s=5.0), clock=bfl.SystemClock()) as client:
        assert client.base_url == "http://127.0.0.1:9"


def test_on_a_terminal_progress_is_a_live_line_and_notes_stay() -> None:
    screen = io.StringIO()
    stage = LiveStage(Console(file=screen, force_terminal=True, width=200))
    with Display(as_json=False, stage=stage) as display:
        display.seen(Snapshot("Pending", progress=0.3))
        display.seen(Snapshot("Pending", progress=40.0))
        display.accepted(World(accepted()).client.submit("flux-2-pro", "x"))
    shown = screen.getvalue()
    assert "Pending 40%" in shown
    assert f"accepted: {TASK_ID}, 3 credits" in shown


def test_a_missing_extra_is_a_sentence_that_names_it() -> None:
    code = "import sys; sys.modules['rich'] = None; from bfl_client.cli import main; main()"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 3
    assert "pip install 'mock-bfl[client]'" in ended.stderr


def test_an_import_that_fails_for_another_reason_is_not_hidden() -> None:
    code = "import sys; sys.modules['requests'] = None; from bfl_client.cli import main; main()"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "Traceback" in ended.stderr


def test_the_door_opens_the_command() -> None:
    code = "import sys; sys.argv = ['bfl', '--help']; from bfl_client.cli import main; main()"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 0
    assert "generate" in ended.stdout


def test_a_moderated_task_shows_its_reasons_and_ends_with_8(tmp_path: Path) -> None:
    moderated = poll("Request Moderated", details={"Moderation Reasons": ["Violence"]})
    ended = generate(World(accepted(), moderated), tmp_path / "cube.jpg")
    assert ended.exit_code == 8
    assert "Violence" in ended.stderr
    assert "bfl wait" not in ended.stderr  # there is nothing to resume


def test_a_submit_with_an_unknown_outcome_ends_with_7(tmp_path: Path) -> None:
    assert generate(World(Answer(500)), tmp_path / "cube.jpg").exit_code == 7
