"""Which characters of a PDF page a person can see: the page is drawn with and without its text.

A character is visible when drawing its text changes enough pixels inside its box. That catches
white, covered, transparent, clipped, off-page and layered text alike, whatever the trick, where
rules on color and size each catch a part (measured in reference/screening.md, section 4).
"""

import ctypes
from dataclasses import dataclass, field
from typing import Any

import pypdfium2.raw as raw
from PIL import Image, ImageChops

_LEVELS_MIN = 25
"""How many of 255 levels a pixel must change by; a pale gray footer changes by more than 40."""

_PIXELS_MIN = 3
_READABLE_POINTS_MIN = 2.4
_FLAT_POINTS_MAX = 0.4
_PUNCTUATION_PIXELS_MIN = 1
_FORM_DEPTH_MAX = 8


@dataclass(slots=True)
class Layer:
    """The text of one page: what is seen, and what is not with the reason."""

    seen: str = ""
    unseen: list[tuple[str, str]] = field(default_factory=list)
    is_scan_layer: bool = False
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """How page coordinates (points, origin below left) become pixels of the drawing."""

    left: float
    top: float
    scale: float


def hide_text(page: Any) -> int:
    """Make every text object of a page invisible in memory; return how many there were."""
    hidden = 0
    stack = [
        (raw.FPDFPage_GetObject(page, index), 0)
        for index in range(raw.FPDFPage_CountObjects(page))
    ]
    while stack:
        item, depth = stack.pop()
        kind = raw.FPDFPageObj_GetType(item)
        if kind == raw.FPDF_PAGEOBJ_TEXT:
            raw.FPDFTextObj_SetTextRenderMode(item, raw.FPDF_TEXTRENDERMODE_INVISIBLE)
            hidden += 1
        elif kind == raw.FPDF_PAGEOBJ_FORM and depth < _FORM_DEPTH_MAX:
            stack.extend(
                (raw.FPDFFormObj_GetObject(item, index), depth + 1)
                for index in range(raw.FPDFFormObj_CountObjects(item))
            )
    return hidden


@dataclass(frozen=True, slots=True)
class Ink:
    """Which pixels of a drawing its text changes: one byte a pixel, 255 or 0."""

    pixels: bytes
    width: int
    height: int

    def has(self, box: tuple[int, int, int, int], enough: int) -> bool:
        """Return whether at least `enough` pixels of the box (left, top, right, bottom) change."""
        left, right = max(box[0], 0), min(box[2], self.width)
        found = 0
        for row in range(max(box[1], 0), min(box[3], self.height)):
            start = row * self.width
            found += self.pixels.count(b"\xff", start + left, start + right)
            if found >= enough:
                return True
        return False


def ink_of(with_text: Image.Image, without_text: Image.Image) -> Ink:
    """Return the pixels that the text changes, of two gray drawings of one page."""
    difference = ImageChops.difference(with_text, without_text)
    mask = difference.point([0] * _LEVELS_MIN + [255] * (256 - _LEVELS_MIN))
    return Ink(mask.tobytes(), mask.width, mask.height)


def layer_of(text_page: Any, ink: Ink, frame: Frame, text_max: int) -> Layer:
    """Return the text layer of a page, split by what the mask shows."""
    layer = Layer()
    count = raw.FPDFText_CountChars(text_page)
    layer.truncated = count > text_max
    seen: list[int] = []
    unseen: list[int] = []
    reason = ""
    is_seen = True
    for index in range(min(count, text_max)):
        code = raw.FPDFText_GetUnicode(text_page, index)
        if code in (0, 0xFFFE, 0xFFFF):
            continue
        code = 0x2D if code == 2 else code
        if code > 32 and not _is_made_up(text_page, index):
            why = _why_unseen(text_page, index, code, ink, frame, was_seen=is_seen)
            if why and not is_seen and why != reason:
                _flush(layer, unseen, reason)
            if not why and not is_seen:
                _flush(layer, unseen, reason)
            is_seen, reason = not why, why
        (seen if is_seen or code in (10, 13) else unseen).append(code)
    _flush(layer, unseen, reason)
    layer.seen = _decoded(seen)
    return layer


def _flush(layer: Layer, codes: list[int], reason: str) -> None:
    """Keep a run of unseen characters when it says anything: a digit, or two letters."""
    text = _decoded(codes).strip()
    codes.clear()
    if any(char.isdigit() for char in text) or sum(char.isalnum() for char in text) >= 2:
        layer.unseen.append((text, reason))


def _is_made_up(text_page: Any, index: int) -> bool:
    """Return whether pdfium made the character up (a blank between words)."""
    return bool(raw.FPDFText_IsGenerated(text_page, index) == 1)


_box = tuple(ctypes.c_double() for _ in range(4))
_loose = raw.FS_RECTF()


def _why_unseen(
    text_page: Any, index: int, code: int, ink: Ink, frame: Frame, *, was_seen: bool
) -> str:
    """Return why nobody sees the character, or "" when it is seen."""
    left, right, bottom, top = _box
    if not raw.FPDFText_GetCharBox(text_page, index, left, right, bottom, top):
        return "no_place"
    box = (
        int((left.value - frame.left) * frame.scale) - 1,
        int((frame.top - top.value) * frame.scale) - 1,
        int((right.value - frame.left) * frame.scale) + 2,
        int((frame.top - bottom.value) * frame.scale) + 2,
    )
    if box[2] <= 0 or box[3] <= 0 or box[0] >= ink.width or box[1] >= ink.height:
        return "off_page"
    is_word = chr(code).isalnum() if not 0xD800 <= code < 0xE000 else True
    if not is_word and not was_seen:
        return "not_drawn"
    if not ink.has(box, _PIXELS_MIN if is_word else _PUNCTUATION_PIXELS_MIN):
        return "not_drawn" if is_word else ""
    if is_word and raw.FPDFText_GetLooseCharBox(text_page, index, _loose):
        # Turned text swaps height and advance, so the longer side is the size of the letter.
        sides = sorted((abs(_loose.right - _loose.left), abs(_loose.top - _loose.bottom)))
        if sides[1] < _READABLE_POINTS_MIN or sides[0] < _FLAT_POINTS_MAX:
            return "too_small"
    return ""


def _decoded(codes: list[int]) -> str:
    """Return the text of UTF-16 units or code points, lone surrogates replaced."""
    text = "".join(map(chr, codes))
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return "\n".join(line.rstrip() for line in joined.replace("\r\n", "\n").split("\n")).strip()
