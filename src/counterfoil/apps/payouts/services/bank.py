"""What banks answered, written once: files, statements with their lines, matches, notices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from django.db import IntegrityError, connection, transaction

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.ledger.selectors import list_periods
from counterfoil.apps.ledger.services import post_entry, reverse_entry
from counterfoil.apps.payouts.errors import AlreadyMatched, UnknownStatement, WrongState
from counterfoil.apps.payouts.models import (
    BankFile,
    BankLine,
    BankMatch,
    BankNotice,
    BankSlot,
    BankStatement,
    BankWork,
    OwnAccount,
)
from counterfoil.apps.payouts.selectors.recorded import lines_digest
from counterfoil.core.actors import Actor
from counterfoil.core.bankfiles.statements import (
    Balance,
    Detail,
    Entry,
    Statement,
    StatementKind,
    entry_key,
    likeness,
)
from counterfoil.core.canonical import digest
from counterfoil.core.journal import EntryDraft
from counterfoil.core.reconciling import RULES_VERSION
from counterfoil.foundation.ids import new_id, new_ids

_BATCH = 2_000
_LOCK = 0x62616E6B
PLACES_MAX = 200


@dataclass(frozen=True, slots=True)
class Taken:
    """A statement as it was stored; `is_new` is false when the same one was read before."""

    statement_id: str
    state: str
    is_new: bool
    lines: int
    known_lines: int


def open_day(draft: EntryDraft, at: datetime) -> EntryDraft:
    """This will move an entry of a closed month to the day of `at`, with its month of origin."""
    closed = [each for each in list_periods() if each.closed_at is not None]
    on = draft.effective_on
    if any(each.starts_on <= on <= each.ends_on for each in closed):
        return replace(draft, effective_on=at.date(), origin_period=f"{on:%Y-%m}")
    return draft


def lock_bank() -> None:
    """This will make others wait who read or match bank lines, until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def record_file(
    *, sha256: str, file_name: str, file_format: str, message_id: str, kind: str, by: Actor,
    at: datetime,
) -> tuple[int, bool]:  # fmt: skip
    """This will note a bank's file once; returns its row and whether it is new."""
    row, is_new = BankFile.objects.get_or_create(
        sha256=sha256,
        defaults={
            "public_id": new_id("bnk"),
            "file_name": file_name[:200],
            "format": file_format[:120],
            "message_id": message_id[:200],
            "kind": kind,
            "read_by": by.id,
            "read_at": at,
        },
    )
    if is_new:
        record_event(
            by=by,
            at=at,
            action="bank_file.read",
            object_type="bank_file",
            object_id=row.public_id,
            data={"file": file_name[:200], "sha256": sha256, "format": row.format, "kind": kind},
        )
    return row.pk, is_new


@transaction.atomic
def record_statement(
    *,
    file_pk: int,
    statement: Statement,
    own_account: str,
    fingerprints: Mapping[str, str],
    by: Actor,
    at: datetime,
) -> Taken:
    """This will store a statement and its lines, once.

    It is taken when it proves itself and follows the ones before and after; else it waits for a
    person. `own_account` is the code of our account, "" for one that we don't know;
    `fingerprints` maps account numbers of the other side to their keyed digests.
    """
    lock_bank()
    statement = replace(statement, account=statement.account[:60])
    said = _digest(statement)
    known = BankStatement.objects.filter(account=statement.account, digest=said).first()
    if known is not None:
        return Taken(known.public_id, known.state, is_new=False, lines=0, known_lines=known.count)
    review = [str(place) for place in statement.review]
    ours = OwnAccount.objects.filter(code=own_account).first() if own_account else None
    if ours is None:
        review.append(f"account {statement.account} is none of ours; enter it, or set this aside")
    elif ours.currency != statement.currency:
        review.append(f"the statement is in {statement.currency}, the account in {ours.currency}")
    if statement.kind is StatementKind.STATEMENT:
        review += _breaks(statement)
    review += _ahead(statement, at)
    row = BankStatement.objects.create(
        public_id=new_id("stm"),
        file_id=file_pk,
        own_account=ours,
        kind=statement.kind.value,
        account=statement.account[:60],
        number=statement.number[:60],
        bank_id=statement.id[:200],
        digest=said,
        currency=statement.currency,
        opening_minor=_minor(statement.opening, statement.currency),
        closing_minor=_minor(statement.closing, statement.currency),
        opening_on=_opened_on(statement),
        closing_on=_closed_on(statement),
        count=len(statement.entries),
        review=review[:PLACES_MAX],
        unknown_parts=[str(place) for place in statement.unknown_parts[:PLACES_MAX]],
        unknown_count=statement.unknown_count,
        state="review" if review else "taken",
    )
    lines, known_lines = _store_lines(row, statement, fingerprints)
    record_event(
        by=by,
        at=at,
        action="statement.read",
        object_type="statement",
        object_id=row.public_id,
        data={
            "account": own_account,
            "number": row.number,
            "bank_id": row.bank_id,
            "digest": said,
            "lines": lines,
            "known_lines": known_lines,
            "lines_sha256": lines_digest(row),
            "state": row.state,
            "review": row.review[:20],
        },
    )
    return Taken(row.public_id, row.state, is_new=True, lines=lines, known_lines=known_lines)


def decide_statement(
    *, statement_id: str, take: bool, reason: str, by: Actor, at: datetime
) -> None:
    """This will take a statement that does not prove itself, or set it aside, with a reason.

    Raises UnknownStatement, WrongState for one that waits for nobody or gives no reason.
    """
    row = (
        BankStatement.objects.select_for_update(of=("self",))
        .select_related("own_account")
        .filter(public_id=statement_id)
        .first()
    )
    if row is None:
        raise UnknownStatement(f"There is no bank statement {statement_id}.")
    if row.state != "review":
        raise WrongState(f"This statement is {row.state.replace('_', ' ')} already.")
    if not reason.strip():
        raise WrongState("Say why, for the record.")
    if take and row.own_account_id is None:
        raise WrongState("This account is none of ours, so its lines can't be ours either.")
    ours = row.own_account
    if take and ours is not None and ours.currency != row.currency:
        raise WrongState(
            f"The statement is in {row.currency} and the account in {ours.currency}; "
            "one of them is another account."
        )
    row.state = "taken" if take else "set_aside"
    row.decided_by, row.decided_at, row.decided_reason = by.id, at, reason.strip()
    row.save(update_fields=["state", "decided_by", "decided_at", "decided_reason"])
    record_event(
        by=by,
        at=at,
        action="statement.taken" if take else "statement.set_aside",
        object_type="statement",
        object_id=row.public_id,
        data={"reason": reason.strip(), "review": row.review[:20]},
    )


def expect_counting(line_pk: int) -> BankLine:
    """This will return a line of an accepted statement.

    Raises WrongState for a line of what counts for nothing: a statement that nobody accepted yet
    or that was set aside, or a mere notice.
    """
    line = BankLine.objects.select_related("statement").get(pk=line_pk)
    if line.statement.state != "taken" or line.statement.kind != StatementKind.STATEMENT:
        raise WrongState(
            "Nothing of this file counts: it is a notice, was set aside, or waits for somebody "
            "who accepts it."
        )
    return line


def record_match(
    *,
    line_pk: int,
    kind: str,
    rule: str,
    payments: Sequence[Mapping[str, str]],
    fee_minor: int,
    drafts: Sequence[EntryDraft],
    evidence: Mapping[str, str],
    reason: str,
    by: Actor,
    at: datetime,
) -> str:
    """This will keep what a line was found to be, post its own entries, and end its waiting.

    `payments` names each payment (`id`) and what it became (`act`: settled or returned).
    Raises AlreadyMatched when the line or one of the payments is held by another match,
    WrongState as `expect_counting`.
    """
    line = expect_counting(line_pk)
    try:
        with transaction.atomic():
            posted = [post_entry(draft=draft, by=by, at=at).public_id for draft in drafts]
            row = BankMatch.objects.create(
                public_id=new_id("mat"),
                line=line,
                kind=kind,
                rule=rule,
                rules_version=RULES_VERSION,
                payments=[dict(each) for each in payments],
                fee_minor=fee_minor,
                entries=posted,
                evidence=dict(evidence),
                reason=reason.strip(),
                matched_by=by.id,
                matched_at=at,
            )
            held = [("line", line.public_id), *((each["act"], each["id"]) for each in payments)]
            BankSlot.objects.bulk_create(
                BankSlot(subject_kind=act, subject=subject, match=row) for act, subject in held
            )
    except IntegrityError as error:
        if "nothing_matched_twice" not in str(error):
            raise
        raise AlreadyMatched(
            "This bank line or its payment is matched already; undo that match first."
        ) from error
    BankWork.objects.filter(line=line, closed_at__isnull=True).update(closed_at=at)
    record_event(
        by=by,
        at=at,
        action="bank_line.matched",
        object_type="bank_line",
        object_id=line.public_id,
        data={
            "match": row.public_id,
            "kind": kind,
            "rule": rule,
            "payments": [each["id"] for each in payments],
            "fee_minor": fee_minor,
            "entries": posted,
            "reason": reason.strip(),
        },
    )
    return row.public_id


def record_undo(*, match_id: str, reason: str, by: Actor, at: datetime) -> None:
    """This will undo a match by a row of its own and reverse the entries that it posted itself.

    What the payments became is the caller's to take back first. Raises WrongState.
    """
    row = (
        BankMatch.objects.select_related("line").filter(public_id=match_id).first()
    )  # fmt: skip
    slots = BankSlot.objects.filter(match=row)
    if row is None or not slots.exists():
        raise WrongState("This match is undone already, or there is none.")
    if not reason.strip():
        raise WrongState("Say why, for the record.")
    for entry in row.entries:
        reverse_entry(entry_id=entry, by=by, at=at, reason=reason, effective_on=at.date())
    slots.delete()
    BankMatch.objects.create(
        public_id=new_id("mat"),
        line=row.line,
        kind=row.kind,
        rule="person",
        rules_version=RULES_VERSION,
        payments=row.payments,
        reason=reason.strip(),
        matched_by=by.id,
        matched_at=at,
        undoes=row,
    )
    raise_work(line_pk=row.line_id, reason="unknown", candidates=(), at=at)
    record_event(
        by=by,
        at=at,
        action="bank_line.unmatched",
        object_type="bank_line",
        object_id=row.line.public_id,
        data={"match": row.public_id, "kind": row.kind, "reason": reason.strip()},
    )


def raise_work(
    *, line_pk: int, reason: str, candidates: Sequence[Mapping[str, str]], at: datetime
) -> None:
    """This will put a line on the work list, or say anew why it is there; its age is kept."""
    row, is_new = BankWork.objects.get_or_create(
        line_id=line_pk,
        defaults={
            "reason": reason,
            "candidates": [dict(each) for each in candidates],
            "raised_at": at,
        },
    )
    if is_new:
        return
    if row.closed_at is not None:
        row.raised_at, row.closed_at = at, None
    row.reason, row.candidates = reason, [dict(each) for each in candidates]
    row.save(update_fields=["reason", "candidates", "raised_at", "closed_at"])


def record_notice(
    *,
    file_pk: int,
    sender: str,
    message_id: str,
    status: str,
    about: str,
    state: str,
    outcome: Sequence[str],
    by: Actor,
    at: datetime,
) -> str:
    """This will keep a status report or a return in the inbox, where each counts once.

    Returns "" when it is there already: nothing of it may be done again.
    """
    row, is_new = BankNotice.objects.get_or_create(
        sender=sender[:120],
        message_id=message_id[:200],
        status=status[:20],
        defaults={
            "public_id": new_id("not"),
            "file_id": file_pk,
            "about": about[:60],
            "state": state,
            "outcome": list(outcome)[:PLACES_MAX],
            "received_at": at,
        },
    )
    if not is_new:
        return ""
    record_event(
        by=by,
        at=at,
        action="bank_notice.taken" if state == "applied" else "bank_notice.quarantined",
        object_type="bank_notice",
        object_id=row.public_id,
        data={"about": row.about, "status": row.status, "outcome": row.outcome[:50]},
    )
    return row.public_id


def notice_known(*, sender: str, message_id: str, status: str) -> bool:
    """This will tell whether the inbox has this answer; callers ask under `lock_bank`."""
    return BankNotice.objects.filter(
        sender=sender[:120], message_id=message_id[:200], status=status[:20]
    ).exists()


def _minor(balance: Balance | None, currency: str) -> int | None:
    """Return a balance in the account's currency; one in another is no balance of it."""
    if balance is None or balance.amount.currency != currency:
        return None
    return balance.amount.minor


def _opened_on(statement: Statement) -> date | None:
    days = [entry.booked_on for entry in statement.entries]
    return statement.from_on or (min(days) if days else _on(statement.opening))


def _closed_on(statement: Statement) -> date | None:
    days = [entry.booked_on for entry in statement.entries]
    return _on(statement.closing) or statement.to_on or (max(days) if days else None)


def _on(balance: Balance | None) -> date | None:
    return None if balance is None else balance.on


def _digest(statement: Statement) -> str:
    """Return the digest of all that the statement says; the file it came in counts for nothing."""
    return digest(
        {
            "kind": statement.kind.value,
            "id": statement.id,
            "number": statement.number,
            "balances": [
                [each.code, each.amount.to_json(), each.on.isoformat()]
                for each in statement.balances
            ],
            "review": len(statement.review),
            "entries": [
                [entry_key(statement, entry), entry.status, entry.text,
                 [[each.end_to_end_id, each.text] for each in entry.details]]
                for entry in statement.entries
            ],
        }
    )  # fmt: skip


def _breaks(statement: Statement) -> list[str]:
    """Say where a statement does not fit the ones of its account that are known."""
    found = []
    others = BankStatement.objects.filter(account=statement.account, kind="statement").exclude(
        state="set_aside"
    )
    name = statement.id or statement.number
    if statement.id and others.filter(bank_id=statement.id[:200]).exists():
        found.append(f"statement {name} was read before and said something else")
    closed, opened = _closed_on(statement), _opened_on(statement)
    if closed is None or opened is None:
        return found
    before = others.filter(closing_on__lte=opened).order_by("-closing_on", "-pk").first()
    if before is not None and statement.opening is not None and before.closing_minor is not None:
        if before.closing_on == closed and before.opening_on == opened:
            pass
        elif before.closing_minor != statement.opening.amount.minor:
            found.append(
                f"it opens at {statement.opening.amount}, and statement "
                f"{before.number or before.bank_id} before it closed otherwise; one may be missing"
            )
    after = others.filter(opening_on__gte=closed).order_by("opening_on", "pk").first()
    if (
        after is not None and statement.closing is not None and after.opening_minor is not None
        and after != before and after.opening_minor != statement.closing.amount.minor
    ):  # fmt: skip
        found.append(
            f"it closes at {statement.closing.amount}, and statement "
            f"{after.number or after.bank_id} after it opened otherwise; one may be missing"
        )
    overlap = others.filter(opening_on__lt=closed, closing_on__gt=opened).order_by("pk").first()
    if overlap is not None:
        found.append(f"its days overlap those of statement {overlap.number or overlap.bank_id}")
    return found


def _ahead(statement: Statement, at: datetime) -> list[str]:
    """Say what the bank can't have booked yet; a day more allows for its zone."""
    last = at.astimezone(UTC).date() + timedelta(days=1)
    late = [entry for entry in statement.entries if entry.booked_on > last]
    if late:
        return [f"{len(late)} line(s) are booked in the future, the first on {late[0].booked_on}"]
    closing = _closed_on(statement)
    if closing is not None and closing > last:
        return [f"it closes on {closing}, in the future"]
    return []


def _store_lines(
    row: BankStatement, statement: Statement, fingerprints: Mapping[str, str]
) -> tuple[int, int]:
    """Store the lines; returns how many there are, and how many of them are known already.

    A line's key holds the statement's digest: a right statement that comes after a wrong one that
    was set aside brings its lines anew. Lines that other statements have already are told by their
    likeness, and wait for a person.
    """
    entries = statement.entries
    ids = new_ids("bln", len(entries)) if entries else []
    lines = [
        _line(row, entry, public_id, statement, fingerprints)
        for entry, public_id in zip(entries, ids, strict=True)
    ]
    known = set(
        BankLine.objects.filter(
            likeness__in=[line.likeness for line in lines], statement__kind=row.kind
        )
        .exclude(statement__state="set_aside")
        .values_list("likeness", flat=True)
    )
    BankLine.objects.bulk_create(lines, batch_size=_BATCH)
    parts = []
    for line, entry in zip(lines, entries, strict=True):
        if line.has_parts:
            for place, detail in enumerate(entry.details, start=1):
                parts.append(_part(row, line, entry, detail, place, fingerprints))
    BankLine.objects.bulk_create(parts, batch_size=_BATCH)
    return len(lines), sum(line.likeness in known for line in lines)


def _line(
    row: BankStatement, entry: Entry, public_id: str, statement: Statement,
    fingerprints: Mapping[str, str],
) -> BankLine:  # fmt: skip
    has_parts = _adds_up(entry)
    only = entry.details[0] if len(entry.details) == 1 else Detail()
    batch = entry.batch_message_id or entry.batch_payment_info_id or only.message_id
    if len(entry.details) > 1:
        shared = {each.message_id or each.payment_info_id for each in entry.details}
        batch = batch or (shared.pop() if len(shared) == 1 else "")
    count = entry.batch_count or (len(entry.details) if len(entry.details) > 1 else None)
    return BankLine(
        public_id=public_id,
        statement=row,
        key=digest({"statement": row.digest, "line": entry_key(statement, entry)}),
        likeness=likeness(statement.account, entry),
        has_parts=has_parts,
        number=entry.number,
        file_line=entry.line,
        amount_minor=entry.amount.minor,
        currency=entry.amount.currency,
        instructed_minor=None if only.instructed is None else only.instructed.minor,
        instructed_currency="" if only.instructed is None else only.instructed.currency,
        status=entry.status,
        booked_on=entry.booked_on,
        valued_on=entry.valued_on,
        reference=(entry.reference or only.bank_reference)[:200],
        end_to_end_id=only.end_to_end_id[:200],
        party=only.party[:200],
        party_fingerprint=fingerprints.get(only.party_account, ""),
        code=entry.code[:60],
        text=entry.text or only.text,
        is_reversal=entry.is_reversal,
        return_code=only.return_code[:20],
        return_text=only.return_text,
        batch_message_id=batch[:60],
        batch_count=count if count and count > 1 else None,
    )


def _part(
    row: BankStatement, parent: BankLine, entry: Entry, detail: Detail, place: int,
    fingerprints: Mapping[str, str],
) -> BankLine:  # fmt: skip
    assert detail.amount is not None
    return BankLine(
        public_id=new_id("bln"),
        statement=row,
        parent=parent,
        key=digest({"part": parent.key, "place": place}),
        likeness=digest({"part": parent.likeness, "id": detail.end_to_end_id, "place": place}),
        number=entry.number,
        file_line=detail.line,
        amount_minor=detail.amount.minor,
        currency=detail.amount.currency,
        instructed_minor=None if detail.instructed is None else detail.instructed.minor,
        instructed_currency="" if detail.instructed is None else detail.instructed.currency,
        status=entry.status,
        booked_on=entry.booked_on,
        valued_on=entry.valued_on,
        reference=(detail.bank_reference or entry.reference)[:200],
        end_to_end_id=detail.end_to_end_id[:200],
        party=detail.party[:200],
        party_fingerprint=fingerprints.get(detail.party_account, ""),
        code=entry.code[:60],
        text=detail.text,
        is_reversal=entry.is_reversal,
        return_code=detail.return_code[:20],
        return_text=detail.return_text,
    )


def _adds_up(entry: Entry) -> bool:
    """Whether the entry's details have amounts that sum to it, so that each is a line."""
    if len(entry.details) < 2 or any(each.amount is None for each in entry.details):
        return False
    amounts = [each.amount for each in entry.details if each.amount is not None]
    return (
        all(amount.currency == entry.amount.currency for amount in amounts)
        and all(not amount.is_zero for amount in amounts)
        and sum(amount.minor for amount in amounts) == entry.amount.minor
    )
