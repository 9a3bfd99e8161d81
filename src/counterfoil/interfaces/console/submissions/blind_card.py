"""The card of two blind reviews on the review page: kept apart, then side by side."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.submissions.types import BlindSheet, SubmissionView
from counterfoil.core.actors import Actor
from counterfoil.core.blind import Standing, Verdict
from counterfoil.interfaces.console.submissions.values import line_name
from counterfoil.interfaces.web.presenters import (
    VERDICTS,
    Status,
    show_moment,
    show_money,
    status_of,
)

APPROVE = Status(gettext_lazy("Approve"), "pass", "ok")
DECLINE = Status(gettext_lazy("Decline"), "fail", "bad")


@dataclass(frozen=True, slots=True)
class SheetPart:
    """One reviewer's verdict in words."""

    who: str
    verdict: Status
    note: str


@dataclass(frozen=True, slots=True)
class BlindCard:
    """What the page says of the two reviews; `rows` are criteria that differ."""

    lead: str
    tone: str
    icon: str
    is_hidden: bool
    sheets: list[SheetPart]
    rows: list[tuple[str, Status, Status]]


def is_held(view: SubmissionView) -> bool:
    """This will return whether the submission stays as it is until the second review is given."""
    if view.is_hidden:
        return True
    return view.blind is not None and view.blind.standing is Standing.SECOND


def blind_card(view: SubmissionView, *, by: Actor, zone: ZoneInfo) -> BlindCard | None:
    """This will make the card; None for a submission that nobody was told to judge twice."""
    if view.is_hidden:
        return BlindCard(
            lead=_(
                "This was drawn for a blind second review. You see what was sent; what the first "
                "reviewer found is shown once you gave your verdict."
            ),
            tone="ours", icon="eye", is_hidden=True, sheets=[], rows=[],
        )  # fmt: skip
    blind = view.blind
    if blind is None or not blind.sheets:
        return None
    if blind.standing is Standing.SECOND:
        return BlindCard(
            lead=_("It waits for the second reviewer, who sees nothing of your verdict."),
            tone="ours", icon="clock", is_hidden=False,
            sheets=[_sheet(each, zone) for each in blind.sheets], rows=[],
        )  # fmt: skip
    differs = blind.standing is Standing.DIFFERS
    lead = _("The two agree on verdict and sum. It can be decided.")
    if differs and blind.gave(by.user_pk):
        lead = _("The two differ on verdict or sum. Somebody else settles it.")
    elif differs:
        lead = _(
            "The two differ on verdict or sum. You settle it: look at what differs, verify it, "
            "then decide with a reason."
        )
    found = blind.comparison
    return BlindCard(
        lead=lead,
        tone="warn" if differs else "",
        icon="unknown" if differs else "pass",
        is_hidden=False,
        sheets=[_sheet(each, zone) for each in blind.sheets],
        rows=[
            (
                _named(view, each.key),
                status_of(VERDICTS, each.first),
                status_of(VERDICTS, each.second),
            )
            for each in (found.differing if found else ())
            if each.first and each.second
        ],
    )


def _sheet(item: BlindSheet, zone: ZoneInfo) -> SheetPart:
    words = [str(show_moment(item.given_at, zone, weekday=False))]
    if item.sheet.verdict is Verdict.APPROVE and item.sheet.payable is not None:
        words.insert(0, str(show_money(item.sheet.payable)))
    if item.sheet.code:
        words.insert(0, item.sheet.code)
    if item.reason:
        words.append(f"“{item.reason}”")
    verdict = APPROVE if item.sheet.verdict is Verdict.APPROVE else DECLINE
    return SheetPart(item.reviewer_name, verdict, " · ".join(words))


def _named(view: SubmissionView, key: str) -> str:
    name, _at, line_id = key.partition("@")
    titles = {each.id: each.title for each in view.screening.criteria} if view.screening else {}
    line = next((each for each in view.lines if each.line_id == line_id), None)
    words = f"{name} {titles.get(name, '')}".strip()
    return f"{words} ({line_name(line)})" if line is not None else words
