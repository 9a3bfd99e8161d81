"""An independent reader of NACHA files: record by record, everything that they state added up.

It shares no code with the writer. What does not add up is refused with its line.
"""

from datetime import date

from counterfoil.core.bankfiles.said import BadPaymentFile, SaidFile, SaidPayment


def read_nacha(content: bytes) -> SaidFile:
    """Return what the bytes say. Raises BadPaymentFile with the line."""
    try:
        lines = content.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise BadPaymentFile(f"Byte {error.start} is no ASCII.") from None
    if lines[-1:] != [""]:
        raise BadPaymentFile("The file ends within a record.")
    lines.pop()
    for number, line in enumerate(lines, start=1):
        if len(line) != 94:
            raise BadPaymentFile(f"Line {number} has {len(line)} characters, not 94.")
    if len(lines) % 10 or len(lines) < 4:
        raise BadPaymentFile("The file is not made of whole blocks of ten records.")
    order = "".join(line[0] for line in lines)
    body = order[2 : order.index("8")] if "8" in order else ""
    pairs = len(body) // 2
    if order.rstrip("9") != "15" + "67" * pairs + "8" or not pairs:
        raise BadPaymentFile(f"The records stand in no order of a CCD file: {order[:20]}…")
    end = len(order.rstrip("9"))
    if any(line != "9" * 94 for line in lines[end + 1 :]):
        raise BadPaymentFile("Something stands after the file's last record.")
    header, batch, control, last = lines[0], lines[1], lines[end - 1], lines[end]
    payments = tuple(
        _payment(lines[2 + 2 * pair], lines[3 + 2 * pair], 3 + 2 * pair) for pair in range(pairs)
    )
    _check(payments, batch, control, last, len(lines), end)
    return SaidFile(
        message_id=batch[20:40].strip(),
        execute_on=_day(batch[69:75]),
        debtor_account=header[4:13],
        payments=payments,
    )


def _payment(entry: str, addenda: str, line: int) -> SaidPayment:
    routing = entry[3:12]
    if not (routing.isdigit() and _digit_fits(routing)):
        raise BadPaymentFile(f"Line {line}: {routing} is no routing number.")
    if entry[1:3] != "22" or entry[78] != "1":
        raise BadPaymentFile(f"Line {line}: not a credit with one addenda record.")
    if addenda[1:3] != "05" or addenda[83:87] != "0001" or addenda[87:] != entry[87:]:
        raise BadPaymentFile(f"Line {line + 1}: the addenda record is of another entry.")
    info = addenda[3:83].rstrip()
    pieces = info.rstrip("\\").split("*")
    known, _, text = (pieces[2] if len(pieces) > 2 else "").partition(" ")
    return SaidPayment(
        end_to_end_id=known,
        name=entry[54:76].rstrip(),
        account=f"{routing}:{entry[12:29].rstrip()}",
        minor=_number(entry[29:39], line),
        currency="USD",
        remittance=text,
        trace_number=entry[79:],
    )


def _check(
    payments: tuple[SaidPayment, ...], batch: str, control: str, last: str, lines: int, end: int
) -> None:
    """Compare everything stated with everything found. Raises BadPaymentFile."""
    total = sum(payment.minor for payment in payments)
    hashed = sum(int(payment.account[:8]) for payment in payments) % 10_000_000_000
    traces = [payment.trace_number for payment in payments]
    if sorted(set(traces)) != traces:
        raise BadPaymentFile("The trace numbers don't rise, or one stands twice.")
    if len({payment.end_to_end_id for payment in payments}) < len(payments):
        raise BadPaymentFile("An end-to-end id stands twice in the file.")
    if any(trace[:8] != batch[79:87] for trace in traces) or control[79:87] != batch[79:87]:
        raise BadPaymentFile("A record names another originating bank.")
    for place, line, stated, found in (
        ("batch count", end, control[4:10], 2 * len(payments)),
        ("batch hash", end, control[10:20], hashed),
        ("batch debits", end, control[20:32], 0),
        ("batch credits", end, control[32:44], total),
        ("number of batches", end + 1, last[1:7], 1),
        ("number of blocks", end + 1, last[7:13], lines // 10),
        ("file count", end + 1, last[13:21], 2 * len(payments)),
        ("file hash", end + 1, last[21:31], hashed),
        ("file debits", end + 1, last[31:43], 0),
        ("file credits", end + 1, last[43:55], total),
    ):
        if _number(stated, line) != found:
            raise BadPaymentFile(f"Line {line}: the {place} is {stated}; the file gives {found}.")


def _number(text: str, line: int) -> int:
    if not (text.isascii() and text.isdigit()):
        raise BadPaymentFile(f"Line {line}: {text!r} is no number.")
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(f"20{text[:2]}-{text[2:4]}-{text[4:]}")
    except ValueError:
        raise BadPaymentFile(f"{text!r} is no day.") from None


def _digit_fits(routing: str) -> bool:
    first, second, third = (sum(map(int, routing[place::3])) for place in range(3))
    return (3 * first + 7 * second + third) % 10 == 0
