"""Publishing a draft that somebody else wrote, and retiring a version."""

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.playbooks.selectors import get_text, standing_of
from counterfoil.apps.playbooks.services import publish_version, retire_version
from counterfoil.interfaces.console.acts import ActPage, answer
from counterfoil.interfaces.console.forms import reason_field
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.playbooks.trials import (
    role_word,
    sign_off_words,
    trial_words,
)
from counterfoil.interfaces.console.words import day_text, people_names
from counterfoil.interfaces.web.presenters import format_count
from counterfoil.interfaces.web.requests import KnownRequest


class RetireForm(forms.Form):
    """Why the version is taken out of use."""

    reason = reason_field()


@shown_to("playbooks.publish")
def publish(request: KnownRequest, version_id: str) -> HttpResponse:
    """This will publish a draft; from its day on new submissions follow it."""
    found, standing = get_text(version_id), standing_of(version_id)
    row = found.row
    names = people_names([row.author_id])

    def do() -> str:
        publish_version(version_id=version_id, by=request.me, at=request.at)
        return _("%(code)s version %(version)s is published.") % {
            "code": row.code,
            "version": row.version,
        }

    blocked = ""
    if row.state != "draft":
        blocked = _("This version was published before.")
    elif row.author_id == request.me.id:
        blocked = _("You wrote this draft; another person publishes it.")
    elif found.problems or found.playbook is None:
        blocked = _("The draft has %(count)s problems; its author mends them first.") % {
            "count": format_count(len(found.problems))
        }
    elif standing.lacking:
        blocked = _("Still to be signed for: %(roles)s.") % {
            "roles": "; ".join(role_word(role) for role in standing.lacking)
        }
    examples = sum(len(each.examples) for each in found.playbook.criteria) if found.playbook else 0
    act = ActPage(
        title=_("Publish %(code)s, version %(version)s")
        % {"code": row.code, "version": row.version},
        confirm=_("Publish"),
        back_url=reverse("console:playbook", args=[version_id]),
        facts=[
            (_("Holds from"), day_text(row.effective_from) or _("not said yet")),
            (_("Written by"), names.get(row.author_id, "")),
            (_("What changes"), row.note or _("not said")),
            (_("Examples"), format_count(examples)),
            (_("In decisions that stand"), trial_words(standing)),
            *([(_("Sign-off"), sign_off_words(standing))] if standing.wanted else []),
        ],
        notice=_(
            "A published version never changes. What was begun before keeps its own version."
        ),
        blocked=blocked,
    )
    return answer(request, act, do)


@shown_to("playbooks.publish")
def retire(request: KnownRequest, version_id: str) -> HttpResponse:
    """This will take a published version out of use; decisions keep citing it."""
    row = get_text(version_id).row
    form = RetireForm(request.POST or None)

    def do() -> str:
        retire_version(
            version_id=version_id, by=request.me, at=request.at, reason=form.cleaned_data["reason"]
        )
        return _("%(code)s version %(version)s is retired.") % {
            "code": row.code,
            "version": row.version,
        }

    act = ActPage(
        title=_("Retire %(code)s, version %(version)s")
        % {"code": row.code, "version": row.version},
        confirm=_("Retire"),
        confirm_tone="danger",
        back_url=reverse("console:playbook", args=[version_id]),
        form=form,
        notice=_("Nothing new is begun under it; the version before holds again if there is one."),
    )
    return answer(request, act, do)
