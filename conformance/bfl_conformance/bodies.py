"""Request bodies that any server must accept, and the reference pictures in them."""

from __future__ import annotations

import base64
import zlib
from functools import lru_cache

from mock_bfl.contract import MODELS, MODELS_BY_SLUG, Model
from mock_bfl.contract.models import IMAGE_FIELDS

from .expect import Expectations
from .observation import Json

PROMPT = "a red cube on a white table"
_NAMED_BY = {"live": "OAS", "guide": "GUIDE"}
_TRAINED = "finetune_id"  # names something that only its owner has
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def minimal_body(slug: str, *, prompt: str = PROMPT) -> dict[str, Json]:
    """Return the least that every dialect accepts for a model: a prompt, and a picture where it edits one."""
    model = MODELS_BY_SLUG[slug]
    required = {field.name for field in model.fields if field.required} & IMAGE_FIELDS
    if "kontext" in slug:
        required |= {"input_image"}  # the guide wants it, the OpenAPI does not mind it
    return {"prompt": prompt, **{name: png(1024, 1024) for name in sorted(required)}}


def served_models(expectations: Expectations) -> tuple[Model, ...]:
    """Return the models that every dialect names, but for those that need a training of one's own."""
    tags = {_NAMED_BY[dialect.name] for dialect in expectations.dialects}
    return tuple(model for model in MODELS if tags <= set(model.named_by) and _TRAINED not in model.field_names)


def scripted(status: str, *, after_s: int = 1) -> str:
    """Return a prompt that scripts the end of its task. Only with Need.DIRECTIVES."""
    return f'{PROMPT} [mock: status="{status}" after={after_s}s]'


@lru_cache(maxsize=64)
def png(width_px: int, height_px: int) -> str:
    """Return a black PNG of this size as base64: some hundred bytes, whatever its size."""
    head = width_px.to_bytes(4) + height_px.to_bytes(4) + bytes([1, 0, 0, 0, 0])  # one bit per pixel, grey
    rows = bytes(1 + (width_px + 7) // 8) * height_px
    chunks = _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
    return base64.b64encode(_SIGNATURE + chunks).decode()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)
