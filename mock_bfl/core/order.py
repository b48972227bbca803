"""A validated submit, ready to be priced and planned: sizes known, references measured, directives read.

An input image that cannot be used ends the task with `invalid_image`, or is refused with the submit: no capture tells,
so the dialect decides. FLUX 3 always refuses.  [F3-DOCS]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from mock_bfl.contract import Dialect, Family, Model, statuses
from mock_bfl.contract.fields import OutputFormat
from mock_bfl.contract.prices import MEGAPIXEL_PX, REFERENCE_WITHOUT_SIZE_PX

from .body import Decoded, Fault, NoBody
from .image_header import ImageSize
from .references import Fetched, Reference, Unmeasured, Unusable, references_in
from .request import Invalid, Valid, request_model, validate
from .scenario import Misspelt, Scenario, read_directives
from .sizing import output_size

NOTHING_FETCHED: Fetched = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the client asked for. `reference_px` holds the pixels of each input image.

    `to_fetch` are URLs of this machine whose images were not measured yet; `notes` say what became of images that
    cannot be measured, `bad_images` why some cannot be used.
    """

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
    to_fetch: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    bad_images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TooLarge:
    """An input image with more pixels than FLUX 3 takes: a 400, where other faults are a 422.  [F3-DOCS]"""

    reason: str


def read_order(
    body: Decoded | NoBody, *, model: Model, dialect: Dialect, fetched: Fetched = NOTHING_FETCHED
) -> Order | Invalid | TooLarge:
    """Return the order in a decoded body, or everything that is wrong with it.

    `fetched` says what came of the URLs that an earlier reading of the same body asked for in `to_fetch`.
    """
    match validate(body, model=model, dialect=dialect):
        case Valid(values, surplus):
            references = tuple(references_in(values, model=model, fetched=fetched))
            refused = _refused(references, model, dialect)
            return refused or _order(values, surplus, references, model=model, dialect=dialect)
        case invalid:
            return invalid


_Named = tuple[tuple[str, Reference], ...]


def _refused(references: _Named, model: Model, dialect: Dialect) -> Invalid | TooLarge | None:
    """Return the refusal of the images that cannot be used, where the submit is what is refused."""
    if dialect.bad_image != "refused" and model.family is not Family.FLUX_3:
        return None
    bad = [(name, found) for name, found in references if isinstance(found, Unusable)]
    large = [f"{name}: {found.reason}" for name, found in bad if found.too_large]
    if large and model.family is Family.FLUX_3:
        return TooLarge(" ".join(large))
    return (
        Invalid(tuple(Fault("invalid_image", ("body", name), found.reason, None) for name, found in bad))
        if bad
        else None
    )


def misspelt(found: Misspelt, *, prompt: str) -> Invalid:
    """Return the refusal of a prompt whose directive cannot be followed."""
    return Invalid((Fault("mock_directive", ("body", "prompt"), found.reason, prompt),))


def _order(
    values: Mapping[str, Any], surplus: Mapping[str, Any], references: _Named, *, model: Model, dialect: Dialect
) -> Order | Invalid:
    prompt = _encodable(values.get("prompt") or "")
    scenario = read_directives(prompt)
    if isinstance(scenario, Misspelt):
        return misspelt(scenario, prompt=values["prompt"])
    found = [reference for _, reference in references]
    first_image = (found[0].width_px, found[0].height_px) if found and isinstance(found[0], ImageSize) else None
    width_px, height_px = output_size(model, values, first_image=first_image, dialect=dialect)
    bad_images = tuple(f"{name}: {bad.reason}" for name, bad in references if isinstance(bad, Unusable))
    return Order(
        model=model,
        prompt=prompt,
        seed=values.get("seed"),
        width_px=width_px,
        height_px=height_px,
        reference_px=tuple(_pixels(reference, scenario) for reference in found),
        output_format=values.get("output_format") or _default_format(model, dialect),
        rewrites_prompt=_rewrites(values, surplus, model, dialect),
        scenario=_failing(scenario) if bad_images else scenario,
        webhook_url=values.get("webhook_url"),
        webhook_secret=values.get("webhook_secret"),
        to_fetch=tuple({each.url: None for each in found if isinstance(each, Unmeasured) and each.url is not None}),
        notes=tuple(f"{name}: {each.reason}" for name, each in references if isinstance(each, Unmeasured)),
        bad_images=bad_images,
    )


def _failing(scenario: Scenario) -> Scenario:
    """Return the scenario of a task whose image cannot be used: `invalid_image`, unless a script says how it ends.

    [GUIDE: the code; that the task ends so, and is given back: ASSUMED]
    """
    if scenario.final_status is not None:
        return scenario
    return replace(scenario, final_status=statuses.ERROR, error_code="invalid_image")


def _pixels(found: Reference, scenario: Scenario) -> int:
    if isinstance(found, ImageSize):
        return found.width_px * found.height_px
    if scenario.reference_mp is not None:
        return round(scenario.reference_mp * MEGAPIXEL_PX.value)
    return REFERENCE_WITHOUT_SIZE_PX.value


def _default_format(model: Model, dialect: Dialect) -> OutputFormat:
    """Return the format for an explicit null: the default of the field; jpeg where there is no field.  [ASSUMED]"""
    field = request_model(model, dialect).model_fields.get("output_format")
    default: OutputFormat = "jpeg" if field is None else field.default
    return default


def _rewrites(values: Mapping[str, Any], surplus: Mapping[str, Any], model: Model, dialect: Dialect) -> bool:
    """Tell whether the result shows a rewritten prompt: FLUX.2 does unless told not to, and FLUX 3.

    [CASS; F3-DOCS; `disable_pup` is known to the later spec, `prompt_upsampling` to flex]
    """
    if dialect.prompt_in_result == "original" or model.family not in {Family.FLUX_2, Family.FLUX_3}:
        return False
    return values.get("prompt_upsampling") is not False and surplus.get("disable_pup") is not True


def _encodable(text: str) -> str:
    """Return the text with lone surrogates replaced: they pass validation and cannot be sent back.  [FASTAPI]"""
    return text.encode("utf-8", "replace").decode()
