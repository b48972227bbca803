"""Events as lines of JSON: one object each, with a stable vocabulary."""

from __future__ import annotations

import json

from bfl_conformance.run import Event, Finished, Result, Started


def line_of(event: Event) -> str:
    """Return an event as one line of JSON."""
    match event:
        case Started(check):
            return json.dumps({"event": "started", "id": check.id})
        case Finished(result):
            return json.dumps(_finished(result))


def _finished(result: Result) -> dict[str, object]:
    violations = [
        {"law": violation.law, "level": violation.level, "evidence": violation.evidence}
        for violation in result.violations
    ]
    return {
        "event": "finished",
        "id": result.check.id,
        "verdict": result.verdict,
        "level": result.check.level,
        "sentence": result.check.sentence,
        "source": str(result.check.cite),
        "requests": result.requests,
        "reason": result.reason,
        "violations": violations,
    }
