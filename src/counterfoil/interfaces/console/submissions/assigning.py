"""Who works on it: claim the next one, or give several to a person."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from counterfoil.apps.access.selectors import list_people
from counterfoil.apps.submissions.errors import NothingWaiting
from counterfoil.apps.submissions.selectors import get_head
from counterfoil.flows import decide
from counterfoil.interfaces.console.submissions.acting import ActForm, answer
from counterfoil.interfaces.console.submissions.opening import address, opened_to
from counterfoil.interfaces.console.submissions.words import counted
from counterfoil.interfaces.web.presenters import FieldPart, OptionPart
from counterfoil.interfaces.web.requests import KnownRequest

TOGETHER_MAX = 50
MAY_REVIEW = {"operations", "team_lead", "finance_maker", "finance_checker"}


@require_POST
@opened_to("submissions.assign")
def claim(request: KnownRequest) -> HttpResponse:
    """This will take the most urgent submission that nobody has, and open it."""
    try:
        submission_id = decide.claim_next(by=request.me, at=request.at)
    except NothingWaiting as error:
        messages.info(request, str(error))
        return HttpResponseRedirect(reverse("console:queue"))
    messages.success(request, _("It is yours now."))
    return HttpResponseRedirect(address("submission", submission_id))


@opened_to("submissions.assign")
def assign(request: KnownRequest) -> HttpResponse:
    """This will name the ticked submissions and give them to a person, or back to the queue."""
    asked = request.POST if request.method == "POST" else request.GET
    ids = list(dict.fromkeys(asked.getlist("id")))[:TOGETHER_MAX]
    heads = [get_head(each, by=request.me) for each in ids]
    many = counted(len(heads), _("submission"), _("submissions"))
    back_url = asked.get("back", "") or reverse("console:queue")
    if not back_url.startswith("/console/"):
        back_url = reverse("console:queue")
    person_id = str(request.POST.get("person", request.me.id))
    people = [
        person
        for person in list_people(only_active=True).people
        if MAY_REVIEW & {role.role for role in person.roles}
    ]
    options = [OptionPart(each.id, each.name, each.id == person_id) for each in people]
    options.append(OptionPart("", _("Nobody: back to the queue"), not person_id))
    named = ", ".join(f"{head.number} {head.partner_name}" for head in heads)
    form = ActForm(
        title=_("Assign %(many)s") % {"many": many},
        confirm=_("Assign"),
        back_url=back_url,
        facts=[(_("Which"), named or _("None is ticked."))],
        fields=[FieldPart("person", _("To"), "select", value=person_id, options=options)],
        hidden=[("id", each) for each in ids] + [("back", back_url)],
        blocked="" if heads else _("Tick the submissions in the queue first."),
    )
    names = {each.id: each.name for each in people}

    def do() -> str:
        for each in ids:
            decide.assign_submission(
                submission_id=each, person_id=person_id, by=request.me, at=request.at
            )
        whom = names.get(person_id, _("nobody"))
        return _("%(many)s assigned to %(whom)s.") % {"many": many, "whom": whom}

    return answer(request, form, do, url=back_url)
