"""A key climbs a ladder: present, well-formed, known; what it opens is named by a hash, never by itself."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_bfl.core.admission import Allowance
from mock_bfl.core.keys import KeyAccepted, KeyRefused, Opening, account_of, check_key, is_well_formed

WELL_FORMED = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=256)


def error_of(key: str | None, *, known: frozenset[str] | None = None) -> str:
    refused = check_key(key, known=known)
    assert isinstance(refused, KeyRefused)
    assert refused.why().endswith(".")
    return refused.error


@pytest.mark.parametrize("key", [None, ""])
def test_no_key_is_the_first_rung(key: str | None) -> None:
    assert error_of(key) == "not_authenticated"


@pytest.mark.parametrize("key", ["a b", "a\tb", " ", "ключ", "k" * 257, "\x7f", "\ud800", "mock-malformed"])
def test_a_malformed_key_is_the_second_rung(key: str) -> None:
    assert error_of(key) == "malformed_key"


@pytest.mark.parametrize("key", ["mock-revoked", "not-listed"])
def test_an_unknown_or_revoked_key_is_the_third_rung(key: str) -> None:
    assert error_of(key, known=frozenset({"listed"})) == "invalid_key"


def test_a_malformed_key_falls_before_it_is_looked_up() -> None:
    assert error_of("a b", known=frozenset({"a b"})) == "malformed_key"


def test_any_well_formed_key_is_accepted_where_none_are_listed() -> None:
    assert check_key("any", known=None) == KeyAccepted(account_of("any"), Opening())


def test_a_listed_key_is_accepted() -> None:
    assert isinstance(check_key("listed", known={"listed"}), KeyAccepted)


def test_the_revoked_key_is_refused_on_any_server() -> None:
    assert error_of("mock-revoked") == "invalid_key"


@pytest.mark.parametrize(
    ("key", "opening"),
    [
        ("mock-broke", Opening(balance_credits=Decimal(0))),
        ("mock-crowded", Opening(allowance=Allowance(active_tasks=0, kontext_max=0))),
    ],
)
def test_a_reserved_key_opens_its_account_even_where_keys_are_listed(key: str, opening: Opening) -> None:
    assert check_key(key, known={"listed"}) == KeyAccepted(account_of(key), opening)


@pytest.mark.parametrize(("length", "well_formed"), [(0, False), (1, True), (256, True), (257, False)])
def test_a_key_has_one_to_256_characters(*, length: int, well_formed: bool) -> None:
    assert is_well_formed("k" * length) is well_formed


@given(WELL_FORMED)
def test_an_account_never_shows_its_key(key: str) -> None:
    account = account_of(key)
    assert len(account) == 16
    assert len(key) < 4 or key not in account


@given(WELL_FORMED, WELL_FORMED)
def test_two_keys_have_two_accounts(one: str, other: str) -> None:
    assert (account_of(one) == account_of(other)) is (one == other)


@given(st.text(st.characters(exclude_categories=())))
def test_no_text_at_all_breaks_the_ladder(key: str) -> None:
    assert isinstance(check_key(key, known=None), KeyAccepted) is (
        is_well_formed(key) and key not in {"mock-revoked", "mock-malformed"}
    )
