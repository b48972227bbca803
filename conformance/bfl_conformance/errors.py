"""What can go wrong around a judgement, cut by what the caller does next.

ConformanceError
├── TargetRefused       fix the command line: this target may not, or cannot, be judged
├── TargetUnreachable   no answer came: inconclusive, try again
├── Inconclusive        the question could not be put: inconclusive, `reason` says why
├── UnexpectedRefusal   a valid request was refused: 429 and 5xx are inconclusive, all else is a failure
└── LawBroken           the state machine found a sequence that breaks a law
"""

from __future__ import annotations

from collections.abc import Sequence

from .observation import Refused
from .verdict import Violation


class ConformanceError(Exception):
    """Anything that this suite raises on purpose."""


class TargetRefused(ConformanceError):
    """The target may not be judged, or not like this: fix the command line."""


class TargetUnreachable(ConformanceError):
    """No answer came from the target."""


class Inconclusive(ConformanceError):
    """The situation that a check wanted to judge did not come about."""


class UnexpectedRefusal(ConformanceError):
    """A valid request was refused. Carries what was seen as `refused`."""

    def __init__(self, refused: Refused) -> None:
        reply = refused.reply
        super().__init__(f"a valid {refused.what} was refused with {reply.status_code}: {reply.excerpt()}")
        self.refused = refused

    @property
    def is_inconclusive(self) -> bool:
        """Tell whether the refusal says nothing about data: out of slots or credits, or a server in trouble."""
        status_code = self.refused.reply.status_code
        return status_code in {402, 429} or status_code >= 500


class LawBroken(ConformanceError, AssertionError):
    """A sequence of requests broke a law. Carries the `violations` and the `timeline` that led to them."""

    def __init__(self, violations: Sequence[Violation], *, timeline: Sequence[str]) -> None:
        lines = [*(str(violation) for violation in violations), "after:", *timeline]
        super().__init__("\n  ".join(lines))
        self.violations = tuple(violations)
        self.timeline = tuple(timeline)
