"""Wrappers around the mock that change its requests or replies: mutants of what no single rule decides."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from tests.conformance.in_process import Wrapper

Json = dict[str, Any]
Edit = Callable[[Request, Response], Response]


def altering(edit: Edit) -> Wrapper:
    """Return a wrapper that answers with `edit(request, reply)` where the mock answers `reply`."""

    def wrap(app: WSGIApplication) -> WSGIApplication:
        def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            request = Request(environ)
            body = request.get_data()
            environ["wsgi.input"] = BytesIO(body)
            reply = Response.from_app(app, environ, buffered=True)
            return edit(request, reply)(environ, start_response)

        return answer

    return wrap


def rewriting(path: str, change: Callable[[Json], Json | None]) -> Wrapper:
    """Return a wrapper that replaces JSON objects from paths that begin with `path`; None leaves one alone."""

    def edit(request: Request, reply: Response) -> Response:
        document = json.loads(reply.get_data()) if reply.mimetype == "application/json" else None
        changed = change(document) if request.path.startswith(path) and isinstance(document, dict) else None
        if changed is not None:
            reply.set_data(json.dumps(changed, separators=(",", ":")))
        return reply

    return altering(edit)


def before(change: Callable[[Request], None]) -> Wrapper:
    """Return a wrapper that lets `change` tamper with each request before the mock sees it."""

    def wrap(app: WSGIApplication) -> WSGIApplication:
        def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            change(Request(environ))
            return app(environ, start_response)

        return answer

    return wrap


def dropping(field: str) -> Wrapper:
    """Return a wrapper that never shows the mock a field of a request's body."""

    def change(request: Request) -> None:
        document = json.loads(request.get_data() or b"null")
        if isinstance(document, dict):
            document.pop(field, None)
        send(request, document)

    return before(change)


def send(request: Request, document: object) -> None:
    """Give a request another body."""
    body = json.dumps(document).encode()
    request.environ["wsgi.input"] = BytesIO(body)
    request.environ["CONTENT_LENGTH"] = str(len(body))


def json_response(status: int, document: object) -> Response:
    return Response(json.dumps(document, separators=(",", ":")), status, content_type="application/json")


def counting() -> Callable[[], int]:
    """Return a function that counts its calls."""
    count = itertools.count()
    return lambda: next(count)
