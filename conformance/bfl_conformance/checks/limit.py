"""The limit of active tasks, and the instant at which a slot is free again."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from bfl_conformance.bodies import PROMPT, minimal_body, scripted
from bfl_conformance.errors import Inconclusive
from bfl_conformance.observation import Refused, Submitted
from bfl_conformance.probe import Probe
from bfl_conformance.target import Need
from bfl_conformance.verdict import Level
from mock_bfl.contract import limits, statuses

from .check import Check
from .wording import refusal

_CHEAP = "flux-2-klein-4b"
_CROWDED = "flux-kontext-max"
_STEP_S = 0.1
_SCRIPT_S = 2  # where tasks can be scripted, they settle at the very end of a step


def _fill_all(probe: Probe) -> Iterator[str]:
    yield from _fill(probe, _CHEAP, limits.ACTIVE_TASKS.value)


def _fill_kontext_max(probe: Probe) -> Iterator[str]:
    yield from _fill(probe, _CROWDED, limits.ACTIVE_TASKS_KONTEXT_MAX.value)


def _beside_kontext_max(probe: Probe) -> Iterator[str]:
    for _ in range(limits.ACTIVE_TASKS_KONTEXT_MAX.value):
        probe.accepted(_CROWDED, minimal_body(_CROWDED))
    probe.submit(_CHEAP, minimal_body(_CHEAP))
    yield from ()


def _fill(probe: Probe, model: str, limit: int) -> Iterator[str]:
    """Fill the slots, ask for one more, and ask again the instant that one settles."""
    tasks = [probe.accepted(model, minimal_body(model, prompt=_prompt(probe))) for _ in range(limit)]
    if any(probe.poll(task).status not in statuses.IN_PROGRESS for task in tasks):
        raise Inconclusive(f"a task settled before {limit} were active")
    yield from _is_turned_away(probe, model, limit + 1)
    _wait_for_one(probe, tasks)
    if isinstance(probe.submit(model, minimal_body(model)), Refused):
        yield f"a submission was refused although one of the {limit} tasks had settled"


def _prompt(probe: Probe) -> str:
    return scripted(statuses.READY, after_s=_SCRIPT_S) if Need.DIRECTIVES in probe.target.abilities else PROMPT


def _is_turned_away(probe: Probe, model: str, number: int) -> Iterator[str]:
    seen = probe.submit(model, minimal_body(model))
    if isinstance(seen, Submitted):
        yield f"task {number} of {model} was accepted beside {number - 1} active ones"
    elif seen.reply.status_code != 429:
        yield f"task {number} of {model} was refused with {seen.reply.status_code}, not 429"
    else:
        wanted = [refusal("too_many_tasks", dialect) for dialect in probe.expectations.dialects]
        if probe.expectations.name == "guide" and not any(
            body.items() <= seen.reply.document.items() for body in wanted
        ):
            yield f"429 came with {seen.reply.excerpt()}, the guide says {wanted[0]}"


def _wait_for_one(probe: Probe, tasks: list[Submitted]) -> None:
    """Move the clock in small steps until one of the tasks has settled, so that the instant is known closely."""
    for _ in range(round(60 / _STEP_S)):
        probe.target.advance(seconds=_STEP_S)
        if any(probe.poll(task).status not in statuses.IN_PROGRESS for task in tasks[:1]):
            return
    raise Inconclusive("no task settled within a minute")


_NEEDS = frozenset({Need.CLOCK, Need.FRESH_ACCOUNT})

LIMIT_CHECKS = (
    Check(
        id="BFL-LIMIT-001",
        sentence="The 25th active task is refused with 429, and a slot is free again the instant a task settles.",
        level=Level.MUST,
        cite=limits.ACTIVE_TASKS.cite,
        story=_fill_all,
        laws=("limit-is-kept", "limit-was-kept", "slot-is-free-when-a-task-settles"),
        needs=_NEEDS,
        price_credits=Decimal("36.4"),
    ),
    Check(
        id="BFL-LIMIT-002",
        sentence="The seventh active task of flux-kontext-max is refused with 429, and so long only.",
        level=Level.MUST,
        cite=limits.ACTIVE_TASKS_KONTEXT_MAX.cite,
        story=_fill_kontext_max,
        laws=("limit-is-kept", "limit-was-kept", "slot-is-free-when-a-task-settles"),
        needs=_NEEDS,
        price_credits=Decimal(64),
    ),
    Check(
        id="BFL-LIMIT-003",
        sentence="Six active tasks of flux-kontext-max do not keep other models out.",
        level=Level.MUST,
        cite=limits.ACTIVE_TASKS_KONTEXT_MAX.cite,
        story=_beside_kontext_max,
        laws=("slot-is-free-when-a-task-settles",),
        needs=_NEEDS,
        price_credits=Decimal("49.4"),
    ),
)
