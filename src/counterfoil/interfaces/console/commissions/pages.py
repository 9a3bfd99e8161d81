"""Pages of commission runs: the list, one run, a partner's lines in it, one figure explained."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.earnings.selectors import (
    exceptions_of_run,
    explain_sales_line,
    get_run,
    lines_of_run,
    list_adjustments,
    list_runs,
    shares_of_run,
)
from counterfoil.apps.earnings.types import Explanation, LineInfo, RunInfo, ShareInfo
from counterfoil.apps.partners.selectors import get_partner
from counterfoil.flows.run_commissions import Jump, jumps_of
from counterfoil.interfaces.console.commissions.adjustments import table_of
from counterfoil.interfaces.console.commissions.places import commission_tabs
from counterfoil.interfaces.console.commissions.words import EXCEPTIONS, STATES, region_words
from counterfoil.interfaces.console.guard import may_somewhere, shown_to
from counterfoil.interfaces.console.parts import Head, acts_for
from counterfoil.interfaces.console.tables import (
    Cell,
    Column,
    Filters,
    Row,
    Table,
    money_cell,
    picked,
)
from counterfoil.interfaces.console.words import day_text, people_names
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.asked import asked_number
from counterfoil.interfaces.web.presenters import Act, Crumb, Empty, format_count, show_money
from counterfoil.interfaces.web.requests import KnownRequest

LINES_MAX = 1_000
JUMPS_SHOWN = 50
LINE = "line-"
"""Stands before the number of a sales line in addresses."""


@shown_to("commissions.view")
def runs(request: KnownRequest) -> HttpResponse:
    """This will list commission runs, the newest month first."""
    state = request.GET.get("state", "")
    found = list_runs(state=state if state in STATES else "")
    table = Table(
        "runs",
        _("Commission runs"),
        [
            Column(_("Run")),
            Column(_("State")),
            Column(_("Waits for")),
            Column(_("Results"), "num"),
            Column(_("Total"), "num"),
            Column(_("Adds"), "num"),
        ],
        [_run_row(each) for each in found],
        Empty(
            _("No run fits") if state else _("No month was computed yet"),
            _("A month is computed as a draft, looked at, approved and then posted."),
            "coins",
            reverse("console:commission_new")
            if may_somewhere(request.me, "commissions.run")
            else "",
            _("Compute a month"),
        ),
    )
    context = {
        "crumbs": [Crumb(_("Commissions"))],
        "head": Head(
            _("Commissions"),
            _("Each month is computed, approved by its regions, then centrally, and posted."),
            acts=acts_for(
                request.me,
                (
                    "commissions.run",
                    Act(
                        _("Compute a month"), reverse("console:commission_new"), "plus", "main-act"
                    ),
                ),
            ),
        ),
        "tabs": commission_tabs(request, "console:commissions"),
        "tabs_label": _("Commissions"),
        "filters": Filters(
            reverse("console:commissions"),
            _("Choose runs"),
            fields=[
                picked(
                    "state",
                    _("State"),
                    [(key, each.word) for key, each in STATES.items()],
                    state,
                    _("Every state"),
                )
            ],
            has_search=False,
        ),
        "tables": [table],
    }
    return pages.page(request, "console/list.html", context)


def _run_row(each: RunInfo) -> Row:
    waits = ", ".join(region_words(r) for r in each.lacking) if each.state == "draft" else ""
    return Row(
        [
            Cell(
                f"{each.month} #{each.number}",
                reverse("console:commission_run", args=[each.public_id]),
                f"{each.plan_code}, {each.program}",
            ),
            Cell(status=STATES[each.state]),
            Cell(waits),
            Cell(format_count(each.line_count), css="num"),
            money_cell(each.total),
            money_cell(each.difference, signed=True),
        ],
        id=each.public_id,
    )


@shown_to("commissions.view")
def run(request: KnownRequest, run_id: str) -> HttpResponse:
    """This will show a run: totals, jumps against the last posted month, exceptions, partners."""
    found = get_run(run_id)
    shares, exceptions = shares_of_run(run_id), exceptions_of_run(run_id)
    jumps = jumps_of(found)
    names = people_names([found.made_by, found.posted_by])
    offered = (
        ("commissions.approve_region",
         Act(_("Approve"), reverse("console:commission_approve", args=[run_id]), "pass")),
        ("commissions.approve",
         Act(_("Post"), reverse("console:commission_post", args=[run_id]), "send", "main-act")),
    )  # fmt: skip
    again = Act(
        _("Compute again"),
        f"{reverse('console:commission_new')}?use={found.use}&month={found.month}",
        "undo",
    )
    issue = Act(
        _("Issue statements"),
        f"{reverse('console:statements_issue')}?month={found.month}",
        "report",
        "main-act",
    )
    acts = {
        "draft": acts_for(request.me, ("commissions.run", again), *offered),
        "posted": acts_for(request.me, ("commissions.run", again), ("statements.issue", issue)),
    }
    context = {
        "crumbs": [
            Crumb(_("Commissions"), reverse("console:commissions")),
            Crumb(f"{found.month} #{found.number}"),
        ],
        "head": Head(
            _("Commissions of %(month)s") % {"month": found.month},
            _("%(plan)s in %(program)s, made by %(person)s")
            % {
                "plan": found.plan_code, "program": found.program,
                "person": names.get(found.made_by, found.made_by),
            },
            STATES[found.state],
            acts.get(found.state, []),
        ),
        "notices_of": _told(found),
        "kpis": [
            (_("Total"), show_money(found.total), ""),
            (_("Adds to what is posted"), show_money(found.difference), ""),
            (_("Exceptions"), format_count(len(exceptions)), ""),
            (_("Jumps"), format_count(len(jumps)), _("by more than half")),
        ],
        "tables": [
            *([_jumps(found, jumps)] if jumps else []),
            _shares(found, shares),
            Table(
                "exceptions",
                _("Exceptions"),
                [Column(_("What")), Column(_("Line or currency")), Column(_("Why"))],
                [
                    Row([Cell(EXCEPTIONS.get(e.kind, e.kind)), Cell(e.about), Cell(e.message)])
                    for e in exceptions
                ],
                Empty(_("No exception"), _("Each line of the month counts as the plan says.")),
            ),
            table_of(
                list_adjustments(use=found.use, month=found.month),
                empty=Empty(
                    _("No adjustment of this month"),
                    _("What people add by hand stands here; it never changes the run."),
                ),
            ),
        ],
    }  # fmt: skip
    return pages.page(request, "console/detail.html", context)


def _told(found: RunInfo) -> list[tuple[str, str, str]]:
    told = []
    if found.is_correction:
        told.append(
            ("", "info", _("The month was posted before: posting this run adds differences only."))
        )
    if found.state == "draft" and found.lacking:
        waits = ", ".join(region_words(region) for region in found.lacking)
        told.append(("", "clock", _("It waits for: %(regions)s.") % {"regions": waits}))
    return told


def _jumps(found: RunInfo, jumps: tuple[Jump, ...]) -> Table:
    """Return who moved by more than half against the last posted month, and why."""
    return Table(
        "jumps",
        _("Jumps against the last posted month"),
        [
            Column(_("Partner")),
            Column(_("Why")),
            Column(_("Before"), "num"),
            Column(_("Now"), "num"),
        ],
        [
            Row(
                [
                    Cell(
                        each.partner_name,
                        reverse(
                            "console:commission_lines",
                            args=[found.public_id, each.partner_public_id],
                        ),
                    ),
                    Cell(" ".join(each.why)),
                    money_cell(each.before),
                    money_cell(each.earned),
                ],
                id=f"jump-{each.partner_public_id}",
            )
            for each in jumps[:JUMPS_SHOWN]
        ],
        Empty(_("No jump"), _("Nobody moved by more than half.")),
        note=_("%(count)s more are not shown.") % {"count": len(jumps) - JUMPS_SHOWN}
        if len(jumps) > JUMPS_SHOWN
        else "",
    )


def _shares(found: RunInfo, shares: tuple[ShareInfo, ...]) -> Table:
    rows = []
    for each in shares:
        url = reverse("console:commission_lines", args=[found.public_id, each.partner_public_id])
        rows.append(
            Row(
                [
                    Cell(each.partner_name, url),
                    Cell(region_words(each.region)),
                    Cell(format_count(each.line_count), css="num"),
                    money_cell(each.base),
                    money_cell(each.earned),
                    money_cell(each.difference, signed=True),
                ],
                id=each.public_id,
            )
        )
    return Table(
        "partners",
        _("Partners"),
        [
            Column(_("Partner")),
            Column(_("Region")),
            Column(_("Results"), "num"),
            Column(_("Sales"), "num"),
            Column(_("Earned"), "num"),
            Column(_("Adds"), "num"),
        ],
        rows,
        Empty(_("Nobody earned in this month"), _("No sales line of the month counts.")),
    )


@shown_to("commissions.view")
def lines(request: KnownRequest, run_id: str, partner_id: str) -> HttpResponse:
    """This will list what each of a partner's sales lines gave in a run."""
    found, partner = get_run(run_id), get_partner(partner_id=partner_id)
    rows = lines_of_run(run_id, partner_id=partner.pk)
    table = Table(
        "lines",
        _("Lines"),
        [
            Column(_("Line")),
            Column(_("Sold")),
            Column(_("Product")),
            Column(_("Amount"), "num"),
            Column(_("Commission"), "num"),
        ],
        [_line_row(found, each) for each in rows[:LINES_MAX]],
        Empty(
            _("No line of its own"),
            _("What it earned in this month is its share in other partners' sales."),
        ),
        note=_("Only the first %(count)s are shown; the command line lists all.")
        % {"count": format_count(LINES_MAX)}
        if len(rows) > LINES_MAX
        else "",
    )
    context = {
        "crumbs": [
            *_crumbs(found),
            Crumb(partner.data.name),
        ],
        "head": Head(
            partner.data.name,
            _("Lines in %(month)s, run %(number)s, before splits")
            % {"month": found.month, "number": found.number},
        ),
        "tables": [table],
    }
    return pages.page(request, "console/list.html", context)


def _crumbs(found: RunInfo) -> list[Crumb]:
    return [
        Crumb(_("Commissions"), reverse("console:commissions")),
        Crumb(
            f"{found.month} #{found.number}",
            reverse("console:commission_run", args=[found.public_id]),
        ),
    ]


def _line_row(found: RunInfo, each: LineInfo) -> Row:
    url = reverse("console:commission_line", args=[found.public_id, f"{LINE}{each.sales_line}"])
    return Row(
        [
            Cell(each.source_key, url, _("Refund") if each.is_refund else each.component),
            Cell(day_text(each.sold_on)),
            Cell(each.product or each.category, note=each.category if each.product else ""),
            money_cell(-each.amount if each.is_refund else each.amount),
            money_cell(each.commission),
        ]
    )


@shown_to("commissions.view")
def explanation(request: KnownRequest, run_id: str, line: str) -> HttpResponse:
    """This will tell step by step how a sales line's commission came about."""
    found = get_run(run_id)
    told = explain_sales_line(run_id, sales_line=asked_number(line.removeprefix(LINE)) or -1)
    first = told[0].line
    context = {
        "crumbs": [*_crumbs(found), Crumb(first.source_key)],
        "head": Head(
            _("How %(amount)s came about")
            % {"amount": show_money(sum((e.line.commission for e in told[1:]), first.commission))},
            _("Line %(line)s of order %(order)s, sold on %(day)s for %(amount)s")
            % {
                "line": first.source_key, "order": first.order_number,
                "day": day_text(first.sold_on), "amount": show_money(first.amount),
            },
        ),
        "tables": [steps_table(number, each) for number, each in enumerate(told)],
    }  # fmt: skip
    return pages.page(request, "console/list.html", context)


def steps_table(number: int, each: Explanation) -> Table:
    """This will make the table of a calculation's steps."""
    return Table(
        f"steps-{number}",
        each.line.component,
        [Column(_("Step")), Column(_("Calculation")), Column(_("Result"))],
        [Row([Cell(s.what), Cell(s.calculation), Cell(s.result)]) for s in each.steps],
        Empty(_("No step"), ""),
    )
