"""What would change? A draft over the decisions that stand, and the words of those who sign it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _later
from django.utils.translation import ngettext

from counterfoil.apps.playbooks.errors import UnknownPlaybook
from counterfoil.apps.playbooks.selectors import get_text, get_trial, standing_of
from counterfoil.apps.playbooks.services import sign_version
from counterfoil.apps.playbooks.types import PlaybookText, Standing, TrialInfo
from counterfoil.apps.submissions.selectors.decisions import count_standing
from counterfoil.core.money import Money
from counterfoil.flows.try_draft import try_draft
from counterfoil.foundation.tabular import Column as Heading
from counterfoil.foundation.tabular import ColumnKind
from counterfoil.interfaces.console.acts import ActPage, answer
from counterfoil.interfaces.console.files import table_file
from counterfoil.interfaces.console.forms import REASON_MAX, day_field, text_field
from counterfoil.interfaces.console.guard import may_somewhere, shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.console.tables import Cell, Column, Row, Table, money_cell
from counterfoil.interfaces.console.words import day_text, moment_of, people_names
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.navigation import ROLE_WORDS
from counterfoil.interfaces.web.presenters import (
    VERDICTS,
    Act,
    Crumb,
    Empty,
    Status,
    format_count,
    show_money,
)
from counterfoil.interfaces.web.requests import KnownRequest

SHOWN = 100
TRIED_MAX = 5_000
"""So many decisions are judged while somebody waits; more are tried by the command."""

_JUDGED: Mapping[str, Status] = {
    "qualified": Status(_later("Approved"), "pass", "ok"),
    "not_qualified": Status(_later("Not approved"), "fail", "bad"),
    "needs_information": Status(_later("Needs information"), "unknown", "warn"),
    "": Status(_later("Can't be judged"), "x", "mute"),
}
_GROUPS = {
    "region": _later("Region"),
    "tier": _later("Tier"),
    "segment": _later("Segment"),
}


class TryForm(forms.Form):
    """Which decisions the draft is tried on."""

    since = day_field(
        _later("Decided since"), required=False, hint=_later("Empty for all that was decided.")
    )


@shown_to("playbooks.try")
def attempt(request: KnownRequest, version_id: str) -> HttpResponse:
    """This will ask what a draft would change, and show it."""
    found = get_text(version_id)
    row, form = found.row, TryForm(request.POST or None)
    count = count_standing(playbook_code=row.code)
    made: list[TrialInfo] = []

    def do() -> str:
        made.append(
            try_draft(
                version_id=version_id,
                by=request.me,
                at=request.at,
                since=form.cleaned_data["since"],
                most=TRIED_MAX,
            )
        )
        return ngettext(
            "%(count)s decision was judged again; nothing was changed.",
            "%(count)s decisions were judged again; nothing was changed.",
            made[0].total,
        ) % {"count": format_count(made[0].total)}

    blocked = ""
    if row.state != "draft":
        blocked = _("Only a draft is tried; begin a new version from this one.")
    elif found.playbook is None:
        blocked = _("The draft can't be read yet; mend its problems first.")
    act = ActPage(
        title=_("What would %(code)s, version %(version)s change?")
        % {"code": row.code, "version": row.version},
        confirm=_("What would change?"),
        back_url=reverse("console:playbook", args=[version_id]),
        form=form,
        facts=[
            (_("Decisions that stand"), format_count(count)),
            (_("Holds from"), day_text(row.effective_from) or _("not said yet")),
        ],
        notice=_(
            "Each decision is judged again from its own record, with the values that hold from "
            "the draft's first day. No decision, no partner and no money is touched."
        ),
        blocked=blocked,
    )
    return answer(
        request, act, do, url_of=lambda: reverse("console:trial", args=[made[0].public_id])
    )


@shown_to("playbooks.view")
def trial(request: KnownRequest, trial_id: str) -> HttpResponse:
    """This will show what a draft would have changed, largest first."""
    told = _trial(trial_id)
    found = get_text(told.version_id)
    is_current = found.playbook is not None and found.playbook.sha256 == told.playbook_sha256
    names = people_names([told.made_by])
    since = day_text(told.since)
    lead = _(
        "%(who)s asked on %(when)s, of %(count)s decisions%(since)s. Nothing was changed."
    ) % {
        "who": names.get(told.made_by, ""),
        "when": moment_of(request, told.made_at),
        "count": format_count(told.total),
        "since": _(" since %(day)s") % {"day": since} if since else "",
    }
    if sieve := told.report.get("sieve"):
        lead += " " + _(
            "No criterion says anything else for %(told)s of them; the other %(judged)s were "
            "judged again from their records."
        ) % {"told": format_count(sieve["told"]), "judged": format_count(sieve["judged"])}
    if not is_current:
        lead += " " + _("The draft was changed since; ask again before it is published.")
    acts = [
        Act(_("CSV"), reverse("console:trial_export", args=[trial_id]), "download", dialog=False),
        Act(
            _("XLSX"),
            reverse("console:trial_export", args=[trial_id]) + "?as=xlsx",
            "download",
            dialog=False,
        ),
    ]
    if found.row.state == "draft" and may_somewhere(request.me, "playbooks.try"):
        again = reverse("console:playbook_try", args=[told.version_id])
        acts.append(Act(_("Ask again"), again, "undo", "main-act"))
    context = {
        "crumbs": [
            Crumb(_("Playbooks"), reverse("console:playbooks")),
            Crumb(found.row.label, reverse("console:playbook", args=[told.version_id])),
            Crumb(_("What would change?")),
        ],
        "head": Head(
            _("What would %(name)s change?") % {"name": found.row.label},
            lead,
            acts=acts,
        ),
        "kpis": _kpis(told),
        "tables": [
            _changes(told),
            *([_criteria(told, found)] if told.report["summary"]["flips"] else []),
            *([_groups(told)] if told.report["summary"]["groups"] else []),
        ],
    }
    return pages.page(request, "console/list.html", context)


_HEADINGS = (
    Heading("submission"),
    Heading("partner"),
    Heading("decided_at"),
    Heading("change"),
    Heading("decided"),
    Heading("criteria_then"),
    Heading("criteria_under_the_draft"),
    Heading("because_of"),
    Heading("then"),
    Heading("under_the_draft"),
    Heading("paid", ColumnKind.NUMBER),
    Heading("would_be", ColumnKind.NUMBER),
    Heading("currency"),
    Heading("missing"),
    Heading("detail"),
)


@shown_to("playbooks.view")
def export(request: KnownRequest, trial_id: str) -> HttpResponse:
    """This will hand out the rows of a trial, with both traces, as CSV or as a workbook."""
    told = _trial(trial_id)
    rows = [
        (
            row["number"], row["partner"], row["decided_at"], row["change"], row["decided"],
            row["before"], row["after"], _because(row),
            " | ".join(words for flip in row["flips"] for words in flip["then_words"]),
            " | ".join(words for flip in row["flips"] for words in flip["now_words"]),
            _money(row["paid"]).format_number(),
            _money(row["would_be"]).format_number() if row["would_be"] else "",
            row["paid"]["currency"], ", ".join(row["missing"]), row["detail"],
        )
        for row in told.report["rows"]
    ]  # fmt: skip
    return table_file(request, "what-would-change", _HEADINGS, rows)


class SignForm(forms.Form):
    """A role's word on a draft."""

    role = forms.ChoiceField(label=_later("You sign as"))
    word = forms.ChoiceField(
        label=_later("Your word"),
        choices=[("yes", _later("I agree")), ("no", _later("It has to change"))],
    )
    comment = text_field(
        _later("Comment"),
        required=False,
        hint=_later("Kept with the version. A no needs one."),
        length_max=REASON_MAX,
        area=True,
    )

    def __init__(self, *args: Any, roles: list[str], **kwargs: Any) -> None:
        """Offer the roles that the playbook asks and the person holds."""
        super().__init__(*args, **kwargs)
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(role, role_word(role)) for role in roles]

    def clean(self) -> dict[str, Any]:
        """Ask for the reason of a no."""
        cleaned = super().clean() or {}
        if cleaned.get("word") == "no" and not cleaned.get("comment", "").strip():
            self.add_error("comment", _("Say what has to change."))
        return cleaned


@shown_to("playbooks.sign")
def sign(request: KnownRequest, version_id: str) -> HttpResponse:
    """This will record a role's word on a draft as it stands."""
    found, standing = get_text(version_id), standing_of(version_id)
    row = found.row
    roles = [role for role in standing.wanted if role in request.me.roles]
    form = SignForm(request.POST or None, roles=roles)

    def do() -> str:
        is_agreed = form.cleaned_data["word"] == "yes"
        sign_version(
            version_id=version_id,
            role=form.cleaned_data["role"],
            is_agreed=is_agreed,
            comment=form.cleaned_data["comment"],
            by=request.me,
            at=request.at,
        )
        return _("You signed this draft.") if is_agreed else _("Your no is recorded.")

    blocked = ""
    if row.state != "draft":
        blocked = _("This version was published before.")
    elif not standing.sha256 or found.problems:
        blocked = _("The draft has problems; its author mends them first.")
    elif row.author_id == request.me.id:
        blocked = _("You wrote this draft; other people sign it.")
    elif not roles:
        blocked = _("This playbook does not ask a role of yours to sign.")
    act = ActPage(
        title=_("Sign %(code)s, version %(version)s") % {"code": row.code, "version": row.version},
        confirm=_("Record my word"),
        back_url=reverse("console:playbook", args=[version_id]),
        form=form,
        facts=[
            (_("What changes"), row.note or _("not said")),
            (_("In decisions that stand"), trial_words(standing)),
        ],
        notice=_("Your word holds for this text alone; a changed draft is signed anew."),
        blocked=blocked,
    )
    return answer(request, act, do)


def role_word(role: str) -> str:
    """This will give a role's word as pages show it."""
    return str(ROLE_WORDS.get(role, role))


def trial_words(standing: Standing) -> str:
    """This will say in a sentence what the newest trial of the very text found."""
    if standing.trial is None:
        return _("not asked yet")
    return _("%(changed)s of %(total)s would come out otherwise") % {
        "changed": format_count(standing.trial.changed),
        "total": format_count(standing.trial.total),
    }


def sign_off_words(standing: Standing) -> str:
    """This will say which role signed and which still has to."""
    said = {each.role: each for each in standing.given}
    parts = []
    for role in standing.wanted:
        word = said.get(role)
        if word is None:
            state = _("not yet")
        else:
            state = _("agreed") if word.is_agreed else _("no: %(why)s") % {"why": word.comment}
        parts.append(f"{role_word(role)}: {state}")
    return "; ".join(parts)


def _trial(trial_id: str) -> TrialInfo:
    try:
        return get_trial(trial_id)
    except UnknownPlaybook as unknown:
        raise Http404(str(unknown)) from None


def _money(shape: Mapping[str, Any]) -> Money:
    return Money(shape["minor"], shape["currency"])


def _because(row: Mapping[str, Any]) -> str:
    if row["detail"]:
        return str(row["detail"])
    flips = dict.fromkeys(flip["criterion"] for flip in row["flips"])
    return ", ".join(flips) or _("the amount")


def _kpis(told: TrialInfo) -> list[tuple[str, str, str]]:
    summary = told.report["summary"]
    counts = summary["counts"]
    same = told.total - told.changed
    share = f"{same * 1000 // told.total / 10}%" if told.total else ""
    kpis = [
        (_("Same outcome"), format_count(same), share),
        (
            _("Would come out otherwise"),
            format_count(told.changed),
            ngettext("%(count)s partner", "%(count)s partners", summary["partners"])
            % {"count": format_count(summary["partners"])},
        ),
        (_("Would be approved"), format_count(counts["approved"]), ""),
        (_("Would not be approved"), format_count(counts["not_approved"]), ""),
        (_("Would need information"), format_count(counts["needs_information"]), ""),
    ]
    if counts["amount"]:
        kpis.append((_("Another amount"), format_count(counts["amount"]), ""))
    if counts["person"]:
        kpis.append(
            (
                _("Decided by a person"),
                format_count(counts["person"]),
                _("against the criteria; not counted"),
            )
        )
    if counts["unreadable"]:
        kpis.append((_("Can't be judged"), format_count(counts["unreadable"]), _("see the list")))
    for currency, sums in summary["money"].items():
        shown = show_money(Money(sums["difference"], currency), signed=True)
        waiting = Money(sums["waiting"], currency)
        note = "" if waiting.is_zero else _("%(sum)s waits") % {"sum": waiting.format_plain()}
        kpis.append((_("Money at stake"), f"{shown.figure} {currency}", note))
    return kpis


def _changes(told: TrialInfo) -> Table:
    rows = told.report["rows"]
    note = ""
    if len(rows) > SHOWN or told.report["left_out_rows"]:
        note = _("%(shown)s of %(all)s shown, largest first; the files have the others.") % {
            "shown": SHOWN,
            "all": format_count(len(rows) + told.report["left_out_rows"]),
        }
    return Table(
        "changes",
        _("Decisions that would come out otherwise"),
        [
            Column(_("Submission")),
            Column(_("Partner")),
            Column(_("Then")),
            Column(_("Under the draft")),
            Column(_("Because of")),
            Column(_("Paid then"), "num"),
            Column(_("Would be"), "num"),
            Column(_("Difference"), "num"),
        ],
        [_change_row(row) for row in rows[:SHOWN]],
        Empty(
            _("Nothing would change"),
            _("Every decision that stands would come out as it did."),
            "pass",
        ),
        note=note,
    )


def _change_row(row: Mapping[str, Any]) -> Row:
    paid = _money(row["paid"])
    waits = Cell(_("waits"), css="num muted")
    would_be = _money(row["would_be"]) if row["would_be"] is not None else None
    traces = [
        (flip["criterion"], " ".join(flip["then_words"]), " ".join(flip["now_words"]))
        for flip in row["flips"][:3]
    ]
    note = "; ".join(
        _("%(criterion)s then: %(then)s. Under the draft: %(now)s.")
        % {"criterion": name, "then": then or _("not asked"), "now": now or _("not asked")}
        for name, then, now in traces
    )
    if row["change"] == "person":
        note = _("A person decided against the criteria; not counted. ") + note
    return Row(
        [
            Cell(
                row["number"],
                reverse("console:submission", args=[row["submission"]]),
                day_text(date.fromisoformat(row["decided_at"][:10])),
            ),
            Cell(row["partner"]),
            Cell(status=_JUDGED[row["before"]]),
            Cell(status=_JUDGED[row["after"]]),
            Cell(_because(row), note=note, css="soft"),
            money_cell(paid),
            money_cell(would_be) if would_be is not None else waits,
            money_cell(would_be - paid, signed=True) if would_be is not None else waits,
        ],
        id=row["decision"],
    )


def _criteria(told: TrialInfo, found: PlaybookText) -> Table:
    titles = {}
    if found.playbook is not None:
        titles = {each.id: each.title.say("en") for each in found.playbook.criteria}
    rows = []
    for criterion, kinds in told.report["summary"]["flips"].items():
        for kind, count in kinds.items():
            before, _mark, after = kind.partition(">")
            rows.append(
                Row(
                    [
                        Cell(criterion, note=titles.get(criterion, _("no longer asked"))),
                        Cell(status=VERDICTS[before]) if before else Cell(_("not asked")),
                        Cell(status=VERDICTS[after]) if after else Cell(_("not asked")),
                        Cell(format_count(count), css="num"),
                    ],
                    id=f"{criterion}-{before}-{after}",
                )
            )
    return Table(
        "criteria",
        _("By criterion"),
        [
            Column(_("Criterion")),
            Column(_("Then")),
            Column(_("Under the draft")),
            Column(_("Decisions"), "num"),
        ],
        rows,
        Empty(_("No criterion says something else"), _("Only amounts change."), "pass"),
    )


def _groups(told: TrialInfo) -> Table:
    return Table(
        "groups",
        _("By region, tier and segment"),
        [
            Column(_("Group")),
            Column(_("Kind")),
            Column(_("Decisions"), "num"),
            Column(_("Difference"), "num"),
        ],
        [
            Row(
                [
                    Cell(each["name"] or _("none named")),
                    Cell(str(_GROUPS[each["kind"]])),
                    Cell(format_count(each["changed"]), css="num"),
                    Cell(
                        ", ".join(
                            f"{show_money(Money(minor, currency), signed=True).figure} {currency}"
                            for currency, minor in each["difference"].items()
                        ),
                        css="num",
                    ),
                ],
                id=f"{each['kind']}-{place}",
            )
            for place, each in enumerate(told.report["summary"]["groups"])
        ],
        Empty(_("Nobody is touched"), "", "pass"),
    )
