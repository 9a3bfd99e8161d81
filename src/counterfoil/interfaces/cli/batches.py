"""`counterfoil batches`: payment files from what is ready to the bank's folder."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from counterfoil.apps.access.selectors import has_second_factor
from counterfoil.apps.access.services import prove_person
from counterfoil.apps.payouts.selectors import (
    approvals_of,
    batches_due,
    findings_of_batch,
    get_payment_batch,
    list_own_accounts,
    list_payment_batches,
    open_holds,
    outside_findings,
    payments_of_batch,
    payout_standing,
    ready_by_bank,
)
from counterfoil.apps.payouts.services import (
    ask_download,
    close_batch,
    enter_own_account,
    enter_receipt,
    hold_payable,
    lift_hold,
    mark_unknown,
)
from counterfoil.apps.payouts.types import PaymentBatchInfo
from counterfoil.core.actors import Actor
from counterfoil.flows import pay
from counterfoil.foundation.acting import worker
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.cli.acting import (
    As,
    DryRun,
    Json,
    Reason,
    read_day,
    reading,
    system_writing,
    writing,
)
from counterfoil.interfaces.cli.output import Refused, plain, put_json, put_table, say

app = typer.Typer(help="Payment files for the bank.", no_args_is_help=True)
BatchId = Annotated[str, typer.Argument(help="Id or message id of the batch.")]
Account = Annotated[str, typer.Option(help="Code of our bank account.", show_default=False)]


@app.command("ready")
def ready(
    account: Annotated[str, typer.Option(help="Only what this account of ours can pay.")] = "",
    as_json: Json = False,
) -> None:
    """List what is owed by bank file, and what keeps each of it from being paid."""
    with reading() as acting:
        rows = ready_by_bank(on=acting.at.date(), own_account=account or None)
    if as_json:
        put_json(plain(rows))
        return
    put_table(
        ("payable", "partner", "amount", "approved", "account", "ready"),
        [
            (r.number or r.payable_ref, r.partner_name, r.amount, r.approved_on,
             r.detail.masked if r.detail else "", "yes" if r.is_ready else " ".join(r.blocks))
            for r in rows
        ],
    )  # fmt: skip


@app.command("accounts")
def accounts(as_json: Json = False) -> None:
    """List our bank accounts."""
    with reading():
        found = list_own_accounts()
    if as_json:
        put_json(plain(found))
        return
    put_table(
        ("account", "holder", "currency", "format", "cut-off", "goes by"),
        [(a.code, a.holder, a.currency, a.format, a.cut_off, a.channel) for a in found],
    )


@app.command("account")
def account(
    code: Annotated[str, typer.Argument(help="Code for it, such as main-eur.")],
    holder: Annotated[str, typer.Option(help="Our name as the bank knows it.")],
    currency: Annotated[str, typer.Option(help="Such as EUR.", show_default=False)],
    file_format: Annotated[
        str, typer.Option("--format", help="pain.001.001.09, pain.001.001.03 or nacha.")
    ],
    calendar: Annotated[str, typer.Option(help="Calendar with the bank's holidays.")],
    email: As,
    iban: Annotated[str, typer.Option(help="IBAN of the account.")] = "",
    bic: Annotated[str, typer.Option(help="BIC of the bank.")] = "",
    routing: Annotated[str, typer.Option(help="ABA routing number, in the US.")] = "",
    number: Annotated[str, typer.Option(help="Account number, in the US.")] = "",
    bank_name: Annotated[str, typer.Option(help="Name of the bank (NACHA).")] = "",
    company_id: Annotated[str, typer.Option(help="Company id of ten characters (NACHA).")] = "",
    sepa: Annotated[bool, typer.Option("--sepa", help="Pays inside SEPA only.")] = False,
    cut_off: Annotated[str, typer.Option(help="Until when a day counts, local time.")] = "14:00",
    lead_days: Annotated[int, typer.Option(help="Bank days until execution.")] = 1,
    channel: Annotated[str, typer.Option(help="folder or download.")] = "folder",
    org: Annotated[str, typer.Option(help="What message ids begin with; set once.")] = "CF",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Enter a bank account of ours that is paid from; entered ones never change."""
    with writing(email, dry_run=dry_run) as acting:
        made = enter_own_account(
            code=code,
            holder=holder,
            currency=currency,
            file_format=file_format,
            calendar=calendar,
            iban=iban,
            bic=bic,
            routing=routing,
            account=number,
            bank_name=bank_name,
            company_id=company_id,
            is_sepa=sepa,
            cut_off=cut_off,
            lead_days=lead_days,
            channel=channel,
            org=org,
            by=acting.by,
            at=acting.at,
        )
    if as_json:
        put_json(plain(made))
    say(f"{made.code}: {made.holder}, {made.currency}, {made.format}.")


@app.command("list")
def list_(
    state: Annotated[str, typer.Option(help="Such as sealed, released or settled.")] = "",
    as_json: Json = False,
) -> None:
    """List payment batches, the newest first."""
    with reading():
        batches = list_payment_batches(state=state or None)
    if as_json:
        put_json(plain(batches))
        return
    put_table(
        ("batch", "id", "state", "payments", "total", "to be paid", "sent"),
        [
            (b.message_id, b.public_id, b.state, b.count, b.total, b.execute_on, b.dispatched_at)
            for b in batches
        ],
    )


@app.command("show")
def show(batch_id: BatchId, as_json: Json = False) -> None:
    """Show a batch: payments, findings and approvals."""
    with reading():
        batch = get_payment_batch(batch_id)
        payments = payments_of_batch(batch.public_id)
        findings = findings_of_batch(batch.public_id)
        approvals = approvals_of(batch.public_id)
    if as_json:
        put_json(
            {
                "batch": plain(batch),
                "payments": plain(payments),
                "findings": plain(findings),
                "approvals": plain(approvals),
            }
        )
        return
    _told(batch, as_json=False)
    say(f"SHA-256 {batch.sha256}")
    put_table(
        ("payment", "payee", "account", "amount", "state"),
        [(p.end_to_end_id, p.payee_name, p.account_masked, p.amount, p.state) for p in payments],
    )
    for each in findings:
        by = f"cleared by {each.cleared_by}" if each.cleared_at else "not cleared"
        say(f"{each.number}: {each.end_to_end_id} {each.kind}: {each.words} ({by})")


@app.command("seal")
def seal(
    account: Account,
    email: As,
    payable: Annotated[
        list[str] | None, typer.Option(help="Only this payable; several times.")
    ] = None,
    on: Annotated[str, typer.Option(help="Day of execution; the earliest otherwise.")] = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Make a payment file of what is ready; two other people approve it."""
    with writing(email, dry_run=dry_run) as acting:
        batch = pay.seal_payments(
            own_account=account,
            box=adapter("secret_box"),
            folder=adapter("bank_folder"),
            payable_refs=payable or None,
            execute_on=read_day(on, "--on") if on else None,
            by=acting.by,
            at=acting.at,
        )
    _told(batch, as_json=as_json)


@app.command("clear")
def clear(
    batch_id: BatchId,
    finding: Annotated[list[int], typer.Option(help="Number of the finding; several times.")],
    email: As,
    note: Annotated[str, typer.Option(help="What you found out.")] = "",
    dry_run: DryRun = False,
) -> None:
    """Clear findings of the pre-payment check under your name."""
    with writing(email, dry_run=dry_run) as acting:
        known = {each.number for each in findings_of_batch(get_payment_batch(batch_id).public_id)}
        for number in finding:
            if number not in known:
                raise Refused(f"{number} is no finding of {batch_id}.")
            pay.clear_finding(finding_id=number, note=note, by=acting.by, at=acting.at)
    say(f"{len(finding)} cleared.")


@app.command("approve")
def approve(
    batch_id: BatchId,
    sha256: Annotated[
        str, typer.Option("--sha256", help="Hash of the file that you looked at, whole.")
    ],
    email: As,
    code: Annotated[
        str,
        typer.Option(
            help="One-time code of your authenticator app; asked for without this option.",
            show_default=False,
        ),
    ] = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Approve exactly the file with this hash, as one of two people, with your one-time code."""
    with writing(email, dry_run=dry_run) as acting:
        proof = _proof(acting.by, code)
        batch = pay.approve_payments(
            batch_id=_found(batch_id),
            sha256=sha256.strip(),
            proof=proof,
            by=acting.by,
            at=acting.at,
        )
    _told(batch, as_json=as_json)


@app.command("withdraw")
def withdraw(
    batch_id: BatchId, email: As, reason: Reason, dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Take your own approval back."""
    with writing(email, dry_run=dry_run) as acting:
        batch = pay.withdraw_approval(
            batch_id=_found(batch_id), reason=reason, by=acting.by, at=acting.at
        )
    _told(batch, as_json=as_json)


@app.command("release")
def release(batch_id: BatchId, email: As, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Send an approved file for payment: post it and let it leave, once."""
    with writing(email, dry_run=dry_run) as acting:
        batch = pay.release_payments(
            batch_id=_found(batch_id), folder=adapter("bank_folder"), by=acting.by, at=acting.at
        )
    _told(batch, as_json=as_json)


@app.command("dispatch")
def dispatch(dry_run: DryRun = False, as_json: Json = False) -> None:
    """Put every released file that waits into the bank's folder; safe to repeat."""
    if dry_run:
        with reading():
            waiting = batches_due()
        say(f"Dry run: {len(waiting)} file(s) would be put into the folder.")
        return
    with system_writing(worker()) as acting:
        done = pay.dispatch_due(folder=adapter("bank_folder"), by=acting.by, at=acting.at)
    if as_json:
        put_json(plain(done))
    say(f"{len(done)} file(s) are in the folder.")


@app.command("download")
def download(
    batch_id: BatchId,
    path: Annotated[Path, typer.Argument(help="Where to write; - is stdout.", allow_dash=True)],
    email: As,
) -> None:
    """Take a released file to upload it at the bank; each one after the first needs two people."""
    is_stdout = str(path) == "-"
    with writing(email) as acting:
        batch, file = pay.download_payments(
            batch_id=_found(batch_id), folder=adapter("bank_folder"), by=acting.by, at=acting.at
        )
        # Before the commit: a file that could not be written whole was not downloaded.
        target = path / file.file_name if path.is_dir() else path
        if not is_stdout:
            _write_whole(target, file.content)
    if is_stdout:
        sys.stdout.buffer.write(file.content)
        sys.stdout.buffer.flush()
    else:
        say(f"Written to {target}.")
    say(f"{batch.message_id}, SHA-256 {file.sha256}")


@app.command("ask-download")
def ask(batch_id: BatchId, email: As, reason: Reason, dry_run: DryRun = False) -> None:
    """Ask for one more download of a file; another person makes it."""
    with writing(email, dry_run=dry_run) as acting:
        ask_download(batch_id=_found(batch_id), reason=reason, by=acting.by, at=acting.at)
    say("Another person can download the file now.")


@app.command("receipt")
def receipt(
    batch_id: BatchId,
    text: Annotated[str, typer.Argument(help="The bank's receipt, as it shows it.")],
    email: As,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Keep the bank's receipt of an upload; also ends that a send is unknown."""
    with writing(email, dry_run=dry_run) as acting:
        batch = enter_receipt(batch_id=_found(batch_id), receipt=text, by=acting.by, at=acting.at)
    _told(batch, as_json=as_json)


@app.command("void")
def void(
    batch_id: BatchId, email: As, reason: Reason, dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Give up a sealed batch; its payables are ready again."""
    with writing(email, dry_run=dry_run) as acting:
        batch = pay.void_payments(
            batch_id=_found(batch_id), reason=reason, by=acting.by, at=acting.at
        )
    _told(batch, as_json=as_json)


@app.command("close")
def close(batch_id: BatchId, email: As, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Close a batch of which everything is answered."""
    with writing(email, dry_run=dry_run) as acting:
        batch = close_batch(batch_id=_found(batch_id), by=acting.by, at=acting.at)
    _told(batch, as_json=as_json)


@app.command("hold")
def hold(
    payable: Annotated[str, typer.Argument(help="The payable, such as sub_….")],
    email: As,
    reason: Reason,
    dry_run: DryRun = False,
) -> None:
    """Keep a payable from being paid."""
    with writing(email, dry_run=dry_run) as acting:
        rows = ready_by_bank(on=acting.at.date(), payable_refs=[payable])
        if not rows:
            raise Refused(f"Nothing is owed by bank file for {payable}.")
        hold_payable(
            payable_ref=payable,
            partner_id=rows[0].partner_id,
            reason=reason,
            by=acting.by,
            at=acting.at,
        )
    say(f"{payable} is on hold.")


@app.command("lift")
def lift(
    payable: Annotated[str, typer.Argument(help="The payable, such as sub_….")],
    email: As,
    reason: Reason,
    dry_run: DryRun = False,
) -> None:
    """Lift every hold of a payable, also those after a rejection or a return."""
    with writing(email, dry_run=dry_run) as acting:
        found = open_holds(payable_refs=[payable])
        if not found:
            raise Refused(f"{payable} is not on hold.")
        for each in found:
            lift_hold(hold_id=each.public_id, reason=reason, by=acting.by, at=acting.at)
    say(f"{len(found)} hold(s) lifted.")


@app.command("compare")
def compare(as_json: Json = False) -> None:
    """Compare the bank's folder with the database; payouts are locked when it is ahead."""
    with system_writing(worker()) as acting:
        found = pay.compare_outside(
            folder=adapter("bank_folder"),
            checkpoints=adapter("checkpoint_store"),
            by=acting.by,
            at=acting.at,
        )
        standing = payout_standing()
        findings = outside_findings()
    if as_json:
        put_json(
            {
                "differences": list(found), "findings": plain(findings),
                "standing": plain(standing),
            }
        )  # fmt: skip
        return
    put_table(
        ("finding", "what", "accounted for"),
        [
            (f.public_id, f.words, f"{f.outcome}: {f.note}" if f.decided_at else "")
            for f in findings
        ],
    )
    if any(f.decided_at is None for f in findings):
        say(
            "For each: `counterfoil batches adopt FILE` takes a file over that was sent, "
            "`counterfoil batches explain FINDING` says what else became of it. Then another "
            "person unlocks."
        )
    is_locked = standing is not None and standing.is_locked
    say("Payouts are locked." if is_locked else "Payouts are open.")


@app.command("adopt")
def adopt(
    path: Annotated[Path, typer.Argument(help="The file that was sent, as the bank has it.")],
    email: As,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take over a file that left before a backup was restored; nothing is sent again."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Refused(f"{path} can't be read: {error.strerror}.") from None
    with writing(email, dry_run=dry_run) as acting:
        batch = pay.adopt_file(
            content=content, box=adapter("secret_box"), by=acting.by, at=acting.at
        )
    _told(batch, as_json=as_json)


@app.command("explain")
def explain(
    finding: Annotated[str, typer.Argument(help="Id of the finding, as compare lists it.")],
    email: As,
    reason: Reason,
    dry_run: DryRun = False,
) -> None:
    """Say what became of a finding that can't be taken over; another person unlocks."""
    with writing(email, dry_run=dry_run) as acting:
        pay.explain_outside(finding_id=finding, reason=reason, by=acting.by, at=acting.at)
    say("Kept. Another person can unlock once every finding is accounted for.")


@app.command("unknown")
def unknown(
    batch_id: BatchId, email: As, reason: Reason, dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Mark that nobody knows whether a file arrived; it is never sent again by the system."""
    with writing(email, dry_run=dry_run) as acting:
        batch = mark_unknown(
            message_id=get_payment_batch(batch_id).message_id,
            reason=reason,
            by=acting.by,
            at=acting.at,
        )
    _told(batch, as_json=as_json)


@app.command("unlock")
def unlock(email: As, reason: Reason, dry_run: DryRun = False) -> None:
    """Unlock payouts once everything is accounted for; message ids get a new epoch."""
    with writing(email, dry_run=dry_run) as acting:
        epoch = pay.unlock_payouts(
            folder=adapter("bank_folder"),
            checkpoints=adapter("checkpoint_store"),
            reason=reason,
            by=acting.by,
            at=acting.at,
        )
    say(f"Payouts are open; message ids are of epoch {epoch} from now on.")


def _write_whole(target: Path, content: bytes) -> None:
    """Write the file whole or not at all. Raises Refused."""
    temporary = target.with_name(f".{target.name}.part")
    try:
        with temporary.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise Refused(
            f"{target} can't be written: {error.strerror}. The download does not count."
        ) from None


def _proof(by: Actor, code: str) -> str:
    """Have the approver prove that it is them: whoever runs commands could name anybody.

    Raises Refused for a person without a second factor, and for a wrong code.
    """
    assert by.user_pk is not None, "a person acts"
    if not has_second_factor(user_pk=by.user_pk):
        raise Refused(
            f"{by.name} has no second factor, so nobody can tell here that it is them.",
            "Set one up on the page Sign-in and security, or approve on the batch's page.",
        )
    given = code or typer.prompt("One-time code", hide_input=True)
    return f"{prove_person(user_pk=by.user_pk, code=given)}, on the command line"


def _found(batch: str) -> str:
    """Return the id of a batch given by id or message id."""
    return get_payment_batch(batch).public_id


def _told(batch: PaymentBatchInfo, *, as_json: bool) -> None:
    if as_json:
        put_json(plain(batch))
    unknown = ", arrival unknown" if batch.is_unknown else ""
    say(
        f"{batch.message_id} ({batch.public_id}): {batch.state}{unknown}, {batch.count} "
        f"payments, {batch.total.format_plain()}, to be paid on {batch.execute_on}."
    )
