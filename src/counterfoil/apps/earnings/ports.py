"""What earnings needs from outside: something that makes a document of words and figures."""

from collections.abc import Mapping
from typing import Any, Protocol


class DocumentMaker(Protocol):
    """Makes a PDF of a template and its data; equal data give equal bytes."""

    def render(self, template: str, data: Mapping[str, Any]) -> bytes:
        """This will return the PDF."""
        ...
