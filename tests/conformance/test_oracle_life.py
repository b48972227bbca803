"""The relation over submissions and polls: what may follow what."""

from __future__ import annotations

import pytest

from bfl_conformance.observation import Json, Observation
from tests.conformance.seen import all_broken_laws, broken_laws, polled, ready, sample_url, submitted, task_id


@pytest.mark.parametrize("word", ["Pending", "Reasoning", "Generating"])
def test_words_of_a_task_in_progress_may_follow_each_other_in_any_order(word: str) -> None:
    assert broken_laws(submitted(), polled("Generating", at_s=1), polled(word, at_s=2)) == []


@pytest.mark.parametrize("end", ["Ready", "Request Moderated", "Content Moderated", "Error"])
def test_a_task_that_has_ended_is_not_in_progress_again(end: str) -> None:
    assert "terminal-status-stays" in broken_laws(submitted(), polled(end, at_s=1), polled("Pending", at_s=2))


def test_one_end_does_not_become_another() -> None:
    assert "terminal-status-stays" in broken_laws(submitted(), polled("Error", at_s=1), polled("Ready", at_s=2))


def test_a_finished_task_may_be_forgotten_once_its_sample_is_dead() -> None:
    history = (submitted(), ready(at_s=1))
    assert broken_laws(*history, polled("Task not found", at_s=601, code=404)) == []
    assert broken_laws(*history, polled("Task not found", at_s=600, code=404)) == ["terminal-status-stays"]


def test_a_new_task_may_not_be_found_for_a_moment() -> None:
    missing = polled("Task not found", at_s=9, code=404)
    assert broken_laws(submitted(), missing) == []
    assert broken_laws(submitted(), missing, polled("Pending", at_s=10)) == []


def test_an_accepted_task_is_found_after_that_moment() -> None:
    assert broken_laws(submitted(), polled("Task not found", at_s=11, code=404)) == ["accepted-task-is-found"]


def test_a_task_that_was_found_is_not_lost_again() -> None:
    history = (submitted(), polled("Pending", at_s=1))
    assert broken_laws(*history, polled("Task not found", at_s=2, code=404)) == ["accepted-task-is-found"]


@pytest.mark.parametrize("word", ["pending", "READY", "Failed", "SUCCESS", "completed", ""])
def test_a_word_that_no_document_knows_is_a_breach(word: str) -> None:
    assert "status-is-known" in broken_laws(submitted(), polled(word, at_s=1))


def test_the_guide_knows_three_words() -> None:
    assert "status-is-known" in broken_laws(polled("Request Moderated"), dialect="guide")
    assert "status-is-known" not in broken_laws(polled("Request Moderated"), dialect="any")


@pytest.mark.parametrize(
    ("dialect", "code", "laws"),
    [
        ("live", 404, []),
        ("live", 200, ["poll-has-the-http-status-of-its-word"]),
        ("any", 404, []),
        ("any", 200, []),
        ("any", 410, ["poll-has-the-http-status-of-its-word"]),
    ],
)
def test_the_http_status_of_a_missing_task_is_the_dialects(dialect: str, code: int, laws: list[str]) -> None:
    assert broken_laws(polled("Task not found", code=code), dialect=dialect) == laws


def test_moderation_is_no_http_error() -> None:
    seen = polled("Request Moderated", code=403, details={"Moderation Reasons": ["Safety Filter"]})
    assert broken_laws(seen) == ["poll-has-the-http-status-of-its-word"]


@pytest.mark.parametrize(("first", "second"), [(0.1, 0.1), (0.1, 1.0), (1.0, None), (None, 0.4), (10, 100)])
def test_progress_may_rise_stay_or_become_null(first: float | None, second: float | None) -> None:
    task = submitted(model="flux-dev", request={"prompt": "x"}, cost=None, input_mp=None, output_mp=None)
    assert broken_laws(task, polled("Pending", progress=first), polled("Pending", progress=second)) == []


def test_progress_does_not_fall_even_after_null() -> None:
    task = submitted(model="flux-dev", request={"prompt": "x"}, cost=None, input_mp=None, output_mp=None)
    polls = [polled("Pending", progress=progress) for progress in (0.5, None, 0.4)]
    assert broken_laws(task, *polls) == ["progress-never-falls"]


@pytest.mark.parametrize("progress", [-0.1, 100.5])
def test_progress_is_a_share(progress: float) -> None:
    assert "progress-is-a-share" in broken_laws(polled("Pending", progress=progress))


@pytest.mark.parametrize("seed", [43, None, "42", True])
def test_the_seed_asked_for_is_the_seed_of_the_result(seed: str | int | None) -> None:
    task = submitted(request={"prompt": "x", "width": 1024, "height": 1024, "seed": 42})
    assert "seed-is-echoed" in broken_laws(task, ready(at_s=5, seed=seed))
    assert broken_laws(task, ready(at_s=5, seed=42)) == []


@pytest.mark.parametrize("seed", [None, "42", True, 1.5])
def test_a_result_has_an_integer_as_its_seed(seed: str | float | None) -> None:
    assert broken_laws(submitted(), ready(at_s=5, seed=seed)) == ["ready-brings-a-sample"]


def test_a_ready_task_has_a_sample() -> None:
    seen = polled("Ready", at_s=1, result={"start_time": 1.0, "prompt": "x", "seed": 1, "sample": None})
    assert broken_laws(submitted(), seen) == ["ready-brings-a-sample"]


@pytest.mark.parametrize("word", ["Pending", "Content Moderated", "Error", "Task not found"])
def test_only_a_ready_task_has_a_result(word: str) -> None:
    seen = polled(word, result={"sample": sample_url(600)}, details={"Moderation Reasons": []})
    assert "only-ready-has-a-result" in broken_laws(seen)


def test_a_later_poll_shows_the_same_result() -> None:
    other = ready(at_s=9, seed=43)
    assert broken_laws(submitted(), ready(at_s=5), other) == ["result-stays-the-same"]


def test_a_poll_speaks_of_the_task_that_was_asked_for() -> None:
    answer = polled("Pending", number=2)
    mistaken = type(answer)(reply=answer.reply, key="A", task_id=task_id(1))
    assert broken_laws(mistaken) == ["poll-speaks-of-its-task"]


@pytest.mark.parametrize(
    ("seen", "law"),
    [
        (submitted(id=None), "submit-names-its-task"),
        (submitted(polling_url=None), "submit-says-where-to-poll"),
        (submitted(polling_url="https://api.bfl.ai/v1/get_result?id=another"), "submit-says-where-to-poll"),
        (submitted(settled=1), "submit-has-the-recorded-keys"),
        (submitted(faults=("width",)), "invalid-is-refused"),
    ],
)
def test_a_submission_that_lacks_something_breaks_a_law(seen: Observation, law: str) -> None:
    assert law in broken_laws(seen)


def test_two_tasks_never_share_an_id() -> None:
    assert broken_laws(submitted(1), submitted(1)) == ["id-is-unique"]
    assert broken_laws(submitted(1), submitted(2)) == []


def test_a_webhook_is_answered_without_polling_url_in_live_and_with_one_in_the_guide() -> None:
    request: dict[str, Json] = {"prompt": "x", "width": 1024, "height": 1024, "webhook_url": "https://a.example/hook"}
    with_url, without = submitted(request=request), submitted(request=request, polling_url=None)
    assert broken_laws(with_url) == ["submit-says-where-to-poll"]
    assert broken_laws(without) == []
    assert "submit-says-where-to-poll" in broken_laws(without, dialect="guide")
    assert "submit-says-where-to-poll" not in all_broken_laws([with_url], dialect="any")
