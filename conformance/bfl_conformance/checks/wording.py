"""The refusals that a dialect prescribes to the letter, and how an answer differs from them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from bfl_conformance.expect import Expectations
from bfl_conformance.observation import Document, Reply
from mock_bfl.contract import Dialect
from mock_bfl.contract.errors import ERRORS


def refusal(name: str, dialect: Dialect) -> Document:
    """Return the body of the refusal `name` of the contract in a dialect's envelope."""
    text = ERRORS[name]
    return (
        {"detail": text.detail} if dialect.error_envelope == "detail" else {"error": text.code, "message": text.message}
    )


def differs(reply: Reply, name: str, *, status: Callable[[Dialect], int], expectations: Expectations) -> Iterator[str]:
    """Yield what distinguishes an answer from the refusal `name` of every dialect."""
    permitted = [(status(dialect), refusal(name, dialect)) for dialect in expectations.dialects]
    if (reply.status_code, reply.document) not in permitted:
        wanted = " or ".join(f"{code} {json.dumps(body)}" for code, body in permitted)
        yield f"answered {reply.status_code} {reply.excerpt()}, not {wanted}"
