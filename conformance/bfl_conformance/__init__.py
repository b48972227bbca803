"""Judge servers that speak the BFL FLUX API: an oracle, checks, a state machine, a report."""

from __future__ import annotations

from .checks import CATALOGUE, Check
from .errors import (
    ConformanceError,
    Inconclusive,
    LawBroken,
    TargetRefused,
    TargetUnreachable,
    UnexpectedRefusal,
)
from .expect import EXPECTATIONS, Expectations
from .observation import CreditsSeen, Polled, Refused, Reply, Sampled, Submitted
from .oracle import LAWS, Law, judge
from .probe import Probe
from .run import ExitCode, Result, exit_code, run_check, run_checks
from .target import HttpTarget, Need, Target
from .verdict import Level, Verdict, Violation

__all__ = [
    "CATALOGUE",
    "EXPECTATIONS",
    "LAWS",
    "Check",
    "ConformanceError",
    "CreditsSeen",
    "ExitCode",
    "Expectations",
    "HttpTarget",
    "Inconclusive",
    "Law",
    "LawBroken",
    "Level",
    "Need",
    "Polled",
    "Probe",
    "Refused",
    "Reply",
    "Result",
    "Sampled",
    "Submitted",
    "Target",
    "TargetRefused",
    "TargetUnreachable",
    "UnexpectedRefusal",
    "Verdict",
    "Violation",
    "exit_code",
    "judge",
    "run_check",
    "run_checks",
]
