"""The words of every status with their icon and tone (MISSION 6, design reference).

Shape, word and color always come together: a template prints a `Status`, never a bare key. The
four axes of a submission (review, outcome, protection, money) stay four dictionaries.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Status:
    """A word, the icon beside it and the tone (`ok bad warn ours theirs mute`)."""

    word: str | Promise
    icon: str
    tone: str


VERDICTS: Mapping[str, Status] = {
    "pass": Status(_("Pass"), "pass", "ok"),
    "fail": Status(_("Fail"), "fail", "bad"),
    "unknown": Status(_("Needs information"), "unknown", "warn"),
    "not_applicable": Status(_("Not applicable"), "na", "mute"),
}

TURNS: Mapping[str, Status] = {
    "us": Status(_("Our turn"), "ours", "ours"),
    "partner": Status(_("Partner's turn"), "theirs", "theirs"),
    "you": Status(_("Your turn"), "theirs", "theirs"),
    "account_executive": Status(_("Account executive's turn"), "third", "theirs"),
    "bank": Status(_("Waiting for the bank"), "bank", "mute"),
    "erp": Status(_("Waiting for the ERP"), "bank", "mute"),
    "nobody": Status(_("Nobody's turn"), "pass", "mute"),
}

REVIEW_STATES: Mapping[str, Status] = {
    "draft": Status(_("Draft"), "pen", "mute"),
    "submitted": Status(_("Received"), "ours", "ours"),
    "screening": Status(_("Being screened"), "ours", "ours"),
    "action_required": Status(_("Returned for changes"), "undo", "theirs"),
    "in_review": Status(_("In review"), "ours", "ours"),
    "second_review": Status(_("Second approval"), "ours", "ours"),
    "decided": Status(_("Decided"), "pass", "mute"),
    "appealed": Status(_("Appealed"), "ours", "ours"),
    "withdrawn": Status(_("Withdrawn"), "x", "mute"),
    "expired": Status(_("Expired"), "clock", "mute"),
}

OUTCOMES: Mapping[str, Status] = {
    "qualified": Status(_("Approved"), "pass", "ok"),
    "returned": Status(_("Returned for changes"), "undo", "theirs"),
    "declined": Status(_("Not approved (final)"), "fail", "bad"),
    "duplicate": Status(_("Duplicate"), "file", "mute"),
}

PROTECTION: Mapping[str, Status] = {
    "none": Status(_("Not protected"), "na", "mute"),
    "protected": Status(_("Protected"), "lock", "ok"),
    "extended": Status(_("Protection extended"), "lock", "ok"),
    "ended": Status(_("Protection ended"), "clock", "mute"),
}

MONEY_STAGES: Mapping[str, Status] = {
    "available": Status(_("Available"), "coins", "mute"),
    "open": Status(_("Pre-approved (open)"), "clock", "ours"),
    "claimed": Status(_("Claimed"), "file", "warn"),
    "approved": Status(_("Approved"), "pass", "ok"),
    "billed": Status(_("Sent for payment"), "send", "ours"),
    "paid": Status(_("Paid"), "pass", "ok"),
    "expired": Status(_("Expired"), "clock", "mute"),
    "reversed": Status(_("Reversed"), "undo", "bad"),
}


def status_of(table: Mapping[str, Status], key: str | Enum) -> Status:
    """Return the status of a key or enum member; KeyError for a word that nobody defined.

    An unknown key is a defect of ours and must not reach a screen as a bare code.
    """
    name = key.value if isinstance(key, Enum) else key
    return table[str(name).lower()]
