"""Acts by which a payment file leaves the house: send, folder, download, receipt, close."""

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.payouts.errors import PayoutsError
from counterfoil.apps.payouts.selectors import get_payment_batch
from counterfoil.apps.payouts.services import (
    ask_download,
    close_batch,
    enter_receipt,
    mark_unknown,
)
from counterfoil.flows import pay
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.console.acts import ActPage, answer, refuse
from counterfoil.interfaces.console.batches.acts import ReasonForm
from counterfoil.interfaces.console.forms import text_field
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.words import day_text
from counterfoil.interfaces.web.presenters import format_count, show_money
from counterfoil.interfaces.web.requests import KnownRequest


class ReceiptForm(forms.Form):
    """The bank's receipt of an upload."""

    receipt = text_field(
        gettext_lazy("Receipt"), hint=gettext_lazy("As the bank shows it."), length_max=120
    )


@shown_to("batches.release")
def release(request: KnownRequest, batch_id: str) -> HttpResponse:
    """This will send an approved file for payment: post it, tell the payees, let it leave."""
    found = get_payment_batch(batch_id)

    def do() -> str:
        pay.release_payments(
            batch_id=found.public_id,
            folder=adapter("bank_folder"),
            by=request.me,
            at=request.at,
        )
        return _("%(batch)s is sent for payment.") % {"batch": found.message_id}

    act = ActPage(
        title=_("Send %(batch)s for payment") % {"batch": found.message_id},
        confirm=_("Send for payment"),
        back_url=reverse("console:payment_batch", args=[found.public_id]),
        facts=[
            (_("Total"), str(show_money(found.total))),
            (_("Payments"), format_count(found.count)),
            (_("To be paid on"), day_text(found.execute_on)),
            (_("File"), f"sha256 {found.sha256[:8]}…{found.sha256[-8:]}"),
        ],
        notice=_("Sending is final: the same file can never be sent twice."),
        blocked=_("You made this batch; another person sends it.")
        if found.sealed_by == request.me.id
        else "",
    )
    return answer(request, act, do)


@shown_to("batches.dispatch")
def dispatch(request: KnownRequest, batch_id: str) -> HttpResponse:
    """This will put a released file into the bank's folder, as the worker does by itself."""
    found = get_payment_batch(batch_id)

    def do() -> str:
        pay.dispatch_payments(
            batch_id=found.public_id,
            folder=adapter("bank_folder"),
            by=request.me,
            at=request.at,
        )
        return _("The file of %(batch)s is in the folder.") % {"batch": found.message_id}

    act = ActPage(
        title=_("Put the file into the bank's folder"),
        confirm=_("Put it there"),
        back_url=reverse("console:payment_batch", args=[found.public_id]),
        facts=[(_("File"), found.file_name)],
        notice=_("Safe to repeat: the same name and the same bytes each time."),
    )
    return answer(request, act, do)


@shown_to("batches.dispatch")
def download(request: KnownRequest, batch_id: str) -> HttpResponse:
    """This will hand out the bytes of a released file, on the record."""
    found = get_payment_batch(batch_id)
    back = reverse("console:payment_batch", args=[found.public_id])
    if request.method != "POST":
        act = ActPage(
            title=_("Download %(batch)s") % {"batch": found.message_id},
            confirm=_("Download"),
            back_url=back,
            facts=[(_("File"), found.file_name)],
            notice=_("Upload it at the bank once, then enter the bank's receipt."),
        )
        return answer(request, act, str)
    try:
        _batch, file = pay.download_payments(
            batch_id=found.public_id,
            folder=adapter("bank_folder"),
            by=request.me,
            at=request.at,
        )
    except PayoutsError as error:
        return refuse(request, _("Download the file"), error, back_url=back)
    answered = HttpResponse(file.content, content_type="application/octet-stream")
    answered["Content-Disposition"] = f'attachment; filename="{file.file_name}"'
    answered["X-Content-SHA256"] = file.sha256
    return answered


@shown_to("batches.dispatch")
def ask(request: KnownRequest, batch_id: str) -> HttpResponse:
    """This will ask for one more download; another person makes it."""
    found = get_payment_batch(batch_id)
    form = ReasonForm(request.POST or None)

    def do() -> str:
        ask_download(
            batch_id=found.public_id,
            reason=form.cleaned_data["reason"],
            by=request.me,
            at=request.at,
        )
        return _("Another person can download the file now.")

    act = ActPage(
        title=_("Download %(batch)s again") % {"batch": found.message_id},
        confirm=_("Ask for it"),
        back_url=reverse("console:payment_batch", args=[found.public_id]),
        form=form,
        notice=_("A file that is uploaded twice may be paid twice. Another person downloads it."),
        notice_tone="warn",
    )
    return answer(request, act, do)


@shown_to("batches.dispatch")
def unknown(request: KnownRequest, batch_id: str) -> HttpResponse:
    """This will mark that nobody knows whether a file arrived at the bank."""
    found = get_payment_batch(batch_id)
    form = ReasonForm(request.POST or None)

    def do() -> str:
        mark_unknown(
            message_id=found.message_id,
            reason=form.cleaned_data["reason"],
            by=request.me,
            at=request.at,
        )
        return _(
            "%(batch)s is not sent again by the system. Ask the bank with its message id."
        ) % {"batch": found.message_id}

    act = ActPage(
        title=_("Nobody knows whether %(batch)s arrived") % {"batch": found.message_id},
        confirm=_("Nobody knows"),
        back_url=reverse("console:payment_batch", args=[found.public_id]),
        form=form,
        notice=_(
            "For an upload that broke off. The system never sends the file again; the bank's "
            "receipt or its first answer ends this."
        ),
        notice_tone="warn",
    )
    return answer(request, act, do)


@shown_to("batches.dispatch")
def receipt(request: KnownRequest, batch_id: str) -> HttpResponse:
    """This will keep the bank's receipt."""
    found = get_payment_batch(batch_id)
    form = ReceiptForm(request.POST or None)

    def do() -> str:
        enter_receipt(
            batch_id=found.public_id,
            receipt=form.cleaned_data["receipt"],
            by=request.me,
            at=request.at,
        )
        return _("The receipt is kept.")

    act = ActPage(
        title=_("Enter the bank's receipt"),
        confirm=_("Keep the receipt"),
        back_url=reverse("console:payment_batch", args=[found.public_id]),
        form=form,
    )
    return answer(request, act, do)


@shown_to("batches.dispatch")
def close(request: KnownRequest, batch_id: str) -> HttpResponse:
    """This will close a batch of which everything is answered and nothing is in transit."""
    found = get_payment_batch(batch_id)

    def do() -> str:
        close_batch(batch_id=found.public_id, by=request.me, at=request.at)
        return _("%(batch)s is closed.") % {"batch": found.message_id}

    act = ActPage(
        title=_("Close %(batch)s") % {"batch": found.message_id},
        confirm=_("Close"),
        back_url=reverse("console:payment_batch", args=[found.public_id]),
        notice=_("Possible once every payment is answered and nothing is in transit."),
    )
    return answer(request, act, do)
