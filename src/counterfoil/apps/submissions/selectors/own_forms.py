"""What a partner's form shows: everything as typed, what is missing, what it would come to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from counterfoil.apps.submissions.errors import UnknownSubmission
from counterfoil.apps.submissions.models import Evidence, InvoiceLine, Message
from counterfoil.apps.submissions.selectors.cases import (
    current_details,
    judge_now,
    playbook_of,
    remaining_of,
)
from counterfoil.apps.submissions.selectors.deadlines import claim_by_of
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.apps.submissions.selectors.rivals import readings_of
from counterfoil.apps.submissions.types import AmountView, Head, ReturnRef, StepView
from counterfoil.core.actors import Actor
from counterfoil.core.adjudication import Adjudication, CriterionResult, Gap
from counterfoil.core.adjudication.amount import AmountResult
from counterfoil.core.criteria import Outcome
from counterfoil.core.extraction import extract_invoice
from counterfoil.core.money import Money
from counterfoil.core.playbooks import Playbook
from counterfoil.core.playbooks.cases import Fact
from counterfoil.core.states import State
from counterfoil.core.typed import as_typed, entries_from_invoice

FILES_MAX = 500


@dataclass(frozen=True, slots=True)
class FormLine:
    """An invoice line as typed; `read` is what the reader found in its invoice, as typed."""

    line_id: str
    number: int
    evidence_id: str
    entries: Mapping[str, str]
    read: Mapping[str, str]
    is_editable: bool


@dataclass(frozen=True, slots=True)
class FormFile:
    """A file or link that is on the form; `line_id` names the line it proves."""

    evidence_id: str
    kind: str
    piece: str
    line_id: str
    name: str
    link: str
    media_type: str
    size: int
    pages: int
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A rule that would not be met as the form stands: its title and what would pass."""

    criterion_id: str
    title: str
    line_number: int | None
    would_pass: str
    is_curable: bool


@dataclass(frozen=True, slots=True)
class OwnForm:
    """A draft or returned submission as its form shows it.

    `editable` is None for a draft (everything), else the names that the return opened. `known` are
    values that the program filled in from the approved request.
    """

    head: Head
    playbook: Playbook
    entries: Mapping[str, str]
    known: Mapping[str, str]
    lines: tuple[FormLine, ...]
    files: tuple[FormFile, ...]
    gaps: tuple[Gap, ...]
    doubts: tuple[Doubt, ...]
    amount: AmountView | None
    left: Money | None
    claim_by: date | None
    editable: frozenset[str] | None
    asked: ReturnRef | None

    def is_open(self, name: str) -> bool:
        """Return whether the partner may change the thing of this name now."""
        if self.editable is None or name in self.editable:
            return True
        return name.startswith("line:") and "lines" in self.editable


def get_own_form(
    submission_id: str,
    *,
    by: Actor,
    at: datetime,
    language: str,
    known: Callable[[Head, Playbook], Mapping[str, Fact]] | None = None,
) -> OwnForm:
    """This will return the form of a draft or returned submission.

    `known` brings what other rooms know and the estimate needs. Raises UnknownSubmission.
    """
    head = get_head(submission_id, by=by)
    if head.state not in (State.DRAFT, State.ACTION_REQUIRED):
        raise UnknownSubmission(f"{submission_id} has no form to fill in.")
    playbook = playbook_of(head, at=at).playbook
    facts = known(head, playbook) if known else {}
    judged = judge_now(head, playbook, at=at, facts=facts)
    asked = last_return(head.pk) if head.state is State.ACTION_REQUIRED else None
    editable = None if asked is None else frozenset(asked.fields)
    if head.state is State.ACTION_REQUIRED and asked is None:
        editable = frozenset()
    return OwnForm(
        head=head,
        playbook=playbook,
        entries=head.entries,
        known=_known(head, playbook, language),
        lines=_lines(head, playbook, editable, language),
        files=files_of(head.pk),
        gaps=judged.gaps,
        doubts=_doubts(judged, language),
        amount=_amount(judged.estimate, language),
        left=None if head.parent_pk is None else remaining_of(head.parent_pk),
        claim_by=None
        if head.parent_pk is None
        else claim_by_of([head.parent_pk]).get(head.parent_pk),
        editable=editable,
        asked=asked,
    )


def last_return(pk: int) -> ReturnRef | None:
    """This will return what the last return of a submission asked for, or None."""
    row = (
        Message.objects.filter(submission_id=pk, kind="return").order_by("-sent_at", "-pk").first()
    )
    if row is None:
        return None
    return ReturnRef(
        message_id=row.public_id,
        body=row.body,
        fields=tuple(row.fields),
        codes=tuple(row.codes),
        answer_by=row.answer_by,
        sent_at=row.sent_at,
        before=row.before,
    )


def _known(head: Head, playbook: Playbook, language: str) -> dict[str, str]:
    if head.parent_pk is None:
        return {}
    plan = current_details(head.parent_pk)
    return {
        field.name: as_typed(plan[field.name].value, currency=head.currency, language=language)
        for field in playbook.facts
        if field.name in plan and plan[field.name].value is not None
    }


def _lines(
    head: Head, playbook: Playbook, editable: frozenset[str] | None, language: str
) -> tuple[FormLine, ...]:
    if playbook.lines is None:
        return ()
    rows = list(InvoiceLine.objects.filter(submission_id=head.pk).order_by("seq"))
    held = {row.evidence for row in rows if row.evidence}
    read = {
        item.evidence_id: entries_from_invoice(
            extract_invoice(item.page_texts, currency=head.currency),
            currency=head.currency, language=language,
        )
        for item in (readings_of(head.pk) if held else ())
        if item.evidence_id in held
    }  # fmt: skip
    return tuple(
        FormLine(
            line_id=row.public_id,
            number=place,
            evidence_id=row.evidence,
            entries=row.entries,
            read=read.get(row.evidence, {}),
            is_editable=editable is None
            or "lines" in editable
            or f"line:{row.public_id}" in editable,
        )
        for place, row in enumerate(rows, start=1)
    )


def files_of(pk: int) -> tuple[FormFile, ...]:
    """This will list the files and links that are on a submission, in the order they came."""
    rows = Evidence.objects.filter(submission_id=pk, removed_at__isnull=True).defer("reading")
    return tuple(
        FormFile(
            row.public_id, row.kind, row.piece, row.line, row.name, row.link, row.media_type,
            row.size, row.pages, tuple(row.flags),
        )
        for row in rows.order_by("pk")[:FILES_MAX]
    )  # fmt: skip


def _doubts(judged: Adjudication, language: str) -> tuple[Doubt, ...]:
    numbers = {line.id: place for place, line in enumerate(judged.case.lines, start=1)}
    return tuple(
        Doubt(
            result.criterion.id,
            result.criterion.title.say(language),
            numbers.get(result.line or ""),
            result.criterion.fail.text.say(language),
            result.criterion.fail.curable,
        )
        for result in judged.results
        if result.outcome is Outcome.FAIL and not _is_said_by_gaps(judged, result)
    )


def _is_said_by_gaps(judged: Adjudication, result: CriterionResult) -> bool:
    """Return whether a rule on proof fails only because pieces are missing, which is said."""
    names = result.criterion.passes.names
    is_on_proof = any("evidence." in name for name in names)
    return is_on_proof and any("evidence." in gap.path for gap in judged.gaps)


def _amount(amount: AmountResult | None, language: str) -> AmountView | None:
    if amount is None:
        return None
    return AmountView(
        requested=amount.requested,
        payable=amount.payable,
        steps=tuple(
            StepView(step.code, step.title.say(language), step.agreed, step.adjustment, step.left)
            for step in amount.steps
        ),
        is_estimate=amount.is_estimate,
        missing=(),
    )
