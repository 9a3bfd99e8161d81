"""`counterfoil plans`: check a commission plan, save a draft, publish it, take it into use."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from counterfoil.apps.earnings.selectors import (
    get_use,
    list_plans,
    list_uses,
    plan_text,
    read_plan,
)
from counterfoil.apps.earnings.services import name_party, publish_plan, save_plan, use_plan
from counterfoil.apps.partners.selectors import get_partner
from counterfoil.core.plans import run_example
from counterfoil.interfaces.cli.acting import As, DryRun, Json, reading, writing
from counterfoil.interfaces.cli.output import Refused, count_of, plain, put_json, put_table, say

app = typer.Typer(help="Commission plans: the versioned files.", no_args_is_help=True)
FileName = Annotated[Path, typer.Argument(help="The plan file.", exists=True, dir_okay=False)]
PlanCode = Annotated[str, typer.Argument(help="Name of the plan.")]
Program = Annotated[str, typer.Option(help="Code of the program.", show_default=False)]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List versions of plans, and which programs use them."""
    with reading():
        rows, uses = list_plans(), list_uses()
    if as_json:
        put_json(plain({"versions": rows, "uses": uses}))
        return
    put_table(
        ("version", "plan", "state", "in effect from", "sha256", "programs"),
        [
            (r.public_id, f"{r.code} {r.version}", r.state, r.effective_from, r.sha256[:12],
             ", ".join(u.program for u in uses if u.plan_code == r.code))
            for r in rows
        ],
    )  # fmt: skip


@app.command("check")
def check(file: FileName, as_json: Json = False) -> None:
    """Read a file, run its examples, and name every problem by file, line and column."""
    plan, problems = read_plan(file.read_text(encoding="utf-8"), file=file.name)
    if as_json:
        put_json(
            {
                "plan": "" if plan is None else plan.id,
                "sha256": "" if plan is None else plan.sha256,
                "examples": {} if plan is None or problems else {
                    each.name: run_example(plan, each) for each in plan.examples
                },
                "problems": [asdict(problem) for problem in problems],
            }
        )  # fmt: skip
    for problem in problems:
        say(str(problem))
    if plan is None or problems:
        raise Refused(f"{count_of(len(problems), 'problem')}; {file} can't be published.")
    say(f"{plan.id} can be published; its {len(plan.examples)} examples came out. {plan.sha256}")


@app.command("show")
def show(version_id: Annotated[str, typer.Argument(help="Id of the version, plv_….")]) -> None:
    """Print a version's text as it was written."""
    with reading():
        text = plan_text(version_id)
    typer.echo(text, nl=False)


@app.command("save")
def save(
    file: FileName,
    email: As,
    code: Annotated[str, typer.Option(help="Name of the plan; else the file's name.")] = "",
    version_id: Annotated[str, typer.Option("--version", help="The draft to replace.")] = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Save a text as a draft; problems are named and keep it from being published."""
    with writing(email, dry_run=dry_run) as acting:
        saved = save_plan(
            source=file.read_text(encoding="utf-8"), code=code or file.stem,
            version_id=version_id, by=acting.by, at=acting.at,
        )  # fmt: skip
    if as_json:
        put_json(plain(saved))
    for problem in saved.problems:
        say(str(problem))
    say(f"Saved as {saved.public_id}, version {saved.version}.")


@app.command("publish")
def publish(
    version_id: Annotated[str, typer.Argument(help="Id of the draft, plv_….")],
    email: As,
    dry_run: DryRun = False,
) -> None:
    """Publish a draft that somebody else wrote."""
    with writing(email, dry_run=dry_run) as acting:
        sha256 = publish_plan(version_id=version_id, by=acting.by, at=acting.at)
    say(f"Published. SHA-256 {sha256}")


@app.command("use")
def use(plan: PlanCode, program: Program, email: As, dry_run: DryRun = False) -> None:
    """Take a published plan into use in a program."""
    with writing(email, dry_run=dry_run) as acting:
        found = use_plan(plan_code=plan, program=program, by=acting.by, at=acting.at)
    say(f"{found.program} uses {found.plan_code} ({found.public_id}).")


@app.command("party")
def party(
    plan: PlanCode,
    program: Program,
    partner: Annotated[str, typer.Option(help="Id of the partner that sells.")],
    party_name: Annotated[str, typer.Option("--party", help="Party of the plan's splits.")],
    beneficiary: Annotated[str, typer.Option(help="Id of the partner that fills the party.")],
    email: As,
    dry_run: DryRun = False,
) -> None:
    """Say who shares in what a partner sells; nobody named, and the share stays with it."""
    with writing(email, dry_run=dry_run) as acting:
        name_party(
            use=get_use(plan_code=plan, program=program).public_id,
            partner_id=get_partner(partner_id=partner).pk, party=party_name,
            beneficiary_id=get_partner(partner_id=beneficiary).pk, by=acting.by, at=acting.at,
        )  # fmt: skip
    say(f"{beneficiary} is the {party_name} of {partner}.")
