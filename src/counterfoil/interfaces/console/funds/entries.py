"""Ledger entries as a table: what moved, for whom, by which document."""

from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.ledger.types import EntryPage, EntryRow
from counterfoil.apps.partners.selectors import partner_rows
from counterfoil.apps.partners.types import PartnerRow
from counterfoil.core.accounts import ACCOUNT_KINDS as RULES
from counterfoil.core.accounts import AccountKind, Group
from counterfoil.core.money import Money
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
    moment_of,
    submission_url,
)
from counterfoil.interfaces.web.presenters import Empty
from counterfoil.interfaces.web.requests import KnownRequest


def entries_table(request: KnownRequest, page: EntryPage, *, title: str) -> Table:
    """This will make the table of a page of entries, newest first."""
    partners = partner_rows(partner_pks=[row.partner_id for row in page.items if row.partner_id])
    return Table(
        "entries",
        title,
        [
            Column(_("Entry")),
            Column(_("Posted")),
            Column(_("Event")),
            Column(_("Partner")),
            Column(_("Moved")),
            Column(_("Amount"), "num"),
        ],
        [_row(request, row, partners) for row in page.items],
        Empty(
            _("No entry is posted yet"),
            _(
                "An entry is posted when a budget is set, when partners earn and when "
                "claims go on."
            ),
            "fund",
        ),
        pager=pager_of(
            request,
            shown=len(page.items),
            next_cursor=str(page.next_cursor or ""),
            name="before",
        ),
    )


def amount_of(row: EntryRow) -> Money:
    """This will return what an entry moved: the sum of its debits of the first kind of legs."""
    debits = [leg.amount for leg in row.legs if leg.amount.is_positive]
    first = debits[0]
    same = [each for each in debits if each.currency == first.currency]
    return max(same)


def moved_words(row: EntryRow) -> str:
    """This will say from where to where an entry moved its amount: within the fund, else owed.

    Memorandum and real accounts balance apart, so legs are paired within their group only. What is
    owed goes on from the debited account to the credited one, a fund's money the other way.
    """
    for group in Group:
        legs = [leg for leg in row.legs if RULES[AccountKind(leg.kind)].group is group]
        credited = _listed([_kind(leg.kind) for leg in legs if leg.amount.is_negative])
        debited = _listed([_kind(leg.kind) for leg in legs if leg.amount.is_positive])
        if legs and group is Group.REAL:
            return f"{debited} → {credited}"
        if legs:
            return f"{credited} → {debited}"
    return ""


def event_of(row: EntryRow) -> str:
    """This will name what happened."""
    return str(ENTRY_KINDS.get(row.kind, row.kind))


def _kind(kind: str) -> str:
    return str(ACCOUNT_KINDS.get(kind, kind))


def _listed(words: list[str]) -> str:
    return ", ".join(dict.fromkeys(words))


def _row(request: KnownRequest, row: EntryRow, partners: dict[int, PartnerRow]) -> Row:
    partner = partners.get(row.partner_id)
    is_submission = row.source_ref.startswith("sub_")
    return Row(
        [
            Cell(row.public_id, reverse("console:entry", args=[row.public_id])),
            Cell(moment=moment_of(request, row.posted_at), css="nowrap"),
            Cell(
                event_of(row),
                submission_url(row.source_ref) if is_submission else "",
                _("reversed") if row.reversed_by else "",
            ),
            Cell(partner.name, reverse("console:partner", args=[partner.id]))
            if partner
            else Cell(),
            Cell(moved_words(row), css="soft"),
            money_cell(amount_of(row)),
        ],
        id=row.public_id,
    )
