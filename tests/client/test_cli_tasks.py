"""`bfl wait` and `bfl download`: which task is meant, and what is done if it has not ended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.client.cli_double import generate, run
from tests.client.wire_double import POLLING_URL, TASK_ID, Answer, Step, World, accepted, picture, poll, ready

COMMANDS = pytest.mark.parametrize("command", ["wait", "download"])
OTHER_HOST = f"https://api.us1.bfl.ai/v1/get_result?id={TASK_ID}"


def polled(world: World) -> str:
    return str(world.adapter.seen[0].url)


@COMMANDS
@pytest.mark.parametrize("task", [POLLING_URL, TASK_ID])
def test_a_task_is_named_by_its_polling_url_or_its_id(tmp_path: Path, command: str, task: str) -> None:
    ended = run(World(ready(), picture()), command, task, "-o", str(tmp_path / "a.jpg"))
    assert (ended.exit_code, ended.stdout) == (0, f"{tmp_path / 'a.jpg'}\n")
    assert (tmp_path / "a.jpg").exists()


@COMMANDS
def test_a_task_is_named_by_a_file_with_its_json(tmp_path: Path, command: str) -> None:
    saved = tmp_path / "task.json"
    saved.write_text(json.dumps({"id": TASK_ID, "polling_url": OTHER_HOST, "model": "flux-2-max", "cost": 7.0}))
    world = World(ready(), picture())
    ended = run(world, command, str(saved), "-o", str(tmp_path / "a.jpg"), "--json")
    assert polled(world) == OTHER_HOST
    assert (json.loads(ended.stdout)["model"], json.loads(ended.stdout)["cost_credits"]) == ("flux-2-max", 7.0)


def test_what_a_failed_command_printed_as_json_can_be_handed_on(tmp_path: Path) -> None:
    world = World(script=lambda request: accepted() if request.method == "POST" else poll("Pending"))
    failed = generate(world, tmp_path / "a.jpg", "--timeout", "5", "--json")
    ended = run(World(ready(), picture()), "wait", "-", "-o", str(tmp_path / "a.jpg"), stdin=failed.stdout)
    assert (failed.exit_code, ended.exit_code) == (9, 0)


@COMMANDS
@pytest.mark.parametrize(
    ("written", "said"),
    [("{", "cannot be read as JSON"), ("[1]", "holds no object"), ('{"seed": 1}', "holds no object")],
)
def test_a_file_without_a_task_is_refused(tmp_path: Path, command: str, written: str, said: str) -> None:
    saved = tmp_path / "task.json"
    saved.write_text(written)
    ended = run(World(), command, str(saved), "-o", str(tmp_path / "a.jpg"))
    assert ended.exit_code == 4
    assert said in ended.stderr


def test_a_file_that_does_not_exist_is_no_id(tmp_path: Path) -> None:
    ended = run(World(), "wait", str(tmp_path / "task.json"), "-o", str(tmp_path / "a.jpg"))
    assert ended.exit_code == 4
    assert "task.json" in ended.stderr


def test_wait_polls_until_the_end(tmp_path: Path) -> None:
    world = World(poll("Pending"), poll("Pending"), ready(), picture())
    assert run(world, "wait", TASK_ID, "-o", str(tmp_path / "a.jpg")).exit_code == 0


def test_download_waits_for_no_task(tmp_path: Path) -> None:
    world = World(poll("Pending"))
    ended = run(world, "download", POLLING_URL, "-o", str(tmp_path / "a.jpg"))
    assert (ended.exit_code, len(world.adapter.seen)) == (9, 1)
    assert f"bfl wait '{POLLING_URL}' -o {tmp_path / 'a.jpg'}" in ended.stderr


def test_download_asks_again_where_the_answer_was_lost(tmp_path: Path) -> None:
    world = World(Answer(503), ready(), picture())
    assert run(world, "download", TASK_ID, "-o", str(tmp_path / "a.jpg")).exit_code == 0


def test_a_task_that_failed_has_no_way_on(tmp_path: Path) -> None:
    ended = run(World(poll("Error")), "download", TASK_ID, "-o", str(tmp_path / "a.jpg"), "--json")
    assert ended.exit_code == 8
    assert json.loads(ended.stdout)["resume"] is None


def test_a_picture_that_is_none_can_be_asked_for_again(tmp_path: Path) -> None:
    page = Answer(200, b"<html>", {"content-type": "text/html"})
    world = World(script=lambda request: ready() if "get_result" in str(request.url) else page)
    ended = run(world, "wait", POLLING_URL, "-o", str(tmp_path / "a.jpg"))
    assert ended.exit_code == 10
    assert f"bfl wait '{POLLING_URL}'" in ended.stderr


def test_the_way_on_reaches_the_same_api_in_the_same_form(tmp_path: Path) -> None:
    world = World(script=lambda request: poll("Pending"))
    options = ["--base-url", "https://api.bfl.ai", "--region", "eu", "--timeout", "5", "--json"]
    ended = run(world, "wait", POLLING_URL, "-o", str(tmp_path / "a b.jpg"), *options)
    assert json.loads(ended.stdout)["resume"] == (
        f"bfl wait '{POLLING_URL}' -o '{tmp_path / 'a b.jpg'}' "
        "--base-url https://api.bfl.ai --region eu --timeout 5 --json"
    )


@COMMANDS
def test_an_output_that_cannot_be_written_is_found_first(tmp_path: Path, command: str) -> None:
    world = World()
    assert run(world, command, TASK_ID, "-o", str(tmp_path / "no" / "a.jpg")).exit_code == 4
    assert world.adapter.seen == []


def test_a_fault_of_the_client_itself_loses_no_task(tmp_path: Path) -> None:
    def fall_over(request: object) -> Step:
        raise ZeroDivisionError

    world = World(script=lambda request: accepted() if request.method == "POST" else fall_over(request))
    ended = generate(world, tmp_path / "a.jpg")
    assert isinstance(ended.exception, ZeroDivisionError)
    assert f"bfl wait '{POLLING_URL}'" in ended.stderr
