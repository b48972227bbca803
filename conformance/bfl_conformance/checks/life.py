"""The life of a task, from its first poll to its end."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from bfl_conformance.bodies import minimal_body, scripted
from bfl_conformance.errors import Inconclusive
from bfl_conformance.observation import Polled, Refused
from bfl_conformance.probe import Probe
from bfl_conformance.target import Need
from bfl_conformance.verdict import Level
from mock_bfl.contract import endpoints, statuses
from mock_bfl.contract.sources import Certainty, cite

from .check import Check
from .wording import differs

_CHEAP = "flux-2-klein-4b"
_NOBODYS = "00000000-0000-4000-8000-000000000000"
_LONG_AFTER_S = 30.0


def _one_of_each_family(probe: Probe) -> Iterator[str]:
    slow = "flux-pro-1.1"
    for model in (_CHEAP, slow):
        task = probe.accepted(model, {**minimal_body(model), "seed": 42})
        probe.settled(task)
        for _ in range(3):
            probe.target.advance(seconds=_LONG_AFTER_S)
            probe.poll(task)
    yield from ()


def _first_poll(probe: Probe) -> Iterator[str]:
    task = probe.accepted(_CHEAP, minimal_body(_CHEAP))
    probe.poll(task)
    probe.look_for(task.task_id)
    yield from ()


def _without_a_key(probe: Probe) -> Iterator[str]:
    seen = probe.look(probe.accepted(_CHEAP, minimal_body(_CHEAP)), key="")
    if isinstance(seen, Refused):
        yield f"a poll without a key was refused with {seen.reply.status_code}: {seen.reply.excerpt()}"


def _nobodys_task(probe: Probe) -> Iterator[str]:
    seen = probe.look_for(_NOBODYS)
    if isinstance(seen, Polled):
        if seen.status != statuses.TASK_NOT_FOUND:
            yield f"an id that nobody was given is {seen.status!r}"
    else:
        yield from differs(
            seen.reply,
            "task_not_found",
            status=lambda dialect: dialect.task_not_found_status,
            expectations=probe.expectations,
        )


def _moderated(probe: Probe) -> Iterator[str]:
    for word in (statuses.REQUEST_MODERATED, statuses.CONTENT_MODERATED):
        yield from _scripted_end(probe, word)


def _failed(probe: Probe) -> Iterator[str]:
    yield from _scripted_end(probe, statuses.ERROR)


def _scripted_end(probe: Probe, word: str) -> Iterator[str]:
    """Yield a complaint unless a task scripted to end with `word` does, or with Error where the dialect lacks it."""
    task = probe.accepted(_CHEAP, minimal_body(_CHEAP, prompt=scripted(word)))
    seen = probe.settled(task)
    if seen.status == statuses.READY:
        raise Inconclusive(f"the target ignored the directive for {word}")
    permitted = {word} & probe.expectations.words or {statuses.ERROR}
    if probe.expectations.agree(lambda dialect: dialect.statuses == "eight") and seen.status not in permitted:
        yield f"a task scripted as {word!r} ended {seen.status!r}"
    probe.target.advance(seconds=_LONG_AFTER_S)
    probe.poll(task)


_CLOCK = frozenset({Need.CLOCK})
_SCRIPT = frozenset({Need.CLOCK, Need.DIRECTIVES})
_BOTH_FAMILIES = Decimal("5.4")

LIFE_CHECKS = (
    Check(
        id="BFL-LIFE-001",
        sentence="A status is a known word, never goes back, and stays once it is terminal; the task is found.",
        level=Level.MUST,
        cite=cite("OAS, KAIBO, GUIDE", Certainty.SPEC),
        story=_one_of_each_family,
        laws=(
            "status-is-known",
            "terminal-status-stays",
            "accepted-task-is-found",
            "poll-has-the-http-status-of-its-word",
            "poll-speaks-of-its-task",
        ),
        needs=_CLOCK,
        price_credits=_BOTH_FAMILIES,
    ),
    Check(
        id="BFL-LIFE-002",
        sentence="Progress is null or a share, and never falls but to null.",
        level=Level.MUST,
        cite=cite("OAS, CASS", Certainty.RECORDED),
        story=_one_of_each_family,
        laws=("progress-is-a-share", "progress-never-falls"),
        needs=_CLOCK,
        price_credits=_BOTH_FAMILIES,
    ),
    Check(
        id="BFL-LIFE-003",
        sentence="A poll body has exactly the six keys, null where empty (live).",
        level=Level.MUST,
        cite=endpoints.GET_RESULT.cite,
        story=_first_poll,
        laws=("poll-has-six-keys",),
        price_credits=Decimal("1.4"),
    ),
    Check(
        id="BFL-LIFE-004",
        sentence="A Ready task brings a sample and the seed that was asked for; nothing else has a result.",
        level=Level.MUST,
        cite=cite("CASS, GUIDE", Certainty.RECORDED),
        story=_one_of_each_family,
        laws=("ready-brings-a-sample", "seed-is-echoed", "only-ready-has-a-result"),
        needs=_CLOCK,
        price_credits=_BOTH_FAMILIES,
    ),
    Check(
        id="BFL-LIFE-005",
        sentence="A later poll of a Ready task shows the same result.",
        level=Level.SHOULD,
        cite=cite("LIVE-UPS", Certainty.INFERRED),
        story=_one_of_each_family,
        laws=("result-stays-the-same",),
        needs=_CLOCK,
        price_credits=_BOTH_FAMILIES,
    ),
    Check(
        id="BFL-LIFE-006",
        sentence="Polls are as recorded: order of keys, keys of the result, progress by family, rate headers.",
        level=Level.OBSERVED,
        cite=cite("CASS", Certainty.RECORDED),
        story=_one_of_each_family,
        laws=(
            "poll-keys-are-in-order",
            "result-has-the-recorded-keys",
            "progress-follows-the-family",
            "poll-has-the-recorded-headers",
        ),
        needs=_CLOCK,
        price_credits=_BOTH_FAMILIES,
    ),
    Check(
        id="BFL-LIFE-007",
        sentence="An id that nobody was given is 'Task not found', with HTTP 404 (any: or 200).",
        level=Level.MUST,
        cite=cite("OAS, LIVE-UPS", Certainty.SEEN),
        story=_nobodys_task,
        laws=("poll-has-the-http-status-of-its-word",),
    ),
    Check(
        id="BFL-LIFE-008",
        sentence="A poll needs no key.",
        level=Level.SHOULD,
        cite=cite("OAS", Certainty.SPEC, "no security on get_result; all samples send the key"),
        story=_without_a_key,
        price_credits=Decimal("1.4"),
    ),
    Check(
        id="BFL-LIFE-009",
        sentence="A moderated task ends with its status, without a sample, and stays so.",
        level=Level.MUST,
        cite=cite("OAS, DOCS-ERR", Certainty.SPEC),
        story=_moderated,
        laws=("only-ready-has-a-result", "terminal-status-stays", "status-is-known"),
        needs=_SCRIPT,
        price_credits=Decimal("2.8"),
    ),
    Check(
        id="BFL-LIFE-010",
        sentence="A moderated or failed task says why.",
        level=Level.SHOULD,
        cite=cite("DOCS-ERR, VERCEL, GUIDE", Certainty.DOCS),
        story=lambda probe: (*_moderated(probe), *_failed(probe)),
        laws=("moderation-is-explained", "error-is-explained"),
        needs=_SCRIPT,
        price_credits=Decimal("4.2"),
    ),
)
