"""Words of dry-run audits on the screen."""

from collections.abc import Mapping

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.engagements.types import EngagementInfo, EngagementRow, PaperInfo
from counterfoil.core.sampling import Method
from counterfoil.core.statement_words import say_amount
from counterfoil.interfaces.console.tables import Words
from counterfoil.interfaces.web.presenters import Crumb, Status

OPEN = Status(gettext_lazy("Open"), "pen", "ours")
CLOSED = Status(gettext_lazy("Closed"), "lock", "ok")
SAME = Status(gettext_lazy("The same, byte for byte"), "pass", "ok")
DIFFERS = Status(gettext_lazy("Differs"), "fail", "bad")
NOT_ANSWERED = Status(gettext_lazy("Not answered yet"), "clock", "mute")
DEVIATION = Status(gettext_lazy("Deviation"), "fail", "bad")
NO_DEVIATION = Status(gettext_lazy("No deviation"), "pass", "ok")
SETTLED = Status(gettext_lazy("Settled"), "pass", "ok")
WAITS = Status(gettext_lazy("Waits for a reply"), "clock", "warn")
REPLIED = Status(gettext_lazy("Replied"), "chat", "ours")
DONE = Status(gettext_lazy("Done"), "pass", "ok")
TO_DO = Status(gettext_lazy("To do"), "clock", "mute")
LATE = Status(gettext_lazy("Late"), "late", "bad")
WITHDRAWN = Status(gettext_lazy("Withdrawn"), "x", "mute")
FINDING_KINDS: Mapping[str, Status] = {
    "finding": Status(gettext_lazy("Finding"), "fail", "bad"),
    "gap": Status(gettext_lazy("Gap"), "unknown", "warn"),
    "exception": Status(gettext_lazy("Exception"), "info", "ours"),
}
METHODS: Mapping[Method, tuple[Words, Words]] = {
    Method.DISCOVERY: (
        gettext_lazy("Attribute discovery"),
        gettext_lazy("As few as it takes to be confident that a rate of deviations is not there."),
    ),
    Method.RANDOM: (
        gettext_lazy("Random"),
        gettext_lazy("A number of items, each as likely as any other."),
    ),
    Method.STRATIFIED: (
        gettext_lazy("Stratified"),
        gettext_lazy("More from where the money is: by bands of amounts, or by type."),
    ),
    Method.MONETARY: (
        gettext_lazy("Monetary unit"),
        gettext_lazy("Each unit of money is as likely as any other; large items are certain."),
    ),
}
CHANGES: Mapping[str, Status] = {
    "same": Status(gettext_lazy("Same outcome"), "pass", "ok"),
    "amount": Status(gettext_lazy("Another amount"), "coins", "warn"),
    "approved": Status(gettext_lazy("Would be approved"), "pass", "warn"),
    "not_approved": Status(gettext_lazy("Would not be approved"), "fail", "warn"),
    "needs_information": Status(gettext_lazy("Would need information"), "unknown", "warn"),
    "person": Status(gettext_lazy("A person decided against the criteria"), "third", "mute"),
    "unreadable": Status(gettext_lazy("Can't be judged under the draft"), "x", "bad"),
}


def state_of(row: EngagementRow | EngagementInfo) -> Status:
    """This will say whether an engagement still takes something."""
    return CLOSED if row.is_closed else OPEN


def verdict_of(paper: PaperInfo) -> Status:
    """This will say what the auditor made of a paper."""
    if paper.answer is None:
        return NOT_ANSWERED
    return DEVIATION if paper.answer.is_deviation else NO_DEVIATION


def money(minor: int, currency: str) -> str:
    """This will write an amount with its currency."""
    return say_amount(minor, currency, "en")


def crumbs(found: EngagementInfo, *rest: str) -> list[Crumb]:
    """This will lead back to the list and the engagement."""
    trail = [Crumb(_("Dry-run audits"), reverse("console:engagements"))]
    if not rest:
        return [*trail, Crumb(found.title)]
    trail.append(Crumb(found.title, reverse("console:engagement", args=[found.id])))
    return [*trail, *(Crumb(each) for each in rest)]
