"""`bfl batch`: many jobs from a file, what is shown of them, how it ends, and that it goes on where it was cut off."""

from __future__ import annotations

import itertools
import json
import re
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import Result

from tests.client.cli_double import run, signals_minded, tools_of
from tests.client.pictures import base64_of
from tests.client.pictures import picture as real_picture
from tests.client.screens import call
from tests.client.wire_double import Answer, Step, World, picture, poll, ready, reply

HOST = "https://api.eu2.bfl.ai/v1/get_result?id="
Judge = Callable[[Mapping[str, Any], int], Step | None]


class Studio(World):
    """A world that takes any number of submits, each with an id of its own; `judge` may answer one otherwise."""

    def __init__(
        self, *, judge: Judge = lambda body, number: None, result: Callable[[str], Step] | None = None
    ) -> None:
        self._judge = judge
        self._result = result or (lambda task_id: ready())
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        super().__init__(script=self._serve)

    def prompts(self) -> list[str]:
        """Return the prompts that were submitted, sorted: threads take turns as they like."""
        posts = [request for request in self.adapter.seen if request.method == "POST"]
        return sorted(json.loads(request.body or b"")["prompt"] for request in posts)

    def _serve(self, request: requests.PreparedRequest) -> Step:
        if request.method == "GET":
            task_id = str(request.url).partition("?id=")[2]
            return self._result(task_id) if task_id.startswith("task-") else picture()
        with self._lock:
            number = next(self._numbers)
        body = json.loads(request.body or b"")
        task = {"id": f"task-{number}", "polling_url": f"{HOST}task-{number}", "cost": 3.0}
        return self._judge(body, number) or reply(task)


@pytest.fixture
def jobs(tmp_path: Path) -> Path:
    return written(
        tmp_path, [{"prompt": "one", "id": "first"}, {"prompt": "two", "output": "two.png"}, {"prompt": "three"}]
    )


def written(folder: Path, documents: Sequence[Mapping[str, object]]) -> Path:
    path = folder / "jobs.jsonl"
    path.write_text("".join(json.dumps({"model": "flux-2-pro", **each}) + "\n" for each in documents))
    return path


def batch(world: World, jobs: Path, *arguments: str) -> Result:
    return run(world, "batch", str(jobs), "--output-dir", str(jobs.parent / "out"), *arguments)


def objects(ended: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ended.stdout.splitlines()]


def summary(ended: Result) -> dict[str, Any]:
    found: dict[str, Any] = objects(ended)[-1]["summary"]
    return found


def refusing(prompt: str, answer: Step) -> Judge:
    return lambda body, number: answer if body["prompt"] == prompt else None


def test_every_job_is_submitted_and_its_picture_saved(jobs: Path) -> None:
    world = Studio()
    ended = batch(world, jobs)
    assert ended.exit_code == 0, ended.stderr
    assert world.prompts() == ["one", "three", "two"]
    assert sorted(path.name for path in (jobs.parent / "out").iterdir()) == ["0003.jpg", "first.jpg", "two.png"]


def test_in_a_pipe_stdout_has_the_saved_pictures_and_stderr_a_line_for_each(jobs: Path) -> None:
    ended = batch(Studio(), jobs)
    out = jobs.parent / "out"
    assert sorted(ended.stdout.splitlines()) == sorted(str(out / name) for name in ("0003.jpg", "first.jpg", "two.png"))
    lines = ended.stderr.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["1/3", "2/3", "3/3"]
    assert any(re.fullmatch(r"./3 line 1 \(first\): saved .*first\.jpg, 3 credits", line) for line in lines)
    assert lines[3].startswith("3 items: 3 saved; 9 credits ($0.09) charged")


def test_with_json_there_is_an_object_for_each_item_and_a_summary(jobs: Path) -> None:
    ended = batch(Studio(), jobs, "--json")
    *items, last = objects(ended)
    by_line = {item["line"]: item for item in items}
    assert by_line.keys() == {1, 2, 3}
    assert (by_line[1]["line_id"], by_line[1]["outcome"]) == ("first", "saved")
    assert by_line[2]["output"] == str(jobs.parent / "out" / "two.png")
    assert by_line[1]["id"].startswith("task-")
    assert last["summary"] == {
        "items": 3,
        "saved": 3,
        "failed": 0,
        "unknown": 0,
        "not_started": 0,
        "known_credits": 9.0,
        "unknown_credits": 0.0,
        "journal": f"{jobs}.journal",
        "stopped_by": None,
        "resume": None,
    }


def test_all_bad_lines_are_listed_and_nothing_is_sent(tmp_path: Path) -> None:
    jobs = written(tmp_path, [{"prompt": "x", "width": 3}, {"prompt": "x"}, {"prompt": "x", "output": "/x"}])
    world = Studio()
    ended = batch(world, jobs)
    assert (ended.exit_code, world.adapter.seen) == (4, [])
    assert "line 1: " in ended.stderr
    assert "line 3: " in ended.stderr
    assert not (tmp_path / "out").exists()


class TestEndings:
    """With what it exits, worst first."""

    def test_a_moderated_item_makes_11(self, jobs: Path) -> None:
        moderated = poll("Request Moderated", details={"Moderation Reasons": ["Violence"]})
        world = Studio(result=lambda task_id: moderated if task_id == "task-2" else ready())
        ended = batch(world, jobs)
        assert ended.exit_code == 11
        assert "Violence" in ended.stderr
        assert "2 saved, 1 failed" in ended.stderr

    def test_a_refused_item_makes_11_and_the_others_go_on(self, jobs: Path) -> None:
        ended = batch(Studio(judge=refusing("two", reply({"detail": "no"}, status=422))), jobs, "--json")
        assert ended.exit_code == 11
        assert summary(ended)["saved"] == 2

    def test_an_unknown_outcome_makes_7_and_names_the_way_to_pay_again(self, jobs: Path) -> None:
        ended = batch(Studio(judge=refusing("two", Answer(500))), jobs)
        assert ended.exit_code == 7
        assert "--resubmit-unknown" in ended.stderr
        assert "at most 3 credits" in ended.stderr

    def test_unknown_is_worse_than_failed(self, jobs: Path) -> None:
        def judge(body: Mapping[str, Any], number: int) -> Step | None:
            return {"one": reply({"detail": "no"}, status=422), "two": Answer(500)}.get(body["prompt"])

        assert batch(Studio(judge=judge), jobs).exit_code == 7

    def test_an_end_that_was_not_seen_makes_9_and_the_same_command_goes_on(self, jobs: Path) -> None:
        world = Studio(result=lambda task_id: poll("Pending"))
        ended = batch(world, jobs, "--timeout", "5")
        assert ended.exit_code == 9
        assert f"bfl batch {jobs} --output-dir {jobs.parent / 'out'} --timeout 5" in ended.stderr

    def test_too_few_credits_make_5_and_the_rest_is_not_started(self, jobs: Path) -> None:
        broke = reply({"detail": "Insufficient credits"}, status=402)
        ended = batch(Studio(judge=lambda body, number: broke), jobs, "--json", "--max-active", "1")
        assert ended.exit_code == 5
        assert (summary(ended)["failed"], summary(ended)["not_started"]) == (1, 2)
        assert summary(ended)["stopped_by"]["error"] == "InsufficientCredits"
        assert summary(ended)["resume"].startswith("bfl batch ")

    def test_a_budget_is_kept(self, jobs: Path) -> None:
        world = Studio()
        ended = batch(world, jobs, "--budget", "6", "--max-active", "1")
        assert (ended.exit_code, len(world.prompts())) == (5, 2)


class TestJournal:
    def test_a_second_run_pays_for_nothing_again(self, jobs: Path) -> None:
        batch(Studio(), jobs)
        world = Studio()
        again = batch(world, jobs, "--json")
        assert (again.exit_code, world.adapter.seen) == (0, [])
        assert summary(again)["saved"] == 3

    def test_an_unknown_item_is_submitted_again_only_if_asked_for(self, jobs: Path) -> None:
        batch(Studio(judge=refusing("two", Answer(500))), jobs)
        careful, bold = Studio(), Studio()
        assert batch(careful, jobs).exit_code == 7
        assert batch(bold, jobs, "--resubmit-unknown").exit_code == 0
        assert (careful.prompts(), bold.prompts()) == ([], ["two"])

    def test_it_stands_where_it_is_asked_for(self, jobs: Path) -> None:
        batch(Studio(), jobs, "--journal", str(jobs.parent / "mine.journal"))
        assert (jobs.parent / "mine.journal").exists()
        assert not Path(f"{jobs}.journal").exists()

    def test_a_file_of_other_jobs_is_refused(self, jobs: Path) -> None:
        batch(Studio(), jobs)
        changed = written(jobs.parent, [{"prompt": "other"}])
        assert batch(Studio(), changed).exit_code == 4

    def test_a_line_that_was_changed_is_refused_by_its_number(self, jobs: Path) -> None:
        batch(Studio(), jobs)
        jobs.write_text("\n" + jobs.read_text().replace('"two"', '"zwei"'))
        world = Studio()
        ended = batch(world, jobs)
        assert (ended.exit_code, world.adapter.seen) == (4, [])
        assert "line 3 is not the request" in ended.stderr


class TestStdin:
    def test_it_demands_a_journal(self, tmp_path: Path) -> None:
        ended = run(Studio(), "batch", "-", "--output-dir", str(tmp_path), stdin="{}")
        assert ended.exit_code == 2
        assert "--journal" in ended.stderr

    def test_a_dry_run_of_it_needs_no_journal(self, tmp_path: Path) -> None:
        line = json.dumps({"model": "flux-2-pro", "prompt": "x"})
        assert run(Studio(), "batch", "-", "--output-dir", str(tmp_path), "--dry-run", stdin=line).exit_code == 0

    def test_jobs_come_from_it(self, tmp_path: Path) -> None:
        line = json.dumps({"model": "flux-2-pro", "prompt": "x", "id": "x"})
        arguments = ["--output-dir", str(tmp_path / "out"), "--journal", str(tmp_path / "j")]
        assert run(Studio(), "batch", "-", *arguments, stdin=line).exit_code == 0
        assert (tmp_path / "out" / "x.jpg").exists()


class TestDryRun:
    def test_it_adds_up_and_sends_nothing(self, jobs: Path) -> None:
        world = Studio()
        ended = batch(world, jobs, "--dry-run")
        assert (ended.exit_code, world.adapter.seen) == (0, [])
        assert ended.stdout.splitlines()[-1] == "3 items: 9 credits ($0.09)"
        assert not Path(f"{jobs}.journal").exists()
        assert not (jobs.parent / "out").exists()

    def test_json_holds_each_body_whole(self, tmp_path: Path) -> None:
        (tmp_path / "cat.png").write_bytes(real_picture())
        jobs = written(tmp_path, [{"prompt": "x", "input_image": "cat.png"}])
        first, last = objects(batch(Studio(), jobs, "--dry-run", "--json"))
        assert (first["line"], first["path"]) == (1, "/v1/flux-2-pro")
        assert first["body"]["input_image"] == base64_of(real_picture())
        assert last["summary"]["items"] == 1

    def test_a_guess_is_called_one(self, tmp_path: Path) -> None:
        jobs = written(tmp_path, [{"prompt": "x", "input_image": "https://example.com/a.jpg"}])
        lines = batch(Studio(), jobs, "--dry-run").stdout.splitlines()
        assert lines == ["line 1: flux-2-pro, about 4.5 credits", "1 item: about 4.5 credits ($0.045)"]

    def test_a_price_that_nobody_knows_is_said(self, tmp_path: Path) -> None:
        jobs = written(tmp_path, [{"prompt": "x"}, {"model": "flux-9", "prompt": "x"}])
        assert "1 of unknown price" in batch(Studio(), jobs, "--dry-run").stdout


def interrupted_after(count: int) -> Studio:
    """A world in which Ctrl-C comes while the submit after so many is on its way."""

    def judge(body: Mapping[str, Any], number: int) -> Step | None:
        if number == count + 1:
            signal.raise_signal(signal.SIGINT)
        return None

    return Studio(judge=judge)


class TestCtrlC:
    @pytest.fixture(autouse=True)
    def signals(self) -> Iterator[None]:
        with signals_minded():
            yield

    def test_it_prints_the_command_that_goes_on_and_pays_for_nothing_twice(self, jobs: Path) -> None:
        world = interrupted_after(1)
        ended = batch(world, jobs, "--max-active", "1")
        assert ended.exit_code == 130
        assert f"bfl batch {jobs} --output-dir {jobs.parent / 'out'} --max-active 1" in ended.stderr
        after = Studio()
        assert batch(after, jobs).exit_code == 0
        assert sorted(world.prompts() + after.prompts()) == ["one", "three", "two"]

    def test_it_says_how_far_it_came_and_what_it_waits_for(self, jobs: Path) -> None:
        ended = batch(interrupted_after(1), jobs, "--max-active", "1")
        assert "Stopping: waiting for the answers" in ended.stderr
        # The first may have ended in its thread without the news having come.
        assert re.search("[01] of 3 items ended: [01] saved, 0 failed, 0 unknown; [01] active", ended.stderr)

    def test_the_command_it_prints_pays_for_nothing_again(self, jobs: Path) -> None:
        ended = batch(interrupted_after(0), jobs, "--resubmit-unknown", "--json")
        resume = objects(ended)[-1]["resume"]
        assert resume.startswith("bfl batch ")
        assert "--resubmit-unknown" not in resume


class TestTerminal:
    @pytest.fixture(autouse=True)
    def terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.setenv("COLUMNS", "100")

    def shown(self, world: World, jobs: Path) -> str:
        words = ["batch", str(jobs), "--output-dir", str(jobs.parent / "out")]
        ended = call(words, obj=tools_of(world), stdout="terminal", stderr="terminal")
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", ended.stdout + ended.stderr)

    def test_one_line_shows_counts_and_money(self, jobs: Path) -> None:
        assert "3/3 3 ready 9 credits" in self.shown(Studio(), jobs)

    def test_it_shows_how_many_are_active(self, jobs: Path) -> None:
        shown = self.shown(Studio(), jobs)
        assert "1 active" in shown
        assert "active" not in shown.rpartition("3/3")[2]

    def test_a_failure_stays_above_it(self, jobs: Path) -> None:
        shown = self.shown(Studio(judge=refusing("two", reply({"detail": "no"}, status=422))), jobs)
        assert "2 ready 1 failed" in shown
        assert "line 2: failed: " in shown

    def test_what_went_well_is_not_listed(self, jobs: Path) -> None:
        assert "first.jpg" not in self.shown(Studio(), jobs)

    @pytest.mark.parametrize("columns", ["20", "50", "300"])
    def test_it_is_one_line_at_any_width(self, jobs: Path, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
        monkeypatch.setenv("COLUMNS", columns)
        lines = self.shown(Studio(), jobs).replace("\r", "\n").splitlines()
        assert max(len(line) for line in lines if "credits ($" not in line and str(jobs) not in line) <= int(columns)
