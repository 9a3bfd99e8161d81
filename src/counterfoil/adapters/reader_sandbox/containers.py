"""Office files and e-invoices: checked against bombs, never unpacked to disk, never run."""

import io
import re
import zipfile

import defusedxml
import defusedxml.ElementTree

from counterfoil.adapters.reader_sandbox.kinds import Sort
from counterfoil.adapters.reader_sandbox.limits import Limits
from counterfoil.adapters.reader_sandbox.refusals import Refusal, unreadable

# OASIS UBL 2.1 and UN/CEFACT Cross Industry Invoice: the two syntaxes of EN 16931.
_INVOICE_ROOTS = {
    "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice",
    "{urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2}CreditNote",
    "{urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100}CrossIndustryInvoice",
}
_MACROS = re.compile(r"(^|/)(vbaProject\.bin|vbaData\.xml|macrosheets/)", re.IGNORECASE)
_CHUNK = 1 << 16


def check_office_file(data: bytes, sort: Sort, limits: Limits) -> None:
    """Refuse an Office file that unpacks too large, lies about it, or carries macros.

    The declared sizes are checked first; then every part is unpacked chunk by chunk and counted,
    because a declared size can lie. Raises Refusal.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            _expect_small(parts, len(data), limits)
            for part in parts:
                _expect_harmless(part, sort)
                _count_bytes(archive, part, limits)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, OSError) as error:
        raise unreadable(sort.words) from error


def _expect_small(parts: list[zipfile.ZipInfo], size: int, limits: Limits) -> None:
    """Refuse by what the archive declares. Raises Refusal."""
    declared = sum(part.file_size for part in parts)
    ratio = declared // max(size, 1)
    if (
        len(parts) > limits.archive_entries_max
        or declared > limits.archive_bytes_max
        or ratio > limits.archive_ratio_max
    ):
        raise _bomb(declared, limits)


def _expect_harmless(part: zipfile.ZipInfo, sort: Sort) -> None:
    """Refuse paths that leave the archive, encrypted parts and macros. Raises Refusal."""
    if part.flag_bits & 1:
        raise Refusal(
            "PASSWORD_NEEDED",
            f"This {sort.words} is protected by a password; save it without one and upload that.",
        )
    if _MACROS.search(part.filename):
        raise Refusal(
            "MACROS", f"This {sort.words} contains macros; save it as a PDF and upload that."
        )
    if part.filename.startswith(("/", "\\")) or ".." in re.split(r"[\\/]", part.filename):
        raise unreadable(sort.words)


def _count_bytes(archive: zipfile.ZipFile, part: zipfile.ZipInfo, limits: Limits) -> None:
    """Refuse a part that holds more than it declares. Raises Refusal."""
    count = 0
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            count += len(chunk)
            if count > part.file_size or count > limits.archive_bytes_max:
                raise _bomb(count, limits)


def _bomb(size: int, limits: Limits) -> Refusal:
    """Return the refusal of an archive that unpacks to too much."""
    return Refusal(
        "ARCHIVE_BOMB",
        f"This file unpacks to {size >> 20} MB or very many parts, and "
        f"{limits.archive_bytes_max >> 20} MB is the limit; save it as a PDF, or only the sheet "
        "that matters.",
    )


def e_invoice_text(data: bytes, limits: Limits) -> str:
    """Return an e-invoice as lines "path: value". Raises Refusal for any other XML.

    No document type is allowed, so no entity exists that could expand or reach a file.
    """
    try:
        root = defusedxml.ElementTree.fromstring(data, forbid_dtd=True)
    except defusedxml.DefusedXmlException:
        raise Refusal(
            "XML_ENTITIES",
            "This XML declares a document type or entities, which an e-invoice never needs; "
            "export the invoice again without a DOCTYPE.",
        ) from None
    except (SyntaxError, ValueError, LookupError):
        raise unreadable("XML file") from None
    if root.tag.rpartition("}")[2].lower() == "svg":
        raise Refusal(
            "TYPE_NOT_ACCEPTED",
            "This is an SVG drawing, which can carry scripts; save it as PNG or PDF.",
        )
    if root.tag not in _INVOICE_ROOTS:
        raise Refusal(
            "NOT_AN_E_INVOICE",
            f"This XML starts with <{root.tag.rpartition('}')[2][:60]}>; an e-invoice is a UBL "
            "Invoice or CreditNote, or a Cross Industry Invoice. Upload the invoice as PDF.",
        )
    lines: list[str] = []
    # An explicit stack: nesting is a stranger's number and must not become our recursion.
    stack = [(root, "", 1)]
    length = 0
    while stack:
        node, path, depth = stack.pop()
        if depth > limits.nesting_max:
            raise Refusal("TOO_DEEP", "This XML nests too deeply; export the invoice again.")
        here = f"{path}/{node.tag.rpartition('}')[2]}"
        text = (node.text or "").strip()
        if text and length < limits.page_text_max:
            currency = node.get("currencyID")
            lines.append(f"{here}: {text}{' ' + currency if currency else ''}")
            length += len(lines[-1])
        stack.extend((child, here, depth + 1) for child in reversed(node))
    return "\n".join(lines)[: limits.page_text_max]
