"""Methods, paths, slashes and queries that no route answers: the mock in `live` answers as FastAPI does."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.web.agreement import Both
from tests.web.strategies import GET_PATHS, POST_PATHS
from tests.web.wire import Ask

ALL_PATHS = (*POST_PATHS, *GET_PATHS)
METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "X-ODD")

segments = st.one_of(
    st.sampled_from(["v1", "V1", "flux-2-pro", "get_result", "credits", "licenses", "models", "flux-2-dev", "usage"]),
    st.sampled_from(["", ".", "..", "%2F", "%2e%2e", "%00", "%0A", "%FF", "%C3%A9", "%zz", "%", "~", ";", "a;b=c"]),
    st.text(max_size=5).map(lambda text: quote(text, safe="")),
)
targets = st.lists(segments, min_size=1, max_size=5).map(lambda parts: "/" + "/".join(parts))
slashes = st.integers(0, 3).map(lambda count: "/" * count)
queries = st.sampled_from(["", "?", "?id=1", "?a=b&c=%20d", "?id=%ff", "?x=/../", "?a[]=1&b=%5B"])


@pytest.mark.parametrize("method", METHODS)
def test_a_wrong_method_gets_the_frameworks_405(both: Both, method: str) -> None:
    for path in ALL_PATHS:
        right = "POST" if path in POST_PATHS else "GET"
        answer = both.check(Ask(method=method, target=path, body=b""))
        assert (answer.status == 405) is (method != right)
        assert method == right or answer.headers["allow"] == right


@given(path=st.sampled_from(ALL_PATHS), method=st.sampled_from(METHODS), end=slashes, query=queries)
def test_a_stray_slash_at_the_end_is_redirected_as_the_framework_does(
    *, both: Both, path: str, method: str, end: str, query: str
) -> None:
    answer = both.check(Ask(method=method, target=path + end + query, body=b""))
    assert (answer.status == 307) is (end != "")


@given(path=st.sampled_from(ALL_PATHS), at=st.integers(0, 40), query=queries)
def test_a_double_slash_inside_a_path_is_not_found(both: Both, path: str, at: int, query: str) -> None:
    place = path.find("/", min(at, path.rfind("/")))
    target = path[:place] + "/" + path[place:] + query
    assert both.check(Ask(method="GET", target=target)).status in {404, 405}


@given(target=targets, method=st.sampled_from(METHODS), end=slashes, query=queries)
@example(target="/v1/flux-2-dev", method="POST", end="", query="")
@example(target="/", method="GET", end="", query="")
@example(target="//v1/credits", method="GET", end="", query="")
@example(target="//v1/credits", method="GET", end="/", query="")
@example(target="/v1/licenses/models/a%2Fb/usage", method="POST", end="", query="")
@example(target="/v1/licenses/models/%3Fa%23%5C/usage", method="POST", end="/", query="?a=%2F")
@example(target="/v1/licenses/models/%C3%A9 b/usage", method="POST", end="/", query="")
@example(target="/v1/licenses/models/%FF/usage", method="POST", end="/", query="")
@example(target="/v1/credits%0A", method="GET", end="", query="")
@example(target="/v1/licenses/models/%0A/usage", method="POST", end="", query="")
@example(target="/v1/%63redits", method="GET", end="", query="")
def test_any_path_gets_the_frameworks_answer(*, both: Both, target: str, method: str, end: str, query: str) -> None:
    both.check(Ask(method=method, target=target + end + query, body=b""))


@pytest.mark.parametrize("host", ["mock.test", "mock.test:80", "localhost:8080", "127.0.0.1:1", "[::1]:8080", "MOCK"])
def test_a_redirect_stays_on_the_host_that_was_asked(both: Both, host: str) -> None:
    answer = both.check(Ask(target="/v1/flux-2-pro/", host=host))
    assert answer.headers["location"] == f"http://{host}/v1/flux-2-pro"


@given(
    path=st.sampled_from(["/v1/get_result", "/v1/finetune_details"]),
    query=st.lists(
        st.tuples(
            st.sampled_from(["id", "finetune_id", "ID", "%69d", "i+d", "id[]", "", "attempt"]),
            st.sampled_from(["", "=", "=1", "=%20", "=my-finetune", "=%FF", "=a=b", "=%ED%A0%80", "=+"]),
        ).map("".join),
        max_size=4,
    ),
    joint=st.sampled_from(["&", ";", "&&"]),
)
def test_a_query_is_read_as_the_framework_reads_it(both: Both, path: str, query: list[str], joint: str) -> None:
    both.check(Ask(method="GET", target=f"{path}?{joint.join(query)}"))


def test_of_two_ids_the_last_counts(both: Both) -> None:
    answer = both.check(Ask(method="GET", target="/v1/get_result?id=first&id=last"))
    assert answer.json()["id"] == "last"


def test_a_missing_id_is_a_missing_field_of_the_query(both: Both) -> None:
    answer = both.check(Ask(method="GET", target="/v1/get_result"))
    assert answer.json() == {
        "detail": [{"type": "missing", "loc": ["query", "id"], "msg": "Field required", "input": None}],
    }
