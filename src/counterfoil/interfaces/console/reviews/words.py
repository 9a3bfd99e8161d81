"""Words and tabs that the pages of blind second reviews share."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.core.blind import Standing
from counterfoil.interfaces.web.presenters import Status, Tab

STANDINGS = {
    Standing.SECOND: Status(gettext_lazy("Waits for the second"), "clock", "mute"),
    Standing.AGREED: Status(gettext_lazy("Agree"), "pass", "ok"),
    Standing.DIFFERS: Status(gettext_lazy("Differ"), "unknown", "warn"),
}
_PAGES = (
    ("reviews", gettext_lazy("Reviews")),
    ("reviews_agreement", gettext_lazy("Agreement")),
    ("reviews_draws", gettext_lazy("Draws")),
    ("reviews_automation", gettext_lazy("Automatic approvals")),
)


def tabs_of(current: str) -> list[Tab]:
    """This will make the tabs; `current` is the name of the page's address."""
    return [Tab(str(word), reverse(f"console:{name}"), name == current) for name, word in _PAGES]


def tabs_label() -> str:
    """This will name the tabs for who does not see them."""
    return _("Second reviews")
