"""Where the day begins: what waits for this person, by what their role may do."""

from collections.abc import Iterator

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from counterfoil.apps.earnings.selectors import list_questions
from counterfoil.apps.earnings.selectors import list_runs as list_commission_runs
from counterfoil.apps.earnings.types import CENTRAL
from counterfoil.apps.engagements.selectors import waiting_for
from counterfoil.apps.exchange.selectors import list_runs
from counterfoil.apps.ledger.selectors import tracker_rows
from counterfoil.apps.payouts.selectors import list_batches, list_payees, ready_to_pay
from counterfoil.apps.playbooks.selectors import list_versions
from counterfoil.apps.submissions.selectors import queue_counts
from counterfoil.apps.submissions.selectors.inquiries import count_late_inquiries
from counterfoil.core.authority import AUTHORITY
from counterfoil.core.money import Money
from counterfoil.core.questions import OUR_TURN
from counterfoil.interfaces.console.guard import may_somewhere, shown_to
from counterfoil.interfaces.console.home.payments import payments_waiting
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.console.tables import Cell, Column, Row, Table, Words
from counterfoil.interfaces.console.words import url_of
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import (
    Crumb,
    Empty,
    Status,
    format_count,
    show_money,
)
from counterfoil.interfaces.web.requests import KnownRequest

Waiting = tuple[Words, str, str, Status]
COUNT_MAX = 500


@shown_to("reports.view")
def home(request: KnownRequest) -> HttpResponse:
    """This will list what waits for the person, and the places that their role opens."""
    waiting = list(_waiting(request))
    name = request.me.name.split()[0] if request.me.name else ""
    table = Table(
        "waiting",
        _("What waits for you"),
        [Column(_("What")), Column(_("State")), Column(_("How much"), "num")],
        [
            Row([Cell(words, url), Cell(status=status), Cell(figure, css="num")])
            for words, url, figure, status in waiting
        ],
        Empty(
            _("Nothing waits for you"),
            _("New work stands here as it comes. The places at the left are yours to look at."),
            "pass",
        ),
    )
    context = {
        "crumbs": [Crumb(_("Home"))],
        "head": Head(_("Hello, %(name)s") % {"name": name} if name else _("Hello")),
        "kpis": _kpis(),
        "tables": [table],
    }
    return pages.page(request, "console/list.html", context)


def _waiting(request: KnownRequest) -> Iterator[Waiting]:
    me = request.me
    ours = Status(_("Our turn"), "ours", "ours")
    queue = url_of("console:queue")
    if queue and may_somewhere(me, "submissions.approve"):
        yield from _to_review(request, queue, ours)
    if may_somewhere(me, "payees.check"):
        pending = list_payees(status="pending", limit=COUNT_MAX)
        mine = [each for each in pending if each.entered_by != me.id]
        if mine:
            url = f"{reverse('console:payees')}?status=pending"
            yield _("Payees wait for the second check"), url, format_count(len(mine)), ours
    if may_somewhere(me, "bills.release"):
        sealed = list_batches(state="sealed", limit=COUNT_MAX)
        for each in (batch for batch in sealed if batch.sealed_by != me.id):
            total = ", ".join(str(show_money(money)) for money in each.totals)
            url = reverse("console:batch", args=[each.public_id])
            yield (
                _("%(number)s waits to be sent for payment") % {"number": each.number},
                url,
                total,
                ours,
            )
    if may_somewhere(me, "bills.seal"):
        yield from _to_bill(ours)
    yield from payments_waiting(request, ours)
    yield from _commissions(request, ours)
    yield from _audits(request, ours)
    if may_somewhere(me, "playbooks.publish"):
        for row in list_versions():
            if row.state == "draft" and row.author_id != me.id:
                url = reverse("console:playbook", args=[row.public_id])
                yield (
                    _("Draft %(label)s waits to be published") % {"label": row.label},
                    url,
                    "",
                    ours,
                )
    if may_somewhere(me, "imports.run"):
        for run in list_runs(limit=COUNT_MAX):
            if run.state == "staged":
                url = reverse("console:import", args=[run.public_id])
                figure = ngettext("%(rows)s row", "%(rows)s rows", run.rows) % {
                    "rows": format_count(run.rows)
                }
                words = _("%(file)s is checked and waits to be taken") % {"file": run.file_name}
                yield words, url, figure, ours


def _audits(request: KnownRequest, ours: Status) -> Iterator[Waiting]:
    """Yield requests of auditors that wait for a reply, and refinements that the person owns."""
    if not may_somewhere(request.me, "engagements.view"):
        return
    may_reply = may_somewhere(request.me, "engagements.reply") and not may_somewhere(
        request.me, "engagements.work"
    )
    for each in waiting_for(request.me.id):
        url = reverse("console:engagement", args=[each.id])
        if each.asks and may_reply:
            words = _("Requests of the audit %(title)s wait for a reply") % {"title": each.title}
            yield words, f"{url}#requests", format_count(each.asks), ours
        if each.refinements:
            words = _("Refinements of the audit %(title)s are yours") % {"title": each.title}
            yield words, f"{url}#refinements", format_count(each.refinements), ours


def _commissions(request: KnownRequest, ours: Status) -> Iterator[Waiting]:
    """Yield runs that wait for this person's approval, and questions that wait for an answer."""
    me = request.me
    for run in list_commission_runs(state="draft"):
        regions = [region for region in run.lacking if region != CENTRAL]
        action = "commissions.approve_region" if regions else "commissions.approve"
        mine = [g.region for g in me.grants if g.role in AUTHORITY[action][0]]
        is_here = not regions or "" in mine or set(mine) & set(regions)
        if mine and is_here and run.made_by != me.id:
            yield (
                _("Commissions of %(month)s wait for approval") % {"month": run.month},
                reverse("console:commission_run", args=[run.public_id]),
                str(show_money(run.total)),
                ours,
            )
    if may_somewhere(me, "questions.answer"):
        waiting = list_questions(states=OUR_TURN)
        mine_or_free = [each for each in waiting if each.assigned_to in {"", me.id}]
        if mine_or_free:
            url = f"{reverse('console:questions')}?show=ours"
            yield (
                _("Questions about commissions wait for an answer"),
                url,
                format_count(len(mine_or_free)),
                ours,
            )


def _to_review(request: KnownRequest, queue: str, ours: Status) -> Iterator[Waiting]:
    counts = queue_counts(by=request.me, at=request.at)
    late = Status(_("Late"), "late", "bad")
    for group, view, words, status in (
        ("late", "late", _("Late requests and claims"), late),
        ("mine", "mine", _("Requests and claims assigned to you"), ours),
        ("second_review", "second", _("Waiting for a second approval"), ours),
        ("unassigned", "unassigned", _("Requests and claims that nobody has taken yet"), ours),
    ):
        if counts[group]:
            yield words, f"{queue}?view={view}", format_count(counts[group]), status
    if silent := count_late_inquiries(at=request.at):
        words = _("Account executives have not answered in time")
        yield words, queue, format_count(silent), late


def _to_bill(ours: Status) -> Iterator[Waiting]:
    sums: dict[str, Money] = {}
    for row in ready_to_pay():
        if row.is_ready:
            zero = Money.zero(row.amount.currency)
            sums[row.amount.currency] = sums.get(row.amount.currency, zero) + row.amount
    for currency, total in sorted(sums.items()):
        url = f"{reverse('console:ready_to_pay')}?view=ready&currency={currency}"
        yield _("Ready to pay, no vendor bill yet"), url, str(show_money(total)), ours


def _kpis() -> list[tuple[str, str, str]]:
    """Return what is available in each currency."""
    sums: dict[str, tuple[Money, Money]] = {}
    for at in tracker_rows():
        zero = Money.zero(at.currency)
        left, owed = sums.get(at.currency, (zero, zero))
        sums[at.currency] = (left + at.available, owed + at.approved)
    return [
        (
            _("Available to partners, %(currency)s") % {"currency": currency},
            show_money(left).figure,
            _("approved and not paid yet %(sum)s") % {"sum": show_money(owed).figure},
        )
        for currency, (left, owed) in sorted(sums.items())
    ]
