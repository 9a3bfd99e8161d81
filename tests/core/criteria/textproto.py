"""A small reader of protobuf text format: enough for the CEL conformance files.

Messages become lists of (field, value); values are str, bytes-as-str, bool, number text or lists.
https://protobuf.dev/reference/protobuf/textformat-spec/
"""

import re
from typing import Any

_TOKEN = re.compile(
    r"""\s+|\#[^\n]*"""
    r"""|(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
    r"""|(?P<extension>\[[\w./\-]+\](?=\s*[:{]))"""
    r"""|(?P<word>[A-Za-z_][\w.]*)"""
    r"""|(?P<number>-?[\d.][\w.+\-]*|-\s*(?:inf|nan)\w*)"""
    r"""|(?P<mark>[{}<>\[\]:,;])"""
)
_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.S)
_SIMPLE = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f"}
_SIMPLE |= {b"v": b"\v"}

Message = list[tuple[str, Any]]


class Word(str):
    """An identifier or number as it stands: true, INT64, -1.5e3."""


def read(text: str) -> Message:
    """This will return a file's message. Raises ValueError at what it cannot read."""
    tokens: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"cannot read {text[at : at + 30]!r}")
        if match.lastgroup:
            tokens.append((match.lastgroup, match[0]))
        at = match.end()
    reader = _Reader(tokens)
    return reader.message(None)


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens, self.index = tokens, 0

    def peek(self) -> str:
        return self.tokens[self.index][1] if self.index < len(self.tokens) else ""

    def take(self) -> tuple[str, str]:
        self.index += 1
        return self.tokens[self.index - 1]

    def accept(self, *marks: str) -> bool:
        if self.peek() in marks and self.tokens[self.index][0] == "mark":
            self.index += 1
            return True
        return False

    def message(self, closing: str | None) -> Message:
        fields: Message = []
        while self.index < len(self.tokens):
            if closing is not None and self.accept(closing):
                return fields
            _, name = self.take()
            self.accept(":")
            fields.append((name, self.value()))
            self.accept(",", ";")
        if closing is not None:
            raise ValueError("a message is not closed")
        return fields

    def value(self) -> Any:
        if self.accept("{"):
            return self.message("}")
        if self.accept("<"):
            return self.message(">")
        if self.accept("["):
            items = []
            while not self.accept("]"):
                items.append(self.value())
                self.accept(",")
            return items
        kind, text = self.take()
        if kind != "string":
            return Word(text)
        parts = [_unquote(text)]
        while self.index < len(self.tokens) and self.tokens[self.index][0] == "string":
            parts.append(_unquote(self.take()[1]))
        return b"".join(parts).decode("utf-8", "surrogateescape")


def _unquote(text: str) -> bytes:
    def one(match: re.Match[bytes]) -> bytes:
        code = match[1]
        if code[:1] in (b"u", b"U") and len(code) > 1:
            return chr(int(code[1:], 16)).encode()
        if code[:1] == b"x" and len(code) > 1:
            return bytes([int(code[1:], 16)])
        if code[:1].isdigit():
            return bytes([int(code, 8) & 255])
        return _SIMPLE.get(code, code)

    return _ESCAPE.sub(one, text[1:-1].encode())


def first(message: Message, name: str, default: Any = None) -> Any:
    """This will return the first field of a name."""
    return next((value for key, value in message if key == name), default)


def every(message: Message, name: str) -> list[Any]:
    """This will return every field of a name."""
    return [value for key, value in message if key == name]
