"""Bytes that are not JSON, or do not say that they are: the mock in `live` answers as FastAPI does."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.web.agreement import Both
from tests.web.strategies import POST_PATHS, bodies, json_values, paths, sent
from tests.web.wire import JSON, Ask

PRO = "/v1/flux-2-pro"
GOOD = b'{"prompt": "a red cube"}'

MALFORMED = (
    b" ",
    b"\n\n",
    b"{",
    b"}",
    b"[",
    b'{"prompt"',
    b'{"prompt":}',
    b'{"prompt": "a",}',
    b"{'prompt': 'a'}",
    b'{prompt: "a"}',
    b'{"prompt": "a"} x',
    b'{"prompt": "a"}{}',
    b'{"prompt": "a\n"}',
    b'{"prompt": "\\q"}',
    b'{"prompt": "\\u12"}',
    b'{"seed": 01}',
    b'{"seed": +1}',
    b'{"seed": .5}',
    b'{"seed": 1.}',
    b'{"seed": nan}',
    b"/* a */ {}",
    b"undefined",
    b"\x00",
)
UNDECODABLE = (
    b"\xff",
    b'{"prompt": "\xff"}',
    b'{"prompt": "\xc3"}',
    b"\xc0\x80",
    b"\xef\xbb",
    b"\xff\xfe{",
    b"{\x00\x00",
)
CODECS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-7", "cp037")
CONTENT_TYPES = (
    None,
    "",
    JSON,
    "APPLICATION/JSON",
    " application/json ",
    "application/json; charset=utf-8",
    "application/json;charset=utf-16",
    "application/json;",
    "application/json, text/plain",
    "application/problem+json",
    "application/+json",
    "application/json+xml",
    "application/jsonp",
    "application/json/x",
    "application",
    "application/",
    "/json",
    "text/json",
    "text/plain",
    "text/plain; a=application/json",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    '"application/json"',
    "application/json\xe9",
    ";;;",
)


@pytest.mark.parametrize("body", MALFORMED)
def test_malformed_json_gets_the_frameworks_place_and_words(both: Both, body: bytes) -> None:
    answer = both.check(Ask(target=PRO, body=body))
    assert answer.json()["detail"][0]["type"] == "json_invalid"


@pytest.mark.parametrize("body", UNDECODABLE)
def test_bytes_that_are_no_text_get_the_frameworks_bare_400(both: Both, body: bytes) -> None:
    answer = both.check(Ask(target=PRO, body=body))
    assert answer.status in {400, 422}


@given(data=st.data(), path=paths, codec=st.sampled_from(CODECS))
def test_json_in_another_encoding_is_read_where_the_framework_reads_it(
    both: Both, data: st.DataObject, path: str, codec: str
) -> None:
    text = json.dumps(data.draw(bodies(path)), ensure_ascii=False)
    both.check(Ask(target=path, body=text.encode(codec, "replace")))


@given(path=paths, body=st.binary(max_size=60), content_type=st.sampled_from(CONTENT_TYPES))
def test_any_bytes_under_any_content_type_get_the_frameworks_answer(
    both: Both, path: str, body: bytes, content_type: str | None
) -> None:
    both.check(Ask(target=path, body=body, content_type=content_type))


@given(path=paths, value=json_values, at=st.integers(0, 200), damage=st.binary(max_size=3), gone=st.integers(0, 3))
@example(path=PRO, value={"prompt": "a"}, at=0, damage=b"\xef\xbb\xbf", gone=0)
def test_json_with_a_few_bytes_changed_gets_the_frameworks_answer(
    *, both: Both, path: str, value: object, at: int, damage: bytes, gone: int
) -> None:
    text = sent(value)
    body = text[:at] + damage + text[at + gone :]
    both.check(Ask(target=path, body=body))


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
def test_a_content_type_decides_whether_a_body_is_json(both: Both, content_type: str | None) -> None:
    for body in (GOOD, b"", b"{", b"\xff"):
        both.check(Ask(target=PRO, body=body, content_type=content_type))


@given(content_type=st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=30), body=st.just(GOOD))
def test_any_content_type_gets_the_frameworks_answer(both: Both, content_type: str, body: bytes) -> None:
    both.check(Ask(target=PRO, body=body, content_type=content_type))


@pytest.mark.parametrize("path", POST_PATHS)
def test_a_missing_body_is_a_missing_field(path: str, both: Both) -> None:
    answer = both.check(Ask(target=path))
    assert answer.json() == {
        "detail": [{"type": "missing", "loc": ["body"], "msg": "Field required", "input": None}],
    }


def test_a_body_that_does_not_say_it_is_json_is_repeated_as_text(both: Both) -> None:
    answer = both.check(Ask(target=PRO, body=GOOD, content_type="text/plain"))
    assert answer.json()["detail"][0]["input"] == GOOD.decode()
