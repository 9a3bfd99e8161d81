"""What a file is, by its content; and whether its name and claimed type tell the same."""

import json
import re
from dataclasses import dataclass

from counterfoil.adapters.reader_sandbox.names import extension_of
from counterfoil.adapters.reader_sandbox.refusals import Refusal

ACCEPTED = "a PDF, a PNG, JPEG or WebP picture, an e-invoice (XML), or a CSV, XLSX or DOCX file"
_GENERIC_TYPES = frozenset({"", "application/octet-stream", "binary/octet-stream"})
_ACTIVE = re.compile(rb"<\s*(script|html|!doctype\s+html)", re.IGNORECASE)
_END_OF_ZIP = b"PK\x05\x06"


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort of file that the reader accepts, with the names people give it."""

    kind: str
    media_type: str
    words: str
    extensions: tuple[str, ...]
    claims: tuple[str, ...] = ()


PDF = Sort("pdf", "application/pdf", "PDF", ("pdf",), ("application/x-pdf",))
PNG = Sort("image", "image/png", "PNG picture", ("png",), ("image/x-png",))
JPEG = Sort(
    "image",
    "image/jpeg",
    "JPEG picture",
    ("jpg", "jpeg", "jpe", "jfif"),
    ("image/jpg", "image/pjpeg"),
)
WEBP = Sort("image", "image/webp", "WebP picture", ("webp",))
XML = Sort("e_invoice", "application/xml", "XML file", ("xml",), ("text/xml",))
XLSX = Sort(
    "table",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "Excel workbook",
    ("xlsx",),
)
DOCX = Sort(
    "document",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "Word document",
    ("docx",),
)
# Browsers on Windows send application/vnd.ms-excel for a CSV file where Excel is installed.
CSV = Sort(
    "table",
    "text/csv",
    "CSV table",
    ("csv", "tsv"),
    ("text/plain", "application/csv", "application/vnd.ms-excel", "text/tab-separated-values"),
)
JSON = Sort("text", "application/json", "JSON text", ("json",), ("text/plain", "text/json"))
TEXT = Sort("text", "text/plain", "plain text", ("txt", "text", "log", "md"), ("text/markdown",))

_REFUSED_STARTS = (
    (b"GIF8", "GIF picture", "save it as a PNG and upload that"),
    (b"II*\x00", "TIFF picture", "save it as a PDF or PNG and upload that"),
    (b"MM\x00*", "TIFF picture", "save it as a PDF or PNG and upload that"),
    (b"BM", "BMP picture", "save it as a PNG and upload that"),
    (b"\xd0\xcf\x11\xe0", "file of an old Office version", "save it as PDF, XLSX or DOCX"),
    (b"MZ", "Windows program", f"upload {ACCEPTED}"),
    (b"\x7fELF", "program", f"upload {ACCEPTED}"),
    (b"\x1f\x8b", "compressed archive", "unpack it and upload the files themselves"),
    (b"7z\xbc\xaf", "compressed archive", "unpack it and upload the files themselves"),
    (b"Rar!", "compressed archive", "unpack it and upload the files themselves"),
    (b"{\\rtf", "RTF document", "save it as a PDF and upload that"),
    (b"%!PS", "PostScript file", "save it as a PDF and upload that"),
)


def sort_of(data: bytes, claimed_name: str, claimed_type: str) -> Sort:
    """Return what the content is, once name and claimed type agree with it. Raises Refusal."""
    sort = _sniffed(data, extension_of(claimed_name))
    _expect_honest_label(sort, extension_of(claimed_name), claimed_type)
    _expect_one_format(sort, data)
    return sort


def _sniffed(data: bytes, extension: str) -> Sort:
    """Return the sort by its first bytes, by its text where there are none. Raises Refusal."""
    start = data[:1024]
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"%PDF-"):
        return PDF
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if start.startswith(b"\xff\xd8\xff"):
        return JPEG
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return WEBP
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _sort_of_zip(data)
    if start[4:8] == b"ftyp":
        raise _not_accepted("phone photo or video (HEIC, MP4)", "save photos as JPEG")
    for magic, words, remedy in _REFUSED_STARTS:
        if start.startswith(magic):
            raise _not_accepted(words, remedy)
    return _sort_of_text(data, extension)


def _sort_of_zip(data: bytes) -> Sort:
    """Return which Office format a ZIP container is; its parts are checked elsewhere."""
    if b"xl/workbook" in data:
        return XLSX
    if b"word/document" in data:
        return DOCX
    raise _not_accepted("ZIP archive", "unpack it and upload the files themselves")


def _sort_of_text(data: bytes, extension: str) -> Sort:
    """Return which text format it is. Raises Refusal for markup and for unknown bytes."""
    start = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<?xml", b"<")) and not _ACTIVE.search(start):
        return XML
    if _ACTIVE.search(start):
        raise _not_accepted("web page (HTML)", "print it to a PDF and upload that")
    if b"%pdf-" in start:
        raise Refusal(
            "POLYGLOT",
            "There is other content in front of this PDF; print it to a new PDF and upload that.",
        )
    if not is_plain_text(data):
        raise _not_accepted("file of an unknown kind", f"upload {ACCEPTED}")
    if extension in CSV.extensions:
        return CSV
    if extension == "json":
        return JSON
    return TEXT


def is_plain_text(data: bytes) -> bool:
    """Return whether the bytes are text: UTF-8 or Windows-1252 without control characters."""
    head = data[:65536]
    if any(byte < 32 and byte not in (9, 10, 12, 13) for byte in head) or 127 in head:
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        # These five bytes have no character in Windows-1252.
        return not any(byte in head for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D))
    return True


def _expect_honest_label(sort: Sort, extension: str, claimed_type: str) -> None:
    """Refuse a name or a claimed type that tells something else. Raises Refusal."""
    right = f".{sort.extensions[0]}"
    if extension and extension not in sort.extensions:
        raise Refusal(
            "MISLABELLED",
            f"The name ends in .{extension}, but the content is a {sort.words}; rename it to end "
            f"in {right}, or upload the file that you meant.",
        )
    claim = claimed_type.partition(";")[0].strip().lower()
    if claim not in _GENERIC_TYPES and claim not in (sort.media_type, *sort.claims):
        raise Refusal(
            "MISLABELLED",
            f"The file was sent as {claim[:80]}, but the content is a {sort.words}; send it as "
            f"{sort.media_type}, or upload the file that you meant.",
        )


def _expect_one_format(sort: Sort, data: bytes) -> None:
    """Refuse a file that a browser or an archiver would read as something else as well."""
    if sort.kind not in ("pdf", "image"):
        return
    head = data[:1024] if sort is PDF else data[:65536]
    tail = data[-65536:] if sort is not PDF else data[max(data.rfind(b"%%EOF"), 0) :][-65536:]
    if _ACTIVE.search(head) or _ACTIVE.search(tail) or _ends_as_zip(data):
        raise Refusal(
            "POLYGLOT",
            f"This {sort.words} also holds a web page or an archive; print it to a new PDF or "
            "save the picture again, and upload that.",
        )


def _ends_as_zip(data: bytes) -> bool:
    """Return whether an archiver would open the file as a ZIP (PKWARE APPNOTE 4.3.16)."""
    at = data.rfind(_END_OF_ZIP)
    if at < 0 or at + 22 > len(data):
        return False
    comment = int.from_bytes(data[at + 20 : at + 22], "little")
    return at + 22 + comment == len(data)


def expect_shallow_json(data: bytes, nesting_max: int) -> None:
    """Refuse JSON text that nests too deeply or is none. Raises Refusal."""
    depth = 0
    for token in re.finditer(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', data):
        if token[0] in (b"[", b"{"):
            depth += 1
            if depth > nesting_max:
                raise Refusal(
                    "TOO_DEEP",
                    f"This JSON text nests deeper than {nesting_max} levels; flatten it, or send "
                    "a CSV table.",
                )
        elif token[0] in (b"]", b"}"):
            depth -= 1
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        raise Refusal("UNREADABLE", "This is not valid JSON; export it again.") from None


def _not_accepted(words: str, remedy: str) -> Refusal:
    """Return the refusal of a sort that evidence cannot be."""
    return Refusal("TYPE_NOT_ACCEPTED", f"This is a {words}, which is not taken; {remedy}.")
