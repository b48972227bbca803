"""Scripts: ordered instructions, each consumed by the calls that match it, with an account of what is left."""

from __future__ import annotations

from dataclasses import dataclass

from .faults import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Which calls an instruction is for; None matches every call of the kind."""

    route: str | None = None
    slug: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """What happens to a matching call. `times` None: to every one from now on."""

    match: Match
    fault: Fault | None = None
    times: int | None = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """Instructions in order. `account` None: for every account. `position` and `used` say how far it has come."""

    id: str
    account: str | None
    instructions: tuple[Instruction, ...]
    position: int = 0
    used: int = 0
