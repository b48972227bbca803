"""A deliberately wrong server, and the checks that must notice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mock_bfl.contract import LIVE, Dialect
from mock_bfl.core.rules import RULES, Rules
from tests.conformance.in_process import InProcessTarget, as_it_is, mock_target

if TYPE_CHECKING:
    from tests.conformance.in_process import Wrapper


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """What is wrong, in a few words, and which checks say that they catch it."""

    what: str
    caught_by: tuple[str, ...]
    dialect: Dialect = LIVE
    rules: Rules = RULES
    wrapped: Wrapper = as_it_is

    def target(self) -> InProcessTarget:
        return mock_target(dialect=self.dialect, rules=self.rules, wrapped=self.wrapped)
