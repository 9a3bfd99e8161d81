"""What is owed and not on a released bill: what is ready, and what keeps the rest from it."""

from collections.abc import Sequence

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.payouts.selectors import ready_to_pay
from counterfoil.apps.payouts.types import ReadyRow
from counterfoil.apps.programs.selectors import list_programs
from counterfoil.core.money import Money
from counterfoil.flows.settle_bill import seal_bills
from counterfoil.interfaces.console.acts import ActPage, answer
from counterfoil.interfaces.console.forms import choice_field
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
    query_url,
)
from counterfoil.interfaces.console.words import day_text, submission_url
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import (
    Act,
    Crumb,
    Empty,
    Status,
    Tab,
    format_count,
    show_money,
)
from counterfoil.interfaces.web.requests import KnownRequest

ROWS_PER_PAGE = 50


class SealForm(forms.Form):
    """Which payables go into one vendor-bill file."""

    what = choice_field(gettext_lazy("Program and currency"), ())

    def __init__(
        self, *args: object, choices: Sequence[tuple[str, str]], **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # what Django's form takes
        self.fields["what"] = choice_field(gettext_lazy("Program and currency"), choices)


@shown_to("payees.view")
def ready(request: KnownRequest) -> HttpResponse:
    """This will list every payable with what blocks it, the oldest first."""
    ask = request.GET.get
    rows = ready_to_pay(program=ask("program") or None, currency=ask("currency") or None)
    good = [row for row in rows if row.is_ready]
    held = [row for row in rows if not row.is_ready]
    view = ask("view", "")
    chosen = {"ready": good, "held": held}.get(view, list(rows))
    start = _place_after(chosen, ask("after", ""))
    shown = chosen[start : start + ROWS_PER_PAGE]
    more = shown[-1].entry_id if start + ROWS_PER_PAGE < len(chosen) else ""
    seal = Act(_("Make a vendor-bill file"), reverse("console:bills_seal"), "lock", "main-act")
    acts = acts_for(
        request.me,
        ("payees.view", Act(_("Payees"), reverse("console:payees"), "partners", dialog=False)),
        (
            "payees.view",
            Act(_("By bank file"), reverse("console:pay_ready"), "send", dialog=False),
        ),
        *((("bills.seal", seal),) if good else ()),
    )
    lead = _("Approved and not yet sent for payment. Each row says what keeps it from being paid.")
    context = {
        "crumbs": [Crumb(_("Ready to pay"))],
        "head": Head(_("Ready to pay"), lead, acts=acts),
        "tabs": [
            Tab(
                _("All"), query_url(request, view="", after=""), not view, format_count(len(rows))
            ),
            Tab(
                _("Ready"),
                query_url(request, view="ready", after=""),
                view == "ready",
                format_count(len(good)),
            ),
            Tab(
                _("Something is missing"),
                query_url(request, view="held", after=""),
                view == "held",
                format_count(len(held)),
            ),
        ],
        "tabs_label": _("Views"),
        "filters": _filters(request),
        "kpis": _sums(good, held),
        "tables": [_table(request, shown, more, is_filtered=bool(request.GET))],
    }
    return pages.page(request, "console/list.html", context)


@shown_to("bills.seal")
def seal(request: KnownRequest) -> HttpResponse:
    """This will make a vendor-bill file of what is ready in one program and currency."""
    groups: dict[str, list[ReadyRow]] = {}
    for row in ready_to_pay():
        if row.is_ready:
            groups.setdefault(f"{row.program}/{row.amount.currency}", []).append(row)
    names = {each.code: each.name for each in list_programs()}
    choices = [(key, _group_words(key, rows, names)) for key, rows in sorted(groups.items())]
    form = SealForm(request.POST or None, choices=choices)
    made: list[str] = []

    def do() -> str:
        program, _slash, currency = form.cleaned_data["what"].partition("/")
        batch = seal_bills(program=program, currency=currency, by=request.me, at=request.at)
        made.append(batch.public_id)
        return _("%(number)s is made with %(count)s bills. Another person releases it.") % {
            "number": batch.number,
            "count": batch.count,
        }

    act = ActPage(
        title=_("Make a vendor-bill file"),
        confirm=_("Make the file"),
        back_url=reverse("console:ready_to_pay"),
        form=form,
        notice=_(
            "The file is closed with its hash and kept. Nothing is sent before another person "
            "releases it."
        ),
        blocked=""
        if choices
        else _("Nothing is ready to be paid. The list says what is missing."),
    )
    return answer(request, act, do, url_of=lambda: reverse("console:batch", args=made))


def _table(
    request: KnownRequest, shown: Sequence[ReadyRow], more: str, *, is_filtered: bool
) -> Table:
    nothing = Empty(
        _("Nothing fits") if is_filtered else _("Nothing is owed"),
        _("Choose another view or program.")
        if is_filtered
        else _("What reviewers approve stands here until it is sent for payment."),
        "coins",
        reverse("console:ready_to_pay") if is_filtered else "",
        _("Show all"),
    )
    return Table(
        "payables",
        _("Payables"),
        [
            Column(_("Claim")),
            Column(_("Partner")),
            Column(_("Fund")),
            Column(_("Approved")),
            Column(_("State")),
            Column(_("Amount"), "num"),
        ],
        [_row(row) for row in shown],
        nothing,
        pager=pager_of(request, shown=len(shown), next_cursor=more),
    )


def _row(row: ReadyRow) -> Row:
    where = reverse("console:partner", args=[row.partner_public_id])
    blocks = " ".join(row.blocks)
    if row.is_ready:
        state = Cell(status=Status(_("Ready"), "pass", "ok"))
    else:
        url = ""
        if row.payee is None:
            url = (
                f"{reverse('console:payee_new')}?partner={row.partner_public_id}"
                f"&currency={row.amount.currency}"
            )
        elif row.payee.status != "ready":
            url = reverse("console:payee", args=[row.payee.public_id])
        state = Cell(status=Status(blocks, "unknown", "warn"), url=url)
    return Row(
        [
            Cell(
                row.claim_number or row.payable_ref,
                submission_url(row.payable_ref),
                row.title,
            ),
            Cell(row.partner_name, where),
            Cell(f"{row.fund_name} {row.period}", reverse("console:fund", args=[row.fund])),
            Cell(day_text(row.approved_on), css="nowrap"),
            state,
            money_cell(row.amount),
        ],
        id=row.entry_id,
    )


def _filters(request: KnownRequest) -> Filters:
    programs = list_programs()
    currencies = sorted({each.currency for each in programs})
    ask = request.GET.get
    return Filters(
        reverse("console:ready_to_pay"),
        _("Choose payables"),
        fields=[
            picked(
                "program",
                _("Program"),
                [(p.code, p.name) for p in programs],
                ask("program", ""),
                _("Every program"),
            ),
            picked(
                "currency",
                _("Currency"),
                [(c, c) for c in currencies],
                ask("currency", ""),
                _("Every currency"),
            ),
        ],
        has_search=False,
        hidden=[("view", ask("view", ""))] if ask("view", "") else [],
    )


def _sums(good: Sequence[ReadyRow], held: Sequence[ReadyRow]) -> list[tuple[str, str, str]]:
    sums: dict[str, tuple[Money, Money]] = {}
    for rows, place in ((good, 0), (held, 1)):
        for row in rows:
            zero = Money.zero(row.amount.currency)
            pair = list(sums.get(row.amount.currency, (zero, zero)))
            pair[place] = pair[place] + row.amount
            sums[row.amount.currency] = (pair[0], pair[1])
    return [
        (
            _("Ready, %(currency)s") % {"currency": currency},
            show_money(ready_sum).figure,
            _("%(sum)s more waits for something") % {"sum": show_money(held_sum).figure},
        )
        for currency, (ready_sum, held_sum) in sorted(sums.items())
    ]


def _group_words(key: str, rows: Sequence[ReadyRow], names: dict[str, str]) -> str:
    program = key.partition("/")[0]
    total = sum((row.amount for row in rows[1:]), rows[0].amount)
    return _("%(program)s: %(count)s payables, %(total)s") % {
        "program": names.get(program, program),
        "count": len(rows),
        "total": show_money(total),
    }


def _place_after(rows: Sequence[ReadyRow], entry_id: str) -> int:
    if not entry_id:
        return 0
    places = [place for place, row in enumerate(rows) if row.entry_id == entry_id]
    return places[0] + 1 if places else 0
