"""From a model's name to its request, with a word of help where a name is wrong; and what models there are."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from ._catalogue import CLASS_OF_SLUG, load_class
from ._names import LimitClass, named_on_the_api, slug_of
from ._request import AnyRequest, Request

_SIZES = frozenset({"width", "height", "aspect_ratio"})
_NUMBERED_IMAGE = re.compile(r"input_image_[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """What a person asks of a model.

    `kind`: edit if it needs an input image, text if a prompt will do. `reference_images`: how many input images it can
    carry, in `image_fields`; `fields` are all that it takes. `price`: credits, as far as a document names them. `note`:
    what is odd about it.
    """

    slug: str
    path: str
    kind: Literal["text", "edit"]
    reference_images: int
    image_fields: tuple[str, ...]
    fields: tuple[str, ...]
    limit_class: LimitClass
    price: str
    note: str


def request_for(model: str, fields: Mapping[str, object], *, extra: Mapping[str, object] | None = None) -> Request:
    """Return the request to a model, by its name or path; names that only the guide has are taken too.

    A field that is None is left out. A model this client does not know gets an `AnyRequest`. Fields newer than the
    client go into `extra`; a required field may stand there too. Raises InvalidRequest with every fault, UnknownModel.
    """
    asked = slug_of(model)
    slug, implied = named_on_the_api(asked)
    given = {name: value for name, value in fields.items() if value is not None}
    if slug not in CLASS_OF_SLUG:
        return AnyRequest(slug, given, extra=extra or {})
    clashes = [
        f"{name}: {asked} means {implied[name]}" for name in implied if given.get(name, ...) not in (..., implied[name])
    ]
    return _typed(load_class(CLASS_OF_SLUG[slug]), {**given, **implied}, dict(extra or {}), clashes)


def _typed(kind: Any, given: dict[str, object], extra: dict[str, object], faults: list[str]) -> Request:
    from ._checks import faults_of, refusal, slots_of

    slots = slots_of(kind)
    for name, slot in slots.items():
        if slot.is_required and name not in given and extra.get(name) is not None:
            given[name] = extra.pop(name)
    known = {name: given.get(name) for name, slot in slots.items() if name in given or slot.is_required}
    faults += (_unknown_field(name, kind) for name in given if name not in slots)
    if faults:
        raise refusal(kind.MODEL, (*faults, *faults_of(kind, {**dict.fromkeys(slots), **known}, extra)))
    request: Request = kind(**known, extra=extra)
    return request


def _unknown_field(name: str, kind: Any) -> str:
    from ._checks import slots_of

    hint = next(_hints(name, slots_of(kind), kind), None)
    meant = "" if hint is None else f", {hint}"
    return f"{name}: {kind.MODEL} has no such field{meant} (extra passes it on as it is)"


def _hints(name: str, known: Collection[str], kind: Any) -> Iterator[str]:
    """Yield what may have been meant by a field that a model has not, best first."""
    # Late: only a typing error needs it.
    from difflib import get_close_matches

    if _NUMBERED_IMAGE.fullmatch(name) and "input_image" in known:
        yield f"it takes at most {kind.REFERENCE_IMAGES} input images"
    yield from (f"did you mean {close}?" for close in get_close_matches(name, known, n=1))
    kin = [each for each in known if each in _SIZES] if name in _SIZES else []
    kin = list(image_fields_of(kind)) if "image" in name else kin
    if kin:
        yield f"it takes {', '.join(kin)}"


def image_fields_of(kind: type) -> tuple[str, ...]:
    """Return the fields of a class of requests that take images, in their order."""
    from ._checks import slots_of

    return tuple(name for name, slot in slots_of(kind).items() if slot.rule.kind in {"image", "images"})


def known_models() -> Sequence[ModelRow]:
    """Return a row for each model that this client has a class for."""
    return tuple(_row(load_class(name)) for name in CLASS_OF_SLUG.values())


def model_row(model: str) -> ModelRow | None:
    """Return the row of a model by its name, None for one that this client has no class for. Raises UnknownModel."""
    slug, _ = named_on_the_api(slug_of(model))
    return _row(load_class(CLASS_OF_SLUG[slug])) if slug in CLASS_OF_SLUG else None


@cache
def _row(kind: Any) -> ModelRow:
    from bfl_client._price_list import price_text

    from ._checks import slots_of

    slots, images = slots_of(kind), image_fields_of(kind)
    is_edit = any(slots[name].is_required for name in images) or "control_image" in images
    return ModelRow(
        slug=kind.MODEL,
        path=kind.PATH,
        kind="edit" if is_edit else "text",
        reference_images=kind.REFERENCE_IMAGES,
        image_fields=images,
        fields=tuple(slots),
        limit_class=kind.LIMIT_CLASS,
        price=price_text(kind.MODEL),
        note=getattr(kind, "NOTE", ""),
    )
