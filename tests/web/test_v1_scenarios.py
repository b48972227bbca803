"""Every directive of a prompt, as a client meets it over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from mock_bfl.contract import statuses
from mock_bfl.contract.errors import TASK_ERROR_CODES
from tests.web.mock import Mock, json_of

TERMINAL = [word for word in statuses.WORDS if word in statuses.TERMINAL and word != statuses.TASK_NOT_FOUND]
REFUNDED = [word for word in TERMINAL if word != statuses.READY]


@pytest.mark.parametrize("word", TERMINAL)
def test_a_task_ends_with_the_status_it_was_told(mock: Mock, word: str) -> None:
    task = mock.script(f'status="{word}" after=2s')
    assert mock.poll(task)["status"] == "Pending"
    mock.clock.advance(seconds=2)
    assert mock.poll(task)["status"] == word


@pytest.mark.parametrize("word", REFUNDED)
def test_a_task_that_does_not_end_ready_is_refunded(mock: Mock, word: str) -> None:
    mock.script(f'status="{word}" after=0s')
    assert mock.credits() == 1000


@pytest.mark.parametrize("word", sorted(statuses.IN_PROGRESS))
def test_a_task_told_to_stay_in_progress_never_ends(mock: Mock, word: str) -> None:
    task = mock.script(f'status="{word}"')
    mock.clock.advance(seconds=365 * 86_400)
    assert mock.poll(task)["status"] == word


def test_a_task_can_be_lost(mock: Mock) -> None:
    task = mock.script('status="Task not found" after=0s')
    reply = mock.client.get(json_of(task)["polling_url"])
    assert (reply.status_code, json_of(reply)["status"]) == (404, "Task not found")


def test_a_lost_task_counts_its_polls(mock: Mock) -> None:
    task = mock.script('status="Task not found" after=2polls')
    assert [mock.poll(task)["status"] for _ in range(3)] == ["Pending", "Task not found", "Task not found"]


@pytest.mark.parametrize("code", TASK_ERROR_CODES)
def test_a_task_fails_with_the_code_it_was_told(mock: Mock, code: str) -> None:
    body = mock.poll(mock.script(f"error={code} after=0s"))
    assert body["status"] == "Error"
    assert body["details"] == {"error": code, "message": TASK_ERROR_CODES[code]}


@pytest.mark.parametrize(("after", "ms"), [("500ms", 500), ("2s", 2000), ("1.5s", 1500)])
def test_a_task_settles_after_the_time_it_was_told(mock: Mock, after: str, ms: int) -> None:
    task = mock.script(f"after={after}")
    mock.clock.advance(ms=ms - 1)
    assert mock.poll(task)["status"] == "Pending"
    mock.clock.advance(ms=1)
    assert mock.poll(task)["status"] == "Ready"


@pytest.mark.parametrize("polls", [1, 3])
def test_a_task_settles_at_the_poll_it_was_told(mock: Mock, polls: int) -> None:
    task = mock.script(f"after={polls}polls")
    seen = [mock.poll(task)["status"] for _ in range(polls + 1)]
    assert seen == ["Pending"] * (polls - 1) + ["Ready"] * 2


def test_progress_goes_through_the_values_it_was_told_and_is_null_at_the_end(mock: Mock) -> None:
    task = mock.script("after=4s progress=0.1,0.5,null,1")
    seen = []
    for _ in range(5):
        seen.append(mock.poll(task)["progress"])
        mock.clock.advance(seconds=1)
    assert seen == [0.1, 0.5, None, 1.0, None]


def test_progress_can_be_switched_off_where_a_model_has_some(mock: Mock) -> None:
    told, untold = (mock.script(f"after=10s {more}", path="/v1/flux-dev") for more in ("progress=none", ""))
    mock.clock.advance(seconds=5)
    assert mock.poll(told)["progress"] is None
    assert mock.poll(untold)["progress"] is not None


def test_flux_2_shows_no_progress_unless_told(mock: Mock) -> None:
    """[CASS: null in 245 polls]"""
    task = mock.script("after=10s")
    mock.clock.advance(seconds=5)
    assert mock.poll(task)["progress"] is None


@pytest.mark.parametrize("word", ["Generating", "Reasoning", "Queued"])
def test_a_task_shows_another_word_while_it_runs(mock: Mock, word: str) -> None:
    task = mock.script(f"while={word} after=1s")
    assert mock.poll(task)["status"] == word
    mock.clock.advance(seconds=1)
    assert mock.poll(task)["status"] == "Ready"


def test_moderation_gives_the_reasons_it_was_told(mock: Mock) -> None:
    """[VERCEL; DOCS-ERR: the key is theirs]"""
    body = mock.poll(mock.script('status="Request Moderated" reasons="Violence, Self Harm" after=0s'))
    assert body["details"] == {"Moderation Reasons": ["Violence", "Self Harm"]}


def test_a_reference_that_cannot_be_measured_has_the_size_it_was_told(mock: Mock) -> None:
    body = json_of(mock.script("input_mp=2.5", input_image="https://example.com/a.jpg"))
    assert (body["input_mp"], body["cost"]) == (2.5, 7.5)


MISSPELT: list[tuple[str, str]] = [
    ("[mock: statsu=Ready]", "Did you mean status?"),
    ("[mock: status=Redy]", "Did you mean 'Ready'?"),
    ("[mock: after=soon]", "after takes 500ms, 2s or 3polls"),
    ("[mock: after=0polls]", "at least 1"),
    ("[mock: progress=half]", "progress takes numbers"),
    ("[mock: error=oops]", "Unknown error code"),
    ("[mock: while=Ready]", "not a terminal status"),
    ("[mock: input_mp=big]", "input_mp takes megapixels"),
    ("[mock: Ready]", "Expected name=value"),
    ("[mock: status=Ready", "no closing bracket"),
]


@pytest.mark.parametrize(("prompt", "sentence"), MISSPELT)
def test_a_misspelt_directive_is_a_422_whose_sentence_says_what_would_do(
    mock: Mock, prompt: str, sentence: str
) -> None:
    refused = mock.submit(prompt=f"a cube {prompt}")
    fault: dict[str, Any] = json_of(refused)["detail"][0]
    assert (refused.status_code, fault["loc"]) == (422, ["body", "prompt"])
    assert sentence in fault["msg"]
    assert sentence in refused.headers["X-Mock-BFL-Why"]
    assert mock.credits() == 1000


@pytest.mark.parametrize("prompt", ["a mock: status", "[mocking a bird]", "[MOCK: x]", "mock: [status=Ready]"])
def test_an_ordinary_prompt_scripts_nothing(mock: Mock, prompt: str) -> None:
    assert mock.submit(prompt=prompt).status_code == 200
