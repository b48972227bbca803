"""Levers of accounts and tasks: balances, limits, who holds the slots, what was decided, how the mock is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from flask import request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic_core import to_jsonable_python

from mock_bfl.core.keys import KeyRefused
from mock_bfl.core.whole import WHOLE
from mock_bfl.engine import Engine
from mock_bfl.engine.oversight import AccountDetail, AccountSummary, Change, State, TaskDetail, TaskSummary

from .routing import Json, Lever, Refused, account_asked

_MOST_CREDITS = 10**12
_MOST_TASKS = 1_000_000
_YEAR_MS = 366 * 24 * 3600 * 1000


def _without_noise(credits: Decimal) -> Decimal:
    """Return credits with at most six decimals: beyond them is what a binary float brings."""
    exponent = credits.as_tuple().exponent
    return round(credits, 6) if isinstance(exponent, int) and exponent < -6 else credits


_CREDITS_SCHEMA: Json = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": _MOST_CREDITS},
        {"type": "string", "pattern": r"^[0-9]{1,12}(\.[0-9]+)?$"},
    ]
}
_Credits = Annotated[
    Decimal,
    Field(ge=0, le=_MOST_CREDITS),
    AfterValidator(_without_noise),
    WithJsonSchema(_CREDITS_SCHEMA),
]


class AccountChange(BaseModel):
    """What POST /_mock/account takes. Only `tick_per_poll_ms` can be set for all accounts, without an x-key."""

    model_config = ConfigDict(extra="forbid")

    balance_credits: _Credits | None = None
    active_tasks: Annotated[int, Field(ge=0, le=_MOST_TASKS), WHOLE] | None = None
    kontext_max: Annotated[int, Field(ge=0, le=_MOST_TASKS), WHOLE] | None = None
    tick_per_poll_ms: Annotated[int, Field(ge=0, le=_YEAR_MS), WHOLE] | None = None


class TasksQuery(BaseModel):
    """What GET /_mock/tasks takes: `settled` leaves out the others."""

    model_config = ConfigDict(extra="forbid")

    settled: bool | None = None


@dataclass(frozen=True, slots=True)
class AccountList:
    """What GET /_mock/accounts answers."""

    accounts: list[AccountSummary]


@dataclass(frozen=True, slots=True)
class TaskList:
    """What GET /_mock/tasks answers."""

    tasks: list[TaskSummary]


@dataclass(frozen=True, slots=True)
class TickOfAll:
    """What POST /_mock/account answers without an x-key."""

    tick_per_poll_ms: int | None


def account_levers(engine: Engine) -> tuple[Lever, ...]:
    """Return the levers."""
    return (*_accounts(engine), *_tasks(engine))


def _accounts(engine: Engine) -> tuple[Lever, ...]:
    oversight = engine.oversight

    def accounts() -> Json:
        return as_json(AccountList(list(oversight.accounts(account_asked()))))

    def account() -> Json:
        return as_json(oversight.account(_entered(engine)))

    def change(body: AccountChange) -> Json:
        if account_asked() is None:
            return _change_all(engine, body)
        entered = _entered(engine)
        oversight.change(entered, Change(**body.model_dump()))
        return as_json(oversight.account(entered))

    return (
        Lever(method="GET", path="/accounts", about="Lists the accounts.", view=accounts, answer=AccountList),
        Lever(method="GET", path="/account", about="Shows the key's account.", view=account, answer=AccountDetail),
        Lever(
            method="POST",
            path="/account",
            about="Sets balance, limits and clock ticks of the key's account.",
            view=change,
            body=AccountChange,
            answer=AccountDetail | TickOfAll,
        ),
    )


def _tasks(engine: Engine) -> tuple[Lever, ...]:
    oversight = engine.oversight

    def tasks(query: TasksQuery) -> Json:
        return as_json(TaskList(list(oversight.tasks(account_asked(), is_settled=query.settled))))

    def task(task_id: str) -> Json:
        found = oversight.task(task_id, account=account_asked())
        if found is None:
            whose = "with its own x-key or without one" if account_asked() else "after the last reset"
            raise Refused(404, f"No task of this id here; GET /_mock/tasks lists those there are, {whose}.")
        return as_json(found)

    def state() -> Json:
        return as_json(oversight.state(account_asked()))

    return (
        Lever(method="GET", path="/tasks", about="Lists the tasks.", view=tasks, query=TasksQuery, answer=TaskList),
        Lever(
            method="GET",
            path="/tasks/<task_id>",
            about="Shows all that is decided about a task.",
            view=task,
            answer=TaskDetail,
        ),
        Lever(method="GET", path="/state", about="Shows how the mock is, in one view.", view=state, answer=State),
    )


def as_json(value: object) -> Json:
    """Return a dataclass as the JSON that its schema in `/openapi.json` describes: money as text."""
    shown: Json = to_jsonable_python(value)
    return shown


def _entered(engine: Engine) -> str:
    """Return the account of the request's x-key, opened if it is new. Raises Refused without one that opens one."""
    key = request.headers.get("x-key")
    if key is None:
        raise Refused(400, "Which account? Send its x-key; GET /_mock/accounts lists all of them.")
    entered = engine.oversight.enter(key)
    if isinstance(entered, KeyRefused):
        raise Refused(400, entered.why())
    return entered


def _change_all(engine: Engine, body: AccountChange) -> Json:
    own = [name for name in ("balance_credits", "active_tasks", "kontext_max") if getattr(body, name) is not None]
    if own:
        raise Refused(400, f"{', '.join(own)}: of which account? Send its x-key.")
    engine.oversight.set_tick(None, body.tick_per_poll_ms)
    return as_json(TickOfAll(body.tick_per_poll_ms))
