"""Readers of what banks answer, over banks' own files and over forged ones."""

from datetime import date
from pathlib import Path

import pytest

from counterfoil.core.bankfiles.reading import read_bank_file
from counterfoil.core.bankfiles.statements import (
    BankFileRefused,
    ReturnFile,
    Statement,
    StatementFile,
    StatementKind,
    StatusReport,
    entry_key,
    likeness,
)
from counterfoil.core.money import Money

BANK = Path(__file__).parents[3] / "shared" / "data" / "bank"
needs_files = pytest.mark.skipif(
    not BANK.is_dir(), reason="the banks' files (shared/data/bank) are not on this machine"
)
HEAD = (
    '<Document xmlns="{urn}"><BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId>'
    "<CreDtTm>2026-07-01T08:00:00</CreDtTm></GrpHdr>\n<Stmt><Id>S1</Id>"
    "<ElctrncSeqNb>7</ElctrncSeqNb><Acct><Id><IBAN>DE02120300000000202051</IBAN></Id>"
    "<Ccy>{currency}</Ccy></Acct>\n"
)
BALANCE = (
    '<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{amount}</Amt>'
    "<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-07-01</Dt></Dt></Bal>\n"
)
ENTRY = (
    '<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd>{more}<Sts>{status}'
    "</Sts><BookgDt><DtTm>2026-07-01T23:30:00+02:00</DtTm></BookgDt>"
    "<ValDt><Dt>2026-07-02</Dt></ValDt><AcctSvcrRef>REF</AcctSvcrRef>{details}</Ntry>\n"
)
TAIL = "</Stmt></BkToCstmrStmt></Document>"
ISO8 = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def camt(
    *entries: str, opening: str = "100.00", closing: str = "100.00", urn: str = ISO8,
    currency: str = "EUR",
) -> bytes:  # fmt: skip
    balances = BALANCE.format(code="OPBD", amount=opening, currency=currency)
    balances += BALANCE.format(code="CLBD", amount=closing, currency=currency)
    head = HEAD.format(urn=urn, currency=currency)
    return (head + balances + "".join(entries) + TAIL).encode()


def entry(
    amount: str = "40.00", way: str = "DBIT", *, currency: str = "EUR", more: str = "",
    status: str = "<Cd>BOOK</Cd>", details: str = "",
) -> str:  # fmt: skip
    return ENTRY.format(
        amount=amount, way=way, currency=currency, more=more, status=status, details=details
    )


def only(content: bytes) -> Statement:
    answer = read_bank_file(content, file="s.xml")
    assert isinstance(answer, StatementFile)
    return answer.statements[0]


def test_a_statement_ties_when_its_entries_lead_from_one_balance_to_the_other() -> None:
    statement = only(camt(entry(), closing="60.00"))

    assert statement.ties
    assert statement.account == "DE02120300000000202051"
    assert statement.entries[0].amount == Money(-4000, "EUR")
    assert statement.entries[0].booked_on == date(2026, 7, 1)
    assert statement.entries[0].valued_on == date(2026, 7, 2)


def test_a_forged_balance_is_shown_for_review_with_its_line() -> None:
    statement = only(camt(entry(), closing="60.01"))

    assert not statement.ties
    assert statement.review[0].line > 1
    assert "0.01 EUR is missing or too much" in str(statement.review[0])


@pytest.mark.parametrize(
    "urn",
    [
        "urn:iso:std:iso:20022:tech:xsd:camt.053.001.14",
        "http://www.six-interbank-clearing.com/de/camt.053.001.04.ch.02.xsd",
        "urn:of:a:bank",
    ],
)
def test_the_message_is_told_by_its_root_whatever_the_namespace(urn: str) -> None:
    assert only(camt(entry(), closing="60.00", urn=urn)).ties


def test_pending_entries_do_not_count_into_the_balance() -> None:
    statement = only(camt(entry(status="<Cd>PDNG</Cd>")))

    assert statement.ties
    assert statement.entries[0].status == "pending"


def test_old_and_new_spellings_of_the_status_read_alike() -> None:
    old = only(camt(entry(status="BOOK"), closing="60.00"))
    new = only(camt(entry(), closing="60.00"))

    assert old.entries[0].status == new.entries[0].status == "booked"


def test_an_amount_beyond_the_currency_is_refused_and_never_cut() -> None:
    with pytest.raises(BankFileRefused, match=r"s\.xml:5: .*8\.855 has 3 decimals") as refused:
        only(camt(entry("8.855")))

    assert refused.value.place.hint == "EUR has 2; the amount is refused, not cut"
    with pytest.raises(BankFileRefused, match="JPY has 0"):
        only(camt(entry("10.5", currency="JPY"), currency="JPY", opening="1", closing="1"))


def test_zeros_beyond_the_currency_say_nothing_and_are_no_reason_to_refuse() -> None:
    statement = only(camt(entry("8.85000"), closing="91.15"))

    assert statement.entries[0].amount == Money(-885, "EUR")
    assert statement.ties


def test_a_batch_booking_keeps_its_details_apart_from_its_entry() -> None:
    details = (
        "<NtryDtls><Btch><MsgId>CF-1-000001</MsgId><NbOfTxs>2</NbOfTxs></Btch>"
        "<TxDtls><Refs><EndToEndId>A</EndToEndId></Refs><Amt Ccy='EUR'>15.00</Amt></TxDtls>"
        "<TxDtls><Refs><EndToEndId>B</EndToEndId></Refs><Amt Ccy='EUR'>25.00</Amt></TxDtls>"
        "</NtryDtls>"
    )

    found = only(camt(entry(details=details), closing="60.00")).entries[0]

    assert found.batch_count == 2
    assert found.batch_message_id == "CF-1-000001"
    assert [(each.end_to_end_id, each.amount) for each in found.details] == [
        ("A", Money(-1500, "EUR")), ("B", Money(-2500, "EUR")),
    ]  # fmt: skip


def test_a_batch_that_names_other_payments_than_it_counts_is_shown_for_review() -> None:
    details = "<NtryDtls><Btch><NbOfTxs>3</NbOfTxs></Btch><TxDtls/><TxDtls/></NtryDtls>"

    assert "says 3 payments and names 2" in str(
        only(camt(entry(details=details), closing="60.00")).review[0]
    )


def test_a_reversal_keeps_the_direction_that_the_bank_booked() -> None:
    found = only(camt(entry(way="CRDT", more="<RvslInd>true</RvslInd>"), closing="140.00"))

    assert found.ties
    assert found.entries[0].is_reversal
    assert found.entries[0].amount.is_positive


def test_what_is_not_understood_is_listed_with_its_line() -> None:
    found = only(camt(entry(more="<Mystery>7</Mystery>"), closing="60.00"))

    assert [str(each) for each in found.unknown_parts] == [
        "s.xml:5: Ntry/Mystery is not understood; look at it"
    ]
    assert found.ties


@pytest.mark.parametrize(
    ("attack", "reason"),
    [
        (b'<!DOCTYPE d [<!ENTITY a "b">]><Document/>', "document type declaration"),
        (b'<!DOCTYPE d SYSTEM "file:///etc/passwd"><Document/>', "document type declaration"),
        (b"<Document><BkToCstmrStmt>" + b"<Stmt>" * 60, "nested too deep"),
        (b"PK\x03\x04zip", "a ZIP archive"),
        (b"\x1f\x8bgzip", "a gzip archive"),
        (b"", "the file is empty"),
        (b"<Document><Other/></Document>", "Other is no bank statement"),
        (b"hello", "no reader knows"),
    ],
)
def test_a_hostile_or_foreign_file_is_refused_by_name(attack: bytes, reason: str) -> None:
    with pytest.raises(BankFileRefused, match=reason) as refused:
        read_bank_file(attack, file="x.xml")

    assert refused.value.place.file == "x.xml"
    assert refused.value.place.line >= 1
    assert refused.value.place.hint


def test_every_cut_of_a_statement_is_refused() -> None:
    whole = camt(entry(), entry("1.00"), closing="59.00")

    for cut in range(1, len(whole) - 1, 7):
        with pytest.raises(BankFileRefused):
            read_bank_file(whole[:cut], file="cut.xml")


def test_the_same_line_has_the_same_key_in_every_file_and_a_second_one_another() -> None:
    first = only(camt(entry(), entry(), closing="20.00"))
    again = only(camt(entry(), entry(), closing="20.00", urn="urn:of:a:bank"))

    keys = [entry_key(first, each) for each in first.entries]

    assert keys == [entry_key(again, each) for each in again.entries]
    assert len(set(keys)) == 2
    assert len({likeness(first.account, each) for each in first.entries}) == 1


MT940 = (
    ":20:REF1\r\n:25:12030000/0000202051\r\n:28C:00007/001\r\n:60F:C260701EUR100,00\r\n"
    ":61:2607020701DR40,NTRFNONREF//BANKREF1\r\n"
    ":86:116?00SEPA-UEBERW?20EREF+CF-1-000001-1-1?21SVWZ+Rechnung?32Acme\r\n"
    ":62F:C260702EUR60,00\r\n-\r\n"
)


def test_an_mt940_line_tells_its_end_to_end_id_and_ties() -> None:
    found = only(MT940.encode())

    assert found.ties
    assert found.entries[0].details[0].end_to_end_id == "CF-1-000001-1-1"
    assert found.entries[0].booked_on == date(2026, 7, 1)
    assert found.entries[0].reference == "BANKREF1"


@pytest.mark.parametrize(("mark", "minor"), [("C", 1), ("D", -1), ("RC", -1), ("RD", 1)])
def test_an_mt940_reversal_turns_the_direction(mark: str, minor: int) -> None:
    text = f":20:R\n:25:1\n:60F:C260701EUR1,00\n:61:260701{mark}0,01NMSCNONREF\n"
    text += f":62F:C260701EUR{'1,01' if minor > 0 else '0,99'}\n-\n"

    found = only(text.encode())

    assert found.entries[0].amount.minor == minor
    assert found.ties


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (":25:12030000/0000202051\r\n", "", "has no :25:"),
        ("EUR100,00", "EUR100.00", "is no balance"),
        ("DR40,", "XX40,", "is no statement line"),
        ("EUR100,00", "EUR100,001", "3 decimals"),
        ("EUR", "EUX", "not a currency"),
        ("260702EUR60", "261345EUR60", "is no day"),
    ],
)
def test_a_bad_mt940_is_refused_with_its_line(old: str, new: str, reason: str) -> None:
    with pytest.raises(BankFileRefused, match=reason):
        read_bank_file(MT940.replace(old, new).encode(), file="s.sta")


BAI2 = (
    "01,BANK,US,260701,0800,1,,,2/\n02,US,BANK,1,260701,,USD,2/\n"
    "03,4711,USD,010,10000,,,015,6000,,/\n16,475,4000,V,260702,,REF,CF-1,CHECK/\n88,MORE/\n"
    "49,20000,4/\n98,20000,1,6/\n99,20000,1,8/\n"
)


def test_a_bai2_account_ties_and_its_text_goes_on() -> None:
    found = only(BAI2.encode())

    assert found.ties, found.review
    assert found.entries[0].amount == Money(-4000, "USD")
    assert found.entries[0].details[0].end_to_end_id == "CF-1"
    assert found.entries[0].text == "CHECK MORE"
    assert found.entries[0].valued_on == date(2026, 7, 2)


@pytest.mark.parametrize(
    ("old", "new", "is_refused"),
    [
        ("49,20000,4/\n98", "49,20001,4/\n98", False),
        ("99,20000,1,8/\n", "", True),
        ("16,475,", "16,ABC,", True),
        ("16,475,4000", "16,475,40.00", True),
        ("16,475,4000,V", "16,475,4000,X", True),
        ("03,4711", "77,4711", True),
        ("015,6000", "015,6001", False),
        ("16,475,", "16,901,", False),
    ],
)
def test_a_bad_bai2_is_refused_or_shown_for_review(old: str, new: str, is_refused: bool) -> None:
    content = BAI2.replace(old, new).encode()

    if is_refused:
        with pytest.raises(BankFileRefused, match=r"x\.bai:\d+: "):
            read_bank_file(content, file="x.bai")
    else:
        assert only(content).review


CSV = {
    "account": {"value": "DE02"},
    "booked_on": {"column": "Day", "date_format": "DD.MM.YYYY"},
    "amount": {"column": "Amount"},
    "currency": {"value": "EUR"},
    "balance": {"column": "Balance"},
    "end_to_end_id": {"column": "Reference"},
}


def test_a_csv_with_a_running_balance_proves_itself() -> None:
    content = b"Day;Amount;Balance;Reference\n01.07.2026;-40.00;60.00;A\n02.07.2026;1.00;61.00;\n"

    answer = read_bank_file(content, file="s.csv", mapping=CSV)

    assert isinstance(answer, StatementFile)
    assert answer.statements[0].ties
    assert answer.statements[0].opening is not None
    assert answer.statements[0].opening.amount == Money(10000, "EUR")


def test_a_csv_whose_balance_jumps_is_shown_for_review() -> None:
    content = b"Day;Amount;Balance;Reference\n01.07.2026;-40.00;60.00;A\n02.07.2026;1.00;71.00;\n"

    answer = read_bank_file(content, file="s.csv", mapping=CSV)

    assert isinstance(answer, StatementFile)
    assert "s.csv:3" in str(answer.statements[0].review[0])


@needs_files
def test_every_public_camt_file_is_read_or_refused_by_name() -> None:
    read = {}
    for path in sorted((BANK / "camt").iterdir()):
        if path.name == "genkgo_camt053.v2.wrong.xml":
            with pytest.raises(BankFileRefused, match="has no Stmt"):
                read_bank_file(path.read_bytes(), file=path.name)
            continue
        answer = read_bank_file(path.read_bytes(), file=path.name)
        assert isinstance(answer, StatementFile)
        read[path.name] = answer

    assert len(read) == 12
    returned = next(each for name, each in read.items() if "returns" in name)
    detail = returned.statements[0].entries[0].details[0]
    assert (detail.return_code, detail.end_to_end_id) == ("AC01", "EndToEndId-001-03-04")
    assert returned.statements[0].kind is StatementKind.NOTICE


@needs_files
def test_status_reports_and_returns_of_banks_are_read() -> None:
    reports = [
        read_bank_file(path.read_bytes(), file=path.name)
        for path in sorted((BANK / "pain002").glob("pain002-*"))
    ]
    returned = read_bank_file((BANK / "ach/issue1620_return.ach").read_bytes(), file="r.ach")
    changed = read_bank_file((BANK / "ach/cor-read.ach").read_bytes(), file="c.ach")

    assert all(isinstance(each, StatusReport) for each in reports)
    assert isinstance(reports[1], StatusReport)
    assert reports[1].payments[0].code == "AC01"
    assert isinstance(returned, ReturnFile)
    assert (returned.items[0].code, returned.items[0].original_trace) == ("R03", "062000010000001")
    assert isinstance(changed, ReturnFile)
    assert changed.items[0].is_correction
    assert changed.items[0].corrected == "1918171614"


@needs_files
def test_payment_files_are_not_taken_for_answers() -> None:
    for name in ("ach/ppd-credit.ach", "pain002/sample_pain.001.xml", "ofx/test_ofx.ofx"):
        with pytest.raises(BankFileRefused):
            read_bank_file((BANK / name).read_bytes(), file=name)
