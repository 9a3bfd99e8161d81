"""What left before a backup was restored: compare, take over, say what became of it, unlock."""

from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.payouts.errors import FileRefused, PayoutsError
from counterfoil.apps.payouts.selectors import outside_findings, payout_standing
from counterfoil.apps.payouts.types import OutsideInfo
from counterfoil.flows import pay
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.console.acts import ActPage, answer, missing_of, sentence
from counterfoil.interfaces.console.batches.acts import ReasonForm
from counterfoil.interfaces.console.forms import text_field
from counterfoil.interfaces.console.guard import may_somewhere, shown_to
from counterfoil.interfaces.console.parts import Head, acts_for
from counterfoil.interfaces.console.tables import Cell, Column, Row, Table
from counterfoil.interfaces.console.words import moment_of, people_names
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Act, Crumb, Empty, Status
from counterfoil.interfaces.web.requests import KnownRequest

FILE_MAX = 64 * 1024 * 1024
KINDS = {
    "file": gettext_lazy("File for the bank"),
    "answer": gettext_lazy("Answer of the bank"),
    "checkpoint": gettext_lazy("Audit log"),
    "folder": gettext_lazy("The bank's folder"),
}
OPEN = Status(gettext_lazy("Not accounted for"), "unknown", "bad")
OUTCOMES = {
    "adopted": Status(gettext_lazy("Taken over"), "pass", "ok"),
    "explained": Status(gettext_lazy("Explained"), "pass", "mute"),
}


class SentFileForm(forms.Form):
    """A payment file as it was sent."""

    file = forms.FileField(
        label=gettext_lazy("File that was sent"),
        help_text=gettext_lazy("As it lies in the bank's folder, or as the bank has it."),
        error_messages={"required": gettext_lazy("Choose the file that was sent.")},
    )


class BecameForm(forms.Form):
    """What became of a finding."""

    reason = text_field(
        gettext_lazy("What became of it"),
        hint=gettext_lazy("What the bank says of it, and what was done about it."),
        length_max=1000,
        area=True,
    )


@shown_to("batches.view")
def outside(request: KnownRequest) -> HttpResponse:
    """This will list what the outside knows and the database does not, and lead the way out."""
    findings = outside_findings()
    waiting = [each for each in findings if each.decided_at is None]
    names = people_names([each.decided_by for each in findings])
    table = Table(
        "findings",
        _("Findings"),
        [
            Column(_("Found")),
            Column(_("What")),
            Column(_("Accounted for")),
            Column(_("Act"), "num"),
        ],
        [_row(request, each, names) for each in findings],
        Empty(
            _("Nothing is outside that we don't know"),
            _("Counterfoil compares at every start and before each file. Compare again here."),
            "pass",
        ),
    )
    context = {
        "crumbs": [
            Crumb(_("Payment batches"), reverse("console:payment_batches")),
            Crumb(_("Outside")),
        ],
        "head": Head(_("What is outside"), _lead(waiting), lock_status(), _acts(request, waiting)),
        "tables": [table],
    }
    return pages.page(request, "console/list.html", context)


def lock_status() -> Status | None:
    """This will say that payouts are locked, when they are."""
    standing = payout_standing()
    if standing is None or not standing.is_locked:
        return None
    return Status(_("Payouts are locked"), "lock", "bad")


def _lead(waiting: list[OutsideInfo]) -> str:
    if waiting:
        return _(
            "Usually a backup was restored. Take over each file that was sent, or say what became "
            "of it; then another person unlocks."
        )
    standing = payout_standing()
    if standing is not None and standing.is_locked:
        return _("Everything is accounted for. Somebody who did not do that unlocks payouts.")
    return _("Files, answers and checkpoints that are newer than the database lock payouts.")


def _acts(request: KnownRequest, waiting: list[OutsideInfo]) -> list[Act]:
    standing = payout_standing()
    is_locked = standing is not None and standing.is_locked
    compare = Act(_("Compare now"), reverse("console:outside_compare"), "queue")
    adopt = Act(
        _("Take a file over"), reverse("console:outside_adopt"), "upload",
        "" if not waiting else "main-act", dialog=False,
    )  # fmt: skip
    unlock = Act(
        _("Unlock payouts"), reverse("console:outside_unlock"), "lock",
        "" if waiting else "main-act",
        why_not=_("Account for every finding first.") if waiting else "",
    )  # fmt: skip
    offered = [("batches.account", compare)]
    if is_locked:
        offered += [("batches.account", adopt), ("batches.unlock", unlock)]
    return acts_for(request.me, *offered)


def _row(request: KnownRequest, each: OutsideInfo, names: dict[str, str]) -> Row:
    is_open = each.decided_at is None
    act = None
    if is_open and may_somewhere(request.me, "batches.account"):
        act = Act(_("Explain"), reverse("console:outside_explain", args=[each.public_id]), "pen")
    return Row(
        [
            Cell(str(moment_of(request, each.found_at)), note=str(KINDS[each.kind])),
            Cell(each.words, note=f"sha256 {each.sha256[:16]}…" if each.sha256 else ""),
            Cell(
                status=OPEN if is_open else OUTCOMES[each.outcome],
                note="" if is_open else f"{names.get(each.decided_by, '')}: {each.note}",
            ),
            Cell(act=act),
        ],
        id=each.public_id,
        is_bad=is_open,
    )


@shown_to("batches.account")
def compare(request: KnownRequest) -> HttpResponse:
    """This will compare folder, its memory and checkpoints with the database now."""

    def do() -> str:
        found = pay.compare_outside(
            folder=adapter("bank_folder"),
            checkpoints=adapter("checkpoint_store"),
            by=request.me,
            at=request.at,
        )
        if not found:
            return _("Nothing outside is ahead of the database.")
        return _("%(count)s findings. Payouts are locked.") % {"count": len(found)}

    act = ActPage(
        title=_("Compare with what is outside"),
        confirm=_("Compare"),
        back_url=reverse("console:outside"),
        notice=_(
            "A file, an answer or a checkpoint that the database does not know locks payouts."
        ),
    )
    return answer(request, act, do)


@shown_to("batches.account")
def explain(request: KnownRequest, finding_id: str) -> HttpResponse:
    """This will keep what became of a finding that can't be taken over."""
    each = next((f for f in outside_findings() if f.public_id == finding_id), None)
    if each is None:
        raise Http404
    form = BecameForm(request.POST or None)

    def do() -> str:
        pay.explain_outside(
            finding_id=finding_id, reason=form.cleaned_data["reason"], by=request.me, at=request.at
        )
        return _("Kept. Another person can unlock once every finding is accounted for.")

    act = ActPage(
        title=_("Say what became of it"),
        confirm=_("Keep it"),
        back_url=reverse("console:outside"),
        form=form,
        facts=[(_("Found"), each.words)],
        notice=_(
            "If the bank executed the file, take it over instead: only that keeps what it paid "
            "from being paid again."
        ),
        notice_tone="warn",
        blocked="" if each.decided_at is None else _("Somebody accounted for it already."),
    )
    return answer(request, act, do)


@shown_to("batches.account")
def adopt(request: KnownRequest) -> HttpResponse:
    """This will take over a file that left before a backup was restored; nothing is sent again."""
    form = SentFileForm(request.POST or None, request.FILES or None)
    said: Status | None = None
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                batch = _adopted(request, form.cleaned_data["file"])
            except PayoutsError as refusal:
                words = f"{_('Nothing was taken over.')} {sentence(str(refusal))}"
                said = Status(words, "fail", "bad")
            else:
                return pages.done(
                    request,
                    say=_("%(batch)s is taken over. Two people approve it; nothing is sent again.")
                    % {"batch": batch[0]},
                    url=reverse("console:payment_batch", args=[batch[1]]),
                )
    context = {
        "crumbs": [
            Crumb(_("Payment batches"), reverse("console:payment_batches")),
            Crumb(_("Outside"), reverse("console:outside")),
            Crumb(_("Take a file over")),
        ],
        "head": Head(
            _("Take over a file that was sent"),
            _("It becomes its batch again, so that what it pays can't be paid a second time."),
        ),
        "card_title": _("File"),
        "form": form,
        "has_files": True,
        "act_url": request.path,
        "missing": missing_of(form) if form.is_bound else [],
        "missing_title": _("This has to be mended first"),
        "said": said,
        "confirm": _("Take it over"),
        "back_url": reverse("console:outside"),
        "tables": [],
    }
    return pages.page(request, "console/payables/paid_list.html", context, status=status)


def _adopted(request: KnownRequest, upload: object) -> tuple[str, str]:
    if getattr(upload, "size", 0) > FILE_MAX:
        raise FileRefused("The file is larger than 64 MB; no payment file of ours is.")
    batch = pay.adopt_file(
        content=upload.read(),  # type: ignore[attr-defined]  # Django's uploaded file
        box=adapter("secret_box"),
        by=request.me,
        at=request.at,
    )
    return batch.message_id, batch.public_id


@shown_to("batches.unlock")
def unlock(request: KnownRequest) -> HttpResponse:
    """This will unlock payouts once everything is accounted for, by another person."""
    standing = payout_standing()
    is_locked = standing is not None and standing.is_locked
    form = ReasonForm(request.POST or None)

    def do() -> str:
        epoch = pay.unlock_payouts(
            folder=adapter("bank_folder"),
            checkpoints=adapter("checkpoint_store"),
            reason=form.cleaned_data["reason"],
            by=request.me,
            at=request.at,
        )
        return _("Payouts are open. Batch numbers begin again with %(epoch)s.") % {"epoch": epoch}

    act = ActPage(
        title=_("Unlock payouts"),
        confirm=_("Unlock"),
        back_url=reverse("console:outside"),
        form=form,
        facts=[(_("Locked because"), standing.lock_reason)] if standing and is_locked else [],
        notice=_("Say what was compared. Batch numbers used before never come back."),
        blocked=""
        if standing is not None and standing.is_locked
        else _("Payouts are not locked."),
    )
    return answer(request, act, do)
