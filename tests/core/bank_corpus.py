"""Bad files as banks, networks and forgers make them: made from good ones, each with its fault.

A case says what must happen: "refused" for a file that no reader may take, "review" for one that
is read and does not prove itself, "two" for one that holds two good statements.
"""

import gzip
import zipfile
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from typing import NamedTuple

from counterfoil.adapters.bank_simulator.letters import (
    Booking,
    Part,
    statement_letter,
    status_letter,
)


class BadFile(NamedTuple):
    """A file with one fault, and its fate."""

    name: str
    content: bytes
    fate: str


DAY = date(2026, 7, 1)
CAMT = statement_letter(
    account="DE02120300000000202051", currency="EUR", number=7, on=DAY, opening=100_000,
    closing=87_250,
    bookings=[
        Booking(-10_000, "R1", (Part("NGS-1-000001-1-1", -10_000, "Alpine", "DE89"),)),
        Booking(
            -2_750, "R2",
            (
                Part("NGS-1-000001-2-1", -2_000, "Börde", ""),
                Part("NGS-1-000001-3-1", -750, "C", ""),
            ),
            message="NGS-1-000001", count=2,
        ),
    ],
)  # fmt: skip
STATUS = status_letter(
    message="M1", original="NGS-1-000001", on=DAY, orders=3,
    reasons={"NGS-1-000001-2-1": ("AC04", "Closed")},
)  # fmt: skip
MT940 = (
    b":20:REF1\r\n:25:12030000/0000202051\r\n:28C:00007/001\r\n:60F:C260701EUR1000,00\r\n"
    b":61:2607020701DR100,00NTRFNONREF//BANKREF1\r\n"
    b":86:116?00SEPA?20EREF+NGS-1-000001-1-1?21SVWZ+Bill?32Alpine\r\n"
    b":61:2607020701DR27,50NTRFNONREF//BANKREF2\r\n:86:116?00SEPA?20EREF+NGS-1-000001-2-1\r\n"
    b":62F:C260702EUR872,50\r\n-\r\n"
)
BAI2 = (
    b"01,BANK,US,260701,0800,1,,,2/\n02,US,BANK,1,260701,,USD,2/\n"
    b"03,4711,USD,010,10000,,,015,5000,,/\n16,475,4000,V,260702,,REF,CF-1,CHECK/\n88,MORE/\n"
    b"16,475,1000,Z,REF2,CF-2,CHECK/\n49,20000,5/\n98,20000,1,7/\n99,20000,1,9/\n"
)


def _nacha() -> bytes:
    head = "101 231380104 1210428822607011055A094101Federal Reserve Bank   My Bank                "
    batch = "5220Our Company Inc" + " " * 21 + "121042882 CCDVendor Pay      260701   "
    batch += "1121042880000001"
    entry = "621231380104744-5678-99      0000012500CF-1           Best Co" + " " * 16
    entry += "1121042880000001"
    back = "799R03121042880000001      12104288" + " " * 44 + "091012980000088"
    control = (
        "82200000020023138010000000000000000000012500121042882 " + " " * 24 + " 121042880000001"
    )
    end = "9000001000001000000020023138010000000000000000000012500"
    rows = [
        head,
        batch,
        entry,
        back,
        control,
        end,
    ]
    fixed = [row[:94].ljust(94) for row in rows]
    fixed[4] = (control[:54].ljust(79) + "121042880000001")[:94]
    return ("\n".join(fixed) + "\n").encode()


NACHA = _nacha()
GOOD = {"s.xml": CAMT, "p.xml": STATUS, "s.sta": MT940, "s.bai": BAI2, "r.ach": NACHA}

_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
# (file, old, new, fate): one fault each.
EDITS: tuple[tuple[str, bytes, bytes, str], ...] = (
    ("s.xml", b"872.50", b"872.51", "review"),
    ("s.xml", b"1000.00", b"999.99", "review"),
    ("s.xml", b"OPBD", b"OPAV", "review"),
    ("s.xml", b"CLBD", b"CLAV", "review"),
    ("s.xml", b"100.00", b"100.01", "review"),
    ("s.xml", b"<NbOfTxs>2", b"<NbOfTxs>3", "review"),
    ("s.xml", b"<NbOfTxs>2", b"<NbOfTxs>two", "refused"),
    ("s.xml", b"<NbOfTxs>2", b"<NbOfTxs>-2", "refused"),
    ("s.xml", b"100.00", b"100.001", "refused"),
    ("s.xml", b"100.00", b"1e2", "refused"),
    ("s.xml", b"100.00", b"100,00", "refused"),
    ("s.xml", b"100.00", b"-100.00", "refused"),
    ("s.xml", b"100.00", b"", "refused"),
    ("s.xml", b"100.00", b"NaN", "refused"),
    ("s.xml", b"100.00", b"9" * 19, "refused"),
    ("s.xml", b"100.00", b"9" * 400, "refused"),
    ("s.xml", b"100.00", "１００.００".encode(), "refused"),
    ("s.xml", b'Ccy="EUR"', b'Ccy="EUX"', "refused"),
    ("s.xml", b'Ccy="EUR"', b'Ccy="eur"', "refused"),
    ("s.xml", b'Ccy="EUR"', b"", "refused"),
    ("s.xml", b'Ccy="EUR"', b'Ccy="JPY"', "review"),
    ("s.xml", b"<Cd>BOOK</Cd>", b"<Cd>MAYBE</Cd>", "refused"),
    ("s.xml", b"<Sts><Cd>BOOK</Cd></Sts>", b"", "refused"),
    ("s.xml", b"DBIT", b"OUT", "refused"),
    ("s.xml", b"<CdtDbtInd>DBIT</CdtDbtInd>", b"", "refused"),
    ("s.xml", b"2026-07-01</Dt>", b"2026-13-01</Dt>", "refused"),
    ("s.xml", b"2026-07-01</Dt>", b"2026-02-30</Dt>", "refused"),
    ("s.xml", b"2026-07-01</Dt>", b"01.07.2026</Dt>", "refused"),
    ("s.xml", b"2026-07-01</Dt>", b"0026-07-01</Dt>", "refused"),
    ("s.xml", b"2026-07-01</Dt>", b"9999-07-01</Dt>", "refused"),
    ("s.xml", b"<IBAN>DE02120300000000202051</IBAN>", b"", "refused"),
    ("s.xml", b"<BkToCstmrStmt>", b"<BkToCstmrStmt2>", "refused"),
    ("s.xml", b"</BkToCstmrStmt>", b"", "refused"),
    ("s.xml", b"<Stmt>", b"<Stmt>\x00", "refused"),
    ("s.xml", b"<Stmt>", b"<Stmt>\xff\xfe", "refused"),
    ("s.xml", b"<Stmt>", b"<Stmt>&undefined;", "refused"),
    ("s.xml", b'encoding="UTF-8"', b'encoding="EBCDIC-XX"', "refused"),
    ("s.xml", "Börde".encode(), "Börde".encode("latin-1"), "refused"),
    ("s.xml", _DECLARATION, b'<!DOCTYPE D [<!ENTITY a "b">]>\n', "refused"),
    ("s.xml", _DECLARATION, b'<!DOCTYPE D SYSTEM "http://x.invalid/d">\n', "refused"),
    ("p.xml", b"<OrgnlMsgId>NGS-1-000001</OrgnlMsgId>", b"", "refused"),
    ("p.xml", b"<MsgId>M1</MsgId>", b"", "refused"),
    ("p.xml", b"</CstmrPmtStsRpt>", b"", "refused"),
    ("p.xml", b"<CstmrPmtStsRpt>", b"<Other>", "refused"),
    ("p.xml", b"<GrpHdr>", b"<GrpHdr>\x01", "refused"),
    ("s.sta", b":20:REF1\r\n", b"", "refused"),
    ("s.sta", b":25:12030000/0000202051\r\n", b"", "refused"),
    ("s.sta", b":25:", b":25:1\r\n:25:", "refused"),
    ("s.sta", b":60F:C260701EUR1000,00\r\n", b"", "refused"),
    ("s.sta", b"EUR1000,00", b"EUR1000.00", "refused"),
    ("s.sta", b"EUR1000,00", b"EUR1000,001", "refused"),
    ("s.sta", b"EUR1000,00", b"EUR1.000,00", "refused"),
    ("s.sta", b"C260701EUR", b"X260701EUR", "refused"),
    ("s.sta", b"C260701EUR", b"C260731EUX", "refused"),
    ("s.sta", b"C260701EUR", b"C261301EUR", "refused"),
    ("s.sta", b"DR100,00", b"DR100.00", "refused"),
    ("s.sta", b"DR100,00", b"XR100,00", "refused"),
    ("s.sta", b"DR100,00", b"DR100,005", "refused"),
    ("s.sta", b"2607020701", b"2613020701", "refused"),
    ("s.sta", b"2607020701", b"2607021301", "refused"),
    ("s.sta", b"EUR872,50", b"EUR872,51", "review"),
    ("s.sta", b"DR27,50", b"DR27,51", "review"),
    ("s.sta", b"DR27,50", b"CR27,50", "review"),
    ("s.sta", b":62F:C260702EUR872,50\r\n", b"", "review"),
    ("s.sta", b":60F:C", b":60F:C260701EUR1,00\r\n:60F:C", "refused"),
    ("s.sta", b"BANKREF1", b"BANK\x00REF", "refused"),
    ("s.sta", b":62F:C", b":62F:D", "review"),
    ("s.bai", b"01,BANK", b"09,BANK", "refused"),
    ("s.bai", b",,,2/\n02", b",,,3/\n02", "refused"),
    ("s.bai", b"02,US", b"01,US", "refused"),
    ("s.bai", b"02,US,BANK,1,260701,,USD,2/\n", b"", "refused"),
    ("s.bai", b"260701,,USD", b"261301,,USD", "refused"),
    ("s.bai", b"03,4711,", b"03,,", "refused"),
    ("s.bai", b"03,4711,USD", b"03,4711,UDS", "refused"),
    ("s.bai", b"010,10000", b"01O,10000", "refused"),
    ("s.bai", b"010,10000", b"010,100.00", "refused"),
    ("s.bai", b"010,10000", b"010,10001", "review"),
    ("s.bai", b"015,5000", b"015,5001", "review"),
    ("s.bai", b"16,475,4000", b"16,475,4001", "review"),
    ("s.bai", b"16,475,4000", b"16,175,4000", "review"),
    ("s.bai", b"16,475,4000", b"16,975,4000", "review"),
    ("s.bai", b"16,475,4000", b"16,4,4000", "refused"),
    ("s.bai", b"16,475,4000", b"16,475,", "refused"),
    ("s.bai", b"4000,V", b"4000,Q", "refused"),
    ("s.bai", b"V,260702", b"V,269902", "refused"),
    ("s.bai", b"49,20000,5", b"49,20001,5", "review"),
    ("s.bai", b"49,20000,5", b"49,20000,6", "review"),
    ("s.bai", b"49,20000,5/\n", b"", "refused"),
    ("s.bai", b"98,20000,1,7", b"98,20000,2,7", "review"),
    ("s.bai", b"98,20000,1,7", b"98,20001,1,7", "review"),
    ("s.bai", b"99,20000,1,9", b"99,20000,1,8", "review"),
    ("s.bai", b"99,20000,1,9/\n", b"", "refused"),
    ("s.bai", b"99,20000,1,9/\n", b"99,20000,1,9/\n16,475,1,Z,,,X/\n", "refused"),
    ("s.bai", b"88,MORE", b"77,MORE", "refused"),
    ("s.bai", b"03,4711", b"88,X/\n03,4711", "review"),
    ("r.ach", b"0000012500CF-1", b"0000012501CF-1", "refused"),
    ("r.ach", b"0000012500CF-1", b"00000125.0CF-1", "refused"),
    ("r.ach", b"799R03", b"799X03", "refused"),
    ("r.ach", b"799R03", b"705R03", "refused"),
    ("r.ach", b"799R03121042880000001", b"799R03XXXXXXXXXXXXXXX", "refused"),
    ("r.ach", b"9000001", b"9000002", "refused"),
    ("r.ach", b"8220000002", b"8220000003", "refused"),
    ("r.ach", b"82200000020023138010", b"82200000020023138011", "refused"),
    ("r.ach", b"2607011055", b"2613011055", "refused"),
    ("r.ach", b"\n5220", b"\n8220", "refused"),
)  # fmt: skip


def bad_files() -> Iterator[BadFile]:
    """This will make every bad file, more than two hundred of them."""
    for place, (name, old, new, fate) in enumerate(EDITS):
        assert old in GOOD[name], (name, old)
        yield BadFile(f"{place:03d}-{name}", GOOD[name].replace(old, new, 1), fate)
    for name, content in GOOD.items():
        for part in range(1, 16):
            cut = len(content) * part // 16
            # What is left of an MT940 may be whole fields; then it lacks its closing balance.
            fate = "either" if name == "s.sta" else "refused"
            if content[:cut].rstrip() != content.rstrip():
                yield BadFile(f"cut-{part:02d}-{name}", content[:cut], fate)
        yield from _wrapped(name, content)
    yield from _bombs()


def _wrapped(name: str, content: bytes) -> Iterator[BadFile]:
    """The whole file in a wrapping or an encoding that is not its own."""
    text = content.decode()
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, content)
    yield BadFile(f"zip-{name}", packed.getvalue(), "refused")
    yield BadFile(f"gzip-{name}", gzip.compress(content, mtime=0), "refused")
    if not name.endswith(".xml"):  # XML may be UTF-16
        yield BadFile(f"utf16-{name}", text.encode("utf-16"), "refused")
    yield BadFile(f"utf32-{name}", text.encode("utf-32"), "refused")
    yield BadFile(f"zeros-{name}", b"\x00" * 512 + content, "refused")
    yield BadFile(f"words-{name}", b"Dear customer,\n" + content, "refused")
    yield BadFile(f"ebcdic-{name}", text.encode("cp500", "replace"), "refused")
    yield BadFile(
        f"twice-{name}", content + b"\n" + content, "refused" if name != "s.sta" else "two"
    )


def _bombs() -> Iterator[BadFile]:
    """Files that are small and want to become large, or deep."""
    ten = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    lol = f'<!DOCTYPE D [<!ENTITY l0 "lol">{ten}]><Document>&l9;</Document>'
    outside = '<!DOCTYPE D [<!ENTITY x SYSTEM "file:///etc/hostname">]><Document>&x;</Document>'
    percent = "<!DOCTYPE D [<!ENTITY % a \"<!ENTITY b 'c'>\"> %a;]><Document/>"
    yield BadFile("bomb-laughs.xml", lol.encode(), "refused")
    yield BadFile("bomb-outside.xml", outside.encode(), "refused")
    yield BadFile("bomb-percent.xml", percent.encode(), "refused")
    for depth in (50, 300, 100_000):
        deep = b"<Document><BkToCstmrStmt><Stmt>" + b"<Ntry>" * depth
        yield BadFile(f"bomb-deep-{depth}.xml", deep, "refused")
    wide = b"<Document " + b" ".join(b'a%d="1"' % n for n in range(20_000)) + b"/>"
    yield BadFile("bomb-attributes.xml", wide, "refused")
    yield BadFile("bomb-prolog.xml", b"<!--" + b"x" * (2 << 20) + b"--><Document/>", "refused")
    yield BadFile("bomb-text.xml", b"<Document>" + b"y" * (12 << 20), "refused")
    many = b"01,BANK,US,260701,0800,1,,,2/\n" + b"88,X/\n" * 6_000
    yield BadFile("bomb-88.bai", many, "refused")
    rows = b":20:R\n:25:1\n:60F:C260701EUR1,00\n:61:260701C0,01NMSCNONREF\n:86:x\n"
    yield BadFile("bomb-86.sta", rows + b"more\n" * 300, "refused")
    yield BadFile("bomb-fields.bai", BAI2.replace(b"V,260702,", b"D,999999999,"), "refused")
