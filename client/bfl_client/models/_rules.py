"""What a request field may hold: one rule beside each field, read by `_checks`, and the fields that many models share.

Law: a rule refuses only what every document refuses. Where they differ, the widest reading stands here, so that the
client never blocks what the API may take; each such place names its documents. None means that a field is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

Kind = Literal["text", "secret", "integer", "number", "boolean", "choice", "ratio", "web address", "image", "images"]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a field may hold. `least` and `most` bound a number, the length of a text, or how many images there are.

    `most_mp` and `least_side_px` bound each image.
    """

    kind: Kind
    least: float | None = None
    most: float | None = None
    multiple_of: int = 1
    choices: tuple[str, ...] = ()
    most_mp: int = 20  # [SDK]
    least_side_px: int = 1


def whole(least: int | None = None, most: int | None = None, *, multiple_of: int = 1) -> Rule:
    """Return the rule of a whole number."""
    return Rule("integer", least, most, multiple_of)


def number(least: float, most: float) -> Rule:
    """Return the rule of a number."""
    return Rule("number", least, most)


def choice(*words: str) -> Rule:
    """Return the rule of a field that takes one of a few words."""
    return Rule("choice", choices=words)


TEXT = Rule("text")
IMAGE = Rule("image")
BOOLEAN = Rule("boolean")
# 21:9 to 9:21 by the OpenAPI, 7:3 to 3:7 by the help page, 4:1 to 1:4 by the SDK: `_checks` takes the widest.
RATIO = Rule("ratio")

Text: TypeAlias = Annotated[str | None, TEXT]
RequiredText: TypeAlias = Annotated[str, TEXT]
Image: TypeAlias = Annotated[str | None, IMAGE]
RequiredImage: TypeAlias = Annotated[str, IMAGE]
Flag: TypeAlias = Annotated[bool | None, BOOLEAN]
Ratio: TypeAlias = Annotated[str | None, RATIO]
Seed: TypeAlias = Annotated[int | None, whole()]
# jpeg and png by the guide, webp too since 2026-03-25.  [OAS OutputFormat]
OutputFormat: TypeAlias = Annotated[Literal["jpeg", "png", "webp"] | None, choice("jpeg", "png", "webp")]
# Any URI by the OpenAPI, in the lengths of a web address; https alone by the guide.
WebhookUrl: TypeAlias = Annotated[str | None, Rule("web address", 1, 2083)]
WebhookSecret: TypeAlias = Annotated[str | None, Rule("secret")]

# 64 by OpenAPI and guide, 256 by the help page; multiples of 16 and at most 4 MP by the guide alone: 65x65 was taken,
# and the help page says that what is larger is resized.  [OAS, GUIDE, HELP-DIM, YUTO]
Flux2Side: TypeAlias = Annotated[int | None, whole(64)]
Flux1Side: TypeAlias = Annotated[int | None, whole(256, 1440, multiple_of=32)]  # [OAS, SDK]
# 0 is the strictest. Per model by the OpenAPI; older pages say 0 to 6 for all, and the API answers 422 there.  [OAS]
SafetyTo5: TypeAlias = Annotated[int | None, whole(0, 5)]
SafetyTo6: TypeAlias = Annotated[int | None, whole(0, 6)]
