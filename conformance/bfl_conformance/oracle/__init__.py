"""The oracle: a relation between what was seen so far and what may be seen next.

It knows neither latencies nor seeds, computes no next answer, and shares facts with the mock but no rule: it says only
whether an observation is permitted after those before it, and which law it breaks if it is not.
"""

from __future__ import annotations

from collections.abc import Sequence

from bfl_conformance.expect import Expectations
from bfl_conformance.observation import Observation
from bfl_conformance.verdict import Violation

from .law import Law
from .laws_of_credits import LAWS_OF_CREDITS
from .laws_of_delivery import LAWS_OF_DELIVERY
from .laws_of_errors import LAWS_OF_ERRORS
from .laws_of_limits import LAWS_OF_LIMITS
from .laws_of_polls import LAWS_OF_POLLS
from .laws_of_prices import LAWS_OF_PRICES
from .laws_of_results import LAWS_OF_RESULTS
from .laws_of_submits import LAWS_OF_SUBMITS

LAWS: tuple[Law, ...] = (
    *LAWS_OF_SUBMITS,
    *LAWS_OF_PRICES,
    *LAWS_OF_POLLS,
    *LAWS_OF_RESULTS,
    *LAWS_OF_DELIVERY,
    *LAWS_OF_LIMITS,
    *LAWS_OF_CREDITS,
    *LAWS_OF_ERRORS,
)


def judge(
    history: Sequence[Observation], seen: Observation, *, expectations: Expectations, laws: Sequence[Law] = LAWS
) -> tuple[Violation, ...]:
    """Return the laws that `seen` breaks after `history`; empty when it is permitted."""
    return tuple(violation for law in laws for violation in law.violations(history, seen, expectations))


__all__ = [
    "LAWS",
    "LAWS_OF_CREDITS",
    "LAWS_OF_DELIVERY",
    "LAWS_OF_ERRORS",
    "LAWS_OF_LIMITS",
    "LAWS_OF_POLLS",
    "LAWS_OF_PRICES",
    "LAWS_OF_RESULTS",
    "LAWS_OF_SUBMITS",
    "Expectations",
    "Law",
    "Observation",
    "Violation",
    "judge",
]
