"""`counterfoil engagements`: dry-run audits listed, exported, and their samples drawn again."""

import zipfile
from pathlib import Path
from typing import Annotated

import typer

from counterfoil.apps.engagements.selectors import list_engagements
from counterfoil.core.sampling.redraw import redraw_differences, signer_of
from counterfoil.flows.export_engagement import LABEL, export_engagement
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.cli.acting import As, DryRun, Json, in_words, reading, writing
from counterfoil.interfaces.cli.output import Refused, plain, put_json, put_table, say

app = typer.Typer(help="Dry-run audits.", no_args_is_help=True)
FILE_MAX = 200_000_000
"""Bytes that one file of a pack may have."""


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List dry-run audits, open ones first."""
    with reading():
        rows = list_engagements()
    if as_json:
        put_json(plain(rows))
        return
    put_table(
        ("id", "title", "state", "population", "sample", "answered", "findings"),
        [
            (
                row.id, row.title, "closed" if row.is_closed else "open", row.items, row.size,
                row.answered, row.findings,
            )
            for row in rows
        ],
    )  # fmt: skip


@app.command("export")
def export(
    engagement_id: Annotated[str, typer.Argument(help="Id of the audit, eng_….")],
    path: Annotated[Path, typer.Argument(help="File or folder to write the pack to.")],
    email: As,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Write an audit with all that it rests on as one signed zip file."""
    with writing(email, dry_run=dry_run) as acting:
        pack = export_engagement(
            engagement_id=engagement_id, pdf=adapter("pdf"), key=adapter("signing_key"),
            by=acting.by, at=acting.at,
        )  # fmt: skip
    target = path / pack.name if path.is_dir() else path
    if not dry_run:
        target.write_bytes(pack.data)
    if as_json:
        put_json({"file": str(target), "sha256": pack.sha256})
    say(f"{target}: SHA-256 {pack.sha256}")


@app.command("redraw")
def redraw(
    pack: Annotated[Path, typer.Argument(help="The exported pack, engagement-pack-….zip.")],
    key: Annotated[
        str, typer.Option(help="Fingerprint of the key that you were given apart from the pack.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Draw the sample of an exported audit again and say whether it is the same.

    Needs no database. Without --key the fingerprint of the signer is shown, to be compared.
    """
    if not pack.is_file():
        raise typer.BadParameter(f"There is no file {pack}.", param_hint="PACK")
    with in_words():
        files = _files(pack)
        differences = list(redraw_differences(files))
        signer = signer_of(files, label=LABEL, check=adapter("signing_key").check)
    if not signer:
        differences.append("the manifest is not signed by a key of the pack")
    elif key and key.replace(" ", "").lower() != signer:
        differences.append(f"the manifest is signed by {signer}, not by the key that you gave")
    if as_json:
        put_json({"is_same": not differences, "differences": differences, "signer": signer})
    if differences:
        raise Refused("\n".join(differences), "The pack is not as it was exported.")
    say(
        "The same sample is drawn again, and every file has the hash of the manifest, which "
        f"is signed by {signer}."
    )


def _files(pack: Path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(pack) as archive:
            large = [each.filename for each in archive.infolist() if each.file_size > FILE_MAX]
            if large:
                raise Refused(f"{large[0]} has more than {FILE_MAX} bytes.")
            return {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, OSError) as error:
        raise Refused(f"{pack} is no zip file: {error}") from None
