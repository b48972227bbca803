"""A fault is a plain value: it says what it does, survives JSON, and refuses what makes no sense with a sentence."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from mock_bfl.contract import DIALECTS
from mock_bfl.core.body import encode
from mock_bfl.core.faults import FAULT_FIELDS, GRANIAN, WERKZEUG, Fault, merged, plain, summary, why_not_on
from mock_bfl.core.presets import PRESETS
from mock_bfl.core.reply import Reply
from mock_bfl.core.rule import FaultFields, Rule, read_rule
from mock_bfl.core.script import Instruction
from mock_bfl.core.spoiling import Scene, spoil
from mock_bfl.core.timeline import LAST_MS
from mock_bfl.errors import ScriptError

NOW_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
AN_ANSWER = Reply(200, b'{"id":"7"}', (("Retry-After", "1"), ("X-Cache", "no")), status_word="Pending", leads_to="u")


def scene(route: str = "get_result", *, dialect: str = "live") -> Scene:
    return Scene(
        route=route, dialect=DIALECTS[dialect], origin="http://mock", now_ms=NOW_MS, account="a", task_id="task-7"
    )


def spoiled(fault: Fault, **where: Any) -> Reply:
    return spoil(fault, AN_ANSWER, scene=scene(**where))


def own(fault: Fault, **where: Any) -> Reply:
    return spoil(fault, None, scene=scene(**where))


def header(reply: Reply, name: str) -> list[str]:
    return [value for key, value in reply.headers if key.lower() == name.lower()]


@pytest.mark.parametrize("name", PRESETS)
def test_a_fault_survives_json(name: str) -> None:
    fault, adapter = PRESETS[name].fault, TypeAdapter(Fault)
    assert adapter.validate_json(adapter.dump_json(fault)) == fault
    assert adapter.validate_python(json.loads(json.dumps(plain(fault)))) == fault


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_says_in_one_sentence_which_bug_it_finds(name: str) -> None:
    finds = PRESETS[name].finds
    assert finds.startswith("A client")
    assert finds.endswith(".")
    assert PRESETS[name].fault.name == name


@pytest.mark.parametrize(
    ("fault", "runs"),
    [
        ({"status": 503}, False),
        ({"redirect": "/x"}, False),
        ({"wire": "reset"}, False),
        ({"wire": "close"}, False),
        ({"wire": "close", "when": "after"}, True),
        ({"keep": 0.5}, True),
        ({"wire": "stall"}, True),
        ({"body": "x"}, True),
        ({"body": "x", "when": "instead"}, False),
    ],
)
def test_what_replaces_an_answer_comes_instead_of_it_and_what_spoils_one_after(
    fault: dict[str, Any], *, runs: bool
) -> None:
    assert Fault(**fault).runs_use_case is runs


@pytest.mark.parametrize(
    ("fault", "headers"),
    [
        ({"retry_after": "9"}, {"Retry-After": ["9"]}),
        ({"retry_after": "soon"}, {"Retry-After": ["soon"]}),
        ({"retry_after_ms": 250}, {"Retry-After": [], "retry-after-ms": ["250"]}),
        ({"retry_after_date_s": 30}, {"Retry-After": ["Thu, 01 Jan 2026 00:00:30 GMT"]}),
        ({"retry_after_date_s": -1}, {"Retry-After": ["Wed, 31 Dec 2025 23:59:59 GMT"]}),
        ({"retry_after_missing": True}, {"Retry-After": []}),
        ({"headers": (("x-cache", "yes"), ("A", "1"), ("A", "2"))}, {"X-Cache": ["yes"], "A": ["1", "2"]}),
        ({"redirect": "/v1/x"}, {"Location": ["http://mock/v1/x"], "Retry-After": ["1"]}),
        ({"redirect": "https://a.example/x?b=c"}, {"Location": ["https://a.example/x?b=c"]}),
    ],
)
def test_headers_take_the_place_of_those_of_the_answer(fault: dict[str, Any], headers: dict[str, list[str]]) -> None:
    reply = spoiled(Fault(when="after", **fault))
    assert {name: header(reply, name) for name in headers} == headers


def test_a_date_beyond_the_last_one_that_can_be_written_is_that_last_one() -> None:
    late = replace(scene(), now_ms=LAST_MS)
    reply = spoil(Fault(status=429, retry_after_date_s=31_622_400), None, scene=late)
    assert header(reply, "Retry-After") == ["Fri, 31 Dec 9999 23:59:59 GMT"]


def test_a_body_is_replaced_cut_or_made_noise() -> None:
    assert spoiled(Fault(body="x")).body == b"x"
    assert spoiled(Fault(keep=0.5)).body == b'{"id"'
    assert spoiled(Fault(keep=0)).body == b""
    assert spoiled(Fault(garbage_bytes=7)).body == spoiled(Fault(garbage_bytes=7)).body
    assert len(spoiled(Fault(garbage_bytes=7)).body) == 7
    assert spoiled(Fault(wire="truncate", keep=0.5)).body == AN_ANSWER.body, "the wire cuts it, not the answer"
    assert spoiled(Fault(when="after", status=204)).body == b""


@pytest.mark.parametrize(
    "fault", [{"body": "x"}, {"keep": 0.5}, {"wire": "truncate"}, {"wire": "close"}, {"status": 500}, {"body": ""}]
)
def test_what_a_client_cannot_read_it_was_not_told(fault: dict[str, Any]) -> None:
    reply = spoiled(Fault(**{"when": "after", **fault}))
    assert (reply.status_word, reply.leads_to) == (None, None)


@pytest.mark.parametrize("fault", [{"wire": "drip"}, {"wire": "stall"}, {"huge_bytes": 9}, {"headers": (("A", "b"),)}])
def test_what_a_client_can_still_read_it_was_told(fault: dict[str, Any]) -> None:
    reply = spoiled(Fault(**fault))
    assert (reply.status_word, reply.leads_to) == ("Pending", "u")


@pytest.mark.parametrize(
    ("status", "live", "guide"),
    [
        (402, {"detail": "Insufficient credits"}, "insufficient_credits"),
        (429, {"detail": "Too many active tasks"}, "rate_limit_exceeded"),
        (500, {"detail": "Internal Server Error"}, "internal_error"),
        (503, {"detail": "Service Unavailable"}, "service_unavailable"),
        (418, {"detail": "I'm a Teapot"}, "im_a_teapot"),
        (599, {"detail": "Error"}, "error"),
    ],
)
def test_a_status_alone_is_worded_as_the_dialect_words_it(status: int, live: dict[str, str], guide: str) -> None:
    assert own(Fault(status=status)).body == encode(live)
    assert json.loads(own(Fault(status=status), dialect="guide").body)["error"] == guide


def test_a_429_of_the_guide_says_how_long_to_wait_unless_told_otherwise() -> None:
    assert header(own(Fault(status=429), dialect="guide"), "Retry-After") == ["5"]
    assert header(own(Fault(status=429), dialect="live"), "Retry-After") == []
    assert header(own(Fault(status=429, retry_after_missing=True), dialect="guide"), "Retry-After") == []


@pytest.mark.parametrize("dialect", ["live", "guide"])
def test_a_404_of_a_poll_is_a_task_that_is_not_found(dialect: str) -> None:
    reply = own(Fault(status=404), dialect=dialect)
    assert (reply.status, reply.status_word, reply.task_id) == (404, "Task not found", "task-7")
    assert b"ask not found" in reply.body


def test_an_answer_of_ones_own_is_json_unless_said_otherwise() -> None:
    assert own(Fault(status=200, body='{"a":1}')).content_type == "application/json"
    assert own(Fault(status=200, body="{}"), route="sample").content_type == "application/json"
    assert own(Fault(status=200, body="x", content_type="text/html")).content_type == "text/html"
    assert own(Fault(when="instead", body="x")).status == 200


def test_storage_in_trouble_without_a_known_code_still_answers_in_xml() -> None:
    reply = own(Fault(status=599), route="sample")
    assert (reply.content_type, header(reply, "x-ms-error-code")) == ("application/xml", ["OperationFailed"])


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"statsu": 503}, "Unknown field of a fault 'statsu'. Did you mean status?"),
        ({"status": 42}, "fault.status"),
        ({"wire": "rest"}, "'reset'"),
        ({}, "changes nothing"),
        ({"retry_after": "1", "retry_after_missing": True}, "retry_after and retry_after_missing exclude each other"),
        ({"body": "x", "garbage_bytes": 3}, "body and garbage_bytes exclude each other"),
        ({"stall_s": 3}, "stall_s is for wire='stall'"),
        ({"wire": "stall", "pause_ms": 3}, "pause_ms is for wire='drip'"),
        ({"wire": "reset", "status": 500}, "wire='reset' sends nothing: status would never be seen"),
        ({"wire": "stall", "then": "close", "body": "x"}, "sends nothing: body"),
        ({"wire": "drip", "huge_bytes": 9}, "huge_bytes streams"),
        ({"redirect": "/x", "status": 200}, "from 300 to 399"),
        ({"headers": {"a b": "c"}}, "no name of a header"),
        ({"headers": {"A": "b\r\nC: d"}}, "cannot be sent in a header"),
        ({"headers": {"Content-Length": "3"}}, "use wire='truncate'"),
        ({"redirect": "/\n"}, "redirect cannot be sent"),
        ({"body": "\ud800"}, "body"),
        ({"stall_s": 121, "wire": "stall"}, "less than or equal to 120"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_with_a_sentence(fault: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ScriptError) as refused:
        read_rule({"fault": fault})
    assert sentence in str(refused.value)


def test_a_contradiction_is_refused_however_the_fault_is_made() -> None:
    with pytest.raises(ScriptError):
        Fault(wire="reset", status=500)
    with pytest.raises(ValidationError):
        TypeAdapter(Fault).validate_python({"wire": "reset", "status": 500})


def fault_of(rule: dict[str, Any]) -> Fault:
    fault = read_rule(rule).fault
    assert fault is not None
    return fault


def test_json_stands_for_its_text_and_a_number_for_its_digits() -> None:
    assert fault_of({"fault": {"body": {"a": [1]}}}).body == '{"a":[1]}'
    assert fault_of({"fault": {"retry_after": 7}}).retry_after == "7"
    assert fault_of({"fault": {"headers": {"A": "b"}}}).headers == (("A", "b"),)


def test_a_preset_can_be_changed_in_part() -> None:
    fault = fault_of({"preset": "stall", "fault": {"stall_s": 1}})
    assert (fault.name, fault.wire, fault.stall_s) == ("stall", "stall", 1)
    assert fault_of({"preset": "rate_limited", "fault": {"retry_after_ms": 5}}).retry_after is None
    assert merged(Fault(status=429, retry_after="1"), {"status": 503}) == {"status": 503, "retry_after": "1"}


def test_a_preset_for_one_route_matches_that_route_unless_told_otherwise() -> None:
    assert read_rule({"preset": "sample_expired"}).match.route == "sample"
    assert read_rule({"preset": "sample_expired", "match": {"route": "submit"}}).match.route == "submit"


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({"preset": "rate_limted"}, "Did you mean rate_limited?"),
        ({"presets": "reset"}, "Unknown field of an instruction 'presets'. Did you mean preset?"),
        ({}, "one of: fault (or preset), outcome, passes"),
        ({"preset": "reset", "passes": True}, "one of:"),
        ({"passes": True, "times": 0}, "times"),
        ({"passes": True, "probability": 0}, "probability"),
        ({"passes": True, "match": {"route": "submt"}}, "Did you mean submit?"),
        ({"passes": True, "match": {"model": "flux-2-por"}}, "Did you mean flux-2-pro?"),
        ({"passes": True, "match": {"rout": "submit"}}, "Did you mean route?"),
        ({"outcome": "status=Redy"}, "Did you mean 'Ready'?"),
        ({"outcome": " "}, "says nothing"),
        ({"passes": True, "match": {"route": "credits", "model": "flux-2-pro"}}, "No call of credits has a model"),
        ({"preset": "sample_gone", "match": {"route": "credits", "model": "flux-2-pro"}}, "credits has a model"),
        ({"outcome": "status=Error input_mp=2"}, "input_mp prices a submit before its outcome is decided"),
        ({"outcome": "status=Error", "match": {"route": "sample"}}, "decided at submit"),
    ],
)
def test_an_instruction_that_makes_no_sense_is_refused_with_a_sentence(rule: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ScriptError) as refused:
        read_rule(rule)
    assert sentence in str(refused.value)


def test_the_arguments_of_fail_next_are_the_fields_of_a_fault() -> None:
    assert tuple(FaultFields.__annotations__) == FAULT_FIELDS


def test_an_instruction_stands_for_itself() -> None:
    instruction = Instruction(passes=True)
    assert read_rule(instruction) is instruction


def test_the_journal_names_a_fault_or_says_what_it_changes() -> None:
    assert summary(PRESETS["reset"].fault) == "reset"
    assert summary(Fault(status=503, retry_after="9")) == "status=503, retry_after=9"


def test_a_server_says_what_it_cannot_do() -> None:
    assert why_not_on(WERKZEUG, Fault(wire="reset")) is None
    assert why_not_on(GRANIAN, Fault(wire="close")) is None
    assert why_not_on(GRANIAN, Fault(status=500)) is None
    assert "cannot do wire='reset'" in (why_not_on(GRANIAN, Fault(wire="reset")) or "")


def test_the_page_on_faults_lists_every_preset_with_the_bug_that_it_finds() -> None:
    page = (Path(__file__).parents[2] / "docs/how-to/script-faults.md").read_text("utf-8")
    rows = [f"| `{name}` | {f'`{row.route}`' if row.route else 'any'} | {row.finds} |" for name, row in PRESETS.items()]
    assert "\n".join(rows) in page


def test_the_page_on_faults_lists_every_field() -> None:
    page = (Path(__file__).parents[2] / "docs/how-to/script-faults.md").read_text("utf-8")
    assert [name for name in FAULT_FIELDS if f"`{name}`" not in page] == []


@pytest.mark.parametrize("settings", [{"times": 0}, {"probability": 0.0}, {"probability": 1.5}])
def test_an_instruction_counts_from_one_and_strikes_a_share(settings: dict[str, Any]) -> None:
    with pytest.raises(ScriptError):
        Instruction(passes=True, **settings)


def test_what_is_no_object_is_no_rule_and_no_match() -> None:
    with pytest.raises(ValidationError):
        Rule.model_validate([])
    with pytest.raises(ScriptError, match="match"):
        read_rule({"passes": True, "match": "submit"})


@pytest.mark.parametrize("value", [{}, [1], True, 1.5])
def test_a_retry_after_is_text_or_a_whole_number(value: object) -> None:
    """Found by schemathesis: `{}` was sent as it stood."""
    with pytest.raises(ScriptError, match="retry_after"):
        read_rule({"fault": {"status": 503, "retry_after": value}})


def test_a_whole_number_of_seconds_is_sent_as_its_text() -> None:
    fault = read_rule({"fault": {"status": 503, "retry_after": 7}}).fault
    assert fault is not None
    assert fault.retry_after == "7"
