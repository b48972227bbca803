"""What the run of a check amounts to: verdicts, reasons, exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from bfl_conformance import (
    CATALOGUE,
    EXPECTATIONS,
    Check,
    ExitCode,
    Inconclusive,
    Level,
    Need,
    Probe,
    Result,
    TargetUnreachable,
    UnexpectedRefusal,
    Verdict,
    Violation,
    exit_code,
    run_check,
    run_checks,
)
from bfl_conformance.bodies import minimal_body
from bfl_conformance.checks.check import Story
from bfl_conformance.report import catalogue_table, line_of, results_table
from bfl_conformance.report.table import plain
from bfl_conformance.run import Finished
from bfl_conformance.verdict import verdict_of
from mock_bfl.contract.sources import assumed
from tests.conformance.scripted import ScriptedTarget

LIVE = EXPECTATIONS["live"]
CITE = assumed("made up for these tests")


def nothing(_: Probe) -> Iterator[str]:
    yield from ()


def complaint(_: Probe) -> Iterator[str]:
    yield "it is wrong"


def check(story: Story, *, level: Level = Level.MUST, needs: frozenset[Need] = frozenset()) -> Check:
    return Check(id="T-1", sentence="Something holds.", level=level, cite=CITE, story=story, needs=needs)


def submitting(probe: Probe) -> Iterator[str]:
    probe.accepted("flux-2-pro", minimal_body("flux-2-pro"))
    yield from ()


def run(story: Story, *, status: int = 200, level: Level = Level.MUST) -> Result:
    target = ScriptedTarget(lambda *_: (status, {"detail": "as told"}))
    return run_check(check(story, level=level), target, expectations=LIVE)


@pytest.mark.parametrize(
    ("level", "verdict"),
    [(Level.MUST, Verdict.FAIL), (Level.SHOULD, Verdict.NON_STRICT), (Level.OBSERVED, Verdict.OBSERVED)],
)
def test_a_complaint_weighs_as_much_as_the_check_is_binding(level: Level, verdict: Verdict) -> None:
    assert run(complaint, level=level).verdict is verdict


def test_a_check_without_complaints_passes() -> None:
    assert run(nothing).verdict is Verdict.PASS


def test_the_most_binding_breach_decides() -> None:
    broken = [Violation(law="l", sentence="s", level=level, evidence="e") for level in (Level.OBSERVED, Level.MUST)]
    assert verdict_of(broken) is Verdict.FAIL


@pytest.mark.parametrize("status", [402, 429, 500, 503])
def test_a_server_in_trouble_or_without_room_is_no_verdict(status: int) -> None:
    result = run(submitting, status=status)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert str(status) in result.reason


@pytest.mark.parametrize("status", [400, 403, 404, 422])
def test_a_valid_request_that_is_refused_is_a_failure(status: int) -> None:
    result = run(submitting, status=status)
    assert result.verdict is Verdict.FAIL
    assert f"refused with {status}" in result.violations[0].evidence


def test_what_was_found_before_the_question_stayed_open_counts() -> None:
    def story(probe: Probe) -> Iterator[str]:
        yield "it is wrong"
        raise Inconclusive("and the rest is open")

    assert run(story).verdict is Verdict.FAIL


def test_a_target_that_does_not_answer_is_inconclusive() -> None:
    def story(probe: Probe) -> Iterator[str]:
        yield from ()
        raise TargetUnreachable("GET /v1/credits: ConnectTimeout")

    assert run(story) == Result(
        check=check(story), verdict=Verdict.INCONCLUSIVE, reason="GET /v1/credits: ConnectTimeout"
    )


def test_a_check_that_breaks_is_an_error_of_the_suite() -> None:
    def story(probe: Probe) -> Iterator[str]:
        yield from ()
        raise KeyError("oops")

    result = run(story)
    assert (result.verdict, result.reason) == (Verdict.ERROR, "KeyError: 'oops'")


def test_a_check_whose_needs_are_not_met_asks_nothing() -> None:
    target = ScriptedTarget(lambda *_: (200, {}))
    result = run_check(check(complaint, needs=frozenset({Need.CLOCK})), target, expectations=LIVE)
    assert (result.verdict, result.reason, target.sent) == (Verdict.SKIP, "needs clock control", [])


def test_a_task_that_never_ends_is_inconclusive() -> None:
    document = {"id": "t", "polling_url": "http://scripted.localhost/p?id=t", "status": "Pending"}
    probe = Probe(ScriptedTarget(lambda *_: (200, document)), expectations=LIVE)
    with pytest.raises(Inconclusive, match="still Pending"):
        probe.settled(probe.accepted("flux-2-pro", minimal_body("flux-2-pro")))


def test_an_unexpected_refusal_carries_what_was_seen() -> None:
    probe = Probe(ScriptedTarget(lambda *_: (403, {"detail": "no"})), expectations=LIVE)
    with pytest.raises(UnexpectedRefusal) as raised:
        probe.credits()
    assert raised.value.refused.reply.document == {"detail": "no"}


def test_keys_never_reach_the_timeline() -> None:
    target = ScriptedTarget(lambda *_: (200, {"credits": 1}))
    probe = Probe(target, expectations=LIVE)
    probe.credits(key="B")
    assert target.sent[-1][2]["x-key"] == target.keys["B"]
    assert probe.timeline() == ["    0.000 s  B credits -> 200 1"]


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ((Verdict.PASS, Verdict.SKIP, Verdict.OBSERVED, Verdict.NON_STRICT), ExitCode.PASSED),
        ((Verdict.PASS, Verdict.FAIL, Verdict.ERROR), ExitCode.FAILED),
        ((Verdict.PASS, Verdict.INCONCLUSIVE), ExitCode.UNDECIDED),
        ((Verdict.ERROR,), ExitCode.UNDECIDED),
        ((), ExitCode.UNDECIDED),
    ],
)
def test_the_exit_code_follows_from_the_verdicts(verdicts: tuple[Verdict, ...], code: ExitCode) -> None:
    results = [Result(check=check(nothing), verdict=verdict) for verdict in verdicts]
    assert exit_code(results) is code


def test_events_tell_each_check_once_before_and_once_after() -> None:
    target = ScriptedTarget(lambda *_: (200, {}))
    events = list(run_checks([check(nothing), check(complaint)], target, expectations=LIVE))
    assert [json.loads(line_of(event))["event"] for event in events] == ["started", "finished"] * 2
    told = json.loads(line_of(events[-1]))
    assert (told["verdict"], told["violations"][0]["evidence"]) == ("FAIL", "it is wrong")


def test_a_table_names_the_verdict_the_check_and_the_evidence() -> None:
    target = ScriptedTarget(lambda *_: (200, {}))
    events = run_checks([check(nothing), check(complaint)], target, expectations=LIVE)
    results = [event.result for event in events if isinstance(event, Finished)]
    assert plain(results_table(results)).splitlines() == [
        "verdict  check  level  what must hold",
        "PASS     T-1    MUST   Something holds.",
        "FAIL     T-1    MUST   Something holds.",
        "                       → it is wrong",
        "2 checks: 1 PASS, 1 FAIL",
    ]


def test_the_catalogue_fits_in_a_table() -> None:
    assert len(catalogue_table(CATALOGUE).rows) == len(CATALOGUE)
