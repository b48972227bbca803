"""The mock's function lies inside the oracle's relation, in each dialect; and the dialects are told apart."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bfl_conformance import CATALOGUE, EXPECTATIONS, Check, Probe, Refused, Submitted, Verdict, run_check
from bfl_conformance.machine import search
from bfl_conformance.strategies import faulty_bodies, models, valid_bodies
from mock_bfl.contract import DIALECTS
from tests.conformance.in_process import InProcessTarget, mock_target

DIRECT = [check for check in CATALOGUE if check.id != "BFL-SEQ-001"]
# Which mock is held to what.
PAIRS = [("live", "live"), ("guide", "guide"), ("live", "any"), ("guide", "any")]
SEEDS = range(1, 51)


@cache
def true_mock(dialect: str) -> InProcessTarget:
    """Built once: each check begins afresh."""
    return mock_target(dialect=DIALECTS[dialect])


QUICK = settings(max_examples=10, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("check", DIRECT, ids=lambda check: check.id)
@pytest.mark.parametrize("dialect", ["live", "guide"])
def test_the_true_mock_passes(check: Check, dialect: str) -> None:
    result = run_check(check, true_mock(dialect), expectations=EXPECTATIONS[dialect])
    assert (result.verdict, result.violations, result.reason) == (Verdict.PASS, (), "")


@pytest.mark.parametrize("dialect", ["live", "guide"])
def test_no_short_sequence_breaks_a_law(dialect: str) -> None:
    target = true_mock(dialect)
    assert search(lambda: target, expectations=EXPECTATIONS[dialect], examples=4, is_shortened=False) is None


@pytest.mark.deep
@pytest.mark.parametrize(("dialect", "held_to"), PAIRS)
def test_no_sequence_breaks_a_law(dialect: str, held_to: str) -> None:
    target = true_mock(dialect)
    assert search(lambda: target, expectations=EXPECTATIONS[held_to], examples=100) is None


@pytest.mark.deep
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("dialect", "held_to"), PAIRS[:2])
def test_the_true_mock_passes_whatever_its_seed(dialect: str, held_to: str, seed: int) -> None:
    target = mock_target(dialect=DIALECTS[dialect], seed=seed)
    verdicts = {run_check(check, target, expectations=EXPECTATIONS[held_to]).verdict for check in DIRECT}
    assert verdicts == {Verdict.PASS}


@pytest.mark.parametrize(
    ("dialect", "held_to", "check_id"),
    [
        ("guide", "live", "BFL-AUTH-001"),
        ("live", "guide", "BFL-AUTH-001"),
        ("guide", "live", "BFL-VAL-001"),
        ("live", "guide", "BFL-VAL-001"),
        ("guide", "live", "BFL-LIFE-003"),
    ],
)
def test_a_mock_of_one_dialect_fails_the_other(dialect: str, held_to: str, check_id: str) -> None:
    check = next(check for check in CATALOGUE if check.id == check_id)
    result = run_check(check, true_mock(dialect), expectations=EXPECTATIONS[held_to])
    assert result.verdict is Verdict.FAIL


def test_where_tasks_end_at_once_the_limit_cannot_be_judged() -> None:
    check = next(check for check in CATALOGUE if check.id == "BFL-LIMIT-003")
    assert run_check(check, mock_target(speed=0), expectations=EXPECTATIONS["live"]).verdict is Verdict.PASS


@pytest.mark.parametrize(("dialect", "held_to"), PAIRS)
def test_a_body_drawn_as_valid_is_accepted_and_one_with_a_fault_is_refused_by_name(dialect: str, held_to: str) -> None:
    expectations = EXPECTATIONS[held_to]
    target = mock_target(dialect=DIALECTS[dialect], speed=0)

    @QUICK
    @given(st.data())
    def accepted_or_refused(data: st.DataObject) -> None:
        probe = Probe(target, expectations=EXPECTATIONS[dialect])
        model = data.draw(models(expectations))
        valid = probe.submit(model.slug, data.draw(valid_bodies(model, expectations=expectations)))
        body, fault = data.draw(faulty_bodies(model, expectations=expectations))
        faulty = probe.submit(model.slug, body, faults=(fault,))
        assert (type(valid), type(faulty), probe.violations) == (Submitted, Refused, [])

    accepted_or_refused()
