"""The parent's side of the sandbox: starts children, hands them files, distrusts their answers."""

import dataclasses
import hashlib
import queue
import re
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from counterfoil.adapters.reader_sandbox.limits import Limits
from counterfoil.adapters.reader_sandbox.names import display_name
from counterfoil.adapters.reader_sandbox.process import Child, ChildGone, ChildTooSlow
from counterfoil.apps.submissions.ports import (
    FILE_REFUSALS,
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


class SandboxReader:
    """Reads evidence in child processes with limits; implements `EvidenceReader`."""

    def __init__(self, limits: Limits | None = None, *, children: int = 1) -> None:
        """This will read within `limits` (the standard ones when none are given).

        `children` is how many processes a batch may use side by side.
        """
        self._limits = limits or Limits()
        self._children = max(children, 1)

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
        lane = _Lane(self._limits)
        try:
            return lane.read(file, previews=previews, ocr=ocr)
        finally:
            lane.close()

    def inspect_many(
        self,
        files: Iterable[FileToInspect],
        *,
        previews: bool = False,
        ocr: OcrPolicy = OcrPolicy.WHEN_NEEDED,
    ) -> Iterator[tuple[FileToInspect, InspectedFile | Refused]]:
        """This will read many files with few children, answers in the order of the files.

        A child is replaced after `files_per_child` files and after every crash or overrun; the
        file that caused it is refused, the next one meets a fresh child. Files are drawn from the
        iterable only a few ahead of the answers. Raises OSError when a source cannot be read.
        """
        lanes = [_Lane(self._limits) for _ in range(self._children)]
        free: queue.SimpleQueue[_Lane] = queue.SimpleQueue()
        for lane in lanes:
            free.put(lane)

        def read(file: FileToInspect) -> InspectedFile | Refused:
            lane = free.get()
            try:
                return lane.read(file, previews=previews, ocr=ocr)
            finally:
                free.put(lane)

        waiting: deque[tuple[FileToInspect, Future[InspectedFile | Refused]]] = deque()
        # The threads only wait for their child; the reading itself is the children's.
        with ThreadPoolExecutor(self._children, "evidence-reader") as threads:
            try:
                for file in files:
                    waiting.append((file, threads.submit(read, file)))
                    if len(waiting) > 2 * self._children:
                        done, answer = waiting.popleft()
                        yield done, answer.result()
                while waiting:
                    done, answer = waiting.popleft()
                    yield done, answer.result()
            finally:
                threads.shutdown(cancel_futures=True)
                for lane in lanes:
                    lane.close()


class _Lane:
    """One child at a time, replaced when it is worn out, dead or too slow."""

    def __init__(self, limits: Limits) -> None:
        """Begin without a child; the first file starts one."""
        self._limits = limits
        self._child: Child | None = None
        self._served = 0

    def read(
        self, file: FileToInspect, *, previews: bool, ocr: OcrPolicy
    ) -> InspectedFile | Refused:
        """Return the answer for one file. Raises OSError when the source cannot be read."""
        data, refused = _bytes_of(file, self._limits.size_max)
        if refused is not None:
            return refused
        try:
            answer = self._ask(file, data, previews=previews, ocr=ocr)
        except (ChildGone, ChildTooSlow) as trouble:
            if self._child is not None:
                self._child.kill()
                self._child = None
            return _refused_by(trouble)
        if self._child is not None and (
            self._child.is_last or self._served >= self._limits.files_per_child
        ):
            self.close()
        return answer

    def close(self) -> None:
        """End the child, if there is one."""
        if self._child is not None:
            self._child.close()
            self._child = None

    def _ask(
        self, file: FileToInspect, data: bytes, *, previews: bool, ocr: OcrPolicy
    ) -> InspectedFile | Refused:
        """Return the child's answer, checked. Raises ChildGone, ChildTooSlow."""
        if self._child is None:
            self._child, self._served = Child(self._limits), 0
        self._served += 1
        question = {
            "name": file.claimed_name[:500],
            "type": file.claimed_type[:200],
            "size": len(data),
            "previews": previews,
            "ocr": ocr.value,
        }
        header, pictures = self._child.exchange(question, data, self._limits.wall_seconds)
        try:
            return _answer(header, pictures, file, data, self._child.reader)
        except (KeyError, TypeError, ValueError) as error:
            raise ChildGone("the answer makes no sense") from error


def _bytes_of(file: FileToInspect, size_max: int) -> tuple[bytes, Refused | None]:
    """Return the bytes, or why they are not even looked at."""
    source = file.source
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


def _answer(
    header: dict[str, Any], pictures: list[bytes], file: FileToInspect, data: bytes, reader: str
) -> InspectedFile | Refused:
    """Return the answer in our types; whatever has another shape raises.

    The hash and the size come from here: a child that a hostile file took over cannot lie about
    which content it read.
    """
    if "refused" in header:
        code, message = header["refused"], header["message"]
        if code not in FILE_REFUSALS or not isinstance(message, str):
            raise ValueError("a refusal has a known code and a message")
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
