"""`counterfoil adjustments`: corrections and bonuses by hand, decided by a second person."""

from typing import Annotated

import typer

from counterfoil.apps.earnings.selectors import (
    get_adjustment,
    get_use,
    list_adjustments,
    plan_in_force,
)
from counterfoil.apps.earnings.types import AdjustmentInfo
from counterfoil.apps.partners.selectors import get_partner
from counterfoil.core.adjustments import REASONS, AdjustmentKind, Reason
from counterfoil.core.calendars import CalendarError, month_days
from counterfoil.flows.adjust_commissions import (
    approve_adjustment,
    propose_adjustment,
    refuse_adjustment,
)
from counterfoil.interfaces.cli.acting import As, DryRun, Json, read_amount, reading, writing
from counterfoil.interfaces.cli.output import plain, put_json, put_table, say

app = typer.Typer(help="Adjustments and bonuses beside what plans give.", no_args_is_help=True)
AdjustmentId = Annotated[str, typer.Argument(help="Id of the adjustment, adj_….")]


@app.command("list")
def list_(
    month: Annotated[str, typer.Option(help="Only this month.")] = "",
    state: Annotated[str, typer.Option(help="proposed, approved or refused.")] = "",
    partner: Annotated[str, typer.Option(help="Only of this partner, by id.")] = "",
    as_json: Json = False,
) -> None:
    """List adjustments and bonuses, the newest first."""
    with reading():
        pk = get_partner(partner_id=partner).pk if partner else None
        rows = list_adjustments(month=month, state=state, partner_id=pk)
    if as_json:
        put_json(plain(rows))
        return
    put_table(
        ("adjustment", "state", "partner", "month", "kind", "reason", "amount", "note"),
        [
            (r.public_id, r.state, r.partner_name, r.month, r.kind, r.reason, r.amount, r.note)
            for r in rows
        ],
    )


@app.command("show")
def show(adjustment_id: AdjustmentId, as_json: Json = False) -> None:
    """Show an adjustment and how it was decided."""
    with reading():
        found = get_adjustment(adjustment_id)
    _told(found, as_json=as_json)


@app.command("propose")
def propose(
    plan: Annotated[str, typer.Option(help="Name of the plan.", show_default=False)],
    program: Annotated[str, typer.Option(help="Code of the program.", show_default=False)],
    partner: Annotated[str, typer.Option(help="Id of the partner.", show_default=False)],
    month: Annotated[str, typer.Option(help="It belongs to: 2026-04.", show_default=False)],
    amount: Annotated[
        str, typer.Option(help="Such as 250.00; below zero is taken.", show_default=False)
    ],
    reason: Annotated[Reason, typer.Option(help="Why, as reports group it.")],
    note: Annotated[
        str, typer.Option(help="Why, in a sentence that the partner reads.", show_default=False)
    ],
    email: As,
    about: Annotated[str, typer.Option(help="What it answers: a sales line, a question.")] = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Propose an adjustment or, by its reason, a bonus; somebody else approves it."""
    kind = next(kind for kind in AdjustmentKind if reason in REASONS[kind])
    try:
        _, last = month_days(month)
    except CalendarError as error:
        raise typer.BadParameter(str(error), param_hint="--month") from None
    with writing(email, dry_run=dry_run) as acting:
        get_use(plan_code=plan, program=program)
        currency = plan_in_force(plan, last).plan.currency
        done = propose_adjustment(
            plan_code=plan, program=program, partner_id=partner, month=month, kind=kind,
            reason=reason, amount=read_amount(amount, currency, "--amount"), note=note,
            about=about, by=acting.by, at=acting.at,
        )  # fmt: skip
    _told(done, as_json=as_json)


@app.command("approve")
def approve(
    adjustment_id: AdjustmentId,
    email: As,
    note: Annotated[str, typer.Option(help="A remark for the record.")] = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Approve a proposal of somebody else and post it to the ledger."""
    with writing(email, dry_run=dry_run) as acting:
        done = approve_adjustment(
            adjustment_id=adjustment_id, by=acting.by, at=acting.at, note=note
        )
    _told(done, as_json=as_json)


@app.command("refuse")
def refuse(
    adjustment_id: AdjustmentId,
    email: As,
    note: Annotated[str, typer.Option(help="Why, for who proposed it.", show_default=False)],
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Refuse a proposal, or take back your own."""
    with writing(email, dry_run=dry_run) as acting:
        done = refuse_adjustment(
            adjustment_id=adjustment_id, by=acting.by, at=acting.at, note=note
        )
    _told(done, as_json=as_json)


def _told(found: AdjustmentInfo, *, as_json: bool = False) -> None:
    if as_json:
        put_json(plain(found))
        return
    say(
        f"{found.public_id}: {found.kind} of {found.amount} for {found.partner_name} in "
        f"{found.month} ({found.reason}), {found.state}. {found.note}"
    )
    if found.entry_id:
        say(f"Posted as {found.entry_id}.")
    if found.decision_note:
        say(f"Decision: {found.decision_note}")
