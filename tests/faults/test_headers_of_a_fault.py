"""What a fault sets as a header is sent once, over a real socket, on both servers; what sets one twice is refused."""

from __future__ import annotations

from typing import Any

import pytest

from mock_bfl.core.rule import read_rule
from mock_bfl.errors import ScriptError
from tests.faults.plain import Account, Heard

LONG_AGO = "Mon, 01 Jan 2001 00:00:00 GMT"


def values(heard: Heard, name: str) -> list[str]:
    """Return every value of a header, as it came."""
    rows = (line.partition(":") for line in heard.head.split("\r\n")[1:])
    return [value.strip() for key, _, value in rows if key.strip().lower() == name.lower()]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Date", LONG_AGO),
        ("date", LONG_AGO),
        ("X-Mock-BFL-Why", "no reason at all"),
        ("X-Cache", "HIT"),
        ("Server", "cloudflare"),
        ("Retry-After", "5"),
        ("Location", "/v1/elsewhere"),
        ("Set-Cookie", "a=b"),
        ("Content-Encoding", "gzip"),
    ],
)
def test_a_header_of_a_fault_stands_in_the_place_of_the_answers_own(account: Account, name: str, value: str) -> None:
    account.fault(fault={"headers": {name: value}})
    assert values(account.poll(f"{account.base_url}/v1/credits"), name) == [value]


def test_the_journal_shows_a_retry_after_however_it_is_spelt(werkzeug: Account) -> None:
    werkzeug.fault(fault={"status": 429, "headers": {"retry-after": "5"}})
    werkzeug.submit()
    assert werkzeug.journal()[-1]["retry_after"] == "5"


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"headers": {"Content-Type": "text/html"}}, "headers cannot set Content-Type: use content_type"),
        ({"headers": {"content-type": "a/b"}, "content_type": "c/d"}, "use content_type"),
        ({"headers": {"Retry-After": "5"}, "retry_after": 9}, "Retry-After is decided by retry_after as well"),
        ({"headers": {"retry-after": "5"}, "retry_after_ms": 9}, "retry-after is decided by retry_after_ms"),
        ({"headers": {"Retry-After": "5"}, "retry_after_date_s": 9}, "decided by retry_after_date_s"),
        ({"headers": {"Retry-After": "5"}, "retry_after_missing": True}, "decided by retry_after_missing"),
        ({"headers": {"Retry-After-Ms": "5"}, "retry_after_ms": 9}, "Retry-After-Ms is decided by retry_after_ms"),
        ({"headers": {"location": "/a"}, "redirect": "/b"}, "location is decided by redirect"),
    ],
)
def test_a_header_that_is_set_in_two_ways_is_refused(fault: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ScriptError) as refused:
        read_rule({"fault": fault})
    assert sentence in str(refused.value)


def test_a_wait_in_milliseconds_may_stand_beside_one_in_seconds(werkzeug: Account) -> None:
    werkzeug.fault(fault={"status": 429, "retry_after": 1, "headers": {"retry-after-ms": "700"}})
    heard = werkzeug.submit()
    assert (values(heard, "Retry-After"), values(heard, "retry-after-ms")) == (["1"], ["700"])
