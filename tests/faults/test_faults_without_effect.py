"""No fault passes for one that struck: what can be known to do nothing is refused, what turns out so is said."""

from __future__ import annotations

from typing import Any

import pytest

from mock_bfl.core.faults import Fault
from mock_bfl.core.rule import read_rule
from mock_bfl.engine import account_of
from mock_bfl.errors import ScriptError
from tests.faults.plain import Account
from tests.web.mock import FLUX_2_PRO, Mock, json_of, new_mock
from tests.web.wire import KEY

HOOK = {"webhook_url": "http://127.0.0.1:9/hook"}


@pytest.fixture
def mock() -> Mock:
    return new_mock(speed=0)


def idle(mock: Mock) -> list[str]:
    """Return what the journal says of the last call that came to nothing."""
    notes = mock.engine.control.journal(account_of(KEY))[-1].notes
    return [note.removeprefix("had no effect: ") for note in notes if note.startswith("had no effect: ")]


def credits_under(mock: Mock, fault: dict[str, Any]) -> list[str]:
    """Ask for the balance, in 18 bytes, under a fault; return what came to nothing."""
    mock.engine.scripts.add(account_of(KEY), [read_rule({"fault": fault})])
    mock.client.get("/v1/credits", headers={"x-key": KEY})
    return idle(mock)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"status": 204, "wire": "truncate"}, "A 204 has no body: wire='truncate' would do nothing"),
        ({"status": 204, "wire": "drip"}, "wire='drip' would do nothing"),
        ({"status": 304, "keep": 0.5}, "A 304 has no body: keep would do nothing"),
        ({"status": 204, "huge_bytes": 100}, "huge_bytes would do nothing"),
        ({"when": "after", "status": 204, "keep": 0.5}, "keep would do nothing"),
        ({"status": 200, "keep": 0.5}, "keep: there is nothing to cut, for this answer has an empty body"),
        ({"status": 200, "wire": "drip"}, "wire='drip': there is nothing to cut"),
        ({"redirect": "/x", "keep": 0.5}, "keep: there is nothing to cut"),
        ({"when": "instead", "keep": 0.5}, "Give it a body, or when='after'"),
        ({"status": 503, "body": "", "keep": 0.5}, "keep: there is nothing to cut"),
        ({"when": "after", "body": "", "wire": "drip"}, "wire='drip': there is nothing to cut"),
    ],
)
def test_a_fault_that_could_do_nothing_is_refused_with_a_sentence(fault: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ScriptError) as refused:
        read_rule({"fault": fault})
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 503, "keep": 0.5},
        {"status": 200, "body": "x", "keep": 0.5},
        {"status": 200, "garbage_bytes": 9, "wire": "drip"},
        {"status": 200, "huge_bytes": 9},
        {"status": 200, "wire": "truncate", "keep": 0.5},
        {"status": 204},
        {"keep": 0.5},
    ],
)
def test_what_has_something_to_work_on_is_taken(fault: dict[str, Any]) -> None:
    assert read_rule({"fault": fault}).fault is not None


@pytest.mark.parametrize(
    ("fault", "length", "chunk_bytes"),
    [
        (Fault(wire="drip"), 18, 5),
        (Fault(wire="drip"), 1, 1),
        (Fault(wire="drip"), 0, 1),
        (Fault(wire="drip"), 256, 64),
        (Fault(wire="drip"), 1_000_000, 64),
        (Fault(wire="drip", chunk_bytes=100), 18, 100),
    ],
)
def test_a_drip_sends_a_quarter_at_a_time_at_most_unless_told_how_much(
    fault: Fault, length: int, chunk_bytes: int
) -> None:
    assert fault.chunk_of(length) == chunk_bytes


def test_a_short_body_drips_too(account: Account) -> None:
    account.fault(preset="slow_body", match={"route": "credits"})
    heard = account.poll(f"{account.base_url}/v1/credits")
    assert (heard.length, len(heard.body)) == (18, 18)
    assert heard.pieces >= 4
    (row,) = account.journal()
    assert row["ended_real_ms"] - row["real_ms"] >= 3 * 50 - 5
    assert row["notes"] == ["scripted by " + account.lever("GET", "/faults").json()["faults"][0]["id"]]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"huge_bytes": 5}, ["huge_bytes=5, for the body has 18 bytes anyway"]),
        ({"wire": "drip", "chunk_bytes": 64}, ["wire='drip', for a chunk of 64 bytes holds the body of 18"]),
        ({"status": 204, "body": "x"}, ["body, for a 204 has no body"]),
        ({"status": 204, "garbage_bytes": 3}, ["garbage_bytes, for a 204 has no body"]),
        ({"when": "after", "status": 200}, ["the answer went out as it would have"]),
        ({"retry_after_missing": True}, ["the answer went out as it would have"]),
        ({"content_type": "application/json"}, ["the answer went out as it would have"]),
        ({"huge_bytes": 19}, []),
        ({"wire": "drip", "chunk_bytes": 17}, []),
        ({"wire": "truncate", "status": 200, "body": ""}, []),
        ({"wire": "stall", "stall_s": 0.001}, []),
        ({"keep": 0.99}, []),
        ({"status": 429, "retry_after_missing": True}, []),
        ({"headers": {"X-Mock-BFL-Why": "no"}}, []),
    ],
)
def test_a_fault_that_turns_out_to_do_nothing_says_so_in_the_journal(
    mock: Mock, fault: dict[str, Any], said: list[str]
) -> None:
    assert credits_under(mock, fault) == said


@pytest.mark.parametrize("fault", [{"wire": "truncate"}, {"wire": "drip"}, {"huge_bytes": 10**7}])
def test_of_a_head_no_body_goes_out_so_nothing_goes_wrong_with_one(mock: Mock, fault: dict[str, Any]) -> None:
    sample = mock.poll(mock.submit())["result"]["sample"]
    mock.engine.scripts.add(account_of(KEY), [read_rule({"fault": fault, "match": {"route": "sample"}})])
    mock.client.head(sample)
    (said,) = idle(mock)
    assert said.endswith("for a HEAD has no body")


@pytest.mark.parametrize(
    ("instructions", "given", "said"),
    [
        ("drop", {}, ["webhook=drop, for no webhook_url was given"]),
        ("delay:5s,duplicate", {}, ["webhook=delay:5000ms,duplicate:2, for no webhook_url was given"]),
        ("bad_signature", {}, ["webhook=bad_signature, for no webhook_url was given"]),
        ("bad_signature,drop", HOOK, ["webhook=bad_signature, for no webhook_secret was given: nothing is signed"]),
        ("bad_signature", {**HOOK, "webhook_secret": ""}, ["webhook=bad_signature, for no webhook_secret was given"]),
        ("bad_signature", {**HOOK, "webhook_secret": "s"}, []),
        ("drop", HOOK, []),
    ],
)
def test_a_webhook_instruction_without_a_webhook_says_so_in_the_journal(
    mock: Mock, instructions: str, given: dict[str, Any], said: list[str]
) -> None:
    mock.script(f"after=0s webhook={instructions}", **given)
    noted = idle(mock)
    assert len(noted) == len(said)
    assert all(note.startswith(start) for note, start in zip(noted, said, strict=True))


def test_an_outcome_for_webhooks_says_so_too(mock: Mock) -> None:
    mock.engine.scripts.add(account_of(KEY), [read_rule({"outcome": "webhook=drop"})])
    assert json_of(mock.submit(FLUX_2_PRO))["id"]
    assert idle(mock) == ["webhook=drop, for no webhook_url was given"]


def test_an_ordinary_submit_says_nothing(mock: Mock) -> None:
    mock.submit()
    assert idle(mock) == []
