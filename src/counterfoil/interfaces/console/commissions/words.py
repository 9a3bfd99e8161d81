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
EXCEPTIONS: Mapping[str, str | Promise] = {
    "no_original": _("Refund without a known sale"),
    "other_currency": _("Another currency"),
}


def region_words(region: str) -> str:
    """This will name a region, the partners without one, or the whole run."""
    if region == CENTRAL:
        return gettext("all regions (central)")
    return region or gettext("partners without a region")
