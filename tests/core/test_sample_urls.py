"""A sample URL is signed, lives to the second its `se` names, and nothing in it can be changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_bfl.contract import GUIDE, LIVE, Dialect
from mock_bfl.contract.fields import OutputFormat
from mock_bfl.core.delivery import (
    Expired,
    Forged,
    Fresh,
    check_sample,
    expires_at_ms,
    refusal_xml,
    sample_key_in,
    sample_path,
    signed_query,
)
from tests.core.examples import NOW_MS, TASK

SECRET = b"a secret"
SE_MS = 1_766_007_531_000  # 2025-12-17T21:38:51Z
PATH = sample_path(TASK)
FLUX_1_PATH = sample_path(replace(TASK, slug="flux-dev"))
ANY_TEXT = st.text(st.characters(exclude_categories=()))
NAMES = ("se", "sp", "sv", "sr", "rsct", "sig")


def query_of(path: str = PATH, *, secret: bytes = SECRET) -> dict[str, str]:
    query = signed_query(path, output_format="jpeg", expires_at_ms=SE_MS, secret=secret)
    return dict(parse_qsl(query, strict_parsing=True))


def check(path: str, query: dict[str, str], *, now_ms: int = SE_MS - 1) -> Fresh | Expired | Forged:
    return check_sample(path, query, now_ms=now_ms, secret=SECRET)


def test_the_query_has_the_recorded_parameters_in_their_order() -> None:
    query = signed_query(PATH, output_format="jpeg", expires_at_ms=SE_MS, secret=SECRET)
    recorded = "se=2025-12-17T21%3A38%3A51Z&sp=r&sv=2024-11-04&sr=b&rsct=image/jpeg&sig="
    assert query.startswith(recorded)
    assert re.fullmatch(r"[A-Za-z0-9%]+%3D", query.removeprefix(recorded))


def test_flux_2_is_delivered_from_a_dated_path() -> None:
    assert f"/results/2025/12/17/{TASK.sample_key}_sample.jpeg" == PATH


def test_flux_1_is_delivered_from_a_path_of_hexadecimal_digits() -> None:
    """The recorded one repeats the first eight digits of its key: /results/8e/3470338ce49379/8ce49379…/sample.jpeg."""
    key = TASK.sample_key
    assert re.fullmatch(rf"/results/[0-9a-f]{{2}}/[0-9a-f]{{6}}{key[:8]}/{key}/sample\.jpeg", FLUX_1_PATH)


@pytest.mark.parametrize("extension", ["jpeg", "png", "webp"])
def test_a_path_ends_in_the_format(extension: OutputFormat) -> None:
    tasks = [replace(TASK, output_format=extension, slug=slug) for slug in ("flux-2-pro", "flux-dev")]
    assert all(sample_path(task).endswith(f".{extension}") for task in tasks)
    assert all(sample_key_in(sample_path(task)) == TASK.sample_key for task in tasks)


def test_a_path_is_dated_by_the_day_of_ready() -> None:
    assert "/2025/12/18/" in sample_path(replace(TASK, settles_at_ms=NOW_MS + 3 * 3_600_000))


@pytest.mark.parametrize(
    "path", ["", "/", "/results/", "/results/2025/12/17/x_sample.jpeg", PATH + "x", PATH[1:], PATH[:-4] + "gif"]
)
def test_another_path_names_no_sample(path: str) -> None:
    assert sample_key_in(path) is None


@pytest.mark.parametrize(
    ("ready_at_ms", "se_ms"),
    [(1000, 601_000), (1001, 602_000), (1999, 602_000), (2000, 602_000)],
)
def test_se_is_ready_rounded_up_to_the_second_and_ten_minutes(ready_at_ms: int, se_ms: int) -> None:
    task = replace(TASK, settles_at_ms=ready_at_ms)
    assert expires_at_ms(task, now_ms=ready_at_ms, dialect=LIVE) == se_ms
    assert expires_at_ms(task, now_ms=ready_at_ms, dialect=GUIDE) == se_ms


def test_live_signs_anew_at_a_later_poll_and_the_guide_does_not() -> None:
    task = replace(TASK, settles_at_ms=1000)
    assert expires_at_ms(task, now_ms=500_001, dialect=LIVE) == 1_101_000
    assert expires_at_ms(task, now_ms=500_001, dialect=GUIDE) == 601_000


def test_where_no_end_is_known_se_counts_from_now() -> None:
    task = replace(TASK, settles_at_ms=None)
    assert expires_at_ms(task, now_ms=5000, dialect=GUIDE) == 605_000


@pytest.mark.parametrize("path", [PATH, FLUX_1_PATH], ids=["FLUX.2", "FLUX.1"])
def test_one_millisecond_before_se_the_url_is_fresh_and_at_se_expired(path: str) -> None:
    assert check(path, query_of(path), now_ms=SE_MS - 1) == Fresh()
    assert check(path, query_of(path), now_ms=SE_MS) == Expired(SE_MS, SE_MS)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "change", [lambda text: text + "x", lambda _: "", lambda text: text.swapcase()], ids=["longer", "empty", "case"]
)
def test_a_changed_parameter_is_forged(name: str, change: Callable[[str], str]) -> None:
    query = query_of()
    changed = change(query[name])
    assert changed == query[name] or check(PATH, {**query, name: changed}) == Forged()


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_parameter_is_forged(name: str) -> None:
    query = query_of()
    del query[name]
    assert check(PATH, query) == Forged()


def test_a_later_se_is_forged() -> None:
    assert check(PATH, {**query_of(), "se": "2035-12-17T21:38:51Z"}) == Forged()


def test_the_signature_of_another_path_is_forged() -> None:
    assert check(FLUX_1_PATH, query_of(PATH)) == Forged()


def test_the_signature_of_another_secret_is_forged() -> None:
    assert check(PATH, query_of(secret=b"another secret")) == Forged()


def test_an_expired_and_changed_url_is_forged() -> None:
    assert check(PATH, {**query_of(), "sp": "w"}, now_ms=SE_MS + 1) == Forged()


def test_further_parameters_do_no_harm() -> None:
    assert check(PATH, {**query_of(), "download": "1"}) == Fresh()


@given(st.sampled_from(NAMES), ANY_TEXT)
def test_any_other_value_of_any_parameter_is_forged(name: str, value: str) -> None:
    query = query_of()
    expected = Fresh() if value == query[name] else Forged()
    assert check(PATH, {**query, name: value}) == expected


@given(ANY_TEXT, st.dictionaries(st.sampled_from(NAMES) | ANY_TEXT, ANY_TEXT, max_size=8))
def test_no_path_and_no_query_at_all_break_the_check(path: str, query: dict[str, str]) -> None:
    assert check(path, query) == Forged()
    assert sample_key_in(path) is None or "/results/" in path


@given(st.integers(0, 10**12), st.sampled_from([LIVE, GUIDE]), st.integers(0, 10**9))
def test_se_is_a_whole_second_between_ten_minutes_and_a_second_more_after_signing(
    ready_at_ms: int, dialect: Dialect, later_ms: int
) -> None:
    task, now_ms = replace(TASK, settles_at_ms=ready_at_ms), ready_at_ms + later_ms
    signed_at_ms = now_ms if dialect is LIVE else ready_at_ms
    se_ms = expires_at_ms(task, now_ms=now_ms, dialect=dialect)
    assert se_ms % 1000 == 0
    assert 600_000 <= se_ms - signed_at_ms < 601_000


def test_an_expired_url_says_since_when_and_what_to_do() -> None:
    assert Expired(SE_MS, SE_MS + 1500).why() == (
        "This sample URL expired 1.500 s ago; poll the task again for a newly signed one."
    )


def test_a_forged_url_says_what_to_do() -> None:
    assert "use result.sample exactly as it came" in Forged().why()


def test_the_refusal_of_an_expired_url_is_azures() -> None:
    xml = refusal_xml(Expired(SE_MS, SE_MS), now_ms=SE_MS, request_id="an-id")
    assert xml.startswith(
        '\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthenticationFailed</Code><Message>'
    )
    assert "\nRequestId:an-id\nTime:2025-12-17T21:38:51.0000000Z</Message>" in xml
    assert xml.endswith(
        "<AuthenticationErrorDetail>Signed expiry time [Wed, 17 Dec 2025 21:38:51 GMT] must be after signed start time "
        "[Wed, 17 Dec 2025 21:38:51 GMT]</AuthenticationErrorDetail></Error>"
    )


def test_the_refusal_of_a_forged_url_says_that_the_signature_did_not_match() -> None:
    xml = refusal_xml(Forged(), now_ms=SE_MS, request_id="an-id")
    assert "<AuthenticationErrorDetail>Signature did not match.</AuthenticationErrorDetail>" in xml


def test_what_is_signed_is_read_back_unchanged() -> None:
    query = signed_query(PATH, output_format="png", expires_at_ms=SE_MS, secret=SECRET)
    assert query_of()["se"] == "2025-12-17T21:38:51Z"
    assert "rsct=image/png" in unquote(query)
