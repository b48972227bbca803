"""Values as a store is given them: whatever the fields of a class may hold, and numbers that equal themselves."""

from __future__ import annotations

import re
from typing import TypeVar

from hypothesis import strategies as st

from mock_bfl.core.faults import Fault
from mock_bfl.core.script import Instruction, Match

Value = TypeVar("Value")

# Not every combination of fields is an instruction: these are, and between them they have every kind of part.
INSTRUCTIONS = (
    Instruction(outcome='status="Content Moderated" after=2s', times=3),
    Instruction(passes=True, match=Match(route="get_result")),
    Instruction(fault=Fault(status=503, body="{}", headers=(("x-one", "1"), ("x-two", "2")))),
    Instruction(fault=Fault(name="dripping", wire="drip", chunk_bytes=1, pause_ms=7), times=None),
    Instruction(fault=Fault(keep=0.3), probability=0.1, match=Match(route="submit", slug="flux-2-pro")),
)
st.register_type_strategy(Instruction, st.sampled_from(INSTRUCTIONS))

_NOT_A_NUMBER = re.compile(r"\b(s?nan\d*|inf|infinity)\b", re.IGNORECASE)


def values(kind: type[Value]) -> st.SearchStrategy[Value]:
    """Return any value of a class by the types of its fields; none of its numbers is infinite, or unlike itself."""
    return st.from_type(kind).filter(lambda value: _NOT_A_NUMBER.search(repr(value)) is None)
