"""One check: a story that puts a target into a situation, and the laws that must hold in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from bfl_conformance.probe import Probe
from bfl_conformance.target import Need
from bfl_conformance.verdict import Level
from mock_bfl.contract import Cite

Story = Callable[[Probe], Iterable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What must hold, why, and how it is seen.

    `story` drives a probe and yields a sentence for each complaint of its own; of the oracle's complaints, those of
    the `laws` it claims count. `price_credits` is the most that it spends.
    """

    id: str
    sentence: str
    level: Level
    cite: Cite
    story: Story
    laws: tuple[str, ...] = ()
    needs: frozenset[Need] = frozenset()
    price_credits: Decimal = Decimal(0)
