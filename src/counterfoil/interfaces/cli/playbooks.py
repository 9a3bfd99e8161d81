"""`counterfoil playbooks`: check a file, save a draft, publish what somebody else wrote."""

from dataclasses import asdict
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import typer

from counterfoil.apps.playbooks.selectors import get_text, list_versions, read_source
from counterfoil.apps.playbooks.services import (
    publish_version,
    retire_version,
    save_draft,
    sign_version,
)
from counterfoil.core.money import Money
from counterfoil.core.playbooks import Playbook, Problem, json_schema
from counterfoil.core.playbooks.mutants import strength_of
from counterfoil.flows.frozen import freeze_decisions
from counterfoil.flows.try_draft import try_draft
from counterfoil.interfaces.cli.acting import (
    As,
    DryRun,
    Json,
    Reason,
    read_day,
    reading,
    writing,
)
from counterfoil.interfaces.cli.output import (
    Refused,
    count_of,
    plain,
    progress,
    put_json,
    put_table,
    say,
)

app = typer.Typer(
    help="Playbooks: the versioned files that the product runs.", no_args_is_help=True
)
FileName = Annotated[
    Path, typer.Argument(help="The playbook file; - reads stdin.", allow_dash=True)
]


@app.command("list")
def list_(
    code: Annotated[str, typer.Option(help="Only versions of this playbook.")] = "",
    as_json: Json = False,
) -> None:
    """List versions: who wrote and who published each, and since when it holds."""
    with reading():
        rows = list_versions(code)
    if as_json:
        put_json(plain(rows))
        return
    put_table(
        ("version", "playbook", "state", "in force from", "sha256"),
        [(r.public_id, r.label, r.state, r.effective_from, r.sha256[:12]) for r in rows],
    )


@app.command("check")
def check(file: FileName, as_json: Json = False) -> None:
    """Read a file, run its examples, and name every problem by file, line and column."""
    playbook, problems = _read(file)
    if as_json:
        put_json(
            {
                "playbook": "" if playbook is None else playbook.id,
                "sha256": "" if playbook is None else playbook.sha256,
                "problems": [asdict(problem) for problem in problems],
            }
        )
    else:
        _put(problems)
    if playbook is None or problems:
        raise Refused(f"{count_of(len(problems), 'problem')}; {file} can't be published.")
    say(f"{playbook.id} can be published. SHA-256 {playbook.sha256}")


@app.command("mutants")
def mutants(file: FileName, as_json: Json = False) -> None:
    """Name the small mistakes in the rules that the file's own examples would not show.

    A clause dropped, an operator flipped, a bound shifted by the smallest step: each is written
    into a copy of its criterion, and the criterion's examples are run over it.
    """
    playbook, problems = _read(file)
    if playbook is None:
        _put(problems)
        raise Refused(f"{file} can't be read as a playbook.")
    found = strength_of(playbook)
    if as_json:
        put_json(plain(found))
    elif found.survivors:
        put_table(
            ("line", "criterion", "mistake", "the rule as it would read"),
            [(each.line, each.criterion, each.what, each.text) for each in found.survivors],
        )
    if found.survivors:
        raise Refused(
            f"{len(found.survivors)} of {found.tried} mistakes would not be seen; add an example "
            "on each side of the bound, or see that the rule is the same in other words."
        )
    say(f"All {found.tried} mistakes are shown by an example.")


@app.command("save")
def save(
    file: FileName,
    email: As,
    note: Annotated[str, typer.Option(help="What is new in this version.")] = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Save a file as a draft; a draft may have problems, a published version never has."""
    text = _text(file)
    playbook, problems = _read(file)
    if playbook is None:
        _put(problems)
        raise Refused(f"{file} can't be read as a playbook; nothing was saved.")
    with writing(email, dry_run=dry_run) as acting:
        saved = save_draft(
            source=text, code=playbook.id, by=acting.by, at=acting.at, note=note or file.name
        )
    if as_json:
        put_json({"version": saved.public_id, "problems": [asdict(p) for p in saved.problems]})
    else:
        _put(saved.problems)
    say(f"{saved.public_id}: draft {saved.version} of {playbook.id}. Somebody else publishes it.")


@app.command("publish")
def publish(
    what: Annotated[str, typer.Argument(help="Id of the draft, pbv_…, or the file saved as one.")],
    email: As,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Publish a draft that somebody else saved, from its id or from the very same file."""
    with writing(email, dry_run=dry_run) as acting:
        version = what if what.startswith("pbv_") else _draft_of(Path(what))
        sha256 = publish_version(version_id=version, by=acting.by, at=acting.at)
    if as_json:
        put_json({"version": version, "sha256": sha256})
    say(f"{version} is published. SHA-256 {sha256}")


@app.command("try")
def try_(
    version: Annotated[str, typer.Argument(help="Id of the draft, pbv_….")],
    email: As,
    since: Annotated[str, typer.Option(help="Only what was decided from this day on.")] = "",
    exact: Annotated[
        bool, typer.Option("--exact", help="Judge every decision from its record.")
    ] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Ask what a draft would change in the decisions that stand; nothing is changed by it.

    Where decisions are frozen (`playbooks freeze`, every night by itself), only those that the
    draft may change are judged from their records; the answer is the same.
    """
    day = read_day(since, "--since") if since else None
    with writing(email, dry_run=dry_run) as acting, progress() as bar:
        task = bar.add_task("Judging again", total=None)
        trial = try_draft(
            version_id=version, by=acting.by, at=acting.at, since=day, exact=exact,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )  # fmt: skip
    if as_json:
        put_json(plain(trial))
        return
    put_table(
        ("submission", "partner", "then", "under the draft", "because of", "difference"),
        [
            (
                row["number"], row["partner"], row["before"], row["after"],
                ", ".join(dict.fromkeys(flip["criterion"] for flip in row["flips"])),
                _difference(row),
            )
            for row in trial.report["rows"][:SHOWN]
        ],
    )  # fmt: skip
    say(
        f"{trial.public_id}: {trial.changed} of {trial.total} decisions would come out otherwise. "
        "Nothing was changed."
    )


@app.command("freeze")
def freeze(
    code: Annotated[str, typer.Argument(help="The playbook, such as mdf-claim.")],
    as_json: Json = False,
) -> None:
    """Freeze the decisions made since the last time as columns, for `playbooks try`.

    The files are derived from the records and may be deleted; what was written before an
    interruption stays.
    """
    with reading(), progress() as bar:
        if not any(row.code == code for row in list_versions(code)):
            raise Refused(f"There is no playbook {code}.", "List them: counterfoil playbooks list")
        task = bar.add_task("Freezing", total=None)
        frozen = freeze_decisions(
            playbook_code=code, progress=lambda done: bar.update(task, completed=done)
        )
    if as_json:
        put_json(plain(frozen))
    say(
        f"{count_of(frozen.decisions, 'decision')} of {code} in {count_of(frozen.parts, 'part')}, "
        f"{frozen.added} of them new, {frozen.unfit} to be judged from their records; "
        f"{frozen.size / 1_000_000:.1f} MB."
    )


SHOWN = 50


def _difference(row: dict[str, Any]) -> str:
    if row["would_be"] is None:
        return "waits"
    paid, would_be = row["paid"], row["would_be"]
    return Money(would_be["minor"] - paid["minor"], paid["currency"]).format_plain()


@app.command("sign")
def sign(
    version: Annotated[str, typer.Argument(help="Id of the draft, pbv_….")],
    email: As,
    role: Annotated[str, typer.Option(help="The role you sign for, as the playbook names it.")],
    refuse: Annotated[bool, typer.Option("--refuse", help="Say no, with the comment.")] = False,
    comment: Annotated[str, typer.Option(help="Your words; a no needs them.")] = "",
    dry_run: DryRun = False,
) -> None:
    """Sign a draft that somebody else wrote, or refuse it with a comment."""
    with writing(email, dry_run=dry_run) as acting:
        sign_version(
            version_id=version, role=role, is_agreed=not refuse, comment=comment,
            by=acting.by, at=acting.at,
        )  # fmt: skip
    say(f"{version} is {'refused' if refuse else 'signed'} for {role.replace('_', ' ')}.")


@app.command("retire")
def retire(
    version: Annotated[str, typer.Argument(help="Id of the version, pbv_….")],
    email: As,
    reason: Reason,
    dry_run: DryRun = False,
) -> None:
    """Take a version out of use for new submissions; decisions keep citing it."""
    with writing(email, dry_run=dry_run) as acting:
        retire_version(version_id=version, by=acting.by, at=acting.at, reason=reason)
    say(f"{version} is retired.")


@app.command("show")
def show(
    version: Annotated[str, typer.Argument(help="Id of the version, pbv_….")],
    as_json: Json = False,
) -> None:
    """Write the text of a version to stdout, and its problems to stderr."""
    with reading():
        found = get_text(version)
    if as_json:
        put_json({"version": plain(found.row), "source": found.source})
    else:
        typer.echo(found.source, nl=False)
    for problem in found.problems:
        say(str(problem))


@app.command("shipped")
def shipped(
    name: Annotated[str, typer.Argument(help="Such as mdf-claim; empty: list them.")] = "",
) -> None:
    """Write a playbook that comes with the product to stdout, to begin one of your own."""
    folder = files("counterfoil.apps.playbooks") / "shipped"
    known = sorted(
        e.name.removesuffix(".yaml") for e in folder.iterdir() if e.name.endswith(".yaml")
    )
    if not name:
        put_table(("playbook",), [(each,) for each in known])
        return
    if name not in known:
        raise typer.BadParameter(f"choose one of {', '.join(known)}", param_hint="NAME")
    typer.echo((folder / f"{name}.yaml").read_text(encoding="utf-8"), nl=False)


@app.command("schema")
def schema() -> None:
    """Write the JSON Schema of playbook files, for editors."""
    put_json(dict(json_schema()))


def _draft_of(file: Path) -> str:
    """Return the newest draft that is this file's text. Raises Refused."""
    text = _text(file)
    playbook, problems = _read(file)
    if playbook is None:
        _put(problems)
        raise Refused(f"{file} can't be read as a playbook.")
    for row in list_versions(playbook.id):
        if row.state == "draft" and get_text(row.public_id).source == text:
            return row.public_id
    raise Refused(
        f"No draft of {playbook.id} has the text of {file}. Its author saves it first: "
        f"counterfoil playbooks save {file} --as …"
    )


def _read(file: Path) -> tuple[Playbook | None, tuple[Problem, ...]]:
    return read_source(_text(file), file=str(file))


def _text(file: Path) -> str:
    if str(file) == "-":
        return _stdin()
    if not file.is_file():
        raise typer.BadParameter(f"There is no file {file}.", param_hint="FILE")
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Refused(f"{file} is not UTF-8 text (byte {error.start}).") from error


@lru_cache(maxsize=1)
def _stdin() -> str:
    """Read stdin once: a command looks at its text several times."""
    return typer.get_text_stream("stdin").read()


def _put(problems: tuple[Problem, ...]) -> None:
    for problem in problems:
        typer.echo(str(problem))
