"""Payment files: what is written is read back by others to the cent, and nothing else."""

from dataclasses import replace
from datetime import UTC, date, datetime

import achkit
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sepaxml import SepaTransfer

from counterfoil.core.bankaccounts import (
    BadAccount,
    check_bic,
    check_iban,
    check_routing,
    check_us_account,
    in_sepa,
)
from counterfoil.core.bankfiles import nacha as nacha_module
from counterfoil.core.bankfiles.latin import is_latin, to_latin
from counterfoil.core.bankfiles.nacha import entry_id, trace_number, write_nacha
from counterfoil.core.bankfiles.nacha_reader import read_nacha
from counterfoil.core.bankfiles.orders import BadOrder, Debtor, Transfer, TransferFile
from counterfoil.core.bankfiles.pain001 import VERSIONS, write_pain001
from counterfoil.core.bankfiles.pain001_reader import read_pain001
from counterfoil.core.bankfiles.said import BadPaymentFile
from counterfoil.core.bankfiles.schema import check_schema
from counterfoil.core.money import Money

AT = datetime(2026, 11, 24, 8, 40, 5, tzinfo=UTC)
OURS = check_iban("DE89 3704 0044 0532 0130 00")
THEIRS = (
    check_iban("FR14 2004 1010 0505 0001 3M02 606"),
    check_iban("NL91 ABNA 0417 1643 00"),
    check_iban("AT61 1904 3002 3457 3201"),
)
OUTSIDE = check_us_account("021000021", "12345678")
BANKS = ("021000021", "011401533", "091000019", "121042882")
WORDS = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=40)


def a_file(
    *minors, currency="EUR", accounts=THEIRS, is_sepa=True, number=311, name="Käse & Söhne"
):
    transfers = tuple(
        Transfer(
            f"NGS-1-{number:06d}-{place:04d}-1",
            Money(minor, currency),
            f"{name} {place}",
            accounts[place % len(accounts)],
            f"Claim CLM-{place}",
        )
        for place, minor in enumerate(minors, start=1)
    )
    debtor = Debtor("Northgate Systems GmbH", OURS)
    return TransferFile(
        f"NGS-1-{number:06d}", number, AT, date(2026, 11, 26), debtor, transfers, is_sepa
    )


def an_ach_file(*minors, number=311):
    accounts = tuple(check_us_account(bank, f"{number}{bank[:4]}") for bank in BANKS)
    file = a_file(*minors, currency="USD", accounts=accounts, is_sepa=False, number=number)
    account = check_us_account("091000019", "99887766")
    return replace(
        file, debtor=Debtor("Northgate Systems Inc.", account, "First Bank of Iowa", "1123456789")
    )


@pytest.mark.parametrize("version", VERSIONS)
@given(minors=st.lists(st.integers(1, 10**13), min_size=1, max_size=20))
def test_a_sepa_file_fits_the_schema_and_says_what_was_ordered(version, minors):
    file = a_file(*minors)

    content = write_pain001(file, version=version)

    check_schema(content, version=version)
    said = read_pain001(content)
    assert (said.message_id, said.execute_on) == (file.message_id, file.execute_on)
    assert (said.count, said.total_minor) == (len(minors), sum(minors))
    assert said.debtor_account == OURS.number
    assert [(p.end_to_end_id, p.minor, p.account, p.currency) for p in said.payments] == [
        (t.end_to_end_id, t.amount.minor, t.account.number, "EUR") for t in file.transfers
    ]
    assert content == write_pain001(a_file(*minors), version=version)


@pytest.mark.parametrize(
    ("currency", "minor", "written"),
    [
        ("JPY", 1001, ">1001<"),
        ("KWD", 1001, ">1.001<"),
        ("USD", 5, ">0.05<"),
        ("CLF", 1, ">0.0001<"),
    ],
)
@pytest.mark.parametrize("version", VERSIONS)
def test_each_currency_has_its_own_decimals_across_borders(version, currency, minor, written):
    file = a_file(minor, minor, currency=currency, is_sepa=False, accounts=(*THEIRS, OUTSIDE))

    content = write_pain001(file, version=version)

    check_schema(content, version=version)
    assert written in content.decode()
    assert b"<Cd>SEPA" not in content
    assert b"<ChrgBr>SHAR" in content
    assert read_pain001(content).total_minor == 2 * minor


def test_an_account_with_a_routing_number_is_written_with_its_bank():
    content = write_pain001(
        a_file(700, currency="USD", is_sepa=False, accounts=(OUTSIDE,)), version=VERSIONS[1]
    )

    check_schema(content, version=VERSIONS[1])
    assert read_pain001(content).payments[0].account == "021000021:12345678"


def test_the_library_reads_yen_otherwise_and_is_wrong():
    """The oracle's known defect (reference/money.md 2): it divides every currency by 100."""
    oracle = SepaTransfer(
        {"name": "N", "IBAN": OURS.number, "BIC": OURS.bic, "batch": True, "currency": "JPY"},
        schema="pain.001.001.09", clean=False,
    )  # fmt: skip
    oracle.add_payment(
        {"name": "P", "IBAN": THEIRS[0].number, "amount": 1001, "description": "x",
         "execution_date": date(2026, 11, 26)}
    )  # fmt: skip

    assert b"10.01" in oracle.export(validate=False)


@pytest.mark.parametrize("version", VERSIONS)
def test_our_reader_reads_what_the_library_wrote_in_euros(version):
    oracle = SepaTransfer(
        {"name": "N", "IBAN": OURS.number, "BIC": OURS.bic, "batch": True, "currency": "EUR"},
        schema=version, clean=True,
    )  # fmt: skip
    for place, minor in enumerate((1, 99, 123_456)):
        oracle.add_payment(
            {"name": "P", "IBAN": THEIRS[place].number, "amount": minor, "description": "x",
             "execution_date": date(2026, 11, 26), "endtoend_id": f"E{place}"}
        )  # fmt: skip

    said = read_pain001(oracle.export(validate=True))

    assert (said.count, said.total_minor) == (3, 123_556)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        ((b"<NbOfTxs>3", b"<NbOfTxs>4"), "states 4 payments; there are 3"),
        ((b"<CtrlSum>0.06", b"<CtrlSum>0.07"), "states a sum of 7; the payments give 6"),
        ((b'Ccy="EUR">0.02', b'Ccy="EUR">0.020'), None),
        ((b'Ccy="EUR">0.02', b'Ccy="EUR">0.021'), "is no amount in EUR"),
        ((b'Ccy="EUR">0.02', b'Ccy="USD">0.02'), "several currencies"),
        ((b"-0002-1", b"-0001-1"), "stands twice"),
        ((b"<Document", b"<Documint"), "no XML"),
        ((b"</Document>", b""), "no XML"),
        ((b'"?>', b'"?><!DOCTYPE x [<!ENTITY a "b">]>'), "no XML"),
    ],
)
def test_a_file_that_does_not_add_up_is_refused_by_its_reader(spoil, words):
    content = write_pain001(a_file(1, 2, 3), version=VERSIONS[0]).replace(*spoil)

    if words is None:
        assert read_pain001(content).total_minor == 6
        return
    with pytest.raises(BadPaymentFile, match=words):
        read_pain001(content)


@given(junk=st.binary(max_size=200))
def test_junk_is_refused_in_words(junk):
    for read in (read_pain001, read_nacha):
        with pytest.raises(BadPaymentFile):
            read(junk)


@given(cut=st.integers(0, 900), minors=st.lists(st.integers(1, 10**9), min_size=1, max_size=3))
def test_a_truncated_file_is_refused(cut, minors):
    for whole, read in (
        (write_pain001(a_file(*minors), version=VERSIONS[0]), read_pain001),
        (write_nacha(an_ach_file(*minors)), read_nacha),
    ):
        with pytest.raises(BadPaymentFile):
            read(whole[: min(cut, len(whole) - 12)])


@given(minors=st.lists(st.integers(1, 10**10 - 1), min_size=1, max_size=25))
def test_a_nacha_file_says_what_was_ordered_to_us_and_to_the_library(minors):
    file = an_ach_file(*minors)

    content = write_nacha(file)

    said = read_nacha(content)
    assert (said.message_id, said.execute_on) == (file.message_id, file.execute_on)
    assert (said.count, said.total_minor) == (len(minors), sum(minors))
    assert [(p.end_to_end_id, p.minor, p.account) for p in said.payments] == [
        (t.end_to_end_id, t.amount.minor, t.account.identity) for t in file.transfers
    ]
    assert content == write_nacha(an_ach_file(*minors))
    assert achkit.validate(content.decode()) == {"ok": True, "errors": []}
    [batch] = achkit.parse(content.decode())["batches"]
    assert [entry["amount_cents"] for entry in batch["entries"]] == minors


def test_trace_numbers_are_unique_over_files_and_entries_keep_their_ids():
    """The library restarts them in each batch (reference/money.md 2); ours never do."""
    seen = {
        trace_number("091000019", number, place)
        for number in range(1, 40)
        for place in range(1, 60)
    }

    assert len(seen) == 39 * 59
    assert entry_id("NGS-1-000311-0012-1") == "000311-0012-1"
    assert entry_id("NGS-1-000311-0012-10") == "000311-0012-10"


@pytest.mark.parametrize(
    ("line", "start", "text", "words"),
    [
        (1, 4, "9", "the record of|no order|another"),
        (2, 3, "021000029", "no routing number"),
        (2, 29, "0000000002", "the batch credits is"),
        (2, 79, "091000013110002", "another entry"),
        (5, 0, "9" * 94, "no order"),
    ],
)
def test_a_nacha_record_that_was_changed_is_refused(line, start, text, words):
    lines = write_nacha(an_ach_file(1, 3)).decode().split("\n")
    lines[line] = lines[line][:start] + text + lines[line][start + len(text) :]

    if line == 1:
        read_nacha("\n".join(lines).encode())
        return
    with pytest.raises(BadPaymentFile, match=words):
        read_nacha("\n".join(lines).encode())


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "株式会社"}, "payee's name"),
        ({"name": "N" * 71}, "payee's name"),
        ({"remittance": "☃"}, "remittance"),
        ({"end_to_end_id": "x" * 36}, "end-to-end id"),
        ({"end_to_end_id": "/x"}, "end-to-end id"),
        ({"end_to_end_id": "Ä"}, "end-to-end id"),
        ({"amount": Money(0, "EUR")}, "amount"),
        ({"amount": Money(1, "USD")}, "currency"),
        ({"account": OUTSIDE}, "account"),
    ],
)
def test_what_a_bank_would_not_take_is_refused_with_its_field(change, field):
    file = a_file(1, 2)
    bad = replace(file, transfers=(file.transfers[0], replace(file.transfers[1], **change)))

    with pytest.raises(BadOrder) as refused:
        write_pain001(bad, version=VERSIONS[1])

    assert refused.value.field == field


def test_a_double_id_and_an_empty_file_are_refused():
    file = a_file(1, 2)
    with pytest.raises(BadOrder, match="unique"):
        write_pain001(replace(file, transfers=file.transfers[:1] * 2), version=VERSIONS[0])
    with pytest.raises(BadOrder, match="one payment"):
        write_pain001(replace(file, transfers=()), version=VERSIONS[0])
    with pytest.raises(BadOrder, match="USD only"):
        write_nacha(file)
    with pytest.raises(BadOrder, match="at most"):
        write_nacha(an_ach_file(*[1] * (nacha_module.PAYMENTS_MAX + 1)))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Käse & Söhne", "Kaese + Soehne"),
        ("Straße", "Strasse"),
        ("Łódź Ærø", "Lodz AEro"),
        ("Café “Ñandú”", "Cafe 'Nandu'"),
        ("a_b;c", "a-b,c"),
        ("ﬁve", "five"),
    ],
)
def test_letters_are_written_in_their_usual_spelling(text, written):
    assert to_latin(text, field="name", length=70) == written


@given(text=st.text(max_size=60))
def test_a_text_is_written_in_the_set_of_the_banks_or_refused(text):
    try:
        written = to_latin(text, field="name", length=70)
    except BadOrder:
        return
    assert is_latin(written)
    assert written == to_latin(written, field="name", length=70)


@pytest.mark.parametrize(
    ("text", "bic"),
    [
        ("DE89370400440532013001", ""),
        ("DE8937040044053201300", ""),
        ("XX89370400440532013000", ""),
        ("", ""),
        ("DE89370400440532013000", "BNPAFRPP"),
        ("DE89370400440532013000", "nonsense"),
    ],
)
def test_a_wrong_iban_or_bic_is_refused(text, bic):
    with pytest.raises(BadAccount):
        check_iban(text, bic=bic)


def test_a_right_account_is_known_and_masked():
    assert OURS.bic == "COBADEFFXXX"
    assert OURS.masked == "DE •••• 3000"
    assert OURS.is_sepa
    assert not OUTSIDE.is_sepa
    assert OUTSIDE.identity == "021000021:12345678"
    assert [in_sepa(country) for country in ("DE", "CH", "AE", "US", "")] == [
        True, True, False, False, False,
    ]  # fmt: skip
    assert check_bic("cobadeff xxx") == "COBADEFFXXX"


@pytest.mark.parametrize("text", ["021000022", "02100002", "abcdefghi", "000000000", "٠٢١٠٠٠٠٢١"])
def test_a_wrong_routing_number_is_refused(text):
    with pytest.raises(BadAccount):
        check_routing(text)


@given(place=st.integers(0, 8), step=st.integers(1, 9))
def test_one_wrong_digit_of_a_routing_number_is_always_seen(place, step):
    right = "021000021"
    wrong = right[:place] + str((int(right[place]) + step) % 10) + right[place + 1 :]

    with pytest.raises(BadAccount):
        check_routing(wrong)
