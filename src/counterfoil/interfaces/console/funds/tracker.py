"""The fund tracker's rows: where the money of each fund period stands, and whether it ties."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.ledger.types import FundPosition
from counterfoil.apps.programs.types import FundInfo
from counterfoil.core.money import Money
from counterfoil.interfaces.console.tables import Cell, Column, Row, figure_cell
from counterfoil.interfaces.web.presenters import (
    MONEY_STAGES,
    Segment,
    bar_segments,
    format_count,
    format_share,
    show_money,
)

FIGURES = (
    "allocated",
    "available",
    "committed",
    "claimed",
    "approved",
    "paid",
    "reversed",
    "expired",
)


@dataclass(frozen=True, slots=True)
class FundBar:
    """A fund's bar: its name, its figures in words, its segments."""

    url: str
    name: str
    total_words: str
    bar_label: str
    segments: Sequence[Segment]


def heading_words() -> dict[str, str]:
    """This will name the figures of the tracker in their order."""
    return {
        "authorized": _("Budget"),
        "allocated": _("Allocated"),
        "available": str(MONEY_STAGES["available"].word),
        "committed": str(MONEY_STAGES["open"].word),
        "claimed": str(MONEY_STAGES["claimed"].word),
        "approved": str(MONEY_STAGES["approved"].word),
        "paid": str(MONEY_STAGES["paid"].word),
        "reversed": str(MONEY_STAGES["reversed"].word),
        "expired": str(MONEY_STAGES["expired"].word),
    }


def columns(first: str, *, with_budget: bool, with_currency: bool = True) -> list[Column]:
    """This will return the headings of a table of positions."""
    words = heading_words()
    names = ("authorized", *FIGURES) if with_budget else FIGURES
    found = [Column(first)]
    if with_currency:
        found.append(Column(_("Currency")))
    return [*found, *(Column(words[name], "num") for name in names), Column(_("Entries"), "num")]


def fund_rows(positions: Iterable[FundPosition], funds: Mapping[str, FundInfo]) -> list[Row]:
    """This will make the tracker's rows, each linked to its fund."""
    rows = []
    for at in positions:
        fund = funds.get(at.fund)
        if fund is None:
            continue  # Commission is owed under a plan, not under a fund.
        cells = [
            Cell(f"{fund.name} {fund.period}", fund_url(fund), fund.program_name),
            Cell(at.currency),
            figure_cell(at.authorized),
            *(figure_cell(getattr(at, name)) for name in FIGURES),
            Cell(format_count(at.entry_count), fund_url(fund) + "#entries", css="num"),
        ]
        rows.append(Row(cells, id=fund.public_id))
    return rows


def position_cells(at: FundPosition, entries_url: str) -> list[Cell]:
    """This will make the figures of one partner's row, down to its entries at `entries_url`."""
    return [
        *(figure_cell(getattr(at, name)) for name in FIGURES),
        Cell(format_count(at.entry_count), entries_url, css="num"),
    ]


def fund_bar(at: FundPosition, fund: FundInfo) -> FundBar:
    """This will make the bar of a fund period; what is not allocated yet stays empty."""
    name = f"{fund.name} {fund.period}"
    whole = max(at.authorized.minor, at.allocated.minor, 1)
    left = at.available.minor * 1_000_000 // whole
    share = format_share(left // 10_000 * 10_000)
    figures = [
        (word, show_money(getattr(at, key)))
        for key, word in heading_words().items()
        if key in {"available", "committed", "approved", "paid", "expired"}
    ]
    label = "; ".join(f"{word} {figure}" for word, figure in figures)
    return FundBar(
        url=fund_url(fund),
        name=name,
        total_words=_("%(total)s budget · %(share)s available")
        % {"total": show_money(at.authorized), "share": share},
        bar_label=f"{name}: {label}.",
        segments=bar_segments(
            [
                ("f-available", at.available.minor),
                ("f-open", at.committed.minor),
                ("f-approved", at.approved.minor),
                ("f-paid", at.paid.minor),
                ("f-expired", at.expired.minor),
            ],
            total=whole,
        ),
    )


def difference_of(at: FundPosition, fund: FundInfo) -> Money:
    """This will return how far a fund period is from tying to the ledger; zero is right.

    What partners got must be where it is (available, pre-approved, claimed, expired), and the
    budget that the fund was set up with must be what the ledger authorized.
    """
    parts = at.available + at.committed + at.claimed + at.expired
    return abs(at.allocated - parts) + abs(fund.budget - at.authorized)


def fund_url(fund: FundInfo) -> str:
    """This will return the page of a fund period."""
    return reverse("console:fund", args=[fund.public_id])
