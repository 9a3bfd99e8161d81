"""Documents that leave as PDF, made by Typst: `render`."""

from counterfoil.adapters.pdf_typst.documents import (
    TEMPLATES,
    DataMissing,
    TypstPdf,
    UnknownTemplate,
    render,
)

__all__ = ["TEMPLATES", "DataMissing", "TypstPdf", "UnknownTemplate", "render"]
