"""What is asked for: a model's name to its path, vendor fields to a request body, a file's suffix to a format."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from ._errors import InvalidRequest, UnknownModel

# Names that only the guide has; the API serves them under another path, the raw look by a field.  [GUIDE vs OAS]
_GUIDE_NAMES: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "flux-kontext": ("flux-kontext-pro", {}),
    "flux-fill": ("flux-pro-1.0-fill", {}),
    "flux-pro-1.1-raw": ("flux-pro-1.1-ultra", {"raw": True}),
}
_NOT_ON_THE_API = {"flux-2-dev": "FLUX.2 [dev] has open weights and runs locally; it is not on the API"}  # [GUIDE]
_SLUG = re.compile(r"[a-z0-9][a-z0-9.-]*(/[a-z0-9][a-z0-9.-]*)*", re.ASCII)

# jpeg, png and, since 2026-03-25, webp.  [OAS OutputFormat]
_FORMATS: Mapping[str, str] = {".jpg": "jpeg", ".jpeg": "jpeg", ".png": "png", ".webp": "webp"}


def resolve_model(model: str) -> tuple[str, Mapping[str, object]]:
    """Return the path of a model and the fields its name implies.

    >>> resolve_model("flux-2-pro")[0]
    '/v1/flux-2-pro'

    `/v1/flux-2-pro` is taken too. A name this client does not know is passed on: models come faster than clients.
    """
    slug = model.strip().lower().removeprefix("/").removeprefix("v1/")
    if slug in _NOT_ON_THE_API:
        raise UnknownModel(f"{_NOT_ON_THE_API[slug]}; choose another model, such as flux-2-pro.")
    if not _SLUG.fullmatch(slug):
        raise UnknownModel(f"{model!r} is not a model's name; it should look like flux-2-pro.")
    name, implied = _GUIDE_NAMES.get(slug, (slug, MappingProxyType({})))
    return f"/v1/{name}", implied


def request_body(
    fields: Mapping[str, object], *, extra: Mapping[str, object] | None = None, implied: Mapping[str, object]
) -> bytes:
    """Return the JSON of a request: the named `fields` that are not None, then `implied` ones, then `extra` as it is.

    `extra` carries fields this client has no argument for, None included (sent as null). Raises InvalidRequest if a
    field comes twice with different values, or cannot be written as JSON.
    """
    body = {name: value for name, value in fields.items() if value is not None}
    for more in (implied, extra or {}):
        twice = sorted(name for name in more if name in body and body[name] != more[name])
        if twice:
            raise InvalidRequest(f"{', '.join(twice)}: given twice, with different values; keep one.")
        body.update(more)
    try:
        return json.dumps(body, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidRequest(f"The request cannot be written as JSON: {error}.") from error


def output_format_for(path: str | Path | None, *, asked: str | None) -> str | None:
    """Return the output format a file's suffix asks for; `asked` if there is no suffix to go by.

    Raises InvalidRequest if both are given and differ, or if the suffix is of no format the API makes.
    """
    suffix = Path(path).suffix.lower() if path is not None else ""
    meant = _FORMATS.get(suffix)
    if suffix and meant is None:
        raise InvalidRequest(f"The API makes no {suffix} files; name the output {', '.join(_FORMATS)}.")
    if meant and asked and meant != asked:
        raise InvalidRequest(f"The output's suffix {suffix} means {meant}, but output_format says {asked}; drop one.")
    return meant or asked


def checked_output(path: str | Path) -> Path:
    """Return the path of an output that can be written, as far as that shows before the money is spent."""
    output = Path(path)
    if output.is_dir() or not output.parent.is_dir():
        raise InvalidRequest(f"The output {str(output)!r} cannot be written: it is a folder, or in none that exists.")
    return output
