"""The list of playbooks and the page of one version."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.playbooks.selectors import (
    get_text,
    list_trials,
    list_versions,
    standing_of,
    version_before,
)
from counterfoil.apps.playbooks.types import PlaybookRow, PlaybookText, Standing
from counterfoil.apps.submissions.selectors.words import labels_of
from counterfoil.core.version_changes import Side, VersionChange, version_changes
from counterfoil.interfaces.console.guard import may_somewhere, shown_to
from counterfoil.interfaces.console.parts import Head, acts_for
from counterfoil.interfaces.console.playbooks.findings import findings_of, lines_of
from counterfoil.interfaces.console.playbooks.trials import (
    role_word,
    sign_off_words,
    trial_words,
)
from counterfoil.interfaces.console.tables import Cell, Column, Row, Table
from counterfoil.interfaces.console.words import (
    PLAYBOOK_STATES,
    day_text,
    grouped,
    moment_of,
    people_names,
)
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Act, Crumb, Empty, Status, format_count
from counterfoil.interfaces.web.requests import KnownRequest


@shown_to("playbooks.view")
def playbooks(request: KnownRequest) -> HttpResponse:
    """This will list the playbooks: what is in force, what comes, what is being written."""
    rows = list_versions()
    today = request.at.date()
    in_force = {each.public_id for each in _in_force(rows, today)}
    names = people_names([row.author_id for row in rows] + [row.approved_by for row in rows])
    new = Act(
        _("Write a playbook"), reverse("console:playbook_new"), "plus", "main-act", dialog=False
    )
    table = Table(
        "versions",
        _("Versions"),
        [
            Column(_("Playbook")),
            Column(_("State")),
            Column(_("Holds from")),
            Column(_("Written by")),
            Column(_("Published by")),
            Column(_("Note")),
        ],
        [_row(request, row, names, is_in_force=row.public_id in in_force) for row in rows],
        Empty(
            _("No playbook is written yet"),
            _(
                "A playbook says what partners are asked, what proof counts, who decides "
                "and how much is paid."
            ),
            "book",
            reverse("console:playbook_new") if may_somewhere(request.me, "playbooks.edit") else "",
            _("Write a playbook"),
        ),
    )
    context = {
        "crumbs": [Crumb(_("Playbooks"))],
        "head": Head(
            _("Playbooks"),
            _(
                "One file per incentive: form, proof, criteria, routing and amounts come "
                "from it and from nowhere else."
            ),
            acts=acts_for(request.me, ("playbooks.edit", new)),
        ),
        "tables": [table],
    }
    return pages.page(request, "console/list.html", context)


@shown_to("playbooks.view")
def playbook(request: KnownRequest, version_id: str) -> HttpResponse:
    """This will show a version: its text, what is wrong with it, its examples, its form."""
    found = get_text(version_id)
    row = found.row
    standing = standing_of(version_id)
    names = people_names([row.author_id, row.approved_by])
    here = reverse("console:playbook", args=[version_id])
    title = found.playbook.title.say("en") if found.playbook else row.code
    context = {
        "crumbs": [Crumb(_("Playbooks"), reverse("console:playbooks")), Crumb(row.label)],
        "head": Head(
            title,
            _("%(code)s, version %(version)s") % {"code": row.code, "version": row.version},
            PLAYBOOK_STATES[row.state],
            [
                *(_document_acts(version_id) if found.playbook is not None else []),
                *_acts(
                    request, row, standing, has_problems=bool(found.problems) or not found.playbook
                ),
            ],
        ),
        "facts": _facts(request, row, names, standing),
        "table": _trials(request, version_id, is_draft=row.state == "draft"),
        "lines": lines_of(found.source, found.problems if row.state == "draft" else ()),
        "found": findings_of(
            found.playbook,
            found.problems if row.state == "draft" else (),
            language=request.GET.get("language", ""),
            page_url=here,
        ),
        "is_draft": row.state == "draft",
        "changes": _changes(found),
    }
    return pages.page(request, "console/playbooks/playbook.html", context)


@dataclass(frozen=True, slots=True)
class Changes:
    """What a version says otherwise than the one published before it, for whom."""

    before: str
    before_url: str
    is_same: bool
    groups: tuple[tuple[str, str, tuple[VersionChange, ...]], ...]


def _changes(found: PlaybookText) -> Changes | None:
    """Return the differences of a version, None where none was published before or it can't be
    read.
    """
    before = version_before(found.row.public_id)
    if found.playbook is None or before is None:
        return None
    told = version_changes(
        before.playbook,
        found.playbook,
        language="en",
        labels_before=labels_of(before.playbook, "en"),
        labels_after=labels_of(found.playbook, "en"),
    )
    by_side = {side: tuple(each for each in told if each.side is side) for side in Side}
    return Changes(
        f"{before.code} {before.version}",
        reverse("console:playbook", args=[before.public_id]),
        not told,
        (
            ("cp", _("What changes for partners"), by_side[Side.PARTNERS]),
            ("cu", _("What changes for us"), by_side[Side.US]),
        ),
    )


def _document_acts(version_id: str) -> list[Act]:
    """Return the ways to what is made from a version."""
    guide = reverse("console:playbook_guide", args=[version_id])
    procedure = reverse("console:playbook_procedure", args=[version_id])
    return [
        Act(_("Partner guide"), guide, "book", dialog=False),
        Act(_("Procedure"), procedure, "file", dialog=False),
    ]


def _in_force(rows: Sequence[PlaybookRow], today: date) -> list[PlaybookRow]:
    best: dict[str, PlaybookRow] = {}
    for row in rows:
        starts = row.effective_from
        if row.state != "published" or starts is None or starts > today:
            continue
        held = best.get(row.code)
        if held is None or (held.effective_from or starts, held.version) < (starts, row.version):
            best[row.code] = row
    return list(best.values())


def _row(
    request: KnownRequest, row: PlaybookRow, names: dict[str, str], *, is_in_force: bool
) -> Row:
    state = Status(_("In force"), "pass", "ok") if is_in_force else PLAYBOOK_STATES[row.state]
    return Row(
        [
            Cell(
                row.code,
                reverse("console:playbook", args=[row.public_id]),
                _("version %(version)s") % {"version": row.version},
            ),
            Cell(status=state),
            Cell(day_text(row.effective_from), css="nowrap"),
            Cell(names.get(row.author_id, ""), note=str(moment_of(request, row.edited_at))),
            Cell(
                names.get(row.approved_by, ""),
                note=str(moment_of(request, row.published_at) or ""),
            ),
            Cell(row.note, css="soft"),
        ],
        id=row.public_id,
    )


def _trials(request: KnownRequest, version_id: str, *, is_draft: bool) -> Table | None:
    """Return what was asked of the version, or None where nobody can ask or asked."""
    rows = list_trials(version_id)
    if not rows and not is_draft:
        return None
    may_ask = is_draft and may_somewhere(request.me, "playbooks.try")
    names = people_names([row.made_by for row in rows])
    return Table(
        "trials",
        _("What would change?"),
        [
            Column(_("Asked")),
            Column(_("By")),
            Column(_("Decided since")),
            Column(_("Decisions"), "num"),
            Column(_("Otherwise"), "num"),
        ],
        [
            Row(
                [
                    Cell(
                        str(moment_of(request, row.made_at)),
                        reverse("console:trial", args=[row.public_id]),
                    ),
                    Cell(names.get(row.made_by, "")),
                    Cell(day_text(row.since) or _("the beginning")),
                    Cell(format_count(row.total), css="num"),
                    Cell(format_count(row.changed), css="num"),
                ],
                id=row.public_id,
            )
            for row in rows
        ],
        Empty(
            _("Nobody asked yet"),
            _("The draft can be run over every decision that stands; nothing is changed by it."),
            "undo",
            reverse("console:playbook_try", args=[version_id]) if may_ask else "",
            _("What would change?"),
        ),
    )


def _facts(
    request: KnownRequest, row: PlaybookRow, names: dict[str, str], standing: Standing
) -> list[tuple[str, str]]:
    facts = [
        (_("Holds from"), day_text(row.effective_from) or _("not said yet")),
        (_("Written by"), f"{names.get(row.author_id, '')}, {moment_of(request, row.edited_at)}"),
    ]
    if row.published_at:
        published = f"{names.get(row.approved_by, '')}, {moment_of(request, row.published_at)}"
        facts.append((_("Published by"), published))
    if row.sha256:
        facts.append((_("Fingerprint"), f"sha256 {grouped(row.sha256)}"))
    if row.note:
        facts.append((_("Note"), row.note))
    if standing.wanted:
        facts.append((_("Sign-off"), sign_off_words(standing)))
    if row.state == "draft" and standing.trial is not None:
        facts.append((_("In decisions that stand"), trial_words(standing)))
    return facts


def _acts(
    request: KnownRequest, row: PlaybookRow, standing: Standing, *, has_problems: bool
) -> list[Act]:
    edit = Act(
        _("Edit"), reverse("console:playbook_edit", args=[row.public_id]), "pen", dialog=False
    )
    copy = Act(
        _("New version from this"),
        f"{reverse('console:playbook_new')}?from={row.public_id}",
        "plus",
        dialog=False,
    )
    retire = Act(
        _("Retire"), reverse("console:playbook_retire", args=[row.public_id]), "x", "danger"
    )
    why_not = ""
    if has_problems:
        why_not = _("The draft has problems; mend them first.")
    elif row.author_id == request.me.id:
        why_not = _("You wrote this draft; another person publishes it.")
    elif standing.lacking:
        why_not = _("Still to be signed for: %(roles)s.") % {
            "roles": "; ".join(role_word(role) for role in standing.lacking)
        }
    publish = Act(
        _("Publish"),
        reverse("console:playbook_publish", args=[row.public_id]),
        "send",
        "main-act",
        why_not=why_not,
    )
    if row.state == "draft":
        attempt = Act(
            _("What would change?"), reverse("console:playbook_try", args=[row.public_id]), "undo"
        )
        sign = Act(_("Sign"), reverse("console:playbook_sign", args=[row.public_id]), "pen")
        asked = set(standing.lacking) & set(request.me.roles) and row.author_id != request.me.id
        return acts_for(
            request.me,
            ("playbooks.edit", edit),
            *([("playbooks.try", attempt)] if standing.sha256 else []),
            *([("playbooks.sign", sign)] if asked and not has_problems else []),
            ("playbooks.publish", publish),
        )
    if row.state == "published":
        return acts_for(request.me, ("playbooks.publish", retire), ("playbooks.edit", copy))
    return acts_for(request.me, ("playbooks.edit", copy))
