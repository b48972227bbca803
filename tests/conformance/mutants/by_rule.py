"""Mutants that follow one rule of a task otherwise: admission, observation, bodies, delivery."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from mock_bfl.contract import LimitClass, Model, statuses
from mock_bfl.core.admission import Admitted, Allowance, NoCredits, NoSlot
from mock_bfl.core.delivery import Expired, Forged, Fresh
from mock_bfl.core.rules import RULES
from mock_bfl.core.task import Observation, Task
from tests.conformance.mutants.mutant import Mutant

Body = dict[str, Any]


def allowing(*, active_tasks: int = 24, kontext_max: int = 6) -> Callable[..., Admitted | NoCredits | NoSlot]:
    allowance = Allowance(active_tasks=active_tasks, kontext_max=kontext_max)

    def admit(model: Model, **asked: Any) -> Admitted | NoCredits | NoSlot:
        return RULES.admit(model, **{**asked, "allowance": allowance})

    return admit


def kontext_max_blocks_all(model: Model, **asked: Any) -> Admitted | NoCredits | NoSlot:
    crowded = [task for task in asked["active"] if task.limit_class is LimitClass.KONTEXT_MAX]
    if len(crowded) >= 6:
        return NoSlot(6, LimitClass.KONTEXT_MAX, (), None, asked["now_ms"])
    return RULES.admit(model, **asked)


def observing(change: Callable[[Task, int, Observation], Observation]) -> Callable[..., Observation]:
    def observe(task: Task, *, now_ms: int, polls: int = 0) -> Observation:
        return change(task, now_ms, RULES.observe(task, now_ms=now_ms, polls=polls))

    return observe


def goes_back(task: Task, now_ms: int, true: Observation) -> Observation:
    long_after = task.settles_at_ms is not None and now_ms > task.settles_at_ms + 20_000
    return Observation(statuses.PENDING, None, is_settled=False) if long_after else true


def is_lost(task: Task, now_ms: int, true: Observation) -> Observation:
    return Observation(statuses.TASK_NOT_FOUND, None, is_settled=True) if now_ms > task.created_at_ms + 4000 else true


def changes_its_mind(task: Task, now_ms: int, true: Observation) -> Observation:
    return replace(true, status=statuses.ERROR) if goes_back(task, now_ms, true) is not true else true


def progress_falls(task: Task, now_ms: int, true: Observation) -> Observation:
    return true if true.progress is None else replace(true, progress=round(1.0 - true.progress, 3))


def progress_beyond_all(task: Task, now_ms: int, true: Observation) -> Observation:
    return true if true.progress is None else replace(true, progress=true.progress * 1000)


def progress_for_all(task: Task, now_ms: int, true: Observation) -> Observation:
    return true if true.is_settled else replace(true, progress=0.5)


def ready_before_the_slot_is_free(task: Task, *, now_ms: int, polls: int = 0) -> Observation:
    return RULES.observe(task, now_ms=now_ms + 1000, polls=polls)


def poll_body(change: Callable[[Body], Body]) -> Callable[..., Body]:
    def body(task: Task, seen: Observation, **told: Any) -> Body:
        return change(RULES.poll_body(task, seen, **told))

    return body


def submit_body(change: Callable[[Body], Body]) -> Callable[..., Body]:
    def body(task: Task, **told: Any) -> Body:
        return change(RULES.submit_body(task, **told))

    return body


def in_result(change: Callable[[Body], Body]) -> Callable[..., Body]:
    return poll_body(lambda body: body if body["result"] is None else {**body, "result": change(body["result"])})


def without(name: str) -> Callable[[Body], Body]:
    return lambda body: {key: value for key, value in body.items() if key != name}


def backwards(body: Body) -> Body:
    return dict(reversed(body.items()))


def moderated_with_a_sample(body: Body) -> Body:
    return {**body, "result": {"sample": "http://127.0.0.1/x"}} if "Moderated" in body["status"] else body


def sample_by_clock(shift_ms: int) -> Callable[..., Fresh | Expired | Forged]:
    """Return a check of samples whose clock is wrong by `shift_ms`."""

    def check(path: str, query: Mapping[str, str], *, now_ms: int, secret: bytes) -> Fresh | Expired | Forged:
        return RULES.check_sample(path, query, now_ms=now_ms + shift_ms, secret=secret)

    return check


def believing(path: str, query: Mapping[str, str], *, now_ms: int, secret: bytes) -> Fresh | Expired | Forged:
    verdict = RULES.check_sample(path, query, now_ms=now_ms, secret=secret)
    return Fresh() if isinstance(verdict, Forged) else verdict


def expiring(change: Callable[[int, int], int]) -> Callable[..., int]:
    """Return an expiry from the true one and the instant of signing."""

    def expires_at_ms(task: Task, *, now_ms: int, **told: Any) -> int:
        return change(RULES.expires_at_ms(task, now_ms=now_ms, **told), now_ms)

    return expires_at_ms


def ten_minutes_after_now(_: int, now_ms: int) -> int:
    return (now_ms // 1000 - 1) * 1000 + 600_000


LIMITS = (
    Mutant(what="25 active tasks", caught_by=("BFL-LIMIT-001",), rules=replace(RULES, admit=allowing(active_tasks=25))),
    Mutant(what="23 active tasks", caught_by=("BFL-LIMIT-001",), rules=replace(RULES, admit=allowing(active_tasks=23))),
    Mutant(
        what="a slot is freed a second late",
        caught_by=("BFL-LIMIT-001", "BFL-LIMIT-002"),
        rules=replace(RULES, observe=ready_before_the_slot_is_free),
    ),
    Mutant(
        what="7 active tasks of kontext-max",
        caught_by=("BFL-LIMIT-002",),
        rules=replace(RULES, admit=allowing(kontext_max=7)),
    ),
    Mutant(
        what="5 active tasks of kontext-max",
        caught_by=("BFL-LIMIT-002",),
        rules=replace(RULES, admit=allowing(kontext_max=5)),
    ),
    Mutant(
        what="six of kontext-max keep all models out",
        caught_by=("BFL-LIMIT-003",),
        rules=replace(RULES, admit=kontext_max_blocks_all),
    ),
)


LIVES = (
    Mutant(
        what="a Ready task is Pending again",
        caught_by=("BFL-LIFE-001", "BFL-LIFE-009"),
        rules=replace(RULES, observe=observing(goes_back)),
    ),
    Mutant(
        what="a Ready task becomes an Error",
        caught_by=("BFL-LIFE-001",),
        rules=replace(RULES, observe=observing(changes_its_mind)),
    ),
    Mutant(
        what="an accepted task is lost",
        caught_by=("BFL-LIFE-001",),
        rules=replace(RULES, observe=observing(is_lost)),
    ),
    Mutant(
        what="a word that nobody knows",
        caught_by=("BFL-LIFE-001",),
        rules=replace(RULES, poll_body=poll_body(lambda body: {**body, "status": body["status"].lower()})),
    ),
    Mutant(
        what="a poll of another task",
        caught_by=("BFL-LIFE-001",),
        rules=replace(RULES, poll_body=poll_body(lambda body: {**body, "id": "another"})),
    ),
    Mutant(
        what="progress falls",
        caught_by=("BFL-LIFE-002",),
        rules=replace(RULES, observe=observing(progress_falls)),
    ),
    Mutant(
        what="progress beyond 100 per cent",
        caught_by=("BFL-LIFE-002",),
        rules=replace(RULES, observe=observing(progress_beyond_all)),
    ),
    Mutant(
        what="progress for FLUX.2",
        caught_by=("BFL-LIFE-006",),
        rules=replace(RULES, observe=observing(progress_for_all)),
    ),
    Mutant(
        what="a poll without preview",
        caught_by=("BFL-LIFE-003",),
        rules=replace(RULES, poll_body=poll_body(without("preview"))),
    ),
    Mutant(
        what="a poll with a seventh key",
        caught_by=("BFL-LIFE-003",),
        rules=replace(RULES, poll_body=poll_body(lambda body: {**body, "queue_position": 1})),
    ),
    Mutant(
        what="poll keys backwards",
        caught_by=("BFL-LIFE-006",),
        rules=replace(RULES, poll_body=poll_body(backwards)),
    ),
    Mutant(
        what="another seed in the result",
        caught_by=("BFL-LIFE-004",),
        rules=replace(RULES, poll_body=in_result(lambda result: {**result, "seed": result["seed"] + 1})),
    ),
    Mutant(
        what="Ready without a sample",
        caught_by=("BFL-LIFE-004",),
        rules=replace(RULES, poll_body=in_result(without("sample"))),
    ),
    Mutant(
        what="a moderated task with a sample",
        caught_by=("BFL-LIFE-009",),
        rules=replace(RULES, poll_body=poll_body(moderated_with_a_sample)),
    ),
    Mutant(
        what="no polling_url",
        caught_by=("BFL-SUB-001",),
        rules=replace(RULES, submit_body=submit_body(without("polling_url"))),
    ),
    Mutant(
        what="polling_url without the id",
        caught_by=("BFL-SUB-001",),
        rules=replace(
            RULES,
            submit_body=submit_body(
                lambda body: {**body, "polling_url": body["polling_url"].replace("?id=", "?request=")}
            ),
        ),
    ),
    Mutant(
        what="one id for all",
        caught_by=("BFL-SUB-001",),
        rules=replace(
            RULES, submit_body=submit_body(lambda body: {**body, "id": "a2814211-296c-4353-87b7-97e9b0bb9c1f"})
        ),
    ),
    Mutant(
        what="reply keys backwards",
        caught_by=("BFL-SUB-002",),
        rules=replace(RULES, submit_body=submit_body(backwards)),
    ),
)


DELIVERIES = (
    Mutant(
        what="the sample dies a millisecond late",
        caught_by=("BFL-DELIV-002",),
        rules=replace(RULES, check_sample=sample_by_clock(-1)),
    ),
    Mutant(
        what="the sample dies a millisecond early",
        caught_by=("BFL-DELIV-002",),
        rules=replace(RULES, check_sample=sample_by_clock(1)),
    ),
    Mutant(
        what="se after 601 seconds",
        caught_by=("BFL-DELIV-003",),
        rules=replace(RULES, expires_at_ms=expiring(lambda true, _: true + 1000)),
    ),
    Mutant(
        what="se after 599 seconds",
        caught_by=("BFL-DELIV-003",),
        rules=replace(RULES, expires_at_ms=expiring(ten_minutes_after_now)),
    ),
    Mutant(
        what="any signature will do",
        caught_by=("BFL-DELIV-004",),
        rules=replace(RULES, check_sample=believing),
    ),
)


BY_RULE = (*LIMITS, *LIVES, *DELIVERIES)
