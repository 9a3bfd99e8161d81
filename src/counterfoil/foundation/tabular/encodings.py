"""Which encoding a text file has: UTF-8, with a mark or without, or Windows-1252; never a mix."""

import codecs
import re
from dataclasses import dataclass
from typing import BinaryIO

_CHUNK = 1 << 20
_MULTI_BYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
# These five bytes have no character in Windows-1252.
_NOT_WINDOWS = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec of Python, or the line and the message why there is none."""

    codec: str
    line: int = 0
    message: str = ""
    hint: str = ""


def encoding_of(stream: BinaryIO) -> Encoding:
    """This will read the whole stream and return its encoding, or why it has none.

    The whole file is looked at, because one name from another system on the last line is
    enough to spoil an import.
    """
    start = stream.read(4)
    stream.seek(0)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Encoding(
            "", 1, "the file is in UTF-16", 'save it as "CSV UTF-8", or as text in UTF-8'
        )
    bad_line, has_multi_byte, undefined_line = _scan(stream)
    if bad_line == 0:
        return Encoding("utf-8-sig" if start.startswith(codecs.BOM_UTF8) else "utf-8")
    if start.startswith(codecs.BOM_UTF8) or has_multi_byte:
        return Encoding(
            "",
            bad_line,
            "the file mixes UTF-8 with another encoding",
            "this is the first line that is not UTF-8; export all of the file in UTF-8",
        )
    if undefined_line:
        return Encoding(
            "",
            undefined_line,
            "the line is neither UTF-8 nor Windows-1252",
            "export the file in UTF-8",
        )
    return Encoding("cp1252")


def _scan(stream: BinaryIO) -> tuple[int, bool, int]:
    """Return the first line that is not UTF-8, whether any is more than ASCII and is, and the
    first line that is not Windows-1252 (0 for none)."""
    bad_line, has_multi_byte, undefined_line = 0, False, 0
    number = 0
    # readline with a bound: a file without line ends must not become one string.
    while line := stream.readline(_CHUNK):
        number += 1
        if line.isascii():
            continue
        if not undefined_line and _NOT_WINDOWS.search(line):
            undefined_line = number
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as error:
            is_cut = len(line) == _CHUNK and error.start >= _CHUNK - 4
            if is_cut:
                stream.seek(error.start - len(line), 1)
                number -= 1
                has_multi_byte = has_multi_byte or bool(_MULTI_BYTE.search(line))
                continue
            bad_line = bad_line or number
        has_multi_byte = has_multi_byte or bool(_MULTI_BYTE.search(line))
    return bad_line, has_multi_byte, undefined_line
