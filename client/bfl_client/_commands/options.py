"""The options that several commands share, each group collected into one value."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from bfl_client._settings import Region

Command = Callable[..., None]
Decorator = Callable[[Command], Command]

_TIMEOUT_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How to reach the API, for how long, and in which form to speak."""

    base_url: str | None
    region: Region
    timeout: float
    as_json: bool

    def as_words(self) -> list[str]:
        """Return the options that let another command reach the same API and speak in the same form."""
        words = [] if self.base_url is None else ["--base-url", self.base_url]
        words += [] if self.region == "global" else ["--region", self.region]
        words += [] if self.timeout == _TIMEOUT_S else ["--timeout", f"{self.timeout:g}"]
        return words + (["--json"] if self.as_json else [])


def offline(*, as_json: bool) -> Reach:
    """Return what a command has that reaches nothing."""
    return Reach(base_url=None, region="global", timeout=_TIMEOUT_S, as_json=as_json)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What a command may cost; None for as much as it does. A dry run costs nothing."""

    budget: float | None
    dry_run: bool


def _collecting(parameter: str, kind: Callable[..., object], options: Mapping[str, Decorator]) -> Decorator:
    """Return a decorator that gives a command some options as one argument."""

    def decorate(command: Command) -> Command:
        @wraps(command)
        def collected(*arguments: Any, **given: Any) -> None:
            value = kind(**{name: given.pop(name) for name in options})
            command(*arguments, **{**given, parameter: value})

        decorated: Command = collected
        for option in reversed(tuple(options.values())):
            decorated = option(decorated)
        return decorated

    return decorate


def _positive(context: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    del context, parameter
    if value is not None and not (math.isfinite(value) and value > 0):
        raise click.BadParameter(f"{value:g} is no number above 0.")
    return value


def _extra(context: click.Context, parameter: click.Parameter, pairs: Sequence[str]) -> Mapping[str, object]:
    del context, parameter
    found: dict[str, object] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not name or not equals:
            raise click.BadParameter(f"{pair!r} is not FIELD=JSON, such as steps=30.")
        if name in found:
            raise click.BadParameter(f"{name} is given twice.")
        found[name] = _json_value(name, text)
    return found


def _json_value(name: str, text: str) -> object:
    try:
        value: object = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        hint = f"{name}={json.dumps(text, ensure_ascii=False)}"
        raise click.BadParameter(f"{text!r} is no JSON ({error}); a text needs its quotes: '{hint}'.") from error
    return value


def _no_constant(word: str) -> object:
    raise ValueError(f"{word} is none")


output_option = click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="File to write; its suffix sets the format."
)
model_option = click.option(
    "--model", default="flux-2-pro", show_default=True, help="A model's name, as `bfl models` lists it."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout, errors too.")
mask_option = click.option("--mask", metavar="FILE|URL", help="The mask, for a model that takes one.")


def reach_options_of(timeout_help: str) -> Decorator:
    """Return the options of a command that reaches the API, with its own meaning of --timeout."""
    return _collecting(
        "reach",
        Reach,
        {
            "base_url": click.option(
                "--base-url", help="Another API, a mock perhaps.  [default: BFL_BASE_URL, or BFL]"
            ),
            "region": click.option(
                "--region", type=click.Choice(["global", "eu", "us"]), default="global", show_default=True
            ),
            "timeout": click.option(
                "--timeout", type=float, default=_TIMEOUT_S, show_default=True, callback=_positive, help=timeout_help
            ),
            "as_json": json_option,
        },
    )


reach_options = reach_options_of("Seconds for all of it.")

spending_options = _collecting(
    "spending",
    Spending,
    {
        "budget": click.option(
            "--budget",
            type=float,
            callback=_positive,
            metavar="CREDITS",
            help="Send nothing beyond this sum.",
        ),
        "dry_run": click.option(
            "--dry-run", is_flag=True, help="Check it, print what it would cost and send, and send nothing."
        ),
    },
)

field_options = _collecting(
    "fields",
    dict,
    {
        "width": click.option("--width", type=int, help="Pixels."),
        "height": click.option("--height", type=int, help="Pixels."),
        "aspect_ratio": click.option("--aspect-ratio", help="Such as 16:9, for models that take a ratio."),
        "seed": click.option("--seed", type=int, help="The same seed repeats a picture."),
        "output_format": click.option(
            "--output-format", type=click.Choice(["jpeg", "png", "webp"]), help="For an output without a suffix."
        ),
        "safety_tolerance": click.option("--safety-tolerance", type=int, help="0 is the strictest."),
        "extra": click.option(
            "--extra",
            multiple=True,
            metavar="FIELD=JSON",
            callback=_extra,
            help="Any other field, one newer than this client too, such as steps=30. Repeatable.",
        ),
    },
)
