"""What is ready to be paid by bank file, and the list of payment batches."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.payouts.selectors import (
    list_own_accounts,
    list_payment_batches,
    ready_by_bank,
)
from counterfoil.apps.payouts.types import PaymentBatchInfo, PayRow
from counterfoil.core.money import Money
from counterfoil.interfaces.console.batches.outside import lock_status
from counterfoil.interfaces.console.batches.words import STATES, UNKNOWN
from counterfoil.interfaces.console.guard import may_somewhere, shown_to
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
from counterfoil.interfaces.console.words import day_text, moment_of, people_names, submission_url
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

PAGE = 50
ROWS_MAX = 500


@shown_to("batches.view")
def batches(request: KnownRequest) -> HttpResponse:
    """This will list payment batches, the newest first."""
    state = request.GET.get("state", "")
    after = asked_number(request.GET.get("after", ""))
    found = list_payment_batches(state=state or None, before=after, limit=PAGE + 1)
    shown = found[:PAGE]
    names = people_names([each.sealed_by for each in shown])
    table = Table(
        "batches",
        _("Batches"),
        [
            Column(_("Batch")),
            Column(_("State")),
            Column(_("Made by")),
            Column(_("To be paid")),
            Column(_("Payments"), "num"),
            Column(_("Total"), "num"),
        ],
        [_row(request, each, names) for each in shown],
        Empty(
            _("No batch fits") if state else _("No payment file was made yet"),
            _("When something is ready to be paid by bank file, Finance makes a batch of it."),
            "batch",
            reverse("console:pay_ready") if may_somewhere(request.me, "payees.view") else "",
            _("See what is ready"),
        ),
        pager=pager_of(
            request, shown=len(shown), next_cursor=str(shown[-1].id) if len(found) > PAGE else ""
        ),
    )
    acts = acts_for(
        request.me,
        (
            "payees.view",
            Act(_("Ready to pay"), reverse("console:pay_ready"), "coins", dialog=False),
        ),
        (
            "batches.view",
            Act(_("What is outside"), reverse("console:outside"), "bank", dialog=False),
        ),
    )
    context = {
        "crumbs": [Crumb(_("Payment batches"))],
        "head": Head(
            _("Payment batches"),
            _("One file for the bank each: made by one person, approved by two others."),
            lock_status(),
            acts,
        ),
        "filters": Filters(
            reverse("console:payment_batches"),
            _("Choose batches"),
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


@shown_to("payees.view")
def ready(request: KnownRequest) -> HttpResponse:
    """This will list what is owed by bank file, and what keeps each of it from being paid."""
    account = request.GET.get("account", "")
    on = request.at.astimezone(request.person.zone).date()
    rows = ready_by_bank(on=on, own_account=account or None)
    good = [row for row in rows if row.is_ready]
    shown = rows[:ROWS_MAX]
    seal = Act(_("Make a payment file"), reverse("console:payments_seal"), "lock", "main-act")
    acts = acts_for(
        request.me,
        (
            "batches.view",
            Act(_("Payment batches"), reverse("console:payment_batches"), "batch", dialog=False),
        ),
        *((("batches.seal", seal),) if good else ()),
    )
    accounts = [(each.code, f"{each.code}, {each.holder}") for each in list_own_accounts()]
    table = Table(
        "payables",
        _("Payables"),
        [
            Column(_("Payable")),
            Column(_("Partner")),
            Column(_("Approved")),
            Column(_("Account")),
            Column(_("State")),
            Column(_("Amount"), "num"),
            Column(_("Hold")),
        ],
        [_ready_row(request, row) for row in shown],
        Empty(
            _("Nothing is owed by bank file"),
            _("What is approved for payees who are paid by bank file stands here."),
            "coins",
        ),
        note=_("%(count)s more are not shown.") % {"count": len(rows) - len(shown)}
        if len(rows) > len(shown)
        else "",
    )
    context = {
        "crumbs": [
            Crumb(_("Payment batches"), reverse("console:payment_batches")),
            Crumb(_("Ready to pay")),
        ],
        "head": Head(
            _("Ready to pay by bank file"),
            _("Each row says what keeps it from being paid."),
            lock_status(),
            acts,
        ),
        "filters": Filters(
            reverse("console:pay_ready"),
            _("Choose payables"),
            fields=[picked("account", _("Paid from"), accounts, account, _("Every account"))],
            has_search=False,
        ),
        "kpis": _sums(rows),
        "tables": [table],
    }
    return pages.page(request, "console/list.html", context)


def _row(request: KnownRequest, each: PaymentBatchInfo, names: dict[str, str]) -> Row:
    return Row(
        [
            Cell(
                each.message_id,
                reverse("console:payment_batch", args=[each.public_id]),
                f"{each.own_account} {each.own_masked}",
            ),
            Cell(status=UNKNOWN if each.is_unknown else STATES[each.state]),
            Cell(names.get(each.sealed_by, ""), note=str(moment_of(request, each.sealed_at))),
            Cell(day_text(each.execute_on), css="nowrap"),
            Cell(format_count(each.count), css="num"),
            money_cell(each.total),
        ],
        id=each.public_id,
        is_bad=each.is_unknown or each.state == "rejected",
    )


def _ready_row(request: KnownRequest, row: PayRow) -> Row:
    act = None
    if may_somewhere(request.me, "payables.hold"):
        if row.hold_id:
            act = Act(_("Lift hold"), reverse("console:payable_lift", args=[row.hold_id]), "undo")
        elif not row.message_id:
            act = Act(_("Hold"), reverse("console:payable_hold", args=[row.payable_ref]), "pause")
    if row.is_ready:
        state = Cell(status=Status(_("Ready"), "pass", "ok"))
    else:
        state = Cell(status=Status(" ".join(row.blocks), "unknown", "warn"), url=_where(row))
    claim = submission_url(row.payable_ref) if row.number else ""
    return Row(
        [
            Cell(row.number or row.payable_ref, claim, row.title),
            Cell(row.partner_name, reverse("console:partner", args=[row.partner_public_id])),
            Cell(day_text(row.approved_on), css="nowrap"),
            Cell(row.detail.masked if row.detail else "", css="nowrap"),
            state,
            money_cell(row.amount),
            Cell(act=act),
        ],
        id=row.entry_id,
    )


def _where(row: PayRow) -> str:
    """Where one mends what is missing first."""
    if row.message_id:
        return reverse("console:payment_batch", args=[row.message_id])
    return reverse("console:payee", args=[row.payee.public_id])


def _sums(rows: tuple[PayRow, ...]) -> list[tuple[str, str, str]]:
    sums: dict[str, list[Money]] = {}
    for row in rows:
        zero = Money.zero(row.amount.currency)
        pair = sums.setdefault(row.amount.currency, [zero, zero])
        pair[0 if row.is_ready else 1] += row.amount
    return [
        (
            _("Ready, %(currency)s") % {"currency": currency},
            show_money(pair[0]).figure,
            _("%(sum)s more waits for something") % {"sum": show_money(pair[1]).figure},
        )
        for currency, pair in sorted(sums.items())
    ]
