"""Bank lines that wait for a person, and the act that matches all others."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.payouts.selectors.bank import work_list
from counterfoil.apps.payouts.types import WorkItem
from counterfoil.flows.reconcile import reconcile_bank
from counterfoil.interfaces.console.acts import ActPage, answer
from counterfoil.interfaces.console.bank.words import REASONS, line_url
from counterfoil.interfaces.console.guard import may_somewhere, shown_to
from counterfoil.interfaces.console.parts import Head, acts_for
from counterfoil.interfaces.console.tables import Cell, Column, Row, Table, money_cell
from counterfoil.interfaces.console.words import day_text
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Act, Crumb, Empty
from counterfoil.interfaces.web.requests import KnownRequest


@shown_to("bank.view")
def work(request: KnownRequest) -> HttpResponse:
    """This will list lines that wait, the oldest first, with reasons and candidates."""
    items = work_list()
    begin = [
        Act(
            _("Begin with the oldest"), line_url(items[0].line.public_id), "right", "main-act",
            shortcut="o", dialog=False,
        )
    ] if items else []  # fmt: skip
    context = {
        "crumbs": [Crumb(_("Bank"), reverse("console:bank")), Crumb(_("Work list"))],
        "head": Head(
            _("Bank lines that wait for you"),
            _("Nothing here was guessed. Match a line, split it, or say what it is."),
            acts=[
                *acts_for(
                    request.me,
                    (
                        "bank.reconcile",
                        Act(_("Reconcile again"), reverse("console:bank_reconcile"), "pass"),
                    ),
                ),
                *begin,
            ],
        ),
        "tables": [
            Table(
                "work",
                _("Lines"),
                [
                    Column(_("Booked")),
                    Column(_("Why it waits")),
                    Column(_("Reference")),
                    Column(_("Candidates")),
                    Column(_("Days"), "num"),
                    Column(_("Amount"), "num"),
                ],
                [_row(request, each) for each in items],
                Empty(
                    _("No line waits"),
                    _("Every line of the statements that were taken is matched or explained."),
                    "pass",
                    reverse("console:bank_read") if may_somewhere(request.me, "bank.read") else "",
                    _("Read a file"),
                ),
            )
        ],
    }
    return pages.page(request, "console/list.html", context)


@shown_to("bank.reconcile")
def reconcile(request: KnownRequest) -> HttpResponse:
    """This will match every line that it safely can, and list the others as work."""

    def do() -> str:
        done = reconcile_bank(by=request.me, at=request.at)
        return _("Lines matched: %(matched)s. Lines that wait for a person: %(waiting)s.") % {
            "matched": done.matched,
            "waiting": done.waiting,
        }

    act = ActPage(
        title=_("Reconcile the bank"),
        confirm=_("Reconcile"),
        back_url=reverse("console:bank_work"),
        notice=_(
            "A line is matched only when it has one candidate, and the candidate one line. The "
            "rest goes to the work list. A match can be undone."
        ),
    )
    return answer(request, act, do)


def _row(request: KnownRequest, each: WorkItem) -> Row:
    line, first = each.line, each.candidates[0] if each.candidates else None
    rest = len(each.candidates) - 1
    return Row(
        [
            Cell(str(day_text(line.booked_on)), line_url(line.public_id), css="nowrap"),
            Cell(REASONS[each.reason]),
            Cell(line.end_to_end_id or line.reference, note=line.party or line.text[:60]),
            Cell(
                "" if first is None else first.payee or first.end_to_end_id,
                note=_("and %(count)s more") % {"count": rest} if rest > 0 else "",
            ),
            Cell(str((request.at - each.raised_at).days), css="num"),
            money_cell(line.amount, signed=True),
        ],
        id=line.public_id,
    )
