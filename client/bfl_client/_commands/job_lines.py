"""The file of `bfl batch`, a JSON object a line: read, and judged whole before anything is sent.

{"model": "flux-2-pro", "prompt": "a red cube", "seed": 7, "output": "cube.png"}

`output` is a name in the output folder and `id` what the line is called; both may be missing. `extra` holds fields
newer than this client. Every other name is a field of the vendor's. An image is a URL, base64, or a file, looked for
beside the jobs first.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePath
from typing import Any

from bfl_client._batch import BatchItem, Job
from bfl_client._calls import order_for
from bfl_client._errors import InvalidRequest
from bfl_client._flows import Order
from bfl_client._inputs import as_api_image
from bfl_client.models import known_models, model_row

_OURS = frozenset({"id", "model", "output", "extra"})
_SUFFIXES: Mapping[object, str] = {"png": ".png", "webp": ".webp"}
_LONGEST_NAME = 4096  # characters; what is longer is a picture in base64
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class JobLine:
    """A line of the file."""

    number: int
    job: Job
    id: str | None = None

    def order(self) -> Order:
        """Return what would be submitted."""
        return order_for(self.job.model, self.job.fields, extra=self.job.extra, output=self.job.output)


@dataclass(frozen=True, slots=True)
class Quotes:
    """What a batch would cost: `credits` for those whose price is known."""

    items: int = 0
    credits: float = 0.0
    unknown_prices: int = 0
    is_exact: bool = True

    def plus(self, order: Order) -> Quotes:
        """Return the quotes with one more."""
        return Quotes(
            items=self.items + 1,
            credits=self.credits + (order.estimate_credits or 0.0),
            unknown_prices=self.unknown_prices + (order.estimate_credits is None),
            is_exact=self.is_exact and order.is_price_certain,
        )


@dataclass(frozen=True, slots=True)
class EndedItem:
    """A line of the file, and how its job came out."""

    line: JobLine
    item: BatchItem


class LineFields(Mapping[str, Any]):
    """The vendor's fields of a line; its pictures are read from their files each time they are asked for.

    A thousand jobs with pictures in them fit in no memory. Raises InvalidRequest for a picture that cannot be used.
    """

    def __init__(self, given: Mapping[str, object], *, images: frozenset[str], folder: Path) -> None:
        self._given = given
        self._images = images
        self._folder = folder

    def __getitem__(self, name: str) -> Any:
        value = self._given[name]
        if name not in self._images:
            return value
        if isinstance(value, list):
            return [self._image(name, each) for each in value]
        return self._image(name, value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)

    def _image(self, name: str, value: object) -> object:
        if not isinstance(value, str):
            return value
        beside = self._folder / value if len(value) <= _LONGEST_NAME else None
        if beside is not None and _is_file(beside):
            return as_api_image(beside, field=name)
        return as_api_image(value, field=name)


def read_job_lines(text: bytes, *, folder: Path) -> tuple[JobLine, ...]:
    """Return the jobs of a file that lies in `folder`.

    Raises InvalidRequest that names every bad line with its number, in its `reasons` one by one.
    """
    faults: list[str] = []
    found: list[JobLine] = []
    for number, line in enumerate(text.removeprefix(_BYTE_ORDER_MARK).split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            found.append(_job_line(number, _document(line), folder=folder))
        except InvalidRequest as error:
            faults.append(f"line {number}: {error}")
    faults += _twice(found)
    if faults:
        listed = "\n  ".join(faults)
        raise InvalidRequest(f"Nothing was sent; {len(faults)} lines are wrong:\n  {listed}", reasons=tuple(faults))
    if not found:
        raise InvalidRequest("There is no job in the file: it holds no line that is not empty.")
    return tuple(found)


def _document(line: bytes) -> dict[str, Any]:
    try:
        document = json.loads(line.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise InvalidRequest(f"is no JSON ({error.msg} at column {error.colno}).") from error
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"is no UTF-8 text ({error.reason} at byte {error.start + 1}).") from error
    except RecursionError as error:
        raise InvalidRequest("is nested too deeply.") from error
    if not isinstance(document, dict):
        raise InvalidRequest('is no object such as {"model": "flux-2-pro", "prompt": "a red cube"}.')
    return document


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise InvalidRequest(f"{name} stands there twice; keep one.")
        found[name] = value
    return found


def _no_constant(word: str) -> object:
    raise InvalidRequest(f"is no JSON ({word} is no number there).")


def _job_line(number: int, document: Mapping[str, Any], *, folder: Path) -> JobLine:
    model, extra = document.get("model"), document.get("extra", {})
    if not isinstance(model, str):
        raise InvalidRequest("model: is missing, or no text.")
    if not isinstance(extra, dict):
        raise InvalidRequest("extra: is no object of names and values.")
    given = {name: value for name, value in document.items() if name not in _OURS}
    fields = LineFields(given, images=_image_fields(model), folder=folder)
    line_id = _line_id(document.get("id"))
    output = _output(document.get("output"), line_id=line_id, output_format=given.get("output_format"))
    line = JobLine(number, Job(model, fields, extra=extra, output=output), line_id)
    line.order()  # which checks it
    return line


def _image_fields(model: str) -> frozenset[str]:
    row = model_row(model)
    return _all_image_fields() if row is None else frozenset(row.image_fields)


@cache
def _all_image_fields() -> frozenset[str]:
    return frozenset(name for row in known_models() for name in row.image_fields)


def _line_id(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise InvalidRequest(f"id: {value!r} is no text.")
    return str(value)


def _output(value: object, *, line_id: str | None, output_format: object) -> str | None:
    if value is None:
        return None if line_id is None else _file_name(line_id) + _SUFFIXES.get(output_format, ".jpg")
    if not isinstance(value, str) or not value:
        raise InvalidRequest(f"output: {value!r} is no name of a file.")
    path = PurePath(os.path.normpath(value))
    if path.is_absolute() or ".." in path.parts:
        raise InvalidRequest(f"output: {value!r} leaves the output folder; give a name inside it.")
    return value


def _file_name(line_id: str) -> str:
    if line_id in {".", ".."} or any(character in line_id for character in "/\\\0"):
        raise InvalidRequest(f"id: {line_id!r} is no name of a file; give an output.")
    return line_id


def _twice(lines: Sequence[JobLine]) -> Iterator[str]:
    yield from _repeated("id", lines, lambda line: line.id)
    yield from _repeated("output", lines, lambda line: None if line.job.output is None else str(line.job.output))


def _repeated(name: str, lines: Sequence[JobLine], value_of: Callable[[JobLine], str | None]) -> Iterator[str]:
    first: dict[str, int] = {}
    for line in lines:
        value = value_of(line)
        if value is None:
            continue
        before = first.setdefault(os.path.normpath(value) if name == "output" else value, line.number)
        if before != line.number:
            yield f"line {line.number}: {name}: {value!r} is that of line {before}, too."


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False  # a name too long to be one, or no name at all
