"""The catalogue holds together: ids, sources, laws, levels, prices."""

from __future__ import annotations

import re

import pytest

from bfl_conformance import CATALOGUE, EXPECTATIONS, LAWS, Check, Level, Probe
from bfl_conformance.checks.wording import refusal
from mock_bfl.contract import GUIDE, LIVE, SOURCES, Certainty
from tests.conformance.in_process import InProcessTarget, mock_target

LAWS_BY_ID = {law.id: law for law in LAWS}
SEQUENCES = "BFL-SEQ-001"
BINDING = [Level.OBSERVED, Level.SHOULD, Level.MUST]
DIRECT = [check for check in CATALOGUE if check.id != SEQUENCES]


@pytest.fixture(scope="module")
def target() -> InProcessTarget:
    return mock_target()


def by_id(check: Check) -> str:
    return check.id


def test_ids_are_unique_and_of_one_form() -> None:
    ids = [check.id for check in CATALOGUE]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"BFL-[A-Z]+-\d{3}", check_id) for check_id in ids)


def test_laws_have_ids_of_their_own() -> None:
    assert len(LAWS_BY_ID) == len(LAWS)


@pytest.mark.parametrize("stated", [*CATALOGUE, *LAWS], ids=lambda stated: stated.id)
def test_everything_demanded_has_a_sentence_and_a_known_source(stated: Check) -> None:
    assert stated.sentence.endswith((".", ")"))
    assert set(stated.cite.sources) <= set(SOURCES)


@pytest.mark.parametrize("stated", [*CATALOGUE, *LAWS], ids=lambda stated: stated.id)
def test_nobody_fails_for_what_is_only_inferred_or_assumed(stated: Check) -> None:
    weak = stated.cite.certainty in {Certainty.INFERRED, Certainty.ASSUMED}
    assert not (weak and stated.level is Level.MUST)


def test_every_law_is_claimed_by_a_check_that_leads_up_to_it() -> None:
    assert {law for check in DIRECT for law in check.laws} == set(LAWS_BY_ID)


@pytest.mark.parametrize("check", [check for check in DIRECT if check.laws], ids=by_id)
def test_a_check_is_as_binding_as_the_laws_that_it_claims(check: Check) -> None:
    levels = {LAWS_BY_ID[law].level for law in check.laws}
    assert check.level == max(levels, key=BINDING.index)


@pytest.mark.parametrize("check", DIRECT, ids=by_id)
def test_a_check_spends_no_more_than_its_price(check: Check, target: InProcessTarget) -> None:
    probe = Probe(target, expectations=EXPECTATIONS["live"])
    assert list(check.story(probe)) == []
    left = [_balance(probe, key) for key in ("A", "B")]
    assert 2000 - sum(left) <= float(check.price_credits) + 1e-6


def test_a_refusal_is_worded_as_the_dialect_does() -> None:
    assert refusal("not_authenticated", LIVE) == {"detail": "Not authenticated"}
    assert refusal("not_authenticated", GUIDE) == {
        "error": "invalid_api_key",
        "message": "The provided API key is invalid or expired",
    }


def _balance(probe: Probe, key: str) -> float:
    return probe.credits(key=key).credits or 0.0
