"""How the simulated bank reads a payment file: pain.001 and NACHA credits, its own way."""

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from defusedxml import ElementTree

_NACHA_CREDITS = {"22", "32"}


class NotUnderstood(ValueError):
    """The bank can't read this file."""


@dataclass(frozen=True, slots=True)
class Order:
    """One payment as the bank was asked for it; `cents` are minor units."""

    end_to_end: str
    cents: int
    currency: str
    payee: str
    account: str
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A whole payment file as the bank read it."""

    message: str
    format: str
    debtor: str
    orders: tuple[Order, ...]

    @property
    def cents(self) -> int:
        """What all orders come to."""
        return sum(order.cents for order in self.orders)


def read_orders(content: bytes) -> Sent:
    """This will read a pain.001 or a NACHA file. Raises NotUnderstood."""
    if content[:3] == b"101":
        return _nacha(content.decode("ascii", "replace").splitlines())
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        raise NotUnderstood("this is no XML") from error
    return _pain(root)


def _pain(root: Element) -> Sent:
    for element in root.iter():
        element.tag = element.tag.split("}")[-1]
    initiation = root.find("CstmrCdtTrfInitn")
    if initiation is None:
        raise NotUnderstood("this is no pain.001")
    orders = []
    for transfer in initiation.iter("CdtTrfTxInf"):
        amount = transfer.find("Amt/InstdAmt")
        if amount is None:
            raise NotUnderstood("an order without an amount")
        orders.append(
            Order(
                end_to_end=transfer.findtext("PmtId/EndToEndId", ""),
                cents=_cents(amount.text or "", amount.get("Ccy", "")),
                currency=amount.get("Ccy", ""),
                payee=transfer.findtext("Cdtr/Nm", ""),
                account=transfer.findtext("CdtrAcct/Id/IBAN", "")
                or transfer.findtext("CdtrAcct/Id/Othr/Id", ""),
            )
        )
    debtor = initiation.findtext("PmtInf/DbtrAcct/Id/IBAN", "")
    debtor = debtor or initiation.findtext("PmtInf/DbtrAcct/Id/Othr/Id", "")
    sent = Sent(initiation.findtext("GrpHdr/MsgId", ""), "pain.001", debtor, tuple(orders))
    if str(len(orders)) != initiation.findtext("GrpHdr/NbOfTxs", ""):
        raise NotUnderstood("the file counts other orders than it has")
    return sent


def _nacha(rows: list[str]) -> Sent:
    orders, reference = [], ""
    for row in rows:
        if row[:1] == "1" and not reference:
            reference = row[86:94].strip()
        if row[:1] == "6" and row[1:3] in _NACHA_CREDITS:
            orders.append(
                Order(
                    end_to_end=row[39:54].strip(),
                    cents=int(row[29:39]),
                    currency="USD",
                    payee=row[54:76].strip(),
                    account=row[12:29].strip(),
                    trace=row[79:94].strip(),
                )
            )
    if not orders:
        raise NotUnderstood("the file pays nobody")
    return Sent(reference, "nacha", "", tuple(orders))


def _cents(text: str, currency: str) -> int:
    match = re.fullmatch(r"(\d+)(?:\.(\d+))?", text)
    places = {"JPY": 0, "KWD": 3}.get(currency, 2)
    if match is None or len(match[2] or "") > places:
        raise NotUnderstood(f"the amount {text} {currency}")
    return int(match[1] + (match[2] or "").ljust(places, "0"))
