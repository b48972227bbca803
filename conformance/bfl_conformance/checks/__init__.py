"""The catalogue: every check, in the order in which they run; those that cost nothing come first."""

from __future__ import annotations

from .auth import AUTH_CHECKS
from .check import Check
from .delivery import DELIVERY_CHECKS
from .life import LIFE_CHECKS
from .limit import LIMIT_CHECKS
from .price import PRICE_CHECKS
from .sequences import SEQUENCE_CHECKS
from .submission import SUBMISSION_CHECKS

CATALOGUE: tuple[Check, ...] = (
    *AUTH_CHECKS,
    *SUBMISSION_CHECKS,
    *LIFE_CHECKS,
    *DELIVERY_CHECKS,
    *PRICE_CHECKS,
    *LIMIT_CHECKS,
    *SEQUENCE_CHECKS,
)

__all__ = [
    "AUTH_CHECKS",
    "CATALOGUE",
    "DELIVERY_CHECKS",
    "LIFE_CHECKS",
    "LIMIT_CHECKS",
    "PRICE_CHECKS",
    "SEQUENCE_CHECKS",
    "SUBMISSION_CHECKS",
    "Check",
]
