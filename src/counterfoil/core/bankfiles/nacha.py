"""The writer of NACHA files: one batch of CCD credits, each with one addenda record.

Records, fields and their order are those of the Nacha Operating Rules, appendix three ("ACH record
format specifications"): 94 characters a record, ten records a block, filled up with nines. Trace
numbers rise and are unique in the file, and over a thousand files in a row, because a return names
its payment by the trace number alone. Its reader stands in `nacha_reader` and shares no code.
"""

from datetime import date

from counterfoil.core.bankfiles.latin import to_id, to_latin
from counterfoil.core.bankfiles.orders import (
    BadOrder,
    Transfer,
    TransferFile,
    check_ids,
    plain_amount,
)

WIDTH = 94
BLOCK = 10
PAYMENTS_MAX = 9_999
_CENTS_MAX = 10**10
_CHECKING_CREDIT = "22"
_CREDITS_ONLY = "220"
_MODIFIERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
DESCRIPTION = "VENDOR PAY"
"""The company entry description; Nacha's standard words PAYROLL and PURCHASE are others' use."""


def write_nacha(file: TransferFile) -> bytes:
    """Return the file's bytes. Raises BadOrder naming payment and field."""
    check_ids(file)
    if len(file.transfers) > PAYMENTS_MAX:
        raise BadOrder("", "payments", f"a NACHA file of ours has at most {PAYMENTS_MAX}")
    if file.total.currency != "USD":
        raise BadOrder("", "currency", "NACHA pays in USD only")
    odfi, debtor = file.debtor.account.routing, file.debtor
    company = _exactly(debtor.company_id, 10, "company id")
    name = to_latin(debtor.name, field="our name", length=70).upper()
    bank = to_latin(debtor.bank_name, field="our bank's name", length=70).upper()
    moment = file.created_at
    records = [
        f"101 {odfi}{company}{_day(moment.date())}{moment:%H%M}"
        f"{_MODIFIERS[file.number % len(_MODIFIERS)]}094101{bank[:23]:<23}{name[:23]:<23}"
        f"{file.message_id[-8:]:<8}",
        f"5{_CREDITS_ONLY}{name[:16]:<16}{file.message_id[-20:]:<20}{company}CCD"
        f"{DESCRIPTION:<10}{_day(moment.date())}{_day(file.execute_on)}   1{odfi[:8]}{1:07d}",
    ]
    for place, transfer in enumerate(file.transfers, start=1):
        records += _entry(transfer, odfi, trace_number(odfi, file.number, place))
    count = 2 * len(file.transfers)
    hashed = sum(int(each.account.routing[:8]) for each in file.transfers) % 10**10
    if file.total.minor >= 10**12:
        raise BadOrder("", "total", f"{file.total} does not fit the file")
    records.append(_batch_control(count, hashed, file.total.minor, company, odfi))
    blocks = -(-(len(records) + 1) // BLOCK)
    records.append(
        f"9{1:06d}{blocks:06d}{count:08d}{hashed:010d}{0:012d}{file.total.minor:012d}{'':39}"
    )
    records += ["9" * WIDTH] * (blocks * BLOCK - len(records))
    assert all(len(record) == WIDTH for record in records)
    return ("\n".join(records) + "\n").encode("ascii")


def trace_number(odfi: str, number: int, place: int) -> str:
    """Return the trace number of the payment at `place` (from 1) in the batch `number`."""
    return f"{odfi[:8]}{number % 1000:03d}{place:04d}"


def entry_id(end_to_end_id: str) -> str:
    """Return what an entry's id field (15 characters) holds: number, place and attempt."""
    return "-".join(end_to_end_id.split("-")[-3:])[-15:]


def _batch_control(count: int, hashed: int, minor: int, company: str, odfi: str) -> str:
    sums = f"{count:06d}{hashed:010d}{0:012d}{minor:012d}"
    return f"8{_CREDITS_ONLY}{sums}{company}{'':25}{odfi[:8]}{1:07d}"


def _entry(each: Transfer, odfi: str, trace: str) -> list[str]:
    """The entry record of a payment and its addenda record (ASC X12 RMR segment)."""
    known = each.end_to_end_id
    if each.account.kind != "us":
        raise BadOrder(known, "account", "NACHA pays accounts with a routing number only")
    if each.amount.minor >= _CENTS_MAX:
        raise BadOrder(known, "amount", f"{each.amount} does not fit a NACHA entry")
    name = to_latin(each.name, field="payee's name", length=70, payment=known).upper()
    to_id(known, field="end-to-end id", payment=known)
    text = to_latin(each.remittance, field="remittance", length=140, payment=known)
    amount = plain_amount(each.amount.minor, each.amount.currency)
    room = 80 - len(f"RMR*IV*{known} ***{amount}\\") + 1
    info = f"RMR*IV*{known} {text[:room].rstrip()}**{amount}\\"
    routing = each.account.routing
    return [
        f"6{_CHECKING_CREDIT}{routing}{each.account.number:<17}{each.amount.minor:010d}"
        f"{entry_id(known):<15}{name[:22]:<22}  1{trace}",
        f"705{info:<80}0001{trace[-7:]}",
    ]


def _day(on: date) -> str:
    return on.strftime("%y%m%d")


def _exactly(text: str, length: int, field: str) -> str:
    if len(text) != length or not text.isascii() or not text.isprintable():
        raise BadOrder("", field, f"{text!r} has not {length} characters")
    return text
