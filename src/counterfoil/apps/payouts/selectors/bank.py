"""Reads of what banks answered: statements, lines, the work list, what is in transit."""

from collections.abc import Iterable, Mapping
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Right

from counterfoil.apps.payouts.errors import UnknownBankLine, UnknownStatement
from counterfoil.apps.payouts.models import (
    BankLine,
    BankMatch,
    BankNotice,
    BankSlot,
    BankStatement,
    BankWork,
    OwnAccount,
    Payment,
)
from counterfoil.apps.payouts.types import (
    BankLineInfo,
    CandidateInfo,
    MatchInfo,
    NoticeInfo,
    StatementInfo,
    TransitRow,
    WorkItem,
)
from counterfoil.core.bankfiles.nacha import entry_id
from counterfoil.core.calendars import Calendar, add_business_days
from counterfoil.core.money import Money
from counterfoil.core.reconciling import Claim, Line, Rules

OPEN = ("released", "accepted")
ANSWERED = ("settled", "rejected", "returned")
NACHA_ID = 15
LINES_MAX = 1_000_000


def list_statements(
    *, state: str | None = None, account: str | None = None, before: int | None = None,
    limit: int = 50,
) -> tuple[StatementInfo, ...]:  # fmt: skip
    """This will list statements, the newest first; `before` is the last one's `id`."""
    rows = _statements()
    if state:
        rows = rows.filter(state=state)
    if account:
        rows = rows.filter(own_account__code=account)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return tuple(_statement(row) for row in rows.order_by("-pk")[: max(1, min(limit, 500))])


def get_statement(statement_id: str) -> StatementInfo:
    """This will read a statement. Raises UnknownStatement."""
    row = _statements().filter(public_id=statement_id).first()
    if row is None:
        raise UnknownStatement(f"There is no bank statement {statement_id}.")
    return _statement(row)


def lines_of_statement(
    statement_id: str, *, after: int = 0, limit: int = 200
) -> tuple[BankLineInfo, ...]:
    """This will list a statement's lines with their matches, parts behind their batch."""
    rows = _lines().filter(statement__public_id=statement_id, pk__gt=after)
    return _line_infos(rows.order_by("pk")[: max(1, min(limit, 1_000))])


def get_line(line_id: str) -> BankLineInfo:
    """This will read a bank line with its live match. Raises UnknownBankLine."""
    found = _line_infos(_lines().filter(public_id=line_id))
    if not found:
        raise UnknownBankLine(f"There is no bank line {line_id}.")
    return found[0]


def matches_of_line(line_id: str) -> tuple[MatchInfo, ...]:
    """This will tell what a line was found to be, one after the other, undone ones too."""
    rows = BankMatch.objects.filter(line__public_id=line_id, undoes__isnull=True)
    undone = set(
        BankMatch.objects.filter(line__public_id=line_id, undoes__isnull=False).values_list(
            "undoes_id", flat=True
        )
    )
    return tuple(
        _match(row, is_undone=row.pk in undone)
        for row in rows.select_related("line").order_by("pk")
    )


def work_list(*, account: str | None = None, limit: int = 200) -> tuple[WorkItem, ...]:
    """This will list lines that wait for a person, the oldest first."""
    rows = BankWork.objects.filter(closed_at__isnull=True)
    if account:
        rows = rows.filter(line__statement__own_account__code=account)
    found = list(rows.order_by("raised_at", "pk")[: max(1, min(limit, 1_000))])
    lines = {
        info.id: info
        for info in _line_infos(_lines().filter(pk__in=[row.line_id for row in found]))
    }
    named = {each["id"] for row in found for each in row.candidates}
    payments = {
        row.end_to_end_id: row
        for row in Payment.objects.filter(end_to_end_id__in=named).select_related("payee", "batch")
    }
    return tuple(
        WorkItem(
            line=lines[row.line_id],
            reason=row.reason,
            raised_at=row.raised_at,
            candidates=tuple(
                _candidate(each["id"], each["why"], payments.get(each["id"]))
                for each in row.candidates
            ),
        )
        for row in found
    )


def work_of_line(line_id: str) -> WorkItem | None:
    """This will find the open work item of a line."""
    row = BankWork.objects.filter(line__public_id=line_id, closed_at__isnull=True).first()
    if row is None:
        return None
    payments = {
        each.end_to_end_id: each
        for each in Payment.objects.filter(
            end_to_end_id__in=[each["id"] for each in row.candidates]
        ).select_related("payee", "batch")
    }
    return WorkItem(
        line=get_line(line_id),
        reason=row.reason,
        raised_at=row.raised_at,
        candidates=tuple(
            _candidate(each["id"], each["why"], payments.get(each["id"]))
            for each in row.candidates
        ),
    )


def count_of_work() -> int:
    """This will count lines that wait for a person."""
    return BankWork.objects.filter(closed_at__isnull=True).count()


def list_notices(*, state: str | None = None, limit: int = 100) -> tuple[NoticeInfo, ...]:
    """This will list status reports and returns as they were taken, the newest first."""
    rows = BankNotice.objects.all()
    if state:
        rows = rows.filter(state=state)
    return tuple(
        NoticeInfo(
            public_id=row.public_id, sender=row.sender, message_id=row.message_id,
            status=row.status, about=row.about, state=row.state, outcome=tuple(row.outcome),
            received_at=row.received_at,
        )
        for row in rows.order_by("-pk")[: max(1, min(limit, 500))]
    )  # fmt: skip


def in_transit(*, on: date, limit: int = 1_000) -> tuple[TransitRow, ...]:
    """This will list payments that left and were not debited yet, the oldest first."""
    rows = (
        Payment.objects.filter(state__in=OPEN, amount_minor__gt=0)
        .select_related("batch__own_account", "payee")
        .order_by("batch__released_at", "pk")
    )
    found = []
    for row in rows[: max(1, min(limit, 10_000))]:
        left_at = row.batch.dispatched_at or row.batch.released_at
        since = left_at.date() if left_at else row.batch.execute_on
        found.append(
            TransitRow(
                end_to_end_id=row.end_to_end_id,
                message_id=row.batch.message_id,
                batch_id=row.batch.public_id,
                own_account=row.batch.own_account.code,
                payee=row.payee.legal_name,
                amount=Money(row.amount_minor, row.currency),
                state=row.state,
                since=since,
                age_days=max((on - since).days, 0),
            )
        )
    return tuple(found)


def lines_to_match(*, limit: int = LINES_MAX) -> tuple[tuple[Line, ...], frozenset[int]]:
    """This will list booked lines of taken statements that nothing holds, for the passes.

    The second answer names those of them that look like a line of another statement.
    """
    held = BankSlot.objects.filter(subject_kind="line", subject=OuterRef("public_id"))
    twin = (
        BankLine.objects.filter(
            likeness=OuterRef("likeness"), statement__kind="statement",
            statement__account=OuterRef("statement__account"), pk__lt=OuterRef("pk"),
        )
        .exclude(statement_id=OuterRef("statement_id"))
        .exclude(statement__state="set_aside")
    )  # fmt: skip
    rows = (
        BankLine.objects.filter(
            statement__state="taken", statement__kind="statement",
            statement__own_account__isnull=False, has_parts=False, status="booked",
        )
        .exclude(amount_minor=0)
        .filter(~Exists(held))
        .annotate(is_twin=Exists(twin))
        .order_by("pk")[:limit]
    )  # fmt: skip
    found = list(rows)
    ours = _full_references({row.end_to_end_id for row in found if row.end_to_end_id})
    lines, twins = [], set()
    for row in found:
        lines.append(
            Line(
                id=row.pk,
                reference=ours.get(row.end_to_end_id, row.end_to_end_id),
                batch=row.batch_message_id if row.parent_id is None else "",
                batch_count=row.batch_count,
                minor=abs(row.amount_minor),
                currency=row.currency,
                party=row.party_fingerprint,
                booked_on=row.booked_on,
                is_in=row.amount_minor > 0,
                return_code=row.return_code,
                instructed_minor=row.instructed_minor,
                instructed_currency=row.instructed_currency,
            )
        )
        if row.is_twin:
            twins.add(row.pk)
    return tuple(lines), frozenset(twins)


def _full_references(told: set[str]) -> dict[str, str]:
    """Return our end-to-end ids for what a NACHA bank tells of them: trace number or entry id.

    A NACHA entry has room for 15 characters; one that two payments share names neither.
    """
    found: dict[str, set[str]] = {}
    for length in sorted({len(each) for each in told if len(each) <= NACHA_ID}):
        short = {each for each in told if len(each) == length}
        rows = Payment.objects.filter(batch__format="nacha").annotate(
            tail=Right("end_to_end_id", length)
        )
        rows = rows.filter(Q(tail__in=short) | Q(trace_number__in=short))
        for name, trace in rows.values_list("end_to_end_id", "trace_number"):
            for each in {entry_id(name), trace} & short:
                found.setdefault(each, set()).add(name)
    return {each: names.pop() for each, names in found.items() if len(names) == 1}


def claims_for(
    lines: Iterable[Line], *, calendars: Mapping[str, Calendar], rules: Rules
) -> tuple[Claim, ...]:
    """This will list open payments, and answered ones that a line names, for the passes.

    `calendars` holds the bank's holidays by code.
    """
    named = {line.reference for line in lines if line.reference}
    rows = Payment.objects.filter(
        Q(state__in=OPEN) | Q(state__in=ANSWERED, end_to_end_id__in=named)
    ).filter(amount_minor__gt=0)
    last: dict[tuple[str, date], date] = {}
    found = []
    for row in rows.select_related("batch__own_account", "bank_detail").order_by("pk"):
        calendar, day = row.batch.own_account.calendar, row.batch.execute_on
        if (calendar, day) not in last:
            last[calendar, day] = add_business_days(calendars[calendar], day, rules.window_days)
        found.append(
            Claim(
                id=row.pk,
                reference=row.end_to_end_id,
                batch=row.batch.message_id,
                minor=row.amount_minor,
                currency=row.currency,
                party=row.bank_detail.fingerprint,
                from_on=day,
                to_on=last[calendar, day],
                state="open" if row.state in OPEN else row.state,
            )
        )
    return tuple(found)


def noticed(lines: Iterable[Line]) -> dict[int, tuple[str, ...]]:
    """This will tell which payments a notice (camt.054, camt.052) names for a line without any.

    A notice belongs to a line when account, bank reference and amount are the same, and it is the
    only such notice.
    """
    bare = [line.id for line in lines if not line.reference and not line.is_in]
    rows = BankLine.objects.filter(pk__in=bare).exclude(reference="").select_related("statement")
    wanted = {row.pk: row for row in rows}
    references = {row.reference for row in wanted.values()}
    notices: dict[tuple[str, str, int, str], list[BankLine]] = {}
    for row in BankLine.objects.filter(
        statement__kind__in=["notice", "report"], statement__state="taken",
        reference__in=references, parent__isnull=True,
    ).select_related("statement").order_by("pk"):  # fmt: skip
        key = (row.statement.account, row.reference, row.amount_minor, row.currency)
        notices.setdefault(key, []).append(row)
    told: dict[int, tuple[str, ...]] = {}
    for pk, row in wanted.items():
        found = notices.get(
            (row.statement.account, row.reference, row.amount_minor, row.currency), []
        )
        if len(found) == 1:
            parts = BankLine.objects.filter(parent=found[0]).order_by("pk")
            names = parts.values_list("end_to_end_id", flat=True)
            told[pk] = tuple(names) if found[0].has_parts else (found[0].end_to_end_id,)
    return {pk: names for pk, names in told.items() if all(names)}


def payment_ids(claims: Iterable[int]) -> dict[int, str]:
    """This will name payments of the passes by their end-to-end ids."""
    rows = Payment.objects.filter(pk__in=list(claims)).values_list("pk", "end_to_end_id")
    return dict(rows)


def line_keys(lines: Iterable[int]) -> dict[int, str]:
    """This will name bank lines of the passes by their public ids."""
    return dict(BankLine.objects.filter(pk__in=list(lines)).values_list("pk", "public_id"))


def own_account_of(account: str, currency: str) -> str:
    """This will find the code of our account by a bank's way to write its number, or nothing.

    Banks write an IBAN, or "bank/account" as MT940 does; leading zeros count for nothing.
    """
    told = _bare(account)
    for row in OwnAccount.objects.filter(currency=currency).order_by("code"):
        ours = _bare(row.account_number)
        if told and (told == ours or told.lstrip("0") == ours.lstrip("0")):
            return row.code
        if "/" in account and ours[:2] == "DE" and _german(account) == ours[4:]:
            return row.code
    return ""


def calendar_codes() -> tuple[str, ...]:
    """This will list the calendars that our bank accounts use."""
    codes = OwnAccount.objects.order_by("calendar").values_list("calendar", flat=True)
    return tuple(dict.fromkeys(codes))


def _bare(number: str) -> str:
    return "".join(char for char in number.upper() if char.isalnum())


def _german(account: str) -> str:
    """Return bank code and account as a German IBAN holds them: eight digits and ten."""
    bank, _, number = account.partition("/")
    digits = "".join(char for char in number if char.isdigit())
    return bank.strip() + digits.rjust(10, "0")


def _statements() -> "QuerySet[BankStatement]":
    waiting = (
        BankWork.objects.filter(line__statement_id=OuterRef("pk"), closed_at__isnull=True)
        .order_by()
        .values("line__statement_id")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return BankStatement.objects.select_related("file", "own_account").annotate(
        waiting=Subquery(waiting)
    )


def _statement(row: BankStatement) -> StatementInfo:
    return StatementInfo(
        id=row.pk,
        public_id=row.public_id,
        file_id=row.file.public_id,
        file_name=row.file.file_name,
        format=row.file.format,
        kind=row.kind,
        own_account="" if row.own_account is None else row.own_account.code,
        account=row.account,
        number=row.number,
        bank_id=row.bank_id,
        currency=row.currency,
        opening=None if row.opening_minor is None else Money(row.opening_minor, row.currency),
        closing=None if row.closing_minor is None else Money(row.closing_minor, row.currency),
        opening_on=row.opening_on,
        closing_on=row.closing_on,
        count=row.count,
        review=tuple(row.review),
        unknown_parts=tuple(row.unknown_parts),
        unknown_count=row.unknown_count,
        state=row.state,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        decided_reason=row.decided_reason,
        read_by=row.file.read_by,
        read_at=row.file.read_at,
        waiting=getattr(row, "waiting", None) or 0,
    )


def _lines() -> "QuerySet[BankLine]":
    return BankLine.objects.select_related("statement__own_account")


def _line_infos(rows: "QuerySet[BankLine]") -> tuple[BankLineInfo, ...]:
    found = list(rows)
    slots = BankSlot.objects.filter(
        subject_kind="line", subject__in=[row.public_id for row in found]
    ).select_related("match__line")
    live = {slot.subject: _match(slot.match, is_undone=False) for slot in slots}
    return tuple(_line(row, live.get(row.public_id)) for row in found)


def _line(row: BankLine, match: MatchInfo | None) -> BankLineInfo:
    account = row.statement.own_account
    instructed = None
    if row.instructed_minor is not None and row.instructed_currency:
        instructed = Money(row.instructed_minor, row.instructed_currency)
    return BankLineInfo(
        id=row.pk,
        public_id=row.public_id,
        statement_id=row.statement.public_id,
        own_account="" if account is None else account.code,
        number=row.number,
        file_line=row.file_line,
        amount=Money(row.amount_minor, row.currency),
        instructed=instructed,
        booked_on=row.booked_on,
        valued_on=row.valued_on,
        status=row.status,
        reference=row.reference,
        end_to_end_id=row.end_to_end_id,
        party=row.party,
        text=row.text,
        code=row.code,
        return_code=row.return_code,
        return_text=row.return_text,
        is_reversal=row.is_reversal,
        has_parts=row.has_parts,
        is_part=row.parent_id is not None,
        match=match,
    )


def _match(row: BankMatch, *, is_undone: bool) -> MatchInfo:
    fee = Money(row.fee_minor, row.line.currency) if row.fee_minor else None
    return MatchInfo(
        public_id=row.public_id,
        kind=row.kind,
        rule=row.rule,
        payments=tuple(each["id"] for each in row.payments),
        fee=fee,
        entries=tuple(row.entries),
        reason=row.reason,
        matched_by=row.matched_by,
        matched_at=row.matched_at,
        is_undone=is_undone,
    )


def _candidate(end_to_end_id: str, why: str, row: Payment | None) -> CandidateInfo:
    if row is None:
        return CandidateInfo(end_to_end_id, why, "", None, "", None)
    return CandidateInfo(
        end_to_end_id,
        why,
        row.payee.legal_name,
        Money(row.amount_minor, row.currency),
        row.state,
        row.batch.execute_on,
    )
