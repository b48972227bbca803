"""How an instruction is written down, in JSON and in Python: with a preset by name, or a fault of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, TypedDict

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from mock_bfl.errors import ScriptError

from .faults import GivenFault, Then, When, Wire, merged
from .presets import preset
from .script import Instruction, Match
from .spelling import unknown
from .whole import WHOLE

_MATCH_FIELDS = ("route", "slug", "model")
_VALUE_ERROR = "Value error, "


def _read_match(given: object) -> object:
    """Return a match whose model may be called `model`; raise ScriptError with the name that was meant."""
    if not isinstance(given, Mapping):
        return given
    for name in given:
        if name not in _MATCH_FIELDS:
            raise ScriptError(unknown("field of a match", str(name), _MATCH_FIELDS))
    return {("slug" if name == "model" else name): value for name, value in given.items()}


class Rule(BaseModel):
    """One instruction: which calls it is for, and what happens to them.

    One of: `preset` (with `fault` for what differs from it), `fault`, `outcome`, `passes`. `times` null: every matching
    call from now on.
    """

    model_config = ConfigDict(extra="forbid")

    match: Annotated[Match, BeforeValidator(_read_match)] = Match()
    preset: str | None = None
    fault: GivenFault | None = None
    outcome: str | None = None
    passes: Annotated[bool, Field(strict=True)] = False
    times: Annotated[int, Field(ge=1), WHOLE] | None = 1
    probability: Annotated[float, Field(strict=True, gt=0, le=1)] = 1.0

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: object) -> object:
        """Refuse an unknown name with the one that was meant; put what differs on top of the preset."""
        if not isinstance(given, Mapping):
            return given
        for name in given:
            if name not in cls.model_fields:
                raise ScriptError(unknown("field of an instruction", str(name), cls.model_fields))
        named, fault = given.get("preset"), given.get("fault")
        if isinstance(named, str) and isinstance(fault, Mapping):
            return {**given, "fault": merged(preset(named).fault, fault)}
        return given

    def instruction(self) -> Instruction:
        """Return the instruction. Raises ScriptError where it is none, or more than one."""
        match, fault = self.match, self.fault
        if self.preset is not None:
            chosen = preset(self.preset)
            fault = fault or chosen.fault
            match = replace(match, route=match.route or chosen.route)
        return Instruction(
            match=match,
            fault=fault,
            outcome=self.outcome,
            passes=self.passes,
            times=self.times,
            probability=self.probability,
        )


class FaultFields(TypedDict, total=False):
    """The fields of a `Fault` as keyword arguments take them: a body may be JSON, headers a mapping."""

    name: str
    when: When
    status: int
    body: object
    content_type: str
    headers: Mapping[str, str]
    retry_after: str | int
    retry_after_ms: int
    retry_after_date_s: int
    retry_after_missing: bool
    redirect: str
    garbage_bytes: int
    keep: float
    huge_bytes: int
    wire: Wire
    stall_s: float
    then: Then
    chunk_bytes: int
    pause_ms: int


def read_rule(given: Mapping[str, Any] | Instruction) -> Instruction:
    """Return the instruction that is written down. Raises ScriptError with the name or value that would do."""
    if isinstance(given, Instruction):
        return given
    try:
        return Rule.model_validate(dict(given)).instruction()
    except ValidationError as error:
        raise ScriptError("; ".join(map(_sentence, error.errors()))) from error


def _sentence(row: Any) -> str:
    """Return what pydantic says of one value; our own sentences stand for themselves."""
    message = str(row["msg"])
    if message.startswith(_VALUE_ERROR):
        return message.removeprefix(_VALUE_ERROR)
    return f"{'.'.join(map(str, row['loc']))}: {message}, not {str(row['input'])[:40]!r}."
