"""Letters, guides, bills and advices as PDF: the same data gives the same bytes.

The caller hands over finished words and figures, in the reader's language; a template only places
them. Data reach Typst as one JSON string in `sys.inputs` and are shown as text: nothing that a
person typed is ever read as markup.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import typst

from counterfoil.core.canonical import canonical_json

_FOLDER = Path(__file__).parent / "templates"

TEMPLATES: Final[Mapping[str, tuple[str, ...]]] = {
    "decision_letter": ("title", "sender", "recipient", "date", "paragraphs", "closing"),
    "partner_guide": ("title", "subtitle", "version", "sections"),
    "procedure": ("title", "subtitle", "version", "steps", "sections"),
    "vendor_bill": ("title", "sender", "recipient", "date", "facts", "table", "totals"),
    "remittance": ("title", "sender", "recipient", "date", "facts", "table", "totals"),
    "audit_report": ("title", "subtitle", "version", "sections"),
    "statement": ("title", "sender", "recipient", "date", "facts", "accounts"),
}
"""The templates and the data that each one needs; what else they take stands in the template."""


class UnknownTemplate(LookupError):
    """There is no template of this name."""


class DataMissing(ValueError):
    """The data lack something that the template needs; the message names it."""


class TypstPdf:
    """Renders documents; the adapter that settings name."""

    def render(self, template: str, data: Mapping[str, Any]) -> bytes:
        """This will return the PDF of `template` with `data`; see `render`."""
        return render(template, data)


def render(template: str, data: Mapping[str, Any]) -> bytes:
    """This will return the PDF (tagged, PDF 1.7) of `template` filled with `data`.

    `data` holds text, whole numbers, lists and objects of them; amounts and dates are written out
    by the caller. `language` (ISO 639, "en" without it) sets hyphenation and the document's
    language. Fonts are those inside Typst, and no clock is read, so equal data give equal bytes.
    Raises UnknownTemplate, DataMissing, and NotCanonical for values of other types.
    """
    needed = TEMPLATES.get(template)
    if needed is None:
        raise UnknownTemplate(f"{template!r} is not one of {', '.join(TEMPLATES)}")
    missing = [name for name in needed if name not in data]
    if missing:
        raise DataMissing(f"the template {template!r} also needs: {', '.join(missing)}")
    language = str(data.get("language", "en"))
    if not re.fullmatch(r"[a-z]{2,3}", language):
        raise DataMissing(f"{language!r} is not a language code; write it like 'en'")
    inputs = {"data": canonical_json({**data, "language": language}).decode()}
    document = typst.compile(
        str(_FOLDER / f"{template}.typ"),
        root=str(_FOLDER),
        font_paths=[],
        ignore_system_fonts=True,
        sys_inputs=inputs,
    )
    if not isinstance(document, bytes):
        raise DataMissing(f"the template {template!r} gave no single document")
    return document
