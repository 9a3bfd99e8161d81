"""Which reader a bank's file belongs to, told by its content, never by its name."""

from collections.abc import Mapping
from typing import Any, Final

from counterfoil.core.bankfiles.bai2 import is_bai2, read_bai2
from counterfoil.core.bankfiles.camt import read_camt
from counterfoil.core.bankfiles.mt940 import is_mt940, read_mt940
from counterfoil.core.bankfiles.nacha_returns import is_nacha, read_returns
from counterfoil.core.bankfiles.pain002 import read_pain002
from counterfoil.core.bankfiles.places import decoded, refusal, refuse_outside
from counterfoil.core.bankfiles.statement_csv import read_statement_csv
from counterfoil.core.bankfiles.statements import BankAnswer

READERS_VERSION: Final = 1
"""Raise it whenever the same file may read otherwise."""


def read_bank_file(
    content: bytes, *, file: str, mapping: Mapping[str, Any] | None = None
) -> BankAnswer:
    """This will read whatever a bank answered; a CSV needs the mapping that was saved for it.

    `mapping` is the `columns` of a saved mapping of bank lines. Raises BankFileRefused.
    """
    refuse_outside(content, file)
    if mapping is not None:
        return read_statement_csv(content, file=file, mapping=mapping)
    if is_bai2(content):
        return read_bai2(content, file=file)
    if is_nacha(content):
        return read_returns(content, file=file)
    if is_mt940(content):
        return read_mt940(content, file=file)
    if _is_xml(content):
        if b"CstmrPmtStsRpt" in content[: 1 << 16] or _utf16_has(content, "CstmrPmtStsRpt"):
            return read_pain002(content, file=file)
        return read_camt(content, file=file)
    first = decoded(content, file).strip().splitlines()[0][:40]
    raise refusal(
        file, 1, f"the file begins with {first!r}, which no reader knows",
        "camt.052/053/054, pain.002, MT940, BAI2 and NACHA returns are told by themselves; "
        "choose the saved mapping of a CSV",
    )  # fmt: skip


def _is_xml(content: bytes) -> bool:
    head = content[:64]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return head.lstrip(b"\xef\xbb\xbf\r\n \t").startswith(b"<")


def _utf16_has(content: bytes, word: str) -> bool:
    head = content[: 1 << 16]
    return any(word.encode(codec) in head for codec in ("utf-16-le", "utf-16-be"))
