"""Reading the ERP's paid list: an upload, its problems by line, what it brought."""

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.payouts.errors import PaidListRefused
from counterfoil.flows.settle_bill import PaidReport, read_paid_list
from counterfoil.foundation.tabular import TableProblem
from counterfoil.interfaces.console.acts import missing_of
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.console.tables import Cell, Column, Row, Table, money_cell
from counterfoil.interfaces.console.words import day_text
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Crumb, Empty, Status, show_money
from counterfoil.interfaces.web.requests import KnownRequest

FILE_MAX = 64 * 1024 * 1024
PROBLEMS_SHOWN = 200


class PaidListForm(forms.Form):
    """A paid list as the ERP exports it."""

    file = forms.FileField(
        label=gettext_lazy("Paid list"),
        help_text=gettext_lazy(
            "CSV or Excel with bill number, paid date, reference, amount and currency; up "
            "to 64 MB."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx"}),
        error_messages={"required": gettext_lazy("Choose the file that the ERP exported.")},
    )
    skip_bad_rows = forms.BooleanField(
        label=gettext_lazy("Take the good lines and leave the bad ones out"),
        required=False,
        help_text=gettext_lazy("Otherwise one bad line keeps the whole list from being taken."),
    )


@shown_to("bills.settle")
def read(request: KnownRequest) -> HttpResponse:
    """This will read a paid list: post each payment and tell the partners."""
    form = PaidListForm(request.POST or None, request.FILES or None)
    tables: list[Table] = []
    said: Status | None = None
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                if upload.size > FILE_MAX:
                    raise PaidListRefused([_too_large(upload.name)])
                report = read_paid_list(
                    content=upload.read(),
                    file_name=upload.name,
                    by=request.me,
                    at=request.at,
                    skip_bad_rows=form.cleaned_data["skip_bad_rows"],
                )
            except PaidListRefused as refusal:
                words = _("Nothing was taken. Mend these lines and choose the file again.")
                said = Status(words, "fail", "bad")
                tables = [_problems(refusal.problems)]
            else:
                said, status = Status(_said(report), "pass", "ok"), 200
                tables = [_paid(report)]
                if report.problems:
                    tables.append(_problems(report.problems))
    context = {
        "crumbs": [
            Crumb(_("Vendor bills"), reverse("console:bills")),
            Crumb(_("Read a paid list")),
        ],
        "head": Head(
            _("Read a paid list"),
            _("What the ERP paid comes back here: date and reference of each bill."),
        ),
        "card_title": _("File"),
        "form": form,
        "has_files": True,
        "act_url": request.path,
        "missing": missing_of(form) if form.is_bound else [],
        "missing_title": _("This has to be mended first"),
        "said": said,
        "confirm": _("Read the list"),
        "back_url": reverse("console:bills"),
        "tables": tables,
    }
    return pages.page(request, "console/payables/paid_list.html", context, status=status)


def _said(report: PaidReport) -> str:
    if report.unchanged and not report.paid and not report.problems:
        return _("Nothing changed. Bills recorded before: %(count)s.") % {
            "count": report.unchanged
        }
    totals = ", ".join(str(show_money(total)) for total in report.totals) or _("nothing")
    return _(
        "Bills paid: %(paid)s (%(totals)s). Known already: %(known)s. Lines left out: %(bad)s. "
        "Partners told by mail: %(mails)s."
    ) % {
        "paid": len(report.paid),
        "totals": totals,
        "known": report.unchanged,
        "bad": len({problem.line for problem in report.problems}),
        "mails": report.mails,
    }


def _paid(report: PaidReport) -> Table:
    return Table(
        "paid",
        _("Paid by this list"),
        [
            Column(_("Bill")),
            Column(_("Partner")),
            Column(_("Paid on")),
            Column(_("Reference")),
            Column(_("Amount"), "num"),
        ],
        [
            Row(
                [
                    Cell(line.bill.number, note=_("line %(line)s") % {"line": line.line}),
                    Cell(line.bill.partner_name),
                    Cell(day_text(line.paid_on), css="nowrap"),
                    Cell(line.reference),
                    money_cell(line.bill.amount),
                ]
            )
            for line in report.paid[:PROBLEMS_SHOWN]
        ],
        Empty(_("Nothing new"), _("Every line of this list was recorded before."), "pass"),
    )


def _problems(problems: tuple[TableProblem, ...]) -> Table:
    return Table(
        "problems",
        _("Problems"),
        [
            Column(_("Line")),
            Column(_("Field")),
            Column(_("What is wrong")),
            Column(_("What would be right")),
        ],
        [
            Row(
                [
                    Cell(
                        _("line %(line)s") % {"line": each.line}
                        + (f", {_('column')} {each.column}" if each.column else "")
                    ),
                    Cell((each.field or "").replace("_", " ")),
                    Cell(each.message),
                    Cell(each.hint, css="soft"),
                ],
                is_bad=True,
            )
            for each in problems[:PROBLEMS_SHOWN]
        ],
        Empty(_("No problem"), _("Every line fits.")),
        note=_("%(count)s in all") % {"count": len(problems)},
    )


def _too_large(name: str) -> TableProblem:
    return TableProblem(
        name, 1, None, None, _("the file is larger than 64 MB"), _("export a shorter span of days")
    )
