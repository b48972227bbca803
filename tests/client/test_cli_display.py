"""What the command shows where: pipes, terminals wide and narrow, without colour, and where nobody reads any more."""

from __future__ import annotations

import io
import json
import logging
import re
from pathlib import Path

import pytest

from bfl_client._commands.display import Display
from bfl_client._commands.stages import Outlet, PlainStage, printable
from bfl_client._replies import Snapshot
from bfl_client.models import known_models
from tests.client.cli_double import tools_of
from tests.client.screens import Ended, Kind, call
from tests.client.wire_double import TASK_ID, World, accepted, picture, poll, ready, reply

ESCAPE = "\x1b"
COLOUR = re.compile(r"\x1b\[(?:[0-9;]*;)?(?:3[0-7]|38|9[0-7])(?:;[0-9;]*)?m")


def successful() -> World:
    return World(accepted(), poll("Pending"), ready(), picture())


def generate(world: World, output: Path, *arguments: str, stdout: Kind = "pipe", stderr: Kind = "pipe") -> Ended:
    words = ["generate", "a red cube", "-o", str(output), *arguments]
    return call(words, obj=tools_of(world), stdout=stdout, stderr=stderr)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def test_in_a_pipe_there_is_no_escape_sequence(tmp_path: Path) -> None:
    ended = generate(successful(), tmp_path / "a.jpg")
    assert (ended.exit_code, ended.stdout) == (0, f"{tmp_path / 'a.jpg'}\n")
    assert ended.stderr.splitlines()[:2] == [f"accepted: {TASK_ID}, 3 credits", "Pending"]
    assert ESCAPE not in ended.stderr


def test_on_a_terminal_the_path_stays_and_the_progress_is_live(tmp_path: Path) -> None:
    ended = generate(successful(), tmp_path / "a.jpg", stderr="terminal", stdout="terminal")
    assert ended.exit_code == 0
    assert ESCAPE in ended.stderr
    assert "Pending" in ended.stderr
    assert str(tmp_path / "a.jpg") in re.sub(r"\s", "", ended.stdout + ended.stderr)


def test_a_result_goes_to_stdout_though_progress_is_on_a_terminal(tmp_path: Path) -> None:
    ended = generate(successful(), tmp_path / "a.jpg", stderr="terminal")
    assert ended.stdout == f"{tmp_path / 'a.jpg'}\n"


class Recorder(PlainStage):
    """Remembers how much of a task it was told to be done."""

    def __init__(self) -> None:
        super().__init__()
        self.fractions: list[float | None] = []

    def step(self, line: str, *, fraction: float | None) -> None:
        self.fractions.append(fraction)


def test_a_task_that_has_ended_is_wholly_done_whatever_its_progress() -> None:
    stage = Recorder()
    display = Display(as_json=False, stage=stage)
    for snapshot in (Snapshot("Pending"), Snapshot("Pending", progress=40.0), Snapshot("Ready")):
        display.seen(snapshot)
    assert stage.fractions == [None, 0.4, 1.0]


def test_json_on_a_terminal_is_not_mixed_with_a_live_line(tmp_path: Path) -> None:
    ended = generate(successful(), tmp_path / "a.jpg", "--json", stdout="terminal", stderr="terminal")
    assert json.loads(ended.stdout)["id"] == TASK_ID
    assert ESCAPE not in ended.stdout + ended.stderr


def test_json_in_a_pipe_leaves_the_live_line_on_the_terminal(tmp_path: Path) -> None:
    ended = generate(successful(), tmp_path / "a.jpg", "--json", stderr="terminal")
    assert json.loads(ended.stdout)["id"] == TASK_ID
    assert ESCAPE in ended.stderr


def test_a_question_on_a_terminal_shows_nothing_but_its_answer() -> None:
    world = World(reply({"credits": 7}))
    ended = call(["credits"], obj=tools_of(world), stdout="terminal", stderr="terminal")
    assert (ended.stdout + ended.stderr).strip() == "7 credits ($0.07)"


@pytest.mark.parametrize("stderr", ["pipe", "terminal"])
def test_what_the_client_warns_of_is_shown_like_all_else(tmp_path: Path, stderr: Kind) -> None:
    world = World(accepted(), poll("Dreaming"), ready(), picture())
    ended = generate(world, tmp_path / "a.jpg", stderr=stderr)
    lines = ended.stderr.replace("\r", "\n").splitlines()
    assert [line for line in lines if "unknown status 'Dreaming'" in line] != []
    assert ended.exit_code == 0


def test_the_warnings_of_a_command_end_with_it(tmp_path: Path) -> None:
    generate(successful(), tmp_path / "a.jpg")
    assert logging.getLogger("bfl_client").handlers == []


def test_no_color_is_minded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    coloured = generate(successful(), tmp_path / "a.jpg", stderr="terminal")
    monkeypatch.setenv("NO_COLOR", "1")
    plain = generate(successful(), tmp_path / "a.jpg", stderr="terminal")
    assert COLOUR.search(coloured.stderr)
    assert not COLOUR.search(plain.stderr)


def test_a_terminal_that_can_do_nothing_gets_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    ended = generate(successful(), tmp_path / "a.jpg", stderr="terminal")
    assert ended.stderr.splitlines()[:2] == [f"accepted: {TASK_ID}, 3 credits", "Pending"]


@pytest.mark.parametrize("columns", [20, 80, 200])
def test_terminals_of_any_width_show_the_names_of_models_whole(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    shown = call(["models"], stdout="terminal", stderr="terminal").stdout
    assert [row.slug for row in known_models() if row.slug not in shown] == []


def test_a_wide_table_breaks_no_line_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = re.sub(r"\x1b\[[0-9;]*m", "", call(["models"], stdout="terminal", stderr="terminal").stdout)
    assert max(map(len, shown.splitlines())) == 80


@pytest.mark.parametrize("columns", [12, 40, 200])
def test_terminals_of_any_width_show_the_progress_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    ended = generate(successful(), tmp_path / "a.jpg", stderr="terminal")
    assert ended.exit_code == 0
    assert "\x1b[1A" not in ended.stderr.replace("\x1b[1A\x1b[2K", "", 1)  # up by one line once, to take it away


@pytest.mark.parametrize(("columns", "has_bar"), [(40, False), (100, True)])
def test_a_narrow_terminal_spends_no_room_on_a_bar(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int, has_bar: bool
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert ("━" in generate(successful(), tmp_path / "a.jpg", stderr="terminal").stderr) is has_bar


def test_a_table_goes_to_stdout_though_stderr_is_a_terminal() -> None:
    ended = call(["models"], stderr="terminal")
    assert ended.stdout.startswith("model\t")


def test_a_reader_that_went_away_costs_no_picture(tmp_path: Path) -> None:
    ended = generate(successful(), tmp_path / "a.jpg", stdout="closed", stderr="closed")
    assert ended.exit_code == 0
    assert (tmp_path / "a.jpg").exists()


def test_a_reader_that_went_away_changes_no_exit_code(tmp_path: Path) -> None:
    world = World(reply({"detail": "Insufficient credits"}, status=402))
    assert generate(world, tmp_path / "a.jpg", "--json", stdout="closed", stderr="closed").exit_code == 5


def test_what_an_encoding_cannot_say_comes_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, encoding="ascii"))
    Outlet(is_stderr=False).say("é")
    assert written.getvalue() == b"\\xe9\n"


def test_what_the_api_says_does_nothing_to_the_terminal(tmp_path: Path) -> None:
    world = World(reply({"detail": "bad \x1b]0;title\x07 thing"}, status=402))
    assert ESCAPE not in generate(world, tmp_path / "a.jpg").stderr


def test_words_of_a_prompt_are_no_markup(tmp_path: Path) -> None:
    world = World(reply({"detail": "[red]:smile:[/red]"}, status=402))
    assert "[red]:smile:[/red]" in generate(world, tmp_path / "a.jpg", stderr="terminal").stderr


def test_control_characters_come_escaped() -> None:
    assert printable("a\tb\nc\x1b[2J\x9b\x7f é") == "a\tb\nc\\x1b[2J\\x9b\\x7f é"


def test_a_name_that_is_no_text_is_printed_as_it_is(tmp_path: Path) -> None:
    odd = tmp_path / "a\udce4.jpg"
    assert generate(successful(), odd).stdout == f"{odd}\n"
