"""What a verdict says: findings with their evidence, what could not be observed, and the totals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

NOTHING = Decimal(0)


class Level(StrEnum):
    """How bad a finding is: `fail` loses money, a picture or the end of a task; `warn` is bad manners."""

    FAIL = "fail"
    WARN = "warn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One occurrence of a finding.

    `what` says it in a sentence; `requests` are the numbers of its `count` exchanges, without a long middle;
    `at_ms` is the first one's instant on the account's clock, `span_ms` how long it went on. `cost_credits` is what it
    cost or put at risk, as the finding defines it, for the task `task_id`.
    """

    what: str
    requests: tuple[int, ...] = ()
    count: int = 0
    at_ms: int | None = None
    span_ms: int = 0
    task_id: str | None = None
    cost_credits: Decimal = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that the client does wrong, with every occurrence of it.

    `code` is stable; `cost` says what `cost_credits` means for this finding.
    """

    code: str
    level: Level
    title: str
    why: str
    advice: str
    cost: str
    evidence: tuple[Evidence, ...]

    @property
    def cost_credits(self) -> Decimal:
        """What all occurrences cost or put at risk."""
        return _sum_by_task(self.evidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotObservable:
    """A finding that could neither be made nor ruled out here, and why."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What the client did in all. `charged_credits` are of accepted tasks, `returned_credits` of those seen to fail.

    `began_at_ms` is the instant of the first request on the account's clock. `is_cut`: the journal is bounded, and has
    forgotten the beginning.
    """

    requests: int
    tasks: int
    charged_credits: Decimal
    returned_credits: Decimal
    began_at_ms: int | None = None
    is_cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is to be said of a client."""

    findings: tuple[Finding, ...]
    not_observable: tuple[NotObservable, ...]
    totals: Totals

    @property
    def failing(self) -> tuple[Finding, ...]:
        """The findings for which the client fails."""
        return tuple(finding for finding in self.findings if finding.level is Level.FAIL)

    @property
    def is_judged(self) -> bool:
        """Whether there was anything to judge, or certainly nothing: not where the journal has forgotten all of it."""
        return bool(self.findings or self.totals.requests) or not self.totals.is_cut

    @property
    def is_good(self) -> bool:
        """Whether the client passes; warnings do not count. What is forgotten is not good, nor does it fail."""
        return self.is_judged and not self.failing

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the findings, in their order."""
        return tuple(finding.code for finding in self.findings)

    @property
    def cost_credits(self) -> Decimal:
        """What all findings cost or put at risk; a task that two of them name counts once."""
        return _sum_by_task(evidence for finding in self.findings for evidence in finding.evidence)

    def __str__(self) -> str:
        from .words import as_text

        return as_text(self)

    def __getitem__(self, code: str) -> Finding:
        """Return the finding of a code. Raises KeyError if it was not made."""
        found = {finding.code: finding for finding in self.findings}
        return found[code]


def _sum_by_task(occurrences: Iterable[Evidence]) -> Decimal:
    dearest: dict[str | None, Decimal] = {}
    for occurrence in occurrences:
        dearest[occurrence.task_id] = max(dearest.get(occurrence.task_id, NOTHING), occurrence.cost_credits)
    return sum(dearest.values(), NOTHING)
