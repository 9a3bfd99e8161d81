"""A bank's file from bytes to plain values, inside the child."""

from typing import Any

from counterfoil.core.bankfiles.plain import to_plain
from counterfoil.core.bankfiles.reading import read_bank_file
from counterfoil.core.bankfiles.statements import BankFileRefused


def read_bank(data: bytes, question: dict[str, Any]) -> dict[str, Any]:
    """Return the answer as JSON values, or the place of the refusal."""
    try:
        answer = read_bank_file(data, file=question["name"], mapping=question["mapping"])
    except BankFileRefused as refused:
        place = refused.place
        return {"place": [place.line, place.message, place.hint]}
    return {"bank": to_plain(answer)}
