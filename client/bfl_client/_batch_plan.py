"""What a batch is about to do, found and checked before anything is sent."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from ._batch import Job
from ._calls import order_for
from ._errors import InvalidRequest
from ._flows import Order
from ._models import checked_output

_MOST_FAULTS_SHOWN = 10
_LEAST_DIGITS = 4
_SUFFIXES: Mapping[object, str] = MappingProxyType({"png": ".png", "webp": ".webp"})
_DEFAULT_SUFFIX = ".jpg"


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """One item of a batch: its job, where its request goes, what that costs, and where the picture goes.

    The request itself is made again when it is sent: a thousand of them, with pictures inside, fit in no memory.
    """

    index: int
    job: Job
    path: str
    digest: str
    quote_credits: float | None
    output: Path | None = field(default=None)

    def order(self) -> Order:
        """Return what is to be submitted."""
        return _order(self.job, output=self.output)


def planned(jobs: Sequence[Job], *, output_dir: Path | None, journal: Path | None) -> tuple[PlannedItem, ...]:
    """Return the items of a batch; `output_dir` is made if it is missing.

    A job's relative output lies in `output_dir`; one without is called 0001.jpg there and so on. Raises InvalidRequest
    that names each job that cannot be submitted or saved; nothing was sent then.
    """
    faults: list[str] = []
    items = [item for item in _items(jobs, output_dir=output_dir, faults=faults) if item is not None]
    _refuse(faults, of=len(jobs))
    if output_dir is not None:
        _make_folder(output_dir)
    _refuse([*_unwritable(items), *_written_twice(items, journal=journal)], of=len(jobs))
    return tuple(items)


def _items(jobs: Sequence[Job], *, output_dir: Path | None, faults: list[str]) -> Iterator[PlannedItem | None]:
    for index, job in enumerate(jobs):
        try:
            output = _output(job, output_dir=output_dir, name=f"{index + 1:0{_digits(len(jobs))}}")
            order = _order(job, output=output)
        except InvalidRequest as error:
            faults.append(f"jobs[{index}]: {error}")
            yield None
        else:
            yield PlannedItem(index, job, order.path, _digest(order), order.estimate_credits, output)


def _order(job: Job, *, output: str | Path | None) -> Order:
    return order_for(job.model, job.fields, extra=job.extra, output=output)


def _output(job: Job, *, output_dir: Path | None, name: str) -> Path | None:
    """Return where the picture goes; absolute, so that the journal means the same file in another folder."""
    if job.output is not None:
        return ((output_dir or Path()) / job.output).absolute()
    if output_dir is None:
        return None
    asked = json.loads(_order(job, output=None).body).get("output_format")
    return (output_dir / name).with_suffix(_SUFFIXES.get(asked, _DEFAULT_SUFFIX)).absolute()


def _digits(count: int) -> int:
    return max(_LEAST_DIGITS, len(str(count)))


def _digest(order: Order) -> str:
    """Return what tells a request from others, whatever the order of its fields."""
    canonical = json.dumps([order.path, json.loads(order.body)], sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidRequest(f"The folder {str(folder)!r} cannot be made ({error}); name another.") from error


def _unwritable(items: Iterable[PlannedItem]) -> Iterator[str]:
    for item in items:
        try:
            if item.output is not None:
                checked_output(item.output)
        except InvalidRequest as error:
            yield f"jobs[{item.index}]: {error}"


def _written_twice(items: Iterable[PlannedItem], *, journal: Path | None) -> Iterator[str]:
    owners = {} if journal is None else {_place(journal): "the journal"}
    for item in items:
        if item.output is None:
            continue
        owner = owners.setdefault(_place(item.output), f"jobs[{item.index}]")
        if owner != f"jobs[{item.index}]":
            yield f"jobs[{item.index}]: {str(item.output)!r} is the place of {owner}, too; name another output."


def _place(path: Path) -> str:
    # On Windows, names that differ in case are one file.
    return os.path.normcase(path.resolve())


def _refuse(faults: Sequence[str], *, of: int) -> None:
    if not faults:
        return
    shown = "\n  ".join(faults[:_MOST_FAULTS_SHOWN])
    more = f"\n  and {len(faults) - _MOST_FAULTS_SHOWN} more" if len(faults) > _MOST_FAULTS_SHOWN else ""
    raise InvalidRequest(f"{len(faults)} of {of} jobs are wrong, so nothing was sent:\n  {shown}{more}")
