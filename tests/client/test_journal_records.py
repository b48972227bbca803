"""What a journal's lines say: written and read back alike, and summed up so that nothing is paid twice."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bfl_client as bfl
from bfl_client._records import (
    FORMAT,
    Accepted,
    Begin,
    Ended,
    Intent,
    ItemRecord,
    ItemState,
    Known,
    Lost,
    Record,
    Refused,
    Saved,
    after,
    error_from,
    line_of,
    record_from,
)

DIGEST = "a" * 64
URL = "https://api.eu2.bfl.ai/v1/get_result?id=t1"
LOST = bfl.UnknownOutcome("lost", task_id="t1", polling_url=URL).to_dict()
FAILED = bfl.ContentModerated("no", status_code=200, task_id="t1", reasons=("Violence",)).to_dict()
INTENT = Intent(item=0, digest=DIGEST, quote_credits=3.0)
ACCEPTED = Accepted(item=0, id="t1", polling_url=URL, cost_credits=3.5)
REFUSED = Refused(item=0, error=bfl.RateLimited("wait").to_dict())
SAVED = Saved(item=0, path="/a.png", cost_credits=3.5)

CREDITS = st.none() | st.floats(0, 1e6)
ITEMS = st.integers(0, 10**6)
ERRORS = st.sampled_from([LOST, FAILED, {}])
RECORDS: st.SearchStrategy[Record] = st.one_of(
    st.builds(Begin, batch=st.text(), items=ITEMS, format=st.just(FORMAT)),
    st.builds(Intent, item=ITEMS, digest=st.text(), quote_credits=CREDITS),
    st.builds(Refused, item=ITEMS, error=ERRORS),
    st.builds(Lost, item=ITEMS, error=ERRORS),
    st.builds(Accepted, item=ITEMS, id=st.text(), polling_url=st.text(), cost_credits=CREDITS),
    st.builds(Ended, item=ITEMS, error=ERRORS, cost_credits=CREDITS),
    st.builds(Saved, item=ITEMS, path=st.text(), cost_credits=CREDITS),
)


def summed_up(*records: ItemRecord) -> Known:
    known = Known()
    for record in records:
        known = after(known, record)
    return known


@given(RECORDS)
def test_a_record_is_read_back_as_it_was_written(record: Record) -> None:
    line = line_of(record)
    assert line.endswith(b"\n")
    assert b"\n" not in line[:-1]
    assert record_from(line) == record


@pytest.mark.parametrize(
    "line",
    [
        *(b"", b"{", b"[]", b"null", b'"intent"', b"\xff\xfe", b"{}", b'{"record": "intent"}'),
        b'{"record": "paid", "item": 0}',
        b'{"record": "saved", "item": -1, "path": "/a", "cost_credits": null}',
        b'{"record": "saved", "item": true, "path": "/a", "cost_credits": null}',
        b'{"record": "saved", "item": 0, "path": 7, "cost_credits": null}',
        b'{"record": "saved", "item": 0, "path": "/a", "cost_credits": "3"}',
        b'{"record": "saved", "item": 0, "path": "/a", "cost_credits": NaN}',
        b'{"record": "saved", "item": 0, "path": "/a", "cost_credits": 3, "more": 1}',
        b'{"record": "refused", "item": 0, "error": "x"}',
        b'{"record": ["saved"]}',
    ],
)
def test_what_is_no_record_is_told_apart(line: bytes) -> None:
    assert record_from(line) is None


@pytest.mark.parametrize(
    ("records", "state"),
    [
        ((), ItemState.NEW),
        ((INTENT,), ItemState.UNKNOWN),
        ((INTENT, Lost(item=0, error=LOST)), ItemState.UNKNOWN),
        ((INTENT, REFUSED), ItemState.REFUSED),
        ((INTENT, REFUSED, INTENT), ItemState.UNKNOWN),
        ((INTENT, ACCEPTED), ItemState.ACCEPTED),
        ((INTENT, Lost(item=0, error=LOST), ACCEPTED), ItemState.ACCEPTED),
        ((INTENT, ACCEPTED, Ended(item=0, error=FAILED, cost_credits=None)), ItemState.ENDED),
        ((INTENT, ACCEPTED, SAVED), ItemState.SAVED),
    ],
    ids=lambda value: "-".join(type(each).__name__ for each in value) if isinstance(value, tuple) else value.value,
)
def test_the_records_of_an_item_sum_up_to_its_state(records: tuple[ItemRecord, ...], state: ItemState) -> None:
    assert summed_up(*records).state is state


def test_a_refusal_does_not_cure_an_earlier_submit_whose_outcome_is_unknown() -> None:
    """Otherwise the item would be submitted once more, without leave, by the run after."""
    known = summed_up(INTENT, Lost(item=0, error=LOST), INTENT, REFUSED)
    assert (known.state, known.at_stake) == (ItemState.UNKNOWN, (3.0,))


def test_an_unknown_submit_stays_at_stake_after_a_later_one_was_accepted() -> None:
    known = summed_up(INTENT, INTENT, ACCEPTED)
    assert (known.state, known.at_stake, known.quote_credits) == (ItemState.ACCEPTED, (3.0,), 3.0)


def test_a_lost_submit_that_is_found_is_at_stake_no_longer() -> None:
    assert summed_up(INTENT, Lost(item=0, error=LOST), ACCEPTED).at_stake == ()


def test_acceptance_is_remembered_with_all_that_resumes_it() -> None:
    known = summed_up(INTENT, ACCEPTED)
    assert (known.id, known.polling_url, known.cost_credits) == ("t1", URL, 3.5)


def test_the_cost_of_the_end_replaces_that_of_the_acceptance_where_it_is_named() -> None:
    assert summed_up(INTENT, ACCEPTED, Saved(item=0, path="/a", cost_credits=4.0)).cost_credits == 4.0
    assert summed_up(INTENT, ACCEPTED, Saved(item=0, path="/a", cost_credits=None)).cost_credits == 3.5


def test_an_error_comes_back_as_what_it_was() -> None:
    error = error_from(FAILED)
    assert type(error) is bfl.ContentModerated
    assert error.to_dict() == json.loads(json.dumps(FAILED))


@pytest.mark.parametrize("name", ["Nonsense", "Exception", "annotations", 7, None])
def test_an_error_of_an_unknown_name_comes_back_as_the_root(name: object) -> None:
    assert type(error_from({"error": name, "message": "x"})) is bfl.BFLError


def test_a_record_holds_no_field_that_could_carry_a_key() -> None:
    kinds = (Begin, Intent, Refused, Lost, Accepted, Ended, Saved)
    fields = {name for kind in kinds for name in kind.__dataclass_fields__}
    assert fields == {
        *("batch", "items", "format", "item", "digest", "quote_credits", "error"),
        *("id", "polling_url", "cost_credits", "path"),
    }
    assert "key" not in json.dumps(asdict(ACCEPTED))
