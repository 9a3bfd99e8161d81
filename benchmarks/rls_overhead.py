"""What row-level security costs: list and detail queries with it against the same filter alone.

Run `python benchmarks/rls_overhead.py`. It makes a scratch database on the server of
DATABASE_ADMIN_URL, or on the embedded one of COUNTERFOIL_HOME, fills it with submissions and
evidence of many partners, and drops it after.

Each pair runs the same statement, with the partner's filter in it, as `cf_portal`: on the tables
with their policies, and on copies with the same columns and indexes and no policy. Medians of
interleaved runs; the target is a ratio of 1.2. Absolute figures belong to the machine.
"""

import argparse
import json
import os
import platform
import random
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")

import django  # noqa: E402  # settings first
import psycopg  # noqa: E402
from psycopg.conninfo import conninfo_to_dict, make_conninfo  # noqa: E402

TARGET = 1.2
QUERIES = {
    "list of submissions": (
        "SELECT * FROM {p}submissions_submission WHERE partner_id = %(partner)s "
        "ORDER BY id DESC LIMIT 50"
    ),
    "open submissions counted": (
        "SELECT state, count(*) FROM {p}submissions_submission WHERE partner_id = %(partner)s "
        "GROUP BY state"
    ),
    "one submission": (
        "SELECT * FROM {p}submissions_submission WHERE partner_id = %(partner)s AND id = %(id)s"
    ),
    "evidence of one submission": (
        "SELECT * FROM {p}submissions_evidence WHERE partner_id = %(partner)s "
        "AND submission_id = %(id)s ORDER BY id"
    ),
    "submissions with evidence": (
        "SELECT s.id, e.name FROM {p}submissions_submission s JOIN {p}submissions_evidence e "
        "ON e.submission_id = s.id AND e.partner_id = s.partner_id "
        "WHERE s.partner_id = %(partner)s ORDER BY s.id DESC LIMIT 50"
    ),
}
FILL = """
INSERT INTO access_user (id, password, public_id, email, name, is_staff_member, is_active,
  language, time_zone, theme, has_shortcuts, created_at)
VALUES (1, '', 'usr_b', 'b@x.example', 'B', true, true, 'en', 'UTC', 'auto', true, now());
INSERT INTO partners_organization (id, public_id, name, legal_name, kind, segment, region, country,
  city, language, time_zone, tax_id, mail_domains, tags, status, created_at)
SELECT n, 'par_' || n, 'P' || n, '', 'reseller', '', '', '', '', 'en', 'UTC', '', '{}', '{}',
  'active', now() FROM generate_series(1, %(partners)s) n;
INSERT INTO submissions_submission (public_id, number, partner_id, playbook_code, kind, title,
  state, outcome, revision, returns_used, currency, requested_minor, entries, form_token, version,
  created_by_id, on_behalf, created_at)
SELECT 'sub_' || n, 'N' || n, 1 + (n * 7919::bigint) %% %(partners)s, 'mdf-claim', 'fund_claim',
  'A claim of some length', (ARRAY['draft', 'submitted', 'in_review', 'withdrawn'])[1 + n %% 4],
  '', 1, 0, 'EUR', n, '{}', '', 1, 1, false, now() FROM generate_series(1, %(rows)s) n;
INSERT INTO submissions_evidence (public_id, partner_id, submission_id, kind, piece, name, link,
  sha256, media_type, size, pages, previews, flags, line, reading, added_by, added_at)
SELECT 'evi_' || id, partner_id, id, 'invoice', '', 'invoice.pdf', '', md5(id::text),
  'application/pdf', 1, 1, '[]', '[]', '', '{}', 'usr_b', now() FROM submissions_submission;
CREATE SCHEMA bare;
CREATE TABLE bare.submissions_submission
  (LIKE submissions_submission INCLUDING DEFAULTS INCLUDING INDEXES INCLUDING CONSTRAINTS);
CREATE TABLE bare.submissions_evidence
  (LIKE submissions_evidence INCLUDING DEFAULTS INCLUDING INDEXES INCLUDING CONSTRAINTS);
INSERT INTO bare.submissions_submission SELECT * FROM submissions_submission;
INSERT INTO bare.submissions_evidence SELECT * FROM submissions_evidence;
GRANT USAGE ON SCHEMA bare TO cf_staff, cf_portal;
GRANT SELECT ON ALL TABLES IN SCHEMA bare TO cf_staff, cf_portal;
ANALYZE;
"""


def main() -> None:
    """This will fill the scratch database, time every query and print the ratios."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, default=200_000)
    arguments.add_argument("--partners", type=int, default=2_000)
    arguments.add_argument("--runs", type=int, default=400)
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    django.setup()
    from django.conf import settings

    from counterfoil.foundation import database, embedded

    admin = os.environ.get("DATABASE_ADMIN_URL") or settings.ADMIN_URL
    is_ours = settings.EMBEDDED is not None and embedded.start(settings.EMBEDDED)
    name = f"cf_bench_{os.getpid()}"
    try:
        database.initialize(admin, name=name, app_password="cf", owner_password="cf")
        database.use_database(name)
        database.migrate()
        found = measure(
            address(admin, name),
            address(admin, name, user="cf_app"),
            rows=chosen.rows,
            partners=chosen.partners,
            runs=chosen.runs,
        )
        report(found, rows=chosen.rows, partners=chosen.partners, is_json=chosen.json)
    finally:
        database.use_database("postgres")
        database.drop(admin, name=name)
        if is_ours:
            embedded.stop(settings.EMBEDDED)


def address(admin: str, name: str, *, user: str = "") -> str:
    """This will return the address of the scratch database, for the administrator or a role."""
    parts = conninfo_to_dict(admin)
    parts.update(dbname=name)
    if user:
        parts["user"] = user
        if parts.get("password"):
            parts["password"] = "cf"
    return make_conninfo(**parts)


def measure(
    admin: str, app: str, *, rows: int, partners: int, runs: int
) -> dict[str, dict[str, float]]:
    """This will return, for each query, the medians in milliseconds and their ratios."""
    with psycopg.connect(admin, autocommit=True) as insider:
        # Literals, so that several statements go in one round trip; both are integers.
        insider.execute(
            FILL.replace("%(partners)s", str(partners))
            .replace("%(rows)s", str(rows))
            .replace("%%", "%")
        )
    chance = random.Random(7)
    subjects = [
        {"partner": 1 + (number * 7919) % partners, "id": number}
        for number in chance.sample(range(1, rows + 1), runs)
    ]
    found = {}
    with psycopg.connect(app, autocommit=True) as connection:
        for title, text in QUERIES.items():
            times: dict[str, list[float]] = {"guarded": [], "bare": []}
            for subject in subjects:
                for way in chance.sample(["guarded", "bare"], 2):
                    times[way].append(once(connection, text, way, subject))
            guarded, bare = (statistics.median(times[way]) for way in ("guarded", "bare"))
            found[title] = {
                "guarded_ms": guarded * 1000,
                "bare_ms": bare * 1000,
                "ratio": guarded / bare,
            }
    return found


def once(connection: psycopg.Connection, text: str, way: str, subject: dict[str, int]) -> float:
    """This will time one query within a transaction that acts for the subject's partner."""
    statement = text.format(p="" if way == "guarded" else "bare.")
    with connection.transaction():
        connection.execute("SET LOCAL ROLE cf_portal")
        connection.execute(
            "SELECT set_config('app.partner_id', %s, true)", [str(subject["partner"])]
        )
        start = time.perf_counter()
        connection.execute(statement, subject).fetchall()  # type: ignore[call-overload]
        return time.perf_counter() - start


def report(found: dict[str, dict[str, float]], *, rows: int, partners: int, is_json: bool) -> None:
    """This will print the machine, the figures and whether the target is met."""
    if is_json:
        print(json.dumps({"rows": rows, "partners": partners, "queries": found}, indent=2))
        return
    print(f"{platform.platform()}, {os.cpu_count()} CPUs, Python {platform.python_version()}")
    print(f"{rows} submissions and as many files of {partners} partners")
    for title, figures in found.items():
        print(
            f"{title:28} with policies {figures['guarded_ms']:8.3f} ms, without "
            f"{figures['bare_ms']:8.3f} ms, ratio {figures['ratio']:.2f}"
        )
    worst = max(figures["ratio"] for figures in found.values())
    print(
        f"worst ratio {worst:.2f}; the target of {TARGET} is "
        f"{'met' if worst <= TARGET else 'MISSED'}"
    )


if __name__ == "__main__":
    main()
