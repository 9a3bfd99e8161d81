"""The characters that banks take, and how other ones are written.

SEPA's Latin set (EPC217-08, "SEPA Requirements for an Extended Character Set"): letters A to Z in
both cases, digits and `/ - ? : ( ) . , ' +` and the space. What has a usual spelling in it is
written so, visibly; anything else is refused with its field, never dropped or replaced by a mark.
"""

import re
import unicodedata

from counterfoil.core.bankfiles.orders import BadOrder

_ALLOWED = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]*")
_SPELLINGS = {
    "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ẞ": "SS",
    "Æ": "AE", "æ": "ae", "Œ": "OE", "œ": "oe", "Ø": "O", "ø": "o", "Ł": "L", "ł": "l", "Đ": "D",
    "đ": "d", "Ð": "D", "ð": "d", "Þ": "Th", "þ": "th", "ı": "i", "Ħ": "H", "ħ": "h",
    "&": "+", "_": "-", "–": "-", "—": "-", "‑": "-", "’": "'", "‘": "'", "´": "'", "`": "'",
    "“": "'", "”": "'", "„": "'", '"': "'", "\u00a0": " ", "\u202f": " ", "@": "(at)", ";": ",",
    "[": "(", "]": ")", "{": "(", "}": ")", "|": "/", "\\": "/", "#": "No.", "º": "o", "ª": "a",
}  # fmt: skip


def to_latin(text: str, *, field: str, length: int, payment: str = "") -> str:
    """Return `text` in the set of the banks. Raises BadOrder naming the field and the character.

    Too long a text is refused as well: a name that is cut names somebody else.
    """
    written = "".join(_spelled(mark) for mark in unicodedata.normalize("NFC", text))
    written = " ".join(written.split())
    for mark in written:
        if _ALLOWED.fullmatch(mark) is None:
            raise BadOrder(
                payment, field, f"{mark!r} in {text!r} has no spelling that banks take; change it"
            )
    if not written or len(written) > length:
        raise BadOrder(payment, field, f"{written!r} is not 1 to {length} characters")
    return written


def is_latin(text: str) -> bool:
    """Return whether every character is one that banks take."""
    return _ALLOWED.fullmatch(text) is not None


def to_id(text: str, *, field: str, payment: str = "") -> str:
    """Return an id as it is. Raises BadOrder: an id is never spelled otherwise.

    EPC217-08: references neither begin nor end with a slash, nor hold two in a row.
    """
    if not text or not is_latin(text) or text[0] == "/" or text[-1] == "/" or "//" in text:
        raise BadOrder(payment, field, f"{text!r} has characters that banks don't take")
    return text


def _spelled(mark: str) -> str:
    if _ALLOWED.fullmatch(mark):
        return mark
    if mark in _SPELLINGS:
        return _SPELLINGS[mark]
    base = unicodedata.normalize("NFKD", mark)
    letters = "".join(part for part in base if not unicodedata.combining(part))
    return letters if letters and is_latin(letters) else mark
