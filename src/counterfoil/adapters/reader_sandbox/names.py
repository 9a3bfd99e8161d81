"""File names from strangers, made safe to show. They are never used as a path."""

import unicodedata

_SHOWN_MAX = 120
_FORBIDDEN = frozenset('<>:"|?*\\/')


def display_name(claimed: str) -> str:
    """Return the last part of a claimed name without characters that mislead or break a page.

    Path parts, control and format characters (right-to-left override, zero-width, tags), line
    separators and unpaired surrogates go; the extension survives the cut to 120 characters.
    """
    name = claimed.replace("\\", "/").rsplit("/", 1)[-1]
    name = unicodedata.normalize("NFC", "".join(char for char in name if _is_plain(char)))
    name = " ".join(name.split()).strip(". ")
    if len(name) > _SHOWN_MAX:
        stem, dot, extension = name.rpartition(".")
        tail = dot + extension if dot and len(extension) <= 10 else ""
        name = (stem if tail else name)[: _SHOWN_MAX - len(tail) - 1] + "…" + tail
    return name or "unnamed file"


def extension_of(claimed: str) -> str:
    """Return the lower-case extension of a claimed name without its point, or ""."""
    _, dot, extension = display_name(claimed).rpartition(".")
    return extension.lower() if dot else ""


def _is_plain(char: str) -> bool:
    """Return whether a character is harmless in a name (Unicode categories C*, Zl, Zp are not)."""
    if char in _FORBIDDEN:
        return False
    category = unicodedata.category(char)
    return category[0] != "C" and category not in ("Zl", "Zp")
