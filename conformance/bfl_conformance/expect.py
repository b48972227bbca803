"""What a server may answer: the dialects it is measured against.

`any` permits what either dialect permits, question by question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from mock_bfl.contract import GUIDE, LIVE, Dialect, statuses

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Expectations:
    """One or more dialects; an answer is permitted when one of them permits it."""

    name: str
    dialects: tuple[Dialect, ...]

    def among(self, pick: Callable[[Dialect], T]) -> frozenset[T]:
        """Return what `pick` finds in the dialects: the permitted values of one of their fields."""
        return frozenset(pick(dialect) for dialect in self.dialects)

    def agree(self, holds: Callable[[Dialect], bool]) -> bool:
        """Tell whether `holds` is true of every dialect: then a law that rests on it may be demanded."""
        return all(holds(dialect) for dialect in self.dialects)

    @property
    def words(self) -> frozenset[str]:
        """The status words that a poll may carry."""
        known = {"eight": statuses.WORDS, "three": statuses.GUIDE_WORDS}
        return frozenset(word for dialect in self.dialects for word in known[dialect.statuses])

    @property
    def task_not_found_statuses(self) -> frozenset[int]:
        """The HTTP statuses of 'Task not found': the spec shows a 200, which `any` permits as well."""
        named = self.among(lambda dialect: dialect.task_not_found_status)
        return named | {200} if len(self.dialects) > 1 else named


EXPECTATIONS: Mapping[str, Expectations] = MappingProxyType(
    {
        "live": Expectations("live", (LIVE,)),
        "guide": Expectations("guide", (GUIDE,)),
        "any": Expectations("any", (LIVE, GUIDE)),
    }
)
