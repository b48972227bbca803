"""The vendor's routes under `/v1`, made from the contract's rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from flask import Blueprint, Response, request
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import BaseConverter

from mock_bfl.contract import MODELS, endpoints
from mock_bfl.contract.endpoints import Endpoint
from mock_bfl.core.reply import Reply
from mock_bfl.engine import Call

from .exchange import Desk

View = Callable[..., Response]


class ModelSlug(BaseConverter):
    """Matches the slug of a model: one segment of a path, or two such as `flux-tools/erase-v1`."""

    part_isolating = False
    regex = "|".join(re.escape(model.slug) for model in MODELS)


def v1_routes(desk: Desk) -> Blueprint:
    """Return the routes of all models and endpoints."""
    routes = Blueprint("v1", __name__)
    _add_models(routes, desk)
    accounts = desk.engine.accounts
    for endpoint, use_case in (
        (endpoints.GET_RESULT, desk.engine.generation.result),
        (endpoints.CREDITS, accounts.credits),
        (endpoints.MY_FINETUNES, accounts.my_finetunes),
        (endpoints.FINETUNE_DETAILS, accounts.finetune_details),
        (endpoints.DELETE_FINETUNE, accounts.delete_finetune),
    ):
        _add(routes, endpoint.path, method=endpoint.method, name=endpoint.name, view=_view(desk, use_case))
    _add_licence_usage(routes, desk, endpoints.LICENCE_USAGE)
    return routes


def _add_models(routes: Blueprint, desk: Desk) -> None:
    """Add one rule for all models: werkzeug takes most of a millisecond for each rule, and every test makes an app."""

    def view(slug: str) -> Response:
        return desk.answer(partial(desk.engine.generation.submit, slug))

    routes.record_once(lambda setup: setup.app.url_map.converters.update(model=ModelSlug))
    _add(routes, "/v1/<model:slug>", method="POST", name="submit", view=view)


def _add_licence_usage(routes: Blueprint, desk: Desk, endpoint: Endpoint) -> None:
    def view(model_slug: str) -> Response:
        return desk.answer(partial(desk.engine.accounts.licence_usage, model_slug))

    path = endpoint.path.replace("{", "<").replace("}", ">")
    _add(routes, path, method=endpoint.method, name=endpoint.name, view=view)


def _view(desk: Desk, use_case: Callable[[Call], Reply]) -> View:
    def view() -> Response:
        _refuse_head()
        return desk.answer(use_case)

    return view


def _refuse_head() -> None:
    """Refuse HEAD, which werkzeug adds to every GET route and the vendor's framework does not.  [FASTAPI]"""
    if request.method == "HEAD":
        raise MethodNotAllowed(["GET"])


def _add(routes: Blueprint, path: str, *, method: str, name: str, view: View) -> None:
    routes.add_url_rule(path, name, view, methods=[method], provide_automatic_options=False)
