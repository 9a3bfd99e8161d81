"""`counterfoil bank-details`: bank details by call-back and two people, the payee checklist."""

from datetime import date
from typing import Annotated

import typer

from counterfoil.apps.partners.selectors import get_partner
from counterfoil.apps.payouts.selectors import (
    bank_details_of,
    contacts_on_file,
    documents_of,
    list_bank_changes,
    payee_checklist,
)
from counterfoil.apps.payouts.services import check_document, enter_document
from counterfoil.apps.payouts.types import BankDetailInfo
from counterfoil.flows import change_bank_details
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
from counterfoil.interfaces.cli.output import plain, put_json, put_table, say

app = typer.Typer(help="Bank details of partners, and papers.", no_args_is_help=True)
PartnerId = Annotated[str, typer.Argument(help="Id of the partner, par_….")]
DetailId = Annotated[str, typer.Argument(help="Id of the bank details, bnk_….")]


@app.command("list")
def list_(
    partner_id: Annotated[str, typer.Option(help="Every version of this partner's.")] = "",
    as_json: Json = False,
) -> None:
    """List changes of bank details that wait for somebody."""
    with reading():
        if partner_id:
            rows = bank_details_of(partner_id=get_partner(partner_id=partner_id).pk)
        else:
            rows = list_bank_changes(limit=500)
    if as_json:
        put_json(plain(rows))
        return
    put_table(
        ("id", "partner", "currency", "account", "state", "proposed", "in use from"),
        [
            (r.public_id, r.partner_name, r.currency, r.masked, r.state, r.proposed_at,
             r.active_at or r.cooling_off_until)
            for r in rows
        ],
    )  # fmt: skip


@app.command("propose")
def propose(
    partner_id: PartnerId,
    currency: Annotated[str, typer.Option(help="Such as EUR.", show_default=False)],
    holder: Annotated[str, typer.Option(help="Holder of the account.", show_default=False)],
    email: As,
    reason: Reason,
    iban: Annotated[str, typer.Option(help="IBAN.")] = "",
    bic: Annotated[str, typer.Option(help="BIC, where the bank asks for it.")] = "",
    routing: Annotated[str, typer.Option(help="ABA routing number, in the US.")] = "",
    account: Annotated[str, typer.Option(help="Account number, in the US.")] = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Propose bank details; somebody else calls back, a third person approves."""
    with writing(email, dry_run=dry_run) as acting:
        detail = change_bank_details.propose_bank_details(
            partner_id=get_partner(partner_id=partner_id).pk,
            currency=currency,
            holder=holder,
            iban=iban,
            bic=bic,
            routing=routing,
            account=account,
            reason=reason,
            via="cli",
            box=adapter("secret_box"),
            by=acting.by,
            at=acting.at,
        )
    _told(detail, as_json=as_json)


@app.command("contacts")
def contacts(partner_id: PartnerId, as_json: Json = False) -> None:
    """List the contacts with a number on file, whom to call back."""
    with reading():
        rows = contacts_on_file(partner_id=get_partner(partner_id=partner_id).pk)
    if as_json:
        put_json([list(row) for row in rows])
        return
    put_table(("contact", "name", "number"), rows)


@app.command("call-back")
def call_back(
    detail_id: DetailId,
    contact: Annotated[str, typer.Option(help="Id of the contact called, con_….")],
    person: Annotated[str, typer.Option(help="Who confirmed it.", show_default=False)],
    note: Annotated[str, typer.Option(help="What was said.", show_default=False)],
    email: As,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Record the call to a number that was on file before the request."""
    with writing(email, dry_run=dry_run) as acting:
        detail = change_bank_details.call_back(
            detail_id=detail_id,
            contact_id=contact,
            person=person,
            note=note,
            by=acting.by,
            at=acting.at,
        )
    _told(detail, as_json=as_json)


@app.command("approve")
def approve(
    detail_id: DetailId, email: As, dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Approve bank details that others proposed and called about."""
    with writing(email, dry_run=dry_run) as acting:
        detail = change_bank_details.approve_bank_details(
            detail_id=detail_id, by=acting.by, at=acting.at
        )
    _told(detail, as_json=as_json)


@app.command("refuse")
def refuse(
    detail_id: DetailId, email: As, reason: Reason, dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Refuse bank details that are not in use; the old ones stay."""
    with writing(email, dry_run=dry_run) as acting:
        detail = change_bank_details.refuse_bank_details(
            detail_id=detail_id, reason=reason, by=acting.by, at=acting.at
        )
    _told(detail, as_json=as_json)


@app.command("activate")
def activate(dry_run: DryRun = False, as_json: Json = False) -> None:
    """Take into use what has cooled off; the worker does it each hour."""
    with system_writing(worker(), dry_run=dry_run) as acting:
        done = change_bank_details.activate_bank_details(by=acting.by, at=acting.at)
    if as_json:
        put_json(plain(done))
    say(f"{len(done)} in use now.")


@app.command("reveal")
def reveal(detail_id: DetailId, email: As, reason: Reason) -> None:
    """Show an account in full; the audit log keeps who looked and why."""
    with writing(email) as acting:
        account = change_bank_details.reveal_bank_details(
            detail_id=detail_id,
            box=adapter("secret_box"),
            reason=reason,
            by=acting.by,
            at=acting.at,
        )
    put_json({"account": account.number, "routing": account.routing, "bic": account.bic})


@app.command("checklist")
def checklist(
    partner_id: PartnerId,
    currency: Annotated[str, typer.Option(help="Such as EUR.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Show what is missing before a partner can be paid."""
    with reading() as acting:
        pk = get_partner(partner_id=partner_id).pk
        items = payee_checklist(partner_id=pk, currency=currency, on=acting.at.date())
        papers = documents_of(partner_id=pk)
    if as_json:
        put_json({"checklist": plain(items), "papers": plain(papers)})
        return
    put_table(("point", "state"), [(item.title, item.words or "done") for item in items])
    put_table(
        ("paper", "form", "expires", "checked"),
        [
            (p.public_id, p.form, p.expires_on or "", "yes" if p.checked_by else "no")
            for p in papers
        ],
    )


@app.command("paper")
def paper(
    partner_id: PartnerId,
    kind: Annotated[str, typer.Option(help="legal_entity, tax_form, bank_letter or other.")],
    form: Annotated[str, typer.Option(help="Such as W-8BEN-E.", show_default=False)],
    email: As,
    reference: Annotated[str, typer.Option(help="Where it is filed.")] = "",
    expires: Annotated[str, typer.Option(help="Last day on which it holds.")] = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Enter a paper of the payee checklist; another person checks it."""
    with writing(email, dry_run=dry_run) as acting:
        until: date | None = read_day(expires, "--expires") if expires else None
        made = enter_document(
            partner_id=get_partner(partner_id=partner_id).pk,
            kind=kind,
            form=form,
            reference=reference,
            expires_on=until,
            by=acting.by,
            at=acting.at,
        )
    if as_json:
        put_json(plain(made))
    say(f"{made.public_id}: {made.form}.")


@app.command("check-paper")
def check_paper(
    paper_id: Annotated[str, typer.Argument(help="Id of the paper, ppr_….")],
    email: As,
    dry_run: DryRun = False,
) -> None:
    """Record that you checked a paper that somebody else entered."""
    with writing(email, dry_run=dry_run) as acting:
        made = check_document(document_id=paper_id, by=acting.by, at=acting.at)
    say(f"{made.public_id}: {made.form}, checked.")


def _told(detail: BankDetailInfo, *, as_json: bool) -> None:
    if as_json:
        put_json(plain(detail))
    until = f", in use from {detail.cooling_off_until}" if detail.cooling_off_until else ""
    say(
        f"{detail.public_id}: {detail.partner_name}, {detail.masked}, "
        f"{detail.state.replace('_', ' ')}{until}."
    )
