"""Every law at once, over sequences that Hypothesis makes up and shortens to what matters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from bfl_conformance.errors import Inconclusive
from bfl_conformance.oracle import LAWS
from bfl_conformance.probe import Probe
from bfl_conformance.target import Need
from bfl_conformance.verdict import Level
from mock_bfl.contract.sources import Certainty, cite

from .check import Check

_EXAMPLES = 20
_WITHOUT_HYPOTHESIS = "Hypothesis is not installed: pip install 'mock-bfl[conformance]'"


def _any_sequence(probe: Probe) -> Iterator[str]:
    try:
        from bfl_conformance.machine import search
    except ImportError as error:
        raise Inconclusive(_WITHOUT_HYPOTHESIS) from error
    broken = search(lambda: probe.target, expectations=probe.expectations, examples=_EXAMPLES)
    if broken:
        after = "\n".join(["after:", *broken.timeline])
        probe.violations += [replace(breach, evidence=f"{breach.evidence} {after}") for breach in broken.violations]
    yield from ()


SEQUENCE_CHECKS = (
    Check(
        id="BFL-SEQ-001",
        sentence="No sequence of submits, polls, downloads, looks at credits and moves of the clock breaks any law.",
        level=Level.MUST,
        cite=cite("OAS, CASS, GUIDE", Certainty.SPEC, "the laws name their own sources"),
        story=_any_sequence,
        laws=tuple(law.id for law in LAWS),
        needs=frozenset({Need.CLOCK, Need.FRESH_ACCOUNT, Need.SECOND_KEY}),
        price_credits=Decimal("Infinity"),  # as long as it looks for the smallest sequence, it spends
    ),
)
