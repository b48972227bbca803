"""The mock's own OpenAPI: one document for `/v1`, the samples and `/_mock`, generated from the tables they run on.

What a script or a directive makes go wrong is not described: it may be anything.
"""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.exceptions import MethodNotAllowed

from mock_bfl import __version__
from mock_bfl.core.reply import json_reply
from mock_bfl.engine import Engine
from mock_bfl.web.admin import levers
from mock_bfl.web.exchange import Desk

from .admin import lever_paths
from .components import Components, Json
from .samples import sample_paths
from .v1 import endpoint_paths, model_paths

PATH = "/openapi.json"
_ABOUT = (
    "An offline double of the Black Forest Labs FLUX image API, in the dialect {dialect!r}. "
    "`/_mock` moves clocks, shows what was asked and sets what happens; it is the mock's own."
)
_TAGS = (
    ("Models", "Submit a task."),
    ("Utility", "Poll a task; credits, finetunes, licences."),
    ("Delivery", "Download a sample."),
    ("Levers", "The mock's own: with an x-key for one account, without one for all."),
)


def document(engine: Engine) -> Json:
    """Return the document of a mock, as its dialect with all overrides speaks."""
    components = Components()
    dialect = engine.dialect
    paths = {
        **model_paths(dialect, components),
        **endpoint_paths(dialect, components),
        **sample_paths(),
        **lever_paths(levers(engine), components),
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "mock-bfl", "version": __version__, "description": _ABOUT.format(dialect=dialect.name)},
        "tags": [{"name": name, "description": about} for name, about in _TAGS],
        "paths": paths,
        "components": {
            "schemas": components.schemas,
            "responses": components.responses,
            "securitySchemes": {"APIKeyHeader": {"type": "apiKey", "in": "header", "name": "x-key"}},
        },
    }


def openapi_routes(desk: Desk) -> Blueprint:
    """Return the route of the document, where the vendor's framework has it, too.  [FASTAPI]"""
    routes = Blueprint("openapi", __name__)

    def openapi() -> Response:
        if request.method == "HEAD":
            raise MethodNotAllowed(["GET"])
        return desk.respond(json_reply(200, document(desk.engine)))

    routes.add_url_rule(PATH, "openapi", openapi, methods=["GET"], provide_automatic_options=False)
    return routes


__all__ = ["PATH", "document", "openapi_routes"]
