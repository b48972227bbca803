"""Run checks against a target, one after the other, and tell what happens as events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from .checks import Check
from .errors import Inconclusive, TargetUnreachable, UnexpectedRefusal
from .expect import Expectations
from .probe import Probe
from .target import Target
from .verdict import BROKEN, Stated, Verdict, Violation, verdict_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one check. `reason` says why there is no judgement; `requests` counts what was judged."""

    check: Stated
    verdict: Verdict
    violations: tuple[Violation, ...] = ()
    reason: str = ""
    requests: int = 0


@dataclass(frozen=True, slots=True)
class Started:
    """A check begins."""

    check: Stated


@dataclass(frozen=True, slots=True)
class Finished:
    """A check has ended."""

    result: Result


Event: TypeAlias = Started | Finished


class ExitCode(IntEnum):
    """How a run ends.

    0: all passed, or only differed where nothing is promised. 1: a MUST was broken. 2: the command line was wrong.
    3: the suite broke, or could not put a question. A breach outweighs an open question.
    """

    PASSED = 0
    FAILED = 1
    USAGE = 2
    UNDECIDED = 3


def run_checks(checks: Iterable[Check], target: Target, *, expectations: Expectations) -> Iterator[Event]:
    """Run the checks in order and yield what happens."""
    for check in checks:
        yield Started(check)
        yield Finished(run_check(check, target, expectations=expectations))


def run_check(check: Check, target: Target, *, expectations: Expectations) -> Result:
    """Run one check from a fresh start. Never raises for what the target does; a defect of the check is an ERROR."""
    missing = sorted(check.needs - target.abilities)
    if missing:
        return Result(check=check, verdict=Verdict.SKIP, reason=f"needs {', '.join(missing)}")
    try:
        return _judged(check, Probe(target, expectations=expectations))
    except TargetUnreachable as error:
        return Result(check=check, verdict=Verdict.INCONCLUSIVE, reason=str(error))
    except Exception as error:  # noqa: BLE001 - whatever else comes out is a defect of the suite, and said to be one
        return Result(check=check, verdict=Verdict.ERROR, reason=f"{type(error).__name__}: {error}")


def _judged(check: Check, probe: Probe) -> Result:
    complaints: list[str] = []
    open_question = ""
    try:
        complaints.extend(check.story(probe))
    except UnexpectedRefusal as refusal:
        if refusal.is_inconclusive:
            open_question = str(refusal)
        else:
            complaints.append(str(refusal))
    except (Inconclusive, TargetUnreachable) as error:
        open_question = str(error)
    own = [Violation(law=check.id, sentence=check.sentence, level=check.level, evidence=text) for text in complaints]
    violations = (*own, *(violation for violation in probe.violations if violation.law in check.laws))
    verdict = verdict_of(violations) if violations or not open_question else Verdict.INCONCLUSIVE
    reason = "" if violations else open_question
    return Result(check=check, verdict=verdict, violations=violations, reason=reason, requests=len(probe.history))


def exit_code(results: Sequence[Result]) -> ExitCode:
    """Return how a run with these results ends."""
    verdicts = {result.verdict for result in results}
    if Verdict.FAIL in verdicts:
        return ExitCode.FAILED
    undecided = {Verdict.ERROR, Verdict.INCONCLUSIVE} & verdicts
    return ExitCode.UNDECIDED if undecided or not results else ExitCode.PASSED


def is_broken(result: Result) -> bool:
    """Tell whether a check found its own kind of breach, of whatever level."""
    return result.verdict in BROKEN.values()
