"""Automatic approvals: how the sampled ones ended, and starting them again after errors."""

from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.playbooks.errors import PlaybookRefused
from counterfoil.apps.playbooks.selectors import list_versions, version_in_force
from counterfoil.apps.submissions.selectors.blind import automation_of
from counterfoil.apps.submissions.types import Automation
from counterfoil.core.agreement import wilson
from counterfoil.core.playbooks.model import ReviewRules
from counterfoil.core.playbooks.reader import format_percent
from counterfoil.flows.review_blind import is_stopped, restart_automation
from counterfoil.interfaces.console.acts import ActPage, answer
from counterfoil.interfaces.console.forms import reason_field
from counterfoil.interfaces.console.guard import may_somewhere, shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.console.reviews.words import tabs_label, tabs_of
from counterfoil.interfaces.console.tables import Cell, Column, Row, Table
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Act, Crumb, Empty, Status, format_count
from counterfoil.interfaces.web.requests import KnownRequest

_RUNS = Status(gettext_lazy("Approves automatically"), "pass", "ok")
_STOPPED = Status(gettext_lazy("Stopped"), "fail", "bad")
_UNSAMPLED = Status(gettext_lazy("Approves automatically, not sampled"), "unknown", "warn")


class RestartForm(forms.Form):
    """Why automatic approvals are right again."""

    reason = reason_field()


@shown_to("reviews.view")
def automation(request: KnownRequest) -> HttpResponse:
    """This will list the playbooks that approve something automatically."""
    context = {
        "crumbs": [
            Crumb(_("Second reviews"), reverse("console:reviews")),
            Crumb(_("Automatic approvals")),
        ],
        "head": Head(
            _("Automatic approvals"),
            _(
                "A person looks at a drawn share of what would be approved automatically, and is "
                "not told. Too many errors stop the rest."
            ),
        ),
        "tabs": tabs_of("reviews_automation"),
        "tabs_label": tabs_label(),
        "tables": [
            Table(
                "automation",
                _("Playbooks"),
                [
                    Column(_("Playbook")),
                    Column(_("State")),
                    Column(_("Sampled"), "num"),
                    Column(_("Wrong"), "num"),
                    Column(_("Error rate")),
                    Column(""),
                ],
                [_row(request, code, rules) for code, rules in _automatic(request).items()],
                Empty(
                    _("Nothing is approved automatically"),
                    _("A playbook allows it in its routing: decide: approved_automatically."),
                    "gear",
                ),
            )
        ],
    }
    return pages.page(request, "console/list.html", context)


@shown_to("automation.restart")
def restart(request: KnownRequest, code: str) -> HttpResponse:
    """This will let a playbook approve automatically again."""
    rules = _automatic(request).get(code)
    if rules is None:
        raise Http404(_("No playbook %(code)s approves automatically.") % {"code": code})
    found = automation_of(code)
    limit = rules.stop_automation_above_ppm
    form = RestartForm(request.POST or None)

    def do() -> str:
        restart_automation(
            playbook_code=code, limit_ppm=limit, reason=form.cleaned_data["reason"],
            by=request.me, at=request.at,
        )  # fmt: skip
        return _("%(code)s approves automatically again; its sample begins anew.") % {"code": code}

    act = ActPage(
        title=_("Start the automatic approvals of %(code)s again") % {"code": code},
        confirm=_("Start them"),
        back_url=reverse("console:reviews_automation"),
        form=form,
        facts=[
            (_("Sampled and decided"), format_count(found.decided)),
            (_("Wrong"), ", ".join(found.wrong) or _("none")),
        ],
        notice=_(
            "Say what was wrong and what was mended. What was approved before is not looked at "
            "again."
        ),
        blocked=""
        if is_stopped(found, limit_ppm=limit)
        else _("They are not stopped, so there is nothing to start."),
    )
    return answer(request, act, do)


def _automatic(request: KnownRequest) -> dict[str, ReviewRules]:
    """Return the review rules of each playbook in force that approves something automatically."""
    found = {}
    for code in sorted({row.code for row in list_versions()}):
        try:
            playbook = version_in_force(code, request.at.date()).playbook
        except PlaybookRefused:
            continue
        if any(row.automatic for row in playbook.routing):
            found[code] = playbook.review
    return found


def _row(request: KnownRequest, code: str, rules: ReviewRules) -> Row:
    found = automation_of(code)
    limit = rules.stop_automation_above_ppm
    stopped = is_stopped(found, limit_ppm=limit)
    act = Act(_("Start again"), reverse("console:reviews_restart", args=[code]), "right", "quiet")
    return Row(
        [
            Cell(code, note=_since(found)),
            Cell(
                status=_STOPPED if stopped else _UNSAMPLED if limit is None else _RUNS,
                note=""
                if limit is None
                else _("%(share)s sampled, stops above %(limit)s")
                % {
                    "share": format_percent(rules.sample_automatic_ppm),
                    "limit": format_percent(limit),
                },
            ),
            Cell(format_count(found.sampled), css="num"),
            Cell(format_count(len(found.wrong)), note=", ".join(found.wrong[:5]), css="num"),
            Cell(_rate(found)),
            Cell(act=act if stopped and may_somewhere(request.me, "automation.restart") else None),
        ],
        id=code,
        is_bad=stopped,
    )


def _since(found: Automation) -> str:
    if found.since is None:
        return ""
    return _("started again on %(day)s by %(who)s: %(why)s") % {
        "day": found.since.date().isoformat(),
        "who": found.restarted_by_name,
        "why": found.restart_reason,
    }


def _rate(found: Automation) -> str:
    if not found.decided:
        return _("none decided yet")
    interval = wilson(len(found.wrong), found.decided)
    return _("%(wrong)s of %(all)s (95 %% interval %(low)s to %(high)s)") % {
        "wrong": len(found.wrong),
        "all": found.decided,
        "low": f"{interval.low * 100:.1f} %",
        "high": f"{interval.high * 100:.1f} %",
    }
