"""The list of plans, the page of one version, and two versions compared in words."""

from datetime import date

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from counterfoil.apps.earnings.selectors import (
    get_plan_version,
    list_parties,
    list_plans,
    list_uses,
)
from counterfoil.apps.earnings.types import PlanText, PlanVersionInfo, UseInfo
from counterfoil.core.plans.words import compare_plans
from counterfoil.interfaces.console.guard import may_somewhere, shown_to
from counterfoil.interfaces.console.parts import Head, acts_for
from counterfoil.interfaces.console.plans.findings import findings_of
from counterfoil.interfaces.console.playbooks.findings import lines_of
from counterfoil.interfaces.console.tables import Cell, Column, Filters, Row, Table, picked
from counterfoil.interfaces.console.words import (
    PLAYBOOK_STATES,
    day_text,
    grouped,
    moment_of,
    people_names,
)
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Act, Crumb, Empty, Status
from counterfoil.interfaces.web.requests import KnownRequest


@require_GET
@shown_to("plans.view")
def plans(request: KnownRequest) -> HttpResponse:
    """This will list the versions of plans: what is in force, what comes, what is written."""
    rows, uses = list_plans(), list_uses()
    in_force = _in_force(rows, request.at.date())
    names = people_names([r.author_id for r in rows] + [r.approved_by for r in rows])
    new = Act(_("Write a plan"), reverse("console:plan_new"), "plus", "main-act", dialog=False)
    table = Table(
        "versions",
        _("Versions"),
        [
            Column(_("Plan")),
            Column(_("State")),
            Column(_("Holds from")),
            Column(_("Programs")),
            Column(_("Written by")),
            Column(_("Published by")),
        ],
        [
            Row(
                [
                    Cell(row.code, reverse("console:plan", args=[row.public_id]),
                         _("version %(version)s") % {"version": row.version}),
                    Cell(status=_state(row, is_in_force=row.public_id in in_force)),
                    Cell(day_text(row.effective_from), css="nowrap"),
                    Cell(", ".join(u.program for u in uses if u.plan_code == row.code)),
                    Cell(names.get(row.author_id, "")),
                    Cell(names.get(row.approved_by, ""),
                         note=str(moment_of(request, row.published_at) or "")),
                ],
                id=row.public_id,
            )
            for row in rows
        ],
        Empty(
            _("No plan is written yet"),
            _("A plan says what partners earn on what they sell, and how it is checked."),
            "deal",
            reverse("console:plan_new") if may_somewhere(request.me, "plans.edit") else "",
            _("Write a plan"),
        ),
    )  # fmt: skip
    context = {
        "crumbs": [Crumb(_("Plans"))],
        "head": Head(
            _("Commission plans"),
            _("Rates, bands, caps and splits as versions with examples that run."),
            acts=acts_for(request.me, ("plans.edit", new)),
        ),
        "tables": [table],
    }
    return pages.page(request, "console/list.html", context)


def _in_force(rows: tuple[PlanVersionInfo, ...], today: date) -> set[str]:
    """Return the version of each plan that holds on a day."""
    best: dict[str, PlanVersionInfo] = {}
    for row in rows:
        if row.state != "published" or row.effective_from is None or row.effective_from > today:
            continue
        held = best.get(row.code)
        if held is None or (held.effective_from or today, held.version) < (
            row.effective_from, row.version,
        ):  # fmt: skip
            best[row.code] = row
    return {row.public_id for row in best.values()}


def _state(row: PlanVersionInfo, *, is_in_force: bool) -> Status:
    return Status(_("In force"), "pass", "ok") if is_in_force else PLAYBOOK_STATES[row.state]


@require_GET
@shown_to("plans.view")
def plan(request: KnownRequest, version_id: str) -> HttpResponse:
    """This will show a version: its text, what is wrong with it, its examples, its points."""
    found = get_plan_version(version_id)
    row = found.info
    is_draft = row.state == "draft"
    problems = found.problems if is_draft else ()
    uses = [use for use in list_uses() if use.plan_code == row.code]
    context = {
        "crumbs": [Crumb(_("Plans"), reverse("console:plans")), Crumb(_label(row))],
        "head": Head(
            found.plan.title.say("en") if found.plan else row.code,
            _("%(code)s, version %(version)s") % {"code": row.code, "version": row.version},
            _state(row, is_in_force=row.public_id in _in_force(list_plans(), request.at.date())),
            _acts(request, found),
        ),
        "facts": _facts(request, row, uses),
        "lines": lines_of(found.source, problems),
        "found": findings_of(found.plan, problems),
        "is_draft": is_draft,
        "tables": _parties(uses, found) if row.state == "published" else [],
    }
    return pages.page(request, "console/plans/plan.html", context)


def _label(row: PlanVersionInfo) -> str:
    return f"{row.code} {row.version}"


def _facts(
    request: KnownRequest, row: PlanVersionInfo, uses: list[UseInfo]
) -> list[tuple[str, str]]:
    names = people_names([row.author_id, row.approved_by])
    facts = [
        (_("Holds from"), day_text(row.effective_from) or _("not said yet")),
        (_("Written by"), names.get(row.author_id, "")),
        (_("Programs"), ", ".join(use.program for use in uses) or _("none yet")),
    ]
    if row.published_at:
        published = f"{names.get(row.approved_by, '')}, {moment_of(request, row.published_at)}"
        facts.append((_("Published by"), published))
    if row.sha256:
        facts.append((_("Fingerprint"), f"sha256 {grouped(row.sha256)}"))
    return facts


def _parties(uses: list[UseInfo], found: PlanText) -> list[Table]:
    """Return who fills the parties of the plan's splits, one table for all programs."""
    if found.plan is None or len(found.plan.shares) < 2:
        return []
    rows = [
        Row([Cell(each.partner_name), Cell(use.program), Cell(each.party),
             Cell(each.beneficiary_name)])
        for use in uses
        for each in list_parties(use.public_id)
    ]  # fmt: skip
    return [
        Table(
            "parties",
            _("Who shares in what is sold"),
            [
                Column(_("What it sells")),
                Column(_("Program")),
                Column(_("Party")),
                Column(_("Goes to")),
            ],
            rows,
            Empty(
                _("Nobody is named"),
                _("A share that nobody fills stays with the partner that sells."),
                "partners",
            ),
        )
    ]


def _acts(request: KnownRequest, found: PlanText) -> list[Act]:
    row = found.info
    at = [row.public_id]
    others = [each for each in list_plans(row.code) if each.public_id != row.public_id]
    compare = [
        Act(_("Compare"), reverse("console:plan_compare", args=at), "queue", dialog=False)
    ]  # fmt: skip
    shown = compare if others else []
    if row.state == "draft":
        why_not = ""
        if found.problems or found.plan is None:
            why_not = _("The draft has problems; mend them first.")
        elif row.author_id == request.me.id:
            why_not = _("You wrote this draft; another person publishes it.")
        edit = Act(_("Edit"), reverse("console:plan_edit", args=at), "pen", dialog=False)
        publish = Act(
            _("Publish"), reverse("console:plan_publish", args=at), "send", "main-act",
            why_not=why_not,
        )  # fmt: skip
        return shown + acts_for(request.me, ("plans.edit", edit), ("plans.publish", publish))
    copy = Act(
        _("New version from this"), f"{reverse('console:plan_new')}?from={row.public_id}", "plus",
        dialog=False,
    )  # fmt: skip
    use = Act(_("Use in a program"), reverse("console:plan_use", args=at), "link")
    party = Act(_("Name who shares"), reverse("console:plan_party", args=at), "partners")
    has_splits = found.plan is not None and len(found.plan.shares) > 1
    offered = [("plans.edit", copy), ("plans.publish", use)]
    if has_splits:
        offered.append(("plans.edit", party))
    return shown + acts_for(request.me, *offered)


@require_GET
@shown_to("plans.view")
def compare(request: KnownRequest, version_id: str) -> HttpResponse:
    """This will say in words what differs between this version and another one of the plan."""
    found = get_plan_version(version_id)
    row = found.info
    others = [each for each in list_plans(row.code) if each.public_id != row.public_id]
    asked = request.GET.get("with", "")
    other = next(
        (each for each in others if each.public_id == asked),
        next(
            (each for each in others if each.version < row.version), others[0] if others else None
        ),
    )
    tables = []
    if other is not None:
        tables.append(_differences(get_plan_version(other.public_id), found))
    context = {
        "crumbs": [
            Crumb(_("Plans"), reverse("console:plans")),
            Crumb(_label(row), reverse("console:plan", args=[version_id])),
            Crumb(_("Compare")),
        ],
        "head": Head(
            _("What differs"),
            _("%(code)s, version %(version)s against version %(other)s")
            % {"code": row.code, "version": row.version, "other": other.version}
            if other
            else _("There is no other version of %(code)s.") % {"code": row.code},
        ),
        "filters": Filters(
            reverse("console:plan_compare", args=[version_id]),
            _("Choose a version"),
            fields=[
                picked(
                    "with", _("With version"),
                    [(each.public_id, _("version %(version)s") % {"version": each.version})
                     for each in others],
                    other.public_id if other else "", _("The version before"),
                )
            ],
            has_search=False,
        )
        if others
        else None,
        "tables": tables,
    }  # fmt: skip
    return pages.page(request, "console/list.html", context)


def _differences(before: PlanText, after: PlanText) -> Table:
    columns = [
        Column(_("Point")),
        Column(_("Version %(version)s") % {"version": before.info.version}),
        Column(_("Version %(version)s") % {"version": after.info.version}),
    ]
    if before.plan is None or after.plan is None:
        broken = before if before.plan is None else after
        return Table(
            "differences", _("Differences"), columns, [],
            Empty(
                _("Version %(version)s can't be read") % {"version": broken.info.version},
                _("Its text has problems; the page of the version names them."),
                "fail",
            ),
        )  # fmt: skip
    return Table(
        "differences",
        _("Differences"),
        columns,
        [
            Row([Cell(each.about), Cell(each.before or _("not said")),
                 Cell(each.after or _("not said"))])
            for each in compare_plans(before.plan, after.plan)
        ],
        Empty(_("Nothing differs"), _("Both versions say the same."), "pass"),
    )  # fmt: skip
