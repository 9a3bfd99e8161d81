"""Words of commission runs."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from counterfoil.apps.earnings.types import CENTRAL
from counterfoil.interfaces.web.presenters import Status

STATES: Mapping[str, Status] = {
    "draft": Status(_("Draft"), "pen", "ours"),
    "posted": Status(_("Posted"), "pass", "ok"),
    "replaced": Status(_("Replaced by a later run"), "undo", "mute"),
}
ADJUSTMENT_STATES: Mapping[str, Status] = {
    "proposed": Status(_("Waits for approval"), "clock", "ours"),
    "approved": Status(_("Posted"), "pass", "ok"),
    "refused": Status(_("Refused"), "x", "mute"),
}
ADJUSTMENT_KINDS: Mapping[str, str | Promise] = {
    "adjustment": _("Adjustment"),
    "bonus": _("Bonus"),
}
ADJUSTMENT_REASONS: Mapping[str, str | Promise] = {
    "missing_sale": _("A sale was missing"),
    "wrong_partner": _("A sale stood at another partner"),
    "wrong_rate": _("Another rate was agreed"),
    "answered_question": _("Answer to a question"),
    "goodwill": _("Goodwill"),
    "paid_too_much": _("Paid too much before"),
    "contract_term": _("A term of the contract"),
    "sales_contest": _("Sales contest"),
    "target_reached": _("Target reached"),
    "product_launch": _("Product launch"),
    "certification": _("Certification"),
}
EXCEPTIONS: Mapping[str, str | Promise] = {
    "no_original": _("Refund without a known sale"),
    "other_currency": _("Another currency"),
    "no_rate": _("No exchange rate"),
    "late_lines": _("Late lines of an earlier month"),
    "run_again": _("A later month refunds moved lines"),
}


def region_words(region: str) -> str:
    """This will name a region, the partners without one, or the whole run."""
    if region == CENTRAL:
        return gettext("all regions (central)")
    return region or gettext("partners without a region")
