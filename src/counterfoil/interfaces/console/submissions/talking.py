"""Messages that the partner reads, and notes that no partner ever reads."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from counterfoil.apps.submissions.selectors import get_head
from counterfoil.flows import submit
from counterfoil.interfaces.console.submissions.acting import ActForm, answer
from counterfoil.interfaces.console.submissions.opening import address, opened_to
from counterfoil.interfaces.web.presenters import FieldPart
from counterfoil.interfaces.web.requests import KnownRequest


@opened_to("submissions.message")
def message(request: KnownRequest, submission_id: str) -> HttpResponse:
    """This will write to the partner, on the record."""
    head = get_head(submission_id, by=request.me)
    body = request.POST.get("body", "")
    form = ActForm(
        title=_("Message to %(partner)s") % {"partner": head.partner_name},
        confirm=_("Send the message"),
        back_url=f"{address('submission', submission_id)}#m-h",
        fields=[message_field(body)],
    )

    def do() -> str:
        submit.send_message(submission_id=submission_id, body=body, by=request.me, at=request.at)
        return _("The message was sent.")

    return answer(request, form, do, url=form.back_url)


@opened_to("submissions.note")
def note(request: KnownRequest, submission_id: str) -> HttpResponse:
    """This will write an internal note."""
    head = get_head(submission_id, by=request.me)
    body = request.POST.get("body", "")
    form = ActForm(
        title=_("Internal note on %(number)s") % {"number": head.number},
        confirm=_("Keep the note"),
        back_url=f"{address('submission', submission_id)}#n-h",
        fields=[note_field(body)],
    )

    def do() -> str:
        submit.write_note(submission_id=submission_id, body=body, by=request.me, at=request.at)
        return _("The note was kept.")

    return answer(request, form, do, url=form.back_url)


def message_field(body: str = "") -> FieldPart:
    """This will make the field of a message."""
    return FieldPart(
        "body", _("Message to the partner"), "textarea", id="f-message", value=body,
        hint=_("A message alone does not pause our clock."), is_required=True,
    )  # fmt: skip


def note_field(body: str = "") -> FieldPart:
    """This will make the field of an internal note."""
    return FieldPart(
        "body", _("Internal note"), "textarea", id="f-note", value=body,
        hint=_("Colleagues read it, the partner never does."), is_required=True,
    )  # fmt: skip
