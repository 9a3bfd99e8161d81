"""One bank line: what it is, its candidates, and the acts of a person, all by keyboard."""

from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.payouts.selectors.bank import (
    get_line,
    get_statement,
    matches_of_line,
    work_list,
    work_of_line,
)
from counterfoil.apps.payouts.types import BankLineInfo, CandidateInfo, MatchInfo, WorkItem
from counterfoil.flows.reconcile import explain_line, match_line, undo_match
from counterfoil.interfaces.console.acts import ActPage, answer
from counterfoil.interfaces.console.bank.words import (
    CANDIDATE_WHY,
    MATCH_KINDS,
    PAYMENT_STATES,
    REASONS,
    RULES,
    line_status,
    line_url,
    name_of,
)
from counterfoil.interfaces.console.forms import reason_field, text_field
from counterfoil.interfaces.console.guard import may_somewhere, shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.console.tables import Cell, Column, Row, Table, money_cell
from counterfoil.interfaces.console.words import day_text, moment_of, people_names
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Act, Crumb, Empty, show_money
from counterfoil.interfaces.web.requests import KnownRequest

KINDS = {
    "fee": (gettext_lazy("Bank fee"), "f"),
    "duplicate": (gettext_lazy("Debited twice"), "d"),
    "not_ours": (gettext_lazy("Not ours"), "n"),
}


class MatchForm(forms.Form):
    """Which payments a line pays, and why a person says so."""

    payments = text_field(
        gettext_lazy("Payments"),
        hint=gettext_lazy("End-to-end ids, one or several, with commas between."),
        length_max=2_000,
    )
    reason = reason_field()


class ExplainForm(forms.Form):
    """Why a line is what a person says."""

    reason = reason_field()


@shown_to("bank.view")
def line(request: KnownRequest, line_id: str) -> HttpResponse:
    """This will show a bank line with its candidates and what was found before."""
    found = get_line(line_id)
    about = get_statement(found.statement_id)
    item = work_of_line(line_id)
    before, after = _neighbors(line_id)
    statement_url = reverse("console:bank_statement", args=[found.statement_id])
    tables = []
    if item is not None:
        tables.append(_candidates(request, found, item))
    history = matches_of_line(line_id)
    if history:
        tables.append(_history(request, found, history))
    context = {
        "crumbs": [
            Crumb(_("Bank"), reverse("console:bank")),
            Crumb(name_of(about), statement_url),
            Crumb(_("Line %(number)s") % {"number": found.number}),
        ],
        "head": Head(
            str(show_money(found.amount, signed=True)),
            REASONS[item.reason] if item is not None else _what(found),
            line_status(found, is_taken=about.state == "taken"),
            _acts(request, found, item, before, after),
        ),
        "facts_title": _("What the bank says"),
        "facts": _facts(found),
        "tables": tables,
    }
    return pages.page(request, "console/detail.html", context)


@shown_to("bank.reconcile")
def match(request: KnownRequest, line_id: str) -> HttpResponse:
    """This will match a line with the payments that a person names."""
    found = get_line(line_id)
    chosen = request.GET.get("payment", "")[:60]
    form = MatchForm(request.POST or None, initial={"payments": chosen})

    def do() -> str:
        names = [part.strip() for part in form.cleaned_data["payments"].split(",") if part.strip()]
        match_line(
            line_id=line_id, payments=names, by=request.me, at=request.at,
            reason=form.cleaned_data["reason"],
        )  # fmt: skip
        return _("The line is matched.")

    act = ActPage(
        title=_("Match %(amount)s") % {"amount": show_money(found.amount, signed=True)},
        confirm=_("Match"),
        back_url=line_url(line_id),
        form=form,
        facts=_facts(found)[:4],
        notice=_("The payments are posted as paid by this line. A match can be undone."),
    )
    return answer(request, act, do, url_of=_next_url)


@shown_to("bank.reconcile")
def explain(request: KnownRequest, line_id: str, kind: str) -> HttpResponse:
    """This will say what a line is that pays nothing of ours."""
    if kind not in KINDS:
        raise Http404
    found = get_line(line_id)
    form = ExplainForm(request.POST or None)

    def do() -> str:
        explain_line(
            line_id=line_id, kind=kind, by=request.me, at=request.at,
            reason=form.cleaned_data["reason"],
        )  # fmt: skip
        return _("The line is on record: %(what)s.") % {"what": KINDS[kind][0]}

    notices = {
        "fee": _("The amount is posted as a bank fee."),
        "duplicate": _("Nothing is posted. Claim the money back from the bank."),
        "not_ours": _("Nothing is posted; the line belongs to other business of ours."),
    }
    act = ActPage(
        title=_("%(what)s: %(amount)s")
        % {"what": KINDS[kind][0], "amount": show_money(found.amount, signed=True)},
        confirm=str(KINDS[kind][0]),
        back_url=line_url(line_id),
        form=form,
        facts=_facts(found)[:4],
        notice=notices[kind],
    )
    return answer(request, act, do, url_of=_next_url)


@shown_to("bank.reconcile")
def undo(request: KnownRequest, line_id: str) -> HttpResponse:
    """This will undo what a line was matched with."""
    found = get_line(line_id)
    form = ExplainForm(request.POST or None)
    is_return = found.match is not None and found.match.kind == "return"

    def do() -> str:
        undo_match(
            line_id=line_id, by=request.me, at=request.at, reason=form.cleaned_data["reason"]
        )
        return _("The match is undone; the line waits for a person again.")

    act = ActPage(
        title=_("Undo the match"),
        confirm=_("Undo"),
        confirm_tone="danger",
        back_url=line_url(line_id),
        form=form,
        facts=_facts(found)[:4],
        notice=_("The payment counts as debited again, and as not owed; its hold is lifted.")
        if is_return
        else _("Its postings are reversed, and its payments are in transit again."),
    )
    return answer(request, act, do)


def _next_url() -> str:
    """Return the next line that waits, so that a list is cleared without going back."""
    items = work_list(limit=1)
    return line_url(items[0].line.public_id) if items else reverse("console:bank_work")


def _neighbors(line_id: str) -> tuple[str, str]:
    ids = [item.line.public_id for item in work_list(limit=1_000)]
    if line_id not in ids:
        return "", ids[0] if ids else ""
    place = ids.index(line_id)
    return (ids[place - 1] if place else ""), (ids[place + 1] if place + 1 < len(ids) else "")


def _acts(
    request: KnownRequest, found: BankLineInfo, item: WorkItem | None, before: str, after: str
) -> list[Act]:
    acts = []
    if before:
        acts.append(Act(_("Previous"), line_url(before), "", "quiet", "k", dialog=False))
    if after:
        acts.append(Act(_("Next"), line_url(after), "right", "quiet", "j", dialog=False))
    if not may_somewhere(request.me, "bank.reconcile"):
        return acts
    where = found.public_id
    if found.match is not None:
        acts.append(
            Act(_("Undo"), reverse("console:bank_undo", args=[where]), "undo", "danger", "u")
        )
    if item is not None:
        for kind, (label, key) in KINDS.items():
            url = reverse("console:bank_explain", args=[where, kind])
            acts.append(Act(label, url, shortcut=key))
        url = reverse("console:bank_match", args=[where])
        acts.append(Act(_("Match"), url, "link", "main-act", "m"))
    return acts


def _facts(found: BankLineInfo) -> list[tuple[str, str]]:
    facts = [
        (_("Booked"), str(day_text(found.booked_on))),
        (_("Reference"), found.end_to_end_id),
        (_("Other side"), found.party),
        (_("Text"), found.text),
        (_("Value date"), str(day_text(found.valued_on))),
        (_("Bank's reference"), found.reference),
        (_("Bank's code"), found.code),
        (_("Return"), f"{found.return_code} {found.return_text}".strip()),
        (_("Ordered"), "" if found.instructed is None else str(show_money(found.instructed))),
        (_("Line of the file"), str(found.file_line)),
    ]
    return [(word, text) for word, text in facts if text]


def _what(found: BankLineInfo) -> str:
    if found.match is None:
        return _("This line waits for nobody.")
    words = {"who": RULES[found.match.rule], "what": MATCH_KINDS[found.match.kind].word}
    return _("%(what)s, found %(who)s") % words


def _candidates(request: KnownRequest, found: BankLineInfo, item: WorkItem) -> Table:
    return Table(
        "candidates",
        _("Candidates"),
        [
            Column(_("Payment")),
            Column(_("Payee")),
            Column(_("Why it is here")),
            Column(_("Executed")),
            Column(_("Amount"), "num"),
            Column(""),
        ],
        [
            _candidate_row(request, found, each, place)
            for place, each in enumerate(item.candidates, start=1)
        ],
        Empty(
            _("No payment comes near"),
            _("Name one by its end-to-end id, or say what the line is."),
            "search",
        ),
    )


def _candidate_row(
    request: KnownRequest, found: BankLineInfo, each: CandidateInfo, place: int
) -> Row:
    url = reverse("console:bank_match", args=[found.public_id])
    take = Act(_("Match"), f"{url}?payment={each.end_to_end_id}", "link", "", str(place))
    may = may_somewhere(request.me, "bank.reconcile") and each.state in ("released", "accepted")
    return Row(
        [
            Cell(each.end_to_end_id, note=PAYMENT_STATES.get(each.state, each.state)),
            Cell(each.payee),
            Cell(CANDIDATE_WHY.get(each.why, each.why)),
            Cell(day_text(each.execute_on), css="nowrap"),
            Cell() if each.amount is None else money_cell(each.amount),
            Cell(act=take) if may or not found.amount.is_negative else Cell(),
        ],
        id=each.end_to_end_id,
    )


def _history(request: KnownRequest, found: BankLineInfo, history: tuple[MatchInfo, ...]) -> Table:
    names = people_names([each.matched_by for each in history])
    return Table(
        "matches",
        _("What it was found to be"),
        [
            Column(_("What")),
            Column(_("How")),
            Column(_("Payments")),
            Column(_("By")),
            Column(_("When")),
        ],
        [
            Row(
                [
                    Cell(
                        status=MATCH_KINDS[each.kind],
                        note=_("undone") if each.is_undone else "",
                    ),
                    Cell(RULES[each.rule], note=each.reason),
                    Cell(", ".join(each.payments[:3]), note=_rest(each)),
                    Cell(names.get(each.matched_by, each.matched_by)),
                    Cell(moment=moment_of(request, each.matched_at)),
                ],
                id=each.public_id,
                is_bad=each.is_undone,
            )
            for each in history
        ],
        Empty(_("Nothing yet"), ""),
    )


def _rest(each: MatchInfo) -> str:
    told = []
    if len(each.payments) > 3:
        told.append(_("and %(count)s more") % {"count": len(each.payments) - 3})
    if each.fee is not None:
        told.append(_("fee %(amount)s") % {"amount": show_money(each.fee)})
    return ", ".join(str(part) for part in told)
