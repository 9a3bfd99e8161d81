"""Vendor-bill files: list, page, release by another person, giving up, download."""

from collections.abc import Mapping

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.payouts.errors import WrongState
from counterfoil.apps.payouts.selectors import (
    batch_file,
    bills_of_batch,
    claim_words,
    get_batch,
    list_batches,
)
from counterfoil.apps.payouts.types import BatchInfo, BillInfo
from counterfoil.core.actors import Actor
from counterfoil.flows.settle_bill import release_bills, void_bills
from counterfoil.interfaces.console.acts import ActPage, answer, refuse
from counterfoil.interfaces.console.forms import reason_field
from counterfoil.interfaces.console.guard import may_somewhere, shown_to
from counterfoil.interfaces.console.parts import Head, acts_for
from counterfoil.interfaces.console.tables import (
    Cell,
    Column,
    Filters,
    Row,
    Table,
    money_cell,
    pager_of,
    picked,
)
from counterfoil.interfaces.console.words import (
    BATCH_STATES,
    BILL_STATES,
    BILL_UNSENT,
    day_text,
    grouped,
    moment_of,
    people_names,
    submission_url,
)
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Act, Crumb, Empty, format_count, show_money
from counterfoil.interfaces.web.requests import KnownRequest

PAGE = 50


class VoidForm(forms.Form):
    """Why a file is given up."""

    reason = reason_field()


@shown_to("bills.view")
def bills(request: KnownRequest) -> HttpResponse:
    """This will list vendor-bill files, newest first."""
    state = request.GET.get("state", "")
    found = list_batches(
        state=state or None, before=request.GET.get("after") or None, limit=PAGE + 1
    )
    shown = found[:PAGE]
    names = people_names([each.sealed_by for each in shown] + [e.released_by for e in shown])
    acts = acts_for(
        request.me,
        (
            "payees.view",
            Act(_("Ready to pay"), reverse("console:ready_to_pay"), "coins", dialog=False),
        ),
        (
            "bills.settle",
            Act(_("Read a paid list"), reverse("console:paid_list"), "upload", dialog=False),
        ),
    )
    lead = _("One file for the ERP each: made by one person, released by another.")
    table = Table(
        "batches",
        _("Files"),
        [
            Column(_("File")),
            Column(_("State")),
            Column(_("Made")),
            Column(_("Released")),
            Column(_("Bills"), "num"),
            Column(_("Total"), "num"),
        ],
        [_batch_row(request, each, names) for each in shown],
        Empty(
            _("No file was made yet"),
            _("When something is ready to pay, Finance makes a vendor-bill file of it."),
            "batch",
            reverse("console:ready_to_pay") if may_somewhere(request.me, "payees.view") else "",
            _("See what is ready"),
        ),
        pager=pager_of(
            request,
            shown=len(shown),
            next_cursor=shown[-1].number if len(found) > PAGE else "",
        ),
    )
    states = [(key, status.word) for key, status in BATCH_STATES.items()]
    context = {
        "crumbs": [Crumb(_("Vendor bills"))],
        "head": Head(_("Vendor bills"), lead, acts=acts),
        "filters": Filters(
            reverse("console:bills"),
            _("Choose files"),
            fields=[picked("state", _("State"), states, state, _("Every state"))],
            has_search=False,
        ),
        "tables": [table],
    }
    return pages.page(request, "console/list.html", context)


@shown_to("bills.view")
def batch(request: KnownRequest, batch_id: str) -> HttpResponse:
    """This will show one vendor-bill file: its seal, who approved it, each bill's answer."""
    found = get_batch(batch_id)
    every = bills_of_batch(batch_id)
    names = people_names([found.sealed_by, found.released_by])
    is_released = found.state == "released"
    context = {
        "crumbs": [Crumb(_("Vendor bills"), reverse("console:bills")), Crumb(found.number)],
        "head": Head(
            found.number,
            _("Vendor bills for the ERP, %(file)s") % {"file": found.file_name},
            BATCH_STATES[found.state],
            _acts(found, request.me),
        ),
        "kpis": _kpis(found, every),
        "approvals": _approvals(request, found, names),
        "seal_title": _("This file is closed; its bytes can't change unnoticed"),
        "sha256": grouped(found.sha256),
        "url": reverse("console:batch_file", args=[batch_id]) if is_released else "",
        "table": _bills_table(every, is_sent=is_released),
    }
    return pages.page(request, "console/payables/batch.html", context)


@shown_to("bills.release")
def release(request: KnownRequest, batch_id: str) -> HttpResponse:
    """This will release a file that somebody else made: each bill is posted."""
    found = get_batch(batch_id)
    names = people_names([found.sealed_by])

    def do() -> str:
        after = release_bills(batch_id=batch_id, by=request.me, at=request.at)
        return _("%(number)s is released. Download it and give it to the ERP.") % {
            "number": after.number
        }

    act = ActPage(
        title=_("Send %(number)s for payment") % {"number": found.number},
        confirm=_("Send for payment"),
        back_url=reverse("console:batch", args=[batch_id]),
        facts=[
            (_("Bills"), format_count(found.count)),
            (_("Total"), ", ".join(str(show_money(total)) for total in found.totals)),
            (_("Made by"), names.get(found.sealed_by, "")),
            (_("File"), f"sha256 {found.sha256[:16]}…"),
        ],
        notice=_("Each bill is posted in the ledger as sent for payment. This can't be undone."),
        blocked=_("You made this file; another person releases it.")
        if found.sealed_by == request.me.id
        else "",
    )
    return answer(request, act, do)


@shown_to("bills.view")
def void(request: KnownRequest, batch_id: str) -> HttpResponse:
    """This will give up a file that was not released; its payables are ready again."""
    found = get_batch(batch_id)
    form = VoidForm(request.POST or None)

    def do() -> str:
        void_bills(
            batch_id=batch_id, by=request.me, at=request.at, reason=form.cleaned_data["reason"]
        )
        return _("%(number)s is given up; its payables are ready again.") % {
            "number": found.number
        }

    act = ActPage(
        title=_("Give up %(number)s") % {"number": found.number},
        confirm=_("Give the file up"),
        confirm_tone="danger",
        back_url=reverse("console:batch", args=[batch_id]),
        form=form,
        notice=_("The file is kept and never sent. What it billed can be billed again."),
    )
    return answer(request, act, do)


@shown_to("bills.view")
def file(request: KnownRequest, batch_id: str) -> HttpResponse:
    """This will hand out the bytes of a released file, exactly as they were closed."""
    found = get_batch(batch_id)
    if found.state != "released":
        wrong = WrongState(f"{found.number} is not released; another person releases it first.")
        back = reverse("console:batch", args=[batch_id])
        return refuse(request, _("Download the file"), wrong, back_url=back)
    kept = batch_file(batch_id)
    answered = HttpResponse(kept.content, content_type="text/csv; charset=utf-8")
    answered["Content-Disposition"] = f'attachment; filename="{kept.file_name}"'
    answered["X-Content-SHA256"] = kept.sha256
    return answered


def _acts(found: BatchInfo, me: Actor) -> list[Act]:
    if found.state != "sealed":
        return acts_for(
            me,
            (
                "bills.settle",
                Act(_("Read a paid list"), reverse("console:paid_list"), "upload", dialog=False),
            ),
        )
    mine = _("You made this file; another person releases it.")
    give_up = Act(
        _("Give up"), reverse("console:batch_void", args=[found.public_id]), "x", "danger"
    )
    send = Act(
        _("Send for payment"),
        reverse("console:batch_release", args=[found.public_id]),
        "send",
        "main-act",
        why_not=mine if found.sealed_by == me.id else "",
    )
    may_void = may_somewhere(me, "bills.seal") or may_somewhere(me, "bills.release")
    return [*([give_up] if may_void else []), *acts_for(me, ("bills.release", send))]


def _approvals(
    request: KnownRequest, found: BatchInfo, names: dict[str, str]
) -> list[dict[str, str]]:
    steps = [
        {
            "person": names.get(found.sealed_by, ""),
            "role_words": _("made the file"),
            "when_words": str(moment_of(request, found.sealed_at)),
            "tone": "ok",
            "icon": "pass",
        }
    ]
    if found.released_at:
        steps.append(
            {
                "person": names.get(found.released_by, ""),
                "role_words": _("released it"),
                "when_words": str(moment_of(request, found.released_at)),
                "tone": "ok",
                "icon": "send",
            }
        )
    elif found.state == "sealed":
        steps.append(
            {
                "person": _("Another person of Finance"),
                "role_words": _("releases it"),
                "when_words": _("not yet"),
                "tone": "next",
                "icon": "clock",
            }
        )
    return steps


def _kpis(found: BatchInfo, every: tuple[BillInfo, ...]) -> list[tuple[str, str, str]]:
    paid = sum(1 for bill in every if bill.state == "paid")
    totals = [
        (
            _("Total, %(currency)s") % {"currency": total.currency},
            show_money(total).figure,
            _("added up again from the file's bytes"),
        )
        for total in found.totals
    ]
    return [
        *totals,
        (_("Bills"), format_count(found.count), _("%(count)s paid") % {"count": paid}),
    ]


def _bills_table(every: tuple[BillInfo, ...], *, is_sent: bool) -> Table:
    claims = claim_words(payable_refs=[bill.payable_ref for bill in every])
    states = BILL_STATES if is_sent else {**BILL_STATES, "billed": BILL_UNSENT}
    return Table(
        "bills",
        _("Bills"),
        [
            Column(_("Bill")),
            Column(_("Claim")),
            Column(_("State")),
            Column(_("Paid on")),
            Column(_("Reference")),
            Column(_("Amount"), "num"),
        ],
        [
            Row(
                [
                    Cell(bill.number, note=bill.partner_name),
                    _claim_cell(bill, claims),
                    Cell(status=states[bill.state]),
                    Cell(day_text(bill.paid_on), css="nowrap"),
                    Cell(bill.paid_reference),
                    money_cell(bill.amount),
                ],
                id=bill.number,
                is_bad=bill.state == "rejected",
            )
            for bill in every
        ],
        Empty(_("No bill"), _("A file always has at least one bill.")),
    )


def _claim_cell(bill: BillInfo, claims: Mapping[str, tuple[str, str]]) -> Cell:
    number, title = claims.get(bill.payable_ref, ("", ""))
    return Cell(number or bill.payable_ref, submission_url(bill.payable_ref), title)


def _batch_row(request: KnownRequest, each: BatchInfo, names: dict[str, str]) -> Row:
    return Row(
        [
            Cell(each.number, reverse("console:batch", args=[each.public_id]), each.file_name),
            Cell(status=BATCH_STATES[each.state]),
            Cell(
                names.get(each.sealed_by, ""),
                note=str(moment_of(request, each.sealed_at)),
            ),
            Cell(
                names.get(each.released_by, ""),
                note=str(moment_of(request, each.released_at) or ""),
            ),
            Cell(format_count(each.count), css="num"),
            Cell(", ".join(str(show_money(total)) for total in each.totals), css="num"),
        ],
        id=each.public_id,
    )
