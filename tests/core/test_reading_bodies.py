"""Bytes become JSON, or a fault, exactly as the vendor's framework reads them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_bfl.core.body import Decoded, Fault, Malformed, NoBody, Unreadable, decode, encode, is_json

JSON = "application/json"
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("content_type", "json_is_meant"),
    [
        ("application/json", True),
        ("APPLICATION/JSON", True),
        ("application/json; charset=utf-8", True),
        ("application/problem+json", True),
        ("application/geo+json; x=y", True),
        ("application/jsonp", False),
        ("application/x-www-form-urlencoded", False),
        ("text/json", False),
        ("text/plain", False),
        ("json", False),
        ("", False),
        (None, False),
    ],
)
def test_only_a_json_content_type_is_json(*, content_type: str | None, json_is_meant: bool) -> None:
    assert is_json(content_type) is json_is_meant


@pytest.mark.parametrize("content_type", [JSON, "text/plain", None])
def test_no_bytes_are_no_body(content_type: str | None) -> None:
    assert decode(b"", content_type) == NoBody()


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'{"prompt":"a"}', {"prompt": "a"}),
        (b" [1, 2] ", [1, 2]),
        (b"null", None),
        (b'"text"', "text"),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),  # a byte order mark
        ('{"a":"\u00e9"}'.encode("utf-16"), {"a": "\u00e9"}),
        (b'{"a":1,"a":2}', {"a": 2}),  # the last of two equal keys
        (b'{"a":"\\ud800"}', {"a": "\ud800"}),
    ],
)
def test_json_is_decoded(data: bytes, value: object) -> None:
    assert decode(data, JSON) == Decoded(value)


@pytest.mark.parametrize("content_type", ["text/plain", None, "application/octet-stream"])
def test_a_body_that_is_not_said_to_be_json_stays_bytes(content_type: str | None) -> None:
    assert decode(b'{"prompt":"a"}', content_type) == Decoded(b'{"prompt":"a"}')


@pytest.mark.parametrize(
    ("data", "position", "says"),
    [
        (b"{", 1, "Expecting property name enclosed in double quotes"),
        (b"{'a':1}", 1, "Expecting property name enclosed in double quotes"),
        (b'{"a":}', 5, "Expecting value"),
        (b'{"a":1} x', 8, "Extra data"),
        (b'{"a":"b', 5, "Unterminated string starting at"),
        (b"   ", 3, "Expecting value"),
    ],
)
def test_broken_json_is_a_fault_with_its_place(data: bytes, position: int, says: str) -> None:
    fault = Fault("json_invalid", ("body", position), "JSON decode error", {}, {"error": says})
    assert decode(data, JSON) == Malformed(fault)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"a":"\xff\xfe"}', "UnicodeDecodeError"),
        (b"[" * 200_000, "RecursionError"),
        (b"9" * 5000, "ValueError"),
    ],
    ids=["bad UTF-8", "too deep", "too long a number"],
)
def test_what_cannot_be_decoded_at_all_is_unreadable(data: bytes, reason: str) -> None:
    unreadable = decode(data, JSON)
    assert isinstance(unreadable, Unreadable)
    assert unreadable.reason.startswith(f"{reason}: ")
    assert len(unreadable.reason) < 150


@given(st.binary(max_size=200), st.sampled_from([JSON, None]) | st.text(st.characters(exclude_categories=())))
def test_no_bytes_at_all_break_the_reading(data: bytes, content_type: str | None) -> None:
    assert isinstance(decode(data, content_type), Decoded | NoBody | Malformed | Unreadable)


@given(VALUES)
def test_what_is_encoded_is_decoded_to_the_same(value: object) -> None:
    assert decode(encode(value), JSON) == Decoded(value)


def test_json_is_compact_and_utf_8() -> None:
    assert encode({"a": [1, "\u00e9"]}) == '{"a":[1,"\u00e9"]}'.encode()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800"])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"JSON compliant|surrogates not allowed"):
        encode(value)


@given(VALUES)
def test_every_line_of_json_is_one_line(value: object) -> None:
    assert b"\n" not in encode(value)
    assert json.loads(encode(value)) == value
