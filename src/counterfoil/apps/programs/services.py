"""The only writers of programs: programs, tiers, funds, enrollments, sales, statements."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction
from psycopg.errors import UniqueViolation

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.programs.errors import (
    AlreadyEnrolled,
    BadFundTerms,
    BadSalesLine,
    FundExists,
    SalesLinesChanged,
    UnknownFund,
    UnknownProgram,
    UnknownTier,
)
from counterfoil.apps.programs.models import EarningStatement, Enrollment, Fund, Program, Tier
from counterfoil.apps.programs.selectors import get_fund, recorded_sales
from counterfoil.apps.programs.types import (
    FundInfo,
    SalesLineDraft,
    SalesRecorded,
    StatementDraft,
)
from counterfoil.core.actors import Actor
from counterfoil.core.canonical import digest
from counterfoil.core.money import PPM, Money, Rounding, exponent
from counterfoil.foundation.bulk import insert_rows
from counterfoil.foundation.ids import new_id

_ATTEMPTS = 3
_SALES_COLUMNS = {
    "partner_id": "bigint",
    "source": "text",
    "source_key": "text",
    "order_number": "text",
    "sold_on": "date",
    "received_on": "date",
    "product": "text",
    "category": "text",
    "original_key": "text",
    "quantity": "integer",
    "amount_minor": "bigint",
    "currency": "text",
    "kind": "text",
    "import_run": "text",
    "row_sha256": "text",
}


def create_program(
    *,
    code: str,
    name: str,
    currency: str,
    legal_entity: str,
    zone: str,
    calendar: str,
    by: Actor,
    at: datetime,
) -> int:
    """This will make a program and return its key; the same code again returns the first one."""
    exponent(currency)
    with transaction.atomic():
        row, is_new = Program.objects.get_or_create(
            code=code,
            defaults={
                "name": name,
                "currency": currency,
                "legal_entity": legal_entity,
                "zone": zone,
                "calendar": calendar,
                "created_at": at,
            },
        )
        if is_new:
            terms: dict[str, object] = {
                "name": name, "currency": currency, "legal_entity": legal_entity, "zone": zone,
                "calendar": calendar,
            }  # fmt: skip
            _record("program.created", "program", code, by=by, at=at, data=terms)
    return row.pk


def create_tier(*, program: str, code: str, name: str, rank: int, by: Actor, at: datetime) -> int:
    """This will make a tier and return its key; the same code again returns the first one.

    Raises UnknownProgram.
    """
    with transaction.atomic():
        row, is_new = Tier.objects.get_or_create(
            program=_program(program), code=code, defaults={"name": name, "rank": rank}
        )
        if is_new:
            _record(
                "tier.created", "tier", f"{program}/{code}", by=by, at=at,
                data={"rank": rank, "name": name},
            )  # fmt: skip
    return row.pk


def enroll_partner(
    *, partner_id: int, program: str, tier: str, since_on: date, by: Actor, at: datetime
) -> None:
    """This will give a partner its place in a program; the same place again changes nothing.

    `tier` is a code or empty. Raises UnknownProgram, UnknownTier, AlreadyEnrolled.
    """
    with transaction.atomic():
        where = _program(program)
        tier_row = Tier.objects.filter(program=where, code=tier).first() if tier else None
        if tier and tier_row is None:
            raise UnknownTier(f"The program {program} has no tier {tier!r}.")
        row, is_new = Enrollment.objects.get_or_create(
            partner_id=partner_id,
            program=where,
            ended_on=None,
            defaults={"tier": tier_row, "since_on": since_on},
        )
        if not is_new:
            if (row.tier_id, row.since_on) != (tier_row.pk if tier_row else None, since_on):
                raise AlreadyEnrolled(
                    f"The partner has an open place in {program} since {row.since_on}; end that "
                    "one first."
                )
            return
        _record(
            "partner.enrolled",
            "program",
            program,
            by=by,
            at=at,
            partner_id=partner_id,
            data={"tier": tier, "since_on": since_on.isoformat()},
        )


def create_fund(
    *,
    program: str,
    code: str,
    name: str,
    period: str,
    budget: Money,
    earn_rate_ppm: int,
    starts_on: date,
    ends_on: date,
    claims_until: date,
    by: Actor,
    at: datetime,
    earn_rounding: Rounding = Rounding.HALF_EVEN,
    cost_center: str = "",
    earns_from: date | None = None,
    earns_to: date | None = None,
) -> FundInfo:
    """This will make one period of a fund; the same terms again return the first one.

    `earn_rate_ppm` is the share of sales that is earned, in parts per million (2 % is 20 000).
    `earns_from` and `earns_to` are the days whose sales earn, where they differ from the days of
    use: both or neither.
    The budget is posted by `flows.earn_funds.set_up_fund`, which is what doors call. Raises
    UnknownProgram, BadFundTerms, FundExists for other terms.
    """
    if not starts_on <= ends_on <= claims_until:
        raise BadFundTerms("A fund starts, then ends, then takes its last claim, in this order.")
    if (earns_from is None) != (earns_to is None) or (
        earns_from is not None and earns_to is not None and earns_to < earns_from
    ):
        raise BadFundTerms("Name the first and the last day whose sales earn, in this order.")
    if budget.is_negative or not 0 <= earn_rate_ppm <= PPM:
        raise BadFundTerms("A budget is not below zero, and a rate is from 0 to 1,000,000 ppm.")
    terms = {
        "program": _program(program),
        "name": name,
        "currency": budget.currency,
        "budget_minor": budget.minor,
        "earn_rate_ppm": earn_rate_ppm,
        "earn_rounding": str(earn_rounding),
        "starts_on": starts_on,
        "ends_on": ends_on,
        "claims_until": claims_until,
        "earns_from": earns_from,
        "earns_to": earns_to,
        "cost_center": cost_center,
    }
    with transaction.atomic():
        row, is_new = Fund.objects.get_or_create(
            code=code,
            period=period,
            defaults={**terms, "public_id": new_id("fund"), "created_at": at},
        )
        if not is_new:
            for term, value in terms.items():
                if getattr(row, term) != value:
                    raise FundExists(f"{code} {period} exists with another {term}.")
            return get_fund(row.public_id)
        _record(
            "fund.created",
            "fund",
            row.public_id,
            by=by,
            at=at,
            data={
                "program": program,
                "code": code,
                "name": name,
                "period": period,
                "budget": budget.to_json(),
                "earn_rate_ppm": earn_rate_ppm,
                "earn_rounding": str(earn_rounding),
                "starts_on": starts_on.isoformat(),
                "ends_on": ends_on.isoformat(),
                "claims_until": claims_until.isoformat(),
                "earns_from": earns_from.isoformat() if earns_from else "",
                "earns_to": earns_to.isoformat() if earns_to else "",
                "cost_center": cost_center,
            },
        )
    return get_fund(row.public_id)


def lock_fund(*, fund_id: str) -> FundInfo:
    """This will make other runs on the fund period wait until this transaction ends.

    Raises UnknownFund.
    """
    row = Fund.objects.select_for_update(no_key=True).filter(public_id=fund_id).first()
    if row is None:
        raise UnknownFund(f"There is no fund {fund_id}.")
    return get_fund(fund_id)


def change_budget(
    *, fund_id: str, budget: Money, by: Actor, at: datetime, reason: str
) -> FundInfo:
    """This will set the authorized budget of a fund period; the flow posts the difference.

    Raises UnknownFund, BadFundTerms.
    """
    if budget.is_negative:
        raise BadFundTerms("A budget is not below zero.")
    with transaction.atomic():
        before = lock_fund(fund_id=fund_id)
        if before.currency != budget.currency:
            raise BadFundTerms(f"The fund is in {before.currency}, not in {budget.currency}.")
        if before.budget != budget:
            Fund.objects.filter(public_id=fund_id).update(budget_minor=budget.minor)
            _record(
                "fund.budget_changed",
                "fund",
                fund_id,
                by=by,
                at=at,
                data={"from": before.budget.to_json(), "to": budget.to_json(), "reason": reason},
            )
    return get_fund(fund_id)


def record_sales_lines(
    *, source: str, lines: Sequence[SalesLineDraft], import_run: str, by: Actor, at: datetime
) -> SalesRecorded:
    """This will record sales and refunds in bulk, all or none.

    A line whose key stands already with the same values is left alone, so the same file again
    changes nothing. Raises BadSalesLine, SalesLinesChanged.
    """
    rows = _checked(source, lines)
    for attempt in range(_ATTEMPTS):
        known = recorded_sales(source=source, keys=list(rows))
        changed = sorted(key for key, sha256 in known.items() if rows[key][1] != sha256)
        if changed:
            raise SalesLinesChanged(source, changed)
        fresh = {key: row for key, row in rows.items() if key not in known}
        try:
            with transaction.atomic():
                _insert_sales(source, fresh, import_run)
                if fresh:
                    _record(
                        "sales.recorded",
                        "import",
                        import_run,
                        by=by,
                        at=at,
                        data={
                            "source": source,
                            "lines": len(fresh),
                            "sha256": digest(sorted([k, sha] for k, (_, sha) in fresh.items())),
                        },
                    )
            return SalesRecorded(len(fresh), len(known))
        except IntegrityError as error:
            # Another import committed one of the keys meanwhile: read again and compare.
            if attempt == _ATTEMPTS - 1 or not isinstance(error.__cause__, UniqueViolation):
                raise
    raise AssertionError("unreachable")


def _checked(
    source: str, lines: Sequence[SalesLineDraft]
) -> dict[str, tuple[SalesLineDraft, str]]:
    """This will key the lines with their hashes; raises BadSalesLine."""
    rows: dict[str, tuple[SalesLineDraft, str]] = {}
    for line in lines:
        if line.kind not in {"sale", "refund"}:
            raise BadSalesLine(
                f"{line.source_key}: the kind is sale or refund, not {line.kind!r}."
            )
        if line.amount.is_negative:
            raise BadSalesLine(
                f"{line.source_key}: {line.amount} is below zero; write a refund as a line of "
                "kind refund with an amount above zero."
            )
        if line.original_key and line.kind != "refund":
            raise BadSalesLine(f"{line.source_key}: only a refund names an original line.")
        if not line.source_key:
            raise BadSalesLine("A sales line needs the key that its source knows it by.")
        if line.source_key in rows:
            raise BadSalesLine(f"{line.source_key}: the key stands twice in one file.")
        rows[line.source_key] = (line, sales_line_sha256(source, line))
    return rows


def sales_line_sha256(source: str, line: SalesLineDraft) -> str:
    """This will hash what the line says; the day it was received is not part of it."""
    return digest(
        {
            "source": source,
            "source_key": line.source_key,
            "partner": line.partner_id,
            "order_number": line.order_number,
            "sold_on": line.sold_on.isoformat(),
            "product": line.product,
            "quantity": line.quantity,
            "minor": line.amount.minor,
            "currency": line.amount.currency,
            "kind": line.kind,
        }
        # Lines without them keep the hash that they had before these columns were there.
        | ({"category": line.category} if line.category else {})
        | ({"original_key": line.original_key} if line.original_key else {})
    )


def _insert_sales(
    source: str, rows: dict[str, tuple[SalesLineDraft, str]], import_run: str
) -> None:
    insert_rows(
        "programs_salesline",
        _SALES_COLUMNS,
        [
            (
                line.partner_id,
                source,
                key,
                line.order_number,
                line.sold_on.isoformat(),
                line.received_on.isoformat(),
                line.product,
                line.category,
                line.original_key,
                line.quantity,
                line.amount.minor,
                line.amount.currency,
                line.kind,
                import_run,
                sha256,
            )
            for key, (line, sha256) in rows.items()
        ],
    )


def record_statements(
    *, fund_id: str, statements: Sequence[StatementDraft], by: Actor, at: datetime
) -> None:
    """This will keep how a run computed each partner's allocation, with one audit event.

    Raises UnknownFund.
    """
    if not statements:
        return
    with transaction.atomic():
        fund = lock_fund(fund_id=fund_id)
        EarningStatement.objects.bulk_create(
            [
                EarningStatement(
                    id=row.id,
                    fund_id=fund.id,
                    partner_id=row.partner_id,
                    version=row.version,
                    base_minor=row.base_minor,
                    line_count=row.line_count,
                    lines_sha256=row.lines_sha256,
                    rate_ppm=row.rate_ppm,
                    rounding=str(row.rounding),
                    earned_minor=row.earned_minor,
                    posted_minor=row.posted_minor,
                    computed_at=at,
                )
                for row in statements
            ],
            batch_size=1000,
        )
        _record(
            "fund.earned",
            "fund",
            fund_id,
            by=by,
            at=at,
            data={
                "statements": len(statements),
                "posted_minor": sum(row.posted_minor for row in statements),
                "sha256": digest(
                    [[r.id, r.partner_id, r.lines_sha256, r.earned_minor] for r in statements]
                ),
            },
        )


def _program(code: str) -> Program:
    row = Program.objects.filter(code=code).first()
    if row is None:
        raise UnknownProgram(f"There is no program {code!r}.")
    return row


def _record(
    action: str,
    object_type: str,
    object_id: str,
    *,
    by: Actor,
    at: datetime,
    data: dict[str, object],
    partner_id: int = 0,
) -> None:
    record_event(
        by=by,
        at=at,
        action=action,
        object_type=object_type,
        object_id=object_id,
        partner_id=partner_id,
        data=data,
    )
