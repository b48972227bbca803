"""How a lever under `/_mock` becomes a route: its body is read by a pydantic model, its refusals teach."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import BaseConverter, Map, RequestRedirect, Rule

from mock_bfl.contract.headers import WHY
from mock_bfl.core.body import encode
from mock_bfl.core.keys import KeyAccepted, check_key
from mock_bfl.web.exchange import header_safe, read_body

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever:
    """One route under `/_mock`. `path` may name parameters as `<name>`; `about` is the sentence of the reference.

    `view` is called with the path's parameters by name, with `body` where a body model is given and with `query` where
    a query model is; it returns what is sent as JSON (200), or a response of its own. For `/openapi.json`: `answer` is
    the type whose JSON is sent (None: any object), `content_type` that of a 200, `also` further ones of it, `refusals`
    the statuses beside 400 for what cannot be read, 403 for who may not ask, and 404 where the path has parameters.
    """

    method: str
    path: str
    about: str
    view: Callable[..., Json | Response]
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    answer: Any = None
    content_type: str = "application/json"
    also: tuple[str, ...] = ()
    refusals: tuple[int, ...] = ()


class Refused(Exception):
    """A request to `/_mock` that cannot be followed: status and sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class _Rest(BaseConverter):
    """All the rest of a path, whatever stands in it: werkzeug's own `path` ends at a line break."""

    part_isolating = False
    regex = r"[\s\S]+?"


def add_levers(routes: Blueprint, levers: Iterable[Lever]) -> None:
    """Serve levers below the path of their blueprint.

    Under one rule of Flask: werkzeug takes most of a millisecond to make a rule, and every test makes an application.
    """
    by_name = {(lever.method, lever.path): lever for lever in levers}
    rules = _rules(tuple(by_name))

    def serve(path: str) -> Response:
        try:
            name, parameters = rules.bind("").match(f"/{path}", method=request.method)
        except MethodNotAllowed as error:
            return _wrong_method(error)
        except (NotFound, RequestRedirect):
            return _no_lever(by_name)
        return _answer(by_name[name], parameters)

    def add(setup: BlueprintSetupState) -> None:
        setup.app.url_map.converters["rest"] = _Rest
        setup.app.url_map.add(Rule(f"{setup.url_prefix}/<rest:path>", endpoint=f"{routes.name}.lever"))
        setup.app.view_functions[f"{routes.name}.lever"] = serve

    routes.record_once(add)


_OUR_OWN = "Value error, "  # how pydantic begins what a validator of ours says


@cache
def _rules(names: tuple[tuple[str, str], ...]) -> Map:
    return Map([Rule(path, methods=[method], endpoint=(method, path)) for method, path in names], merge_slashes=False)


def _answer(lever: Lever, parameters: Mapping[str, Any]) -> Response:
    try:
        answered = lever.view(**parameters, **_read(lever))
    except Refused as refusal:
        return refused(refusal.status, str(refusal))
    return answered if isinstance(answered, Response) else json_response(200, answered)


def _wrong_method(error: MethodNotAllowed) -> Response:
    allowed = ", ".join(sorted(set(error.valid_methods or ()) - {"HEAD"}))
    response = refused(405, f"{request.path} answers {allowed}, not {request.method}.")
    response.headers["Allow"] = allowed
    return response


def _no_lever(names: Iterable[tuple[str, str]]) -> Response:
    paths = sorted({f"/_mock{path}" for _, path in names})
    near = get_close_matches(request.path, paths, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return refused(404, f"There is no lever {request.path}.{hint} GET /openapi.json describes all of them.")


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
        known = ", ".join(field.alias or name for name, field in model.model_fields.items())
        sentences = [_sentence(row) for row in error.errors()]
        hint = "" if any("Known: " in sentence for sentence in sentences) else f" Known: {known}."
        raise Refused(400, "; ".join(sentences).removesuffix(".") + f".{hint}") from error


def _sentence(row: Any) -> str:
    """Return what pydantic says of one value; our own sentences stand for themselves."""
    message = str(row["msg"])
    if message.startswith(_OUR_OWN):
        return message.removeprefix(_OUR_OWN)
    return f"{'.'.join(map(str, row['loc'])) or 'body'}: {message}"
