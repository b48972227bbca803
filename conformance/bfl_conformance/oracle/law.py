"""One law of the relation: its sentence, its source, and what it finds in an observation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bfl_conformance.expect import Expectations
from bfl_conformance.observation import Observation
from bfl_conformance.verdict import Level, Violation
from mock_bfl.contract import Cite

History = Sequence[Observation]
Evidence = Callable[[History, Observation, Expectations], Iterable[str]]
T = TypeVar("T", bound=Observation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """A law about what may be seen. `evidence` yields one sentence for each breach by the latest observation."""

    id: str
    sentence: str
    level: Level
    cite: Cite
    evidence: Evidence

    def violations(self, history: History, seen: Observation, expectations: Expectations) -> Iterator[Violation]:
        """Yield the breaches of this law by `seen` after `history`."""
        for evidence in self.evidence(history, seen, expectations):
            yield Violation(law=self.id, sentence=self.sentence, level=self.level, evidence=evidence)


def law(
    id: str,
    sentence: str,
    *,
    level: Level,
    cite: Cite,
    about: type[T],
    broken_by: Callable[[History, T, Expectations], Iterable[str]],
) -> Law:
    """Return the law about observations of one kind: `broken_by(history, seen, expectations)` yields the evidence."""

    def evidence(history: History, seen: Observation, expectations: Expectations) -> Iterable[str]:
        return broken_by(history, seen, expectations) if isinstance(seen, about) else ()

    return Law(id=id, sentence=sentence, level=level, cite=cite, evidence=evidence)
