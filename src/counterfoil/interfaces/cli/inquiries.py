"""`counterfoil inquiries`: what account executives are asked about submissions, and answered."""

from datetime import datetime
from typing import Annotated

import typer

from counterfoil.apps.submissions.selectors.inquiries import inquiries_of, inquiries_that_wait
from counterfoil.apps.submissions.types import InquiryView
from counterfoil.flows.ask_account_executive import ask_account_executive, revoke_inquiry
from counterfoil.interfaces.cli.acting import As, DryRun, Json, Reason, reading, writing
from counterfoil.interfaces.cli.output import plain, put_json, put_table, say

app = typer.Typer(help="Questions to account executives.", no_args_is_help=True)
SubmissionId = Annotated[str, typer.Argument(help="The submission's id, sub_….")]
InquiryId = Annotated[str, typer.Argument(help="Its id, inq_….")]


@app.command("list")
def list_(
    submission: Annotated[
        str, typer.Option(help="Id of a submission, sub_…; without it, all that wait.")
    ] = "",
    as_json: Json = False,
) -> None:
    """List questions: those on a submission, or all that wait for an answer."""
    with reading() as acting:
        rows = inquiries_of(submission) if submission else inquiries_that_wait(at=acting.at)
        at = acting.at
    if as_json:
        put_json([plain(each) for each in rows])
        return
    put_table(
        ("inquiry", "submission", "deal", "who", "due", "answer"),
        [
            (
                each.inquiry_id, each.number, each.deal, " > ".join(each.addresses), each.due_at,
                _standing(each, at),
            )
            for each in rows
        ],
    )  # fmt: skip


@app.command("ask")
def ask(
    submission_id: SubmissionId,
    address: Annotated[str, typer.Option("--to", help="Their mail address.")],
    name: Annotated[str, typer.Option(help="Their name.")],
    deal: Annotated[str, typer.Option(help="Customer or deal.")],
    question: Annotated[str, typer.Option(help="What the partner says it did.")],
    email: As,
    dry_run: DryRun = False,
) -> None:
    """Ask an account executive to confirm the partner's influence, by a link in a mail."""
    with writing(email, dry_run=dry_run) as acting:
        made = ask_account_executive(
            submission_id=submission_id, email=address, name=name, deal=deal, question=question,
            shown=(), by=acting.by, at=acting.at,
        )  # fmt: skip
    typer.echo(made)
    say(f"The mail to {address} is on its way.")


@app.command("revoke")
def revoke(inquiry_id: InquiryId, reason: Reason, email: As, dry_run: DryRun = False) -> None:
    """Take a question back: its link opens nothing more, and an answer given counts no more."""
    with writing(email, dry_run=dry_run) as acting:
        revoke_inquiry(inquiry_id=inquiry_id, reason=reason, by=acting.by, at=acting.at)
    say("The question was taken back.")


def _standing(inquiry: InquiryView, at: datetime) -> str:
    if inquiry.is_revoked:
        return "taken back"
    given = inquiry.answer
    if given is not None:
        return f"{given.answer}{' (does not count)' if given.ties else ''}"
    if inquiry.is_late(at):
        return "late"
    return "waits" if inquiry.waits(at) else "never answered"
