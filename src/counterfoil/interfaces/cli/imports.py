"""`counterfoil imports` and `counterfoil mappings`: files in, by a saved mapping."""

import hashlib
import io
import sys
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from ruamel.yaml import YAML, YAMLError

from counterfoil.apps.exchange import selectors as exchange
from counterfoil.apps.exchange.types import Counts, ProblemView
from counterfoil.apps.submissions.ports import EvidenceStore, StoredFile
from counterfoil.flows.import_records import Staged, discard_import, stage_import, take_import
from counterfoil.flows.set_up import save_mapping
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.cli.acting import Acting, As, DryRun, Json, reading, writing
from counterfoil.interfaces.cli.output import (
    Refused,
    plain,
    progress,
    put_json,
    put_table,
    say,
)

app = typer.Typer(help="Import files of other systems.", no_args_is_help=True)
mappings = typer.Typer(help="How columns of a file feed our fields.", no_args_is_help=True)
PROBLEMS_SHOWN = 50
FILE_MAX = 256 * 1024 * 1024

FileName = Annotated[Path, typer.Argument(help="The file; - reads stdin.", allow_dash=True)]
Mapping = Annotated[str, typer.Option(help="Code of the saved mapping.", show_default=False)]
Name = Annotated[str, typer.Option(help="Name of the file when it comes from stdin.")]
WithoutBadRows = Annotated[
    bool, typer.Option("--without-bad-rows", help="Take the file without its bad rows.")
]
Run = Annotated[str, typer.Argument(help="Id of the import, imp_….")]


class _DryStore:
    """Stands in for the evidence store in a dry run: hashes and holds one file in memory."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def put(self, source: bytes | Path) -> StoredFile:
        assert isinstance(source, bytes)
        return StoredFile(hashlib.sha256(source).hexdigest(), len(source))

    def open(self, sha256: str) -> BinaryIO:
        return io.BytesIO(self.content)

    def path(self, sha256: str) -> Path:
        raise FileNotFoundError(sha256)

    def verify(self, sha256: str) -> bool:
        return True


@app.command("stage")
def stage(
    file: FileName,
    mapping: Mapping,
    email: As,
    name: Name = "stdin.csv",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Check a file row by row and keep it; nothing of it is taken yet."""
    content = _content(file)
    with writing(email, dry_run=dry_run) as acting:
        staged = _stage(acting, content, _name(file, name), mapping, is_dry=dry_run)
    _tell_staged(staged, as_json=as_json)


@app.command("run")
def run(
    file: FileName,
    mapping: Mapping,
    email: As,
    name: Name = "stdin.csv",
    without_bad_rows: WithoutBadRows = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Check a file and take it: all of it, or without its bad rows if you say so."""
    content = _content(file)
    with writing(email, dry_run=dry_run) as acting:
        staged = _stage(acting, content, _name(file, name), mapping, is_dry=dry_run)
        stays = bool(staged.counts.refused) and not without_bad_rows
        if not stays and not dry_run:
            with progress() as bar:
                task = bar.add_task("Taking", total=staged.counts.rows)
                take_import(
                    run_id=staged.run_id,
                    skip_bad_rows=without_bad_rows,
                    store=adapter("evidence_store"),
                    by=acting.by,
                    at=acting.at,
                    progress=lambda done, _: bar.update(task, completed=done),
                )
    _tell_staged(staged, as_json=as_json)
    if stays:
        raise Refused(
            f"{staged.counts.refused} rows can't be taken, so nothing was. Mend the file, or say "
            "--without-bad-rows."
        )


@app.command("take")
def take(
    run_id: Run,
    email: As,
    without_bad_rows: WithoutBadRows = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take a checked file: all of it, or without its bad rows if you say so."""
    with writing(email, dry_run=dry_run) as acting, progress() as bar:
        total = exchange.get_run(run_id=run_id).rows
        task = bar.add_task("Taking", total=total)
        counts = take_import(
            run_id=run_id,
            skip_bad_rows=without_bad_rows,
            store=adapter("evidence_store"),
            by=acting.by,
            at=acting.at,
            progress=lambda done, _: bar.update(task, completed=done),
        )
    if as_json:
        put_json(plain(counts))
    say(_count_words(counts))


@app.command("discard")
def discard(run_id: Run, email: As, dry_run: DryRun = False) -> None:
    """End a checked file without taking anything of it."""
    with writing(email, dry_run=dry_run) as acting:
        discard_import(run_id=run_id, by=acting.by, at=acting.at)
    say("Discarded; nothing of the file was taken.")


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(help="How many, newest first.", min=1, max=500)] = 50,
    as_json: Json = False,
) -> None:
    """List imports, newest first."""
    with reading():
        runs = exchange.list_runs(limit=limit)
    if as_json:
        put_json(plain(runs))
        return
    put_table(
        ("import", "state", "mapping", "file", "rows", "new", "changed", "same", "bad"),
        [
            (r.public_id, r.state, r.mapping_code, r.file_name, r.rows, r.created, r.changed,
             r.unchanged, r.refused)
            for r in runs
        ],
    )  # fmt: skip


@app.command("show")
def show(run_id: Run, as_json: Json = False) -> None:
    """Show an import and why rows were refused, by line."""
    with reading():
        found = exchange.get_run(run_id=run_id)
        problems = exchange.list_problems(run_id=run_id)
    if as_json:
        put_json({"import": plain(found), "problems": plain(problems)})
        return
    say(f"{found.file_name}: {found.state}, {found.rows} rows, {found.refused} bad.")
    _put_problems(problems)


@mappings.command("list")
def list_mappings(as_json: Json = False) -> None:
    """List the saved mappings."""
    with reading():
        found = exchange.list_mappings()
    if as_json:
        put_json(plain(found))
        return
    put_table(
        ("mapping", "records", "source", "title"),
        [(m.code, m.record_type, m.source, m.title) for m in found],
    )


@mappings.command("show")
def show_mapping(
    code: Annotated[str, typer.Argument(help="Code of the mapping.")], as_json: Json = False
) -> None:
    """Write a saved mapping as YAML, ready to be changed and saved again."""
    with reading():
        found = exchange.get_mapping(code=code)
    keys = ("code", "title", "record_type", "source", "columns")
    document = {key: getattr(found, key) for key in keys}
    if as_json:
        put_json(document)
        return
    out = io.StringIO()
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.dump(document, out)
    typer.echo(out.getvalue(), nl=False)


@mappings.command("save")
def save(
    file: Annotated[
        Path, typer.Argument(help="YAML or JSON file; - reads stdin.", allow_dash=True)
    ],
    email: As,
    dry_run: DryRun = False,
) -> None:
    """Save a mapping under its code, replacing an earlier one."""
    document = _mapping_document(file)
    with writing(email, dry_run=dry_run) as acting:
        save_mapping(by=acting.by, at=acting.at, **document)
    say(f"Mapping {document['code']} is saved.")


def _mapping_document(file: Path) -> dict[str, Any]:
    text = _content(file).decode("utf-8", errors="replace")
    try:
        document = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise Refused(f"{file}{place}: {getattr(error, 'problem', None) or error}") from error
    wanted = {"code", "title", "record_type", "source", "columns"}
    given = set(document) if isinstance(document, dict) else set()
    problems = [f"{file}: {name} is missing." for name in sorted(wanted - given)]
    problems += [f"{file}: {name} is no part of a mapping." for name in sorted(given - wanted)]
    if not problems and not isinstance(document["columns"], dict):
        problems = [f"{file}: columns names our fields, each with the column it comes from."]
    if problems:
        raise Refused("\n".join(problems))
    return dict(document)


def _stage(acting: Acting, content: bytes, name: str, mapping: str, *, is_dry: bool) -> Staged:
    store: EvidenceStore = _DryStore(content) if is_dry else adapter("evidence_store")
    with progress() as bar:
        task = bar.add_task("Checking", total=None)
        return stage_import(
            mapping_code=mapping,
            file_name=name,
            content=content,
            store=store,
            by=acting.by,
            at=acting.at,
            progress=lambda done, _: bar.update(task, completed=done),
        )


def _content(file: Path) -> bytes:
    if str(file) == "-":
        content = sys.stdin.buffer.read(FILE_MAX + 1)
    elif not file.is_file():
        raise typer.BadParameter(f"There is no file {file}.", param_hint="FILE")
    elif file.stat().st_size > FILE_MAX:
        raise Refused(f"{file} is larger than 256 MB; split it.")
    else:
        content = file.read_bytes()
    if len(content) > FILE_MAX:
        raise Refused("The file is larger than 256 MB; split it.")
    return content


def _name(file: Path, name: str) -> str:
    return name if str(file) == "-" else file.name


def _tell_staged(staged: Staged, *, as_json: bool) -> None:
    if as_json:
        put_json(plain(staged))
    else:
        _put_problems(staged.problems)
    if staged.unused_columns:
        say(f"Columns not used: {', '.join(staged.unused_columns)}.")
    say(f"{staged.run_id}: {_count_words(staged.counts)}")


def _put_problems(problems: tuple[ProblemView, ...]) -> None:
    for problem in problems[:PROBLEMS_SHOWN]:
        place = f"line {problem.line}"
        if problem.column:
            place += f", column {problem.column}"
        if problem.field:
            place += f", {problem.field}"
        kind = "note" if problem.is_notice else "bad"
        typer.echo(f"{place}: {kind} {problem.code}: {problem.message} {problem.hint}")
    if len(problems) > PROBLEMS_SHOWN:
        say(f"… and {len(problems) - PROBLEMS_SHOWN} more.")


def _count_words(counts: Counts) -> str:
    return (
        f"{counts.rows} rows: {counts.created} new, {counts.changed} changed, "
        f"{counts.unchanged} unchanged, {counts.refused} bad, {counts.notices} notes."
    )
