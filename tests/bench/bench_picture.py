"""Pictures: rendered for each format and size, and out of the cache."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest

from mock_bfl.contract.fields import OutputFormat
from mock_bfl.core.picture import Picture, PictureCache, render
from tests.bench.conftest import MILLISECONDS

FORMATS: tuple[OutputFormat, ...] = ("jpeg", "png", "webp")


def card(output_format: OutputFormat, side_px: int, *, seed: int = 1) -> Picture:
    return Picture("FLUX.2 [pro]", "a red cube on a wooden table, evening light", seed, side_px, side_px, output_format)


@pytest.mark.parametrize("side_px", [256, 1024, 2048])
@pytest.mark.parametrize("output_format", FORMATS)
def test_render(output_format: OutputFormat, side_px: int, measure: Callable[..., None]) -> None:
    """Each round has a seed of its own, as each request would."""
    seeds = count()
    size = len(render(card(output_format, side_px)))
    measure(
        f"render {output_format} {side_px} x {side_px}, {size / 1000:.0f} KB",
        lambda: render(card(output_format, side_px, seed=next(seeds))),
        unit=MILLISECONDS,
        rounds=7,
        warmup_rounds=1,
    )


def test_the_cache(measure: Callable[..., None]) -> None:
    cache, wanted = PictureCache(), card("png", 1024)
    cache.get(wanted)
    measure("picture out of the cache", lambda: cache.get(wanted), rounds=15, iterations=1000)
