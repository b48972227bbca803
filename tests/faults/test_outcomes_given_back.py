"""An outcome is consumed by the task that it decides: a submit that makes no task gives it back."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_bfl.core.faults import Fault
from mock_bfl.core.reply import Reply
from mock_bfl.core.rule import read_rule
from mock_bfl.core.script import Facts, Instruction, Script, give_back, progress, take, unconsumed
from mock_bfl.engine import Call, account_of
from mock_bfl.engine.scripts import Taken
from tests.web.mock import Mock, json_of, new_mock
from tests.web.wire import KEY

FAILS = {"outcome": "status=Error after=0s"}
MODERATED = {"outcome": 'status="Content Moderated" after=0s'}
SUBMIT = Facts(route="submit")


@pytest.fixture
def mock() -> Mock:
    return new_mock(speed=0)


def script(mock: Mock, *rules: dict[str, Any], **settings: Any) -> Script:
    return mock.engine.scripts.add(account_of(KEY), [read_rule(rule) for rule in rules], **settings)


def left(mock: Mock) -> int:
    return sum(row.left or 0 for _, row in mock.engine.scripts.unconsumed(account_of(KEY)))


def ending(mock: Mock) -> str:
    """Submit and return what the poll says."""
    status: str = mock.poll(mock.submit())["status"]
    return status


REFUSALS: dict[str, dict[str, Any]] = {
    "a wrong field": {"width": 10},
    "a prompt that contradicts it": {"prompt": "a [mock: webhook=before_reply]"},
}


@pytest.mark.parametrize("fields", REFUSALS.values(), ids=REFUSALS)
def test_a_submit_that_is_refused_leaves_the_outcome_to_the_next(mock: Mock, fields: dict[str, Any]) -> None:
    script(mock, {"outcome": "status=Error after=5s"})
    assert mock.submit(**fields).status_code == 422
    assert left(mock) == 1
    mock.submit()
    assert left(mock) == 0


@pytest.mark.parametrize(("change", "status"), [({"balance_credits": 0}, 402), ({"active_tasks": 0}, 429)])
def test_an_account_that_cannot_pay_or_has_no_slot_leaves_it_too(
    mock: Mock, change: dict[str, Any], status: int
) -> None:
    headers = {"x-key": KEY}
    mock.client.post("/_mock/account", json=change, headers=headers)
    script(mock, FAILS)
    assert mock.submit().status_code == status
    assert left(mock) == 1
    mock.client.post("/_mock/account", json={"balance_credits": 1000, "active_tasks": 24}, headers=headers)
    assert ending(mock) == "Error"
    assert left(mock) == 0


def test_the_journal_says_that_it_waits(mock: Mock) -> None:
    made = script(mock, FAILS)
    mock.submit(width=10)
    (row,) = mock.engine.control.journal(account_of(KEY))
    assert row.notes == (f"not scripted by {made.id}, which waits for a task: {FAILS['outcome']}",)


def test_what_comes_after_it_waits_with_it(mock: Mock) -> None:
    script(mock, FAILS, MODERATED)
    mock.submit(width=10)
    assert [ending(mock) for _ in range(3)] == ["Error", "Content Moderated", "Ready"]


def test_a_fault_that_struck_a_refused_submit_is_consumed(mock: Mock) -> None:
    script(mock, {"fault": {"keep": 0.5}})
    assert mock.submit(width=10).status_code == 422
    assert left(mock) == 0


@pytest.mark.parametrize("rule", [{"passes": True}, FAILS], ids=["another", "the same"])
@pytest.mark.parametrize("whose", [KEY, None])
def test_a_script_that_was_reset_meanwhile_gets_nothing_back(
    mock: Mock, rule: dict[str, Any], whose: str | None
) -> None:
    """Its id is that of the next script of the account."""
    script(mock, FAILS)
    scripts = mock.engine.scripts
    call = Call(method="POST", path="/v1/flux-2-pro", origin="http://mock", key=KEY)
    taken = scripts.take(call, route="submit", slug="flux-2-pro")
    assert isinstance(taken, Taken)

    refusal = mock.engine.generation.submit("flux-2-pro", call)

    def refuse_after_a_reset(_: Call) -> Reply:
        mock.engine.control.reset(whose and account_of(whose))
        assert script(mock, rule).id == taken.script_id
        mock.submit()
        return refusal

    scripts.play(taken, call, refuse_after_a_reset)
    assert left(mock) == 0


def test_eight_threads_whose_every_other_submit_is_refused_bring_each_outcome_about_once(mock: Mock) -> None:
    script(mock, {"outcome": "status=Pending", "times": 12})
    start = threading.Barrier(8)

    def run() -> None:
        start.wait(10)
        for number in range(10):
            mock.submit(width=10 if number % 2 else 256)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for _ in range(left(mock)):
        mock.submit()
    stuck = [task for task in mock.engine.context.store.tasks(account_of(KEY)) if task.settles_at_ms is None]
    assert (len(stuck), left(mock)) == (12, 0)


def test_a_scenario_shows_how_often_an_outcome_came_about(mock: Mock) -> None:
    made = script(mock, {**FAILS, "times": 2}, {"passes": True}, by_header=True)
    headers = {"x-key": KEY, "X-Mock-BFL-Scenario": made.id}
    for width in (256, 10):
        mock.client.post("/v1/flux-2-pro", json={"prompt": "a", "width": width}, headers=headers)
    shown = json_of(mock.client.get(f"/_mock/scenarios/{made.id}", headers=headers))
    assert [(row["consumed"], row["left"]) for row in shown["instructions"]] == [(1, 1), (0, 1)]


INSTRUCTIONS = st.lists(
    st.builds(Instruction, outcome=st.just("status=Error"), times=st.integers(1, 3)), min_size=1, max_size=4
)


@given(INSTRUCTIONS, st.lists(st.booleans(), max_size=40))
def test_each_outcome_comes_about_as_often_as_it_says_and_in_order(
    instructions: list[Instruction], accepted: list[bool]
) -> None:
    script, happened = Script(id="s", account="a", instructions=tuple(instructions)), []
    for is_accepted in accepted:
        index, (script, instruction) = script.open_at, take(script, SUBMIT, seed=0)
        if instruction is None:
            continue
        assert index is not None
        if is_accepted:
            happened.append(index)
        else:
            script = give_back(script, index)
    assert happened == sorted(happened)
    assert [row.consumed for row in progress(script)] == [happened.count(at) for at in range(len(instructions))]


@given(INSTRUCTIONS, st.lists(st.integers(0, 7), max_size=40))
def test_what_is_on_its_way_at_once_may_come_back_in_any_order(
    instructions: list[Instruction], steps: list[int]
) -> None:
    """Each step takes an outcome, or gives back the one that was taken so many steps ago."""
    script, out = Script(id="s", account="a", instructions=tuple(instructions)), list[int]()
    for step in steps:
        if step < len(out):
            script = give_back(script, out.pop(step))
        elif (index := script.open_at) is not None:
            out.append(index)
            script, _ = take(script, SUBMIT, seed=0)
    assert [row.consumed for row in progress(script)] == [out.count(at) for at in range(len(instructions))]
    assert sum(row.left or 0 for row in unconsumed(script)) == sum(each.times or 0 for each in instructions) - len(out)


def test_nothing_is_given_back_that_was_not_taken() -> None:
    fresh = Script(id="s", account="a", instructions=(Instruction(outcome="status=Error"),) * 2)
    once, _ = take(fresh, SUBMIT, seed=0)
    for script, index in ((fresh, 0), (fresh, 1), (fresh, 7), (give_back(once, 0), 0)):
        assert give_back(script, index) == script


def test_a_script_without_end_counts_one_less() -> None:
    endless = Script(id="s", account="a", instructions=(Instruction(outcome="status=Error", times=None),))
    twice = take(take(endless, SUBMIT, seed=0)[0], SUBMIT, seed=0)[0]
    assert progress(give_back(twice, 0))[0].consumed == 1


def test_a_script_that_got_something_back_is_not_at_its_end() -> None:
    script = Script(id="s", account="a", instructions=(Instruction(fault=Fault(status=503)),))
    after, _ = take(script, SUBMIT, seed=0)
    assert (after.open_at, give_back(after, 0).open_at) == (None, 0)
