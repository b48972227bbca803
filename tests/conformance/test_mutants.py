"""A check without a mutant is a guess: each check catches the wrong servers that it claims to catch."""

from __future__ import annotations

import pytest

from bfl_conformance import CATALOGUE, EXPECTATIONS, LawBroken, Verdict, run_check
from bfl_conformance.machine import search
from bfl_conformance.verdict import BROKEN
from tests.conformance.mutants.by_dialect import BY_DIALECT
from tests.conformance.mutants.by_price import BY_PRICE
from tests.conformance.mutants.by_reply import BY_REPLY
from tests.conformance.mutants.by_rule import BY_RULE
from tests.conformance.mutants.mutant import Mutant

MUTANTS = (*BY_DIALECT, *BY_PRICE, *BY_RULE, *BY_REPLY)
CHECKS = {check.id: check for check in CATALOGUE}
CLAIMS = [(mutant, check_id) for mutant in MUTANTS for check_id in mutant.caught_by]
# One mutant of each check in every run of the suite, all of them in the deep one.
FIRST = {check_id: mutant for mutant, check_id in reversed(CLAIMS)}
SEQUENCES = "BFL-SEQ-001"
# What sequences alone must find as well: of each kind of law one.
FOUND_BY_SEQUENCES = (
    "a slot is freed a second late",
    "25 active tasks",
    "megapixels rounded down",
    "more charged than shown",
    "a Ready task is Pending again",
    "another seed in the result",
    "se after 601 seconds",
    "the sample dies a millisecond late",
    "steps are not looked at",
    "progress falls",
)


@pytest.mark.parametrize(
    ("mutant", "check_id"),
    [
        pytest.param(
            mutant,
            check_id,
            id=f"{check_id}: {mutant.what}",
            marks=() if FIRST[check_id] is mutant else pytest.mark.deep,
        )
        for mutant, check_id in CLAIMS
    ],
)
def test_a_check_catches_the_mutant_that_it_claims(mutant: Mutant, check_id: str) -> None:
    check = CHECKS[check_id]
    result = run_check(check, mutant.target(), expectations=EXPECTATIONS["live"])
    assert result.verdict == BROKEN[check.level], result.reason


def test_every_check_has_a_mutant() -> None:
    claimed = {check_id for mutant in MUTANTS for check_id in mutant.caught_by}
    assert set(CHECKS) - claimed == {SEQUENCES}


def test_no_two_mutants_are_alike() -> None:
    names = [mutant.what for mutant in MUTANTS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("what", ["more charged than shown", "steps are not looked at"])
def test_sequences_find_a_mutant(what: str) -> None:
    target = _named(what).target()
    broken = search(lambda: target, expectations=EXPECTATIONS["live"], examples=25, is_shortened=False)
    assert isinstance(broken, LawBroken)


@pytest.mark.deep
def test_sequences_are_judged_by_a_check_like_any_other() -> None:
    mutant = _named("more charged than shown")
    result = run_check(CHECKS[SEQUENCES], mutant.target(), expectations=EXPECTATIONS["live"])
    assert result.verdict is Verdict.FAIL


@pytest.mark.deep
@pytest.mark.parametrize("what", FOUND_BY_SEQUENCES)
def test_sequences_find_a_mutant_of_each_kind(what: str) -> None:
    target = _named(what).target()
    broken = search(lambda: target, expectations=EXPECTATIONS["live"], examples=300, is_shortened=False)
    assert isinstance(broken, LawBroken)


def _named(what: str) -> Mutant:
    return next(mutant for mutant in MUTANTS if mutant.what == what)
