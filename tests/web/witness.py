"""The framework witness: FastAPI over the same pydantic models, as the vendor's server is thought to be.

It has the contract's paths and key ladder and no behaviour of its own: where it refuses, the framework speaks.
Development only; nothing of the mock's web layer is used here.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Depends, FastAPI, HTTPException, Request, Security
from fastapi.exception_handlers import request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.security import APIKeyHeader
from pydantic import BaseModel

from mock_bfl.contract import LIVE, MODELS
from mock_bfl.contract.endpoints import DELETE_FINETUNE, LICENCE_USAGE
from mock_bfl.contract.errors import ERRORS
from mock_bfl.core.request import request_model, schema_of
from tests.web.wire import Answer, Ask, call_asgi

REVOKED_KEY = "mock-revoked"
MALFORMED_KEY = "mock-malformed"
_FORM_OF_A_KEY = re.compile(r"[!-~]{1,256}")

Body = type[BaseModel]
Endpoint = Callable[..., Awaitable[dict[str, object]]]


class Witness:
    """The app, and the faults that it last listed: they are known even where it cannot word them."""

    def __init__(self) -> None:
        self.faults: list[dict[str, Any]] = []
        self._app = FastAPI(openapi_url=None)
        self._app.add_exception_handler(RequestValidationError, self._refuse)
        add_routes(self._app)

    def answer(self, ask: Ask) -> Answer:
        """Return what the framework says to a request."""
        self.faults = []
        return call_asgi(self._app, ask)

    async def _refuse(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        self.faults = list(error.errors())
        return await request_validation_exception_handler(request, error)


def add_routes(app: FastAPI) -> None:
    """Add every POST and GET of the contract."""
    keyed = [Depends(check_key)]
    for model in MODELS:
        app.post(model.path, dependencies=keyed)(_taking(request_model(model, LIVE)))
    app.post(DELETE_FINETUNE.path, dependencies=keyed)(_taking(schema_of("delete_finetune", DELETE_FINETUNE.body)))
    app.post(LICENCE_USAGE.path, dependencies=keyed)(_reporting(schema_of("licence_usage", LICENCE_USAGE.body)))
    app.get("/v1/get_result")(_get_result)
    app.get("/v1/credits", dependencies=keyed)(_nothing_asked)
    app.get("/v1/my_finetunes", dependencies=keyed)(_nothing_asked)
    app.get("/v1/finetune_details", dependencies=keyed)(_finetune_details)


async def check_key(key: str | None = Security(APIKeyHeader(name="x-key", auto_error=False))) -> None:
    """Climb the ladder: no key, not in the form of one, not known."""
    if not key:
        raise HTTPException(LIVE.missing_key_status, ERRORS["not_authenticated"].detail)
    if key == MALFORMED_KEY or _FORM_OF_A_KEY.fullmatch(key) is None:
        raise HTTPException(LIVE.malformed_key_status, ERRORS["malformed_key"].detail)
    if key == REVOKED_KEY:
        raise HTTPException(LIVE.unknown_key_status, ERRORS["invalid_key"].detail)


def _taking(schema: Body) -> Endpoint:
    async def endpoint(body: object) -> dict[str, object]:
        return {}

    endpoint.__annotations__["body"] = schema  # the class itself: FastAPI cannot resolve a local name
    return endpoint


def _reporting(schema: Body) -> Endpoint:
    async def endpoint(model_slug: str, body: object) -> dict[str, object]:
        return {}

    endpoint.__annotations__ |= {"model_slug": str, "body": schema}
    return endpoint


async def _get_result(id: str) -> dict[str, object]:
    return {}


async def _finetune_details(finetune_id: str) -> dict[str, object]:
    return {}


async def _nothing_asked() -> dict[str, object]:
    return {}
