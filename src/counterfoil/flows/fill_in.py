"""A partner's form as one page: all of it is kept, also where one entry or file is refused.

`submit.py` has the single acts. Here they follow one another in one transaction, so that a page
without script saves, uploads and sends by one button and loses nothing that was typed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from counterfoil.apps.playbooks.types import PlaybookRef
from counterfoil.apps.submissions.errors import (
    FileRefused,
    NothingChanged,
    NothingLeft,
    ReasonMissing,
    SubmissionRefused,
    TooMany,
)
from counterfoil.apps.submissions.ports import EvidenceReader, EvidenceStore
from counterfoil.apps.submissions.selectors.cases import (
    current_details,
    line_ids_of,
    missing_before_submit,
    playbook_of,
)
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.apps.submissions.selectors.rivals import readings_of
from counterfoil.apps.submissions.types import Begun, Head, LineEntry, Sent
from counterfoil.core.actors import Actor
from counterfoil.core.entries import EntryProblem
from counterfoil.core.extraction import extract_invoice
from counterfoil.core.playbooks import Playbook
from counterfoil.core.playbooks.model import Ask, ValueType
from counterfoil.core.states import State
from counterfoil.core.typed import as_typed, entries_from_invoice
from counterfoil.flows.submit import (
    add_evidence,
    add_link,
    answer_return,
    remove_evidence,
    save_details,
    save_lines,
    start_submission,
    submit_submission,
)

TITLE_MAX = 200


@dataclass(frozen=True, slots=True)
class FileGiven:
    """A file as the form brings it; `place` names its field, so that a refusal stands there."""

    place: str
    kind: str
    name: str
    content: bytes
    claimed_type: str = ""
    piece: str = ""
    line_id: str = ""


@dataclass(frozen=True, slots=True)
class LinkGiven:
    """A web address as the form brings it."""

    place: str
    kind: str
    piece: str
    link: str


@dataclass(frozen=True, slots=True)
class FormGiven:
    """All that a page of the form brings; `lines` is None where the page has no lines to change.

    `removed` names files to take off, `new_lines` is how many empty lines to add.
    """

    entries: Mapping[str, str]
    lines: Sequence[LineEntry] | None = None
    new_lines: int = 0
    files: Sequence[FileGiven] = ()
    links: Sequence[LinkGiven] = ()
    removed: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class PlaceRefused:
    """Why something of the form was not taken: the field, a stable code, what would be right.

    `name` is the file's, when it is about one.
    """

    place: str
    code: str
    message: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class FilledIn:
    """What became of a form: what could not be read, what was refused, and whether it was sent."""

    problems: tuple[EntryProblem, ...] = ()
    refused: tuple[PlaceRefused, ...] = ()
    is_complete: bool = False
    sent: Sent | None = None

    @property
    def is_clean(self) -> bool:
        return not self.problems and not self.refused


@transaction.atomic
def begin_form(
    *,
    playbook_code: str,
    by: Actor,
    at: datetime,
    fund_id: str = "",
    request_id: str = "",
    form_token: str = "",
    language: str = "en",
) -> Begun:
    """This will begin a draft and fill in what its approved request says already.

    The person checks and changes it like anything else. Raises as `submit.start_submission`.
    """
    begun = start_submission(
        playbook_code=playbook_code, fund_id=fund_id, request_id=request_id,
        form_token=form_token, by=by, at=at,
    )  # fmt: skip
    if not begun.is_new or not request_id:
        return begun
    head = get_head(begun.submission_id, by=by)
    playbook = playbook_of(head, at=at).playbook
    assert head.parent_pk is not None
    plan = current_details(head.parent_pk)
    entries = {
        field.name: as_typed(plan[field.name].value, currency=head.currency, language=language)
        for field in playbook.facts
        if field.ask is Ask.PARTNER and field.name in plan
    }
    saved = save_details(
        submission_id=head.public_id, entries=entries, language=language, by=by, at=at
    )
    return replace(begun, version=saved.version)


@transaction.atomic
def fill_in(
    *,
    submission_id: str,
    form: FormGiven,
    store: EvidenceStore,
    reader: EvidenceReader,
    by: Actor,
    at: datetime,
    version: int | None = None,
    language: str = "en",
) -> FilledIn:
    """This will keep all that a form brings; one refused file or address loses nothing else.

    An uploaded invoice begins a line with what could be read from it. Raises NotAllowed,
    SubmissionChanged, StateRefused, NotEditable, TooMany, UnknownDetail, UnknownSubmission.
    """
    head = get_head(submission_id, by=by)
    ref = playbook_of(head, at=at)
    saved = save_details(
        submission_id=submission_id, entries=form.entries, version=version, language=language,
        title=_title(head, ref.playbook, form.entries), by=by, at=at,
    )  # fmt: skip
    problems = list(saved.problems)
    for evidence_id in form.removed:
        remove_evidence(submission_id=submission_id, evidence_id=evidence_id, by=by, at=at)
    if form.lines is not None:
        lines = [_without(line, form.removed) for line in form.lines]
        lines += [LineEntry(entries={}) for _ in range(form.new_lines)]
        problems += save_lines(
            submission_id=submission_id, lines=lines, language=language, by=by, at=at
        ).problems
    refused = _take_files(head, ref, form, store, reader, language=language, by=by, at=at)
    is_complete = missing_before_submit(get_head(submission_id, by=by), at=at).is_complete
    return FilledIn(tuple(problems), tuple(refused), is_complete)


@transaction.atomic
def fill_in_and_send(
    *,
    submission_id: str,
    form: FormGiven,
    store: EvidenceStore,
    reader: EvidenceReader,
    by: Actor,
    at: datetime,
    version: int | None = None,
    language: str = "en",
    even_if_incomplete: bool = False,
    reason: str = "",
) -> FilledIn:
    """This will keep the form and send it, or answer the return with `reason`.

    What can't be read or was refused keeps it from being sent, and so does what is missing, until
    the person says to send it all the same. What was typed is kept in any case. Raises as
    `fill_in`.
    """
    filled = fill_in(
        submission_id=submission_id, form=form, store=store, reader=reader, version=version,
        language=language, by=by, at=at,
    )  # fmt: skip
    if not filled.is_clean or not (filled.is_complete or even_if_incomplete):
        return filled
    is_answer = get_head(submission_id, by=by).state is State.ACTION_REQUIRED
    try:
        with transaction.atomic():
            if is_answer:
                sent = answer_return(submission_id=submission_id, reason=reason, by=by, at=at)
            else:
                sent = submit_submission(submission_id=submission_id, by=by, at=at)
    except (ReasonMissing, NothingChanged) as refusal:
        return replace(filled, refused=(PlaceRefused("reason", "REASON", str(refusal)),))
    except NothingLeft as refusal:
        return replace(filled, refused=(PlaceRefused("send", "NOTHING_LEFT", str(refusal)),))
    return replace(filled, sent=sent)


def _take_files(
    head: Head,
    ref: PlaybookRef,
    form: FormGiven,
    store: EvidenceStore,
    reader: EvidenceReader,
    *,
    language: str,
    by: Actor,
    at: datetime,
) -> list[PlaceRefused]:
    lines = ref.playbook.lines
    refused, invoices = list[PlaceRefused](), list[str]()
    for given in form.files:
        try:
            added = add_evidence(
                submission_id=head.public_id, kind=given.kind, piece=given.piece,
                line_id=given.line_id, content=given.content, name=given.name,
                claimed_type=given.claimed_type, store=store, reader=reader, by=by, at=at,
            )  # fmt: skip
        except (FileRefused, TooMany) as refusal:
            refused.append(_refusal(given.place, refusal, name=given.name))
        else:
            if added.is_new and lines is not None and given.kind == lines.from_evidence:
                invoices.append(added.evidence_id)
    for link in form.links:
        try:
            add_link(
                submission_id=head.public_id, kind=link.kind, piece=link.piece, link=link.link,
                by=by, at=at,
            )  # fmt: skip
        except (FileRefused, TooMany) as refusal:
            refused.append(_refusal(link.place, refusal, name=""))
    if invoices and form.lines is not None:
        refused += _begin_lines(head, invoices, form, language=language, by=by, at=at)
    return refused


def _begin_lines(
    head: Head,
    evidence_ids: Sequence[str],
    form: FormGiven,
    *,
    language: str,
    by: Actor,
    at: datetime,
) -> list[PlaceRefused]:
    """Add a line for each new invoice, with what the reader found in it."""
    pages = {item.evidence_id: item.page_texts for item in readings_of(head.pk)}
    fresh = [
        LineEntry(
            entries=entries_from_invoice(
                extract_invoice(pages[evidence_id], currency=head.currency),
                currency=head.currency, language=language,
            ),
            evidence=evidence_id,
        )
        for evidence_id in evidence_ids
    ]  # fmt: skip
    known = {line.line_id: _without(line, form.removed).evidence for line in form.lines or ()}
    standing = [
        LineEntry(entries={}, line_id=line_id, evidence=known.get(line_id, ""))
        for line_id in line_ids_of(head.pk)
    ]
    try:
        save_lines(
            submission_id=head.public_id,
            lines=[*standing, *fresh],
            language=language,
            by=by,
            at=at,
        )
    except (TooMany, SubmissionRefused) as refusal:
        # The files stand; a return that names only some lines takes no further one.
        return [_refusal("lines", refusal, name="")]
    return []


def _title(head: Head, playbook: Playbook, entries: Mapping[str, str]) -> str | None:
    """Return what lists call the submission: its first short text that the partner gives."""
    for field in playbook.facts:
        is_name = field.type is ValueType.TEXT and (field.max_length or TITLE_MAX) <= TITLE_MAX
        if field.ask is Ask.PARTNER and is_name:
            return entries.get(field.name) or head.title
    return None


def _without(line: LineEntry, removed: Sequence[str]) -> LineEntry:
    return replace(line, evidence="") if line.evidence in removed else line


def _refusal(place: str, refusal: SubmissionRefused, *, name: str) -> PlaceRefused:
    code = refusal.code if isinstance(refusal, FileRefused) else "TOO_MANY"
    return PlaceRefused(place, code, str(refusal), name)
