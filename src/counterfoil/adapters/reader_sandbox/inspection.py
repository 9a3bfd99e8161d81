"""One file from bytes to facts, inside the child. Nothing here writes or connects."""

import hashlib
import importlib.metadata
import unicodedata
from typing import Any

from counterfoil.adapters.reader_sandbox import containers, images, kinds, ocr, pdfs, unicode_rules
from counterfoil.adapters.reader_sandbox.limits import Limits

READER_VERSION = 1
"""Raise it whenever the same file may give other facts."""


def inspect_bytes(
    data: bytes, *, name: str, claimed_type: str, previews: bool, policy: str, limits: Limits
) -> dict[str, Any]:
    """Return the facts of one file as plain values. Raises Refusal."""
    sort = kinds.sort_of(data, name, claimed_type)
    facts: dict[str, Any] = {"kind": sort.kind, "media_type": sort.media_type}
    if sort is kinds.PDF:
        facts |= pdfs.read_pdf(data, limits, previews=previews, policy=policy)
    elif sort.kind == "image":
        facts |= _read_image(data, sort, limits, previews=previews, policy=policy)
    elif sort is kinds.XML:
        facts["page_texts"] = [containers.e_invoice_text(data, limits)]
    elif sort in (kinds.XLSX, kinds.DOCX):
        containers.check_office_file(data, sort, limits)
    else:
        if sort is kinds.JSON:
            kinds.expect_shallow_json(data, limits.nesting_max)
        facts["page_texts"] = [_text_of(data)[: limits.page_text_max]]
    return _finished(facts)


def reader_name() -> str:
    """Return the programs and versions that read, for the record."""
    pdfium = importlib.metadata.version("pypdfium2")
    pillow = importlib.metadata.version("pillow")
    return f"sandbox {READER_VERSION}, pypdfium2 {pdfium}, pillow {pillow}, {ocr.version()}"[:120]


def _read_image(
    data: bytes, sort: kinds.Sort, limits: Limits, *, previews: bool, policy: str
) -> dict[str, Any]:
    """Return the facts of a picture, its text by recognition where that is wanted."""
    picture = images.opened(data, sort, limits)
    facts = images.facts_of(picture, data, sort)
    flags = set(facts["flags"])
    text: str | None = ""
    if policy != "never" and ocr.program() is not None:
        text = ocr.text_of(picture, limits)
        flags.add("OCR_FAILED" if text is None else "TEXT_BY_OCR" if text else "NO_TEXT")
    facts["page_texts"] = [(text or "")[: limits.page_text_max]]
    facts["flags"] = sorted(flags)
    facts["previews"] = [images.png_of(picture, limits.preview_side_max)] if previews else []
    return facts


def _text_of(data: bytes) -> str:
    """Return text in UTF-8, or in Windows-1252 where it is not that."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _finished(facts: dict[str, Any]) -> dict[str, Any]:
    """Return the facts with the rules on characters applied and the text hashed."""
    flags = set(facts.get("flags", ()))
    texts = []
    for text in facts.get("page_texts", ()):
        plain, had_invisible = unicode_rules.visible_characters(text)
        if had_invisible or unicode_rules.has_mixed_scripts(plain):
            flags.add("SUSPICIOUS_CHARACTERS")
        texts.append(plain)
    everything = [*texts, *(item["text"] for item in facts.get("unseen", ()))]
    if unicode_rules.has_instructions("\n".join(everything)):
        flags.add("INSTRUCTION_TEXT")
    folded = " ".join(unicodedata.normalize("NFKC", " ".join(texts)).casefold().split())
    if not folded and facts["kind"] in ("pdf", "image"):
        flags.add("NO_TEXT")
    return facts | {
        "page_texts": texts,
        "flags": sorted(flags),
        "text_sha256": hashlib.sha256(folded.encode("utf-8", "replace")).hexdigest()
        if folded
        else None,
    }
