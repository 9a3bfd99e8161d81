"""Words of payment batches, payments and findings, and who takes part."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from counterfoil.interfaces.web.presenters import Status

STATES: Mapping[str, Status] = {
    "sealed": Status(_("Waits for approval"), "lock", "ours"),
    "approved": Status(_("Approved by two"), "pass", "ok"),
    "released": Status(_("Sent for payment"), "send", "ours"),
    "dispatched": Status(_("With the bank"), "bank", "mute"),
    "acked": Status(_("Accepted by the bank"), "pass", "ok"),
    "part_rejected": Status(_("Partly rejected"), "unknown", "warn"),
    "rejected": Status(_("Rejected by the bank"), "fail", "bad"),
    "settled": Status(_("Paid"), "pass", "ok"),
    "closed": Status(_("Closed"), "lock", "mute"),
    "void": Status(_("Given up"), "x", "mute"),
}
UNKNOWN = Status(_("Nobody knows whether it arrived"), "unknown", "bad")
PAYMENT_STATES: Mapping[str, Status] = {
    "sealed": Status(_("Not sent yet"), "clock", "mute"),
    "released": Status(_("No answer yet"), "clock", "warn"),
    "accepted": Status(_("Accepted"), "pass", "ok"),
    "settled": Status(_("Paid"), "pass", "ok"),
    "rejected": Status(_("Rejected"), "fail", "bad"),
    "returned": Status(_("Returned"), "fail", "bad"),
    "netted": Status(_("Kept back whole"), "pass", "mute"),
    "void": Status(_("Given up"), "x", "mute"),
}
FINDINGS: Mapping[str, str | Promise] = {
    "new_payee": _("New payee"),
    "details_changed": _("Bank details changed"),
    "out_of_pattern": _("Amount out of pattern"),
    "possible_duplicate": _("Possible duplicate"),
    "shared_account": _("Account shared by partners"),
}
FORMATS: Mapping[str, str | Promise] = {
    "pain.001.001.03": _("ISO 20022 credit transfer (pain.001.001.03)"),
    "pain.001.001.09": _("ISO 20022 credit transfer (pain.001.001.09)"),
    "nacha": _("NACHA credits (CCD)"),
}
STEPS = (
    _("Sealed"),
    _("Approved"),
    _("Sent for payment"),
    _("Answered by the bank"),
    _("Paid"),
)
REACHED: Mapping[str, int] = {
    "sealed": 1,
    "approved": 2,
    "released": 3,
    "dispatched": 3,
    "acked": 4,
    "part_rejected": 4,
    "rejected": 4,
    "settled": 5,
    "closed": 5,
    "void": 0,
}
"""How many of the steps are behind a batch in a state."""
