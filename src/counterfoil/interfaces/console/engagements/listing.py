"""The list of dry-run audits, and opening one."""

import secrets
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.engagements.selectors import LISTED_MAX, list_engagements
from counterfoil.apps.engagements.services import BODY_MAX, TITLE_MAX
from counterfoil.apps.engagements.types import EngagementRow
from counterfoil.apps.playbooks.selectors import list_versions
from counterfoil.apps.programs.selectors import list_programs
from counterfoil.core.sampling.drawing import SEED_MAX
from counterfoil.flows.engage import open_engagement
from counterfoil.interfaces.console.acts import ActPage, answer
from counterfoil.interfaces.console.engagements.words import state_of
from counterfoil.interfaces.console.forms import choice_field, day_field, text_field
from counterfoil.interfaces.console.guard import may_somewhere, shown_to
from counterfoil.interfaces.console.parts import Head, acts_for
from counterfoil.interfaces.console.tables import Cell, Column, Row, Table
from counterfoil.interfaces.console.words import day_text, people_names
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Act, Crumb, Empty, format_count
from counterfoil.interfaces.web.requests import KnownRequest

QUESTIONS = gettext_lazy(
    "Was the decision reached by the rules that were in force?\n"
    "Does the evidence on file support what was decided?\n"
    "Is the approved amount right?\n"
    "Did somebody decide who may, and nobody on their own submission?"
)


class OpenForm(forms.Form):
    """What the audit is about, and what each work paper asks."""

    title = text_field(
        gettext_lazy("Title"),
        hint=gettext_lazy("Such as Claims of the second quarter."),
        length_max=TITLE_MAX,
    )
    purpose = text_field(
        gettext_lazy("Purpose"),
        hint=gettext_lazy("What the audit is to find out, in a sentence."),
        length_max=BODY_MAX,
        area=True,
    )
    first_on = day_field(gettext_lazy("Decided from"))
    last_on = day_field(gettext_lazy("Until"))
    seed = text_field(
        gettext_lazy("Seed"),
        hint=gettext_lazy(
            "The sample is drawn by it, and by anybody again. It can't be changed once the "
            "audit is open."
        ),
        length_max=SEED_MAX,
    )
    questions = text_field(
        gettext_lazy("Questions of each work paper"),
        hint=gettext_lazy(
            "One a line, up to eight; answered with yes, no or not applicable. For a draft, ask "
            "whether what it would decide is right."
        ),
        length_max=2_000,
        area=True,
    )
    field_order = (
        "title", "purpose", "program", "types", "first_on", "last_on", "draft", "seed",
        "questions",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the programs, the types and the drafts that there are."""
        super().__init__(*args, **kwargs)
        versions = list_versions()
        codes = sorted({row.code for row in versions})
        self.fields["program"] = choice_field(
            gettext_lazy("Program"),
            [(program.code, program.name) for program in list_programs()],
        )
        self.fields["types"] = forms.MultipleChoiceField(
            label=gettext_lazy("Types"),
            help_text=gettext_lazy("None chosen is all of the program."),
            required=False,
            choices=[(code, code) for code in codes],
            widget=forms.CheckboxSelectMultiple(),
        )
        self.fields["draft"] = choice_field(
            gettext_lazy("Judged by"),
            [
                ("", _("the rules of each decision, as decided")),
                *(
                    (row.public_id, _("the draft %(label)s") % {"label": row.label})
                    for row in versions
                    if row.state == "draft"
                ),
            ],
            required=False,
            hint=gettext_lazy("A draft is tried on the decisions of its own type."),
        )
        self.order_fields(self.field_order)


@shown_to("engagements.view")
def engagements(request: KnownRequest) -> HttpResponse:
    """This will list the dry-run audits, open ones first."""
    rows = list_engagements()
    names = people_names([row.opened_by for row in rows])
    new = Act(
        _("Open an audit"), reverse("console:engagement_new"), "plus", "main-act", dialog=False
    )
    table = Table(
        "engagements",
        _("Audits"),
        [
            Column(_("Audit")),
            Column(_("State")),
            Column(_("Decided")),
            Column(_("Population"), "num"),
            Column(_("Sample"), "num"),
            Column(_("Answered"), "num"),
            Column(_("Findings"), "num"),
        ],
        [_row(row, names) for row in rows],
        Empty(
            _("No audit was opened yet"),
            _(
                "An audit draws a sample of decisions, works a paper for each and ends in a "
                "report. No decision and no money is touched."
            ),
            "eye",
            reverse("console:engagement_new")
            if may_somewhere(request.me, "engagements.open")
            else "",
            _("Open an audit"),
        ),
        note=_("The newest %(count)s are shown; the audit log has every one.")
        % {"count": LISTED_MAX}
        if len(rows) == LISTED_MAX
        else "",
    )
    context = {
        "crumbs": [Crumb(_("Dry-run audits"))],
        "head": Head(
            _("Dry-run audits"),
            _(
                "Decisions judged again: by their own rules, or by a draft. Nothing is decided, "
                "nobody is told, no money moves."
            ),
            acts=acts_for(request.me, ("engagements.open", new)),
        ),
        "tables": [table],
    }
    return pages.page(request, "console/list.html", context)


def _row(row: EngagementRow, names: dict[str, str]) -> Row:
    by = _("the draft is tried") if row.draft else _("as decided")
    return Row(
        [
            Cell(
                row.title,
                reverse("console:engagement", args=[row.id]),
                _("%(program)s, %(by)s; opened %(day)s by %(who)s")
                % {
                    "program": row.program,
                    "by": by,
                    "day": day_text(row.opened_at.date()),
                    "who": names[row.opened_by],
                },
            ),
            Cell(status=state_of(row)),
            Cell(f"{day_text(row.first_on)} – {day_text(row.last_on)}", css="soft"),
            Cell("" if row.items is None else format_count(row.items), css="num"),
            Cell("" if row.size is None else format_count(row.size), css="num"),
            Cell("" if row.size is None else format_count(row.answered), css="num"),
            Cell(format_count(row.findings), css="num"),
        ],
        id=row.id,
    )


@shown_to("engagements.open")
def new(request: KnownRequest) -> HttpResponse:
    """This will open an audit."""
    made: list[str] = []
    form = OpenForm(
        request.POST or None,
        initial={
            "first_on": request.at.date().replace(month=1, day=1),
            "last_on": request.at.date(),
            "seed": secrets.token_hex(8),
            "questions": str(QUESTIONS),
        },
    )

    def do() -> str:
        given = form.cleaned_data
        made.append(
            open_engagement(
                title=given["title"],
                purpose=given["purpose"],
                program=given["program"],
                first_on=given["first_on"],
                last_on=given["last_on"],
                playbooks=given["types"],
                draft=given["draft"],
                seed=given["seed"],
                questions=given["questions"].splitlines(),
                by=request.me,
                at=request.at,
            )
        )
        return _("The audit is open. Draw its population next.")

    act = ActPage(
        title=_("Open a dry-run audit"),
        confirm=_("Open the audit"),
        back_url=reverse("console:engagements"),
        form=form,
        notice=_(
            "Scope, seed and questions stand from here on, so that nobody can choose them by "
            "what they would draw."
        ),
    )
    return answer(request, act, do, url_of=lambda: reverse("console:engagement", args=[made[0]]))
