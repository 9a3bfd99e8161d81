"""A reader that has read the files already: the sandbox works through a batch, once each.

Thousands of small files are read faster by a few long-lived children than by one child each. What
comes back is the sandbox's own answer for the same bytes.
"""

from collections.abc import Iterable, Iterator

from counterfoil.apps.submissions.ports import (
    EvidenceReader,
    FileToInspect,
    InspectedFile,
    OcrPolicy,
    Refused,
)
from counterfoil.core.canonical import sha256_hex


class ReadyReader:
    """Answers from what `read_ahead` brought; reads anything else at once."""

    def __init__(self, reader: EvidenceReader) -> None:
        self._reader = reader
        self._known: dict[str, InspectedFile | Refused] = {}

    def read_ahead(self, files: Iterable[FileToInspect]) -> int:
        """This will read a batch and return how many files it held; answers before are let go."""
        self._known.clear()
        for file, answer in self._reader.inspect_many(files, previews=True, ocr=OcrPolicy.NEVER):
            self._known[file.key] = answer
        return len(self._known)

    def inspect(
        self,
        file: FileToInspect,
        *,
        previews: bool = True,
        ocr: OcrPolicy = OcrPolicy.WHEN_NEEDED,
    ) -> InspectedFile | Refused:
        """This will return the answer for the file's bytes."""
        content = file.source if isinstance(file.source, bytes) else file.source.read_bytes()
        known = self._known.get(sha256_hex(content))
        return known or self._reader.inspect(file, previews=previews, ocr=ocr)

    def inspect_many(
        self,
        files: Iterable[FileToInspect],
        *,
        previews: bool = False,
        ocr: OcrPolicy = OcrPolicy.WHEN_NEEDED,
    ) -> Iterator[tuple[FileToInspect, InspectedFile | Refused]]:
        """This will read a batch as the sandbox does."""
        return self._reader.inspect_many(files, previews=previews, ocr=ocr)
