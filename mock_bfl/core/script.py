"""Scripts: ordered instructions, each consumed by the calls that match it, with an account of what is left.

Law: `take` is pure: which draw hits follows from the seed, the script's id and the number of draws before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from mock_bfl.contract import MODELS_BY_SLUG, endpoints
from mock_bfl.errors import ScriptError

from .faults import Fault, summary
from .scenario import Misspelt, Scenario, apply_settings
from .spelling import unknown
from .whole import WHOLE

ROUTES = ("submit", *(endpoint.name for endpoint in endpoints.ENDPOINTS), "sample")
_OF_A_MODEL = ("submit", "get_result", "sample")
Kind = Literal["scenario", "fault"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Which calls an instruction is for; None matches every call.

    `route` is one of `submit`, `get_result`, `sample`, `credits` and so on; `slug` the model of a submit, or of the
    task that is polled or delivered: no other call has one. Raises ScriptError on an unknown name, and on what no
    call could meet.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    route: str | None = None
    slug: str | None = None

    def __post_init__(self) -> None:
        """Refuse a name that no call has."""
        if self.route is not None and self.route not in ROUTES:
            raise ScriptError(unknown("route", self.route, ROUTES))
        if self.slug is not None and self.slug not in MODELS_BY_SLUG:
            raise ScriptError(unknown("model", self.slug, MODELS_BY_SLUG))
        if self.slug is not None and self.route not in {None, *_OF_A_MODEL}:
            raise ScriptError(f"No call of {self.route} has a model: only {', '.join(_OF_A_MODEL)} have one.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """What happens to a matching call: a `fault`, an `outcome` (settings of a directive, for submits), or it `passes`.

    `times` None: to every one from now on. `probability`: that a matching call is struck; one that is not goes on to
    the next script, and is not counted. Raises ScriptError unless it is exactly one of the three.
    """

    match: Match = Match()
    fault: Fault | None = None
    outcome: str | None = None
    passes: Annotated[bool, Field(strict=True)] = False
    times: Annotated[int, Field(ge=1), WHOLE] | None = 1
    probability: Annotated[float, Field(strict=True, gt=0, le=1)] = 1.0

    def __post_init__(self) -> None:
        """Refuse what is none of the three, or more than one, and an outcome that cannot be read."""
        if sum((self.fault is not None, self.outcome is not None, self.passes)) != 1:
            raise ScriptError("An instruction is one of: fault (or preset), outcome, passes.")
        if self.times is not None and self.times < 1:
            raise ScriptError("times counts from 1; null is for every call from now on.")
        if not 0 < self.probability <= 1:
            raise ScriptError("probability lies above 0 and up to 1.")
        if self.outcome is not None:
            _check_outcome(self.outcome, self.match)

    @property
    def must_be_used(self) -> bool:
        """Whether it is an error of the test if calls are left for it: not where dice decide, or no number is given."""
        return self.times is not None and self.probability == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """Instructions in order: the one at `position` alone is open, and was `used` so many times; `draws` were made.

    Before it come those in `returned`, once each: earlier ones whose call did not bring about what they say.
    `account` None: for every account. `by_header`: for calls that name its id in the header alone.
    """

    id: str
    account: str | None
    instructions: tuple[Instruction, ...]
    kind: Kind = "scenario"
    name: str = ""
    by_header: bool = False
    position: int = 0
    used: int = 0
    draws: int = 0
    returned: tuple[int, ...] = ()

    @property
    def open_at(self) -> int | None:
        """The index of the instruction that the next matching call consumes; None at the end of the script."""
        if self.returned:
            return self.returned[0]
        return self.position if self.position < len(self.instructions) else None

    @property
    def is_open(self) -> bool:
        """Whether calls that do not name it may still consume something of it."""
        return not self.by_header and self.open_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a script may know of a call."""

    route: str
    slug: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one instruction has come; `left` None: it never ends."""

    instruction: Instruction
    consumed: int
    left: int | None


def check_order(instructions: tuple[Instruction, ...]) -> None:
    """Raise ScriptError where there is nothing, or what comes after an instruction without end is never reached."""
    if not instructions:
        raise ScriptError("A scenario needs at least one instruction.")
    for number, instruction in enumerate(instructions[:-1], 1):
        if instruction.times is None:
            raise ScriptError(f"Instruction {number} has no end (times null): what follows would never be reached.")


def matches(match: Match, facts: Facts) -> bool:
    """Tell whether an instruction is for a call."""
    return match.route in {None, facts.route} and match.slug in {None, facts.slug}


def take(script: Script, facts: Facts, *, seed: int) -> tuple[Script, Instruction | None]:
    """Return the script after a call, and the instruction that the call consumed, if it did."""
    if script.open_at is None:
        return script, None
    instruction = script.instructions[script.open_at]
    if not matches(instruction.match, facts) or (instruction.outcome is not None and facts.route != "submit"):
        return script, None
    if instruction.probability < 1:
        drawn = Random(f"{seed}/{script.id}/{script.draws}").random()
        script = replace(script, draws=script.draws + 1)
        if drawn >= instruction.probability:
            return script, None
    return _consumed(script, instruction), instruction


def give_back(script: Script, index: int) -> Script:
    """Return the script with one call of the instruction at `index` open again, for it brought nothing about.

    Unchanged where no call consumed it.
    """
    if index == script.position and script.used:
        return replace(script, used=script.used - 1)
    if index < script.position and script.returned.count(index) < (script.instructions[index].times or 0):
        return replace(script, returned=tuple(sorted((*script.returned, index))))
    return script


def _consumed(script: Script, instruction: Instruction) -> Script:
    if script.returned:
        return replace(script, returned=script.returned[1:])
    used = script.used + 1
    if instruction.times is not None and used >= instruction.times:
        return replace(script, position=script.position + 1, used=0)
    return replace(script, used=used)


def progress(script: Script) -> tuple[Progress, ...]:
    """Return how far each instruction has come."""
    return tuple(_progress(script, index) for index in range(len(script.instructions)))


def _progress(script: Script, index: int) -> Progress:
    instruction = script.instructions[index]
    consumed = script.used if index == script.position else 0
    if index < script.position:
        consumed = (instruction.times or 0) - script.returned.count(index)
    return Progress(instruction, consumed, None if instruction.times is None else instruction.times - consumed)


def unconsumed(script: Script) -> tuple[Progress, ...]:
    """Return the instructions that calls should have consumed and did not."""
    return tuple(row for row in progress(script) if row.instruction.must_be_used and row.left)


def leftover(script: Script, row: Progress) -> str:
    """Say of an instruction that is left over what it was waiting for."""
    instruction = row.instruction
    what = "a call that passes" if instruction.fault is None else summary(instruction.fault)
    calls = f"{instruction.match.slug or ''} {instruction.match.route or 'any route'}".strip()
    named = f" ({script.name})" if script.name else ""
    return f"{script.id}{named}: {instruction.outcome or what} on {calls}, {row.left} of {instruction.times} left"


def _check_outcome(outcome: str, match: Match) -> None:
    if match.route not in {None, "submit"}:
        raise ScriptError(f"An outcome is decided at submit: its match cannot be route {match.route!r}.")
    read = apply_settings(Scenario(), outcome)
    if isinstance(read, Misspelt):
        raise ScriptError(read.reason)
    if read.reference_mp is not None:
        raise ScriptError(
            "input_mp prices a submit before its outcome is decided: write it into the prompt, as [mock: input_mp=2]."
        )
    if read == Scenario():
        raise ScriptError('This outcome says nothing. It takes settings such as status="Content Moderated" after=2s.')
