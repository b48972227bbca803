"""When the mock in `live` agrees with the framework witness: the relation that every generated request must keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse

from mock_bfl.contract import MODELS
from mock_bfl.web.exchange import header_safe
from tests.web.mock import Mock
from tests.web.wire import Answer, Ask
from tests.web.witness import Witness

COMPARED_HEADERS = ("allow", "location", "content-type")
MODEL_PATHS = frozenset(model.path for model in MODELS)
ACCEPTED = frozenset({200, 402, 429})  # what may become of a request that the framework lets through
OF_THE_MOCK = frozenset({200, 400, 404})  # the same on the routes beside the models: unknown slugs, ids, finetunes


@dataclass(frozen=True)
class Both:
    """The mock in `live`, and the framework beside it."""

    mock: Mock
    witness: Witness

    def check(self, ask: Ask) -> Answer:
        """Assert that the mock answers as the witness does, and explains itself; return its answer.

        Refusals and redirects are equal to the byte. Where the framework breaks over its own echo (5xx), the mock
        lists the same faults with the `input` that cannot be sent left null (ASSUMED).
        """
        expected, actual = self.witness.answer(ask), self.mock.answer(ask)
        if expected.status >= 500:
            assert self.witness.faults, f"the witness failed without a fault: {ask}"
            assert (actual.status, actual.body) == (422, _without_unsendable(self.witness.faults)), ask
        elif expected.status >= 300:
            assert actual.status == expected.status, (ask, actual)
            assert ask.method == "HEAD" or actual.body == expected.body, ask
            assert _compared(actual) == _compared(expected), ask
        elif not _looked_at_the_images(ask, actual):
            assert actual.status in (ACCEPTED if ask.path in MODEL_PATHS else OF_THE_MOCK), (ask, actual)
        check_explained(actual)
        return actual


def check_explained(answer: Answer) -> None:
    """Assert that a 400 or 422 names the field and the rule, and that nothing is a 5xx."""
    assert answer.status < 500, answer
    if answer.status not in {400, 422}:
        return
    assert answer.why.isascii()
    assert answer.why.isprintable()
    detail = answer.json()["detail"]
    if isinstance(detail, str):
        assert answer.why.startswith(("The body: ", "A key is ", "Known slugs: ", "images: ")), answer.why
        return
    assert detail
    for fault in detail:
        assert fault["loc"][0] in {"body", "query"}
        assert fault["type"]
        assert fault["msg"]
        named = header_safe(f"{'.'.join(map(str, fault['loc']))}: ")  # a closed body names what it does not know
        assert named in answer.why or len(answer.why) == 2000


def _looked_at_the_images(ask: Ask, answer: Answer) -> bool:
    """Tell whether a submit of FLUX 3 was refused for its images, which the framework does not look at.  [F3-DOCS]"""
    if not ask.path.startswith("/v1/flux-3-image") or answer.status not in {400, 422}:
        return False
    detail = answer.json()["detail"]
    return isinstance(detail, str) or {fault["type"] for fault in detail} == {"invalid_image"}


def _compared(answer: Answer) -> dict[str, str | None]:
    return {name: answer.headers.get(name) for name in COMPARED_HEADERS}


def _without_unsendable(faults: list[dict[str, Any]]) -> bytes:
    return _rendered({"detail": [{**fault, "input": _sendable(fault["input"])} for fault in faults]})


def _sendable(value: object) -> object:
    try:
        encoded: object = jsonable_encoder(value)
        _rendered(encoded)
    except (ValueError, RecursionError):
        return None
    return encoded


def _rendered(content: object) -> bytes:
    return bytes(JSONResponse(jsonable_encoder(content)).body)
