"""Ten thousand bodies in seconds: a seeded generator, because drawing them from Hypothesis costs more than answering.

Every kind that Hypothesis draws is here too, and damage to the bytes beside it. Equal seeds give equal storms.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from mock_bfl.contract.fields import Field, Kind
from tests.web.strategies import FIELDS_OF, PNG, URIS
from tests.web.wire import JSON, Ask

_TEXTS = ("", " ", "x", "a red cube", "0", "1", "1.0", "1e3", "true", "null", "é", "\U0001f600", "\x00", "a" * 3000)
_RATIOS = ("16:9", "9:21", "21:9", "22:9", "0:0", "16:9:1", "1:" + "9" * 50, "１:１")
_NUMBERS = (0, -1, 1, 63, 64, 1440, 1441, 2**31, 2**63, 10**30, 10**400, 1.5, -0.0, 1e308, 5e-324)
_UNSENDABLE = (float("nan"), float("inf"), -float("inf"), "\ud800", "a\udfffb", {"\udc00": 1}, [float("nan")])
_NESTED: tuple[Any, ...] = ([], [1], [[]], {}, {"a": None}, {"_sa_x": 1, "b": 2}, {"": {"_sa": []}})
_TYPES = (JSON, "application/problem+json", "application/json; charset=latin-1", "text/plain", "", None)
_ENCODINGS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "cp037", "utf-7")

Damage = Callable[[bytes, Random], bytes]


def storm(path: str, *, count: int, seed: int) -> Iterator[Ask]:
    """Yield `count` requests to a path: most of them JSON near the rules, some of them rubbish."""
    rng = Random(f"{path}/{seed}")
    for _ in range(count):
        content_type = rng.choice(_TYPES) if rng.random() < 0.03 else JSON
        yield Ask(target=path, body=_body(path, rng), content_type=content_type)


def _body(path: str, rng: Random) -> bytes:
    value = _value(path, rng)
    text = json.dumps(value, ensure_ascii=rng.random() < 0.7).encode("utf-8", "surrogatepass")
    return rng.choice(_DAMAGES)(text, rng) if rng.random() < 0.2 else text


def _value(path: str, rng: Random) -> object:
    if rng.random() < 0.05:
        return _odd(rng)
    fields = FIELDS_OF[path]
    chosen = [field for field in fields if rng.random() < (0.95 if field.required else 0.2)]
    body = {field.name: _odd(rng) if rng.random() < 0.15 else _near(field, rng) for field in chosen}
    if rng.random() < 0.1:
        body[rng.choice(_TEXTS)] = _odd(rng)
    return body


def _odd(rng: Random) -> object:
    kind = rng.randrange(7)
    if kind == 0:
        return _deep(rng.choice((2, 20, 100)), rng)
    if kind == 1:
        return {rng.choice(_TEXTS): _odd(rng) for _ in range(rng.randrange(3))}
    pools: tuple[tuple[Any, ...], ...] = (_TEXTS, _NUMBERS, _UNSENDABLE, _NESTED, (None, True, False, *URIS, *_RATIOS))
    return rng.choice(pools[kind - 2])


def _deep(levels: int, rng: Random) -> object:
    value: object = None
    for _ in range(levels):
        value = [value] if rng.random() < 0.5 else {"a": value}
    return value


def _near(field: Field, rng: Random) -> object:
    if field.nullable and rng.random() < 0.1:
        return None
    if field.kind in {Kind.INTEGER, Kind.NUMBER}:
        return _near_number(field, rng)
    if field.kind is Kind.CHOICE:
        return rng.choice((*field.choices, *_TEXTS))
    return rng.choice(_POOLS[field.kind])


_POOLS: dict[Kind, tuple[Any, ...]] = {
    Kind.BOOLEAN: (True, False, 0, 1, "on", 2),
    Kind.OUTPUT_FORMAT: ("jpeg", "png", "webp", "gif"),
    Kind.URI: URIS,
    Kind.ASPECT_RATIO: _RATIOS,
    Kind.STRING: _TEXTS,
    Kind.IMAGES: (PNG, [PNG], [PNG] * 11, [], [PNG, 1], *_TEXTS),
}


def _near_number(field: Field, rng: Random) -> int | float:
    low, high = field.minimum or 0, field.maximum or 4096
    number = rng.choice((low, high, low - 1, high + 1, rng.uniform(low, high)))
    step = field.multiple_of or 1
    return round(number / step) * step if field.kind is Kind.INTEGER and rng.random() < 0.9 else number


def _cut(text: bytes, rng: Random) -> bytes:
    return text[: rng.randrange(len(text) + 1)]


def _flip(text: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(text))
    return text[:at] + rng.randbytes(1) + text[at + 1 :]


def _insert(text: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice((b",", b"]", b"}", b'"', b"\\", b"\xff", b"\x00", b"//", b"\xef\xbb\xbf")) + text[at:]


def _recode(text: bytes, rng: Random) -> bytes:
    return text.decode("utf-8", "replace").encode(rng.choice(_ENCODINGS), "replace")


def _long_number(text: bytes, rng: Random) -> bytes:
    return b'{"seed": ' + b"9" * rng.choice((4300, 4301, 5000)) + b"}"


def _too_deep(text: bytes, rng: Random) -> bytes:
    return rng.choice((b"[", b'{"a":')) * 100_000


_DAMAGES: tuple[Damage, ...] = (_cut, _flip, _insert, _recode, _long_number, _too_deep)
