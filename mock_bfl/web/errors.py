"""What no view answers: unknown paths, wrong methods, stray slashes, bodies too large, and our own bugs.

The forms are the framework's of the vendor, in the dialect's envelope.  [CASS for 404; FASTAPI for the rest]
"""

from __future__ import annotations

from difflib import get_close_matches
from urllib.parse import quote

from flask import Flask, Response, request
from werkzeug.exceptions import ClientDisconnected, HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge
from werkzeug.routing import RequestRedirect

from mock_bfl.contract import MODELS
from mock_bfl.contract.models import NOT_ON_THE_API
from mock_bfl.core.refusals import refuse
from mock_bfl.core.reply import Reply

from .exchange import Desk
from .hosts import origin_of

_MARKS = (("?", "%3F"), ("#", "%23"), ("\\", "%5C"))  # what would end a path, or be taken for a slash.  [FASTAPI]
_SAFE_IN_A_LOCATION = ":/%#?=@[]!$&'()*+,;"  # [FASTAPI]


def install_error_handlers(app: Flask, desk: Desk) -> None:
    """Give the application the vendor's words for everything that Flask itself refuses."""

    def not_found(error: Exception) -> Response:
        return desk.respond(_redirect_of_slash(app) or _refusal(desk, "not_found", 404, _why_not_found()))

    def method_not_allowed(error: Exception) -> Response:
        allowed = sorted(set(getattr(error, "valid_methods", None) or ()) - {"HEAD", "OPTIONS"})
        why = f"{request.path} answers {', '.join(allowed)}, not {request.method}."
        response = desk.respond(_refusal(desk, "method_not_allowed", 405, why))
        response.headers["Allow"] = ", ".join(allowed)
        return response

    def too_large(error: Exception) -> Response:
        why = f"A body may have {request.max_content_length} bytes: eight references of 20 MiB in base64 fit."
        return desk.respond(_refusal(desk, "body_too_large", 413, why))

    def cut_off(error: Exception) -> Response:
        why = "The body: it ended before the length that Content-Length gives."
        return desk.respond(_refusal(desk, "unreadable_body", 400, why))

    def other(error: HTTPException) -> Response:
        return desk.respond(_refusal(desk, "unreadable_body", 400, f"{error.name}: {error.description}"))

    def bug(error: Exception) -> Response:
        app.logger.error("the mock itself failed; please report this", exc_info=error)
        return desk.respond(_refusal(desk, "internal_error", 500, "A bug in the mock itself: its log has the trace."))

    app.before_request(_refuse_double_slash)
    app.register_error_handler(NotFound, not_found)
    app.register_error_handler(MethodNotAllowed, method_not_allowed)
    app.register_error_handler(RequestEntityTooLarge, too_large)
    app.register_error_handler(ClientDisconnected, cut_off)
    app.register_error_handler(HTTPException, other)
    app.register_error_handler(Exception, bug)


def _refusal(desk: Desk, error: str, status: int, why: str) -> Reply:
    context = desk.engine.context
    return refuse(error, status, dialect=context.dialect, why=why, headers=context.headers(None))


def _refuse_double_slash() -> None:
    """Refuse a path that begins with two slashes: werkzeug drops them, the vendor's framework does not.  [FASTAPI]"""
    if _begins_with_two_slashes():
        raise NotFound


def _begins_with_two_slashes() -> bool:
    return bool(request.environ.get("PATH_INFO", "").startswith("//"))


def _redirect_of_slash(app: Flask) -> Reply | None:
    """Return the 307 to the path with or without its last slash, if that one exists.  [FASTAPI]"""
    path = request.path.rstrip("/") if request.path.endswith("/") else f"{request.path}/"
    if path == "" or _begins_with_two_slashes() or not _exists(app, path):
        return None
    for character, escape in _MARKS:
        path = path.replace(character, escape)
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    location = quote(f"{origin_of(request)}{path}{query}", safe=_SAFE_IN_A_LOCATION)
    return Reply(307, b"", (("Location", location),), content_type="")


def _exists(app: Flask, path: str) -> bool:
    try:
        app.url_map.bind("").match(path, method="GET")
    except MethodNotAllowed:
        return True
    except (NotFound, RequestRedirect):
        return False
    return True


def _why_not_found() -> str:
    if _begins_with_two_slashes():
        return f"No such path: /{request.path}. Does the base URL end with a slash?"
    slug = request.path.removeprefix("/v1/").strip("/")
    if slug == "flux-2-dev":
        return f"{NOT_ON_THE_API.value} is not on the API: {NOT_ON_THE_API.cite.note}."
    near = _nearest_slug(slug)
    hint = f" Did you mean {near}?" if near else ""
    prefix = "" if request.path.startswith("/v1/") else " Paths of the API begin with /v1/."
    return f"No such path: {request.path}.{hint}{prefix}"


def _nearest_slug(path: str) -> str | None:
    """Return the model that a path may have meant: as a whole, or by its last segment alone."""
    slugs = [model.slug for model in MODELS]
    whole = get_close_matches(path, slugs, n=1)
    by_name = {slug.rpartition("/")[2]: slug for slug in slugs}
    last = get_close_matches(path.rpartition("/")[2], by_name, n=1)
    return whole[0] if whole else by_name[last[0]] if last else None
