"""What the simulated bank writes: pain.002.001.10 and camt.053.001.08, letter by letter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape

_STATUS = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"
_STATEMENT = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
SENDER = "SIMUDEFFXXX"


@dataclass(frozen=True, slots=True)
class Part:
    """One payment inside a booking; minus is money out."""

    end_to_end: str
    cents: int
    party: str
    account: str
    code: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Booking:
    """One line of the account."""

    cents: int
    reference: str
    parts: tuple[Part, ...]
    message: str = ""
    count: int = 0
    words: str = ""
    is_reversal: bool = False


def status_letter(
    *, message: str, original: str, on: date, reasons: Mapping[str, tuple[str, str]], orders: int
) -> bytes:
    """This will write a status report: all accepted, some rejected, or nothing taken at all."""
    status = "ACCP" if not reasons else "RJCT" if len(reasons) == orders else "PART"
    rows = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>{escape(name)}</OrgnlEndToEndId><TxSts>RJCT</TxSts>"
        f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn><AddtlInf>{escape(words)}</AddtlInf></StsRsnInf>"
        "</TxInfAndSts>"
        for name, (code, words) in sorted(reasons.items())
    )
    part = ""
    if status == "PART":
        part = (
            f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{escape(original)}</OrgnlPmtInfId>"
            f"<PmtInfSts>ACCP</PmtInfSts>{rows}</OrgnlPmtInfAndSts>"
        )
    elif rows:
        part = (
            f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{escape(original)}</OrgnlPmtInfId>{rows}"
            "</OrgnlPmtInfAndSts>"
        )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{_STATUS}"><CstmrPmtStsRpt>'
        f"<GrpHdr><MsgId>{escape(message)}</MsgId><CreDtTm>{on.isoformat()}T07:00:00</CreDtTm>"
        f"<InitgPty><Id><OrgId><AnyBIC>{SENDER}</AnyBIC></OrgId></Id></InitgPty></GrpHdr>\n"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{escape(original)}</OrgnlMsgId>"
        f"<OrgnlMsgNmId>pain.001</OrgnlMsgNmId><GrpSts>{status}</GrpSts></OrgnlGrpInfAndSts>\n"
        f"{part}</CstmrPmtStsRpt></Document>\n"
    ).encode()


def statement_letter(
    *, account: str, currency: str, number: int, on: date, opening: int, closing: int,
    bookings: Sequence[Booking],
) -> bytes:  # fmt: skip
    """This will write the statement of one day."""
    kind = "IBAN" if account[:2].isalpha() else "Othr"
    told = f"<IBAN>{account}</IBAN>" if kind == "IBAN" else f"<Othr><Id>{account}</Id></Othr>"
    rows = "".join(_entry(each, currency, on) for each in bookings)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{_STATEMENT}"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>SIM-{number:06d}</MsgId><CreDtTm>{on.isoformat()}T22:00:00</CreDtTm>"
        f"</GrpHdr>\n<Stmt><Id>SIM-{account[-6:]}-{number:06d}</Id>"
        f"<ElctrncSeqNb>{number}</ElctrncSeqNb><CreDtTm>{on.isoformat()}T22:00:00</CreDtTm>"
        f"<Acct><Id>{told}</Id><Ccy>{currency}</Ccy></Acct>\n"
        f"{_balance('OPBD', opening, currency, on)}{_balance('CLBD', closing, currency, on)}"
        f"{rows}</Stmt></BkToCstmrStmt></Document>\n"
    ).encode()


def _balance(code: str, cents: int, currency: str, on: date) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_money(cents, currency)}"
        f"<Dt><Dt>{on.isoformat()}</Dt></Dt></Bal>\n"
    )


def _money(cents: int, currency: str) -> str:
    way = "CRDT" if cents >= 0 else "DBIT"
    return f'<Amt Ccy="{currency}">{_text(cents, currency)}</Amt><CdtDbtInd>{way}</CdtDbtInd>'


def _text(cents: int, currency: str) -> str:
    places = {"JPY": 0, "KWD": 3}.get(currency, 2)
    digits = str(abs(cents)).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits


def _entry(booking: Booking, currency: str, on: date) -> str:
    details = "".join(_detail(part, currency) for part in booking.parts)
    batch = ""
    if booking.count:
        name = f"<MsgId>{escape(booking.message)}</MsgId>" if booking.message else ""
        batch = f"<Btch>{name}<NbOfTxs>{booking.count}</NbOfTxs></Btch>"
    inner = f"<NtryDtls>{batch}{details}</NtryDtls>" if batch or details else ""
    reversal = "<RvslInd>true</RvslInd>" if booking.is_reversal else ""
    words = f"<AddtlNtryInf>{escape(booking.words)}</AddtlNtryInf>" if booking.words else ""
    day = on.isoformat()
    return (
        f"<Ntry>{_money(booking.cents, currency)}{reversal}<Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
        f"<AcctSvcrRef>{escape(booking.reference)}</AcctSvcrRef>"
        f"<BkTxCd><Prtry><Cd>SIM</Cd></Prtry></BkTxCd>{inner}{words}</Ntry>\n"
    )


def _detail(part: Part, currency: str) -> str:
    side = "Cdtr" if part.cents < 0 else "Dbtr"
    account = ""
    if part.account:
        told = f"<IBAN>{part.account}</IBAN>"
        if not part.account[:2].isalpha():
            told = f"<Othr><Id>{part.account}</Id></Othr>"
        account = f"<{side}Acct><Id>{told}</Id></{side}Acct>"
    back = ""
    if part.code:
        back = (
            f"<RtrInf><Rsn><Cd>{part.code}</Cd></Rsn>"
            f"<AddtlInf>{escape(part.words)}</AddtlInf></RtrInf>"
        )
    party = f"<{side}><Pty><Nm>{escape(part.party)}</Nm></Pty></{side}>"
    return (
        f"<TxDtls><Refs><EndToEndId>{escape(part.end_to_end)}</EndToEndId></Refs>"
        f"{_money(part.cents, currency)}<RltdPties>{party}{account}</RltdPties>{back}</TxDtls>"
    )
