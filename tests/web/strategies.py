"""What Hypothesis sends: bodies near the rules of a model, and JSON of every kind far from them."""

from __future__ import annotations

import json
import math
from typing import Any

from hypothesis import strategies as st

from bfl_conformance.bodies import png
from mock_bfl.contract import MODELS, Model
from mock_bfl.contract.endpoints import DELETE_FINETUNE, LICENCE_SLUGS, LICENCE_USAGE
from mock_bfl.contract.fields import Field, Kind

POST_PATHS = (
    *(model.path for model in MODELS),
    DELETE_FINETUNE.path,
    LICENCE_USAGE.path.format(model_slug=LICENCE_SLUGS.value[0]),
)
GET_PATHS = ("/v1/get_result", "/v1/credits", "/v1/my_finetunes", "/v1/finetune_details")
FIELDS_OF: dict[str, tuple[Field, ...]] = {
    **{model.path: model.fields for model in MODELS},
    POST_PATHS[-2]: DELETE_FINETUNE.body,
    POST_PATHS[-1]: LICENCE_USAGE.body,
}

paths = st.sampled_from(POST_PATHS)
models: st.SearchStrategy[Model] = st.sampled_from(MODELS)

# Any text but lone surrogates: those cannot be sent back, and have a test of their own.
texts = st.text(max_size=40)
texts_with_surrogates = st.text(st.characters(exclude_categories=()), max_size=20)
numbers = st.one_of(
    st.integers(-(10**20), 10**20),
    st.integers(0, 3000).map(lambda digits: 10**digits),
    st.floats(allow_nan=False, allow_infinity=False),
)
scalars = st.one_of(st.none(), st.booleans(), numbers, texts, st.sampled_from(["_sa", "1", "1.0", "true", " 7 "]))
names = st.one_of(texts, st.sampled_from(["_sa_x", "prompt", "__class__", ""]))


def nested(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return JSON values built from `leaves`."""
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4), max_leaves=12
    )


json_values = nested(scalars)
unsendable = st.sampled_from([math.nan, math.inf, -math.inf, "\ud800"])


def near(field: Field) -> st.SearchStrategy[Any]:
    """Return values on both sides of a field's rules."""
    return st.one_of(*_near(field), st.none() if field.nullable else st.nothing())


def _near(field: Field) -> list[st.SearchStrategy[Any]]:
    match field.kind:
        case Kind.INTEGER | Kind.NUMBER:
            return _near_number(field)
        case Kind.BOOLEAN:
            return [st.booleans(), st.sampled_from([0, 1, 2, "yes", "off", "maybe"])]
        case Kind.OUTPUT_FORMAT:
            return [st.sampled_from(["jpeg", "png", "webp", "gif", "JPEG", ""])]
        case Kind.URI:
            return [st.sampled_from(URIS), st.integers(2040, 2090).map(lambda n: "http://a/" + "b" * n)]
        case Kind.ASPECT_RATIO:
            return [st.sampled_from(["16:9", "9:21", "21:9", "22:9", "9:22", "0:1", "1:0", "16x9", ""]), texts]
        case Kind.STRING | Kind.CHOICE:
            return [st.sampled_from(field.choices), texts] if field.choices else [texts]
        case Kind.IMAGES:
            return [st.just(PNG), st.lists(st.just(PNG), max_size=12), st.lists(texts | st.integers(), max_size=2)]


def _near_number(field: Field) -> list[st.SearchStrategy[Any]]:
    if field.kind is Kind.NUMBER:
        return [st.floats((field.minimum or 0) - 1, (field.maximum or 1) + 1), st.integers(0, 100)]
    low, high = int(field.minimum or 0), int(field.maximum or 4096)
    step = field.multiple_of or 1
    return [st.integers(low // step, high // step).map(lambda n: n * step), st.integers(low - 2, high + 2)]


PNG = png(256, 256)
URIS = ("http://a", "https://example.com/hook?x=1#y", "http://", "ftp://a", "//a", "http://[::1]:8/", "http://a b", "")


@st.composite
def bodies(draw: st.DrawFn, path: str, *, odd: st.SearchStrategy[Any] = json_values) -> dict[str, Any]:
    """Return an object with most required fields, some others near their rules, and a few values gone `odd`."""
    fields = FIELDS_OF[path]
    optional = draw(st.sets(st.sampled_from(fields), max_size=4)) if fields else set()
    present = [field for field in fields if field in optional or (field.required and draw(st.integers(0, 5)))]
    body = {field.name: draw(near(field)) for field in present}
    for field in draw(st.lists(st.sampled_from(fields), max_size=2, unique=True)):
        body[field.name] = draw(odd)
    if draw(st.integers(0, 3)) == 0:
        body.update(draw(st.dictionaries(names, json_values, max_size=2)))
    return body


def sent(value: object) -> bytes:
    """Return a value as a sloppy client sends it: NaN, infinities and lone surrogates included."""
    return json.dumps(value).encode()
