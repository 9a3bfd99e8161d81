"""Queries a page asks: every list and detail page at a few rows and at many, which must be equal.

Run `python benchmarks/page_queries.py` (`--rows 100000` for the long run). It builds the stage of
the isolation crawl in a scratch database on the server of DATABASE_ADMIN_URL, or on the embedded
one of COUNTERFOIL_HOME, opens every page that answers 200, multiplies partners, submissions,
screenings, messages, mail and events, opens them again, and drops the database after.

A page whose count of queries grows is named; the exit code is then 1. Milliseconds belong to the
machine and gate nothing.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")

import django  # noqa: E402  # settings first
import psycopg  # noqa: E402
from psycopg.conninfo import conninfo_to_dict, make_conninfo  # noqa: E402

# Pages of acts and files, whose cost is not a matter of how many rows there are.
NO_PAGES = {"console:audit_verify", "console:audit_export", "console:funds_export"}
# Table -> columns that must differ from row to row, as SQL over the running number `n`.
MULTIPLIED = {
    "partners_organization": {"id": "1000000 + n", "public_id": "'par_m' || n"},
    "submissions_message": {"id": "1000000 + n", "public_id": "'msg_m' || n"},
    "messaging_outboxmessage": {"id": "'out_m' || n", "idem_key": "'m' || n"},
    "audit_event": {"id": "'evt_m' || n"},
    "exchange_importrun": {"id": "1000000 + n", "public_id": "'imp_m' || n"},
}
SUBMISSIONS = """
INSERT INTO submissions_submission SELECT r.* FROM generate_series(1, {rows}) n
JOIN LATERAL (SELECT * FROM submissions_submission WHERE state <> 'draft' AND id < 1000000
  ORDER BY (id + n) % 7 LIMIT 1) s ON true
CROSS JOIN LATERAL jsonb_populate_record(null::submissions_submission, to_jsonb(s)
  || jsonb_build_object('id', 1000000 + n, 'public_id', 'sub_m' || n, 'number', 'M-' || n,
  'form_token', '')) r;
INSERT INTO submissions_screening SELECT r.* FROM generate_series(1, {rows}) n
CROSS JOIN (SELECT * FROM submissions_screening LIMIT 1) c
CROSS JOIN LATERAL jsonb_populate_record(null::submissions_screening, to_jsonb(c)
  || jsonb_build_object('id', 1000000 + n, 'public_id', 'scr_m' || n,
  'submission_id', 1000000 + n)) r;
INSERT INTO submissions_decision SELECT r.* FROM generate_series(1, {rows}) n
JOIN submissions_submission s ON s.id = 1000000 + n AND s.state = 'decided'
CROSS JOIN (SELECT * FROM submissions_decision LIMIT 1) d
CROSS JOIN LATERAL jsonb_populate_record(null::submissions_decision, to_jsonb(d)
  || jsonb_build_object('id', 1000000 + n, 'public_id', 'dec_m' || n,
  'submission_id', 1000000 + n, 'partner_id', s.partner_id)) r;
"""


@dataclass(frozen=True)
class Count:
    """What one page asked."""

    queries: int
    milliseconds: float


def main() -> None:
    """This will count at both sizes and name the pages that grew."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, default=10_000)
    arguments.add_argument("--few", type=int, default=100)
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    django.setup()
    from django.conf import settings
    from django.test.utils import setup_test_environment

    from counterfoil.foundation import database, embedded

    setup_test_environment()
    # The stage's people have no second factor; this measures pages, not log-in.
    settings.STAFF_NEED_MFA = False
    settings.DEBUG = False
    admin = os.environ.get("DATABASE_ADMIN_URL") or settings.ADMIN_URL
    is_ours = settings.EMBEDDED is not None and embedded.start(settings.EMBEDDED)
    name = f"cf_bench_{os.getpid()}"
    address = make_conninfo(**(conninfo_to_dict(admin) | {"dbname": name}))
    try:
        database.initialize(admin, name=name, app_password="cf", owner_password="cf")
        database.use_database(name)
        database.migrate()
        grown = run(address, few=chosen.few, rows=chosen.rows, is_json=chosen.json)
    finally:
        database.use_database("postgres")
        database.drop(admin, name=name)
        if is_ours:
            embedded.stop(settings.EMBEDDED)
    sys.exit(1 if grown else 0)


def run(address: str, *, few: int, rows: int, is_json: bool) -> list[str]:
    """This will count every page at both sizes, print, and return the pages that grew."""
    from django.conf import settings
    from tests.crawl.stage import build_stage

    from counterfoil.foundation import adapters

    with tempfile.TemporaryDirectory() as folder:
        stage = build_stage(Path(folder))
        path, _ = settings.COUNTERFOIL_ADAPTERS["evidence_store"]
        settings.COUNTERFOIL_ADAPTERS["evidence_store"] = (path, {"root": folder})
        adapters.adapter.cache_clear()
        multiply(address, few, start=0)
        before = dict(counts(stage))
        multiply(address, rows - few, start=few)
        after = dict(counts(stage))
    grown = [
        name for name in before if name in after and after[name].queries > before[name].queries
    ]
    if is_json:
        pairs = {
            name: [before[name].queries, after[name].queries] for name in before if name in after
        }
        print(json.dumps({"few": few, "rows": rows, "pages": pairs}, indent=2))
        return grown
    print(f"{platform.platform()}, {os.cpu_count()} CPUs, Python {platform.python_version()}")
    for name in sorted(set(before) & set(after)):
        one, two = before[name], after[name]
        print(
            f"{name:32} {one.queries:4} queries at {few}, {two.queries:4} at {rows}"
            f"{'  GROWS' if name in grown else ''}  "
            f"({one.milliseconds:.0f} ms, {two.milliseconds:.0f} ms)"
        )
    lost = sorted(set(before) - set(after))
    print(f"{len(before)} pages; growing: {', '.join(grown) or 'none'}; lost: {lost or 'none'}")
    return grown + lost


def multiply(address: str, rows: int, *, start: int) -> None:
    """This will add copies of the stage's rows, numbered from `start`, past every trigger."""
    with psycopg.connect(address, autocommit=True) as insider:
        insider.execute("SET session_replication_role = replica")
        series = f"generate_series({start + 1}, {start + rows})"
        for table, columns in MULTIPLIED.items():
            unique = ", ".join(f"'{column}', {value}" for column, value in columns.items())
            insider.execute(
                f"INSERT INTO {table} SELECT made.* FROM {series} n "
                f"CROSS JOIN (SELECT * FROM {table} LIMIT 1) r CROSS JOIN LATERAL "
                f"jsonb_populate_record(null::{table}, to_jsonb(r) "
                f"|| jsonb_build_object({unique})) made"
            )  # type: ignore[call-overload]
        insider.execute(SUBMISSIONS.replace("generate_series(1, {rows})", series))  # type: ignore[call-overload]
        insider.execute("ANALYZE")


def counts(stage) -> Iterator[tuple[str, Count]]:
    """This will open every page that answers 200 and count its queries, twice warmed."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from tests.crawl.probe import address_of, client_of
    from tests.crawl.routes import ROUTES, Door, all_routes

    from counterfoil.core.authority import AUTHORITY

    side, known = stage.sides["a"], {name for name, _ in all_routes()}
    browsers = {role: client_of(actor) for role, actor in stage.staff.items()}
    browsers["partner_admin"] = client_of(side.admin)
    for name, route in ROUTES.items():
        if name not in known or route.door is Door.ANYBODY or name in NO_PAGES:
            continue
        role = next((each for each in AUTHORITY[route.action][0] if each in browsers), "")
        if route.door is Door.PORTAL:
            role = "partner_admin"
        page = address_of(name, route, stage, side)
        if browsers[role].get(page).status_code != 200:
            continue
        start = time.perf_counter()
        with CaptureQueriesContext(connection) as asked:
            answer = browsers[role].get(page)
        if answer.status_code == 200 and "html" in answer.headers.get("Content-Type", ""):
            yield name, Count(len(asked), (time.perf_counter() - start) * 1000)


if __name__ == "__main__":
    main()
