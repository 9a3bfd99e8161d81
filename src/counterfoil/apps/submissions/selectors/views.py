"""One submission with all its parts, for the review page of the vendor's people."""

from collections.abc import Mapping
from datetime import datetime

from counterfoil.apps.access.models import User
from counterfoil.apps.audit.selectors import events_of
from counterfoil.apps.ledger.selectors import entries_of
from counterfoil.apps.submissions.errors import NotScreened
from counterfoil.apps.submissions.models import (
    Decision,
    Evidence,
    InvoiceLine,
    Message,
    Note,
)
from counterfoil.apps.submissions.selectors.appeals import appeal_of, judged_by
from counterfoil.apps.submissions.selectors.blind import blind_of, is_hidden_from
from counterfoil.apps.submissions.selectors.cases import (
    current_details,
    judge_now,
    playbook_of,
    remaining_of,
)
from counterfoil.apps.submissions.selectors.decisions import (
    approvals_of,
    judgment_of,
    latest_screening,
)
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.apps.submissions.selectors.inquiries import inquiries_of
from counterfoil.apps.submissions.selectors.words import screening_view
from counterfoil.apps.submissions.types import (
    BlindView,
    DecisionView,
    DetailView,
    Established,
    EvidenceNeed,
    EvidenceView,
    Head,
    HistoryRow,
    Incomplete,
    Judgment,
    LineView,
    MessageView,
    NoteView,
    ReturnRef,
    ScreeningView,
    SubmissionView,
)
from counterfoil.core.actors import Actor
from counterfoil.core.adjudication import Adjudication
from counterfoil.core.blind import Standing
from counterfoil.core.money import Money
from counterfoil.core.playbooks import Binding, Level, Playbook
from counterfoil.core.playbooks.model import Ask, Field
from counterfoil.core.states import State, whose_turn

EVENTS_MAX = 100
MESSAGES_MAX = 200
IN_REVIEW = (State.IN_REVIEW, State.SECOND_REVIEW, State.APPEALED)


def get_submission(
    submission_id: str, *, by: Actor, at: datetime, language: str = "en"
) -> SubmissionView:
    """This will read a submission with all that the vendor's people see of it.

    The number of queries does not grow with its parts. Raises UnknownSubmission.
    """
    assert not by.is_partner
    head = get_head(submission_id, by=by)
    ref = playbook_of(head, at=at)
    playbook = ref.playbook
    blind = blind_of(head)
    is_hidden = is_hidden_from(head, blind, by=by)
    details = current_details(head.pk, as_sent=is_hidden)
    messages = _messages(head)
    asked = _asked(messages) if head.state is State.ACTION_REQUIRED else None
    live = judge_now(head, playbook, at=at, details=details)
    screening, judgment = (None, None) if is_hidden else _screening(head, playbook, language)
    editable = _editable(head, asked)
    binding = Binding(playbook, live.case, on=live.terms_on)
    decision = _decision(head, playbook, language)
    people = _people(head)
    approvals = () if is_hidden else approvals_of(head, revision=head.revision)
    return SubmissionView(
        head=head,
        playbook_title=playbook.title.say(language),
        playbook_label=f"{ref.code} {playbook.version}",
        playbook_sha256=ref.sha256,
        turn=whose_turn(head.state),
        details=tuple(
            _detail(field, details, head.entries.get(field.name, ""), binding, editable, language)
            for field in playbook.facts
        ),
        lines=_lines(
            head, playbook, details, binding, editable, judgment, language,
        ),
        evidence=_evidence(head, playbook, details, editable, language),
        needs=_needs(playbook, binding, language),
        screening=screening,
        approvals=approvals,
        messages=messages,
        notes=() if is_hidden else _notes(head),
        history=() if is_hidden else _history(head),
        decision=decision,
        asked=asked,
        incomplete=_incomplete(live, language) if editable is not _CLOSED else None,
        people=people,
        assigned_to=people.get("assigned_to", ""),
        next_role=_next_role(head, judgment, len(approvals)),
        rounds_left=max(0, playbook.resubmission.rounds - head.returns_used),
        remaining=remaining_of(head.pk if head.parent_pk is None else head.parent_pk),
        codes=tuple((code.name, code.group, code.text.say(language)) for code in playbook.codes),
        appeal=appeal_of(head.pk) if head.revision > 1 else None,
        judged_by=judged_by(head) if head.state is State.APPEALED else frozenset(),
        inquiries=inquiries_of(head.public_id),
        blind=BlindView() if is_hidden or blind.standing in _UNTOLD else blind,
        is_hidden=is_hidden,
    )  # fmt: skip


_UNTOLD = (Standing.NONE, Standing.FIRST)
"""Where nobody is told of the draw: a first reviewer who knew would look otherwise."""

_CLOSED: frozenset[str] = frozenset({"nothing"})


def _editable(head: Head, asked: ReturnRef | None) -> frozenset[str] | None:
    """Return what may be changed: None for all of it, a set of names, or _CLOSED."""
    if head.state is State.DRAFT:
        return None
    return frozenset(asked.fields) if asked is not None else _CLOSED


def _is_open(editable: frozenset[str] | None, *names: str) -> bool:
    return editable is None or any(name in editable for name in names)


def _detail(
    field: Field,
    details: Mapping[str, Established],
    typed: str,
    binding: Binding,
    editable: frozenset[str] | None,
    language: str,
    *,
    line_id: str = "",
) -> DetailView:
    name = f"line.{line_id}.{field.name}" if line_id else field.name
    item = details.get(name)
    options = binding.playbook.option_list(field.options or "")
    is_open = (
        _is_open(editable, f"line:{line_id}", "lines") if line_id else _is_open(editable, name)
    )
    return DetailView(
        name=name,
        title=field.title.say(language),
        type=field.type.value,
        value=item.value if item else None,
        typed=typed,
        provenance=item.provenance.word if item and item.value is not None else "",
        source=item.source if item else "",
        quote=item.quote if item else {},
        needs=binding.floor_of(field).word,
        ask=field.ask.value,
        help=field.help.say(language) if field.help else "",
        is_required=field.required,
        options=tuple((value, title.say(language)) for value, title in options.options)
        if options
        else (),
        is_editable=field.ask is Ask.PARTNER and is_open,
        max_length=field.max_length,
    )


def _lines(
    head: Head,
    playbook: Playbook,
    details: Mapping[str, Established],
    binding: Binding,
    editable: frozenset[str] | None,
    judgment: Judgment | None,
    language: str,
) -> tuple[LineView, ...]:
    adjudication = judgment.adjudication if judgment else None
    failed = set(adjudication.failed_lines) if adjudication else set()
    unknown = {item.line for item in adjudication.unknown} if adjudication else set()
    amounts = {
        item.line: item
        for item in (adjudication.amount.lines if adjudication and adjudication.amount else ())
    }
    views = []
    rows = InvoiceLine.objects.filter(submission_id=head.pk).order_by("seq")
    for number, row in enumerate(rows, start=1):
        line_id = row.public_id
        codes = (
            dict.fromkeys(
                item.code
                for item in (*adjudication.failed, *adjudication.unknown)
                if item.line == line_id and item.code
            )
            if adjudication
            else {}
        )
        result = "fail" if line_id in failed else "unknown" if line_id in unknown else "pass"
        amount = amounts.get(line_id)
        views.append(
            LineView(
                line_id=line_id,
                number=number,
                evidence_id=row.evidence,
                details=tuple(
                    _detail(
                        field, details, row.entries.get(field.name, ""), binding, editable,
                        language, line_id=line_id,
                    )
                    for field in (playbook.lines.fields if playbook.lines else ())
                ),
                result=result if adjudication else "",
                codes=tuple(codes),
                requested=amount.requested if amount else None,
                left=amount.left if amount else None,
                is_editable=_is_open(editable, f"line:{line_id}", "lines"),
            )
        )  # fmt: skip
    return tuple(views)


def _evidence(
    head: Head,
    playbook: Playbook,
    details: Mapping[str, Established],
    editable: frozenset[str] | None,
    language: str,
) -> tuple[EvidenceView, ...]:
    views = []
    rows = Evidence.objects.filter(submission_id=head.pk, removed_at__isnull=True)
    for row in rows.defer("reading").order_by("pk"):
        rule = playbook.evidence_kind(row.kind)
        piece = rule.piece(row.piece) if rule and row.piece else None
        marked = details.get(f"evidence.{row.public_id}")
        views.append(
            EvidenceView(
                evidence_id=row.public_id,
                kind=row.kind,
                kind_title=rule.title.say(language) if rule else row.kind,
                piece=row.piece,
                piece_title=piece.title.say(language) if piece else "",
                line_id=row.line,
                name=row.name,
                link=row.link,
                sha256=row.sha256,
                media_type=row.media_type,
                size=row.size,
                pages=row.pages,
                previews=tuple(row.previews),
                flags=tuple(row.flags),
                added_by=row.added_by,
                added_at=row.added_at,
                not_qualifying=str(marked.value) if marked and marked.value else "",
                is_editable=_is_open(editable, f"evidence:{row.kind}"),
            )
        )
    return tuple(views)


def _needs(playbook: Playbook, binding: Binding, language: str) -> tuple[EvidenceNeed, ...]:
    needs = []
    for rule in playbook.evidence:
        state = binding.evidence_state(rule)
        missing = {name for names in state.missing for name in names}
        choice = binding.open().get(rule.by) if rule.by else None
        wanted = rule.needed(str(getattr(choice, "value", ""))) if rule.by else ()
        needs.append(
            EvidenceNeed(
                kind=rule.name,
                title=rule.title.say(language),
                help=rule.help.say(language) if rule.help else "",
                accepts=rule.accepts,
                pieces=tuple(
                    (
                        piece.name,
                        piece.title.say(language),
                        piece.form.value,
                        piece.name not in missing,
                    )
                    for names in wanted
                    for name in names
                    if (piece := rule.piece(name)) is not None
                ),
                is_needed=state.needed,
                is_complete=state.complete,
                count=state.count,
                minimum=rule.min,
                for_each_line=rule.level is Level.LINE,
                not_qualifying=tuple(
                    (entry.kind, entry.text.say(language)) for entry in rule.not_qualifying
                ),
            )
        )
    return tuple(needs)


def _screening(
    head: Head, playbook: Playbook, language: str
) -> tuple[ScreeningView | None, Judgment | None]:
    if head.received_at is None:
        return None, None
    try:
        stored = latest_screening(head)
    except NotScreened:
        return None, None
    judgment = judgment_of(stored, playbook)
    return screening_view(stored, judgment, language=language), judgment


def _next_role(head: Head, judgment: Judgment | None, given: int) -> str:
    if judgment is None or head.state not in IN_REVIEW:
        return ""
    roles = [role.value for role in judgment.adjudication.route.approvers_in_turn]
    roles = roles or [judgment.adjudication.playbook.owner.value]
    return roles[min(given, len(roles) - 1)]


def _incomplete(live: Adjudication, language: str) -> Incomplete:
    amount = live.amount
    return Incomplete(
        gaps=live.gaps,
        words=tuple(gap.say(language) for gap in live.gaps),
        requested=amount.requested if amount else None,
        payable=amount.payable if amount else None,
    )


def _messages(head: Head) -> tuple[MessageView, ...]:
    rows = Message.objects.filter(submission_id=head.pk).order_by("sent_at", "pk")
    return tuple(
        MessageView(
            message_id=row.public_id,
            kind=row.kind,
            revision=row.revision,
            author_name=row.author_name,
            is_from_partner=row.from_partner,
            body=row.body,
            fields=tuple(row.fields),
            codes=tuple(row.codes),
            answer_by=row.answer_by,
            sent_at=row.sent_at,
        )
        for row in rows[:MESSAGES_MAX]
    )


def _asked(messages: tuple[MessageView, ...]) -> ReturnRef | None:
    for message in reversed(messages):
        if message.kind == "return":
            return ReturnRef(
                message.message_id, message.body, message.fields, message.codes,
                message.answer_by, message.sent_at, {},
            )  # fmt: skip
    return None


def _notes(head: Head) -> tuple[NoteView, ...]:
    rows = Note.objects.filter(submission=head.public_id).order_by("written_at", "pk")
    return tuple(
        NoteView(row.public_id, row.author_name, row.body, row.written_at)
        for row in rows[:MESSAGES_MAX]
    )


def _history(head: Head) -> tuple[HistoryRow, ...]:
    rows = events_of(object_type="submission", object_id=head.public_id, limit=EVENTS_MAX)
    return tuple(HistoryRow(row.recorded_at, row.actor_name, row.action, row.data) for row in rows)


def _people(head: Head) -> dict[str, str]:
    wanted = {
        "created_by": head.created_by_pk,
        "submitted_by": head.submitted_by_pk,
        "assigned_to": head.assigned_to_pk,
    }
    names = dict(
        User.objects.filter(pk__in=[pk for pk in wanted.values() if pk]).values_list("pk", "name")
    )
    return {role: names[pk] for role, pk in wanted.items() if pk in names}


def _decision(head: Head, playbook: Playbook, language: str) -> DecisionView | None:
    if head.state not in (State.DECIDED, State.APPEALED):
        return None
    row = Decision.objects.filter(submission_id=head.pk).defer("record").order_by("-pk").first()
    return None if row is None else decision_view(head, row, playbook, language)


def decision_view(head: Head, row: Decision, playbook: Playbook, language: str) -> DecisionView:
    """This will shape a stored decision with the words of its codes and its ledger entries."""
    codes: list[tuple[str, str]] = []
    for name in row.codes:
        code = playbook.code(name)
        codes.append((name, code.text.say(language) if code else name))
    entries = entries_of(source_ref=head.public_id, limit=20)
    return DecisionView(
        decision_id=row.public_id,
        revision=row.revision,
        outcome=row.outcome,
        codes=tuple(codes),
        reason=row.reason,
        requested=Money(row.requested_minor, row.currency),
        payable=Money(row.payable_minor, row.currency),
        released=Money(row.released_minor, row.currency),
        decided_by=row.decided_by,
        decided_by_name=row.decided_by_name,
        decided_at=row.decided_at,
        sha256=row.sha256,
        entry_ids=tuple(entry.public_id for entry in entries.items),
    )
