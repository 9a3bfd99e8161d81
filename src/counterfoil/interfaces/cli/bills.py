"""`counterfoil bills`: what is ready to pay, vendor-bill files, the ERP's paid list."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from counterfoil.apps.payouts.selectors import batch_file, get_batch, list_batches, ready_to_pay
from counterfoil.apps.payouts.types import BatchInfo
from counterfoil.flows.settle_bill import read_paid_list, release_bills, seal_bills, void_bills
from counterfoil.interfaces.cli.acting import As, DryRun, Json, Reason, reading, writing
from counterfoil.interfaces.cli.output import Refused, count_of, plain, put_json, put_table, say

app = typer.Typer(help="Vendor bills for the ERP, and what it paid.", no_args_is_help=True)
BatchId = Annotated[str, typer.Argument(help="Id or number of the file.")]


@app.command("ready")
def ready(
    program: Annotated[str, typer.Option(help="Only this program.")] = "",
    as_json: Json = False,
) -> None:
    """List what is owed, and what keeps each of it from being paid."""
    with reading():
        rows = ready_to_pay(program=program or None)
    if as_json:
        put_json(plain(rows))
        return
    put_table(
        ("claim", "partner", "program", "amount", "approved", "ready"),
        [
            (r.claim_number or r.payable_ref, r.partner_name, r.program, r.amount, r.approved_on,
             "yes" if r.is_ready else " ".join(r.blocks))
            for r in rows
        ],
    )  # fmt: skip


@app.command("seal")
def seal(
    program: Annotated[str, typer.Option(help="Code of the program.", show_default=False)],
    currency: Annotated[str, typer.Option(help="Such as EUR.", show_default=False)],
    email: As,
    payable: Annotated[
        list[str] | None, typer.Option(help="Only this claim, sub_…; several times.")
    ] = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Make a vendor-bill file of what is ready; a second person releases it."""
    with writing(email, dry_run=dry_run) as acting:
        batch = seal_bills(
            program=program,
            currency=currency,
            payable_refs=payable or None,
            by=acting.by,
            at=acting.at,
        )
    _told(batch, as_json=as_json)


@app.command("release")
def release(batch_id: BatchId, email: As, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Release a file that somebody else sealed, and post its bills."""
    with writing(email, dry_run=dry_run) as acting:
        batch = release_bills(batch_id=_found(batch_id), by=acting.by, at=acting.at)
    _told(batch, as_json=as_json)


@app.command("void")
def void(
    batch_id: BatchId, email: As, reason: Reason, dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Give up a sealed file; what it held can be billed again."""
    with writing(email, dry_run=dry_run) as acting:
        batch = void_bills(batch_id=_found(batch_id), by=acting.by, at=acting.at, reason=reason)
    _told(batch, as_json=as_json)


@app.command("list")
def list_(
    state: Annotated[str, typer.Option(help="sealed, released or void.")] = "",
    as_json: Json = False,
) -> None:
    """List vendor-bill files, newest first."""
    with reading():
        batches = list_batches(state=state or None)
    if as_json:
        put_json(plain(batches))
        return
    put_table(
        ("file", "id", "state", "bills", "total", "sealed", "released"),
        [
            (b.number, b.public_id, b.state, b.count, _totals(b), b.sealed_at, b.released_at)
            for b in batches
        ],
    )


@app.command("export")
def export(
    batch_id: BatchId,
    path: Annotated[Path, typer.Argument(help="Where to write; - is stdout.", allow_dash=True)],
) -> None:
    """Write a released file, byte for byte as it was sealed."""
    with reading():
        found = _found(batch_id)
        state = get_batch(found).state
        file = batch_file(found)
    if state != "released":
        raise Refused(f"{batch_id} is {state}; a file leaves the house once it is released.")
    if str(path) == "-":
        sys.stdout.buffer.write(file.content)
        sys.stdout.buffer.flush()
    else:
        target = path / file.file_name if path.is_dir() else path
        target.write_bytes(file.content)
        say(f"Written to {target}.")
    say(f"SHA-256 {file.sha256}")


@app.command("paid-list")
def paid_list(
    file: Annotated[Path, typer.Argument(help="The ERP's list; - reads stdin.", allow_dash=True)],
    email: As,
    without_bad_rows: Annotated[
        bool, typer.Option("--without-bad-rows", help="Take the list without its bad lines.")
    ] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Read the ERP's list of paid bills, post each, and tell the partners."""
    is_piped = str(file) == "-"
    if not is_piped and not file.is_file():
        raise typer.BadParameter(f"There is no file {file}.", param_hint="FILE")
    content = sys.stdin.buffer.read() if is_piped else file.read_bytes()
    with writing(email, dry_run=dry_run) as acting:
        report = read_paid_list(
            content=content,
            file_name="stdin.csv" if is_piped else file.name,
            skip_bad_rows=without_bad_rows,
            by=acting.by,
            at=acting.at,
        )
    if as_json:
        put_json(plain(report))
    for problem in report.problems:
        say(str(problem))
    paid = ", ".join(total.format_plain() for total in report.totals) or "nothing new"
    say(
        f"{count_of(len(report.paid), 'bill')} paid ({paid}), {report.unchanged} known before, "
        f"{count_of(len(report.problems), 'problem')}."
    )


def _found(batch: str) -> str:
    """Return the id of a file given by id or number."""
    known = (b.public_id for b in list_batches(limit=500) if b.number == batch)
    return next(known, batch)


def _totals(batch: BatchInfo) -> str:
    return ", ".join(total.format_plain() for total in batch.totals)


def _told(batch: BatchInfo, *, as_json: bool) -> None:
    if as_json:
        put_json(plain(batch))
    say(f"{batch.number} ({batch.public_id}): {batch.state}, {batch.count}, {_totals(batch)}.")
