"""The calls of a client as both clients make them, the blocking and the asynchronous one: what is between the caller's
arguments and the flows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict

from ._clock import Deadline
from ._download import downloading
from ._effects import Flow
from ._errors import InvalidRequest, Unavailable
from ._flows import Followed, Order, reading, submitting, waiting
from ._inputs import ImageSource, as_api_image
from ._models import as_json, checked_output, output_format_for
from ._policy import Finished
from ._prices import Estimate, estimate
from ._replies import Reply, as_number
from ._runtime import Runtime
from .models import AnyRequest, Request, body_of, model_row, request_for

_FORMAT = "output_format"
_MASK = "mask"
# A model that this client does not know is taken for one that names its images as FLUX.2 does.
_IMAGES_OF_ANY = ("input_image", *(f"input_image_{number}" for number in range(2, 11)))


class EditFields(TypedDict, total=False):
    """The vendor's fields that `edit` has arguments for, besides prompt and images. One that is None is left out."""

    width: int | None
    height: int | None
    aspect_ratio: str | None
    seed: int | None
    output_format: str | None
    safety_tolerance: int | None


class GenerateFields(EditFields, total=False):
    """The vendor's fields that `generate` has arguments for, besides the prompt."""

    input_image: str | None


class SubmitFields(GenerateFields, total=False):
    """The vendor's fields that `submit` has arguments for, besides the prompt."""

    webhook_url: str | None
    webhook_secret: str | None


def order_for(
    model: str | Request,
    fields: Mapping[str, object],
    *,
    extra: Mapping[str, object] | None = None,
    output: str | Path | None = None,
) -> Order:
    """Return what is to be submitted, checked and priced. The suffix of `output` sets the output_format.

    `model` is a name, or a request of `bfl_client.models`; that holds its fields itself. Raises InvalidRequest or
    UnknownModel.
    """
    request = _with_format(_request(model, fields, extra=extra), output)
    price = estimate(request)
    return Order(
        model=request.MODEL,
        path=request.PATH,
        body=as_json(body_of(request)),
        estimate_credits=price.credits,
        is_price_certain=price.is_exact,
    )


def estimated(
    model: str | Request, fields: Mapping[str, object], *, extra: Mapping[str, object] | None = None
) -> Estimate:
    """Return what a request will cost. Raises InvalidRequest or UnknownModel."""
    return estimate(_request(model, fields, extra=extra))


def edit_fields(model: str, images: Sequence[ImageSource], *, mask: ImageSource | None = None) -> Mapping[str, object]:
    """Return the fields that carry the input images of an edit, files and bytes as base64.

    Raises InvalidRequest where the model takes fewer images, or no mask, and for a picture that no task could use.
    """
    row = model_row(model)
    names = [name for name in (_IMAGES_OF_ANY if row is None else row.image_fields) if name != _MASK]
    if row is not None and mask is not None and _MASK not in row.image_fields:
        raise InvalidRequest(f"{model} takes no mask; flux-pro-1.0-fill does.")
    if not images:
        raise InvalidRequest("There is no image to change; `generate` makes a picture from a prompt alone.")
    given = [as_api_image(image, field=f"image {number}") for number, image in enumerate(images, start=1)]
    masked = {} if mask is None else {_MASK: as_api_image(mask, field=_MASK)}
    if names == ["images"]:
        return {"images": given}
    if len(given) > len(names):
        raise InvalidRequest(f"{model} takes {len(names)} input images, not {len(given)}.")
    return {**dict(zip(names, given, strict=False)), **masked}


def _request(model: str | Request, fields: Mapping[str, object], *, extra: Mapping[str, object] | None) -> Request:
    if isinstance(model, str):
        return request_for(model, fields, extra=extra)
    surplus = sorted(name for name, value in {**fields, **(extra or {})}.items() if value is not None)
    if surplus:
        raise InvalidRequest(f"{', '.join(surplus)}: write it into the {type(model).__name__}, which holds its fields.")
    return model


def _with_format(request: Request, output: str | Path | None) -> Request:
    """Return the request for the format that the output's suffix means, where the model makes more than one."""
    body, row = body_of(request), model_row(request.MODEL)
    asked = body.get(_FORMAT)
    wanted = output_format_for(output, asked=asked if isinstance(asked, str) else None)
    if wanted == asked or (row is not None and _FORMAT not in row.fields):
        return request
    fields = {name: value for name, value in body.items() if name not in request.extra} | {_FORMAT: wanted}
    if isinstance(request, AnyRequest):
        return AnyRequest(request.model, fields, extra=request.extra)  # unchecked, as it was asked for
    return request_for(request.MODEL, fields, extra=request.extra)


def generating(
    order: Order, *, output: str | Path | None, runtime: Runtime, deadline: Deadline
) -> Flow[tuple[Followed, Finished]]:
    """Submit, wait, and save the picture if an output is given; one deadline for all of it."""
    target = None if output is None else checked_output(output)
    task = yield from submitting(order, runtime=runtime, deadline=deadline)
    finished = yield from waiting(task, runtime=runtime, deadline=deadline)
    if target is not None:
        yield from downloading(task, target, runtime=runtime, deadline=deadline)
    return task, finished


def asking_balance(*, runtime: Runtime, deadline: Deadline) -> Flow[float]:
    """Ask for the balance in credits."""
    return balance_of((yield from reading("/v1/credits", runtime=runtime, deadline=deadline)))


def balance_of(reply: Reply) -> float:
    """Return the balance in an answer about credits; raise Unavailable if it holds none."""
    balance = as_number(reply.mapping.get("credits"))
    if balance is None:
        raise Unavailable("The API's answer holds no balance.", status_code=200, body=reply.content)
    return balance
