"""Words of bank statements, lines and matches."""

from collections.abc import Mapping

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from counterfoil.apps.payouts.types import BankLineInfo, StatementInfo
from counterfoil.core.reconciling import Reason
from counterfoil.interfaces.web.presenters import Status

STATEMENT_STATES: Mapping[str, Status] = {
    "review": Status(_("Waits for review"), "ours", "warn"),
    "taken": Status(_("Taken"), "pass", "ok"),
    "set_aside": Status(_("Set aside"), "x", "mute"),
}
STATEMENT_KINDS: Mapping[str, str | Promise] = {
    "statement": _("Statement"),
    "report": _("Intraday report"),
    "notice": _("Notice of details"),
}
MATCH_KINDS: Mapping[str, Status] = {
    "payment": Status(_("Payment"), "pass", "ok"),
    "return": Status(_("Return"), "undo", "warn"),
    "fee": Status(_("Bank fee"), "coins", "ok"),
    "duplicate": Status(_("Debited twice"), "fail", "bad"),
    "not_ours": Status(_("Not ours"), "na", "mute"),
}
OPEN_LINE = Status(_("Waits for a person"), "ours", "warn")
UNUSED_LINE = Status(_("Not used"), "na", "mute")
BATCH_LINE = Status(_("Batch, see its payments"), "batch", "mute")
RULES: Mapping[str, str | Promise] = {
    "reference": _("by its reference"),
    "return": _("as a return, by its reference"),
    "batch": _("as a whole payment file"),
    "notice": _("by the bank's notice of its payments"),
    "account": _("by the payee's account, amount and days"),
    "fee": _("by its reference, less the bank's fee"),
    "exchange": _("by its reference, in another currency"),
    "sum": _("as the only sum of some payments"),
    "person": _("by hand"),
}
REASONS: Mapping[str, str | Promise] = {
    Reason.AMBIGUOUS: _("Several payments fit, or several lines"),
    Reason.AMOUNT_DIFFERS: _("Known reference, another amount"),
    Reason.PAID_TWICE: _("That payment is settled already"),
    Reason.SENT_TWICE: _("An equal line stands in another statement"),
    Reason.REJECTED: _("The bank had rejected that payment"),
    Reason.RETURN_UNKNOWN: _("A return that no settled payment fits"),
    Reason.MONEY_IN: _("Money came in that returns no payment"),
    Reason.UNKNOWN: _("No payment of ours fits"),
}
CANDIDATE_WHY: Mapping[str, str | Promise] = {
    "the same amount in the same days": _("the same amount in the same days"),
    "this reference, matched by another line": _("this reference, matched by another line"),
    "this reference, settled": _("this reference, settled"),
    "this reference, rejected": _("this reference, rejected"),
    "this reference, returned": _("this reference, returned"),
    "this reference and amount": _("this reference and amount"),
    "this reference, another amount": _("this reference, another amount"),
    "its state forbids it": _("fits, but its state forbids it"),
}
PAYMENT_STATES: Mapping[str, str | Promise] = {
    "released": _("sent for payment"),
    "accepted": _("accepted by the bank"),
    "settled": _("paid"),
    "rejected": _("rejected by the bank"),
    "returned": _("returned by the bank"),
}


def line_status(line: BankLineInfo, *, is_taken: bool) -> Status:
    """Return what a line is, or what it waits for."""
    if line.has_parts:
        return BATCH_LINE
    if line.match is not None:
        return MATCH_KINDS[line.match.kind]
    return OPEN_LINE if is_taken and line.status == "booked" else UNUSED_LINE


def name_of(statement: StatementInfo) -> str:
    """Return how people call a statement: its number, or the bank's id."""
    return statement.number or statement.bank_id or statement.public_id


def line_url(line_id: str) -> str:
    """Return the address of a bank line."""
    return reverse("console:bank_line", args=[line_id])
