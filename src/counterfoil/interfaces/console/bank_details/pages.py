"""Pages of bank details: changes that wait, one partner's checklist, one version for review."""

from datetime import date

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.partners.selectors import get_partner
from counterfoil.apps.payouts.selectors import (
    bank_details_of,
    documents_of,
    get_bank_detail,
    list_bank_changes,
    payee_checklist,
    payees_of,
    payments_of_partner,
    same_account_elsewhere,
)
from counterfoil.apps.payouts.types import BankDetailInfo, DocumentInfo
from counterfoil.interfaces.console.batches.words import PAYMENT_STATES
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
    BANK_STATES,
    day_text,
    moment_of,
    people_names,
)
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.asked import asked_number
from counterfoil.interfaces.web.presenters import Act, Crumb, Empty, Status
from counterfoil.interfaces.web.requests import KnownRequest

PAGE = 50


@shown_to("payees.view")
def changes(request: KnownRequest) -> HttpResponse:
    """This will list changes of bank details that wait for somebody, the newest first."""
    state = request.GET.get("state", "")
    found = list_bank_changes(
        state=state or None, before=asked_number(request.GET.get("after", "")), limit=PAGE + 1
    )
    shown = found[:PAGE]
    table = Table(
        "changes",
        _("Bank details"),
        _columns(),
        [_row(request, each) for each in shown],
        Empty(
            _("Nothing waits"),
            _("Changes that partners or operations propose stand here until they are in use."),
            "bank",
        ),
        pager=pager_of(
            request, shown=len(shown), next_cursor=str(shown[-1].id) if len(found) > PAGE else ""
        ),
    )
    context = {
        "crumbs": [Crumb(_("Payees"), reverse("console:payees")), Crumb(_("Bank details"))],
        "head": Head(
            _("Changes of bank details"),
            _("Called back on a known number, approved by another person, cooled off, in use."),
        ),
        "filters": Filters(
            reverse("console:bank_changes"),
            _("Choose bank details"),
            fields=[
                picked(
                    "state",
                    _("State"),
                    [(key, each.word) for key, each in BANK_STATES.items()],
                    state,
                    _("Waiting for somebody"),
                )
            ],
            has_search=False,
        ),
        "tables": [table],
    }
    return pages.page(request, "console/list.html", context)


@shown_to("payees.view")
def partner(request: KnownRequest, partner_id: str) -> HttpResponse:
    """This will show what one partner needs to be paid: checklist, bank details, papers."""
    found = get_partner(partner_id=partner_id)
    on = request.at.astimezone(request.person.zone).date()
    payees = payees_of(partner_id=found.pk)
    details = bank_details_of(partner_id=found.pk)
    propose = Act(
        _("Propose bank details"), reverse("console:bank_propose", args=[partner_id]), "bank",
        "main-act",
    )  # fmt: skip
    paper = Act(_("Enter a paper"), reverse("console:paper_new", args=[partner_id]), "file")
    tables = [_checklist(found.pk, each.currency, on) for each in payees]
    tables += [
        Table(
            "details",
            _("Bank details"),
            _columns(),
            [_row(request, each) for each in details],
            Empty(
                _("No bank details"),
                _("Propose them; somebody else calls back, a third person approves."),
                "bank",
            ),
        ),
        _papers(request, partner_id, documents_of(partner_id=found.pk)),
        _payments(found.pk),
    ]
    context = {
        "crumbs": [
            Crumb(_("Bank details"), reverse("console:bank_changes")),
            Crumb(found.name),
        ],
        "head": Head(
            found.name,
            _("What is needed before a payment, and what was paid."),
            acts=acts_for(request.me, ("payees.enter", paper), ("payees.propose_bank", propose)),
        ),
        "notices_of": []
        if payees
        else [("warn", "unknown", _("No payee is entered for this partner yet."))],
        "facts_title": "",
        "facts": [],
        "tables": tables,
    }
    return pages.page(request, "console/detail.html", context)


@shown_to("payees.view")
def detail(request: KnownRequest, detail_id: str) -> HttpResponse:
    """This will show one version of bank details for review, masked."""
    found = get_bank_detail(detail_id)
    names = people_names(
        [found.proposed_by, found.callback_by, found.approved_by, found.refused_by]
    )
    others = same_account_elsewhere(detail_id=detail_id)
    notices = []
    if others:
        notices.append(
            (
                "bad",
                "unknown",
                _("The same account belongs to %(names)s.") % {"names": ", ".join(others)},
            )
        )
    if found.state == "proposed":
        notices.append(
            (
                "",
                "info",
                _(
                    "Call a number that was on file before this request, never one from the "
                    "request. Urgency is a warning sign. Payments go on to the old details."
                ),
            )
        )
    context = {
        "crumbs": [
            Crumb(_("Bank details"), reverse("console:bank_changes")),
            Crumb(
                found.partner_name,
                reverse("console:bank_details_of", args=[found.partner_public_id]),
            ),
            Crumb(found.masked),
        ],
        "head": Head(
            found.masked,
            _("Bank details of %(partner)s for %(currency)s")
            % {"partner": found.partner_name, "currency": found.currency},
            BANK_STATES[found.state],
            _acts(request, found),
        ),
        "notices_of": notices,
        "facts_title": _("What is known"),
        "facts": _facts(request, found, names),
        "tables": [],
    }
    return pages.page(request, "console/detail.html", context)


def _acts(request: KnownRequest, found: BankDetailInfo) -> list[Act]:
    def act(name: str, label: str, icon: str, tone: str = "", why_not: str = "") -> Act:
        url = reverse(f"console:bank_{name}", args=[found.public_id])
        return Act(label, url, icon, tone, why_not=why_not)

    me = request.me.id
    offered = [("payees.reveal_bank", act("reveal", _("Show the number"), "eye"))]
    if found.is_open:
        refused = act("refuse", _("Refuse"), "x", "danger")
        offered.append(("payees.call_back", refused))
    if found.state == "proposed":
        why = (
            _("You proposed these bank details; another person calls back.")
            if found.proposed_by == me
            else ""
        )
        offered.append(
            ("payees.call_back", act("call_back", _("Record the call"), "chat", "main-act", why))
        )
    if found.state == "callback_done":
        why = (
            _("You proposed these bank details or called; another person approves.")
            if me in (found.proposed_by, found.callback_by)
            else ""
        )
        offered.append(
            ("payees.approve_bank", act("approve", _("Approve"), "lock", "main-act", why))
        )
    return acts_for(request.me, *offered)


def _facts(
    request: KnownRequest, found: BankDetailInfo, names: dict[str, str]
) -> list[tuple[str, str]]:
    facts = [
        (_("Account holder"), found.holder),
        (_("Account"), found.masked),
        (_("Country of the bank"), found.bank_country),
    ]
    if found.bic:
        facts.append((_("BIC"), found.bic))
    facts += [
        (_("Reason"), found.reason),
        (
            _("Proposed"),
            f"{names.get(found.proposed_by, '')}, {moment_of(request, found.proposed_at)}",
        ),
    ]
    if found.callback_at:
        facts += [
            (
                _("Called back"),
                f"{names.get(found.callback_by, '')}, {moment_of(request, found.callback_at)}",
            ),
            (_("Number called"), f"{found.callback_number} ({found.callback_person})"),
            (_("What was said"), found.callback_note),
        ]
    if found.approved_at:
        facts += [
            (
                _("Approved"),
                f"{names.get(found.approved_by, '')}, {moment_of(request, found.approved_at)}",
            ),
            (_("Cooling-off until"), str(moment_of(request, found.cooling_off_until))),
        ]
    if found.active_at:
        facts.append((_("In use from"), str(moment_of(request, found.active_at))))
    if found.refused_by:
        facts.append((_("Refused"), f"{names.get(found.refused_by, '')}: {found.refused_reason}"))
    return facts


def _columns() -> list[Column]:
    return [
        Column(_("Account")),
        Column(_("State")),
        Column(_("Currency")),
        Column(_("Account holder")),
        Column(_("Proposed")),
        Column(_("In use from")),
    ]


def _row(request: KnownRequest, each: BankDetailInfo) -> Row:
    begins = each.active_at or each.cooling_off_until
    return Row(
        [
            Cell(
                each.masked,
                reverse("console:bank_detail", args=[each.public_id]),
                each.partner_name,
            ),
            Cell(status=BANK_STATES[each.state]),
            Cell(each.currency),
            Cell(each.holder),
            Cell(str(moment_of(request, each.proposed_at)), css="nowrap"),
            Cell(str(moment_of(request, begins) or ""), css="nowrap"),
        ],
        id=each.public_id,
    )


def _checklist(partner_pk: int, currency: str, on: date) -> Table:
    items = payee_checklist(partner_id=partner_pk, currency=currency, on=on)
    titles = {
        "legal_entity": _("Legal entity"),
        "tax_form": _("Tax form"),
        "bank_details": _("Bank details"),
        "vendor_number": _("Vendor number in the ERP"),
        "documents": _("Other documents"),
    }
    return Table(
        f"checklist-{currency}",
        _("Checklist for %(currency)s") % {"currency": currency},
        [Column(_("Point")), Column(_("State"))],
        [
            Row(
                [
                    Cell(titles[item.name]),
                    Cell(
                        status=Status(_("Done"), "pass", "ok")
                        if item.is_done
                        else Status(item.words, "unknown", "warn")
                    ),
                ],
                id=item.name,
            )
            for item in items
        ],
        Empty(_("Nothing to check"), ""),
    )


def _papers(request: KnownRequest, partner_id: str, papers: tuple[DocumentInfo, ...]) -> Table:
    may_check = may_somewhere(request.me, "payees.check")
    names = people_names([p.entered_by for p in papers] + [p.checked_by for p in papers])
    rows = []
    for each in papers:
        act = None
        if not each.checked_by and may_check and each.entered_by != request.me.id:
            url = reverse("console:paper_check", args=[partner_id, each.public_id])
            act = Act(_("Check"), url, "pass")
        state = (
            Status(_("Checked"), "pass", "ok")
            if each.checked_by
            else Status(_("Waits for the second check"), "clock", "warn")
        )
        rows.append(
            Row(
                [
                    Cell(each.form, note=each.reference),
                    Cell(act=act) if act else Cell(status=state),
                    Cell(names.get(each.entered_by, "")),
                    Cell(names.get(each.checked_by, "")),
                    Cell(day_text(each.expires_on), css="nowrap"),
                ],
                id=each.public_id,
            )
        )
    return Table(
        "papers",
        _("Papers"),
        [
            Column(_("Form")),
            Column(_("State")),
            Column(_("Entered by")),
            Column(_("Checked by")),
            Column(_("Holds until")),
        ],
        rows,
        Empty(_("No paper"), _("A tax form is needed before the first payment."), "file"),
    )


def _payments(partner_pk: int) -> Table:
    return Table(
        "payments",
        _("Payments"),
        [
            Column(_("Payment")),
            Column(_("State")),
            Column(_("Account")),
            Column(_("To be paid")),
            Column(_("Amount"), "num"),
        ],
        [
            Row(
                [
                    Cell(
                        row.end_to_end_id,
                        reverse("console:payment_batch", args=[row.batch_id]),
                        row.remittance,
                    ),
                    Cell(status=PAYMENT_STATES[row.state]),
                    Cell(row.account_masked, css="nowrap"),
                    Cell(day_text(row.execute_on), css="nowrap"),
                    money_cell(row.amount),
                ],
                id=row.public_id,
            )
            for row in payments_of_partner(partner_id=partner_pk)
        ],
        Empty(_("Nothing was paid yet"), _("Payments by bank file stand here."), "coins"),
    )
