"""The protocol between parent and child: a JSON header of known length, then raw bytes."""

import json
import struct
from typing import Any, BinaryIO

_LENGTH = struct.Struct(">I")
LENGTH_BYTES = _LENGTH.size


class Closed(Exception):
    """The other side went away between two frames or inside one."""


def packed(header: dict[str, Any]) -> bytes:
    """Return a header with its length in front."""
    body = json.dumps(header, ensure_ascii=True, separators=(",", ":")).encode()
    return _LENGTH.pack(len(body)) + body


def length_of(prefix: bytes) -> int:
    """Return the number of bytes that follow a length prefix."""
    return int(_LENGTH.unpack(prefix)[0])


def read_exactly(stream: BinaryIO, count: int) -> bytes:
    """Return exactly `count` bytes. Raises Closed."""
    data = bytearray()
    while len(data) < count:
        piece = stream.read(count - len(data))
        if not piece:
            raise Closed
        data += piece
    return bytes(data)


def read_header(stream: BinaryIO) -> dict[str, Any]:
    """Return the next header. Raises Closed."""
    header: dict[str, Any] = json.loads(read_exactly(stream, length_of(read_exactly(stream, 4))))
    return header
