"""Documents that leave as PDF, made by Typst: `render`."""

from counterfoil.adapters.pdf_typst.documents import (
    TEMPLATES,
    DataMissing,
    TypstDocuments,
    UnknownTemplate,
    render,
)

__all__ = ["TEMPLATES", "DataMissing", "TypstDocuments", "UnknownTemplate", "render"]
