"""What can go wrong with one answer, as a composable value: nothing here knows a server.

A fault either stands *instead* of the answer (the use case is not run) or comes *after* it: a task is accepted and
charged, and then its answer is spoiled, so that the client cannot know.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from mock_bfl.errors import ScriptError

from .body import encode
from .spelling import unknown
from .whole import WHOLE

Wire = Literal["reset", "close", "truncate", "stall", "drip"]
When = Literal["instead", "after"]
Then = Literal["go_on", "close"]

LONGEST_STALL_S = 120.0
_STALL_S = 30.0
_KEPT = 0.5
_CHUNK_BYTES = 64
_DROPS = 4  # of a short body: in one piece nothing would be slow about it
_PAUSE_MS = 50

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VISIBLE = re.compile(r"[\t -~]*")
_FRAMING = frozenset({"content-length", "transfer-encoding", "connection"})
_RETRY = ("retry_after", "retry_after_ms", "retry_after_date_s", "retry_after_missing")
_OF_AN_ANSWER = (
    *("status", "body", "content_type", "headers", *_RETRY),
    *("redirect", "garbage_bytes", "keep", "huge_bytes"),
)
_SET_BY: Mapping[str, tuple[str, ...]] = {
    "retry-after": _RETRY,
    "retry-after-ms": ("retry_after_ms",),
    "location": ("redirect",),
}
_NEEDS_WIRE: Mapping[str, str] = {"stall_s": "stall", "then": "stall", "chunk_bytes": "drip", "pause_ms": "drip"}
WITHOUT_BODY = frozenset({204, 304})  # the statuses whose answers have none.  [RFC 9110]
_ONE_OF = (_RETRY, ("body", "garbage_bytes"), ("keep", "huge_bytes"))


@dataclass(frozen=True, slots=True)
class Server:
    """A server that stands in front of the mock, and what it can do to a connection."""

    name: str
    wires: frozenset[str]


_ALL_WIRES = frozenset({"reset", "close", "truncate", "stall", "drip"})
WERKZEUG = Server("the fixtures' server", _ALL_WIRES)
IN_PROCESS = Server("the in-process adapter", _ALL_WIRES)
GRANIAN = Server("granian, on which `mock-bfl serve` runs,", _ALL_WIRES - {"reset"})


def _as_text(value: object) -> object:
    """Return JSON as its text; text and nothing stay."""
    return value if value is None or isinstance(value, str) else encode(value).decode()


def _as_header(value: object) -> object:
    """Return a whole number as its text; what is neither it nor text is not the value of a header."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_pairs(value: object) -> object:
    return tuple(value.items()) if isinstance(value, Mapping) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What stands for one answer, or spoils it; None leaves that part as it would have been.

    - `name`: what the journal calls it. `when`: None is `instead` where an answer or its absence is given (`status`,
      `redirect`, reset, close), `after` where one is spoiled.
    - `status`, `body` (text; JSON is written as its text), `content_type`, `headers` (in the place of equal names).
    - `retry_after`: that header verbatim, garbage included; or in milliseconds as `retry-after-ms`; or as an HTTP date
      so many seconds from now, on the account's clock (negative: past); or missing, where the answer had one.
    - `redirect`: the Location; a path is put behind the host that the client used. The status is 307 unless given.
    - `garbage_bytes`: a body of so many random bytes. `keep`: the share of the body that is sent.
    - `huge_bytes`: the body is filled up with blanks to this size, and streamed.
    - `wire`: `reset` (a TCP RST) and `close` send nothing; `truncate` announces the whole length, sends the share
      `keep` of the body and closes; `stall` sends nothing for `stall_s`, `then` goes on or closes; `drip` sends
      `chunk_bytes` at a time (at most a quarter of the body unless given), with `pause_ms` between them.

    Raises ScriptError where two parts contradict each other, or one could do nothing.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=80)] = ""
    when: When | None = None
    status: Annotated[int, Field(ge=200, le=599), WHOLE] | None = None
    body: Annotated[str | None, BeforeValidator(_as_text, json_schema_input_type=Any)] = None
    content_type: str | None = None
    headers: Annotated[tuple[tuple[str, str], ...], BeforeValidator(_as_pairs)] = ()
    retry_after: Annotated[str | None, BeforeValidator(_as_header, json_schema_input_type=str | int | None)] = None
    retry_after_ms: Annotated[int, Field(ge=0), WHOLE] | None = None
    retry_after_date_s: Annotated[int, Field(ge=-31_622_400, le=31_622_400), WHOLE] | None = None
    retry_after_missing: Annotated[bool, Field(strict=True)] = False
    redirect: str | None = None
    garbage_bytes: Annotated[int, Field(ge=1, le=10_000_000), WHOLE] | None = None
    keep: Annotated[float, Field(strict=True, ge=0, lt=1)] | None = None
    huge_bytes: Annotated[int, Field(ge=1, le=1_073_741_824), WHOLE] | None = None
    wire: Wire | None = None
    stall_s: Annotated[float, Field(strict=True, gt=0, le=LONGEST_STALL_S)] | None = None
    then: Then | None = None
    chunk_bytes: Annotated[int, Field(ge=1, le=1_048_576), WHOLE] | None = None
    pause_ms: Annotated[int, Field(ge=1, le=10_000), WHOLE] | None = None

    def __post_init__(self) -> None:
        """Refuse what contradicts itself, and what could not be sent."""
        given = changes(self)
        _check_together(self, given)
        _check_wire(self, given)
        _check_body(self, given)
        _check_headers(self, given)
        _check_sendable(self)

    @property
    def runs_use_case(self) -> bool:
        """Whether the call is served, and its answer spoiled after."""
        if self.when is not None:
            return self.when == "after"
        return self.status is None and self.redirect is None and self.wire not in {"reset", "close"}

    @property
    def sends_nothing(self) -> bool:
        """Whether the client gets no byte of an answer."""
        return self.wire in {"reset", "close"} or (self.wire == "stall" and self.then == "close")

    @property
    def silence_s(self) -> float:
        """How long nothing is sent at first."""
        return (_STALL_S if self.stall_s is None else self.stall_s) if self.wire == "stall" else 0.0

    @property
    def share(self) -> float:
        """The share of the body that is sent."""
        if self.keep is not None:
            return self.keep
        return _KEPT if self.wire == "truncate" else 1.0

    @property
    def pause_s(self) -> float:
        """Seconds between two chunks of a drip."""
        return (_PAUSE_MS if self.pause_ms is None else self.pause_ms) / 1000

    def chunk_of(self, length: int) -> int:
        """Return how many bytes of a body of `length` a drip sends at a time."""
        return self.chunk_bytes or max(1, min(_CHUNK_BYTES, -(-length // _DROPS)))


FAULT_FIELDS = tuple(field.name for field in fields(Fault))
_DEFAULTS: Mapping[str, Any] = {field.name: field.default for field in fields(Fault) if field.default is not MISSING}


def changes(fault: Fault) -> dict[str, Any]:
    """Return the fields that differ from a fault that does nothing, without name and `when`."""
    given = {name: getattr(fault, name) for name in FAULT_FIELDS if getattr(fault, name) != _DEFAULTS[name]}
    return {name: value for name, value in given.items() if name not in {"name", "when"}}


def check_fault_names(given: object) -> object:
    """Return what is to become a fault, or raise ScriptError with the name that was meant."""
    for name in given if isinstance(given, Mapping) else ():
        if name not in FAULT_FIELDS:
            raise ScriptError(unknown("field of a fault", str(name), FAULT_FIELDS))
    return given


GivenFault = Annotated[Fault, BeforeValidator(check_fault_names)]


def merged(base: Fault, over: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of `base` under those of `over`; of fields that exclude each other the later wins."""
    excluded = {name for group in _ONE_OF if over.keys() & set(group) for name in group}
    kept = {name: value for name, value in plain(base).items() if name not in excluded}
    return {**kept, **over}


def summary(fault: Fault) -> str:
    """Return what the journal says: the name, or what is changed."""
    if fault.name:
        return fault.name
    when = {} if fault.when is None else {"when": fault.when}
    return ", ".join(f"{name}={str(value)[:40]}" for name, value in {**when, **changes(fault)}.items())


def why_not_on(server: Server, fault: Fault) -> str | None:
    """Return the sentence that says that this server cannot do the fault, or None where it can."""
    if fault.wire is None or fault.wire in server.wires:
        return None
    instead = " wire='close' ends the connection without a reply there;" if fault.wire == "reset" else ""
    return (
        f"{server.name} cannot do wire={fault.wire!r}:{instead} "
        "the fixtures' server and the in-process adapter can do every fault."
    )


def plain(fault: Fault) -> dict[str, Any]:
    """Return a fault as JSON has it: what it changes alone."""
    return {name: value for name, value in asdict(fault).items() if value != _DEFAULTS[name]}


def _check_together(fault: Fault, given: Collection[str]) -> None:
    if not given:
        raise ScriptError(f"This fault changes nothing. It takes: {', '.join(FAULT_FIELDS)}.")
    for group in _ONE_OF:
        if len(both := [name for name in group if name in given]) > 1:
            raise ScriptError(f"{' and '.join(both)} exclude each other: give one of them.")
    if fault.redirect is not None and fault.status is not None and not 300 <= fault.status <= 399:
        raise ScriptError(f"A redirect has a status from 300 to 399, not {fault.status}.")


def _check_wire(fault: Fault, given: Collection[str]) -> None:
    for name, wire in _NEEDS_WIRE.items():
        if name in given and fault.wire != wire:
            raise ScriptError(f"{name} is for wire={wire!r}, not for wire={fault.wire!r}.")
    if fault.sends_nothing and (unseen := [name for name in _OF_AN_ANSWER if name in given]):
        raise ScriptError(f"wire={fault.wire!r} sends nothing: {', '.join(unseen)} would never be seen.")
    if fault.huge_bytes is not None and fault.wire in {"truncate", "drip"}:
        raise ScriptError(f"huge_bytes streams the body by itself: it does not go with wire={fault.wire!r}.")


def _check_body(fault: Fault, given: Collection[str]) -> None:
    """Refuse what works on a body where it is known that there is none."""
    parts = [name for name in ("keep", "huge_bytes") if name in given]
    parts += [f"wire={fault.wire!r}"] if fault.wire in {"truncate", "drip"} else []
    if parts and fault.status in WITHOUT_BODY:
        raise ScriptError(f"A {fault.status} has no body: {' and '.join(parts)} would do nothing.")
    # A body is truncated even if it is empty: then a byte is announced that never comes.
    if parts and _is_empty(fault) and fault.wire != "truncate" and fault.huge_bytes is None:
        raise ScriptError(
            f"{' and '.join(parts)}: there is nothing to cut, for this answer has an empty body. "
            "Give it a body, or when='after', so that the mock's own answer is cut."
        )


def _is_empty(fault: Fault) -> bool:
    """Tell whether the body is known to be empty: given so, or that of a good answer which nobody wrote."""
    if fault.body is not None or fault.garbage_bytes is not None:
        return fault.body == ""
    return not fault.runs_use_case and (fault.status or 0) < 400


def _check_headers(fault: Fault, given: Collection[str]) -> None:
    """Refuse a header that a field of its own sets."""
    for name, _ in fault.headers:
        if name.lower() == "content-type":
            raise ScriptError(f"headers cannot set {name}: use content_type.")
        if both := [field for field in _SET_BY.get(name.lower(), ()) if field in given]:
            raise ScriptError(f"{name} is decided by {both[0]} as well: give one of them.")


def _check_sendable(fault: Fault) -> None:
    values = {"content_type": fault.content_type, "retry_after": fault.retry_after, "redirect": fault.redirect}
    for name, value in (*values.items(), *fault.headers):
        if value is not None and _VISIBLE.fullmatch(value) is None:
            raise ScriptError(f"{name} cannot be sent in a header: {value[:40]!r} is not one line of ASCII.")
    for name, _ in fault.headers:
        if _TOKEN.fullmatch(name) is None:
            raise ScriptError(f"{name[:40]!r} is no name of a header.")
        if name.lower() in _FRAMING:
            raise ScriptError(f"{name} frames the answer: use wire='truncate', 'close' or 'drip' to break it.")
    try:
        (fault.body or "").encode()
    except UnicodeEncodeError as error:
        raise ScriptError("body has lone surrogates, which cannot be sent; use garbage_bytes for noise.") from error
