"""What the client lets through the mock takes, and what it says a request costs is what the mock charges.

Bodies are drawn around the bounds that the mock's rows name, so that a rule of the client that is too lax is met.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any

import pytest
import requests
from hypothesis import event, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bfl_client import InvalidRequest
from bfl_client._prices import estimate
from bfl_client.models import Request, body_of, known_models, request_for
from mock_bfl.contract import LIVE, MODELS_BY_SLUG
from mock_bfl.contract.fields import Field, Kind
from mock_bfl.engine import Engine
from mock_bfl.testing import IN_PROCESS_URL, WSGIAdapter
from mock_bfl.web import create_app
from tests.client.pictures import base64_of, picture, png
from tests.client.test_models_agree import MODELS_OF_THE_CLIENT_ALONE, RULES_THAT_DIFFER

SLUGS = sorted(row.slug for row in known_models() if row.slug not in MODELS_OF_THE_CLIENT_ALONE)
URL = "https://example.com/cat.jpg"
KEY = "bfl_test_key_0123456789"

SIDES = (256, 1000, 1024, 1025, 2048)
IMAGES = st.just(URL) | st.builds(png, st.sampled_from(SIDES), st.sampled_from(SIDES))
ODD_IMAGES = st.sampled_from(
    [
        base64_of(picture(form="JPEG")),
        png(255, 256),
        png(4097, 4096),
        png(5120, 4097),
        "cat.png",
        base64_of(b"no picture"),
    ]
)
# The mock refuses what lies outside 21:9 to 9:21, the client outside 4:1 to 1:4: RATIOS_THAT_DIFFER.
RATIOS = st.sampled_from(["1:1", "21:9", "9:21", "16:9"])
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="["), min_size=1, max_size=20)
ODD = st.sampled_from(
    ["", "a\ud800", "jpg", "auto", "10:1", "5:1", "1:7", "0:1", "16x9", "8k", "turbo", "https://", 1, True]
)


def numbers_in(field: Field) -> SearchStrategy[Any]:
    """Draw a number in the range of a row; for a side mostly one that shows how sizes are rounded."""
    if field.kind is Kind.NUMBER:
        return st.floats(field.minimum, field.maximum)
    step = field.multiple_of or 1
    least, most = (-(2**70) if field.minimum is None else int(field.minimum)), int(field.maximum or 2100)
    telling = [side for side in (1024, 1056, 2048) if least <= side <= most]
    exact = st.integers(-(-least // step), most // step).map(lambda count: count * step)
    return exact | st.sampled_from(telling) if telling and field.minimum else exact


def numbers_around(field: Field) -> SearchStrategy[Any]:
    bounds = [int(bound) for bound in (field.minimum, field.maximum) if bound is not None]
    near = [bound + step for bound in bounds for step in (-1, 0, 1)]
    return st.sampled_from([*near, *near, 1000, 4097, float("nan"), 1.5])


def sound(field: Field, *, is_image: bool) -> SearchStrategy[Any]:
    """Draw a value that the mock's row lets through."""
    if is_image:
        return IMAGES | st.lists(IMAGES, min_size=1, max_size=10) if field.kind is Kind.IMAGES else IMAGES
    match field.kind:
        case Kind.INTEGER | Kind.NUMBER:
            return numbers_in(field)
        case Kind.BOOLEAN:
            return st.booleans()
        case Kind.ASPECT_RATIO:
            return RATIOS
        case Kind.URI:
            return st.sampled_from(["https://example.com/hook", "http://127.0.0.1:1/?a=b"])
        case Kind.CHOICE | Kind.OUTPUT_FORMAT:
            return st.sampled_from(field.choices or ("jpeg", "png", "webp"))
        case _:
            return TEXTS


def doubtful(field: Field, *, is_image: bool) -> SearchStrategy[Any]:
    """Draw a value at the edge of what a row lets through, or beyond it."""
    if is_image:
        return ODD_IMAGES | st.lists(IMAGES | ODD_IMAGES, max_size=11) if field.kind is Kind.IMAGES else ODD_IMAGES
    return numbers_around(field) | ODD if field.kind in {Kind.INTEGER, Kind.NUMBER} else ODD


_RARELY_ODD = frozenset({"webhook_url", "webhook_secret", "prompt", "finetune_id", "version", "input_image_blob_path"})
_RARELY_ODD |= {f"input_image_{number}" for number in range(2, 9)}  # as the first


@lru_cache
def fields_for(slug: str) -> SearchStrategy[dict[str, Any]]:
    """Draw what a model needs, both sides or none, some more fields, and perhaps a doubtful value in one of them."""
    model = MODELS_BY_SLUG[slug]
    rows = {field.name: field for field in model.fields if (slug, field.name) not in RULES_THAT_DIFFER}
    pictures = {name for name in model.references if not name.endswith("_blob_path")}
    drawn = {name: sound(field, is_image=name in pictures) for name, field in rows.items()}
    always = {name: drawn[name] for name, field in rows.items() if field.required}
    sizes = {name: drawn[name] for name in ("width", "height") if name in drawn}
    others = st.lists(st.sampled_from(sorted(drawn.keys() - always.keys() - sizes.keys())), max_size=3, unique=True)
    judged = [name for name, field in rows.items() if field.kind is not Kind.BOOLEAN and name not in _RARELY_ODD]
    odd = st.sampled_from(judged).flatmap(
        lambda name: st.fixed_dictionaries({name: doubtful(rows[name], is_image=name in pictures)})
    )
    return st.builds(
        lambda *parts: {name: value for part in parts for name, value in part.items()},
        st.fixed_dictionaries(always),
        st.fixed_dictionaries(sizes) | st.just({}),
        others.flatmap(lambda names: st.fixed_dictionaries({name: drawn[name] for name in names})),
        st.just({}) | odd | odd,
    )


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    """A session to a mock whose tasks end at once, and whose accounts are rich."""
    app = create_app(Engine(dialect=LIVE, speed=0, starting_balance=Decimal(10**9)))
    with requests.Session() as session:
        session.mount(IN_PROCESS_URL, WSGIAdapter(app))
        yield session


def submit(session: requests.Session, request: Request) -> requests.Response:
    return session.post(f"{IN_PROCESS_URL}{request.PATH}", json=body_of(request), headers={"x-key": KEY})


@pytest.mark.parametrize("slug", SLUGS)
@settings(max_examples=min(400, 2 * settings().max_examples))
@given(data=st.data())
def test_the_mock_takes_what_the_client_lets_through_at_the_price_it_told(
    session: requests.Session, slug: str, data: st.DataObject
) -> None:
    fields = data.draw(fields_for(slug))
    try:
        request = request_for(slug, fields)
    except InvalidRequest:
        event("refused by the client")
        return
    reply = submit(session, request)
    assert reply.status_code == 200, reply.text
    told = estimate(request)
    event(f"accepted, exact: {told.is_exact}")
    if told.is_exact:
        assert reply.json()["cost"] == pytest.approx(told.credits)
        assert reply.json()["input_mp"] == told.input_mp
        assert told.output_mp in {None, reply.json()["output_mp"]}


@pytest.mark.parametrize("slug", SLUGS)
@settings(max_examples=min(200, settings().max_examples))
@given(data=st.data())
def test_what_the_client_refuses_some_document_does(session: requests.Session, slug: str, data: st.DataObject) -> None:
    """The mock refuses it too, or would end its task in Error, but for what it does not judge."""
    fields = data.draw(fields_for(slug))
    try:
        request_for(slug, fields)
    except InvalidRequest as error:
        faults = [reason for reason in error.reasons if not is_judged_by_the_client_alone(reason)]
    else:
        return
    if not faults:
        return
    try:
        reply = session.post(f"{IN_PROCESS_URL}/v1/{slug}", json=fields, headers={"x-key": KEY})
    except requests.exceptions.InvalidJSONError:
        return
    assert reply.status_code in {400, 422} or "X-Mock-BFL-Why" in reply.headers, (faults, reply.text)


# Faults that the mock does not find, and why the client does.
JUDGED_BY_THE_CLIENT_ALONE = {
    "is no whole number": "the vendor's framework turns 64.0, '64' and true into 64; no document says so",
    "is no number": "as above",
    "is neither True nor False": "as above",
    "half a character": "a lone surrogate is no text, what becomes of it is not predictable [RFC 8259, 8.2]",
    "make them equal": "the OpenAPI says that the endpoint verifies a mask's size; the mock does not",
    "no URL (": "fast outpainting takes base64 alone; the mock does not tell the modes apart",
}


def is_judged_by_the_client_alone(reason: str) -> bool:
    return any(words in reason for words in JUDGED_BY_THE_CLIENT_ALONE)
