"""An independent reader of pain.001: it shares no code with the writer and adds up again.

What it returns is what a bank would read. Any version of the message is read by its own
namespace; amounts by the currency's exponent, never rounded.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from counterfoil.core.bankfiles.said import BadPaymentFile, SaidFile, SaidPayment
from counterfoil.core.currencies import EXPONENTS


def read_pain001(content: bytes) -> SaidFile:
    """Return what the bytes say. Raises BadPaymentFile when they don't add up or can't be read."""
    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise BadPaymentFile(f"The file is no XML that can be read: {error}") from None
    initiation = _only(root, "CstmrCdtTrfInitn")
    header = _only(initiation, "GrpHdr")
    info = _only(initiation, "PmtInf")
    payments = tuple(_payment(node) for node in _children(info, "CdtTrfTxInf"))
    if not payments:
        raise BadPaymentFile("The file holds no payment.")
    currencies = {payment.currency for payment in payments}
    if len(currencies) > 1:
        raise BadPaymentFile(f"The file has several currencies: {', '.join(sorted(currencies))}.")
    ids = [payment.end_to_end_id for payment in payments]
    if len(set(ids)) < len(ids):
        raise BadPaymentFile("An end-to-end id stands twice in the file.")
    total = sum(payment.minor for payment in payments)
    for place, node in (("group header", header), ("payment information", info)):
        _compare(place, node, len(payments), total, payments[0].currency)
    day = _only(info, "ReqdExctnDt")
    inner = list(_children(day, "Dt"))
    return SaidFile(
        message_id=_said(header, "MsgId"),
        execute_on=_day((inner[0] if inner else day).text or ""),
        debtor_account=_account(_only(info, "DbtrAcct"), info, "DbtrAgt"),
        payments=payments,
    )


def _compare(place: str, node: Element, count: int, total: int, currency: str) -> None:
    stated = _said(node, "NbOfTxs")
    if stated != str(count):
        raise BadPaymentFile(f"The {place} states {stated} payments; there are {count}.")
    summed = _minor(_said(node, "CtrlSum"), currency)
    if summed != total:
        raise BadPaymentFile(f"The {place} states a sum of {summed}; the payments give {total}.")


def _payment(node: Element) -> SaidPayment:
    amount = _only(_only(node, "Amt"), "InstdAmt")
    currency = amount.get("Ccy", "")
    remittance = "".join(
        child.text or ""
        for info in _children(node, "RmtInf")
        for child in _children(info, "Ustrd")
    )
    return SaidPayment(
        end_to_end_id=_said(_only(node, "PmtId"), "EndToEndId"),
        name=_said(_only(node, "Cdtr"), "Nm"),
        account=_account(_only(node, "CdtrAcct"), node, "CdtrAgt"),
        minor=_minor(amount.text or "", currency),
        currency=currency,
        remittance=remittance,
    )


def _account(node: Element, around: Element, agent_name: str) -> str:
    """Return the IBAN, or the bank's routing number and the account number."""
    identity = _only(node, "Id")
    for child in _children(identity, "IBAN"):
        return child.text or ""
    number = _said(_only(identity, "Othr"), "Id")
    members = [
        found.text or ""
        for agent in _children(around, agent_name)
        for found in agent.iter()
        if _name(found) == "MmbId"
    ]
    return f"{members[0] if members else ''}:{number}"


def _minor(text: str, currency: str) -> int:
    """Return an amount in minor units. Raises BadPaymentFile for more decimals than there are."""
    if currency not in EXPONENTS:
        raise BadPaymentFile(f"{currency!r} is no currency.")
    try:
        scaled = Decimal(text).scaleb(EXPONENTS[currency])
    except InvalidOperation:
        raise BadPaymentFile(f"{text!r} is no amount.") from None
    if not scaled.is_finite() or scaled != scaled.to_integral_value() or scaled <= 0:
        raise BadPaymentFile(f"{text!r} is no amount in {currency}.")
    return int(scaled)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadPaymentFile(f"{text!r} is no day.") from None


def _name(node: Element) -> str:
    return str(node.tag).rpartition("}")[2]


def _children(node: Element, name: str) -> Iterator[Element]:
    return (child for child in node if _name(child) == name)


def _only(node: Element, name: str) -> Element:
    found = list(_children(node, name))
    if len(found) != 1:
        raise BadPaymentFile(f"{_name(node)} has {len(found)} {name}, one is needed.")
    return found[0]


def _said(node: Element, name: str) -> str:
    text = (_only(node, name).text or "").strip()
    if not text:
        raise BadPaymentFile(f"{_name(node)} has an empty {name}.")
    return text
