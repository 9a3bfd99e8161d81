"""pain.002, what a bank says of a payment file, in any version and namespace.

Source: ISO 20022 CustomerPaymentStatusReport, pain.002.001.02 to .14, and the Swiss variants.
"""

import re
from typing import Final

from counterfoil.core.bankfiles.places import clean, names, refusal
from counterfoil.core.bankfiles.statements import (
    UNKNOWN_MAX,
    PaymentStatus,
    Place,
    StatusReport,
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

ROOT: Final = "CstmrPmtStsRpt"
STATUSES: Final = names(
    "RCVD PDNG ACTC ACCP ACSP ACWC ACWP ACSC ACCC ACFC PART RJCT CANC BLCK PATC"
)
"""ISO 20022 external codes of payment group, information and transaction status."""
_VERSION = re.compile(r"pain\.002\.(\d{3})\.(\d{2})")
_KNOWN: Final = {
    ROOT: frozenset({"GrpHdr", "OrgnlGrpInfAndSts", "OrgnlPmtInfAndSts"}),
    "OrgnlGrpInfAndSts": names(
        "OrgnlMsgId OrgnlMsgNmId OrgnlCreDtTm OrgnlNbOfTxs OrgnlCtrlSum GrpSts "
        "StsRsnInf NbOfTxsPerSts"
    ),
    "OrgnlPmtInfAndSts": names(
        "RvslPmtInfId StsPmtInfId OrgnlPmtInfId OrgnlNbOfTxs OrgnlCtrlSum PmtInfSts "
        "StsRsnInf NbOfTxsPerSts TxInfAndSts"
    ),
    "TxInfAndSts": names(
        "StsId OrgnlInstrId OrgnlEndToEndId OrgnlUETR TxSts StsRsnInf ChrgsInf "
        "TrckrData AccptncDtTm PrcgDt FctvIntrBkSttlmDt AcctSvcrRef ClrSysRef "
        "OrgnlTxRef"
    ),
}


def read_pain002(content: bytes, *, file: str) -> StatusReport:
    """This will read a status report. Raises BankFileRefused."""
    reader = _Reader(file)
    wanted = frozenset({"GrpHdr", "OrgnlGrpInfAndSts", "OrgnlPmtInfAndSts"})
    for element in elements(pieces_of(content), file=file, wanted=wanted, on_start=reader.opened):
        reader.take(element)
    return reader.report()


class _Reader:
    """One reading of one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.format = ""
        self.head: dict[str, str] = {}
        self.group: dict[str, str] = {}
        self.parts: list[PaymentStatus] = []
        self.payments: list[PaymentStatus] = []
        self.unknown: list[Place] = []
        self.unknown_count = 0
        self.has_group = False

    def opened(self, element: Element, depth: int) -> None:
        """Tell the message by its root, whatever namespace the bank gave it."""
        name = local(element)
        if name == ROOT and depth <= 1:
            version = _VERSION.search(namespace(element))
            self.format = version[0] if version else f"pain.002 ({namespace(element)})"
        elif depth == 1 and not self.format:
            raise refusal(
                self.file, line_of(element), f"{name} is no status report",
                f"below Document stands {ROOT}",
            )  # fmt: skip

    def take(self, element: Element) -> None:
        """Take one part of the message."""
        name = local(element)
        if name == "GrpHdr":
            party = child(element, "InitgPty", "Id", "OrgId")
            agents = [child(element, each, "FinInstnId") for each in ("DbtrAgt", "CdtrAgt")]
            found = text(party, "AnyBIC") or text(party, "BICOrBEI") or text(party, "BEI")
            found = found or text(party, "Othr", "Id") or text(element, "InitgPty", "Nm")
            for agent in agents:
                found = found or text(agent, "BICFI") or text(agent, "BIC") or text(agent, "Nm")
            self.head = {
                "sender": clean(found), "message": clean(text(element, "MsgId")),
                "created": clean(text(element, "CreDtTm")),
            }  # fmt: skip
        elif name == "OrgnlGrpInfAndSts":
            self.has_group = True
            self._check_known(element)
            code, words = _reason(element)
            self.group = {
                "id": clean(text(element, "OrgnlMsgId")),
                "name": clean(text(element, "OrgnlMsgNmId")),
                "status": self._status(element, "GrpSts"),
                "code": code, "text": words,
            }  # fmt: skip
        else:
            self._part(element)

    def _part(self, element: Element) -> None:
        self._check_known(element)
        part = clean(text(element, "OrgnlPmtInfId"))
        code, words = _reason(element)
        status = self._status(element, "PmtInfSts")
        self.parts.append(
            PaymentStatus("", status, part, "", code, words, line_of(element))
        )  # fmt: skip
        for each in children(element, "TxInfAndSts"):
            self._check_known(each)
            code, words = _reason(each)
            self.payments.append(
                PaymentStatus(
                    end_to_end_id=clean(text(each, "OrgnlEndToEndId")),
                    status=self._status(each, "TxSts"),
                    payment_info_id=part,
                    instruction_id=clean(text(each, "OrgnlInstrId")),
                    code=code,
                    text=words,
                    line=line_of(each),
                )
            )

    def _status(self, element: Element, name: str) -> str:
        found = text(element, name)
        if found and found not in STATUSES:
            self._note(element, f"{name} {found[:20]}")
        return clean(found)[:10]

    def _check_known(self, element: Element) -> None:
        for each in element:
            if isinstance(each.tag, str) and local(each) not in _KNOWN[local(element)]:
                self._note(each, f"{local(element)}/{local(each)}")

    def _note(self, element: Element, what: str) -> None:
        self.unknown_count += 1
        if len(self.unknown) < UNKNOWN_MAX:
            self.unknown.append(
                Place(self.file, line_of(element), f"{what} is not understood", "look at it")
            )

    def report(self) -> StatusReport:
        """Return what was read. Raises BankFileRefused when it answers no file."""
        if not self.format:
            raise refusal(
                self.file, 1, "this is no pain.002", f"below Document stands {ROOT}"
            )  # fmt: skip
        if not self.head.get("message"):
            raise refusal(self.file, 1, "GrpHdr/MsgId is missing", "a report names itself")
        if not self.group.get("id"):
            raise refusal(
                self.file, 1, "OrgnlGrpInfAndSts/OrgnlMsgId is missing",
                "a report names the message id of the file that it answers",
            )  # fmt: skip
        said = [self.group["status"], *(each.status for each in (*self.parts, *self.payments))]
        if not any(said):
            raise refusal(
                self.file, 1, "the report has no status at all", "ask the bank for a whole one"
            )
        return StatusReport(
            format=self.format,
            sender=self.head["sender"],
            message_id=self.head["message"],
            created=self.head["created"],
            original_message_id=self.group["id"],
            original_message_name=self.group["name"],
            group_status=self.group["status"],
            group_code=self.group["code"],
            group_text=self.group["text"],
            parts=tuple(self.parts),
            payments=tuple(self.payments),
            unknown_parts=tuple(self.unknown),
            unknown_count=self.unknown_count,
        )


def _reason(element: Element) -> tuple[str, str]:
    """Return the first reason code and all words beside it."""
    blocks = children(element, "StsRsnInf")
    codes = [text(each, "Rsn", "Cd") or text(each, "Rsn", "Prtry") for each in blocks]
    words = [each.text or "" for block in blocks for each in children(block, "AddtlInf")]
    return clean(next((code for code in codes if code), "")), clean("; ".join(words))
