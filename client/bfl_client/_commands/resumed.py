"""`bfl wait` and `bfl download`: go on with a task that was submitted before."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from bfl_client._errors import InvalidRequest, TaskUnfinished
from bfl_client._models import checked_output
from bfl_client._policy import is_end
from bfl_client._replies import Snapshot
from bfl_client._tasks import Task

from .acting import Run, running
from .options import Reach, output_option, reach_options
from .pictures import finish

_STDIN = "-"


@click.command()
@click.argument("task")
@output_option
@reach_options
def wait(*, task: str, output: Path, reach: Reach) -> None:
    """Wait for a task submitted before, and save its picture.

    TASK is its polling_url, its id, or a file with the JSON that a command or Task.to_dict left (- for stdin).
    """
    with running(reach, output=output) as run:
        saved = _saved_task(task)
        checked_output(output)
        with run.client() as client:
            finish(_resumed(client.resume(saved), run=run), output, run=run)


@click.command()
@click.argument("task")
@output_option
@reach_options
def download(*, task: str, output: Path, reach: Reach) -> None:
    """Save the picture of a task that has ended; wait for none.

    TASK is its polling_url, its id, or a file with the JSON that a command or Task.to_dict left (- for stdin).
    """
    with running(reach, output=output) as run:
        saved = _saved_task(task)
        checked_output(output)
        with run.client() as client:
            resumed = _resumed(client.resume(saved), run=run)
            finish(resumed, output, run=run, on_update=lambda snapshot: _demand_end(snapshot, resumed))


def _resumed(task: Task, *, run: Run) -> Task:
    run.task, run.left = task, "a task"
    return task


def _demand_end(snapshot: Snapshot, task: Task) -> None:
    if not is_end(snapshot):
        raise TaskUnfinished(
            f"The task {task.id} is {snapshot.status}; there is no picture yet. `bfl wait` waits for it.",
            task_id=task.id,
            polling_url=task.polling_url,
        )


def _saved_task(word: str) -> Mapping[str, object]:
    if "://" in word:
        return {"polling_url": word}
    if word != _STDIN and not word.endswith(".json") and not Path(word).is_file():
        return {"id": word}
    return _read_task(word)


def _read_task(word: str) -> Mapping[str, object]:
    name = "stdin" if word == _STDIN else repr(word)
    try:
        saved = json.loads(sys.stdin.buffer.read() if word == _STDIN else Path(word).read_bytes())
    except (OSError, ValueError) as error:
        raise InvalidRequest(f"TASK: {name} cannot be read as JSON ({error}).") from error
    if not isinstance(saved, dict) or not (saved.get("id") or saved.get("polling_url")):
        raise InvalidRequest(f"TASK: {name} holds no object with the id or the polling_url of a task.")
    return saved
