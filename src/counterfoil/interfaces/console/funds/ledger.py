"""One entry with its legs, and one account with the balance after each line."""

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.ledger.selectors import account_page, get_entry
from counterfoil.apps.ledger.types import AccountLine, EntryRow
from counterfoil.apps.partners.selectors import get_partner
from counterfoil.apps.programs.selectors import list_funds
from counterfoil.core.accounts import AccountKey, BadAccountKey
from counterfoil.core.currencies import UnknownCurrency
from counterfoil.interfaces.console.funds.entries import event_of
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.console.tables import (
    Cell,
    Column,
    Row,
    Table,
    money_cell,
    pager_of,
)
from counterfoil.interfaces.console.words import (
    ACCOUNT_KINDS,
    ENTRY_KINDS,
    day_text,
    moment_of,
    people_names,
    submission_url,
)
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.asked import asked_number
from counterfoil.interfaces.web.presenters import Act, Crumb, Empty
from counterfoil.interfaces.web.requests import KnownRequest


@shown_to("ledger.view")
def entry(request: KnownRequest, entry_id: str) -> HttpResponse:
    """This will show one ledger entry: what it says, who posted it, its legs."""
    found = get_entry(entry_id=entry_id)
    context = {
        "crumbs": [Crumb(_("Funds"), reverse("console:funds")), Crumb(found.public_id)],
        "head": Head(
            event_of(found),
            _("Ledger entry %(number)s") % {"number": found.public_id},
            acts=_to_its_source(found),
        ),
        "facts_title": _("What it says"),
        "facts": _facts(request, found),
        "tables": [_legs(found)],
    }
    return pages.page(request, "console/detail.html", context)


@shown_to("ledger.view")
def account(request: KnownRequest, code: str) -> HttpResponse:
    """This will show one account of the ledger, newest line first."""
    try:
        key = AccountKey.from_code(code)
    except (BadAccountKey, UnknownCurrency) as error:
        raise Http404(str(error)) from error
    cursor = request.GET.get("before", "")
    page = account_page(account_code=code, cursor=asked_number(cursor))
    if not page.items and not cursor:
        raise Http404
    context = {
        "crumbs": [Crumb(_("Funds"), reverse("console:funds")), Crumb(_("Account"))],
        "head": Head(ACCOUNT_KINDS[key.kind], _("Every line of this account, newest first.")),
        "facts_title": _("What it counts"),
        "facts": _account_facts(key),
        "tables": [_lines(request, page.items, str(page.next_cursor or ""))],
    }
    return pages.page(request, "console/detail.html", context)


def _facts(request: KnownRequest, found: EntryRow) -> list[tuple[str, str]]:
    names = people_names([found.actor_id])
    facts = [
        (_("Counts from"), day_text(found.effective_on)),
        (_("Posted"), str(moment_of(request, found.posted_at))),
        (_("Posted by"), names.get(found.actor_id, "")),
        (_("Document"), found.source_ref),
    ]
    for word, value in (
        (_("Reason"), found.reason),
        (_("Belongs to period"), found.origin_period),
        (_("Reverses"), found.reverses),
        (_("Reversed by"), found.reversed_by),
    ):
        if value:
            facts.append((word, value))
    return facts


def _to_its_source(found: EntryRow) -> list[Act]:
    """This will lead from an entry to what it was posted for, where that has a page."""
    if found.source_ref.startswith("sub_"):
        url = submission_url(found.source_ref)
        return [Act(_("Open the submission"), url, "eye", dialog=False)]
    if found.source_ref.startswith("fund_"):
        url = reverse("console:fund", args=[found.source_ref])
        return [Act(_("Open the fund"), url, "fund", dialog=False)]
    return []


def _legs(found: EntryRow) -> Table:
    return Table(
        "legs",
        _("Legs"),
        [Column(_("Account")), Column(_("Debit"), "num"), Column(_("Credit"), "num")],
        [
            Row(
                [
                    Cell(
                        str(ACCOUNT_KINDS.get(leg.kind, leg.kind)),
                        reverse("console:account", args=[leg.account_code]),
                        leg.account_code,
                    ),
                    money_cell(leg.amount) if leg.amount.is_positive else Cell(),
                    Cell() if leg.amount.is_positive else money_cell(-leg.amount),
                ]
            )
            for leg in found.legs
        ],
        Empty(_("No legs"), _("An entry always has at least two.")),
        note=_("Debits equal credits in each currency."),
    )


def _account_facts(key: AccountKey) -> list[tuple[str, str]]:
    facts = []
    if key.fund:
        # Commissions are posted under their plan, which is no fund.
        for fund in list_funds(fund_ids=[key.fund]):
            facts.append((_("Fund"), f"{fund.name} {fund.period}"))
    if key.partner_id:
        facts.append((_("Partner"), get_partner(partner_id=key.partner_id).name))
    return [*facts, (_("Currency"), key.currency), (_("Account"), key.code)]


def _lines(request: KnownRequest, items: tuple[AccountLine, ...], next_cursor: str) -> Table:
    return Table(
        "lines",
        _("Lines"),
        [
            Column(_("Entry")),
            Column(_("Counts from")),
            Column(_("Event")),
            Column(_("Moved"), "num"),
            Column(_("Balance after"), "num"),
        ],
        [
            Row(
                [
                    Cell(line.entry_id, reverse("console:entry", args=[line.entry_id])),
                    Cell(day_text(line.effective_on), css="nowrap"),
                    Cell(str(ENTRY_KINDS.get(line.kind, line.kind))),
                    money_cell(line.amount, signed=True),
                    money_cell(line.balance),
                ]
            )
            for line in items
        ],
        Empty(_("No line"), _("Nothing was posted on this account.")),
        pager=pager_of(request, shown=len(items), next_cursor=next_cursor, name="before"),
    )
