"""The independent reader of vendor-bill files: what is right reads back, junk is refused."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.core.billfile import COLUMNS, BadBillFile, read_bill_file
from counterfoil.core.money import Money
from counterfoil.foundation.tabular import Column, ColumnKind, write_csv

TEXT = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=20
)


def _written(bills):
    """The file as the writer writes it; a bill is (number, vendor, minor, currency, name)."""
    columns = [
        Column(name, ColumnKind.NUMBER if name == "Amount" else ColumnKind.TEXT)
        for name in COLUMNS
    ]
    rows = []
    for number, vendor, minor, currency, name in bills:
        cells = dict.fromkeys(COLUMNS, "")
        cells |= {
            "Bill number": number, "Vendor number": vendor, "Currency": currency,
            "Amount": Money(minor, currency).format_number(), "Vendor name": name,
        }  # fmt: skip
        rows.append([cells[column] for column in COLUMNS])
    out = io.BytesIO()
    write_csv(out, columns, rows)
    return out.getvalue()


@given(
    st.lists(
        st.tuples(st.integers(1, 10**15), st.sampled_from(["EUR", "JPY", "KWD"]), TEXT),
        max_size=8,
    )
)
def test_what_the_writer_wrote_reads_back(bills):
    said = read_bill_file(
        _written(
            [(f"VB-{n}", f"V{n}", minor, cur, name) for n, (minor, cur, name) in enumerate(bills)]
        )
    )

    assert [(amount.minor, amount.currency) for _, _, amount in said.bills] == [
        (minor, currency) for minor, currency, _ in bills
    ]
    assert said.count == len(bills)
    assert sum(said.totals.values()) == sum(minor for minor, _, _ in bills)


def test_totals_are_by_currency():
    said = read_bill_file(
        _written([("a", "v", 100, "EUR", ""), ("b", "v", 7, "JPY", ""), ("c", "v", 5, "EUR", "")])
    )
    assert said.totals == {"EUR": 105, "JPY": 7}


def test_a_file_cut_anywhere_is_refused_or_has_fewer_whole_bills():
    content = _written([(f"VB-{n}", "V", 100 + n, "EUR", 'a "b", c') for n in range(3)])
    for end in range(len(content)):
        try:
            said = read_bill_file(content[:end])
        except BadBillFile:
            continue
        assert content[:end].endswith(b"\r\n")
        assert [amount.minor for _, _, amount in said.bills] == [100, 101, 102][: said.count]


GOOD = _written([("VB-1", "V", 100, "EUR", "x"), ("VB-2", "V", 200, "EUR", "y")])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n",
        b"\xff\xfe",
        b"Bill number\r\n",
        GOOD.replace(b"Amount", b"Sum"),
        GOOD.replace(b"1.00", b"1.001"),
        GOOD.replace(b"1.00", b"-1.00"),
        GOOD.replace(b"1.00", b"0.00"),
        GOOD.replace(b"1.00", b"="),
        GOOD.replace(b"EUR", b"EUX"),
        GOOD.replace(b"VB-2", b"VB-1"),
        GOOD.replace(b'"VB-2"', b'""'),
        GOOD.replace(b'"x"', b'"x'),
        GOOD.replace(b'"x"', b'"x"y'),
        GOOD.replace(b"\r\n", b"\n"),
        GOOD + b"a,b\r\n",
    ],
)
def test_junk_is_refused(content):
    with pytest.raises(BadBillFile):
        read_bill_file(content)
