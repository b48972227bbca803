"""Run the receiver's checks, one after the other, and tell what happens as events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bfl_conformance.errors import Inconclusive
from bfl_conformance.run import Event, Finished, Result, Started
from bfl_conformance.verdict import Verdict, Violation, verdict_of

from .checks import Bench, ReceiverCheck


def run_receiver_checks(checks: Iterable[ReceiverCheck], bench: Bench) -> Iterator[Event]:
    """Run the checks in order and yield what happens."""
    for check in checks:
        yield Started(check)
        yield Finished(_run(check, bench))


def _run(check: ReceiverCheck, bench: Bench) -> Result:
    try:
        complaints = list(check.story(bench))
    except Inconclusive as open_question:
        return Result(check=check, verdict=Verdict.INCONCLUSIVE, reason=str(open_question))
    except Exception as error:  # noqa: BLE001 - whatever else comes out is a defect of the suite, and said to be one
        return Result(check=check, verdict=Verdict.ERROR, reason=f"{type(error).__name__}: {error}")
    violations = tuple(
        Violation(law=check.id, sentence=check.sentence, level=check.level, evidence=text) for text in complaints
    )
    return Result(check=check, verdict=verdict_of(violations), violations=violations)
