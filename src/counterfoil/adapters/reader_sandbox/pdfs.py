"""PDFs: opened, limited, drawn, and their visible text taken page by page."""

import contextlib
import ctypes
import io
import math
import re
import zlib
from collections.abc import Iterator
from typing import Any

import pypdfium2
import pypdfium2.raw as raw
from PIL import Image

from counterfoil.adapters.reader_sandbox import images, ocr
from counterfoil.adapters.reader_sandbox.limits import MIB, Limits
from counterfoil.adapters.reader_sandbox.refusals import Refusal, unreadable
from counterfoil.adapters.reader_sandbox.visibility import (
    Frame,
    Layer,
    hide_text,
    ink_of,
    layer_of,
)

_PIXELS_PER_PAGE_MAX = 4_000_000
_ICON_SIDE_MAX = 32
_SCAN_SHARE = 0.6
# ISO 32000-1: 12.6.4 (actions that act outside the document), 12.7.8 (XFA), 13.2, 13.6 (media).
_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|SubmitForm|ImportData|RichMedia|XFA|Movie)\b")
_ESCAPED_NAME = re.compile(rb"/[!-~]*#[0-9A-Fa-f]{2}[!-~]*")
_OBJECT_STREAM = re.compile(rb"/ObjStm\b.{0,400}?stream\r?\n", re.DOTALL)
_OBJECT_STREAMS_MAX = 500


def read_pdf(data: bytes, limits: Limits, *, previews: bool, policy: str) -> dict[str, Any]:
    """Return what is known of a PDF. Raises Refusal."""
    if b"%%EOF" not in data:
        raise unreadable("PDF")
    flags = _flags_of_bytes(data)
    with _document(data, limits) as document:
        if raw.FPDF_GetSecurityHandlerRevision(document.raw) != -1:
            flags.add("ENCRYPTED")
        if raw.FPDFDoc_GetJavaScriptActionCount(document.raw) > 0:
            flags.add("ACTIVE_CONTENT")
        if raw.FPDFDoc_GetAttachmentCount(document.raw) > 0:
            flags.add("ATTACHMENTS")
        reading = _Reading(document, limits, policy=policy, previews=previews, flags=flags)
        for number in range(len(document)):
            reading.read_page(number)
        return reading.facts()


class _Reading:
    """One pass over the pages of one document, with its budgets."""

    def __init__(
        self,
        document: pypdfium2.PdfDocument,
        limits: Limits,
        *,
        policy: str,
        previews: bool,
        flags: set[str],
    ) -> None:
        """Begin with full budgets."""
        self.document, self.limits, self.policy, self.flags = document, limits, policy, flags
        self.wants_previews = previews
        self.texts: list[str] = []
        self.unseen: list[dict[str, Any]] = []
        self.hashes: list[str] = []
        self.previews: list[bytes] = []
        self.pixels_left = limits.pixels_max
        self.text_left = limits.text_max
        self.ocr_left = limits.ocr_pages_max
        self.size = (0, 0)

    def facts(self) -> dict[str, Any]:
        """Return everything that the pass found."""
        return {
            "pages": len(self.texts),
            "width": self.size[0],
            "height": self.size[1],
            "page_texts": self.texts,
            "unseen": self.unseen,
            "image_sha256s": list(dict.fromkeys(self.hashes)),
            "flags": sorted(self.flags),
            "previews": self.previews,
        }

    def read_page(self, number: int) -> None:
        """Draw one page, take its visible text, hash its pictures."""
        page = self.document[number]
        try:
            if number == 0:
                width, height = (min(int(side + 0.5), 10**6) for side in page.get_size())
                self.size = (width, height)
            scale = self._scale(page, self.limits.preview_dpi)
            shares = self._hash_pictures(page)
            self._keep_preview(page, scale)
            layer = self._layer(page, scale)
            if layer.unseen and shares >= _SCAN_SHARE and not layer.seen:
                layer.is_scan_layer = True
            text = self._checked_text(number, layer)
            self.texts.append(text[: self.text_left])
            self.text_left -= len(self.texts[-1])
            if layer.truncated or len(self.texts[-1]) < len(text):
                self.flags.add("TEXT_CUT")
        finally:
            page.close()

    def _layer(self, page: pypdfium2.PdfPage, scale: float) -> Layer:
        """Return the page's text layer, split into seen and unseen."""
        text_page = raw.FPDFText_LoadPage(page.raw)
        if not text_page:
            return Layer()
        try:
            if raw.FPDFText_CountChars(text_page) == 0:
                return Layer()
            # Character boxes are in the unturned page, so the comparison is as well.
            if page.get_rotation():
                page.set_rotation(0)
            with_text = _drawn(page, scale, grayscale=True)
            box = raw.FS_RECTF()
            raw.FPDF_GetPageBoundingBox(page.raw, box)
            frame = Frame(min(box.left, box.right), max(box.top, box.bottom), scale)
            # The text page keeps its own copy of places and characters, so hiding is safe here.
            hide_text(page.raw)
            ink = ink_of(with_text, _drawn(page, scale, grayscale=True))
            return layer_of(text_page, ink, frame, self.limits.page_text_max)
        finally:
            raw.FPDFText_ClosePage(text_page)

    def _checked_text(self, number: int, layer: Layer) -> str:
        """Return the text of the page that a person sees, by layer or by recognition."""
        for text, reason in layer.unseen:
            why = "scan_layer" if layer.is_scan_layer else reason
            self.unseen.append({"page": number + 1, "text": text[:2_000], "reason": why})
        if layer.unseen and not layer.is_scan_layer:
            self.flags.add("HIDDEN_TEXT")
        needs_ocr = not layer.seen or self.policy == "verify"
        if self.policy == "never" or not needs_ocr:
            if layer.is_scan_layer:
                self.flags.add("TEXT_LAYER_UNVERIFIED")
            return layer.seen
        return self._compared(number, layer)

    def _compared(self, number: int, layer: Layer) -> str:
        """Return the layer's seen text or the recognized one, once numbers were compared."""
        recognized = self._recognized(number)
        claimed = layer.seen or (
            "\n".join(text for text, _ in layer.unseen) if layer.is_scan_layer else ""
        )
        if recognized is None:
            if claimed:
                self.flags.add("TEXT_LAYER_UNVERIFIED")
            return layer.seen
        if claimed and ocr.unseen_numbers(claimed, recognized):
            self.flags.add("TEXT_LAYER_DIFFERS")
        if layer.seen:
            return layer.seen
        if recognized:
            self.flags.add("TEXT_BY_OCR")
        return recognized

    def _recognized(self, number: int) -> str | None:
        """Return the recognized text of a page drawn afresh, or None where that is impossible."""
        if ocr.program() is None:
            return None
        if self.ocr_left <= 0:
            self.flags.add("TEXT_CUT")
            return None
        self.ocr_left -= 1
        page = self.document[number]
        try:
            text = ocr.text_of(_drawn(page, self._scale(page, 200)), self.limits)
        finally:
            page.close()
        if text is None:
            self.flags.add("OCR_FAILED")
        return text

    def _keep_preview(self, page: pypdfium2.PdfPage, scale: float) -> None:
        """Keep the page's picture while previews are wanted and few."""
        if not self.wants_previews:
            return
        if len(self.previews) >= self.limits.preview_pages_max:
            self.flags.add("PREVIEW_CUT")
            return
        self.previews.append(images.png_of(_drawn(page, scale), self.limits.preview_side_max))

    def _hash_pictures(self, page: pypdfium2.PdfPage) -> float:
        """Hash the page's pictures within the budget; return the share of the page they cover."""
        width, height = page.get_size()
        covered = 0.0
        found = page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=4)
        for count, item in enumerate(found):
            if count >= self.limits.images_max or len(self.hashes) >= self.limits.images_max:
                break
            left, bottom, right, top = item.get_bounds()
            area = (right - left) * (top - bottom)
            covered = max(covered, area / max(width * height, 1.0))
            with contextlib.suppress(Refusal, pypdfium2.PdfiumError, OSError, ValueError):
                self._hash_picture(item)
        return covered

    def _hash_picture(self, item: Any) -> None:
        """Hash the pixels of one embedded picture unless it is an icon or over the budget."""
        width, height = item.get_px_size()
        images.expect_few_pixels(width, height, self.limits)
        if max(width, height) <= _ICON_SIDE_MAX or width * height > self.pixels_left:
            return
        self.pixels_left -= width * height
        if item.get_filters() == ["DCTDecode"]:
            stored = _stored_bytes(item)
            picture = Image.open(io.BytesIO(stored), formats=("JPEG",))
            images.expect_few_pixels(*picture.size, self.limits)
            self.hashes.append(images.pixel_hash(picture))
            return
        bitmap = item.get_bitmap()
        try:
            self.hashes.append(images.pixel_hash(bitmap.to_pil()))
        finally:
            bitmap.close()

    def _scale(self, page: pypdfium2.PdfPage, dpi: int) -> float:
        """Return pixels per point, small enough for any page size that a stranger may claim."""
        width, height = (max(side, 1.0) for side in page.get_size())
        return min(
            dpi / 72,
            self.limits.ocr_side_max / max(width, height),
            math.sqrt(_PIXELS_PER_PAGE_MAX / (width * height)),
        )


@contextlib.contextmanager
def _document(data: bytes, limits: Limits) -> Iterator[pypdfium2.PdfDocument]:
    """Open a document whose pages can be counted and are few enough. Raises Refusal."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            raise Refusal(
                "PASSWORD_NEEDED",
                "This PDF is protected by a password; save it without one and upload that.",
            ) from None
        raise unreadable("PDF") from None
    try:
        if len(document) < 1:
            raise unreadable("PDF")
        if len(document) > limits.pages_max:
            raise Refusal(
                "TOO_MANY_PAGES",
                f"This PDF has {len(document)} pages and {limits.pages_max} are taken; upload "
                "only the pages that prove the claim.",
            )
        yield document
    except pypdfium2.PdfiumError:
        raise unreadable("PDF") from None
    finally:
        document.close()


def _drawn(page: pypdfium2.PdfPage, scale: float, *, grayscale: bool = False) -> Image.Image:
    """Return the page as a picture, in RGB or in gray."""
    bitmap = page.render(
        scale=scale, grayscale=grayscale, rev_byteorder=True, may_draw_forms=False
    )
    try:
        return bitmap.to_pil().convert("L" if grayscale else "RGB")
    finally:
        bitmap.close()


def _stored_bytes(item: Any) -> bytes:
    """Return the stored (still compressed) bytes of an embedded picture."""
    length = raw.FPDFImageObj_GetImageDataRaw(item.raw, None, 0)
    buffer = (ctypes.c_ubyte * length)()
    raw.FPDFImageObj_GetImageDataRaw(item.raw, buffer, length)
    return bytes(buffer)


def _flags_of_bytes(data: bytes) -> set[str]:
    """Return what the bytes tell before any parser reads them."""
    flags: set[str] = set()
    if len(data[data.rfind(b"%%EOF") + 5 :].strip(b"\x00 \t\r\n")) > 0:
        flags.add("TRAILING_DATA")
    if any(_ACTIVE.search(part) for part in _readable_parts(data)):
        flags.add("ACTIVE_CONTENT")
    return flags


def _readable_parts(data: bytes) -> Iterator[bytes]:
    """Yield the bytes, the names with their escapes undone, and the start of object streams."""
    yield data
    for match in _ESCAPED_NAME.finditer(data):
        yield re.sub(rb"#([0-9A-Fa-f]{2})", lambda code: bytes([int(code[1], 16)]), match[0])
    for count, match in enumerate(_OBJECT_STREAM.finditer(data)):
        if count >= _OBJECT_STREAMS_MAX:
            return
        with contextlib.suppress(zlib.error):
            yield zlib.decompressobj().decompress(data[match.end() :], MIB)
