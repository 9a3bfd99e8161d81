"""Influence by partner and type: sent, passed the first time, credited, how long, why returned."""

from datetime import date, timedelta

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.submissions.selectors.influence import influence_cases
from counterfoil.core.influence import Figures, figures_of
from counterfoil.foundation.tabular import Column as Heading
from counterfoil.foundation.tabular import ColumnKind
from counterfoil.interfaces.console.files import table_file
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.console.tables import Cell, Column, Filters, Row, Table
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import (
    Act,
    Crumb,
    Empty,
    FieldPart,
    format_count,
    show_money,
)
from counterfoil.interfaces.web.requests import KnownRequest

REASONS_SHOWN = 3


@shown_to("reports.view")
def influence(request: KnownRequest) -> HttpResponse:
    """This will show the figures of influence validation, each with its definition."""
    found, problem = _chosen(request)
    url = f"{reverse('console:reports_influence_file')}?{request.GET.urlencode()}"
    context = {
        "crumbs": [Crumb(_("Reports"), reverse("console:reports")), Crumb(_("Influence"))],
        "head": Head(
            _("Influence by partner and type"),
            problem
            or _(
                "Who sent what, how much of it was validated, how long it took, why it came back."
            ),
            acts=[Act(_("CSV"), url, "download", "quiet", dialog=False)] if found else [],
        ),
        "filters": Filters(
            reverse("console:reports_influence"),
            _("Filter"),
            has_search=False,
            fields=[
                FieldPart(name, label, "date", id=f"by-{name}", value=request.GET.get(name, ""))
                for name, label in (("since", _("First sent from")), ("until", _("Until")))
            ],
        ),
        "tables": [
            Table(
                "influence",
                _("Influence"),
                [
                    Column(_("Partner")),
                    Column(_("Sent"), "num"),
                    Column(_("Decided"), "num"),
                    Column(_("Validated"), "num"),
                    Column(_("The first time"), "num"),
                    Column(_("Credited"), "num"),
                    Column(_("Median days"), "num"),
                    Column(_("Returned because")),
                ],
                [_row(each) for each in found],
                Empty(
                    _("No influence was sent yet"),
                    _("Partners send it under a playbook such as pop-origination."),
                    "report",
                ),
                note=_(
                    "The first time: validated without a return or an appeal, of those decided. "
                    "Median days: calendar days from the first sending to the decision. Credited: "
                    "the value of the validated deals; no money moves by it."
                ),
            )
        ],
    }
    return pages.page(request, "console/list.html", context)


@shown_to("reports.view")
def influence_file(request: KnownRequest) -> HttpResponse:
    """This will give the same rows as a file."""
    found, _problem = _chosen(request)
    number = ColumnKind.NUMBER
    headings = [
        Heading("Partner"), Heading("Type"), Heading("Sent", number), Heading("Decided", number),
        Heading("Validated", number), Heading("Validated the first time", number),
        Heading("Credited"), Heading("Median days", number), Heading("Returned because"),
    ]  # fmt: skip
    rows = [
        (
            each.partner, each.type, each.submitted, each.decided, each.validated,
            each.first_time, "; ".join(money.format_plain() for money in each.credited.values()),
            _days(each.median), "; ".join(f"{code} {count}" for code, count in each.reasons),
        )
        for each in found
    ]  # fmt: skip
    return table_file(request, "influence", headings, rows)


def _chosen(request: KnownRequest) -> tuple[tuple[Figures, ...], str]:
    """Return the figures that the filter asks for, and what is wrong with a day of it."""
    days: list[date | None] = []
    for name in ("since", "until"):
        text = request.GET.get(name, "")
        try:
            days.append(date.fromisoformat(text) if text else None)
        except ValueError:
            return (), _("A day of the filter can't be read. Write it as 2026-01-31.")
    return figures_of(influence_cases(since=days[0], until=days[1])), ""


def _row(found: Figures) -> Row:
    share = found.first_time_share
    return Row(
        [
            Cell(found.partner, note=found.type),
            Cell(format_count(found.submitted), css="num"),
            Cell(format_count(found.decided), css="num"),
            Cell(format_count(found.validated), css="num"),
            Cell(
                format_count(found.first_time),
                note="" if share is None else f"{round(share * 100)} %",
                css="num",
            ),
            Cell(
                ", ".join(str(show_money(money)) for money in found.credited.values()) or "–",
                css="num nowrap",
            ),
            Cell(_days(found.median) or "–", css="num"),
            Cell(
                ", ".join(f"{code} ({count})" for code, count in found.reasons[:REASONS_SHOWN]),
                css="soft",
            ),
        ]
    )


def _days(span: timedelta | None) -> str:
    return "" if span is None else f"{span / timedelta(days=1):.1f}"
