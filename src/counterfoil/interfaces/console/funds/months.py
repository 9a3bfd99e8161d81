"""Accounting months: what each holds, closing one, opening the last one again."""

from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.ledger.errors import LedgerError
from counterfoil.apps.ledger.selectors import list_months
from counterfoil.apps.ledger.types import MonthInfo
from counterfoil.core.calendars import CalendarError, month_days
from counterfoil.flows.close_month import close_month, preview_close, reopen_month
from counterfoil.interfaces.console.acts import ActPage, answer, refuse
from counterfoil.interfaces.console.forms import reason_field
from counterfoil.interfaces.console.guard import may_somewhere, shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.console.tables import Cell, Column, Row, Table
from counterfoil.interfaces.console.words import ACCOUNT_KINDS, moment_of, people_names
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import (
    Act,
    Crumb,
    Empty,
    Status,
    format_count,
    show_money,
)
from counterfoil.interfaces.web.requests import KnownRequest

MONTHS_SHOWN = 60


class ReopenForm(forms.Form):
    """Why a month is opened again."""

    reason = reason_field()


@shown_to("ledger.view")
def months(request: KnownRequest) -> HttpResponse:
    """This will list the accounting months, newest first, each with its act."""
    found = list_months()[:MONTHS_SHOWN]
    names = people_names([month.closed_by for month in found if month.closed_by])
    may_close = may_somewhere(request.me, "months.close")
    last_closed = next((month.code for month in found if month.closed_at), "")
    first_open = next((month.code for month in reversed(found) if not month.closed_at), "")
    table = Table(
        "months",
        _("Months"),
        [
            Column(_("Month")),
            Column(_("State")),
            Column(_("Entries"), "num"),
            Column(_("Closed")),
            Column(""),
        ],
        [
            Row(
                [
                    Cell(month.code, css="nowrap"),
                    Cell(status=_state(month)),
                    Cell(format_count(month.entries), css="num"),
                    Cell(
                        names.get(month.closed_by, ""),
                        moment=moment_of(request, month.closed_at) if month.closed_at else None,
                    ),
                    Cell(act=_act(month, first_open, last_closed) if may_close else None),
                ],
                id=month.code,
            )
            for month in found
        ],
        Empty(
            _("No month has an entry yet"),
            _("The first posting, such as a fund's budget, makes the first month."),
            "lock",
        ),
    )
    context = {
        "crumbs": [Crumb(_("Months"))],
        "head": Head(
            _("Months"),
            _("Nothing is posted into a closed month; what comes late names where it came from."),
        ),
        "tables": [table],
    }
    return pages.page(request, "console/list.html", context)


@shown_to("months.close")
def month_close(request: KnownRequest, code: str) -> HttpResponse:
    """This will show what a month holds, and close it once confirmed."""
    _known(code)
    back = reverse("console:months")
    title = _("Close %(month)s") % {"month": code}

    def do() -> str:
        close_month(code=code, by=request.me, at=request.at)
        return _("%(month)s is closed.") % {"month": code}

    if request.method == "POST":
        return answer(request, ActPage(title, _("Close month"), back), do)
    try:
        report = preview_close(code=code, by=request.me, at=request.at)
    except LedgerError as error:
        return refuse(request, title, error, back_url=back)
    act = ActPage(
        title=title,
        confirm=_("Close month"),
        back_url=back,
        facts=[
            (_("Entries"), format_count(report.entries)),
            *(
                (
                    f"{ACCOUNT_KINDS[total.kind]}, {total.debit.currency}",
                    _("%(debit)s debit, %(credit)s credit")
                    % {
                        "debit": show_money(total.debit).figure,
                        "credit": show_money(total.credit).figure,
                    },
                )
                for total in report.totals
            ),
        ],
        notice=_("Nothing is posted into it any more. These totals stand in the audit log."),
    )
    return answer(request, act, do)


@shown_to("months.close")
def month_reopen(request: KnownRequest, code: str) -> HttpResponse:
    """This will open the last closed month again, with a reason."""
    _known(code)
    form = ReopenForm(request.POST or None)

    def do() -> str:
        reopen_month(code=code, by=request.me, at=request.at, reason=form.cleaned_data["reason"])
        return _("%(month)s is open again.") % {"month": code}

    act = ActPage(
        title=_("Open %(month)s again") % {"month": code},
        confirm=_("Open again"),
        back_url=reverse("console:months"),
        form=form,
        notice=_("Figures that were reported for this month can change."),
        notice_tone="warn",
    )
    return answer(request, act, do)


def _known(code: str) -> None:
    try:
        month_days(code)
    except CalendarError as error:
        raise Http404(str(error)) from error


def _state(month: MonthInfo) -> Status:
    if month.closed_at is None:
        return Status(_("Open"), "ring", "mute")
    return Status(_("Closed"), "lock", "ok")


def _act(month: MonthInfo, first_open: str, last_closed: str) -> Act | None:
    if month.code == first_open:
        return Act(_("Close"), reverse("console:month_close", args=[month.code]))
    if month.code == last_closed:
        return Act(_("Open again"), reverse("console:month_reopen", args=[month.code]))
    return None
