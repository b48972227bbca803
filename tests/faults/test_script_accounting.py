"""Every matching call consumes exactly one instruction, in order; what is consumed and what is left always add up."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from mock_bfl.core.faults import Fault
from mock_bfl.core.script import (
    ROUTES,
    Facts,
    Instruction,
    Match,
    Script,
    check_order,
    leftover,
    matches,
    progress,
    take,
    unconsumed,
)
from mock_bfl.errors import ScriptError

SLUGS = ("flux-2-pro", "flux-dev")
MATCHES = st.builds(Match, route=st.none() | st.sampled_from(ROUTES[:2]), slug=st.none() | st.sampled_from(SLUGS))
INSTRUCTIONS = st.builds(
    Instruction,
    match=MATCHES,
    fault=st.just(Fault(status=503)),
    times=st.integers(1, 3),
    probability=st.sampled_from((1.0, 1.0, 0.5)),
)
CALLS = st.lists(st.builds(Facts, route=st.sampled_from(ROUTES[:2]), slug=st.sampled_from(SLUGS)), max_size=30)
A_POLL = Facts(route="get_result")


def script_of(*instructions: Instruction, **facts: Any) -> Script:
    return Script(id="s", account="a", instructions=instructions, **facts)


def failing(**settings: Any) -> Instruction:
    return Instruction(fault=Fault(status=503), **settings)


@given(st.lists(INSTRUCTIONS, min_size=1, max_size=5), CALLS, st.booleans())
def test_consumed_and_left_add_up_whatever_is_called(
    instructions: list[Instruction],
    calls: list[Facts],
    endless: bool,
) -> None:
    if endless:
        instructions[-1] = failing(times=None)
    script, taken = script_of(*instructions), []
    for facts in calls:
        at = script.position
        script, instruction = take(script, facts, seed=0)
        if instruction is not None:
            assert instruction is instructions[at], "only the open instruction is consumed"
            assert matches(instruction.match, facts)
            taken.append(at)
    assert taken == sorted(taken)
    assert [row.consumed for row in progress(script)] == [taken.count(index) for index in range(len(instructions))]
    for row, instruction in zip(progress(script), instructions, strict=True):
        assert row.left == (None if instruction.times is None else instruction.times - row.consumed)


@given(st.lists(INSTRUCTIONS, min_size=1, max_size=4), CALLS, st.integers(0, 3))
def test_a_script_of_one_seed_strikes_the_same_calls_again(
    instructions: list[Instruction], calls: list[Facts], seed: int
) -> None:
    def run() -> list[bool]:
        script, struck = script_of(*instructions), []
        for facts in calls:
            script, instruction = take(script, facts, seed=seed)
            struck.append(instruction is not None)
        return struck

    assert run() == run()


def test_probability_strikes_its_share_and_depends_on_the_seed() -> None:
    def struck(seed: int) -> list[bool]:
        script, hits = script_of(failing(times=None, probability=0.3)), []
        for _ in range(400):
            script, instruction = take(script, A_POLL, seed=seed)
            hits.append(instruction is not None)
        return hits

    assert 80 < sum(struck(1)) < 160
    assert struck(1) != struck(2)


def test_a_call_that_the_dice_spare_is_not_counted() -> None:
    script = script_of(failing(times=5, probability=0.0001))
    after, instruction = take(script, A_POLL, seed=0)
    assert (instruction, after.draws, progress(after)[0].left) == (None, 1, 5)


@pytest.mark.parametrize("route", [route for route in ROUTES if route not in {"submit", "get_result", "sample"}])
def test_a_match_that_no_call_can_meet_is_refused(route: str) -> None:
    with pytest.raises(ScriptError, match=f"No call of {route} has a model"):
        Match(route=route, slug="flux-2-pro")


@pytest.mark.parametrize("route", [None, "submit", "get_result", "sample"])
def test_a_model_can_be_matched_where_a_call_has_one(route: str | None) -> None:
    assert matches(Match(route=route, slug="flux-dev"), Facts(route=route or "submit", slug="flux-dev"))


def test_a_call_for_a_later_instruction_waits_for_the_earlier_one() -> None:
    script = script_of(failing(match=Match(route="submit")), failing(match=Match(route="get_result")))
    assert take(script, A_POLL, seed=0) == (script, None)


def test_a_script_at_its_end_takes_nothing() -> None:
    script = script_of(failing(), position=1)
    assert take(script, A_POLL, seed=0) == (script, None)


def test_an_outcome_waits_for_a_submit() -> None:
    script = script_of(Instruction(outcome="status=Error"))
    assert take(script, A_POLL, seed=0) == (script, None)
    assert take(script, Facts(route="submit"), seed=0)[1] is script.instructions[0]


def test_an_instruction_without_end_is_the_last() -> None:
    with pytest.raises(ScriptError, match="Instruction 1 has no end"):
        check_order((failing(times=None), failing()))
    with pytest.raises(ScriptError, match="at least one"):
        check_order(())
    check_order((failing(), failing(times=None)))


def test_only_what_had_to_be_used_counts_as_unconsumed() -> None:
    script = script_of(failing(times=2), failing(times=3, probability=0.5), failing(times=None), used=1)
    assert [row.left for row in unconsumed(script)] == [1]


def test_what_is_left_over_is_said_in_words() -> None:
    instructions = (failing(times=2, match=Match(route="submit", slug="flux-dev")), Instruction(passes=True))
    script = script_of(*instructions, name="a bad day")
    assert [leftover(script, row) for row in unconsumed(script)] == [
        "s (a bad day): status=503 on flux-dev submit, 2 of 2 left",
        "s (a bad day): a call that passes on any route, 1 of 1 left",
    ]


def test_a_script_survives_json() -> None:
    script = script_of(
        failing(times=None), Instruction(outcome="status=Error"), position=1, used=2, draws=3, by_header=True
    )
    adapter = TypeAdapter(Script)
    assert adapter.validate_json(adapter.dump_json(script)) == script
