"""What the journal of a batch says, as values: records to and from lines, and what the records of an item come to.

| Record     | Written                                                        | The item is then                      |
|------------|----------------------------------------------------------------|---------------------------------------|
| `begin`    | first of all: format, and the batch it is about                |                                       |
| `intent`   | before a submit is sent, each time                             | UNKNOWN, until the next record        |
| `refused`  | after an answer that shows that it was not accepted            | REFUSED: it may be submitted again    |
| `lost`     | after an answer that shows neither, or none                    | UNKNOWN                               |
| `accepted` | after the acceptance: id, polling_url, cost                    | ACCEPTED: waiting for it is free      |
| `ended`    | after the task ended without a picture                         | ENDED; not found: after a second time |
| `saved`    | after the picture got its name on disk                         | SAVED                                 |

Law: a submit that may have been accepted stays in `at_stake` until a record shows what became of it, and an item with
one at stake is never REFUSED or NEW.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import Enum
from types import MappingProxyType

from . import _errors as errors
from ._replies import as_number

FORMAT = 1
_NOT_FOUND = errors.TaskNotFound.__name__


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """The journal is about the batch of this digest, of so many items."""

    batch: str
    items: int
    format: int = FORMAT


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """The request of this digest is about to be submitted; it costs `quote_credits`, as far as that is known."""

    item: int
    digest: str
    quote_credits: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The submit was certainly not accepted."""

    item: int
    error: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Whether the submit was accepted cannot be told."""

    item: int
    error: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The submit was accepted."""

    item: int
    id: str
    polling_url: str
    cost_credits: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The task ended without a picture."""

    item: int
    error: Mapping[str, object]
    cost_credits: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """The picture is on disk."""

    item: int
    path: str
    cost_credits: float | None


ItemRecord = Intent | Refused | Lost | Accepted | Ended | Saved
Record = Begin | ItemRecord


class ItemState(Enum):
    """What is to be done about an item."""

    NEW = "new"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    ACCEPTED = "accepted"
    ENDED = "ended"
    SAVED = "saved"


@dataclass(frozen=True, slots=True)
class Known:
    """What the records of an item come to.

    `at_stake` holds the quotes of submits whose outcome is unknown, None where the price is. `quote_credits` is the
    quote of the accepted one, `cost_credits` what the API says it costs, `error` the last one in the records.
    """

    state: ItemState = ItemState.NEW
    digest: str | None = None
    at_stake: tuple[float | None, ...] = ()
    id: str | None = None
    polling_url: str | None = None
    quote_credits: float | None = None
    cost_credits: float | None = None
    error: Mapping[str, object] | None = None
    path: str | None = None


def after(known: Known, record: ItemRecord) -> Known:
    """Return what is known of an item after one more of its records."""
    match record:
        case Intent(digest=digest, quote_credits=quote):
            stake = (*known.at_stake, quote)
            return replace(known, state=ItemState.UNKNOWN, digest=digest, at_stake=stake, error=None)
        case Refused(error=error):
            stake = known.at_stake[:-1]
            if stake:
                return replace(known, state=ItemState.UNKNOWN, at_stake=stake)
            return replace(known, state=ItemState.REFUSED, at_stake=stake, error=error)
        case Lost(error=error):
            return replace(known, state=ItemState.UNKNOWN, error=error)
        case Accepted():
            return _accepted(known, record)
        case Ended(error=error):
            state = known.state if _may_be_found(known, error) else ItemState.ENDED
            return replace(known, state=state, error=error, cost_credits=_newer_cost(known, record))
        case Saved(path=path):
            return replace(known, state=ItemState.SAVED, path=path, cost_credits=_newer_cost(known, record))


def line_of(record: Record) -> bytes:
    """Return the line of a record, with its end."""
    return json.dumps({"record": _NAMES[type(record)], **asdict(record)}).encode() + b"\n"


def record_from(line: bytes) -> Record | None:
    """Return the record of a line, None if it is none."""
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        return None
    name = values.pop("record", None) if isinstance(values, dict) else None
    kind = _KINDS.get(name) if isinstance(name, str) else None
    if kind is None or values.keys() != {field.name for field in fields(kind)}:
        return None
    if not all(_FITS[name](value) for name, value in values.items()):
        return None
    record: Record = kind(**values)
    return record


def error_from(written: Mapping[str, object]) -> errors.BFLError:
    """Return the error that `BFLError.to_dict` wrote; one of an unknown name comes back as the root of the tree."""
    named = getattr(errors, str(written.get("error")), None)
    kind = named if isinstance(named, type) and issubclass(named, errors.BFLError) else errors.BFLError
    error = kind(str(written.get("message")))
    status_code, reasons = written.get("status_code"), written.get("reasons")
    error.status_code = status_code if isinstance(status_code, int) else None
    error.task_id, error.polling_url = text_in(written, "id"), text_in(written, "polling_url")
    error.retry_after_s = as_number(written.get("retry_after_s"))
    error.cost_credits = as_number(written.get("cost_credits"))
    error.reasons = tuple(str(reason) for reason in reasons) if isinstance(reasons, list | tuple) else ()
    return error


def text_in(written: Mapping[str, object], name: str) -> str | None:
    """Return a field of a written error that is a text, else None."""
    value = written.get(name)
    return value if isinstance(value, str) else None


def _accepted(known: Known, record: Accepted) -> Known:
    return replace(
        known,
        state=ItemState.ACCEPTED,
        at_stake=known.at_stake[:-1],
        id=record.id,
        polling_url=record.polling_url,
        quote_credits=known.at_stake[-1] if known.at_stake else None,
        cost_credits=record.cost_credits,
        error=None,
    )


def _may_be_found(known: Known, error: Mapping[str, object]) -> bool:
    # A cluster may not know a task for a moment [HELP-FAIL], such as when a run takes over from one that was killed.
    return error.get("error") == _NOT_FOUND and (known.error or {}).get("error") != _NOT_FOUND


def _newer_cost(known: Known, record: Ended | Saved) -> float | None:
    return known.cost_credits if record.cost_credits is None else record.cost_credits


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_credits(value: object) -> bool:
    return value is None or as_number(value) is not None


def _is_error(value: object) -> bool:
    return isinstance(value, dict)


_NAMES: Mapping[type[Record], str] = MappingProxyType(
    {kind: kind.__name__.lower() for kind in (Begin, Intent, Refused, Lost, Accepted, Ended, Saved)}
)
_KINDS: Mapping[str, type[Record]] = MappingProxyType({name: kind for kind, name in _NAMES.items()})
_FITS: Mapping[str, Callable[[object], bool]] = MappingProxyType(
    {
        **dict.fromkeys(("batch", "digest", "id", "polling_url", "path"), _is_text),
        **dict.fromkeys(("items", "format", "item"), _is_count),
        **dict.fromkeys(("quote_credits", "cost_credits"), _is_credits),
        "error": _is_error,
    }
)
