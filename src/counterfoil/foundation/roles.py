"""The database's roles, and the refusal to start with one that could see past the walls.

`counterfoil db init` runs `roles_sql` as an administrator of the server, once; a migration never
creates a role. `cf_owner` owns and migrates; `cf_app` is the only role that the product logs in
with, inherits nothing and owns nothing; the others are put on per transaction by `acting_as`.
"""

from django.db.backends.utils import CursorWrapper

LOGIN_ROLE = "cf_app"
OWNER_ROLE = "cf_owner"
ACTING_ROLES = ("cf_portal", "cf_staff", "cf_worker")
JOBS_ROLE = "cf_jobs"


def roles_sql() -> str:
    """This will return the idempotent SQL that makes the roles; passwords are set apart."""
    creates = "\n".join(
        f"IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN "
        f"CREATE ROLE {role}; END IF;"
        for role in (OWNER_ROLE, LOGIN_ROLE, *ACTING_ROLES, JOBS_ROLE)
    )
    alters = "\n".join(
        f"ALTER ROLE {role} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;"
        for role in (*ACTING_ROLES, JOBS_ROLE)
    )
    return f"""
DO $$ BEGIN {creates} END $$;
ALTER ROLE {OWNER_ROLE} LOGIN NOSUPERUSER NOCREATEROLE NOBYPASSRLS;
ALTER ROLE {LOGIN_ROLE} LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
{alters}
GRANT {", ".join((*ACTING_ROLES, JOBS_ROLE))} TO {LOGIN_ROLE};
"""


def startup_refusals(cursor: CursorWrapper) -> list[str]:
    """This will list why the connected role must not run the product; empty means it may."""
    cursor.execute(
        "SELECT current_user, rolsuper, rolbypassrls, rolinherit, "
        "(SELECT count(*) FROM pg_class WHERE relowner = r.oid AND relkind IN ('r','v','m','p')) "
        "FROM pg_roles r WHERE rolname = current_user"
    )
    name, is_super, bypasses, inherits, owned = cursor.fetchone()
    found = []
    if is_super:
        found.append(f"role {name} is a superuser: row-level security does not bind it")
    if bypasses:
        found.append(f"role {name} bypasses row-level security")
    if owned:
        found.append(f"role {name} owns {owned} tables; the product must own none")
    if inherits:
        found.append(f"role {name} inherits rights; make it NOINHERIT")
    cursor.execute("SHOW fsync")
    if cursor.fetchone()[0] != "on":
        found.append("fsync is off: a crash could lose a payment that was reported as done")
    return found
