"""Grade the client that a journal shows: what it does wrong, what that costs, what could not be seen.

Law: a good client gets no finding, whatever is scripted to happen to it. In doubt nothing is found.
"""

from __future__ import annotations

from .findings import FINDINGS, Row
from .judging import verdict
from .values import Evidence, Finding, Level, NotObservable, Totals, Verdict
from .words import as_text

__all__ = [
    "FINDINGS",
    "Evidence",
    "Finding",
    "Level",
    "NotObservable",
    "Row",
    "Totals",
    "Verdict",
    "as_text",
    "verdict",
]
