"""The partner's commission statements: each figure down to its lines, each line to its steps."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from counterfoil.apps.earnings.errors import UnknownStatement
from counterfoil.apps.earnings.selectors import (
    explain_own_line,
    get_statement,
    lines_of_figure,
    list_questions,
    list_statements,
)
from counterfoil.apps.earnings.types import LineInfo, StatementInfo
from counterfoil.core.money import Money
from counterfoil.core.statement_words import explain_figure, say_figure
from counterfoil.core.statements import Account, Figure
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.portal.guard import for_partners, language_of
from counterfoil.interfaces.portal.question_words import QUESTION_STATES
from counterfoil.interfaces.web.asked import asked_number
from counterfoil.interfaces.web.presenters import (
    Act,
    Empty,
    Pager,
    format_count,
    format_day,
    show_money,
)
from counterfoil.interfaces.web.requests import KnownRequest
from counterfoil.interfaces.web.statements import (
    accounts_of,
    csv_answer,
    figure_note,
    name_of,
    pdf_answer,
)

PAGE_SIZE = 24
LINES_MAX = 500
LINE = "line-"
"""Stands before the number of a sales line in addresses."""


@require_GET
@for_partners("statements.view")
def statements(request: KnownRequest) -> HttpResponse:
    """This will list the partner's statements, the newest month first."""
    start = max(asked_number(request.GET.get("after", "")) or 0, 0)
    found = list_statements(
        partner_id=request.me.partner_id, start=start, limit=PAGE_SIZE + 1
    )  # fmt: skip
    url = reverse("portal:statements")
    older = f"{url}?after={start + PAGE_SIZE}" if len(found) > PAGE_SIZE else ""
    context = {
        "rows": [_row(each, request) for each in found[:PAGE_SIZE]],
        "pager": Pager("", url if start else "", older) if start or older else None,
        "nothing": Empty(
            _("No statement yet"),
            _("When a month of commissions is posted, its statement stands here, and we write."),
            "report",
        ),
    }
    return render(request, "portal/statements.html", context)


def _row(found: StatementInfo, request: KnownRequest) -> dict[str, Any]:
    language = language_of(request)
    day = format_day(found.issued_at.astimezone(request.person.zone).date())
    return {
        "url": reverse("portal:statement", args=[found.public_id]),
        "title": name_of(found, language),
        "note": _("issued %s") % day
        if found.is_latest
        else _("issued %s, replaced by a later one") % day,
        "is_latest": found.is_latest,
        "sums": [
            show_money(Money(account.closing, account.currency))
            for account in found.content.accounts
        ],
    }


@require_GET
@for_partners("statements.view")
def statement(request: KnownRequest, statement_id: str) -> HttpResponse:
    """This will show a statement: what was open, what moved it, what is open now."""
    found = _own(request, statement_id)
    language = language_of(request)
    context = {
        "heading": name_of(found, language),
        "issued": format_day(found.issued_at.astimezone(request.person.zone).date()),
        "number": found.number,
        "is_latest": found.is_latest,
        "accounts": accounts_of(
            found,
            language=language,
            url_of=lambda key: reverse("portal:figure", args=[statement_id, key]),
        ),
        "pdf_url": reverse("portal:statement_pdf", args=[statement_id]),
        "csv_url": reverse("portal:statement_csv", args=[statement_id]),
        "sha256": found.content_sha256,
        "asked": [
            {
                "url": reverse("portal:question", args=[each.public_id]),
                "title": each.subject,
                "about": "",
                "status": QUESTION_STATES[each.state],
                "note": "",
            }
            for each in list_questions(partner_id=request.me.partner_id, statement_id=statement_id)
        ],
    }
    return render(request, "portal/statement.html", context)


@require_GET
@for_partners("statements.view")
def figure(request: KnownRequest, statement_id: str, figure: str) -> HttpResponse:
    """This will tell how a figure came about, with the lines that it sums."""
    found = _own(request, statement_id)
    account, chosen = _figure(found, figure)
    language = language_of(request)
    lines = lines_of_figure(found, chosen, language=language)
    context = {
        "heading": say_figure(found.content, chosen, language),
        "back_url": reverse("portal:statement", args=[statement_id]),
        "back": name_of(found, language),
        "money": show_money(Money(chosen.minor, account.currency)),
        "note": figure_note(found, chosen, language),
        "why": explain_figure(chosen, language),
        "facts": _facts(chosen),
        "ask": _ask(found, figure),
        "lines": [_line(found, each) for each in lines[:LINES_MAX]],
        "cut": _("Only the first %(count)s lines are shown; the CSV lists all of them.")
        % {"count": format_count(LINES_MAX)}
        if len(lines) > LINES_MAX
        else "",
    }
    return render(request, "portal/figure.html", context)


def _facts(chosen: Figure) -> list[tuple[str, str]]:
    rows = [
        (_("Day"), format_day(chosen.on) if chosen.on else ""),
        (_("Reason"), chosen.reason),
        (_("Reference"), chosen.ref if chosen.entry else ""),
    ]
    return [(word, text) for word, text in rows if text]


def _line(found: StatementInfo, each: LineInfo) -> dict[str, Any]:
    return {
        "url": reverse("portal:line", args=[found.public_id, f"{LINE}{each.sales_line}"]),
        "key": each.source_key,
        "what": each.product or each.category,
        "day": format_day(each.sold_on),
        "sold": show_money(-each.amount if each.is_refund else each.amount),
        "commission": show_money(each.commission),
    }


@require_GET
@for_partners("statements.view")
def line(request: KnownRequest, statement_id: str, line: str) -> HttpResponse:
    """This will tell step by step how one of the partner's lines earned its commission."""
    found = _own(request, statement_id)
    language = language_of(request)
    number = asked_number(line.removeprefix(LINE)) or -1
    told = explain_own_line(found, sales_line=number, language=language)
    first = told[0].line
    total = sum((each.line.commission for each in told[1:]), first.commission)
    context = {
        "heading": _("How %(amount)s came about") % {"amount": show_money(total)},
        "back_url": reverse("portal:statement", args=[statement_id]),
        "back": name_of(found, language),
        "facts": [
            (_("Line"), first.source_key),
            (_("Order"), first.order_number),
            (_("Refunded on") if first.is_refund else _("Sold on"), format_day(first.sold_on)),
            (_("Product"), first.product),
            (_("Category"), first.category),
            (_("Refund") if first.is_refund else _("Sale"), str(show_money(first.amount))),
        ],
        "parts": [
            {"title": each.line.component, "id": f"part-{n}", "steps": each.steps}
            for n, each in enumerate(told)
        ],
        "ask": _ask(found, figure_of_line(found, first), line=number),
    }
    return render(request, "portal/line.html", context)


def _ask(found: StatementInfo, key: str, *, line: int = 0) -> Act:
    """Return the act that asks about a figure, or about one of its lines."""
    url = reverse("portal:question_ask", args=[found.public_id, key])
    label = _("Ask about this line") if line else _("Ask about this figure")
    return Act(label, f"{url}?line={LINE}{line}" if line else url, "help")


def figure_of_line(found: StatementInfo, line: LineInfo) -> str:
    """This will return the key of the figure that a line counts in. Raises UnknownStatement."""
    for account in found.content.accounts:
        for number, each in enumerate(account.figures):
            if lines_of_figure(found, each, sales_line=line.sales_line):
                return f"{account.currency}-{number}"
    raise UnknownStatement("The statement has no such line.")


@require_GET
@for_partners("statements.view")
def statement_pdf(request: KnownRequest, statement_id: str) -> HttpResponse:
    """This will hand out the PDF as it was issued."""
    return pdf_answer(_own(request, statement_id), adapter("evidence_store"))


@require_GET
@for_partners("statements.view")
def statement_csv(request: KnownRequest, statement_id: str) -> HttpResponse:
    """This will hand out the statement and its lines as CSV."""
    return csv_answer(_own(request, statement_id), language_of(request))


def _own(request: KnownRequest, statement_id: str) -> StatementInfo:
    return get_statement(statement_id, partner_id=request.me.partner_id)


def _figure(found: StatementInfo, key: str) -> tuple[Account, Figure]:
    chosen = found.content.figure(key)
    if chosen is None:
        raise Http404(f"The statement has no figure {key}.")
    return chosen
