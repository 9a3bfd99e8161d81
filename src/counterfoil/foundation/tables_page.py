"""The page of tables: columns as the models declare them, and who may do what with each table."""

from django.apps import apps
from django.db import models

from counterfoil.foundation.isolation import ROLES, declarations

_HEAD = """\
# Tables

Generated from the models by `counterfoil gen`. Rights: r read, a add, w change, d delete, for the
database roles of the portal, the vendor's staff, the worker, and the log-in (`cf_app`). A table
with a partner column shows the portal the rows of one partner only (row-level security). These
tables are read by reports; they are written by the product alone.
"""


def tables_page() -> str:
    """This will return the Markdown of docs/reference/tables.md."""
    lines = [_HEAD]
    declared = {each.table: each for each in declarations()}
    for model in sorted(apps.get_models(), key=lambda each: each._meta.db_table):
        if not model.__module__.startswith("counterfoil."):
            continue
        table = model._meta.db_table
        isolation = declared[table]
        lines += [f"## `{table}`", "", _first_sentence(model), ""]
        rights = ", ".join(
            f"{role.removeprefix('cf_')} {isolation.letters(role) or 'nothing'}" for role in ROLES
        )
        partner = f"Partner column `{isolation.by}`. " if isolation.by else ""
        lines += [f"{partner}Rights: {rights}.", "", "| column | type | |", "|---|---|---|"]
        lines += [_column(field) for field in model._meta.concrete_fields]
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def _column(field: "models.Field[object, object]") -> str:
    kind = type(field).__name__.removesuffix("Field").lower()
    if isinstance(field, models.ForeignKey):
        kind = f"key of `{field.remote_field.model._meta.db_table}`"
    notes = ["may be empty"] if field.null else []
    if field.unique and not field.primary_key:
        notes.append("unique")
    return f"| `{field.column}` | {kind} | {', '.join(notes)} |"


def _first_sentence(model: type[models.Model]) -> str:
    return " ".join((model.__doc__ or "").split("\n\n")[0].split())
