"""The writer of pain.001 (ISO 20022 customer credit transfer initiation), versions .03 and .09.

Canonical by construction: elements in the order of the schema, no white space of taste, no clock
and no generated id, so that equal rows give equal bytes. Its reader stands in `pain001_reader` and
shares no code with it; the schema itself is checked by `schema`.
"""

from counterfoil.core.bankaccounts import Account
from counterfoil.core.bankfiles.latin import to_id, to_latin
from counterfoil.core.bankfiles.orders import (
    NAME_MAX,
    TEXT_MAX,
    BadOrder,
    Transfer,
    TransferFile,
    check_ids,
    plain_amount,
)

VERSIONS = ("pain.001.001.03", "pain.001.001.09")


def write_pain001(file: TransferFile, *, version: str) -> bytes:
    """Return the file's bytes. Raises BadOrder naming payment and field.

    SEPA needs euros, IBANs of the zone and shared charges by the scheme (SLEV); any other file
    goes without a service level, charges shared (SHAR).
    """
    if version not in VERSIONS:
        raise BadOrder("", "format", f"{version!r} is none of {', '.join(VERSIONS)}")
    check_ids(file)
    _check_scheme(file)
    currency = file.total.currency
    count, total = str(len(file.transfers)), plain_amount(file.total.minor, currency)
    name = to_latin(file.debtor.name, field="our name", length=NAME_MAX)
    message = to_id(file.message_id, field="message id")
    day = file.execute_on.isoformat()
    is_new = version.endswith(".09")
    head = _tag(
        "GrpHdr",
        _text("MsgId", message),
        _text("CreDtTm", file.created_at.strftime("%Y-%m-%dT%H:%M:%S")),
        _text("NbOfTxs", count),
        _text("CtrlSum", total),
        _tag("InitgPty", _text("Nm", name)),
    )
    level = _tag("PmtTpInf", _tag("SvcLvl", _text("Cd", "SEPA"))) if file.is_sepa else ""
    body = _tag(
        "PmtInf",
        _text("PmtInfId", message),
        _text("PmtMtd", "TRF"),
        _text("BtchBookg", "true"),
        _text("NbOfTxs", count),
        _text("CtrlSum", total),
        level,
        _tag("ReqdExctnDt", _text("Dt", day)) if is_new else _text("ReqdExctnDt", day),
        _tag("Dbtr", _text("Nm", name)),
        _tag("DbtrAcct", _tag("Id", _account(file.debtor.account)), _text("Ccy", currency)),
        _tag("DbtrAgt", _agent(file.debtor.account, is_new=is_new, is_needed=True)),
        _text("ChrgBr", "SLEV" if file.is_sepa else "SHAR"),
        *(_transfer(each, is_new=is_new) for each in file.transfers),
    )
    document = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{version}">'
        f"{_tag('CstmrCdtTrfInitn', head, body)}</Document>\n"
    )
    return document.encode("ascii")


def _check_scheme(file: TransferFile) -> None:
    if not file.is_sepa:
        return
    if not file.debtor.account.is_sepa:
        raise BadOrder("", "our account", "is outside SEPA")
    for each in file.transfers:
        if each.amount.currency != "EUR":
            raise BadOrder(each.end_to_end_id, "currency", "SEPA pays in EUR only")
        if not each.account.is_sepa:
            raise BadOrder(each.end_to_end_id, "account", "is outside SEPA")


def _transfer(each: Transfer, *, is_new: bool) -> str:
    known = each.end_to_end_id
    name = to_latin(each.name, field="payee's name", length=NAME_MAX, payment=known)
    text = to_latin(each.remittance, field="remittance", length=TEXT_MAX, payment=known)
    amount = plain_amount(each.amount.minor, each.amount.currency)
    agent = _agent(each.account, is_new=is_new, is_needed=False)
    ids = _text("EndToEndId", to_id(known, field="end-to-end id", payment=known))
    return _tag(
        "CdtTrfTxInf",
        _tag("PmtId", ids),
        _tag("Amt", f'<InstdAmt Ccy="{each.amount.currency}">{amount}</InstdAmt>'),
        _tag("CdtrAgt", agent) if agent else "",
        _tag("Cdtr", _text("Nm", name)),
        _tag("CdtrAcct", _tag("Id", _account(each.account))),
        _tag("RmtInf", _text("Ustrd", text)),
    )


def _account(account: Account) -> str:
    if account.kind == "iban":
        return _text("IBAN", account.number)
    return _tag("Othr", _text("Id", account.number))


def _agent(account: Account, *, is_new: bool, is_needed: bool) -> str:
    """The bank of an account: by BIC, by routing number, or not given."""
    if account.bic:
        return _tag("FinInstnId", _text("BICFI" if is_new else "BIC", account.bic))
    if account.routing:
        system = _tag("ClrSysId", _text("Cd", "USABA"))
        return _tag("FinInstnId", _tag("ClrSysMmbId", system, _text("MmbId", account.routing)))
    if not is_needed:
        return ""
    return _tag("FinInstnId", _tag("Othr", _text("Id", "NOTPROVIDED")))


def _tag(name: str, *parts: str) -> str:
    return f"<{name}>{''.join(parts)}</{name}>"


def _text(name: str, text: str) -> str:
    # Every text passed `to_latin` or `to_id`, or is ours: none holds a mark that XML reserves,
    # but the apostrophe, which is plain text in an element.
    assert not set(text) & set("<>&")
    return f"<{name}>{text}</{name}>"
