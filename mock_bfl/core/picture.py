"""The pictures the mock delivers: a card that shows which request it answers, rendered cheaply and the same every time.

Law: `render` is a function of its argument.  It asks no clock, no dice, no disk and no network; all that varies is
drawn from a hash of model, prompt and seed, so two requests that differ in one of them look different.

How a card is made: brightness only, on one channel.  A small field of soft lights is enlarged to the size asked for,
the text is written on it, and a palette of 256 colours is laid over the whole.  One channel costs a third of three to
enlarge and to write on, and a PNG of palette indices compresses in a quarter of the time of one in full colour.
"""

from __future__ import annotations

import colorsys
import hashlib
import io
import itertools
import math
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import partial
from types import MappingProxyType
from typing import Literal, TypeAlias

from PIL import Image, ImageDraw, ImageFont, features

OutputFormat: TypeAlias = Literal["jpeg", "png", "webp"]
Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont

CONTENT_TYPES: Mapping[str, str] = MappingProxyType({"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"})

# The longest side a file of each format can have.  [libjpeg JPEG_MAX_DIMENSION, WebP container spec, PNG spec]
LONGEST_SIDE_PX: Mapping[str, int] = MappingProxyType({"jpeg": 65_500, "png": 2**31 - 1, "webp": 16_383})

# Fast rather than small: a mock's picture is looked at once, if at all.
_ENCODER_OPTIONS: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {"jpeg": {"quality": 75}, "png": {"compress_level": 1}, "webp": {"quality": 75, "method": 0}}
)

_FIELD_PX, _LIGHTS = 12, 3  # The field of lights is drawn this small and enlarged.
_BRIGHT_INK, _QUIET_INK = 255, 205  # Palette indices: white, and the palest of the card's own colours.
_MIN_TEXT_PX = 9
_MIN_SIDE_FOR_TEXT_PX = 24
_LONG_PROMPT_CHARS = 160  # A longer one is set smaller.
_MOST_PROMPT_CHARS = 1_000  # A square card has room for some 700.
_ELLIPSIS = "..."


@dataclass(frozen=True, slots=True)
class Picture:
    """Names everything a delivered picture depends on.

    Raises `ValueError` for a side below one pixel.
    """

    model: str
    prompt: str
    seed: int
    width_px: int
    height_px: int
    output_format: OutputFormat

    def __post_init__(self) -> None:
        if min(self.width_px, self.height_px) < 1:
            raise ValueError(f"a picture needs at least 1 x 1 pixels, not {self.width_px} x {self.height_px}")


def render(picture: Picture, *, scalable_text: bool | None = None) -> bytes:
    """Encode the card of `picture` as a file of its format and exactly its size.

    A side longer than the format can hold is cut to `LONGEST_SIDE_PX` (ASSUMED: no document tells).  Any prompt is
    accepted; what the font cannot draw shows as an empty box, and text that finds no room is left out.
    `scalable_text` chooses between Pillow's outline and its bitmap font; by default outlines if FreeType is there.
    """
    longest_px = LONGEST_SIDE_PX[picture.output_format]
    size = (min(picture.width_px, longest_px), min(picture.height_px, longest_px))
    dice = _digest(picture.model, picture.prompt, picture.seed)
    card = _field(dice).resize(size, Image.Resampling.BICUBIC)
    if min(size) >= _MIN_SIDE_FOR_TEXT_PX:
        scalable = bool(features.check("freetype2")) if scalable_text is None else scalable_text
        _letter(card, picture, load_font=partial(_font, scalable=scalable))
    card.putpalette(_palette(dice))
    return _encode(card, output_format=picture.output_format)


def _digest(*parts: object) -> bytes:
    """Hash `parts` to 32 bytes; `ascii` keeps them apart and takes lone surrogates, which UTF-8 would refuse."""
    return hashlib.blake2b(ascii(parts).encode("ascii"), digest_size=32).digest()


def _encode(card: Image.Image, *, output_format: OutputFormat) -> bytes:
    ready = card if output_format == "png" else card.convert("RGB")  # Only PNG knows palettes.
    file = io.BytesIO()
    ready.save(file, format=output_format, **_ENCODER_OPTIONS[output_format])
    return file.getvalue()


# --- Light and colour ------------------------------------------------------------------------------------------------


def _field(dice: bytes) -> Image.Image:
    """Draw a few soft lights in the upper part of a small square that is dark at its foot, where the text goes."""
    lights = [_light(dice[3 * number : 3 * number + 3]) for number in range(_LIGHTS)]
    steps = range(_FIELD_PX)
    glows = ((y, sum(across[x] * down[y] for across, down in lights)) for y in steps for x in steps)
    return Image.frombytes("L", (_FIELD_PX, _FIELD_PX), bytes(_level(glow, y=y / _FIELD_PX) for y, glow in glows))


def _light(dice: bytes) -> tuple[list[float], list[float]]:
    """Place a round light by three bytes; return its profiles across and down, whose product is its glow."""
    x, y, size = (byte / 255 for byte in dice)
    radius = 0.15 + 0.25 * size
    steps = [(step + 0.5) / _FIELD_PX for step in range(_FIELD_PX)]
    across, down = ([math.exp(-(((step - centre) / radius) ** 2)) for step in steps] for centre in (x, 0.6 * y))
    return across, down


def _level(glow: float, *, y: float) -> int:
    """Turn a glow into a palette index, never so bright that white text is lost and fading towards the foot."""
    return int((38 + 128 * (1 - math.exp(-1.4 * glow))) * (1 - 0.8 * y * y))


def _palette(dice: bytes) -> bytes:
    """Ramp 256 colours from near black through two neighbouring hues to white, the hues chosen by the hash."""
    hue, turn = dice[-1] / 255, (dice[-2] / 255 - 0.5) * 0.32
    stops = [
        (0, colorsys.hsv_to_rgb(hue, 0.60, 0.07)),
        (60, colorsys.hsv_to_rgb(hue, 0.62, 0.28)),
        (130, colorsys.hsv_to_rgb((hue + turn) % 1, 0.58, 0.66)),
        (_QUIET_INK, colorsys.hsv_to_rgb((hue + 2 * turn) % 1, 0.30, 0.94)),
        (_BRIGHT_INK, (1.0, 1.0, 1.0)),
    ]
    channels = [_ramp([(index, colour[channel]) for index, colour in stops]) for channel in range(3)]
    return bytes(value for colour in zip(*channels, strict=True) for value in colour)


def _ramp(stops: Sequence[tuple[int, float]]) -> bytes:
    """Interpolate one channel between its stops, from index 0 to 255."""
    values = [int(255 * stops[0][1])]
    for (start, low), (end, high) in itertools.pairwise(stops):
        rise = (high - low) / (end - start)
        values += [int(255 * (low + rise * step)) for step in range(1, end - start + 1)]
    return bytes(values)


# --- Text ------------------------------------------------------------------------------------------------------------


def _font(size_px: int, *, scalable: bool) -> Font:
    """Load Pillow's own font; without FreeType there is one size, small on a big card, but legible."""
    return ImageFont.load_default(size_px) if scalable else ImageFont.load_default_imagefont()


class _Lettering:
    """Sets lines in one font and draws each distinct character once: that costs Pillow ten times a paste."""

    def __init__(self, font: Font) -> None:
        self._font = font
        self._glyphs: dict[str, tuple[Image.Image, float]] = {}
        self.line_px = math.ceil(1.25 * font.getbbox("Mg")[3])
        self._bearing_px = self.line_px // 4  # Room at both sides, as a `j` reaches out of its own width.

    def legible(self, text: str) -> str:
        """Reduce `text` to one line that can be drawn: no controls, no lone surrogates, no accents, not endless."""
        line = " ".join("".join(_base(char) for char in text[:_MOST_PROMPT_CHARS]).split())
        line += _ELLIPSIS if len(text) > _MOST_PROMPT_CHARS else ""
        if isinstance(self._font, ImageFont.ImageFont):  # It raises beyond Latin-1, where outlines draw a box.
            return line.encode("latin-1", errors="replace").decode("latin-1")
        return line

    def fitting(self, text: str, *, width_px: float) -> int:
        """Count the leading characters of `text` that are at most `width_px` wide together."""
        for count, char in enumerate(text):
            width_px -= self._glyph(char)[1]
            if width_px < 0:
                return count
        return len(text)

    def clip(self, text: str, *, width_px: float) -> str:
        """Cut `text` to `width_px`, an ellipsis at its end if something was cut."""
        if self.fitting(text, width_px=width_px) == len(text):
            return text
        room_px = width_px - sum(self._glyph(char)[1] for char in _ELLIPSIS)
        return text[: self.fitting(text, width_px=room_px)].rstrip(" .") + _ELLIPSIS

    def wrap(self, text: str, *, width_px: int, most_lines: int) -> list[str]:
        """Break `text` at blanks, or inside a word longer than a line; an ellipsis ends what finds no room."""
        lines: list[str] = []
        while text and len(lines) < most_lines:
            fitting = self.fitting(text, width_px=width_px)
            blank = text.rfind(" ", 0, fitting + 1) if fitting < len(text) else -1
            cut = blank if blank > 0 else max(1, fitting)
            lines.append(text[:cut])
            text = text[cut:].lstrip()
        if text and lines:
            lines[-1] = self.clip(f"{lines[-1]} {text}", width_px=width_px)
        return lines

    def write(self, card: Image.Image, lines: Sequence[str], *, ink: int, left_px: int, foot_px: int) -> int:
        """Draw `lines` so that they end at `foot_px`; return where they begin."""
        top_px = foot_px - len(lines) * self.line_px
        for number, line in enumerate(lines):
            x: float = left_px - self._bearing_px
            for char in line:
                mask, advance_px = self._glyph(char)
                card.paste(ink, (int(x), top_px + number * self.line_px), mask)
                x += advance_px
        return top_px

    def _glyph(self, char: str) -> tuple[Image.Image, float]:
        if char not in self._glyphs:
            advance_px = self._font.getlength(char)
            mask = Image.new("L", (2 * self._bearing_px + math.ceil(advance_px), self.line_px))
            ImageDraw.Draw(mask).text((self._bearing_px, 0), char, font=self._font, fill=255)
            self._glyphs[char] = mask, advance_px
        return self._glyphs[char]


def _base(char: str) -> str:
    """Reduce an accented letter to its base: Pillow's own font stops at ASCII and some punctuation."""
    if not char.isprintable():
        return " "
    base = "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))
    return base if base.isascii() else char


def _letter(card: Image.Image, picture: Picture, *, load_font: Callable[[int], Font]) -> None:
    """Write the facts at the foot, the prompt above them and a short rule on top, as far as there is room."""
    short_px = min(card.size)
    margin_px = max(2, short_px // 14)
    width_px, foot_px = card.width - 2 * margin_px, card.height - margin_px

    small = _Lettering(load_font(max(_MIN_TEXT_PX, short_px // 36)))
    facts = _facts(picture, lettering=small, width_px=width_px)[: (foot_px - margin_px) // small.line_px]
    foot_px = small.write(card, facts, ink=_QUIET_INK, left_px=margin_px, foot_px=foot_px) - margin_px // 3

    prompt_px = short_px // (20 if len(picture.prompt) <= _LONG_PROMPT_CHARS else 30)
    large = _Lettering(load_font(max(_MIN_TEXT_PX, prompt_px)))
    most_lines = min(foot_px - margin_px, card.height * 6 // 10) // large.line_px
    prompt = large.wrap(large.legible(picture.prompt), width_px=width_px, most_lines=most_lines)
    foot_px = large.write(card, prompt, ink=_BRIGHT_INK, left_px=margin_px, foot_px=foot_px) - margin_px // 3

    if prompt and foot_px > margin_px:
        card.paste(_QUIET_INK, (margin_px, foot_px - max(1, short_px // 200), margin_px + short_px // 16, foot_px))


def _facts(picture: Picture, *, lettering: _Lettering, width_px: int) -> list[str]:
    """Give model, size and seed in one line, or in a line each where the card is narrow."""
    size = f"{picture.width_px} x {picture.height_px}"
    facts = [lettering.legible(picture.model), size, f"seed {picture.seed}"]
    row = "  \N{MIDDLE DOT}  ".join(facts)
    if lettering.fitting(row, width_px=width_px) == len(row):
        return [row]
    return [lettering.clip(fact, width_px=width_px) for fact in facts]


# --- Cache -----------------------------------------------------------------------------------------------------------


class PictureCache:
    """Keeps the pictures used last, up to `max_bytes` of files together; safe to share between threads.

    Rendering happens outside the lock: two threads that miss the same picture at once both render it, and no thread
    waits for another's picture.  Keys are digests, so that a long prompt is not kept with its picture.
    """

    def __init__(self, *, max_bytes: int = 32 * 2**20, render: Callable[[Picture], bytes] = render) -> None:
        self._max_bytes = max_bytes
        self._render = render
        self._lock = threading.Lock()
        self._files: OrderedDict[bytes, bytes] = OrderedDict()
        self._held_bytes = 0

    @property
    def held_bytes(self) -> int:
        """Tell how many bytes of files are kept now."""
        return self._held_bytes

    def get(self, picture: Picture) -> bytes:
        """Return the file of `picture`, rendered unless it is kept; one larger than the whole cache is not kept."""
        key = _digest(astuple(picture))
        with self._lock:
            if key in self._files:
                self._files.move_to_end(key)
                return self._files[key]
        file = self._render(picture)
        with self._lock:
            self._keep(key, file)
        return file

    def _keep(self, key: bytes, file: bytes) -> None:
        if len(file) > self._max_bytes:
            return
        self._held_bytes += len(file) - len(self._files.pop(key, b""))
        self._files[key] = file
        while self._held_bytes > self._max_bytes:
            _, oldest = self._files.popitem(last=False)
            self._held_bytes -= len(oldest)
