"""Scripts over calls: add them, let each call consume what is for it, say what is left.

A call follows the script that it names in one constant header, then its account's in order of creation, then those for
every account: the first that matches is consumed, in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mock_bfl.contract.scripted import SCENARIO_HEADER
from mock_bfl.core import delivery
from mock_bfl.core.faults import Fault, why_not_on
from mock_bfl.core.keys import KeyAccepted, check_key
from mock_bfl.core.order import Order, TooLarge, misspelt
from mock_bfl.core.reply import Reply, json_reply
from mock_bfl.core.request import Invalid
from mock_bfl.core.rule import read_rule
from mock_bfl.core.scenario import Misspelt, apply_settings
from mock_bfl.core.script import Facts, Instruction, Kind, Progress, Script, check_order, give_back, take, unconsumed
from mock_bfl.core.spoiling import Scene, spoil, without_effect
from mock_bfl.core.task import Task
from mock_bfl.errors import ScriptError

from .call import Call
from .context import Context

COUNT = "scripts"  # the lever that counts what was added, so that ids, and the draws that follow from them, repeat


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a call is about to meet: the instruction that it consumed, if any, at which place of which script.

    `epoch` is that of the script's account: after a reset its ids are given again.
    """

    route: str
    account: str | None = None
    task_id: str | None = None
    script_id: str = ""
    index: int = 0
    epoch: int = 0
    instruction: Instruction | None = None

    @property
    def fault(self) -> Fault | None:
        """What goes wrong with the call."""
        return None if self.instruction is None else self.instruction.fault


class Scripts:
    """The scripts of one mock. `account` None: those for every account."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def add(
        self,
        account: str | None,
        instructions: Iterable[Instruction],
        *,
        kind: Kind = "scenario",
        name: str = "",
        by_header: bool = False,
    ) -> Script:
        """Write a script; return it with its id. Raises ScriptError for what the server in front cannot do."""
        ordered = tuple(instructions)
        check_order(ordered)
        self._refuse_impossible(ordered)
        store = self._context.store
        with store.transaction():
            number = int(store.lever(account, COUNT) or 0) + 1
            store.set_lever(account, COUNT, str(number))
            script_id = f"{kind}-{'all' if account is None else account}-{number}"
            script = Script(
                id=script_id, account=account, instructions=ordered, kind=kind, name=name, by_header=by_header
            )
            store.scripts.add(script)
        return script

    def fail_next(self, account: str | None, rule: Mapping[str, Any]) -> Script:
        """Let coming calls of the account fail, as a rule says. Raises ScriptError with what would do."""
        return self.add(account, (read_rule(rule),), kind="fault")

    def _refuse_impossible(self, instructions: Sequence[Instruction]) -> None:
        for instruction in instructions:
            why = instruction.fault and why_not_on(self._context.setup.server, instruction.fault)
            if why:
                raise ScriptError(why)

    def remove(self, script_id: str, *, account: str | None = None) -> bool:
        """Forget a script; False if there was none. With `account` only one that is for exactly this account."""
        scripts = self._context.store.scripts
        with self._context.store.transaction():
            script = scripts.script(script_id)
            return script is not None and account in {None, script.account} and scripts.remove(script_id)

    def script(self, script_id: str, *, account: str | None = None) -> Script | None:
        """Return a script, or None; with `account` only one that its calls may follow."""
        with self._context.store.transaction():
            script = self._context.store.scripts.script(script_id)
        return script if script is None or account is None or _may_follow(script, account) else None

    def scripts(self, account: str | None, *, kind: Kind | None = None) -> Sequence[Script]:
        """Return the scripts of exactly this account, oldest first."""
        with self._context.store.transaction():
            found = self._context.store.scripts.scripts(account)
        return tuple(script for script in found if kind in {None, script.kind})

    def unconsumed(self, account: str | None) -> Sequence[tuple[Script, Progress]]:
        """Return what should have been consumed of the account's scripts and was not."""
        return tuple((script, row) for script in self.scripts(account) for row in unconsumed(script))

    def take(self, call: Call, *, route: str, slug: str | None = None, scenario_id: str | None = None) -> Taken | Reply:
        """Return what is scripted for a call, consumed by it; a refusal where it names a scenario that is none."""
        with self._context.store.transaction():
            task = self._task_of(call, route)
            account = _account_of(call, task)
            candidates = self._open_to(account)
            if scenario_id is not None:
                named = self._context.store.scripts.script(scenario_id)
                if named is None or not _may_follow(named, account):
                    return self._unknown(scenario_id, account)
                candidates = (named, *(script for script in candidates if script.id != named.id))
            slug = slug if task is None else task.slug
            taken = Taken(route=route, account=account, task_id=None if task is None else task.id)
            return self._consume(candidates, Facts(route=route, slug=slug), taken)

    def _open_to(self, account: str | None) -> Sequence[Script]:
        scripts = self._context.store.scripts
        own = () if account is None else scripts.open(account)
        return (*own, *scripts.open(None))

    def _consume(self, candidates: Sequence[Script], facts: Facts, taken: Taken) -> Taken:
        store = self._context.store
        for script in candidates:
            after, instruction = take(script, facts, seed=self._context.setup.seed)
            if after != script:
                store.scripts.save(after)
            if instruction is not None:
                index, epoch = script.open_at or 0, store.epoch(script.account)
                return replace(taken, script_id=script.id, index=index, epoch=epoch, instruction=instruction)
        return taken

    def _task_of(self, call: Call, route: str) -> Task | None:
        store = self._context.store
        if route == "get_result":
            return store.task(call.query.get("id", ""))
        if route == "sample":
            return store.task_of_sample(delivery.sample_key_in(call.path) or "")
        return None

    def _unknown(self, scenario_id: str, account: str | None) -> Reply:
        """Refuse a call that names no scenario: that it was not followed must not pass for a good day.  [ASSUMED]"""
        scripts = self._context.store.scripts
        own = () if account is None else scripts.scripts(account)
        known = [script.id for script in (*own, *scripts.scripts(None))]
        why = (
            f"{SCENARIO_HEADER.value} names no scenario of this account: {scenario_id[:80]!r}. "
            f"Known: {', '.join(known) or 'none'}; POST /_mock/scenarios makes one and returns its id."
        )
        body: dict[str, object] = {"detail": why}
        if self._context.dialect.error_envelope == "guide":
            body = {"error": "unknown_scenario", "message": why}
        return json_reply(400, body, headers=self._context.headers(None), why=why, account=account)

    def play(self, taken: Taken, call: Call, use_case: Callable[[Call], Reply]) -> Reply:
        """Return the answer of a use case as it is scripted: with an outcome, instead of it, or spoiled after it."""
        instruction = taken.instruction
        if instruction is None or instruction.passes:
            return use_case(call)
        if instruction.fault is None:
            return self._decided(taken, use_case(replace(call, scenario=instruction.outcome)))
        intact = use_case(call) if instruction.fault.runs_use_case else None
        spoiled = spoil(instruction.fault, intact, scene=self._scene(taken, call))
        idle = without_effect(instruction.fault, intact, spoiled, is_head=call.method == "HEAD")
        return replace(spoiled, notes=(*spoiled.notes, f"scripted by {taken.script_id}", *idle))

    def _decided(self, taken: Taken, reply: Reply) -> Reply:
        """Return the answer to a submit under an outcome; where it made no task the outcome is there for the next."""
        outcome = taken.instruction and taken.instruction.outcome
        note = f"scripted by {taken.script_id}: {outcome}"
        if reply.task_id is None:
            self._give_back(taken)
            note = f"not scripted by {taken.script_id}, which waits for a task: {outcome}"
        return replace(reply, notes=(*reply.notes, note))

    def _give_back(self, taken: Taken) -> None:
        """Let a script have its instruction again, if it was not reset since."""
        store = self._context.store
        with store.transaction():
            script = store.scripts.script(taken.script_id)
            if script is not None and store.epoch(script.account) == taken.epoch:
                store.scripts.save(give_back(script, taken.index))

    def _scene(self, taken: Taken, call: Call) -> Scene:
        context = self._context
        return Scene(
            route=taken.route,
            dialect=context.dialect,
            origin=call.origin,
            now_ms=context.now_ms(taken.account),
            account=taken.account,
            task_id=taken.task_id or call.query.get("id"),
            headers=context.headers(taken.account),
        )


def with_outcome(order: Order | Invalid | TooLarge, call: Call) -> Order | Invalid | TooLarge:
    """Return an order under the outcome that is scripted for its call; what is no order stays."""
    if call.scenario is None or not isinstance(order, Order):
        return order
    scenario = apply_settings(order.scenario, call.scenario)
    if isinstance(scenario, Misspelt):
        return misspelt(scenario, prompt=order.prompt)
    return replace(order, scenario=scenario)


def _account_of(call: Call, task: Task | None) -> str | None:
    """Return whose call it is: that of its key; who polls or downloads without one is known by the task."""
    checked = check_key(call.key, known=None)
    if isinstance(checked, KeyAccepted):
        return checked.account
    return None if task is None else task.account


def _may_follow(script: Script, account: str | None) -> bool:
    """Tell whether a call of an account may; one of which no account is known follows what is for every account."""
    return script.account in {None, account}
