"""What submissions needs from outside: a store for evidence and a reader that looks into it.

Only the shapes live here. `adapters.files_local` keeps bytes, `adapters.reader_sandbox` reads
them in a child process; settings name both, doors hand them to flows.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Final, Protocol


class EvidenceKind(StrEnum):
    """What a stored file is, found by its content and never by its name."""

    PDF = "pdf"
    IMAGE = "image"
    E_INVOICE = "e_invoice"
    TABLE = "table"
    DOCUMENT = "document"
    TEXT = "text"


class FileFlag(StrEnum):
    """What a person should know before trusting a file; a flag refuses nothing by itself."""

    HIDDEN_TEXT = "HIDDEN_TEXT"
    TEXT_LAYER_DIFFERS = "TEXT_LAYER_DIFFERS"
    TEXT_LAYER_UNVERIFIED = "TEXT_LAYER_UNVERIFIED"
    SUSPICIOUS_CHARACTERS = "SUSPICIOUS_CHARACTERS"
    INSTRUCTION_TEXT = "INSTRUCTION_TEXT"
    ACTIVE_CONTENT = "ACTIVE_CONTENT"
    ATTACHMENTS = "ATTACHMENTS"
    ENCRYPTED = "ENCRYPTED"
    TRAILING_DATA = "TRAILING_DATA"
    NO_TEXT = "NO_TEXT"
    TEXT_BY_OCR = "TEXT_BY_OCR"
    TEXT_CUT = "TEXT_CUT"
    OCR_FAILED = "OCR_FAILED"
    PREVIEW_CUT = "PREVIEW_CUT"


FILE_REFUSALS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "EMPTY_FILE": "The file has no content.",
        "FILE_TOO_LARGE": "The file is larger than the limit.",
        "MISLABELLED": "Name or claimed type tell something else than the content.",
        "TYPE_NOT_ACCEPTED": "Files of this kind are no evidence.",
        "NOT_AN_E_INVOICE": "The XML is neither UBL nor Cross Industry Invoice.",
        "POLYGLOT": "The file would also open as a web page or an archive.",
        "UNREADABLE": "The file is damaged or cut off.",
        "PASSWORD_NEEDED": "The file opens only with a password.",
        "MACROS": "The Office file contains macros.",
        "TOO_MANY_PAGES": "The PDF has more pages than the limit.",
        "TOO_MANY_PIXELS": "The picture has more pixels than the limit.",
        "ARCHIVE_BOMB": "The Office file unpacks to more than the limit.",
        "XML_ENTITIES": "The XML declares a document type or entities.",
        "TOO_DEEP": "The file nests deeper than the limit.",
        "TOO_COMPLEX": "Reading needs more memory than the limit.",
        "READER_TIMEOUT": "Reading took longer than the limit and was stopped.",
        "READER_CRASHED": "The reader ended, or answered what is no answer.",
        "READER_FAILED": "A parser failed in a way that it does not document.",
    }
)
"""Every code of a `Refused`, in words; codes never change their meaning."""


class OcrPolicy(StrEnum):
    """When the reader runs optical character recognition, where it is installed."""

    NEVER = "never"
    WHEN_NEEDED = "when_needed"
    VERIFY = "verify"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file in the store: its lower-case hex SHA-256 and its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class FileToInspect:
    """One file to read: its bytes or path, and what the sender said it is.

    `claimed_name` and `claimed_type` (a media type, "" when unknown) are hearsay; `key` comes
    back unchanged with the answer, so that a batch can be matched to its rows.
    """

    source: bytes | Path
    claimed_name: str = ""
    claimed_type: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class UnseenText:
    """Text that the file carries and a person would not see; kept for the reviewer only."""

    page: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class InspectedFile:
    """What the reader found in a file that it accepted.

    `page_texts` holds only text that a person can see, one entry per page; `unseen` the rest.
    `text_sha256` is over the folded visible text and None without text. `image_sha256s` are over
    decoded pixels, so the same photo is found again inside another PDF. `previews` are PNG bytes
    rendered in the sandbox, one per previewed page; `width` and `height` are pixels for images
    and points (1/72 inch) of the first page for PDFs. `display_name` is the claimed name made
    safe to show; `reader` names the programs and versions that read it.
    """

    media_type: str
    kind: EvidenceKind
    size: int
    sha256: str
    display_name: str
    pages: int = 0
    width: int = 0
    height: int = 0
    page_texts: tuple[str, ...] = ()
    text_sha256: str | None = None
    image_sha256s: tuple[str, ...] = ()
    flags: tuple[FileFlag, ...] = ()
    unseen: tuple[UnseenText, ...] = ()
    previews: tuple[bytes, ...] = field(default=(), repr=False)
    reader: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a file is not taken: a stable code, and a message that says what would be right."""

    code: str
    message: str


class EvidenceStore(Protocol):
    """A store that keeps each content once, under its hash, and never overwrites it."""

    def put(self, source: bytes | Path) -> StoredFile:
        """This will keep the content durably and return its name; the same again is a no-op."""
        ...

    def open(self, sha256: str) -> BinaryIO:
        """This will open the content for reading. Raises FileNotFoundError, ValueError."""
        ...

    def path(self, sha256: str) -> Path:
        """This will return where the content lies. Raises ValueError for a malformed hash."""
        ...

    def verify(self, sha256: str) -> bool:
        """This will read the content again and say whether it still has this hash."""
        ...


class EvidenceReader(Protocol):
    """A reader that looks into files from strangers without trusting them."""

    def inspect(
        self,
        file: FileToInspect,
        *,
        previews: bool = True,
        ocr: OcrPolicy = OcrPolicy.WHEN_NEEDED,
    ) -> InspectedFile | Refused:
        """This will read one file; a crash or an overrun of the reader is a Refused."""
        ...

    def inspect_many(
        self,
        files: Iterable[FileToInspect],
        *,
        previews: bool = False,
        ocr: OcrPolicy = OcrPolicy.WHEN_NEEDED,
    ) -> Iterator[tuple[FileToInspect, InspectedFile | Refused]]:
        """This will read many files in their order, one bad file harming no other."""
        ...
