"""`counterfoil submissions`: the queue, one submission, and a reviewer's acts."""

from typing import Annotated

import typer

from counterfoil.apps.submissions.selectors import get_submission, queue_page
from counterfoil.apps.submissions.selectors.lists import GROUPS
from counterfoil.apps.submissions.types import Decided, QueueFilters, SubmissionView
from counterfoil.flows.decide import (
    approve_submission,
    assign_submission,
    claim_next,
    decline_submission,
    return_submission,
    verify_detail,
)
from counterfoil.flows.replay import replay_decision
from counterfoil.foundation.acting import worker
from counterfoil.interfaces.cli.acting import (
    Acting,
    As,
    DryRun,
    Json,
    Reason,
    reading,
    staff_person,
    system_writing,
    writing,
)
from counterfoil.interfaces.cli.output import Refused, plain, put_json, put_table, say

app = typer.Typer(help="Requests and claims.", no_args_is_help=True)
SubmissionId = Annotated[str, typer.Argument(help="Its id, sub_…, or its number.")]
Screening = Annotated[
    str,
    typer.Option(
        help="Hash of the screening that you looked at; `show` names it. 12 digits will do.",
        show_default=False,
    ),
]
_HASH_MIN = 12


@app.command("list")
def list_(
    group: Annotated[str, typer.Option(help=f"One of {', '.join(GROUPS)}.")] = "review",
    kind: Annotated[str, typer.Option(help="Such as fund_request.")] = "",
    partner: Annotated[str, typer.Option(help="Id of a partner, org_….")] = "",
    text: Annotated[str, typer.Option(help="In number, title or partner's name.")] = "",
    cursor: Annotated[str, typer.Option(help="The page after this one.")] = "",
    limit: Annotated[int, typer.Option(help="Rows a page.", min=1, max=200)] = 50,
    as_json: Json = False,
) -> None:
    """List submissions, the most urgent first."""
    if group not in GROUPS:
        raise typer.BadParameter(f"choose one of {', '.join(GROUPS)}", param_hint="--group")
    filters = QueueFilters(group=group, kind=kind, partner=partner, text=text)
    with reading() as acting:
        page = queue_page(by=acting.by, at=acting.at, filters=filters, cursor=cursor, limit=limit)
    if as_json:
        put_json({"rows": plain(page.rows), "next_cursor": page.next_cursor})
        return
    put_table(
        ("submission", "number", "state", "partner", "title", "requested", "due"),
        [
            (r.head.public_id, r.head.number, r.head.state, r.head.partner_name, r.head.title,
             r.head.requested, r.head.due_at)
            for r in page.rows
        ],
    )  # fmt: skip
    if page.next_cursor:
        say(f"More: --cursor {page.next_cursor}")


@app.command("show")
def show(submission_id: SubmissionId, as_json: Json = False) -> None:
    """Show a submission with its criteria, the trace in words, and the screening's hash."""
    with reading() as acting:
        view = _view(submission_id, acting)
    if as_json:
        put_json(plain(view))
        return
    _tell(view)


@app.command("verify")
def verify(
    submission_id: SubmissionId,
    detail: Annotated[str, typer.Argument(help="Such as logo_visible or line.lin_….net.")],
    value: Annotated[str, typer.Argument(help="As you would type it on the page.")],
    email: As,
    evidence: Annotated[str, typer.Option(help="The file that it rests on, evi_….")] = "",
    page: Annotated[int, typer.Option(help="The page of that file.", min=0)] = 0,
    words: Annotated[str, typer.Option(help="The words on that page.")] = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Record a detail as you verified it; the submission is judged again."""
    with writing(email, dry_run=dry_run) as acting:
        view = _view(submission_id, acting)
        screened = verify_detail(
            submission_id=view.head.public_id,
            name=detail,
            value=value,
            evidence_id=evidence,
            page=page,
            words=words,
            by=acting.by,
            at=acting.at,
        )
    if as_json:
        put_json(plain(screened))
    say(f"{detail} is verified. The submission was judged again; look at it before you decide.")


@app.command("approve")
def approve(
    submission_id: SubmissionId,
    screening: Screening,
    email: As,
    reason: Annotated[str, typer.Option(help="A remark for the record.")] = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Approve what the named screening says, in the turn that the playbook names."""
    with writing(email, dry_run=dry_run) as acting:
        view = _view(submission_id, acting)
        decided = approve_submission(
            submission_id=view.head.public_id,
            expected_screening_sha256=_seen(view, screening),
            by=acting.by,
            at=acting.at,
            reason=reason,
        )
    _told(decided, as_json=as_json)


@app.command("decline")
def decline(
    submission_id: SubmissionId,
    code: Annotated[str, typer.Option(help="Reason code of the playbook.", show_default=False)],
    screening: Screening,
    email: As,
    reason: Reason,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Not approve a submission, for good, with a code and a reason in words."""
    with writing(email, dry_run=dry_run) as acting:
        view = _view(submission_id, acting)
        decided = decline_submission(
            submission_id=view.head.public_id,
            expected_screening_sha256=_seen(view, screening),
            code=code,
            reason=reason,
            by=acting.by,
            at=acting.at,
        )
    _told(decided, as_json=as_json)


@app.command("return")
def return_(
    submission_id: SubmissionId,
    code: Annotated[list[str], typer.Option(help="Reason code; may be given several times.")],
    field: Annotated[list[str], typer.Option(help="What may be changed; several times.")],
    message: Annotated[str, typer.Option(help="What you ask of the partner.")],
    email: As,
    dry_run: DryRun = False,
) -> None:
    """Return a submission for changes to the named fields; the partner's clock starts."""
    with writing(email, dry_run=dry_run) as acting:
        view = _view(submission_id, acting)
        return_submission(
            submission_id=view.head.public_id,
            codes=code,
            fields=field,
            message=message,
            by=acting.by,
            at=acting.at,
        )
    say(f"{view.head.number} is returned to {view.head.partner_name}.")


@app.command("assign")
def assign(
    submission_id: SubmissionId,
    email: As,
    to: Annotated[str, typer.Option(help="Mail address; empty: back to the queue.")] = "",
    dry_run: DryRun = False,
) -> None:
    """Give a submission to a person, or back to the queue."""
    with writing(email, dry_run=dry_run) as acting:
        view = _view(submission_id, acting)
        person = staff_person(to) if to else None
        assign_submission(
            submission_id=view.head.public_id,
            person_id=person.id if person else "",
            by=acting.by,
            at=acting.at,
        )
    say(f"{view.head.number}: {person.name if person else 'nobody; it is in the queue'}.")


@app.command("next")
def next_(email: As, dry_run: DryRun = False) -> None:
    """Take the most urgent submission that nobody has, and name it."""
    with writing(email, dry_run=dry_run) as acting:
        found = claim_next(by=acting.by, at=acting.at)
    typer.echo(found)


@app.command("replay")
def replay(submission_id: SubmissionId, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Compute the decision of one submission again, from its record alone."""
    with reading() as acting:
        view = _view(submission_id, acting)
    if view.decision is None:
        raise Refused(f"{view.head.number} is {view.head.state}; there is no decision to replay.")
    with system_writing(worker(), dry_run=dry_run) as acting:
        row = replay_decision(decision_id=view.decision.decision_id, by=acting.by, at=acting.at)
    if as_json:
        put_json(plain(row))
    if not row.is_same:
        raise Refused(f"{row.number} does not replay:\n  " + "\n  ".join(row.differences))
    say(f"{row.number} replays: the same details give the same decision.")


def _view(submission_id: str, acting: Acting) -> SubmissionView:
    """Read by id or number; a number is looked up first."""
    found = submission_id
    if not submission_id.startswith("sub_"):
        page = queue_page(
            by=acting.by, at=acting.at, filters=QueueFilters(group="all", text=submission_id)
        )
        found = next(
            (r.head.public_id for r in page.rows if r.head.number == submission_id), submission_id
        )
    return get_submission(found, by=acting.by, at=acting.at)


def _seen(view: SubmissionView, given: str) -> str:
    """Return the whole hash that `given` begins; another one goes on as it is and is refused."""
    known = "" if view.screening is None else view.screening.sha256
    return known if len(given) >= _HASH_MIN and known.startswith(given) else given


def _told(decided: Decided, *, as_json: bool) -> None:
    if as_json:
        put_json(plain(decided))
    if decided.next_role:
        say(f"Recorded. Next to approve: {decided.next_role.replace('_', ' ')}.")
        return
    paid = "" if decided.payable is None else f", {decided.payable.format_plain()}"
    say(f"Decided: {decided.outcome}{paid} ({decided.decision_id}).")


def _tell(view: SubmissionView) -> None:
    head = view.head
    typer.echo(f"{head.number or head.public_id}  {head.title}  ({head.state})")
    typer.echo(f"{head.partner_name}, {head.fund.name}, {head.requested.format_plain()} requested")
    typer.echo(f"{view.playbook_label}, {view.playbook_sha256}")
    for each in view.details:
        typer.echo(f"  {each.title}: {each.typed}")
    if view.screening is not None:
        typer.echo(f"Screening {view.screening.sha256}: {view.screening.action}")
        for criterion in view.screening.criteria:
            line = f" (line {criterion.line_number})" if criterion.line_number else ""
            typer.echo(
                f"  {criterion.result:<16} {criterion.title}{line} {criterion.code}".rstrip()
            )
            for words in criterion.trace_lines:
                typer.echo(f"                   {words}")
        for gap in view.screening.gaps:
            typer.echo(f"  missing          {gap}")
        for words in view.screening.amount.missing if view.screening.amount else ():
            typer.echo(f"  sum not final    {words}")
        if view.screening.amount is not None:
            typer.echo(f"  Payable {view.screening.amount.payable.format_plain()}")
    if view.decision is not None:
        typer.echo(
            f"Decision {view.decision.decision_id}: {view.decision.outcome}, "
            f"{view.decision.payable.format_plain()}, by {view.decision.decided_by_name}"
        )
