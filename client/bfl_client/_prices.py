"""What a request will cost, before it is sent: the guide's formula over what is known of the sizes.

A megapixel is 2^20 pixels, and each image counts as the next whole one, at least one  [CASS, HK, YUTO, COMFYPRICE].
What a document leaves open is counted in the likeliest way, and makes the estimate inexact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ._inputs import MEGAPIXEL_PX, is_url, size_of_text
from ._price_list import PRICES, BySize, Flat, PerMegapixel, Price, in_figures, price_text
from .models import Request, body_of, model_row

__all__ = ["Estimate", "estimate", "price_text"]

_CREDITS_PER_DOLLAR = 100  # [DOCS-PRICE, DOCS-BILL, GUIDE]
_MOST_OUTPUT_PX = 4 * MEGAPIXEL_PX  # [HELP-DIM: resized above it; GUIDE: refused]
_MOST_INPUT_PX = 4 * MEGAPIXEL_PX  # resized to it before it is billed  [LUMENFALL, a single report]
_DEFAULT_SIDE_PX = 1024  # [HELP-DIM]
_SIDES = ("width", "height")
_BLOB = "input_image_blob_path"  # an image whose size only the vendor knows
# The OpenAPI and the guide name eight images of FLUX.2, other pages ten.
_BEYOND_THE_OPENAPI = frozenset({"input_image_9", "input_image_10"})


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a request will cost.

    `credits` and `usd` are None where no price is known. `input_mp` and `output_mp` are megapixels as the API's reply
    shows them, rounded to 2 places; a picture of unknown size counts as 1, an output of unknown size is None.
    `is_exact`: all sizes are known, and no document contradicts the price. `why` says how it was reckoned, and what
    makes it a guess.
    """

    credits: float | None
    usd: float | None
    input_mp: float | None
    output_mp: float | None
    is_exact: bool
    why: str


@dataclass(frozen=True, slots=True)
class _Counted:
    """Pixels to bill, and what is uncertain of them."""

    px: int
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Sizes:
    """The sizes of a request: each input image's, and the output's if the request says anything of it."""

    inputs: tuple[_Counted, ...]
    output: _Counted | None


def estimate(request: Request) -> Estimate:
    """Return what a request will cost.

    >>> from bfl_client.models import Flux2Pro
    >>> estimate(Flux2Pro(prompt="a red cube", width=2048, height=1024)).credits
    4.5
    """
    body, slug = body_of(request), request.MODEL
    row = model_row(slug)
    if row is None:
        return Estimate(None, None, None, None, is_exact=False, why=f"no document names a price of {slug}")
    sizes = _Sizes(_inputs_of(body, (*row.image_fields, _BLOB)), _asked_output(body))
    strange = [f"{name}: what it costs is not known here" for name in body if name not in row.fields]
    match _price_of(row.slug, body):
        case PerMegapixel() as price:
            return _by_megapixel(price, sizes, strange)
        case BySize() as price:
            return _by_size(price, sizes, strange)
        case Flat() as price:
            return _flat(price, sizes, strange)
        case _:
            return _estimate(None, sizes, f"no document names a price of {slug} as it is asked for", doubts=["unknown"])


def _price_of(slug: str, body: Mapping[str, object]) -> Price | None:
    price = PRICES.get(slug)
    if isinstance(price, Flat) and price.resolution and body.get("resolution", price.resolution) != price.resolution:
        return None
    return price


def _flat(price: Flat, sizes: _Sizes, strange: Sequence[str]) -> Estimate:
    certain = None if sizes.output is None or sizes.output.doubts else sizes.output
    sentence = f"{in_figures(price.credits)} for each picture [{price.source}]"
    return _estimate(price.credits, _Sizes(sizes.inputs, certain), sentence, doubts=[price.doubt, *strange])


def _by_megapixel(price: PerMegapixel, sizes: _Sizes, strange: Sequence[str]) -> Estimate:
    output = _at_most_4_mp(sizes.output or _default_output(sizes))
    further, of_input = _billed_mp(output.px) - 1, sum(_billed_mp(each.px) for each in sizes.inputs)
    parts = (price.first, further * price.further, of_input * price.of_input)
    sentence = f"{in_figures(price.first)} for the first output MP"
    sentence += f", {in_figures(parts[1])} for {further} more" if further else ""
    sentence += f", {in_figures(parts[2])} for {of_input} input MP" if of_input else ""
    doubts = [price.doubt, price.edit_doubt if sizes.inputs else "", *strange, *output.doubts]
    doubts += [doubt for each in sizes.inputs for doubt in each.doubts]
    return _estimate(sum(parts, Decimal()), _Sizes(sizes.inputs, output), f"{sentence} [{price.source}]", doubts=doubts)


def _by_size(price: BySize, sizes: _Sizes, strange: Sequence[str]) -> Estimate:
    output = sizes.output or _default_output(sizes)
    billed = _billed_mp(output.px)
    credits = next((credits for most_mp, credits in price.steps if billed <= most_mp), price.steps[-1][1])
    sentence = f"{in_figures(credits)} for a picture of {billed} MP [{price.source}]"
    return _estimate(credits, sizes, sentence, doubts=[price.doubt, *strange, *output.doubts])


def _estimate(credits: Decimal | None, sizes: _Sizes, sentence: str, *, doubts: Sequence[str]) -> Estimate:
    real = [doubt for doubt in doubts if doubt]
    return Estimate(
        credits=None if credits is None else float(credits),
        usd=None if credits is None else float(credits / _CREDITS_PER_DOLLAR),
        input_mp=_shown_mp(sum(each.px for each in sizes.inputs)),
        output_mp=None if sizes.output is None else _shown_mp(sizes.output.px),
        is_exact=not real,
        why="; ".join([sentence, *real]) if credits is not None else sentence,
    )


def _inputs_of(body: Mapping[str, object], image_fields: Sequence[str]) -> tuple[_Counted, ...]:
    return tuple(_counted(name, image) for name in image_fields for image in _images_in(body.get(name)))


def _images_in(value: object) -> Sequence[object]:
    if value is None:
        return ()
    return value if isinstance(value, list | tuple) else (value,)


def _counted(name: str, image: object) -> _Counted:
    """Return what an input image counts as: its pixels, at most 4 MP; 1 MP if they are not known here."""
    doubts = [f"{name}: the OpenAPI names 8 images"] if name in _BEYOND_THE_OPENAPI else []
    size = size_of_text(image) if isinstance(image, str) else None
    if size is None:
        what = "a URL" if isinstance(image, str) and is_url(image) else "this"
        return _Counted(MEGAPIXEL_PX, (*doubts, f"{name}: the size of {what} is not known here, counted as 1 MP"))
    pixels = size[0] * size[1]
    if pixels > _MOST_INPUT_PX:
        doubts.append(f"{name}: above 4 MP, counted as 4 by a single report")
    return _Counted(min(pixels, _MOST_INPUT_PX), tuple(doubts))


def _asked_output(body: Mapping[str, object]) -> _Counted | None:
    """Return the size that width and height ask for, None if neither is given."""
    given = {name: body[name] for name in _SIDES if body.get(name) is not None}
    if not given:
        return None
    sides = {name: value for name, value in given.items() if type(value) is int and value > 0}
    doubts = [f"{name}: {value!r} is no size, taken as 1024" for name, value in given.items() if name not in sides]
    doubts += [f"{name} is left out, taken as 1024" for name in _SIDES if name not in given]
    pixels = sides.get("width", _DEFAULT_SIDE_PX) * sides.get("height", _DEFAULT_SIDE_PX)
    return _Counted(pixels, tuple(doubts))


def _default_output(sizes: _Sizes) -> _Counted:
    """Return the size of an output that none was asked for.  [HELP-DIM; after the image: the pages on editing]"""
    if not sizes.inputs:
        return _Counted(_DEFAULT_SIDE_PX**2)
    doubt = "no size is asked for, so it comes after the first image, which no document settles"
    return _Counted(sizes.inputs[0].px, (doubt,))


def _at_most_4_mp(output: _Counted) -> _Counted:
    if output.px <= _MOST_OUTPUT_PX:
        return output
    doubt = "above 4 MP: resized by the help page, refused by the guide, counted as 4 MP"
    return _Counted(_MOST_OUTPUT_PX, (*output.doubts, doubt))


def _billed_mp(pixels: int) -> int:
    return max(1, -(-pixels // MEGAPIXEL_PX))


def _shown_mp(pixels: int) -> float:
    return round(pixels / MEGAPIXEL_PX, 2)
