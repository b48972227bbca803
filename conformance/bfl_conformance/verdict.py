"""What a judgement is: how binding a law is, how it was broken, and what a check's run amounts to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from mock_bfl.contract import Cite


class Level(StrEnum):
    """How binding a law or a check is.

    MUST: a document promises it, or every recording shows it and clients rely on it.
    SHOULD: a document advises it, or the evidence is good and no client depends on it.
    OBSERVED: recorded, promised nowhere; a difference is reported and fails nobody.
    """

    MUST = "MUST"
    SHOULD = "SHOULD"
    OBSERVED = "OBSERVED"


class Stated(Protocol):
    """What can be judged: an id, one sentence of what must hold, how binding it is, on whose word."""

    @property
    def id(self) -> str:
        """A stable name, such as `BFL-LIFE-003`."""
        ...

    @property
    def sentence(self) -> str:
        """What must hold."""
        ...

    @property
    def level(self) -> Level:
        """How binding it is."""
        ...

    @property
    def cite(self) -> Cite:
        """On whose word."""
        ...


class Verdict(StrEnum):
    """What the run of one check amounts to, from harmless to bad.

    PASS: everything seen was permitted.
    SKIP: the target lacks what the check needs; nothing was judged.
    OBSERVED: it differs from the recordings where no document promises anything.
    NON_STRICT: a SHOULD was broken.
    INCONCLUSIVE: a 429, a 5xx, a time-out or bad luck stood between the check and its question.
    FAIL: a MUST was broken.
    ERROR: the check itself broke. That is a defect of this suite, and says nothing about the target.
    """

    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    SKIP = "SKIP"
    OBSERVED = "OBSERVED"
    NON_STRICT = "NON-STRICT"
    INCONCLUSIVE = "INCONCLUSIVE"
    FAIL = "FAIL"
    ERROR = "ERROR"


BROKEN: dict[Level, Verdict] = {
    Level.MUST: Verdict.FAIL,
    Level.SHOULD: Verdict.NON_STRICT,
    Level.OBSERVED: Verdict.OBSERVED,
}
_WORST_FIRST = (Level.MUST, Level.SHOULD, Level.OBSERVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A law broken by something seen: the law's id and sentence, and the evidence with its values."""

    law: str
    sentence: str
    level: Level
    evidence: str

    def __str__(self) -> str:
        return f"{self.law}: {self.evidence} [{self.sentence}]"


def verdict_of(violations: Iterable[Violation]) -> Verdict:
    """Return what the violations amount to: the verdict of the most binding level among them, PASS when none."""
    broken = {violation.level for violation in violations}
    return next((BROKEN[level] for level in _WORST_FIRST if level in broken), Verdict.PASS)
