"""The key ladder, rung by rung: the mock in `live` climbs it in the framework's order, with the recorded words."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.web.agreement import Both
from tests.web.strategies import GET_PATHS, POST_PATHS, paths
from tests.web.wire import JSON, Ask

NEEDS_A_KEY = (*POST_PATHS, *GET_PATHS[1:])
PRO = "/v1/flux-2-pro"

# Every character that a server lets through in a header.
header_texts = st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_characters="\x7f"), max_size=20)
keys = st.one_of(
    st.none(),
    st.just(""),
    header_texts,
    st.sampled_from(["mock-revoked", "mock-malformed", "bfl_ok", "a b", "k" * 256, "k" * 257, "sch\xfcssel"]),
)


@given(path=st.sampled_from(NEEDS_A_KEY), key=keys)
@example(path=PRO, key=None)
@example(path=PRO, key="mock-revoked")
def test_any_key_gets_the_answer_of_its_rung(both: Both, path: str, key: str | None) -> None:
    method = "POST" if path in POST_PATHS else "GET"
    both.check(Ask(method=method, target=path, key=key, body=b"{}"))


@given(
    path=paths,
    key=keys,
    body=st.sampled_from([b"", b"{", b"\xff", b"[]", b"{}", b'{"prompt": NaN}', b'{"prompt": "a"}']),
    content_type=st.sampled_from([None, JSON, "text/plain"]),
)
def test_the_body_is_read_before_the_key_and_judged_after_it(
    *, both: Both, path: str, key: str | None, body: bytes, content_type: str | None
) -> None:
    ask = Ask(target=path, key=key, body=body, content_type=content_type)
    both.check(ask)


@pytest.mark.parametrize(
    ("key", "status", "detail"),
    [
        (None, 403, "Not authenticated"),
        ("", 403, "Not authenticated"),
        ("mock-malformed", 422, "Invalid API key format"),
        ("two words", 422, "Invalid API key format"),
        ("k" * 257, 422, "Invalid API key format"),
        ("mock-revoked", 403, "Not authenticated - Invalid Authentication"),
    ],
)
def test_each_rung_has_its_status_and_words(both: Both, key: str | None, status: int, detail: str) -> None:
    for path in NEEDS_A_KEY:
        method = "POST" if path in POST_PATHS else "GET"
        answer = both.check(Ask(method=method, target=path, key=key, body=b"[]"))
        assert (answer.status, answer.json()) == (status, {"detail": detail})


def test_an_unknown_path_is_not_found_before_any_key_is_looked_at(both: Both) -> None:
    assert both.check(Ask(target="/v1/flux-2-dev", key=None)).status == 404


@given(key=keys)
def test_a_poll_looks_at_no_key(both: Both, key: str | None) -> None:
    answer = both.check(Ask(method="GET", target="/v1/get_result?id=x", key=key))
    assert answer.json()["status"] == "Task not found"
