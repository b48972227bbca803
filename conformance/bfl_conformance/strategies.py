"""Request bodies as Hypothesis draws them, from the rows of the contract: valid ones, and ones with a known fault.

What the dialects disagree on is left out where both are permitted: a body drawn for `any` is valid in each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from mock_bfl.contract import Dialect, Model, Sizing
from mock_bfl.contract.fields import Field, Kind
from mock_bfl.contract.models import IMAGE_FIELDS

from .bodies import minimal_body, png, served_models
from .expect import Expectations
from .observation import Json
from .oracle.sizes import LARGEST_CERTAIN_PX

Bodies = SearchStrategy[dict[str, Json]]

# Whatever these say, the mock must not take it for a script; and a lone surrogate is no text.
_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="["), min_size=1, max_size=40).filter(str.strip)
# Inside every range that a document gives: 3:7 to 7:3.  [HELP-DIM; OAS and SDK allow more]
_RATIOS = st.sampled_from(("1:1", "4:3", "3:4", "16:9", "9:16"))
_SIDES = st.sampled_from((256, 1000, 1024, 1025, 2000))
_LARGEST_SIDE_PX = 2048
_MEGAPIXEL_SIDE_PX = 1024
_LARGEST_SEED = 2**32 - 1
_LEFT_OUT = frozenset({"webhook_url", "webhook_secret", "input_image_blob_path"})


@cache
def models(expectations: Expectations) -> SearchStrategy[Model]:
    """Draw a model that every one of the dialects names."""
    return st.sampled_from(served_models(expectations))


@cache
def valid_bodies(model: Model, *, expectations: Expectations) -> Bodies:
    """Draw a body that every one of the dialects accepts for `model`, with known sizes of at most 4 MP."""
    optional = {
        field.name: _values(field, expectations)
        for field in model.fields
        if field.name not in _LEFT_OUT and field.name != "prompt"
    }
    always = {name: optional.pop(name) for name in minimal_body(model.slug) if name in optional}
    width, height = (optional.get(name, st.none()) for name in ("width", "height"))
    body = st.fixed_dictionaries({"prompt": _TEXT, **always}, optional=optional)
    if model.sizing is Sizing.EXACT:
        both = st.fixed_dictionaries({"width": width, "height": height})
        body = st.builds(lambda some, size: {**some, **size}, body, both) | body
    return body.filter(_is_certain)


@cache
def faulty_bodies(model: Model, *, expectations: Expectations) -> SearchStrategy[tuple[dict[str, Json], str]]:
    """Draw a body of which exactly one field is invalid in every dialect, and that field's name."""
    breakable = [field for field in model.fields if field.name not in _LEFT_OUT]

    def broken(field: Field) -> SearchStrategy[tuple[dict[str, Json], str]]:
        wrong = st.sampled_from(wrong_values(field))
        body = valid_bodies(model, expectations=expectations)
        return st.builds(lambda whole, value: ({**whole, field.name: value}, field.name), body, wrong)

    return st.sampled_from(breakable).flatmap(broken)


def wrong_values(field: Field) -> tuple[Json, ...]:
    """Return values outside the type or the range of a field.

    >>> from mock_bfl.contract.fields import safety_tolerance
    >>> wrong_values(safety_tolerance(5))
    ([], -1, 6, None)
    """
    wrong: list[Json] = [[]]
    if field.minimum is not None:
        wrong.append(_beyond(field, field.minimum, -1))
    if field.maximum is not None:
        wrong.append(_beyond(field, field.maximum, +1))
    if field.multiple_of is not None and field.minimum is not None:
        wrong.append(int(field.minimum) + 1)
    if not field.nullable:
        wrong.append(None)
    return tuple(wrong)


def _beyond(field: Field, limit: float, step: int) -> Json:
    return int(limit) + step if field.kind is Kind.INTEGER else limit + step


def _is_certain(body: Mapping[str, Json]) -> bool:
    width, height = body.get("width"), body.get("height")
    return not (isinstance(width, int) and isinstance(height, int)) or width * height <= LARGEST_CERTAIN_PX


def _values(field: Field, expectations: Expectations) -> SearchStrategy[Json]:
    if field.name in IMAGE_FIELDS:
        valid: SearchStrategy[Json] = st.builds(png, _SIDES, _SIDES)
    elif field.name == "safety_tolerance":
        valid = st.integers(0, _least_of(expectations, lambda dialect: dialect.safety_tolerance_max, field))
    else:
        valid = _BY_KIND[field.kind](field, expectations)
    # A picture to edit is wanted by a dialect although the OpenAPI lets it be null.
    never_null = field.required or not field.nullable or field.name in IMAGE_FIELDS
    return valid if never_null else valid | valid | st.none()


def _least_of(expectations: Expectations, pick: Callable[[Dialect], int | None], field: Field) -> int:
    limits = [limit for limit in expectations.among(pick) if limit is not None]
    return min([*limits, int(field.maximum or 0)])


def _integers(field: Field, expectations: Expectations) -> SearchStrategy[Json]:
    if field.name == "seed":
        return st.integers(0, _LARGEST_SEED)
    step = field.multiple_of or 1
    if field.name in {"width", "height"}:
        step = max(step, *expectations.among(lambda dialect: dialect.size_multiple_of_px), 1)
    least = -(-int(field.minimum or 0) // step)
    most = int(field.maximum or _LARGEST_SIDE_PX) // step
    whole_megapixel = st.just(_MEGAPIXEL_SIDE_PX // step) if field.name == "width" else st.nothing()
    return (whole_megapixel | st.integers(least, most)).map(lambda count: count * step)


def _numbers(field: Field, _: Expectations) -> SearchStrategy[Json]:
    return st.floats(field.minimum, field.maximum, allow_nan=False, width=32)


def _formats(_: Field, expectations: Expectations) -> SearchStrategy[Json]:
    common = frozenset.intersection(*(frozenset(dialect.output_formats) for dialect in expectations.dialects))
    return st.sampled_from(sorted(common))


_BY_KIND: Mapping[Kind, Callable[[Field, Expectations], SearchStrategy[Json]]] = MappingProxyType(
    {
        Kind.STRING: lambda *_: _TEXT,
        Kind.INTEGER: _integers,
        Kind.NUMBER: _numbers,
        Kind.BOOLEAN: lambda *_: st.booleans(),
        Kind.OUTPUT_FORMAT: _formats,
        Kind.ASPECT_RATIO: lambda *_: _RATIOS,
    }
)
