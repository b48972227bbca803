"""Levers of what goes wrong: scenarios (ordered instructions) and faults (one rule), and what is left of them.

With an x-key they are for that account; without, for every account.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mock_bfl.contract.scripted import SCENARIO_HEADER
from mock_bfl.core.faults import plain
from mock_bfl.core.presets import PRESETS
from mock_bfl.core.rule import Rule
from mock_bfl.core.script import Kind, Progress, Script, progress, unconsumed
from mock_bfl.engine import Engine
from mock_bfl.errors import ScriptError

from .routing import Json, Lever, Refused, account_asked

_MOST = 1000


class ScenarioGiven(BaseModel):
    """What POST /_mock/scenarios takes. `bind`: for calls that name its id in a header, or for all of the key."""

    model_config = ConfigDict(extra="forbid")

    instructions: Annotated[list[Rule], Field(min_length=1, max_length=_MOST)]
    name: Annotated[str, Field(max_length=80)] = ""
    bind: Literal["header", "key"] = "header"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionShown:
    """One instruction and how far it has come; `left` null: it never ends."""

    match: dict[str, str | None]
    fault: dict[str, Any] | None
    outcome: str | None
    passes: bool
    times: int | None
    probability: float
    consumed: int
    left: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptShown:
    """A script: `header` is what a call sends to follow it, `unconsumed` what a test should still have used."""

    id: str
    name: str
    bind: str
    header: dict[str, str]
    instructions: list[InstructionShown]
    consumed: int
    unconsumed: int


@dataclass(frozen=True, slots=True)
class ScenarioList:
    """What GET /_mock/scenarios answers."""

    scenarios: list[ScriptShown]


@dataclass(frozen=True, slots=True)
class FaultList:
    """What GET /_mock/faults answers."""

    faults: list[ScriptShown]


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetShown:
    """A fault by name, and the bug that it finds."""

    name: str
    finds: str
    route: str | None
    fault: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PresetList:
    """What GET /_mock/faults/presets answers."""

    presets: list[PresetShown]


@dataclass(frozen=True, slots=True)
class Removed:
    """How many scripts were forgotten."""

    removed: int


def script_levers(engine: Engine) -> tuple[Lever, ...]:
    """Return the levers."""
    return (*_scenarios(engine), *_faults(engine))


def _scenarios(engine: Engine) -> tuple[Lever, ...]:
    def add(body: ScenarioGiven) -> Json:
        by_header = body.bind == "header"
        return asdict(_shown(_added(engine, body.instructions, kind="scenario", name=body.name, by_header=by_header)))

    def listed() -> Json:
        scripts = engine.scripts.scripts(account_asked(), kind="scenario")
        return asdict(ScenarioList([_shown(script) for script in scripts]))

    def one(script_id: str) -> Json:
        return asdict(_shown(_found(engine, script_id, "scenario")))

    def remove(script_id: str) -> Json:
        return _removed(engine, [_owned(engine, script_id, "scenario")])

    path = "/scenarios/<script_id>"
    return (
        Lever(
            method="POST",
            path="/scenarios",
            about="Scripts what coming calls meet, in order.",
            view=add,
            body=ScenarioGiven,
            answer=ScriptShown,
        ),
        Lever(method="GET", path="/scenarios", about="Lists the scenarios.", view=listed, answer=ScenarioList),
        Lever(method="GET", path=path, about="Shows what is left of a scenario.", view=one, answer=ScriptShown),
        Lever(method="DELETE", path=path, about="Forgets a scenario.", view=remove, answer=Removed),
    )


def _faults(engine: Engine) -> tuple[Lever, ...]:
    def add(body: Rule) -> Json:
        return asdict(_shown(_added(engine, [body], kind="fault")))

    def listed() -> Json:
        return asdict(FaultList([_shown(script) for script in engine.scripts.scripts(account_asked(), kind="fault")]))

    def remove_all() -> Json:
        return _removed(engine, engine.scripts.scripts(account_asked(), kind="fault"))

    def remove(script_id: str) -> Json:
        return _removed(engine, [_owned(engine, script_id, "fault")])

    return (
        Lever(method="POST", path="/faults", about="Lets coming calls fail.", view=add, body=Rule, answer=ScriptShown),
        Lever(method="GET", path="/faults", about="Lists the faults.", view=listed, answer=FaultList),
        Lever(method="DELETE", path="/faults", about="Forgets the faults.", view=remove_all, answer=Removed),
        Lever(method="GET", path="/faults/presets", about="Lists faults by name.", view=_presets, answer=PresetList),
        Lever(method="DELETE", path="/faults/<script_id>", about="Forgets a fault.", view=remove, answer=Removed),
    )


def _added(engine: Engine, rules: list[Rule], *, kind: Kind, name: str = "", by_header: bool = False) -> Script:
    account = account_asked()
    try:
        instructions = [rule.instruction() for rule in rules]
        return engine.scripts.add(account, instructions, kind=kind, name=name, by_header=by_header)
    except ScriptError as error:
        raise Refused(400, str(error)) from error


def _found(engine: Engine, script_id: str, kind: Kind) -> Script:
    script = engine.scripts.script(script_id, account=account_asked())
    if script is not None and script.kind == kind:
        return script
    known = ", ".join(row.id for row in engine.scripts.scripts(account_asked(), kind=kind)) or "none"
    raise Refused(404, f"No {kind} {script_id[:80]!r} for this x-key. Known: {known}.")


def _owned(engine: Engine, script_id: str, kind: Kind) -> Script:
    """Return a script that the asker may forget: with an x-key its own, without one any."""
    script = _found(engine, script_id, kind)
    if account_asked() in {None, script.account}:
        return script
    raise Refused(403, f"{script.id} is for every account, and a key forgets its own alone: ask without an x-key.")


def _removed(engine: Engine, scripts: Any) -> Json:
    return asdict(Removed(sum(engine.scripts.remove(script.id) for script in scripts)))


def _presets() -> Json:
    rows = [
        PresetShown(name=name, finds=preset.finds, route=preset.route, fault=plain(preset.fault))
        for name, preset in PRESETS.items()
    ]
    return asdict(PresetList(rows))


def _shown(script: Script) -> ScriptShown:
    rows = progress(script)
    return ScriptShown(
        id=script.id,
        name=script.name,
        bind="header" if script.by_header else "key",
        header={SCENARIO_HEADER.value: script.id},
        instructions=[_instruction(row) for row in rows],
        consumed=sum(row.consumed for row in rows),
        unconsumed=sum(row.left or 0 for row in unconsumed(script)),
    )


def _instruction(row: Progress) -> InstructionShown:
    instruction = row.instruction
    return InstructionShown(
        match=asdict(instruction.match),
        fault=None if instruction.fault is None else plain(instruction.fault),
        outcome=instruction.outcome,
        passes=instruction.passes,
        times=instruction.times,
        probability=instruction.probability,
        consumed=row.consumed,
        left=row.left,
    )
