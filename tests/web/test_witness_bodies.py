"""The mock in `live` words the faults of a JSON body as FastAPI does over the same models, to the byte."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.web.agreement import Both, check_explained
from tests.web.strategies import (
    FIELDS_OF,
    POST_PATHS,
    bodies,
    json_values,
    names,
    nested,
    paths,
    sent,
    texts_with_surrogates,
    unsendable,
)
from tests.web.wire import Ask

WRONG: tuple[Any, ...] = (None, True, -1, 1.5, "x", [], float("nan"))


@given(data=st.data(), path=paths)
def test_a_body_near_the_rules_gets_the_frameworks_answer(both: Both, data: st.DataObject, path: str) -> None:
    body = data.draw(bodies(path))
    both.check(Ask(target=path, body=sent(body)))


@given(path=paths, value=json_values)
@example(path="/v1/flux-2-pro", value=None)
@example(path="/v1/flux-2-pro", value=[])
@example(path="/v1/flux-2-pro", value="prompt")
@example(path="/v1/flux-2-pro", value={"prompt": {"_sa_gone": 1, "kept": 2}})
def test_json_of_any_kind_gets_the_frameworks_answer(both: Both, path: str, value: object) -> None:
    both.check(Ask(target=path, body=sent(value)))


@given(data=st.data(), path=paths)
def test_what_cannot_be_sent_back_is_a_422_with_that_input_null(both: Both, data: st.DataObject, path: str) -> None:
    """NaN, infinities and lone surrogates, anywhere in a body. The framework answers 500 where it echoes them."""
    odd = nested(unsendable)
    body = data.draw(bodies(path, odd=odd))
    body |= data.draw(st.dictionaries(names | texts_with_surrogates, odd, max_size=1))
    both.check(Ask(target=path, body=sent(body)))


@pytest.mark.parametrize("path", POST_PATHS)
def test_every_field_of_every_model_refuses_the_wrong_type_as_the_framework_does(path: str, both: Both) -> None:
    for field in FIELDS_OF[path]:
        for wrong in WRONG:
            both.check(Ask(target=path, body=sent({"prompt": "a", "image": "a", field.name: wrong})))


@pytest.mark.parametrize("path", POST_PATHS)
def test_an_empty_object_is_refused_exactly_where_a_field_is_required(path: str, both: Both) -> None:
    answer = both.check(Ask(target=path, body=b"{}"))
    assert (answer.status == 422) is any(field.required for field in FIELDS_OF[path])


def test_all_faults_of_a_body_come_at_once_in_the_order_of_the_fields(both: Both) -> None:
    body = sent({"width": 1, "height": "tall", "safety_tolerance": 6, "output_format": "gif"})
    answer = both.check(Ask(target="/v1/flux-2-pro", body=body))
    assert [fault["loc"][1] for fault in answer.json()["detail"]] == [
        "prompt",
        "width",
        "height",
        "safety_tolerance",
        "output_format",
    ]


def test_a_fault_has_its_keys_in_the_recorded_order(both: Both) -> None:
    """[LIVE-UPS: type, loc, msg, input, ctx]"""
    answer = both.check(Ask(target="/v1/flux-2-pro", body=sent({"prompt": "a", "safety_tolerance": 6})))
    assert answer.body == (
        b'{"detail":[{"type":"less_than_equal","loc":["body","safety_tolerance"],'
        b'"msg":"Input should be less than or equal to 5","input":6,"ctx":{"le":5}}]}'
    )


def levels(depth: int) -> bytes:
    """Return an array in an array, `depth` deep."""
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize("around", [b"%s", b'{"prompt": %s}', b'{"prompt": "a", "nobody": %s}'])
@pytest.mark.parametrize("depth", [1, 10, 100])
def test_a_body_nested_a_hundred_deep_is_read(both: Both, around: bytes, depth: int) -> None:
    answer = both.check(Ask(target="/v1/flux-2-pro", body=around % levels(depth)))
    assert answer.status == (200 if b"nobody" in around else 422)


@pytest.mark.parametrize("depth", [100_000, 1_000_000])
def test_a_body_nested_a_hundred_thousand_deep_cannot_be_read(both: Both, depth: int) -> None:
    """Between a hundred and a hundred thousand levels the answer depends on the interpreter's own limits, which
    differ between Python versions: nothing is promised there but that it is no 5xx.
    """
    answer = both.check(Ask(target="/v1/flux-2-pro", body=levels(depth)))
    assert answer.status == 400


@given(depth=st.integers(100, 100_000), around=st.sampled_from([b"%s", b'{"prompt": %s}', b'{"prompt": "a", "b": %s}']))
def test_no_depth_breaks_the_mock(both: Both, depth: int, around: bytes) -> None:
    check_explained(both.mock.answer(Ask(target="/v1/flux-2-pro", body=around % levels(depth))))


@pytest.mark.parametrize(("digits", "status"), [(4300, 422), (4301, 400), (100_000, 400)])
def test_a_number_may_have_4300_digits(both: Both, digits: int, status: int) -> None:
    """The limit is Python's own, at both ends of the wire."""
    body = b'{"prompt": "a", "width": "x", "seed": ' + b"7" * digits + b"}"
    assert both.check(Ask(target="/v1/flux-2-pro", body=body)).status == status


def test_of_two_equal_names_the_last_counts(both: Both) -> None:
    answer = both.check(Ask(target="/v1/flux-2-pro", body=b'{"prompt": "a", "prompt": 5}'))
    assert answer.json()["detail"][0]["input"] == 5


REPEATED: list[Any] = [{"prompt": 1}, [{"prompt": 1}], "text", 5]


@pytest.mark.parametrize("value", REPEATED, ids=json.dumps)
def test_a_refusal_echoes_the_input_compactly(both: Both, value: object) -> None:
    answer = both.check(Ask(target="/v1/flux-dev", body=sent(value)))
    assert answer.body == json.dumps(answer.json(), separators=(",", ":"), ensure_ascii=False).encode()
