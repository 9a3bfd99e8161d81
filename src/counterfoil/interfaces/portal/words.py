"""The partner's words for states, kinds, sums and refusals; formatted for the partials."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from counterfoil.apps.submissions.errors import (
    FundClosed,
    NoApprovedRequest,
    NothingChanged,
    NothingLeft,
    ReasonMissing,
    StateRefused,
    SubmissionChanged,
)
from counterfoil.apps.submissions.types import Head, PortalRow
from counterfoil.core.adjudication import Gap, GapKind
from counterfoil.core.money import Money
from counterfoil.core.states import State
from counterfoil.interfaces.web.presenters import (
    OUTCOMES,
    REVIEW_STATES,
    TURNS,
    MoneyText,
    Status,
    format_day,
    show_moment,
    show_money,
    status_of,
)

KINDS: Mapping[str, str | Promise] = {
    "fund_request": gettext_lazy("Request"),
    "fund_claim": gettext_lazy("Claim"),
    "coop_claim": gettext_lazy("Co-op claim"),
    "referral": gettext_lazy("Referral"),
    "influence_pop": gettext_lazy("Influence validation"),
}
WARN_DAYS = 14
OUR_TURN = (
    State.SUBMITTED,
    State.SCREENING,
    State.IN_REVIEW,
    State.SECOND_REVIEW,
    State.APPEALED,
)


@dataclass(frozen=True, slots=True)
class Left:
    """A sum that is promised, with its end; for the `_left` partial."""

    label: str
    amount: MoneyText | None
    until: str
    until_tone: str
    text: str
    url: str = ""
    url_label: str = ""


def kind_words(kind: str) -> str:
    """Return what a submission is called: Request, Claim."""
    return str(KINDS.get(kind, kind))


def name_of(head: Head) -> str:
    """Return what a person would call a submission: its title, else its kind."""
    return head.title or f"{kind_words(head.kind)} {head.number}".strip()


def turn_status(head: Head) -> Status:
    """Return whose turn it is; when nobody's, what came of it."""
    if needs_confirmation(head) or head.state in (State.ACTION_REQUIRED, State.DRAFT):
        return TURNS["you"] if head.state is not State.DRAFT else REVIEW_STATES["draft"]
    if head.state in OUR_TURN:
        return TURNS["us"]
    if head.state is State.DECIDED:
        return status_of(OUTCOMES, head.outcome)
    return status_of(REVIEW_STATES, head.state)


def needs_confirmation(head: Head) -> bool:
    """Return whether operations entered this and the partner has not confirmed it yet."""
    is_over = head.state in (State.WITHDRAWN, State.EXPIRED, State.DECIDED, State.DRAFT)
    return head.is_on_behalf and head.confirmed_at is None and not is_over


def row_note(row: PortalRow, *, zone: ZoneInfo) -> str:
    """Return the line below a submission in a list: by when, or what came of it."""
    head = row.head
    if head.state is State.ACTION_REQUIRED and row.answer_by is not None:
        return _("Answer by %s") % show_moment(row.answer_by, zone).text
    if head.state is State.DRAFT:
        return _("Not sent yet")
    if head.state in OUR_TURN:
        return promised_words(head.due_at, zone=zone)
    if head.state is State.DECIDED and row.payable is not None and head.decided_at is not None:
        day = format_day(head.decided_at.astimezone(zone).date())
        amount = str(show_money(row.payable))
        return _("%(amount)s, decided %(day)s") % {"amount": amount, "day": day}
    return ""


def promised_words(due_at: datetime | None, *, zone: ZoneInfo) -> str:
    """Return the promised moment; without one, that the clock waits for what is missing."""
    if due_at is None:
        return _("Our clock starts when it is complete")
    return _("Promised by %s") % show_moment(due_at, zone).text


def left_words(
    label: str, amount: Money | None, *, url: str = "", url_label: str = "",
    until: date | None = None, today: date | None = None, text: str = "",
) -> Left:  # fmt: skip
    """Return a promised sum with the day until which it is good."""
    tone = "mute"
    if until is not None and today is not None and (until - today).days <= WARN_DAYS:
        tone = "warn"
    return Left(
        label=label,
        amount=show_money(amount) if amount is not None else None,
        until=_("Claim by %s") % format_day(until) if until is not None else "",
        until_tone=tone,
        text=text,
        url=url,
        url_label=url_label,
    )


def say_gap(gap: Gap, language: str) -> str:
    """Return what is missing as a sentence; a question that is open is not "missing"."""
    titles = [title.say(language) for title in gap.titles]
    if gap.kind is not GapKind.MISSING or not titles[0].endswith("?"):
        return gap.say(language)
    said = _("Not answered yet: %s") % titles[0]
    return (
        _("Line %(line)d: %(what)s") % {"line": gap.line_number, "what": said}
        if gap.line_number
        else said
    )


def say_refusal(error: Exception) -> str:
    """Return a refusal in the person's language: what is, and what to do."""
    for kind, words in REFUSALS:
        if isinstance(error, kind):
            return str(words)
    return str(error)


def say_file_refusal(code: str, message: str, name: str) -> str:
    """Return why a file was not taken and what would be right, in the person's language.

    The reader says it most exactly, in English; other languages say it by the refusal's code.
    """
    is_english = str(get_language() or "en").startswith("en")
    said = message if is_english or code not in FILES else str(FILES[code])
    return f"{name}: {said}" if name else said


REFUSALS: tuple[tuple[type[Exception], str | Promise], ...] = (
    (
        SubmissionChanged,
        gettext_lazy(
            "This was changed in another window or by a colleague since you opened it. Nothing of "
            "this page was saved: compare and save again."
        ),
    ),
    (
        NothingLeft,
        gettext_lazy("Nothing is left of this pre-approval. Begin a new request instead."),
    ),
    (
        NoApprovedRequest,
        gettext_lazy("Choose an approved request of which something is left."),
    ),
    (FundClosed, gettext_lazy("This fund takes no requests any more. Choose another one.")),
    (
        ReasonMissing,
        gettext_lazy("Write a sentence that says what you changed, or why it stays as it is."),
    ),
    (NothingChanged, gettext_lazy("Change what we asked about, or write us why it stays.")),
    (
        StateRefused,
        gettext_lazy("This is not possible any more: the submission has moved on meanwhile."),
    ),
)
FILES: Mapping[str, str | Promise] = {
    "PASSWORD_NEEDED": gettext_lazy("Save the file without a password and upload it again."),
    "ENCRYPTED": gettext_lazy("Save the file without a password and upload it again."),
    "MACROS": gettext_lazy("The file contains macros. Save it as a PDF and upload that."),
    "ARCHIVE_BOMB": gettext_lazy("The file unpacks to far too much. Upload the document itself."),
    "XML_ENTITIES": gettext_lazy("This XML declares entities. Export the e-invoice again."),
    "NOT_AN_E_INVOICE": gettext_lazy("This XML is no e-invoice. Upload the invoice as a PDF."),
    "TYPE_NOT_ACCEPTED": gettext_lazy("This kind of file is not taken. Upload a PDF or a photo."),
    "WRONG_KIND_OF_FILE": gettext_lazy("This kind of file is not taken here. See the hint above."),
    "MISLABELLED": gettext_lazy("The name says another kind than the content. Save it again."),
    "POLYGLOT": gettext_lazy("The file is of two kinds at once. Save it again as a PDF."),
    "TOO_DEEP": gettext_lazy("The file nests too deeply. Export it again."),
    "TOO_MANY_PAGES": gettext_lazy("The file has too many pages. Upload the pages that matter."),
    "TOO_MANY_PIXELS": gettext_lazy("The picture is too large. Save it smaller and upload it."),
    "TOO_COMPLEX": gettext_lazy("The file is too complex to be read. Print it to a new PDF."),
    "FILE_TOO_LARGE": gettext_lazy("The file is larger than 20 MB. Save it smaller."),
    "EMPTY_FILE": gettext_lazy("The file is empty. Choose it again."),
    "UNREADABLE": gettext_lazy("The file is damaged. Save it again and upload the new copy."),
    "READER_TIMEOUT": gettext_lazy("Reading the file took too long. Print it to a new PDF."),
    "READER_CRASHED": gettext_lazy("The file could not be read. Print it to a new PDF."),
    "READER_FAILED": gettext_lazy("The file could not be read. Print it to a new PDF."),
    "NOT_A_LINK": gettext_lazy("This is no web address. Write it like https://example.com/ad."),
    "TOO_MANY": gettext_lazy("No more files are taken here. Remove one first."),
    "REASON": gettext_lazy("Write a sentence that says what you changed, or why it stays."),
    "NOTHING_LEFT": gettext_lazy("Nothing is left of this pre-approval. Begin a new request."),
}
