"""What is asked for: a body as JSON, a file's suffix as a format, a place to write to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from ._errors import InvalidRequest

# jpeg, png and, since 2026-03-25, webp.  [OAS OutputFormat]
_FORMATS: Mapping[str, str] = {".jpg": "jpeg", ".jpeg": "jpeg", ".png": "png", ".webp": "webp"}


def as_json(body: Mapping[str, object]) -> bytes:
    """Return a request body as it is sent. Raises InvalidRequest if it cannot be written as JSON."""
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
