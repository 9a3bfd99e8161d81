"""Words of the queue and the review page: kinds, events, sources, flags, roles."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.submissions.types import Finding
from counterfoil.core.states import State
from counterfoil.interfaces.console.words import event_words
from counterfoil.interfaces.web.navigation import ROLE_WORDS
from counterfoil.interfaces.web.presenters import OUTCOMES, REVIEW_STATES, Status, status_of

KINDS: Mapping[str, str | Promise] = {
    "fund_request": gettext_lazy("Fund request"),
    "fund_claim": gettext_lazy("Fund claim"),
    "coop_claim": gettext_lazy("Co-op claim"),
    "referral": gettext_lazy("Referral"),
    "influence_pop": gettext_lazy("Influence validation (PoP)"),
}
SOURCES: Mapping[str, str | Promise] = {
    "partner_declared": gettext_lazy("stated by the partner"),
    "extracted": gettext_lazy("read in the document"),
    "human_verified": gettext_lazy("verified by a person"),
    "system_recorded": gettext_lazy("recorded by Counterfoil"),
}
EVENTS: Mapping[str, str | Promise] = {
    "submission.started": gettext_lazy("Begun"),
    "submission.submitted": gettext_lazy("Sent"),
    "submission.amended": gettext_lazy("Answered and sent again"),
    "submission.appealed": gettext_lazy("Appealed by the partner"),
    "submission.closed": gettext_lazy("Closed without an answer"),
    "submission.resubmitted": gettext_lazy("Answered and sent again"),
    "submission.recalled": gettext_lazy("Taken back by the partner"),
    "submission.withdrawn": gettext_lazy("Withdrawn"),
    "submission.screened": gettext_lazy("Screened"),
    "submission.returned": gettext_lazy("Returned for changes"),
    "submission.approved": gettext_lazy("Approved"),
    "submission.approval_given": gettext_lazy("One approval given"),
    "submission.declined": gettext_lazy("Not approved (final)"),
    "submission.assigned": gettext_lazy("Assigned"),
    "submission.verified": gettext_lazy("A detail was verified"),
    "submission.details_saved": gettext_lazy("Details saved"),
    "submission.lines_saved": gettext_lazy("Invoice lines saved"),
    "submission.evidence_added": gettext_lazy("A file was added"),
    "submission.evidence_removed": gettext_lazy("A file was removed"),
    "submission.evidence_marked": gettext_lazy("A file was marked"),
    "submission.message_sent": gettext_lazy("A message was sent"),
    "submission.note_written": gettext_lazy("An internal note was written"),
    "submission.inquiry_asked": gettext_lazy("An account executive was asked"),
    "submission.inquiry_answered": gettext_lazy("The account executive answered"),
    "submission.inquiry_passed_on": gettext_lazy("The question was passed on to a colleague"),
    "submission.inquiry_revoked": gettext_lazy("The question was taken back"),
    "submission.confirmed": gettext_lazy("Confirmed by the partner"),
}
FLAGS: Mapping[str, str | Promise] = {
    "HIDDEN_TEXT": gettext_lazy("It carries text that cannot be seen."),
    "TEXT_LAYER_DIFFERS": gettext_lazy("Its text differs from its picture."),
    "TEXT_LAYER_UNVERIFIED": gettext_lazy("Its text could not be compared with its picture."),
    "SUSPICIOUS_CHARACTERS": gettext_lazy("It uses look-alike characters."),
    "INSTRUCTION_TEXT": gettext_lazy("It contains text that addresses a machine."),
    "ACTIVE_CONTENT": gettext_lazy("It contains active content."),
    "ATTACHMENTS": gettext_lazy("Other files are attached inside it."),
    "ENCRYPTED": gettext_lazy("It is encrypted."),
    "TRAILING_DATA": gettext_lazy("Data follows after its end."),
    "NO_TEXT": gettext_lazy("It has no readable text."),
    "TEXT_BY_OCR": gettext_lazy("Its text was read from the picture."),
    "TEXT_CUT": gettext_lazy("Only the first part of its text was read."),
    "OCR_FAILED": gettext_lazy("Its picture could not be read."),
    "PREVIEW_CUT": gettext_lazy("Only its first pages are shown."),
}
ORDER = ("fail", "unknown", "pass", "not_applicable")


def kind_words(kind: str) -> str:
    """This will name a kind of submission."""
    return str(KINDS.get(kind, kind.replace("_", " ").capitalize()))


def role_words(role: str) -> str:
    """This will name a role."""
    return str(ROLE_WORDS.get(role, role.replace("_", " ")))


def history_words(action: str) -> str:
    """This will name an event of a submission."""
    known = EVENTS.get(action)
    return str(known) if known else event_words(action.removeprefix("submission.")).capitalize()


def standing(state: State, outcome: str) -> Status:
    """This will say where a submission stands: its outcome once decided, else its state."""
    if state is State.DECIDED and outcome in OUTCOMES:
        return status_of(OUTCOMES, outcome)
    return status_of(REVIEW_STATES, state)


def counted(count: int, one: str, many: str) -> str:
    """This will write `1 criterion` or `4 criteria`."""
    return f"{count} {one if count == 1 else many}"


def finding_words(finding: Finding) -> str:
    """This will say what a check found; a flag of a file by its sentence, not by its code."""
    flag = FLAGS.get(str(finding.data.get("flag", "")))
    if flag is None:
        return finding.words
    return f"{finding.words.rpartition(': ')[0]}: {flag}"


def advice_words(action: str) -> str:
    """This will say what the screening advises to do next."""
    return {
        "approve": _("Everything passes; it can be approved."),
        "verify": _("A person has to verify something."),
        "return": _("The partner has to change something."),
        "decline": _("A criterion fails for good."),
        "wait": _("Something of ours is open, such as the partner's payee."),
    }.get(action, "")
