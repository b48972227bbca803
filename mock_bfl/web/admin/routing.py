"""How a lever under `/_mock` becomes a route: its body is read by a pydantic model, its refusals teach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request
from pydantic import BaseModel, ValidationError

from mock_bfl.contract.headers import WHY
from mock_bfl.core.body import encode
from mock_bfl.core.keys import KeyAccepted, check_key
from mock_bfl.web.exchange import header_safe, read_body

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever:
    """One route under `/_mock`. `path` may name parameters as `<name>`; `about` is the sentence of the reference.

    `view` is called with the path's parameters by name, with `body` where a body model is given and with `query` where
    a query model is; it returns what is sent as JSON (200), or a response of its own.
    """

    method: str
    path: str
    about: str
    view: Callable[..., Json | Response]
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None


class Refused(Exception):
    """A request to `/_mock` that cannot be followed: status and sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def add_lever(routes: Blueprint, lever: Lever) -> None:
    """Serve a lever."""

    def answer(**parameters: str) -> Response:
        try:
            given = {**parameters, **_read(lever)}
            answered = lever.view(**given)
        except Refused as refusal:
            return refused(refusal.status, str(refusal))
        return answered if isinstance(answered, Response) else json_response(200, answered)

    name = f"{lever.method} {lever.path}".replace(".", "_")
    routes.add_url_rule(lever.path, name, answer, methods=[lever.method], provide_automatic_options=False)


def json_response(status: int, body: Json) -> Response:
    """Return compact JSON."""
    return Response(encode(body), status, content_type="application/json")


def refused(status: int, sentence: str) -> Response:
    """Return a refusal that says what would do."""
    response = json_response(status, {"error": sentence})
    response.headers[WHY.value] = header_safe(sentence)
    return response


def account_asked() -> str | None:
    """Return the account of the request's x-key, or None without one. Raises Refused for a key that is none."""
    key = request.headers.get("x-key")
    if key is None:
        return None
    checked = check_key(key, known=None)
    if isinstance(checked, KeyAccepted):
        return checked.account
    raise Refused(400, checked.why())


def _read(lever: Lever) -> dict[str, BaseModel]:
    read: dict[str, BaseModel] = {}
    if lever.body is not None:
        body = read_body(request)
        read["body"] = _checked(lever.body, lambda model: model.model_validate_json(body))
    if lever.query is not None:
        query = request.args.to_dict()
        read["query"] = _checked(lever.query, lambda model: model.model_validate(query))
    return read


def _checked(model: type[BaseModel], read: Callable[[type[BaseModel]], BaseModel]) -> BaseModel:
    try:
        return read(model)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, row['loc'])) or 'body'}: {row['msg']}" for row in error.errors())
        raise Refused(400, f"{faults}. Known: {', '.join(model.model_fields)}.") from error
