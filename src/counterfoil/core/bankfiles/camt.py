"""camt.052, camt.053 and camt.054 of any version, by root element and loose version.

Banks put the messages into namespaces of their own (the Swiss do), so the message is told by its
root element. Sources: ISO 20022 message definitions camt.05x.001.01 to .14; Swiss Payment
Standards. The sign follows CdtDbtInd also for reversals: ISO's usage rule of ReversalIndicator
says that a credit with RvslInd is the reversal of a debit.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from counterfoil.core.bankfiles.places import clean, day, exact, names, refusal
from counterfoil.core.bankfiles.statements import (
    ENTRIES_MAX,
    UNKNOWN_MAX,
    Balance,
    Detail,
    Entry,
    Place,
    Statement,
    StatementFile,
    StatementKind,
)
from counterfoil.core.bankfiles.xml import (
    Element,
    child,
    children,
    elements,
    line_of,
    local,
    namespace,
    pieces_of,
    text,
)
from counterfoil.core.money import Money

ROOTS: Final = {
    "BkToCstmrAcctRpt": ("camt.052", "Rpt", StatementKind.REPORT),
    "BkToCstmrStmt": ("camt.053", "Stmt", StatementKind.STATEMENT),
    "BkToCstmrDbtCdtNtfctn": ("camt.054", "Ntfctn", StatementKind.NOTICE),
}
_VERSION = re.compile(r"camt\.05[234]\.(\d{3})\.(\d{2})")
_STATUS = {"BOOK": "booked", "PDNG": "pending", "INFO": "information", "FUTR": "pending"}
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)
_BALANCES = names("OPBD PRCD CLBD OPAV CLAV FWAV ITBD ITAV XPCD INFO OPNG CLSG AVLB")
_CREDIT = {"CRDT": 1, "DBIT": -1}
# Elements that are read, or are known and say nothing about money or matching.
_KNOWN: Final = {
    "": frozenset({"GrpHdr", "Stmt", "Rpt", "Ntfctn"}),
    "GrpHdr": names("MsgId CreDtTm MsgRcpt MsgPgntn OrgnlBizQry AddtlInf"),
    "Stmt": names(
        "Id StmtPgntn RptPgntn NtfctnPgntn ElctrncSeqNb RptgSeq LglSeqNb CreDtTm FrToDt "
        "CpyDplctInd RptgSrc Acct RltdAcct Intrst Bal TxsSummry Ntry AddtlStmtInf "
        "AddtlRptInf AddtlNtfctnInf"
    ),
    "Ntry": names(
        "NtryRef Amt CdtDbtInd RvslInd Sts BookgDt ValDt AcctSvcrRef Avlbty BkTxCd "
        "ComssnWvrInd AddtlInfInd AmtDtls Chrgs TechInptChanl Intrst CardTx NtryDtls "
        "AddtlNtryInf"
    ),
    "NtryDtls": frozenset({"Btch", "TxDtls"}),
    "Btch": names("MsgId PmtInfId NbOfTxs TtlAmt CdtDbtInd"),
    "TxDtls": names(
        "Refs Amt CdtDbtInd AmtDtls Avlbty BkTxCd Chrgs Intrst RltdPties RltdAgts "
        "LclInstrm PmtTpInf Purp RltdRmtInf RmtInf RltdDts RltdPric RltdQties "
        "FinInstrmId Tax RtrInf CorpActn SfkpgAcct CshDpst CardTx AddtlTxInf"
    ),
    "Refs": names(
        "MsgId AcctSvcrRef PmtInfId InstrId EndToEndId UETR TxId MndtId ChqNb ClrSysRef "
        "AcctOwnrTxId AcctSvcrTxId MktInfrstrctrTxId PrcgId Prtry"
    ),
}
_FRAMES = frozenset({"Stmt", "Rpt", "Ntfctn"})
_PAGES = frozenset({"StmtPgntn", "RptPgntn", "NtfctnPgntn"})


@dataclass(slots=True)
class _Found:
    """A statement while it is read."""

    line: int
    entries: list[Entry] = field(default_factory=list)
    balances: list[Balance] = field(default_factory=list)
    unknown: list[Place] = field(default_factory=list)
    unknown_count: int = 0
    review: list[Place] = field(default_factory=list)
    head: dict[str, str] = field(default_factory=dict)
    days: dict[str, date] = field(default_factory=dict)
    summary: tuple[str, str, int] = ("", "", 0)
    credits: int = 0
    booked: int = 0
    is_partial: bool = False


def read_camt(content: bytes, *, file: str) -> StatementFile:
    """This will read a whole camt file. Raises BankFileRefused."""
    return read_camt_pieces(pieces_of(content), file=file)


def read_camt_pieces(pieces: Iterable[bytes | memoryview], *, file: str) -> StatementFile:
    """This will read a camt file that comes in pieces, never holding its XML whole.

    Raises BankFileRefused with file, line, reason and remedy.
    """
    return _Reader(file).read(pieces)


class _Reader:
    """One reading of one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.format = ""
        self.kind = StatementKind.STATEMENT
        self.container = ""
        self.message: dict[str, str] = {}
        self.now: _Found | None = None
        self.done: list[Statement] = []
        self.page_place: Place | None = None
        self.outside: list[Place] = []

    def read(self, pieces: Iterable[bytes | memoryview]) -> StatementFile:
        """Return the file's statements. Raises BankFileRefused."""
        wanted = names(
            "GrpHdr Acct Bal TxsSummry Ntry Id ElctrncSeqNb LglSeqNb FrToDt StmtPgntn "
            "RptPgntn NtfctnPgntn"
        )
        for element in elements(
            pieces, file=self.file, wanted=wanted, frames=_FRAMES, on_start=self._opened
        ):
            parent = element.getparent()
            above = "" if parent is None else local(parent)
            name = local(element)
            if name == "GrpHdr" and above in ROOTS:
                self._group_header(element)
            elif name == self.container and above in ROOTS:
                self._finish()
            elif above == self.container and self.now is not None:
                self._part(element, name)
        if not self.format:
            raise refusal(
                self.file, 1, "this is no camt.052, camt.053 or camt.054",
                f"below Document stands one of {', '.join(sorted(ROOTS))}",
            )  # fmt: skip
        if not self.done:
            raise refusal(
                self.file, 1, f"the file has no {self.container}, so it says nothing",
                "ask the bank for the file with its statements",
            )  # fmt: skip
        return StatementFile(
            self.format, self.message.get("MsgId", ""), tuple(self.done),
            self.message.get("CreDtTm", ""),
        )  # fmt: skip

    def _opened(self, element: Element, depth: int) -> None:
        """Take note of the message, of statements and of unknown parts at the outer levels."""
        name = local(element)
        if name in ROOTS and depth <= 1 and not self.format:
            kind, self.container, self.kind = ROOTS[name]
            version = _VERSION.search(namespace(element))
            self.format = version[0] if version else f"{kind} ({namespace(element) or 'no name'})"
            return
        parent = element.getparent()
        above = "" if parent is None else local(parent)
        if above in ROOTS and self.format:
            if name == self.container:
                self.now = _Found(line_of(element))
                self.now.unknown += self.outside
                self.now.unknown_count += len(self.outside)
            elif name not in _KNOWN[""]:
                self.outside.append(self._unknown_place(element, name))
        elif self.now is not None and above == self.container and name not in _KNOWN["Stmt"]:
            self._note_unknown(element, f"{self.container}/{name}")
        elif not self.format and depth == 1:
            raise refusal(
                self.file, line_of(element), f"{name} is no bank statement",
                f"below Document stands one of {', '.join(sorted(ROOTS))}",
            )  # fmt: skip

    def _group_header(self, header: Element) -> None:
        self.message = {name: clean(text(header, name)) for name in ("MsgId", "CreDtTm")}
        self._check_known(header, "GrpHdr")
        self._page(child(header, "MsgPgntn"))

    def _page(self, pages: Element | None) -> None:
        if pages is None:
            return
        number, is_last = text(pages, "PgNb"), text(pages, "LastPgInd")
        if number not in ("", "1", "01", "00001") or is_last in ("false", "0"):
            self.page_place = Place(
                self.file, line_of(pages), f"this is page {number or '?'} of several",
                "read all pages; a person compares their balances",
            )  # fmt: skip

    def _part(self, element: Element, name: str) -> None:
        """Take one part of the statement that is open."""
        now = self.now
        assert now is not None
        if name == "Ntry":
            self._entry(element, now)
        elif name == "Bal":
            now.balances.append(self._balance(element, now))
        elif name == "Acct":
            now.head["account"] = _account_of(element)
            now.head["currency"] = text(element, "Ccy")
            now.head["owner"] = clean(text(element, "Ownr", "Nm"))
            now.head["bank"] = _agent_of(child(element, "Svcr"))
        elif name == "FrToDt":
            for key in ("From", "To"):
                word = "Fr" if key == "From" else "To"
                found = text(element, f"{word}DtTm") or text(element, f"{word}Dt")
                if found:
                    now.days[word] = day(
                        found, file=self.file, line=line_of(element), what=f"FrToDt/{word}"
                    )
        elif name == "TxsSummry":
            total = child(element, "TtlNtries")
            if total is not None:
                now.summary = (text(total, "NbOfNtries"), text(total, "Sum"), line_of(total))
        elif name in _PAGES:
            self._page(element)
        elif name in ("Id", "ElctrncSeqNb", "LglSeqNb"):
            now.head[name] = clean(element.text or "")

    def _balance(self, element: Element, now: _Found) -> Balance:
        kind = child(element, "Tp", "CdOrPrtry")
        code = clean(text(kind, "Cd") or text(kind, "Prtry"))
        line = line_of(element)
        if code not in _BALANCES:
            self._note_unknown(element, f"Bal of the kind {code or 'nothing'}")
        amount = self._amount(element, "Bal")
        where = child(element, "Dt")
        on = self._day(where, line, "Bal/Dt")
        if on is None:
            raise refusal(self.file, line, "Bal/Dt is missing", "a balance names its day")
        return Balance(code, amount, on, line)

    def _amount(self, element: Element, what: str) -> Money:
        """Return the signed amount of an element with Amt and CdtDbtInd."""
        found = child(element, "Amt")
        if found is None:
            raise refusal(self.file, line_of(element), f"{what}/Amt is missing", "give an amount")
        direction = text(element, "CdtDbtInd")
        if direction not in _CREDIT:
            raise refusal(
                self.file, line_of(element), f"{what}/CdtDbtInd is {direction or 'missing'!r}",
                "write CRDT or DBIT",
            )  # fmt: skip
        money = self._plain(found, f"{what}/Amt")
        return money if _CREDIT[direction] > 0 else -money

    def _plain(self, element: Element, what: str) -> Money:
        return exact(
            element.text or "", element.get("Ccy", ""),
            file=self.file, line=line_of(element), what=what,
        )  # fmt: skip

    def _day(self, element: Element | None, line: int, what: str) -> date | None:
        found = text(element, "Dt") or text(element, "DtTm")
        return day(found, file=self.file, line=line, what=what) if found else None

    def _entry(self, element: Element, now: _Found) -> None:
        line, number = line_of(element), len(now.entries) + 1
        if number > ENTRIES_MAX:
            raise refusal(self.file, line, "too many entries", "ask the bank for shorter spans")
        self._check_known(element, "Ntry")
        amount = self._amount(element, "Ntry")
        status_at = child(element, "Sts")
        code = text(element, "Sts", "Cd") or text(element, "Sts", "Prtry") or text(element, "Sts")
        if status_at is None or code not in _STATUS:
            raise refusal(
                self.file, line, f"Ntry/Sts is {code or 'missing'!r}",
                f"write one of {', '.join(_STATUS)}",
            )  # fmt: skip
        booked = self._day(child(element, "BookgDt"), line, "BookgDt")
        valued = self._day(child(element, "ValDt"), line, "ValDt")
        if booked is None and valued is None:
            raise refusal(self.file, line, "the entry has no day", "give BookgDt or ValDt")
        batch = child(element, "NtryDtls", "Btch")
        details = self._details(element, amount, now)
        entry = Entry(
            number=number,
            amount=amount,
            status=_STATUS[code],
            booked_on=booked or valued,  # type: ignore[arg-type]  # one of them is there
            valued_on=valued or booked,  # type: ignore[arg-type]
            reference=clean(text(element, "AcctSvcrRef")),
            entry_reference=clean(text(element, "NtryRef")),
            code=_code_of(child(element, "BkTxCd")),
            text=clean(text(element, "AddtlNtryInf")),
            is_reversal=self._flag(element, "RvslInd"),
            batch_count=self._count(batch, now),
            batch_message_id=clean(text(batch, "MsgId")),
            batch_payment_info_id=clean(text(batch, "PmtInfId")),
            charges=self._charges(element, amount.currency),
            details=details,
            line=line,
        )
        self._compare(entry, batch, now)
        now.entries.append(entry)
        if entry.status == "booked":
            now.booked += amount.minor

    def _flag(self, element: Element, name: str) -> bool:
        found = text(element, name)
        if found not in ("", "true", "false", "1", "0"):
            raise refusal(
                self.file, line_of(element), f"{name} is {found[:20]!r}", "write true or false"
            )
        return found in ("true", "1")

    def _count(self, batch: Element | None, now: _Found) -> int | None:
        found = text(batch, "NbOfTxs")
        if not found or batch is None:
            return None
        if not (found.isascii() and found.isdigit() and len(found) <= 15):
            raise refusal(
                self.file, line_of(batch), f"NbOfTxs is {found[:20]!r}", "write a whole number"
            )
        self._check_known(batch, "Btch")
        return int(found)

    def _details(self, entry: Element, amount: Money, now: _Found) -> tuple[Detail, ...]:
        found: list[Detail] = []
        for block in children(entry, "NtryDtls"):
            self._check_known(block, "NtryDtls")
            found += [self._detail(each, amount, now) for each in children(block, "TxDtls")]
        if len(found) == 1 and found[0].amount is None:
            only = found[0]
            found = [_with_amount(only, amount)]
        return tuple(found)

    def _detail(self, element: Element, entry: Money, now: _Found) -> Detail:
        self._check_known(element, "TxDtls")
        refs = child(element, "Refs")
        if refs is not None:
            self._check_known(refs, "Refs")
        line, sign = line_of(element), -1 if entry.is_negative else 1
        own = child(element, "Amt")
        if own is None:
            own = child(element, "AmtDtls", "TxAmt", "Amt")
        amount = None if own is None else self._plain(own, "TxDtls/Amt")
        direction = text(element, "CdtDbtInd")
        if direction and _CREDIT.get(direction) != sign:
            self._note_unknown(element, f"TxDtls/CdtDbtInd {direction[:8]} against its entry's")
        instructed_at = child(element, "AmtDtls", "InstdAmt", "Amt")
        instructed = None
        if instructed_at is not None:
            instructed = self._plain(instructed_at, "InstdAmt")
        parties = child(element, "RltdPties")
        side = "Cdtr" if sign < 0 else "Dbtr"
        back = child(element, "RtrInf")
        end_to_end = clean(text(refs, "EndToEndId"))
        return Detail(
            end_to_end_id="" if end_to_end == "NOTPROVIDED" else end_to_end,
            amount=None if amount is None else amount.times(sign),
            instructed=instructed,
            charges=self._charges(element, entry.currency),
            instruction_id=clean(text(refs, "InstrId")),
            payment_info_id=clean(text(refs, "PmtInfId")),
            message_id=clean(text(refs, "MsgId")),
            bank_reference=clean(text(refs, "AcctSvcrRef") or text(refs, "TxId")),
            party=_party_of(parties, side),
            party_account=_account_of(child(parties, f"{side}Acct"))
            if parties is not None
            else "",
            text=_remittance(child(element, "RmtInf")) or clean(text(element, "AddtlTxInf")),
            return_code=clean(text(back, "Rsn", "Cd") or text(back, "Rsn", "Prtry")),
            return_text=clean(text(back, "AddtlInf")),
            line=line,
        )

    def _charges(self, element: Element, currency: str) -> Money | None:
        block = child(element, "Chrgs")
        if block is None:
            return None
        total = child(block, "TtlChrgsAndTaxAmt")
        if total is not None:
            return self._plain(total, "Chrgs")
        parts = [child(each, "Amt") for each in children(block, "Rcrd")] or [child(block, "Amt")]
        found = [self._plain(each, "Chrgs/Amt") for each in parts if each is not None]
        same = [each for each in found if each.currency == currency]
        return Money(sum(each.minor for each in same), currency) if same else None

    def _compare(self, entry: Entry, batch: Element | None, now: _Found) -> None:
        """Note where a batch and its details contradict each other."""
        if entry.batch_count is not None and entry.details:
            given = len(entry.details)
            if given != entry.batch_count and given > 1:
                now.review.append(
                    Place(
                        self.file, entry.line,
                        f"the batch says {entry.batch_count} payments and names {given}",
                        "compare it with the bank",
                    )
                )  # fmt: skip
        total = None if batch is None else child(batch, "TtlAmt")
        if total is not None and total.get("Ccy") == entry.amount.currency:
            found = self._plain(total, "Btch/TtlAmt")
            if found != abs(entry.amount) and entry.charges is None:
                self._note_unknown(total, "Btch/TtlAmt other than the entry's amount")

    def _check_known(self, element: Element, level: str) -> None:
        known = _KNOWN[level]
        for each in element:
            if isinstance(each.tag, str) and local(each) not in known:
                self._note_unknown(each, f"{level}/{local(each)}")

    def _note_unknown(self, element: Element, what: str) -> None:
        place = self._unknown_place(element, what)
        if self.now is None:
            self.outside.append(place)
            return
        self.now.unknown_count += 1
        if len(self.now.unknown) < UNKNOWN_MAX:
            self.now.unknown.append(place)

    def _unknown_place(self, element: Element, what: str) -> Place:
        return Place(self.file, line_of(element), f"{what[:80]} is not understood", "look at it")

    def _finish(self) -> None:
        """Make the statement that ends here and check what it says of itself."""
        now = self.now
        assert now is not None
        account = now.head.get("account", "")
        if not account:
            raise refusal(
                self.file, now.line, f"{self.container}/Acct/Id is missing",
                "a statement names its account by IBAN or another number",
            )  # fmt: skip
        opening = _first(now.balances, _OPENING)
        closing = _last(now.balances, _CLOSING)
        self._currencies(now)
        self._review(now, opening, closing)
        if self.page_place is not None:
            now.review.append(self.page_place)
        currency = now.head.get("currency", "") or _currency_of(now)
        self.done.append(
            Statement(
                kind=self.kind,
                account=account,
                number=now.head.get("ElctrncSeqNb") or now.head.get("LglSeqNb", ""),
                id=now.head.get("Id", ""),
                currency=currency,
                opening=opening,
                closing=closing,
                entries=tuple(now.entries),
                balances=tuple(now.balances),
                from_on=now.days.get("Fr"),
                to_on=now.days.get("To"),
                owner=now.head.get("owner", ""),
                bank=now.head.get("bank", ""),
                unknown_parts=tuple(now.unknown),
                unknown_count=now.unknown_count,
                review=tuple(now.review),
                line=now.line,
            )
        )
        self.now = None

    def _currencies(self, now: _Found) -> None:
        wanted = now.head.get("currency", "") or _currency_of(now)
        for line, money in [(each.line, each.amount) for each in now.entries]:
            if money.currency != wanted:
                now.review.append(
                    Place(
                        self.file, line, f"an entry in {money.currency} on an account in {wanted}",
                        "an account has one currency; compare it with the bank",
                    )
                )  # fmt: skip
                return

    def _review(self, now: _Found, opening: Balance | None, closing: Balance | None) -> None:
        if self.kind is StatementKind.STATEMENT:
            place = tie_problem(
                opening, closing, now.booked, file=self.file, line=now.line
            )  # fmt: skip
            if place is not None:
                now.review.append(place)
        count, total, line = now.summary
        if count and count.lstrip("0") != str(len(now.entries)).lstrip("0"):
            now.review.append(
                Place(
                    self.file, line, f"the summary counts {count[:20]} entries, the statement "
                    f"has {len(now.entries)}", "the file may be cut; ask the bank",
                )
            )  # fmt: skip
        if total and now.entries:
            currency = now.entries[0].amount.currency
            said = exact(total, currency, file=self.file, line=line, what="TtlNtries/Sum")
            found = sum(abs(each.amount.minor) for each in now.entries)
            if said.minor != found:
                now.review.append(
                    Place(
                        self.file, line, f"the summary says {said}, the entries sum to "
                        f"{Money(found, currency)}", "the file may be cut; ask the bank",
                    )
                )  # fmt: skip


def tie_problem(
    opening: Balance | None, closing: Balance | None, booked_minor: int, *, file: str, line: int
) -> Place | None:
    """Return why opening balance and booked entries don't make the closing balance, or None."""
    if opening is None or closing is None:
        which = "opening" if opening is None else "closing"
        return Place(
            file, line, f"the statement has no {which} balance",
            "it cannot prove itself; a person compares it with the bank",
        )  # fmt: skip
    if opening.amount.currency != closing.amount.currency:
        return Place(
            file, closing.line, f"the account opens in {opening.amount.currency} and closes in "
            f"{closing.amount.currency}", "an account has one currency",
        )  # fmt: skip
    expected = opening.amount.minor + booked_minor
    if expected == closing.amount.minor:
        return None
    currency = closing.amount.currency
    return Place(
        file, closing.line,
        f"the closing balance is {closing.amount}; opening balance and entries make "
        f"{_shown(expected, currency)}",
        f"{_shown(closing.amount.minor - expected, currency)} is missing or too much",
    )  # fmt: skip


def _shown(minor: int, currency: str) -> str:
    return Money(minor, currency).format_plain()


def _first(balances: list[Balance], codes: tuple[str, ...]) -> Balance | None:
    for code in codes:
        for each in balances:
            if each.code == code:
                return each
    return None


def _last(balances: list[Balance], codes: tuple[str, ...]) -> Balance | None:
    return next((each for each in reversed(balances) if each.code in codes), None)


def _currency_of(now: _Found) -> str:
    for each in now.balances:
        return each.amount.currency
    for entry in now.entries:
        return entry.amount.currency
    return ""


def _with_amount(detail: Detail, amount: Money) -> Detail:
    return replace(detail, amount=amount)


def _account_of(element: Element | None) -> str:
    if element is None:
        return ""
    found = text(element, "Id", "IBAN") or text(element, "Id", "Othr", "Id")
    found = found or text(element, "Id", "PrtryAcct", "Id") or text(element, "Id", "BBAN")
    return "".join(clean(found).split())


def _agent_of(element: Element | None) -> str:
    bank = None if element is None else child(element, "FinInstnId")
    return clean(text(bank, "BICFI") or text(bank, "BIC") or text(bank, "Nm"))


def _party_of(parties: Element | None, side: str) -> str:
    if parties is None:
        return ""
    found = text(parties, side, "Pty", "Nm") or text(parties, side, "Nm")
    return clean(found)


def _code_of(element: Element | None) -> str:
    if element is None:
        return ""
    domain = child(element, "Domn")
    iso = [text(domain, "Cd"), text(domain, "Fmly", "Cd"), text(domain, "Fmly", "SubFmlyCd")]
    return clean("/".join(part for part in iso if part) or text(element, "Prtry", "Cd"))


def _remittance(element: Element | None) -> str:
    if element is None:
        return ""
    parts: Iterator[str] = (each.text or "" for each in children(element, "Ustrd"))
    references = [
        text(each, "CdtrRefInf", "Ref") for each in children(element, "Strd")
    ]  # fmt: skip
    return clean(" ".join([*parts, *references]))
