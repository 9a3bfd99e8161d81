"""Guards that a migration puts into the database: append-only tables and composite keys."""

from django.db.migrations.operations.special import RunSQL

_REFUSE = """
CREATE OR REPLACE FUNCTION cf_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'restrict_violation',
          HINT = 'Write a correcting row; rows of this table are never changed.';
END $$;
"""


def append_only(table: str, *, may_delete: bool = False) -> RunSQL:
    """This will refuse UPDATE, TRUNCATE and, unless `may_delete`, DELETE on `table`."""
    acts = "UPDATE" if may_delete else "UPDATE OR DELETE"
    return RunSQL(
        f"""{_REFUSE}
        CREATE TRIGGER {table}_append_only BEFORE {acts} ON {table}
          FOR EACH ROW EXECUTE FUNCTION cf_refuse_change();
        CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
          FOR EACH STATEMENT EXECUTE FUNCTION cf_refuse_change();
        """,
        f"DROP TRIGGER {table}_append_only ON {table}; "
        f"DROP TRIGGER {table}_no_truncate ON {table};",
    )


def composite_key(table: str, *, columns: tuple[str, str], target: str) -> RunSQL:
    """This will tie `(partner_id, x_id)` of a child to `(partner_id, id)` of its parent.

    A plain foreign key is checked past row-level security, so a partner could hang a row on
    another partner's parent; a composite one can't be satisfied that way.
    `columns` are the child's partner column and its reference.
    """
    partner, reference = columns
    name = f"{table}_{reference}_same_partner"
    return RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({partner}, {reference}) "
        f"REFERENCES {target} (partner_id, id) DEFERRABLE INITIALLY IMMEDIATE",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )
