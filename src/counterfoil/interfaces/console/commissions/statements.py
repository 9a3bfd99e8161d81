"""Statements in the console: the same documents as the partner's, and issuing them."""

from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET

from counterfoil.apps.earnings.errors import WrongState
from counterfoil.apps.earnings.selectors import (
    get_statement,
    lines_of_figure,
    list_runs,
    list_statements,
    statement_months,
)
from counterfoil.apps.earnings.types import LineInfo, StatementInfo
from counterfoil.apps.partners.selectors import partner_names
from counterfoil.core.money import Money
from counterfoil.core.statement_words import explain_figure, say_figure
from counterfoil.flows.issue_statements import ISSUED_MAX, issue_statements, statements_due
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.console.acts import ActPage, answer, sentence
from counterfoil.interfaces.console.commissions.places import commission_tabs
from counterfoil.interfaces.console.forms import text_field
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.parts import Head, acts_for
from counterfoil.interfaces.console.tables import (
    Cell,
    Column,
    Filters,
    Row,
    Table,
    money_cell,
    pager_of,
    picked,
)
from counterfoil.interfaces.console.words import day_text, moment_of, people_names
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.asked import asked_number
from counterfoil.interfaces.web.presenters import (
    Act,
    Crumb,
    Empty,
    Status,
    format_count,
    show_money,
)
from counterfoil.interfaces.web.requests import KnownRequest
from counterfoil.interfaces.web.statements import (
    AccountPart,
    accounts_of,
    csv_answer,
    figure_note,
    name_of,
    pdf_answer,
)

PAGE_SIZE = 100
LINES_MAX = 1_000
LANGUAGE = "en"
ISSUED = Status(gettext_lazy("Issued"), "pass", "ok")
REPLACED = Status(gettext_lazy("Replaced by a later one"), "undo", "mute")


class MonthForm(forms.Form):
    """Of which month."""

    month = text_field(gettext_lazy("Month"), hint=gettext_lazy("Such as 2026-04."), length_max=7)


@require_GET
@shown_to("statements.view")
def statements(request: KnownRequest) -> HttpResponse:
    """This will list statements by month and partner."""
    months = statement_months()
    month = request.GET.get("month", "")
    start = asked_number(request.GET.get("after", "")) or 0
    found = list_statements(month=month, start=start, limit=PAGE_SIZE + 1)
    names = partner_names(pks={each.partner_id for each in found})
    more = str(start + PAGE_SIZE) if len(found) > PAGE_SIZE else ""
    issue = Act(_("Issue statements"), reverse("console:statements_issue"), "report", "main-act")
    table = Table(
        "statements",
        _("Statements"),
        [
            Column(_("Partner")),
            Column(_("Month")),
            Column(_("State")),
            Column(_("Issued")),
            Column(_("Open at the end"), "num"),
        ],
        [_row(request, each, names[each.partner_id][0]) for each in found[:PAGE_SIZE]],
        Empty(
            _("No statement fits") if month else _("No statement was issued yet"),
            _("When a month is posted, Finance issues its statements, and partners are told."),
            "report",
        ),
        pager=pager_of(request, shown=len(found[:PAGE_SIZE]), next_cursor=more),
    )
    context = {
        "crumbs": [
            Crumb(_("Commissions"), reverse("console:commissions")),
            Crumb(_("Statements")),
        ],
        "head": Head(
            _("Commission statements"),
            _("What was issued never changes; other figures are a statement with a new number."),
            acts=acts_for(request.me, ("statements.issue", issue)),
        ),
        "tabs": commission_tabs(request, "console:statements"),
        "tabs_label": _("Commissions"),
        "filters": Filters(
            reverse("console:statements"),
            _("Choose statements"),
            fields=[
                picked(
                    "month", _("Month"), [(m.month, m.month) for m in months], month,
                    _("Every month"),
                )
            ],
            has_search=False,
        ),
        "tables": [table],
    }  # fmt: skip
    return pages.page(request, "console/list.html", context)


def _row(request: KnownRequest, each: StatementInfo, name: str) -> Row:
    sums = ", ".join(
        str(show_money(Money(account.closing, account.currency)))
        for account in each.content.accounts
    )
    return Row(
        [
            Cell(name, reverse("console:statement", args=[each.public_id])),
            Cell(name_of(each, LANGUAGE)),
            Cell(status=ISSUED if each.is_latest else REPLACED),
            Cell(moment=moment_of(request, each.issued_at)),
            Cell(sums, css="num"),
        ],
        id=each.public_id,
    )


@require_GET
@shown_to("statements.view")
def statement(request: KnownRequest, statement_id: str) -> HttpResponse:
    """This will show a statement as its partner sees it."""
    found = get_statement(statement_id)
    partner = partner_names(pks=[found.partner_id])[found.partner_id]
    names = people_names([found.issued_by])
    parts = accounts_of(
        found,
        language=LANGUAGE,
        url_of=lambda key: reverse("console:figure", args=[statement_id, key]),
    )
    context = {
        "crumbs": [*_crumbs(found)[:-1], Crumb(f"{partner[0]}, {name_of(found, LANGUAGE)}")],
        "head": Head(
            f"{partner[0]}, {name_of(found, LANGUAGE)}",
            _("Issued by %(person)s. The partner reads the same.")
            % {"person": names.get(found.issued_by, found.issued_by)},
            ISSUED if found.is_latest else REPLACED,
            [
                Act(_("PDF"), reverse("console:statement_pdf", args=[statement_id]), "download",
                    dialog=False),
                Act(_("CSV"), reverse("console:statement_csv", args=[statement_id]), "download",
                    dialog=False),
            ],
        ),
        "tables": [_account(part) for part in parts],
        "facts_title": _("Record"),
        "facts": [
            (_("Partner"), partner[0]),
            (_("Issued"), moment_of(request, found.issued_at)),
            (_("Content"), f"sha256 {found.content_sha256}"),
            (_("PDF"), f"sha256 {found.pdf_sha256}"),
        ],
    }  # fmt: skip
    return pages.page(request, "console/detail.html", context)


def _account(part: AccountPart) -> Table:
    rows = [Row([Cell(part.opening_words), Cell(money=part.opening, css="num")])]
    rows += [
        Row([Cell(row.words, row.url, row.note), Cell(money=row.money, css="num")])
        for row in part.rows
    ]
    rows += [Row([Cell(words), Cell(money=m, css="num soft")]) for words, m in part.parts]
    rows.append(Row([Cell(part.closing_words), Cell(money=part.closing, css="num")]))
    return Table(
        part.id,
        part.heading,
        [Column(_("Figure")), Column(_("Amount"), "num")],
        rows,
        Empty(_("Nothing moved in this month"), ""),
    )


@require_GET
@shown_to("statements.view")
def figure(request: KnownRequest, statement_id: str, figure: str) -> HttpResponse:
    """This will tell how a figure came about, with its lines and their calculations."""
    found = get_statement(statement_id)
    known = found.content.figure(figure)
    if known is None:
        raise Http404(f"The statement has no figure {figure}.")
    account, chosen = known
    lines = lines_of_figure(found, chosen)
    facts = [
        (_("Amount"), show_money(Money(chosen.minor, account.currency))),
        (_("Plan"), figure_note(found, chosen, LANGUAGE)),
        (_("Day"), day_text(chosen.on)),
        (_("Reason"), chosen.reason),
        (_("Reference"), chosen.ref),
        (_("Ledger entry"), chosen.entry),
    ]
    context: dict[str, Any] = {
        "crumbs": [*_crumbs(found), Crumb(say_figure(found.content, chosen, LANGUAGE))],
        "head": Head(
            say_figure(found.content, chosen, LANGUAGE), explain_figure(chosen, LANGUAGE)
        ),
        "facts_title": _("How this figure came about"),
        "facts": [(word, text) for word, text in facts if text],
        "tables": [_lines(chosen.run, lines)] if lines else [],
    }
    return pages.page(request, "console/detail.html", context)


def _lines(run: str, lines: tuple[LineInfo, ...]) -> Table:
    return Table(
        "lines",
        _("Lines"),
        [
            Column(_("Line")),
            Column(_("Sold")),
            Column(_("Product")),
            Column(_("Amount"), "num"),
            Column(_("Commission"), "num"),
        ],
        [
            Row(
                [
                    Cell(
                        each.source_key,
                        reverse("console:commission_line", args=[run, f"line-{each.sales_line}"]),
                    ),
                    Cell(day_text(each.sold_on)),
                    Cell(each.product or each.category),
                    money_cell(-each.amount if each.is_refund else each.amount),
                    money_cell(each.commission),
                ]
            )
            for each in lines[:LINES_MAX]
        ],
        Empty(_("No line"), ""),
        note=_("Only the first %(count)s are shown; the CSV lists all.")
        % {"count": format_count(LINES_MAX)}
        if len(lines) > LINES_MAX
        else "",
    )


def _crumbs(found: StatementInfo) -> list[Crumb]:
    return [
        Crumb(_("Commissions"), reverse("console:commissions")),
        Crumb(_("Statements"), f"{reverse('console:statements')}?month={found.month}"),
        Crumb(name_of(found, LANGUAGE), reverse("console:statement", args=[found.public_id])),
    ]


@require_GET
@shown_to("statements.view")
def pdf(request: KnownRequest, statement_id: str) -> HttpResponse:
    """This will hand out the PDF as it was issued."""
    return pdf_answer(get_statement(statement_id), adapter("evidence_store"))


@require_GET
@shown_to("statements.view")
def csv(request: KnownRequest, statement_id: str) -> HttpResponse:
    """This will hand out the statement and its lines as CSV."""
    return csv_answer(get_statement(statement_id), LANGUAGE)


@shown_to("statements.issue")
def issue(request: KnownRequest) -> HttpResponse:
    """This will issue the statements of a month that are due, a page full at a time."""
    posted = list_runs(state="posted")
    month = request.GET.get("month", "") or (posted[0].month if posted else "")
    form = MonthForm(request.POST or None, initial={"month": month})

    def do() -> str:
        done = issue_statements(
            month=form.cleaned_data["month"], store=adapter("evidence_store"),
            pdf=adapter("pdf"), by=request.me, at=request.at,
        )  # fmt: skip
        if not done.statements:
            return _("No statement is due: every partner has the figures of the ledger.")
        said = ngettext(
            "%(count)s statement is issued.", "%(count)s statements are issued.",
            len(done.statements),
        ) % {"count": format_count(len(done.statements))}  # fmt: skip
        left = _(" %(count)s are left: issue again.") % {"count": format_count(done.left)}
        return said + (left if done.left else "")

    act = ActPage(
        title=_("Issue the statements of a month"),
        confirm=_("Issue statements"),
        back_url=reverse("console:statements"),
        form=form,
        facts=_due_facts(month),
        notice=_(
            "Partners are told by mail. What is issued never changes. Up to %(count)s at a time; "
            "who has the ledger's figures already gets none."
        )
        % {"count": format_count(ISSUED_MAX)},
    )
    return answer(request, act, do)


def _due_facts(month: str) -> list[tuple[str, str]]:
    """Return how many statements of the month are due, and runs of it that still wait."""
    if not month:
        return []
    try:
        due = statements_due(month=month)
    except WrongState as error:
        return [(_("Month"), sentence(str(error)))]
    waiting = [each.plan_code for each in list_runs(month=month, state="draft")]
    facts = [(_("Due of %(month)s") % {"month": month}, format_count(len(due)))]
    if waiting:
        facts.append((_("Runs of it not posted yet"), ", ".join(waiting)))
    return facts
