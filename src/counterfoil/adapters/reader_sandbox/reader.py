"""The parent's side of the sandbox: starts children, hands them files, distrusts their answers."""

import dataclasses
import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from counterfoil.adapters.reader_sandbox.limits import Limits
from counterfoil.adapters.reader_sandbox.names import display_name
from counterfoil.adapters.reader_sandbox.process import Child, ChildGone, ChildTooSlow
from counterfoil.apps.submissions.ports import (
    EvidenceKind,
    FileFlag,
    FileToInspect,
    InspectedFile,
    OcrPolicy,
    Refused,
    UnseenText,
)

_SHA256 = re.compile(r"[0-9a-f]{64}")
_PNG = b"\x89PNG\r\n\x1a\n"
_CODE = re.compile(r"[A-Z][A-Z_]{2,30}")


class SandboxReader:
    """Reads evidence in child processes with limits; implements `EvidenceReader`."""

    def __init__(self, limits: Limits | None = None) -> None:
        """This will read within `limits`, the standard ones when none are given."""
        self._limits = limits or Limits()

    def inspect(
        self,
        file: FileToInspect,
        *,
        previews: bool = True,
        ocr: OcrPolicy = OcrPolicy.WHEN_NEEDED,
    ) -> InspectedFile | Refused:
        """This will read one file in a child of its own.

        A crash, an overrun or nonsense from the child is a Refused, never an empty answer.
        Raises OSError when the source itself cannot be read.
        """
        return next(self.inspect_many([file], previews=previews, ocr=ocr))[1]

    def inspect_many(
        self,
        files: Iterable[FileToInspect],
        *,
        previews: bool = False,
        ocr: OcrPolicy = OcrPolicy.WHEN_NEEDED,
    ) -> Iterator[tuple[FileToInspect, InspectedFile | Refused]]:
        """This will read many files with few children, answers in the order of the files.

        A child is replaced after `files_per_child` files and after every crash or overrun; the
        file that caused it is refused, the next one meets a fresh child.
        """
        child: Child | None = None
        served = 0
        try:
            for file in files:
                data, refused = self._bytes_of(file)
                if refused is not None:
                    yield file, refused
                    continue
                if child is not None and served >= self._limits.files_per_child:
                    child.close()
                    child = None
                answer: InspectedFile | Refused
                try:
                    if child is None:
                        child, served = Child(self._limits), 0
                    served += 1
                    answer = self._ask(child, file, data, previews=previews, ocr=ocr)
                except (ChildGone, ChildTooSlow) as trouble:
                    if child is not None:
                        child.kill()
                    child = None
                    answer = _refused_by(trouble)
                if child is not None and child.is_last:
                    child.close()
                    child = None
                yield file, answer
        finally:
            if child is not None:
                child.close()

    def _bytes_of(self, file: FileToInspect) -> tuple[bytes, Refused | None]:
        """Return the bytes, or why they are not even looked at."""
        source, size_max = file.source, self._limits.size_max
        size = source.stat().st_size if isinstance(source, Path) else len(source)
        if size > size_max:
            return b"", Refused(
                "FILE_TOO_LARGE",
                f"This file has {size / 1e6:.1f} MB and {size_max / 1e6:.0f} MB are taken; scale "
                "pictures down or upload only the pages that prove the claim.",
            )
        if size == 0:
            return b"", Refused(
                "EMPTY_FILE",
                "This file is empty; check on your computer that it opens, and upload it again.",
            )
        return (source if isinstance(source, bytes) else source.read_bytes()), None

    def _ask(
        self, child: Child, file: FileToInspect, data: bytes, *, previews: bool, ocr: OcrPolicy
    ) -> InspectedFile | Refused:
        """Return the child's answer, checked. Raises ChildGone, ChildTooSlow."""
        question = {
            "name": file.claimed_name[:500],
            "type": file.claimed_type[:200],
            "size": len(data),
            "previews": previews,
            "ocr": ocr.value,
        }
        header, pictures = child.exchange(question, data, self._limits.wall_seconds)
        try:
            return _answer(header, pictures, file, data, child.reader)
        except (KeyError, TypeError, ValueError) as error:
            raise ChildGone("the answer makes no sense") from error


def _answer(
    header: dict[str, Any], pictures: list[bytes], file: FileToInspect, data: bytes, reader: str
) -> InspectedFile | Refused:
    """Return the answer in our types; whatever has another shape raises.

    The hash and the size come from here: a child that a hostile file took over cannot lie about
    which content it read.
    """
    if "refused" in header:
        code, message = header["refused"], header["message"]
        if not _CODE.fullmatch(code) or not isinstance(message, str):
            raise ValueError("a refusal has a code and a message")
        return Refused(code, message[:600])
    if any(not picture.startswith(_PNG) for picture in pictures):
        raise ValueError("a preview is a PNG")
    return InspectedFile(
        media_type=_text(header["media_type"]),
        kind=EvidenceKind(header["kind"]),
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        display_name=display_name(file.claimed_name),
        pages=_count(header.get("pages", 0)),
        width=_count(header.get("width", 0)),
        height=_count(header.get("height", 0)),
        page_texts=tuple(_text(item) for item in header["page_texts"]),
        text_sha256=None if header["text_sha256"] is None else _hash(header["text_sha256"]),
        image_sha256s=tuple(_hash(item) for item in header.get("image_sha256s", ())),
        flags=tuple(FileFlag(item) for item in header["flags"]),
        unseen=tuple(
            UnseenText(_count(item["page"]), _text(item["text"]), _text(item["reason"]))
            for item in header.get("unseen", ())
        ),
        previews=tuple(pictures),
        reader=reader,
    )


def _text(value: object) -> str:
    """Return a text. Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError("a text is needed")
    return value.replace("\x00", "")


def _count(value: object) -> int:
    """Return a whole number that is not negative. Raises ValueError."""
    if type(value) is not int or value < 0:
        raise ValueError("a count is needed")
    return value


def _hash(value: object) -> str:
    """Return a SHA-256. Raises ValueError."""
    if not isinstance(value, str) or not _SHA256.fullmatch(value):
        raise ValueError("a SHA-256 is needed")
    return value


def _refused_by(trouble: Exception) -> Refused:
    """Return the refusal for a file that a child did not survive."""
    if isinstance(trouble, ChildTooSlow):
        return Refused(
            "READER_TIMEOUT",
            "Reading this file took too long and was stopped; print it to a new PDF, or upload "
            "fewer pages.",
        )
    return Refused(
        "READER_CRASHED",
        "Reading this file failed within the safety limits; print it to a new PDF, or save the "
        "picture again, and upload that.",
    )


def as_settings(limits: Limits) -> dict[str, int]:
    """Return the limits as plain numbers, for the page that shows the settings."""
    return dataclasses.asdict(limits)
