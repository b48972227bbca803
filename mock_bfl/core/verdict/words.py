"""A verdict as text: findings first, then what could not be observed, then the totals."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from .saying import credits_text, numbered, seconds, times
from .values import Evidence, Finding, Level, Totals, Verdict

_WIDTH = 100
_SHOWN = 3  # occurrences of one finding; the JSON has them all
_HEADS = {Level.FAIL: "FAIL", Level.WARN: "WARN"}


def as_text(judged: Verdict) -> str:
    """Return a verdict as a person reads it."""
    parts = [_headline(judged), *(_finding(finding, judged.totals) for finding in judged.findings)]
    if judged.not_observable:
        parts.append("\n".join(["Not observable here, so neither found nor passed:", *_unseen(judged)]))
    return "\n\n".join([*parts, _totals(judged)]) + "\n"


def _headline(judged: Verdict) -> str:
    warnings = len(judged.findings) - len(judged.failing)
    if not judged.is_judged:
        return "Nothing left to judge: the journal is bounded, and may have forgotten all that the client asked for."
    if not (judged.totals.requests or judged.findings):
        return "Nothing to judge: the client asked for nothing."
    if judged.is_good:
        good = "A good client" + (", as far as the journal goes back" if judged.totals.is_cut else "")
        return f"{good}, with {times(warnings, 'warning')}." if warnings else f"{good}: nothing to find."
    also = f" and {times(warnings, 'warning')}" if warnings else ""
    return f"The client fails: {times(len(judged.failing), 'finding')}{also}."


def _finding(finding: Finding, totals: Totals) -> str:
    lines = [f"{_HEADS[finding.level]}  {finding.code}: {finding.title}"]
    for occurrence in finding.evidence[:_SHOWN]:
        lines += _entry("happened", _occurrence(occurrence, totals))
    if len(finding.evidence) > _SHOWN:
        lines += _entry("", f"... and {len(finding.evidence) - _SHOWN} more like this")
    lines += [*_entry("matters", finding.why), *_entry("cost", _cost(finding)), *_entry("do", finding.advice)]
    return "\n".join(lines)


def _occurrence(occurrence: Evidence, totals: Totals) -> str:
    noun = "request" if occurrence.count == 1 else "requests"
    where = [f"{noun} {numbered(occurrence.requests, count=occurrence.count)}"] if occurrence.requests else []
    if occurrence.at_ms is not None and totals.began_at_ms is not None:
        where.append(f"{seconds(max(0, occurrence.at_ms - totals.began_at_ms))} after the start")
    if occurrence.task_id is not None:
        where.append(f"task {occurrence.task_id}")
    return f"{occurrence.what} [{'; '.join(where)}]"


def _cost(finding: Finding) -> str:
    if finding.cost_credits:
        return f"{credits_text(finding.cost_credits)}: {finding.cost}"
    asked = sum(occurrence.count for occurrence in finding.evidence)
    spent_ms = sum(occurrence.span_ms for occurrence in finding.evidence)
    none = finding.cost if finding.cost.startswith("no credits") else f"no credits this time ({finding.cost})"
    return f"{none}; {times(asked, 'request')} over {seconds(spent_ms)}"


def _entry(label: str, text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=f"  {label:<10}", subsequent_indent=" " * 12)


def _unseen(judged: Verdict) -> Iterator[str]:
    for unseen in judged.not_observable:
        yield from textwrap.wrap(f"  {unseen.code}: {unseen.reason}.", _WIDTH, subsequent_indent="    ")


def _totals(judged: Verdict) -> str:
    totals = judged.totals
    told = f"In all: {times(totals.requests, 'request')}, {times(totals.tasks, 'task')}"
    told += f", {credits_text(totals.charged_credits)} charged"
    if totals.returned_credits:
        told += f", {credits_text(totals.returned_credits)} of them given back"
    if judged.cost_credits:
        told += f"; the findings cost or put at risk {credits_text(judged.cost_credits)}"
    cut = "\nThe journal is bounded and has forgotten the beginning." if totals.is_cut else ""
    return f"{told}.{cut}"
