"""Characters and phrases that have no business in an honest document."""

import re
import unicodedata

# Unicode tags, zero-width and bidirectional controls hide or reorder text (UTS 39, UAX 9).
_INVISIBLE = re.compile("[\U000e0000-\U000e007f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_WORD = re.compile(r"[^\W\d_]{2,}")
_INSTRUCTIONS = re.compile(
    r"ignore (all |any )?(previous|prior|above|other) (instructions|rules)|"
    r"(note|message|instructions?) (to|for) (the )?(automated|ai|llm|machine|bot)|"
    r"(as an? |you are an? )(ai|language model|assistant)|system prompt|"
    r"(approve|accept|mark) this (claim|invoice|request|submission|document) (as|without|now)|"
    r"disregard (the )?(criteria|policy|rules|above)",
    re.IGNORECASE,
)


def visible_characters(text: str) -> tuple[str, bool]:
    """Return the text without invisible characters, and whether any stood in it."""
    plain = _INVISIBLE.sub("", text)
    return plain, plain != text


def has_mixed_scripts(text: str) -> bool:
    """Return whether a word mixes Latin with Cyrillic or Greek look-alikes."""
    if text.isascii():
        return False
    return any(
        not word.isascii() and {"LATIN"} < {script for script in map(_script, word) if script}
        for word in _WORD.findall(text)
    )


def has_instructions(text: str) -> bool:
    """Return whether the text talks to a machine instead of to a person."""
    return _INSTRUCTIONS.search(" ".join(text.split())) is not None


def _script(char: str) -> str:
    """Return LATIN, CYRILLIC or GREEK, or "" for any other script."""
    first = unicodedata.name(char, "").partition(" ")[0]
    return first if first in ("LATIN", "CYRILLIC", "GREEK") else ""
