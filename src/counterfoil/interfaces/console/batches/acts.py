"""Acts on payment files inside the house: make, clear, approve, take back, give up, hold."""

from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.access.selectors import has_second_factor
from counterfoil.apps.access.services import prove_person
from counterfoil.apps.payouts.selectors import (
    findings_of_batch,
    get_payment_batch,
    list_own_accounts,
    open_holds,
    ready_by_bank,
)
from counterfoil.apps.payouts.services import hold_payable, lift_hold
from counterfoil.core.money import Money
from counterfoil.flows import pay
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.console.acts import ActPage, answer
from counterfoil.interfaces.console.batches.words import FINDINGS
from counterfoil.interfaces.console.forms import choice_field, day_field, reason_field, text_field
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.words import day_text
from counterfoil.interfaces.web.presenters import format_count, show_money
from counterfoil.interfaces.web.requests import KnownRequest


class SealForm(forms.Form):
    """From which account, and on which day."""

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"] = choice_field(gettext_lazy("Paid from"), choices)
        self.fields["execute_on"] = day_field(
            gettext_lazy("To be paid on"),
            required=False,
            hint=gettext_lazy("Empty: the earliest day on which the bank can."),
        )


class NoteForm(forms.Form):
    """What somebody found out who clears a finding."""

    note = text_field(
        gettext_lazy("What you found out"), required=False, length_max=500, area=True
    )


class ReasonForm(forms.Form):
    """Why, for the record."""

    reason = reason_field()


class ApproveForm(forms.Form):
    """The hash that was on the page, and that somebody compared it."""

    sha256 = forms.CharField(widget=forms.HiddenInput())
    has_compared = forms.BooleanField(
        label=gettext_lazy("I have compared total and payments with the approved list."),
        error_messages={"required": gettext_lazy("Compare them first, then say so here.")},
    )

    def __init__(self, *args: Any, needs_code: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if needs_code:
            field = text_field(
                gettext_lazy("One-time code"),
                hint=gettext_lazy("From your authenticator app, to prove that it is you."),
                length_max=12,
            )
            field.widget.attrs.update({"autocomplete": "one-time-code", "inputmode": "numeric"})
            self.fields["code"] = field


@shown_to("batches.seal")
def seal(request: KnownRequest) -> HttpResponse:
    """This will make a payment file of what is ready for one of our accounts."""
    on = request.at.astimezone(request.person.zone).date()
    choices = []
    for own in list_own_accounts():
        good = [r for r in ready_by_bank(on=on, own_account=own.code) if r.is_ready]
        if good:
            total = sum((row.amount for row in good), Money.zero(own.currency))
            words = _("%(account)s: %(count)s payables, %(total)s") % {
                "account": own.code, "count": len(good), "total": show_money(total),
            }  # fmt: skip
            choices.append((own.code, words))
    form = SealForm(request.POST or None, choices=choices)
    made: list[str] = []

    def do() -> str:
        batch = pay.seal_payments(
            own_account=form.cleaned_data["account"],
            execute_on=form.cleaned_data["execute_on"],
            box=adapter("secret_box"),
            folder=adapter("bank_folder"),
            by=request.me,
            at=request.at,
        )
        made.append(batch.public_id)
        return _("%(batch)s is sealed with %(count)s payments. Two other people approve it.") % {
            "batch": batch.message_id, "count": batch.count,
        }  # fmt: skip

    act = ActPage(
        title=_("Make a payment file"),
        confirm=_("Make the file"),
        back_url=reverse("console:pay_ready"),
        form=form,
        notice=_("The file is closed with its hash and kept. Nothing is sent before two approve."),
        blocked="" if choices else _("Nothing is ready. The list says what is missing."),
    )
    return answer(request, act, do, url_of=lambda: reverse("console:payment_batch", args=made))


@shown_to("batches.clear")
def clear(request: KnownRequest, batch_id: str, finding_id: str) -> HttpResponse:
    """This will clear a finding of the pre-payment check under one's name."""
    found = get_payment_batch(batch_id)
    each = next(
        (f for f in findings_of_batch(found.public_id) if str(f.number) == finding_id), None
    )
    if each is None:
        raise Http404
    number = each.number
    form = NoteForm(request.POST or None)

    def do() -> str:
        pay.clear_finding(
            finding_id=number, note=form.cleaned_data["note"], by=request.me, at=request.at
        )
        return _("%(finding)s is cleared.") % {"finding": FINDINGS.get(each.kind, each.kind)}

    act = ActPage(
        title=_("Clear: %(finding)s") % {"finding": FINDINGS.get(each.kind, each.kind)},
        confirm=_("Clear under my name"),
        back_url=reverse("console:payment_batch", args=[found.public_id]),
        form=form,
        facts=[
            (_("Payee"), each.payee_name),
            (_("Amount"), str(show_money(each.amount))),
            (_("Found"), each.words),
        ],
        blocked=_mine(request, found.sealed_by, _("another person clears what was found.")),
    )
    return answer(request, act, do)


@shown_to("batches.approve")
def approve(request: KnownRequest, batch_id: str) -> HttpResponse:
    """This will approve exactly the file whose hash stood on the page."""
    found = get_payment_batch(batch_id)
    user_pk = request.me.user_pk
    assert user_pk is not None, "somebody is signed in"
    form = ApproveForm(
        request.POST or None,
        initial={"sha256": found.sha256},
        needs_code=has_second_factor(user_pk=user_pk),
    )

    def do() -> str:
        proof = prove_person(user_pk=user_pk, code=form.cleaned_data.get("code", ""))
        after = pay.approve_payments(
            batch_id=found.public_id,
            sha256=form.cleaned_data["sha256"],
            proof=proof,
            by=request.me,
            at=request.at,
        )
        if after.state == "approved":
            return _("%(batch)s is approved by two.") % {"batch": after.message_id}
        return _("%(batch)s waits for one more approval.") % {"batch": after.message_id}

    act = ActPage(
        title=_("Approve %(total)s") % {"total": show_money(found.total)},
        confirm=_("Approve"),
        back_url=reverse("console:payment_batch", args=[found.public_id]),
        form=form,
        facts=[
            (_("Payments"), format_count(found.count)),
            (_("To be paid on"), day_text(found.execute_on)),
            (_("File"), f"sha256 {found.sha256[:8]}…{found.sha256[-8:]}"),
        ],
        notice=_("You approve exactly this file. Any other byte needs new approvals."),
        blocked=_mine(request, found.sealed_by, _("two other people approve it.")),
    )
    return answer(request, act, do)


@shown_to("batches.approve")
def withdraw(request: KnownRequest, batch_id: str) -> HttpResponse:
    """This will take one's own approval back."""
    found = get_payment_batch(batch_id)
    form = ReasonForm(request.POST or None)

    def do() -> str:
        pay.withdraw_approval(
            batch_id=found.public_id,
            reason=form.cleaned_data["reason"],
            by=request.me,
            at=request.at,
        )
        return _("Your approval of %(batch)s is taken back.") % {"batch": found.message_id}

    act = ActPage(
        title=_("Take your approval of %(batch)s back") % {"batch": found.message_id},
        confirm=_("Take it back"),
        back_url=reverse("console:payment_batch", args=[found.public_id]),
        form=form,
    )
    return answer(request, act, do)


@shown_to("batches.void")
def void(request: KnownRequest, batch_id: str) -> HttpResponse:
    """This will give up a sealed batch; its payables are ready again."""
    found = get_payment_batch(batch_id)
    form = ReasonForm(request.POST or None)

    def do() -> str:
        pay.void_payments(
            batch_id=found.public_id,
            reason=form.cleaned_data["reason"],
            by=request.me,
            at=request.at,
        )
        return _("%(batch)s is given up; its payables are ready again.") % {
            "batch": found.message_id
        }

    act = ActPage(
        title=_("Give up %(batch)s") % {"batch": found.message_id},
        confirm=_("Give the batch up"),
        confirm_tone="danger",
        back_url=reverse("console:payment_batch", args=[found.public_id]),
        form=form,
        notice=_("The file is kept and never sent. Its number is not used again."),
    )
    return answer(request, act, do)


@shown_to("payables.hold")
def hold(request: KnownRequest, payable_ref: str) -> HttpResponse:
    """This will keep a payable from being paid."""
    on = request.at.astimezone(request.person.zone).date()
    rows = ready_by_bank(on=on, payable_refs=[payable_ref])
    if not rows:
        raise Http404
    form = ReasonForm(request.POST or None)

    def do() -> str:
        hold_payable(
            payable_ref=payable_ref,
            partner_id=rows[0].partner_id,
            reason=form.cleaned_data["reason"],
            by=request.me,
            at=request.at,
        )
        return _("%(payable)s is on hold.") % {"payable": rows[0].number or payable_ref}

    act = ActPage(
        title=_("Hold %(payable)s") % {"payable": rows[0].number or payable_ref},
        confirm=_("Hold"),
        confirm_tone="danger",
        back_url=reverse("console:pay_ready"),
        form=form,
        notice=_("It stays owed and is in no file until somebody lifts the hold."),
    )
    return answer(request, act, do)


@shown_to("payables.hold")
def lift(request: KnownRequest, hold_id: str) -> HttpResponse:
    """This will let a payable be paid again."""
    held = next((each for each in open_holds() if each.public_id == hold_id), None)
    if held is None:
        raise Http404
    form = ReasonForm(request.POST or None)

    def do() -> str:
        lift_hold(
            hold_id=hold_id, reason=form.cleaned_data["reason"], by=request.me, at=request.at
        )
        return _("The hold is lifted.")

    act = ActPage(
        title=_("Lift hold"),
        confirm=_("Lift hold"),
        back_url=reverse("console:pay_ready"),
        form=form,
        facts=[(_("Held because"), held.reason)],
        notice=_("Say what was cleared: a rejected payment fails again with the same details."),
    )
    return answer(request, act, do)


def _mine(request: KnownRequest, maker: str, rest: str) -> str:
    if maker != request.me.id:
        return ""
    return _("You made this batch; %(rest)s") % {"rest": rest}
