"""From what a command was given to a request: fields, images, and what is newer than this client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bfl_client._calls import edit_fields
from bfl_client._models import output_format_for
from bfl_client.models import Request, model_row, request_for

_FORMAT = "output_format"


def request_from(
    model: str,
    *,
    prompt: str | None,
    fields: Mapping[str, Any],
    images: Sequence[str] = (),
    mask: str | None = None,
    output: Path | None = None,
) -> Request:
    """Return the checked request that a command was asked for. Raises InvalidRequest or UnknownModel.

    `fields` holds the options of `field_options`; those under `extra` that the model is known to take are checked like
    the others. The suffix of `output` sets the format, for a model that makes more than one.
    """
    row = model_row(model)
    known = () if row is None else row.fields
    named = {"prompt": prompt, **{name: value for name, value in fields.items() if name != "extra"}}
    if images or mask is not None:
        named |= edit_fields(model, images, mask=mask)
    if row is None or _FORMAT in known:
        named[_FORMAT] = output_format_for(output, asked=fields[_FORMAT])
    extra = fields["extra"]
    checked = {name for name, value in extra.items() if name in known and value is not None and named.get(name) is None}
    named |= {name: extra[name] for name in checked}
    return request_for(model, named, extra={name: extra[name] for name in extra if name not in checked})
