"""How far reviewers agree: counts with their interval first, coefficients one click behind."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.submissions.selectors.blind import pairs_of, reviewers_apart
from counterfoil.apps.submissions.types import BlindPair
from counterfoil.core.agreement import Agreement, Coefficient, Interval, agreement
from counterfoil.core.blind import Verdict
from counterfoil.foundation.tabular import Column as Heading
from counterfoil.foundation.tabular import ColumnKind
from counterfoil.interfaces.console.files import table_file
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.console.reviews.words import tabs_label, tabs_of
from counterfoil.interfaces.console.tables import (
    Cell,
    Column,
    Filters,
    Row,
    Table,
    picked,
    query_url,
)
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Act, Crumb, Empty, FieldPart, format_count
from counterfoil.interfaces.web.requests import KnownRequest

RESULTS = ("pass", "fail", "unknown", "not_applicable")
Pairs = tuple[BlindPair, ...]


@shown_to("reviews.view")
def agreement_page(request: KnownRequest) -> HttpResponse:
    """This will show on how many submissions and criteria two reviewers differed."""
    every = pairs_of()
    pairs, problem = _chosen(request)
    codes = sorted({pair.playbook_code for pair in every})
    verdicts = agreement(
        ((str(pair.first.sheet.verdict), str(pair.second.sheet.verdict)) for pair in pairs),
        categories=tuple(str(each) for each in Verdict),
    )
    thirds = sum(pair.comparison.needs_third for pair in pairs)
    context = {
        "crumbs": [Crumb(_("Second reviews"), reverse("console:reviews")), Crumb(_("Agreement"))],
        "head": Head(
            _("Do two reviewers come to the same result?"),
            problem or _lead(verdicts, thirds),
            acts=[
                Act(
                    _("Pairs as CSV"),
                    f"{reverse('console:reviews_pairs')}?{request.GET.urlencode()}",
                    "download", "quiet", dialog=False,
                )
            ] if pairs else [],
        ),
        "tabs": tabs_of("reviews_agreement"),
        "tabs_label": tabs_label(),
        "filters": Filters(
            reverse("console:reviews_agreement"),
            _("Filter"),
            has_search=False,
            fields=[
                picked(
                    "playbook", _("Type"), [(code, code) for code in codes],
                    request.GET.get("playbook", ""), _("every type"),
                ),
                FieldPart("since", _("From"), "date", id="by-since",
                          value=request.GET.get("since", "")),
                FieldPart("until", _("Until"), "date", id="by-until",
                          value=request.GET.get("until", "")),
            ],
        ),
        "tables": [
            _criteria_table(pairs),
            *([_coefficients(verdicts, pairs)] if request.GET.get("more") else []),
            _people_table(pairs),
        ],
        "more_url": "" if request.GET.get("more") else query_url(request, more="1"),
    }  # fmt: skip
    return pages.page(request, "console/reviews/agreement.html", context)


@shown_to("reviews.view")
def pairs_file(request: KnownRequest) -> HttpResponse:
    """This will give every pair of judgments as a file: a row for each criterion."""
    pairs, _problem = _chosen(request)
    rows = [
        (
            pair.number, name.partition("@")[0], name.partition("@")[2],
            pair.first.reviewer_name, pair.second.reviewer_name,
            pair.first.sheet.results.get(name, ""), pair.second.sheet.results.get(name, ""),
            str(pair.first.sheet.verdict), str(pair.second.sheet.verdict),
        )
        for pair in pairs
        for name in sorted({*pair.first.sheet.results, *pair.second.sheet.results})
    ]  # fmt: skip
    headings = [
        Heading(word, ColumnKind.TEXT)
        for word in (
            "Submission", "Criterion", "Line", "First reviewer", "Second reviewer",
            "First result", "Second result", "First verdict", "Second verdict",
        )
    ]  # fmt: skip
    return table_file(request, "blind-reviews", headings, rows)


def _chosen(request: KnownRequest) -> tuple[Pairs, str]:
    """Return the pairs that the filter asks for, and what is wrong with a day of it."""
    since, bad_since = _day(request.GET.get("since", ""))
    until, bad_until = _day(request.GET.get("until", ""))
    if bad_since or bad_until:
        return (), _("A day of the filter can't be read. Write it as 2026-01-31.")
    code = request.GET.get("playbook", "")
    found = pairs_of(since=since, until=until)
    return tuple(each for each in found if not code or each.playbook_code == code), ""


def _day(text: str) -> tuple[date | None, bool]:
    if not text:
        return None, False
    try:
        return date.fromisoformat(text), False
    except ValueError:
        return None, True


def _lead(found: Agreement, thirds: int) -> str:
    if not found.count:
        return _("Nothing was judged twice yet, so nothing can be said.")
    assert found.share is not None
    return _(
        "Disagreed on the verdict of %(differing)s of %(count)s (95 %% interval %(low)s to "
        "%(high)s); %(thirds)s needed a third person."
    ) % {
        "differing": format_count(found.differing),
        "count": format_count(found.count),
        "low": _percent(found.share.low),
        "high": _percent(found.share.high),
        "thirds": format_count(thirds),
    }


def _results(pairs: Pairs) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for pair in pairs:
        first, second = pair.first.sheet.results, pair.second.sheet.results
        for name in sorted({*first, *second}):
            one, other = first.get(name), second.get(name)
            if one and other:
                found[f"{pair.playbook_code} {name.partition('@')[0]}"].append((one, other))
    return found


def _criteria_table(pairs: Pairs) -> Table:
    rows = []
    for name, results in _results(pairs).items():
        found = agreement(results, categories=RESULTS)
        rows.append((name, found))
    rows.sort(key=lambda row: (-row[1].differing / max(row[1].count, 1), row[0]))
    return Table(
        "criteria",
        _("By criterion, most disagreement first"),
        [
            Column(_("Criterion")),
            Column(_("Judged twice"), "num"),
            Column(_("Differed"), "num"),
            Column(_("95 % interval"), "num"),
        ],
        [
            Row(
                [
                    Cell(name),
                    Cell(format_count(found.count), css="num"),
                    Cell(format_count(found.differing), css="num"),
                    Cell(_span(found.share), css="num"),
                ]
            )
            for name, found in rows
        ],
        Empty(_("No pair yet"), _("Pairs come from submissions that were judged twice."), "eye"),
        note=_("Where two often differ, the criterion is not as binary as it should be."),
    )


def _coefficients(verdicts: Agreement, pairs: Pairs) -> Table:
    every = [(_("Verdict"), verdicts)]
    every += [
        (name, agreement(results, categories=RESULTS))
        for name, results in sorted(_results(pairs).items())
    ]
    return Table(
        "coefficients",
        _("Coefficients"),
        [
            Column(""),
            Column(_("Cohen's kappa"), "num"),
            Column(_("Gwet's AC1"), "num"),
            Column(_("Krippendorff's alpha"), "num"),
        ],
        [
            Row(
                [
                    Cell(name),
                    *(
                        Cell(_figure(each), note=_span(each.interval, plain=True), css="num")
                        for each in (found.kappa, found.ac1, found.alpha)
                    ),
                ]
            )
            for name, found in every
        ],
        Empty(_("No pair yet"), ""),
        note=_(
            "With 95 % intervals (jackknife). Where one answer is far more frequent, kappa and "
            "alpha are low although people agree; AC1 is not."
        ),
    )


def _people_table(pairs: Pairs) -> Table:
    return Table(
        "people",
        _("By reviewer"),
        [
            Column(_("Reviewer")),
            Column(_("Judged twice"), "num"),
            Column(_("Needed a third person"), "num"),
        ],
        [
            Row(
                [
                    Cell(name),
                    Cell(format_count(every), css="num"),
                    Cell(format_count(apart), css="num"),
                ]
            )
            for name, every, apart in reviewers_apart(pairs)
        ],
        Empty(_("No pair yet"), _("Each reviewer who judged something twice stands here.")),
        note=_("A figure to talk about, not a mark: it says nothing of who was right."),
    )


def _percent(value: Decimal) -> str:
    return f"{value * 100:.1f} %"


def _span(found: Interval | None, *, plain: bool = False) -> str:
    if found is None:
        return ""
    if plain:
        return f"{found.low:.2f} … {found.high:.2f}"
    return f"{_percent(found.low)} … {_percent(found.high)}"


def _figure(found: Coefficient) -> str:
    return "–" if found.value is None else f"{found.value:.2f}"
