"""A validated submit, ready to be priced and planned: sizes known, references measured, directives read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mock_bfl.contract import Dialect, Family, Model
from mock_bfl.contract.fields import OutputFormat
from mock_bfl.contract.prices import MEGAPIXEL_PX, REFERENCE_WITHOUT_SIZE_PX

from .body import Decoded, Fault, NoBody
from .image_header import ImageSize, decode_reference
from .request import Invalid, Valid, request_model, validate
from .scenario import Misspelt, Scenario, read_directives
from .sizing import Size, output_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the client asked for. `reference_px` holds the pixels of each input image."""

    model: Model
    prompt: str
    seed: int | None
    width_px: int
    height_px: int
    reference_px: tuple[int, ...]
    output_format: OutputFormat
    rewrites_prompt: bool
    scenario: Scenario
    webhook_url: str | None
    webhook_secret: str | None


def read_order(body: Decoded | NoBody, *, model: Model, dialect: Dialect) -> Order | Invalid:
    """Return the order in a decoded body, or everything that is wrong with it."""
    match validate(body, model=model, dialect=dialect):
        case Valid(values, surplus):
            return _order(values, surplus, model=model, dialect=dialect)
        case invalid:
            return invalid


def _order(values: Mapping[str, Any], surplus: Mapping[str, Any], *, model: Model, dialect: Dialect) -> Order | Invalid:
    prompt = _encodable(values["prompt"] or "")
    scenario = read_directives(prompt)
    if isinstance(scenario, Misspelt):
        return Invalid((Fault("mock_directive", ("body", "prompt"), scenario.reason, values["prompt"]),))
    sizes = [_measured(values[name]) for name in model.references if values[name]]
    width_px, height_px = output_size(model, values, first_image=sizes[0] if sizes else None, dialect=dialect)
    return Order(
        model=model,
        prompt=prompt,
        seed=values["seed"],
        width_px=width_px,
        height_px=height_px,
        reference_px=tuple(_pixels(size, scenario) for size in sizes),
        output_format=values["output_format"] or _default_format(model, dialect),
        rewrites_prompt=_rewrites(values, surplus, model, dialect),
        scenario=scenario,
        webhook_url=values["webhook_url"],
        webhook_secret=values["webhook_secret"],
    )


def _measured(text: str) -> Size | None:
    """Return the size of an image in a field; None where it cannot be known here (a URL, or no image)."""
    size = decode_reference(text)
    return (size.width_px, size.height_px) if isinstance(size, ImageSize) else None


def _pixels(size: Size | None, scenario: Scenario) -> int:
    if size is not None:
        return size[0] * size[1]
    if scenario.reference_mp is not None:
        return round(scenario.reference_mp * MEGAPIXEL_PX.value)
    return REFERENCE_WITHOUT_SIZE_PX.value


def _default_format(model: Model, dialect: Dialect) -> OutputFormat:
    """Return the format for an explicit null: the default of the field.  [ASSUMED]"""
    default: OutputFormat = request_model(model, dialect).model_fields["output_format"].default
    return default


def _rewrites(values: Mapping[str, Any], surplus: Mapping[str, Any], model: Model, dialect: Dialect) -> bool:
    """Tell whether the result shows a rewritten prompt: FLUX.2 does unless told not to.

    [CASS; `disable_pup` is known to the later spec, `prompt_upsampling` to flex]
    """
    if dialect.prompt_in_result == "original" or model.family is not Family.FLUX_2:
        return False
    return values.get("prompt_upsampling") is not False and surplus.get("disable_pup") is not True


def _encodable(text: str) -> str:
    """Return the text with lone surrogates replaced: they pass validation and cannot be sent back.  [FASTAPI]"""
    return text.encode("utf-8", "replace").decode()
