"""Words of the console for states of things, and the names of who did something."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from counterfoil.apps.access.selectors import names_of
from counterfoil.interfaces.web.presenters import MomentText, Status, show_day, show_moment
from counterfoil.interfaces.web.requests import KnownRequest

PARTNER_STATUSES: Mapping[str, Status] = {
    "prospect": Status(_("Prospect"), "clock", "mute"),
    "active": Status(_("Active"), "pass", "ok"),
    "suspended": Status(_("Suspended"), "pause", "warn"),
    "ended": Status(_("Ended"), "x", "mute"),
}
PAYEE_STATUSES: Mapping[str, Status] = {
    "pending": Status(_("Waits for the second check"), "clock", "warn"),
    "ready": Status(_("Ready"), "pass", "ok"),
    "on_hold": Status(_("On hold"), "pause", "bad"),
}
BATCH_STATES: Mapping[str, Status] = {
    "sealed": Status(_("Waits for a second person"), "lock", "ours"),
    "released": Status(_("Sent for payment"), "send", "ok"),
    "void": Status(_("Given up"), "x", "mute"),
}
BILL_STATES: Mapping[str, Status] = {
    "billed": Status(_("Waiting for the ERP"), "bank", "mute"),
    "paid": Status(_("Paid"), "pass", "ok"),
    "rejected": Status(_("Refused by the ERP"), "fail", "bad"),
    "void": Status(_("Given up"), "x", "mute"),
}
# What a bill waits for while its file is not released.
BILL_UNSENT = Status(_("Not sent yet"), "clock", "mute")
BANK_STATES: Mapping[str, Status] = {
    "proposed": Status(_("Waits for the call-back"), "chat", "warn"),
    "callback_done": Status(_("Waits for approval"), "lock", "ours"),
    "cooling_off": Status(_("Cooling off"), "clock", "mute"),
    "active": Status(_("In use"), "pass", "ok"),
    "superseded": Status(_("Replaced"), "x", "mute"),
    "refused": Status(_("Refused"), "fail", "bad"),
}
IMPORT_STATES: Mapping[str, Status] = {
    "staged": Status(_("Waits for your decision"), "ours", "ours"),
    "taken": Status(_("Taken"), "pass", "ok"),
    "refused": Status(_("Discarded"), "x", "mute"),
    "empty": Status(_("Nothing to take"), "na", "mute"),
}
PLAYBOOK_STATES: Mapping[str, Status] = {
    "draft": Status(_("Draft"), "pen", "ours"),
    "published": Status(_("Published"), "pass", "ok"),
    "retired": Status(_("Retired"), "x", "mute"),
}
MAIL_STATES: Mapping[str, Status] = {
    "queued": Status(_("Waits to be sent"), "clock", "mute"),
    "sent": Status(_("Sent"), "pass", "ok"),
    "kept": Status(_("Kept here, not sent"), "mail", "mute"),
    "failed": Status(_("Could not be sent"), "fail", "bad"),
}
INVITATION_STATES: Mapping[str, Status] = {
    "open": Status(_("Invited"), "mail", "ours"),
    "accepted": Status(_("Accepted"), "pass", "ok"),
    "withdrawn": Status(_("Withdrawn"), "x", "mute"),
    "expired": Status(_("Expired"), "clock", "mute"),
}
ENTRY_KINDS = {
    "budget_set": _("Budget set"),
    "allocation_earned": _("Earned by the partner"),
    "allocation_reduced": _("Earned less after all"),
    "allocation_expired": _("Expired unused"),
    "committed": _("Pre-approval"),
    "commitment_released": _("Pre-approval given back"),
    "claim_approved": _("Claim approved"),
    "bill_exported": _("Sent for payment"),
    "bill_paid": _("Paid"),
    "payment_released": _("Sent for payment"),
    "payment_settled": _("Paid"),
    "commission_earned": _("Commission earned"),
    "commission_taken_back": _("Commission taken back"),
    "commission_released": _("Commission ready to pay"),
    "commission_adjusted": _("Commission adjusted"),
    "commission_bonus": _("Bonus"),
    "payment_rejected": _("Rejected by the bank"),
    "payment_returned": _("Returned by the bank"),
    "bank_fee": _("Bank fee"),
    "payment_exchanged": _("Exchange by the bank"),
    "reversal": _("Reversal"),
}
ACCOUNT_KINDS = {
    "budget.authorized": _("Budget"),
    "budget.available": _("Not allocated yet"),
    "budget.returned": _("Returned to the budget"),
    "alloc.available": _("Available"),
    "alloc.committed": _("Pre-approved (open)"),
    "alloc.consumed": _("Claimed"),
    "expense.mdf": _("Fund expense"),
    "payable": _("Approved"),
    "payable.billed": _("Sent for payment"),
    "cash.erp": _("Paid by the ERP"),
    "receivable.clawback": _("Owed back by the partner"),
    "cash.in_transit": _("On its way to the bank"),
    "cash.bank": _("Bank account"),
    "expense.bank_fees": _("Bank fees"),
    "expense.exchange": _("Exchange differences"),
    "exchange.position": _("Currency bought"),
    "expense.commission": _("Commission expense"),
    "accrued.commission": _("Commission held"),
}


def people_names(ids: Iterable[str]) -> dict[str, str]:
    """This will name who did something, by id; parts of the system are named as such."""
    wanted = {each for each in ids if each}
    names = names_of(person_ids=[each for each in wanted if not each.startswith("system:")])
    for each in wanted:
        if each.startswith("system:"):
            names[each] = f"Counterfoil ({each.removeprefix('system:').replace('_', ' ')})"
    return {each: names.get(each, each) for each in wanted}


def moment_of(request: KnownRequest, at: datetime | None) -> MomentText | None:
    """This will show a moment where the person is; None stays None."""
    return None if at is None else show_moment(at, request.person.zone, weekday=False)


def day_text(on: date | None) -> str:
    """This will write a day, or nothing."""
    return "" if on is None else show_day(on).text


def event_words(action: str) -> str:
    """This will read an action as words: `partner.status_changed` is partner status changed."""
    return action.replace(".", " ").replace("_", " ")


def grouped(sha256: str) -> str:
    """This will write a hash in groups of four, which people can compare."""
    return " ".join(sha256[place : place + 4] for place in range(0, len(sha256), 4))


def url_of(name: str, *args: str) -> str:
    """This will return the address of a page, empty when this installation has no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def submission_url(submission_id: str) -> str:
    """This will return the review page of a submission."""
    return url_of("console:submission", submission_id) if submission_id else ""
