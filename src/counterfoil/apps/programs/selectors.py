"""Reads of programs, funds, sales and earning statements."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import BigIntegerField, Case, Count, F, Func, Sum, TextField, When
from django.db.models.functions import Collate

from counterfoil.apps.programs.errors import UnknownFund, UnknownProgram
from counterfoil.apps.programs.models import (
    EarningStatement,
    Enrollment,
    Fund,
    Program,
    SalesLine,
    Tier,
)
from counterfoil.apps.programs.types import (
    EarningLine,
    EnrollmentInfo,
    FundInfo,
    OtherCurrency,
    ProgramInfo,
    SalesTotal,
    StatementInfo,
    TierInfo,
)
from counterfoil.core.money import Money, Rounding

_SIGNED = Case(
    When(kind="refund", then=-F("amount_minor")),
    default=F("amount_minor"),
    output_field=BigIntegerField(),
)


class _Sha256Hex(Func):
    """The SHA-256 of a text (UTF-8) as hexadecimal digits, computed by the database."""

    function = "sha256"
    template = "encode(sha256(convert_to(%(expressions)s, 'UTF8')), 'hex')"
    output_field = TextField()


def get_program(*, code: str) -> ProgramInfo:
    """This will read a program by its code; raises UnknownProgram."""
    row = Program.objects.filter(code=code).first()
    if row is None:
        raise UnknownProgram(f"There is no program {code!r}.")
    return _program(row)


def list_programs() -> tuple[ProgramInfo, ...]:
    """This will list all programs by code."""
    return tuple(_program(row) for row in Program.objects.order_by("code"))


def list_tiers(*, program: str) -> tuple[TierInfo, ...]:
    """This will list the tiers of a program, lowest first."""
    rows = Tier.objects.filter(program__code=program).order_by("rank")
    return tuple(TierInfo(row.pk, program, row.code, row.name, row.rank) for row in rows)


def get_fund(fund_id: str) -> FundInfo:
    """This will read a fund period by its public id; raises UnknownFund."""
    row = Fund.objects.select_related("program").filter(public_id=fund_id).first()
    if row is None:
        raise UnknownFund(f"There is no fund {fund_id}.")
    return _fund(row)


def find_fund(*, code: str, period: str) -> FundInfo | None:
    """This will find a fund period by the fund's code and the period's label."""
    row = Fund.objects.select_related("program").filter(code=code, period=period).first()
    return None if row is None else _fund(row)


def list_funds(
    *,
    program: str | None = None,
    open_on: date | None = None,
    fund_ids: Iterable[str] | None = None,
) -> tuple[FundInfo, ...]:
    """This will list fund periods by start and code; `open_on` keeps those that take claims."""
    rows = Fund.objects.select_related("program")
    if program is not None:
        rows = rows.filter(program__code=program)
    if open_on is not None:
        rows = rows.filter(starts_on__lte=open_on, claims_until__gte=open_on)
    if fund_ids is not None:
        rows = rows.filter(public_id__in=list(fund_ids))
    return tuple(_fund(row) for row in rows.order_by("starts_on", "code", "period"))


def funds_of_partner(partner_id: int, *, open_on: date | None = None) -> tuple[FundInfo, ...]:
    """This will list the fund periods of the programs that the partner is enrolled in."""
    programs = Enrollment.objects.filter(partner_id=partner_id).values("program_id")
    rows = Fund.objects.select_related("program").filter(program_id__in=programs)
    if open_on is not None:
        rows = rows.filter(starts_on__lte=open_on, claims_until__gte=open_on)
    return tuple(_fund(row) for row in rows.order_by("starts_on", "code", "period"))


def enrollments_of(partner_id: int) -> tuple[EnrollmentInfo, ...]:
    """This will list a partner's places in programs, ended ones included, oldest first."""
    rows = (
        Enrollment.objects.filter(partner_id=partner_id)
        .select_related("program", "tier")
        .order_by("since_on", "pk")
    )
    return tuple(
        EnrollmentInfo(
            row.partner_id,
            row.program.code,
            row.tier.code if row.tier else "",
            row.since_on,
            row.ended_on,
        )
        for row in rows
    )


def sales_totals(
    *, program: str, currency: str, starts_on: date, ends_on: date, received_until: date
) -> tuple[SalesTotal, ...]:
    """This will sum each enrolled partner's sales less refunds, sold within the two days.

    Lines received after `received_until` are left for a later run. `lines_sha256` is the SHA-256
    of the rows' own hashes, joined by line feeds, in the order of source and key by code point; a
    partner with no line is not listed. One query.
    """
    rows = (
        _sales(program, starts_on, ends_on, received_until)
        .filter(currency=currency)
        .values("partner_id", "partner__public_id")
        .annotate(
            base=Sum(_SIGNED),
            count=Count("pk"),
            sha256=_Sha256Hex(
                StringAgg(
                    "row_sha256",
                    delimiter="\n",
                    order_by=(Collate("source", "C"), Collate("source_key", "C")),
                )
            ),
        )
        .order_by("partner_id")
    )
    return tuple(
        SalesTotal(
            row["partner_id"],
            row["partner__public_id"],
            int(row["base"]),
            row["count"],
            row["sha256"],
        )
        for row in rows
    )


def sales_in_other_currencies(
    *, program: str, currency: str, starts_on: date, ends_on: date, received_until: date
) -> tuple[OtherCurrency, ...]:
    """This will tell which lines of the same days are left out because of their currency."""
    rows = (
        _sales(program, starts_on, ends_on, received_until)
        .exclude(currency=currency)
        .values("currency")
        .annotate(total=Sum(_SIGNED), count=Count("pk"))
        .order_by("currency")
    )
    return tuple(OtherCurrency(row["currency"], row["count"], int(row["total"])) for row in rows)


def earning_lines(
    *, program: str, currency: str, starts_on: date, ends_on: date, received_until: date
) -> tuple[EarningLine, ...]:
    """This will list enrolled partners' sales and refunds sold within the two days.

    Of one currency, or with an empty `currency` of all.
    They stand in the order of day, source and key (by code point), which is the order that a
    commission run numbers them in. One query.
    """
    rows = (
        _sales(program, starts_on, ends_on, received_until)
        .filter(**({"currency": currency} if currency else {}))
        .order_by("sold_on", Collate("source", "C"), Collate("source_key", "C"))
        .values_list(*_EARNING)
    )
    return tuple(_earning(row) for row in rows.iterator(20_000))


def originals_sold_before(*, keys: Sequence[tuple[str, str]], on: date) -> tuple[EarningLine, ...]:
    """This will list the sales of the given (source, key) that were sold before a day."""
    rows = SalesLine.objects.filter(
        source__in={source for source, _ in keys},
        source_key__in={key for _, key in keys},
        kind="sale",
        sold_on__lt=on,
    ).values_list(*_EARNING)
    wanted = set(keys)
    return tuple(_earning(row) for row in rows if (row[2], row[3]) in wanted)


_EARNING = (
    "pk", "partner_id", "source", "source_key", "order_number", "product", "category", "sold_on",
    "received_on", "amount_minor", "currency", "kind", "original_key", "row_sha256",
    "partner__country", "partner__region", "partner__segment", "partner__kind",
)  # fmt: skip


def _earning(row: Sequence[Any]) -> EarningLine:
    """This will make the value of a row of `_EARNING`."""
    cells = dict(zip(_EARNING, row, strict=True))
    return EarningLine(
        pk=cells["pk"],
        partner_id=cells["partner_id"],
        source=cells["source"],
        source_key=cells["source_key"],
        order_number=cells["order_number"],
        product=cells["product"],
        category=cells["category"],
        sold_on=cells["sold_on"],
        received_on=cells["received_on"],
        amount_minor=cells["amount_minor"],
        currency=cells["currency"],
        is_refund=cells["kind"] == "refund",
        original_key=cells["original_key"],
        row_sha256=cells["row_sha256"],
        country=cells["partner__country"],
        region=cells["partner__region"],
        segment=cells["partner__segment"],
        kind=cells["partner__kind"],
    )


def refunded_before(
    *, originals: Sequence[tuple[str, str]], on: date
) -> dict[tuple[str, str], int]:
    """This will sum the refunds sold before a day, by (source, key) of their original line."""
    rows = (
        SalesLine.objects.filter(
            source__in={source for source, _ in originals},
            original_key__in={key for _, key in originals},
            kind="refund",
            sold_on__lt=on,
        )
        .values_list("source", "original_key")
        .annotate(total=Sum("amount_minor"))
        .order_by()
    )
    return {(source, key): int(total) for source, key, total in rows}


def _sales(program: str, starts_on: date, ends_on: date, received_until: date):  # type: ignore[no-untyped-def]  # a QuerySet, for this file only
    enrolled = Enrollment.objects.filter(program__code=program).values("partner_id")
    return SalesLine.objects.filter(
        partner_id__in=enrolled,
        sold_on__gte=starts_on,
        sold_on__lte=ends_on,
        received_on__lte=received_until,
    )


def recorded_sales(*, source: str, keys: Sequence[str]) -> dict[str, str]:
    """This will tell which keys of a source are recorded, with the hash of each row."""
    found: dict[str, str] = {}
    for start in range(0, len(keys), 10_000):
        some = list(keys[start : start + 10_000])
        rows = SalesLine.objects.filter(source=source, source_key__in=some)
        found.update(rows.values_list("source_key", "row_sha256"))
    return found


def latest_statements(*, fund_id: str) -> dict[int, StatementInfo]:
    """This will give the newest statement of each partner for a fund period, by partner id."""
    rows = (
        EarningStatement.objects.filter(fund__public_id=fund_id)
        .select_related("fund")
        .order_by("partner_id", "-version")
        .distinct("partner_id")
    )
    return {row.partner_id: _statement(row) for row in rows}


def statements_of(*, partner_id: int, fund_id: str | None = None) -> tuple[StatementInfo, ...]:
    """This will list a partner's earning statements, by fund period and version."""
    rows = EarningStatement.objects.filter(partner_id=partner_id).select_related("fund")
    if fund_id is not None:
        rows = rows.filter(fund__public_id=fund_id)
    return tuple(
        _statement(row) for row in rows.order_by("fund__starts_on", "fund__code", "version")
    )


def posted_totals(*, fund_id: str) -> dict[int, int]:
    """This will sum what all versions of each partner's statements posted, in minor units."""
    rows = (
        EarningStatement.objects.filter(fund__public_id=fund_id)
        .values("partner_id")
        .annotate(total=Sum("posted_minor"))
        .order_by("partner_id")
    )
    return {row["partner_id"]: int(row["total"]) for row in rows}


def _program(row: Program) -> ProgramInfo:
    return ProgramInfo(
        row.pk, row.code, row.name, row.currency, row.legal_entity, row.zone, row.calendar
    )


def _fund(row: Fund) -> FundInfo:
    return FundInfo(
        id=row.pk,
        public_id=row.public_id,
        program=row.program.code,
        program_name=row.program.name,
        code=row.code,
        name=row.name,
        period=row.period,
        currency=row.currency,
        budget=Money(row.budget_minor, row.currency),
        earn_rate_ppm=row.earn_rate_ppm,
        earn_rounding=Rounding(row.earn_rounding),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        claims_until=row.claims_until,
        cost_center=row.cost_center,
        earns_from=row.earns_from or row.starts_on,
        earns_to=row.earns_to or row.ends_on,
    )


def _statement(row: EarningStatement) -> StatementInfo:
    currency = row.fund.currency
    return StatementInfo(
        id=row.id,
        fund=row.fund.public_id,
        partner_id=row.partner_id,
        version=row.version,
        base=Money(row.base_minor, currency),
        line_count=row.line_count,
        lines_sha256=row.lines_sha256,
        rate_ppm=row.rate_ppm,
        rounding=Rounding(row.rounding),
        earned=Money(row.earned_minor, currency),
        posted=Money(row.posted_minor, currency),
        computed_at=row.computed_at,
    )
