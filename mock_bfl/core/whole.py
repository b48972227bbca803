"""Whole numbers as JSON Schema knows them: `2.0` is one, `true` and `"2"` are none."""

from __future__ import annotations

from pydantic import BeforeValidator
from pydantic_core import PydanticKnownError


def _refuse_other_kinds(value: object) -> object:
    if isinstance(value, bool | str):
        raise PydanticKnownError("int_type")
    return value


WHOLE = BeforeValidator(_refuse_other_kinds)
