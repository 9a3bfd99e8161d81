"""Writing what a person fills in: details and lines. What can't be read is kept as typed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.playbooks.types import PlaybookRef
from counterfoil.apps.submissions.errors import NotEditable, StateRefused, TooMany, UnknownDetail
from counterfoil.apps.submissions.models import Detail, InvoiceLine, Message, Submission
from counterfoil.apps.submissions.selectors.cases import current_details
from counterfoil.apps.submissions.services.locking import expect_version, locked, touch
from counterfoil.apps.submissions.types import Begun, FundRef, Head, LineEntry, Saved
from counterfoil.core.actors import Actor
from counterfoil.core.adjudication import value_to_json
from counterfoil.core.entries import EntryProblem, read_entries
from counterfoil.core.playbooks import Playbook, Provenance
from counterfoil.core.playbooks.model import Ask, Field
from counterfoil.core.states import State
from counterfoil.foundation.ids import new_id

ENTRY_MAX = 4_000
EDITABLE = (State.DRAFT, State.ACTION_REQUIRED)


def begin_submission(
    *,
    partner_id: int,
    playbook: PlaybookRef,
    fund: FundRef,
    parent: Head | None,
    title: str,
    form_token: str,
    by: Actor,
    at: datetime,
) -> Begun:
    """This will begin a draft, once for each `form_token`: a form sent twice begins one."""
    if form_token:
        known = Submission.objects.filter(form_token=form_token, partner_id=partner_id).first()
        if known is not None:
            return Begun(known.public_id, known.version, is_new=False)
    assert by.user_pk is not None
    public_id = new_id("sub")
    row = Submission(
        public_id=public_id,
        number=f"draft-{public_id[-24:]}",
        partner_id=partner_id,
        playbook_code=playbook.code,
        kind=playbook.kind,
        fund_id=fund.pk,
        parent_id=parent.pk if parent else None,
        title=title[:200],
        currency=fund.currency,
        form_token=form_token,
        created_by_id=by.user_pk,
        on_behalf=not by.is_partner,
        created_at=at,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        known = Submission.objects.filter(form_token=form_token, partner_id=partner_id).first()
        if not form_token or known is None:
            raise
        return Begun(known.public_id, known.version, is_new=False)
    record_event(
        by=by, at=at, action="submission.started", object_type="submission", object_id=public_id,
        partner_id=partner_id,
        data={
            "kind": playbook.kind, "playbook": playbook.sha256, "fund": fund.public_id,
            "request": parent.public_id if parent else "", "on_behalf": row.on_behalf,
        },
    )  # fmt: skip
    return Begun(public_id, row.version, is_new=True)


def write_details(
    *,
    submission_id: str,
    playbook: Playbook,
    entries: Mapping[str, str],
    title: str | None,
    version: int | None,
    language: str,
    by: Actor,
    at: datetime,
) -> Saved:
    """This will save what was typed for the details that partners give, read or not.

    Raises SubmissionChanged, StateRefused, NotEditable, UnknownSubmission, UnknownDetail.
    """
    row = locked(submission_id, by=by)
    expect_version(row, version)
    allowed = editable_names(row)
    fields = [field for field in playbook.facts if field.ask is Ask.PARTNER]
    given = {name: str(text)[:ENTRY_MAX] for name, text in entries.items()}
    _refuse_unknown(given, fields)
    changed = {name for name, text in given.items() if row.entries.get(name, "") != text}
    _refuse_closed(changed, allowed)
    values, problems = read_entries(
        given, fields=fields, lists=_lists(playbook), currency=row.currency, language=language
    )
    record_details(
        row,
        {name: value for name, value in values.items() if name in changed},
        provenance=Provenance.PARTNER_DECLARED,
        source="partner" if by.is_partner else "entered on behalf",
        by=by,
        at=at,
    )
    row.entries = {**row.entries, **given}
    if title is not None and allowed is None:
        row.title = title.strip()[:200]
    touch(row)
    row.save(update_fields=["entries", "title", "version"])
    return Saved(row.version, problems)


def write_lines(
    *,
    submission_id: str,
    playbook: Playbook,
    lines: Sequence[LineEntry],
    version: int | None,
    language: str,
    by: Actor,
    at: datetime,
) -> Saved:
    """This will save the lines as given: those left out are removed, those without id are new.

    Raises SubmissionChanged, StateRefused, NotEditable, TooMany, UnknownDetail, UnknownSubmission.
    """
    row = locked(submission_id, by=by)
    expect_version(row, version)
    if playbook.lines is None:
        raise UnknownDetail("This kind of submission has no lines.")
    if len(lines) > playbook.lines.max:
        raise TooMany(f"At most {playbook.lines.max} lines can be taken in one submission.")
    allowed = editable_names(row)
    known = {item.public_id: item for item in _lines_of(row)}
    _refuse_strange_lines(lines, known)
    fields = [field for field in playbook.lines.fields if field.ask is Ask.PARTNER]
    lists, problems = _lists(playbook), list[EntryProblem]()
    kept: list[InvoiceLine] = []
    facts: dict[str, object] = {}
    for place, line in enumerate(lines):
        item = known.get(line.line_id)
        given = {name: str(text)[:ENTRY_MAX] for name, text in line.entries.items()}
        _refuse_unknown(given, fields)
        before = item.entries if item else {}
        changed = {name for name, text in given.items() if before.get(name, "") != text}
        if item is None:
            _refuse_closed({"lines"}, allowed)
            item = InvoiceLine(
                public_id=new_id("lin"), partner_id=row.partner_id, submission_id=row.pk, values={}
            )
        elif changed or item.evidence != line.evidence:
            _refuse_closed({f"line:{item.public_id}"}, allowed)
        values, found = read_entries(
            given, fields=fields, lists=lists, currency=row.currency, language=language,
            prefix=f"lines[{place}].",
        )  # fmt: skip
        problems += found
        item.entries, item.evidence = {**before, **given}, line.evidence
        item.values = {**item.values, **{key: value_to_json(each) for key, each in values.items()}}
        facts |= {
            f"line.{item.public_id}.{key}": each for key, each in values.items() if key in changed
        }
        kept.append(item)
    gone = [item for key, item in known.items() if all(item is not each for each in kept)]
    if gone:
        _refuse_closed({"lines"}, allowed)
        InvoiceLine.objects.filter(pk__in=[item.pk for item in gone]).delete()
    _place(kept)
    record_details(
        row, facts, provenance=Provenance.PARTNER_DECLARED,
        source="partner" if by.is_partner else "entered on behalf", by=by, at=at,
    )  # fmt: skip
    touch(row)
    row.save(update_fields=["version"])
    return Saved(row.version, tuple(problems))


def record_details(
    row: Submission,
    values: Mapping[str, object],
    *,
    provenance: Provenance,
    source: str,
    by: Actor,
    at: datetime,
    quotes: Mapping[str, Mapping[str, Any]] | None = None,
) -> tuple[str, ...]:
    """This will add a row for each detail that says something new, and return their names.

    The submission's row must be locked: the order of recording is counted under it. A partner's
    statement that repeats what stands adds nothing, so a verified detail stays verified.
    """
    standing = current_details(row.pk)
    fresh = {}
    for name, value in values.items():
        now = standing.get(name)
        if provenance is Provenance.PARTNER_DECLARED:
            if now is None and value is None:
                continue
            if now is not None and now.value == value and type(now.value) is type(value):
                continue
        fresh[name] = value
    if not fresh:
        return ()
    last = Detail.objects.filter(submission_id=row.pk).aggregate(last=Max("seq"))["last"] or 0
    Detail.objects.bulk_create(
        [
            Detail(
                id=new_id("det"),
                partner_id=row.partner_id,
                submission_id=row.pk,
                revision=row.revision,
                name=name,
                value=value_to_json(value),
                provenance=provenance.word,
                source=source[:200],
                quote=dict((quotes or {}).get(name, {})),
                recorded_by=by.id,
                recorded_at=at,
                seq=last + place,
            )
            for place, (name, value) in enumerate(fresh.items(), start=1)
        ]
    )
    return tuple(fresh)


def editable_names(row: Submission) -> frozenset[str] | None:
    """This will return what may be changed: None for everything (a draft), else what was named.

    Raises StateRefused outside a draft and a return.
    """
    if row.state == State.DRAFT:
        return None
    if row.state != State.ACTION_REQUIRED:
        raise StateRefused(
            f"This submission is {row.state.replace('_', ' ')}; take it back to edit it, or wait "
            "for our answer."
        )
    asked = (
        Message.objects.filter(submission_id=row.pk, kind="return").order_by("-sent_at", "-pk")
    ).first()
    return frozenset(asked.fields if asked else ())


def _refuse_closed(names: Iterable[str], allowed: frozenset[str] | None) -> None:
    if allowed is None:
        return
    closed = sorted(
        name
        for name in names
        if name not in allowed and not (name.startswith("line:") and "lines" in allowed)
    )
    if closed:
        raise NotEditable(closed)


def _refuse_unknown(given: Mapping[str, str], fields: Sequence[Field]) -> None:
    strange = sorted(set(given) - {field.name for field in fields})
    if strange:
        raise UnknownDetail(f"The form has no detail named {', '.join(strange)}.")


def _refuse_strange_lines(lines: Sequence[LineEntry], known: Mapping[str, InvoiceLine]) -> None:
    named = [line.line_id for line in lines if line.line_id]
    strange = [line_id for line_id in named if line_id not in known]
    if strange or len(set(named)) != len(named):
        raise UnknownDetail("A line of the form is not one of this submission; load it again.")


def _lists(playbook: Playbook) -> dict[str, Any]:
    return {item.name: item for item in playbook.lists}


def _lines_of(row: Submission) -> list[InvoiceLine]:
    return list(InvoiceLine.objects.filter(submission_id=row.pk).order_by("seq"))


def _place(kept: Sequence[InvoiceLine]) -> None:
    """Save the lines in their order; first out of the way, for the order is unique."""
    stored = [item for item in kept if item.pk is not None]
    offset = 10_000
    for place, item in enumerate(stored):
        if item.seq != kept.index(item) + 1:
            InvoiceLine.objects.filter(pk=item.pk).update(seq=offset + place)
    for place, item in enumerate(kept, start=1):
        item.seq = place
        item.save()
