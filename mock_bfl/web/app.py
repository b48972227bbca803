"""Build the Flask application around an engine."""

from __future__ import annotations

from collections.abc import Collection

from flask import Flask

from mock_bfl.contract import limits
from mock_bfl.engine import Engine

from .admin import admin_routes
from .delivery import delivery_routes
from .errors import install_error_handlers
from .exchange import Desk
from .hosts import PlainHost
from .openapi import openapi_routes
from .v1 import v1_routes


def create_app(engine: Engine, *, admin_hosts: Collection[str] = ()) -> Flask:
    """Return a WSGI application that serves `engine`.

    `admin_hosts` are names, beside loopback and IP addresses, under which `/_mock` answers.
    """
    app = Flask("mock_bfl", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = limits.MAX_BODY_BYTES.value
    app.url_map.merge_slashes = False  # the framework of the vendor does not.  [FASTAPI]
    desk = Desk(engine)
    app.extensions["mock_bfl.pauses"] = desk.pauses
    app.before_request(desk.arrive)
    app.register_blueprint(v1_routes(desk))
    app.register_blueprint(delivery_routes(desk))
    app.register_blueprint(openapi_routes(desk))
    app.register_blueprint(admin_routes(engine, admin_hosts=admin_hosts))
    install_error_handlers(app, desk)
    app.wsgi_app = PlainHost(app.wsgi_app)  # type: ignore[method-assign]  # the way that Flask documents
    return app
