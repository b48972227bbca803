"""Judge a finished run: passed or failed, and the sentences that say why. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from .names import NEEDED, REFUSED

Row = tuple[str, str]


class Exit(IntEnum):
    """How `python -m loadtests` ends."""

    PASSED = 0
    FAILED = 1  # the run is valid, and what was tested did not do as expected
    BROKE = 2  # the run itself did not work: nothing can be said
    INTERRUPTED = 130


# Locust ends with 1 or 2 for mishaps of its own, so a verdict of ours has a number that is none of them.
LOCUST_EXIT_OF_FAILED = 10
_MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted: exchanges by (method, name), failed ones and errors of the client by their words."""

    exchanges: Mapping[Row, int] = field(default_factory=dict)
    failures: Mapping[str, int] = field(default_factory=dict)
    exceptions: Mapping[str, int] = field(default_factory=dict)

    @property
    def refused(self) -> int:
        """How many submits got a 429, which is no failure."""
        return self.exchanges.get(("POST", REFUSED), 0)


def problems(tally: Tally) -> tuple[str, ...]:
    """Return a sentence for each thing that fails the run; empty if it passed. What was not tried fails it, too."""
    return (
        *(f"no sample of {method} {name}" for method, name in NEEDED if not tally.exchanges.get((method, name))),
        *_counted(tally.failures),
        *_counted(tally.exceptions),
    )


def summary(tally: Tally, *, found: Sequence[str]) -> str:
    """Return the lines that end a report; of many problems the first are shown."""
    counted = (
        f"{sum(tally.exchanges.values())} exchanges. {tally.refused} submits were refused because all slots were taken "
        "(429), and repeated."
    )
    if not found:
        return f"{counted}\nPassed: every answer was an expected one."
    hidden = [f"... and {len(found) - _MOST_SHOWN} more"] if len(found) > _MOST_SHOWN else []
    return "\n  ".join([f"{counted}\nFailed:", *found[:_MOST_SHOWN], *hidden])


def exit_from_locust(code: int) -> Exit:
    """Return what an exit code of the Locust process means."""
    return {0: Exit.PASSED, LOCUST_EXIT_OF_FAILED: Exit.FAILED}.get(code, Exit.BROKE)


def _counted(words: Mapping[str, int]) -> Iterator[str]:
    yield from (f"{count} x {word}" for word, count in words.items())
