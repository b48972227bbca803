"""Frozen values as JSON text and back, exactly: money stays decimal text, an instant stays whole milliseconds."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache, lru_cache
from typing import Any, Generic, TypeVar, cast, get_args, get_type_hints

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

Value = TypeVar("Value")

# Values that were read lately are not read again: what a text means depends on the text alone, so neither another
# process nor a reset can make this wrong.
_KEPT = 512
_SURROGATE = "\\ud"  # how JSON in ASCII begins one, be it alone or in a pair


class Codec(Generic[Value]):
    """Writes and reads the values of one frozen dataclass, whatever its fields are.

    >>> from mock_bfl.core.timeline import Timeline
    >>> Codec(Timeline).encode(Timeline(1, 2))
    '{"anchor_real_ms":1,"anchor_ms":2,"rate":1.0}'
    """

    def __init__(self, kind: type[Value]) -> None:
        self._adapter = cast("TypeAdapter[Value]", _adapter_of(cast("Any", kind)))
        self.decode: Callable[[str], Value] = lru_cache(_KEPT)(self._read)

    def encode(self, value: Value) -> str:
        """Return the value as JSON."""
        try:
            return self._adapter.dump_json(value, warnings=False).decode()  # an int may stand for a Decimal
        except PydanticSerializationError:  # a lone surrogate: clients send them, and UTF-8 cannot hold them
            return json.dumps(self._adapter.dump_python(value, mode="json", warnings=False))

    def _read(self, text: str) -> Value:
        if _SURROGATE in text:
            return self._adapter.validate_python(json.loads(text))
        return self._adapter.validate_json(text)


@cache
def _adapter_of(kind: type) -> TypeAdapter[Any]:
    return TypeAdapter(kind)  # to build one costs as much as a thousand values


@cache
def fingerprint_of(kinds: tuple[type, ...], *, schema: str) -> int:
    """Return a positive number that changes with the schema of the tables and with the fields of what is in them.

    The fields are those of the classes and of the classes inside them: whether one comes, goes or changes its type. A
    store writes the number into its file: a file of other tables or classes could not be read back.
    """
    described: dict[str, str] = {}
    for kind in kinds:
        _describe(kind, described)
    return zlib.crc32(repr((schema, sorted(described.items()))).encode()) >> 1 or 1


def _describe(kind: object, described: dict[str, str]) -> None:
    for part in get_args(kind):
        _describe(part, described)
    if not (isinstance(kind, type) and is_dataclass(kind)) or kind.__qualname__ in described:
        return
    hints = get_type_hints(kind)
    described[kind.__qualname__] = ", ".join(f"{field.name}: {field.type}" for field in fields(cast("Any", kind)))
    for field in fields(kind):
        _describe(hints[field.name], described)
