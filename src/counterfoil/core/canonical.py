"""Canonical JSON: one byte sequence for one value, so that a hash means something.

A subset of RFC 8785 (JSON Canonicalization Scheme): objects with string keys, arrays, strings,
whole numbers, true, false and null; no blanks; the shortest escapes. Two stated differences:
strings are normalized to Unicode NFC first, and keys are ordered by code point, where RFC 8785
orders by UTF-16 unit (the two orders differ only for characters beyond U+FFFF). Fractions have no
canonical form here: money and decimals enter as integers or strings.
"""

import hashlib
import json
import unicodedata
from typing import Any

DEPTH_MAX = 200
"""How deep arrays and objects may nest before the value is refused."""


class NotCanonical(TypeError):
    """The value has no canonical form; `path` says where, as in $.lines[2].amount."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path, self.problem = path, problem


def canonical_json(value: object) -> bytes:
    """Return the canonical UTF-8 bytes of `value`.

    Raises NotCanonical for floats, decimals, dates, tuples, sets and other types, for keys that
    are not strings or that become equal under NFC, for lone surrogates, and beyond DEPTH_MAX
    levels.
    """
    plain = _normalized(value, "$", 0)
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of `data` as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def digest(value: object) -> str:
    """Return the SHA-256 of the canonical bytes of `value`. Raises NotCanonical."""
    return sha256_hex(canonical_json(value))


def is_canonical(data: bytes) -> bool:
    """Return whether `data` is exactly what `canonical_json` writes for the value in it."""
    try:
        return (
            canonical_json(json.loads(data, parse_float=_refuse, parse_constant=_refuse)) == data
        )
    except (ValueError, TypeError, RecursionError):
        return False


def _refuse(text: str) -> Any:
    """Refuse a fraction or NaN while parsing. Raises ValueError."""
    raise ValueError(f"not a whole number: {text}")


def _normalized(value: object, path: str, depth: int) -> object:
    """Return a copy made of plain str, int, bool, None, list and dict. Raises NotCanonical."""
    if value is None or value is True or value is False:
        return value
    if isinstance(value, str):
        return _text(value, path)
    if isinstance(value, int):
        return int(value)
    if depth >= DEPTH_MAX:
        raise NotCanonical(path, f"nested deeper than {DEPTH_MAX} levels")
    if isinstance(value, dict):
        return _object(value, path, depth)
    if isinstance(value, list):
        return [
            _normalized(item, f"{path}[{place}]", depth + 1) for place, item in enumerate(value)
        ]
    raise NotCanonical(
        path, f"{type(value).__name__} has no canonical form; give an int, a str or a list"
    )


def _object(value: dict[Any, Any], path: str, depth: int) -> dict[str, object]:
    """Return the object with normalized keys and values. Raises NotCanonical."""
    answer: dict[str, object] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise NotCanonical(path, f"the key {key!r} is not a string")
        name = _text(key, path)
        if name in answer:
            raise NotCanonical(path, f"the key {name!r} stands twice once normalized")
        answer[name] = _normalized(item, f"{path}.{name}", depth + 1)
    return answer


def _text(value: str, path: str) -> str:
    """Return the string in NFC. Raises NotCanonical for a lone surrogate."""
    plain = str.__str__(value)
    if plain.isascii():
        return plain
    if any("\ud800" <= char <= "\udfff" for char in plain):
        raise NotCanonical(path, "a lone surrogate is not Unicode text")
    return unicodedata.normalize("NFC", plain)
