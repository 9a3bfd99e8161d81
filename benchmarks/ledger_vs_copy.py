"""What the ledger's guards cost: 100,000 two-leg entries against bare COPY of the same rows.

Run `python benchmarks/ledger_vs_copy.py`. It makes a scratch database on the server of
DATABASE_ADMIN_URL, or on the embedded one of COUNTERFOIL_HOME, and drops it after.

Each pair writes the same 100,000 entries and 200,000 legs, in turn and in changing order; both
ways begin with the same drafts:
* guarded: `ledger.services.post_entries` as `cf_staff`, row-level security and all guards on:
  idempotency key with payload digest, accounts, locks, overdraft rule, balance, closed
  transaction, composite key, closed periods, audit event;
* bare: the drafts written as rows (with their digests, which are a column) and COPY of them by
  the owner, into tables with the same columns, indexes and plain foreign keys, without triggers,
  row-level security, composite key, locks and audit.

Printed are the median ratio of the pairs, which the target is about, and beside it: the database's
part alone (statements against COPY, rows finished on both sides), the guarded way against COPY of
finished rows, and against tables without any foreign key. Seconds belong to the machine.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")

import django  # noqa: E402  # settings first
import psycopg  # noqa: E402
from psycopg.conninfo import conninfo_to_dict, make_conninfo  # noqa: E402

if TYPE_CHECKING:
    from counterfoil.core.actors import Actor
    from counterfoil.core.journal import EntryDraft

TARGET = 1.5
PARTNERS = 1_000
FUND, PERIOD = "fund_bench", "2026-Q1"
AT = datetime(2026, 4, 2, 9, tzinfo=UTC)
ENTRY = (
    "id, public_id, kind, effective_on, posted_at, source_ref, partner_id, idem_key, "
    "payload_sha256, reverses_id, reason, actor_id, origin_period, batch"
)
LEG = "id, entry_id, seq, account_id, partner_id, amount_minor, currency"


def main() -> None:
    """This will run the pairs and print a line each, then the medians."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--entries", type=int, default=100_000)
    arguments.add_argument("--pairs", type=int, default=9)
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
        rows = run(owner(admin, name), entries=chosen.entries, pairs=chosen.pairs)
        report(rows, entries=chosen.entries, is_json=chosen.json)
    finally:
        database.use_database("postgres")
        database.drop(admin, name=name)
        if is_ours:
            embedded.stop(settings.EMBEDDED)


def owner(admin: str, name: str) -> str:
    """This will return the address of the scratch database for its owner."""
    parts = conninfo_to_dict(admin)
    parts.update(dbname=name, user="cf_owner")
    if parts.get("password"):
        parts["password"] = "cf"
    return make_conninfo(**parts)


def run(address: str, *, entries: int, pairs: int) -> list[dict[str, float]]:
    """This will time the pairs, guarded first in every other one."""
    stock()
    guarded(drafts(-1, PARTNERS))
    answer = []
    with psycopg.connect(address, autocommit=True) as connection:
        make_bare(connection)
        accounts = dict(connection.execute("SELECT code, id FROM ledger_account").fetchall())
        partners = dict(
            connection.execute("SELECT public_id, id FROM partners_organization").fetchall()
        )
        for number in range(pairs):
            todo = drafts(number, entries)
            first = number * entries + 1

            def bare(todo: "list[EntryDraft]" = todo, first: int = first) -> float:
                rows = finished_rows(todo, accounts, partners, first=first)
                start = time.perf_counter()
                copy_rows(connection, "bare", rows)
                return time.perf_counter() - start

            def keyless(todo: "list[EntryDraft]" = todo, first: int = first) -> float:
                rows = finished_rows(todo, accounts, partners, first=first)
                start = time.perf_counter()
                copy_rows(connection, "keyless", rows)
                return time.perf_counter() - start

            acts = [
                ("guarded", lambda todo=todo: guarded(todo)),
                ("bare", bare),
                ("keyless", keyless),
            ]
            pair = {}
            for name, act in acts if number % 2 else reversed(acts):
                start = time.perf_counter()
                pair[f"{name}_database"] = act()
                pair[name] = time.perf_counter() - start
            answer.append(pair)
            print(
                f"pair {number + 1}: guarded {pair['guarded']:.2f} s (database "
                f"{pair['guarded_database']:.2f} s), bare {pair['bare']:.2f} s (COPY "
                f"{pair['bare_database']:.2f} s)",
                file=sys.stderr,
            )
    return answer


def stock() -> None:
    """This will make partners and a fund with a budget that lasts."""
    from counterfoil.apps.ledger.services import post_entry
    from counterfoil.apps.partners.models import Organization
    from counterfoil.core.journal import budget_set
    from counterfoil.core.money import Money
    from counterfoil.foundation.acting import acting_as, staff

    with acting_as(staff()):
        Organization.objects.bulk_create(
            Organization(
                public_id=f"par_{number}", name=f"P{number}", kind="reseller", created_at=AT
            )
            for number in range(PARTNERS)
        )
        draft = budget_set(
            fund=FUND,
            period=PERIOD,
            amount=Money(10**15, "EUR"),
            effective_on=AT.date(),
            idem_key="budget",
            source_ref=FUND,
        )
        post_entry(draft=draft, by=actor(), at=AT)


def actor() -> "Actor":
    """This will name who posts."""
    from counterfoil.core.actors import system_actor

    return system_actor("benchmark")


def drafts(number: int, entries: int) -> "list[EntryDraft]":
    """This will make allocations to the partners in turn, out of one budget."""
    from counterfoil.core.journal import FundShare, allocate_earned
    from counterfoil.core.money import Money

    shares = [FundShare(FUND, f"par_{place}", PERIOD) for place in range(PARTNERS)]
    return [
        allocate_earned(
            share=shares[place % PARTNERS],
            amount=Money(1 + place, "EUR"),
            effective_on=date(2026, 3, 31),
            idem_key=f"earn:{number}:{place}",
            source_ref=f"est_{number}_{place}",
        )
        for place in range(entries)
    ]


def guarded(todo: "list[EntryDraft]") -> float:
    """This will post the drafts and return the seconds that the database's statements took."""
    from django.db import connection

    from counterfoil.apps.ledger.services import post_entries
    from counterfoil.foundation.acting import acting_as, staff

    spent = 0.0

    def clocked(execute, sql, params, many, context):  # type: ignore[no-untyped-def]  # Django's hook
        nonlocal spent
        start = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            spent += time.perf_counter() - start

    with connection.execute_wrapper(clocked), acting_as(staff()):
        post_entries(drafts=todo, by=actor(), at=AT)
    return spent


def make_bare(connection: psycopg.Connection) -> None:
    """This will make tables with the same columns and indexes, with plain keys and with none."""
    for prefix in ("bare", "keyless"):
        for table in ("entry", "leg"):
            connection.execute(
                f"CREATE TABLE {prefix}_{table} (LIKE ledger_{table} INCLUDING DEFAULTS "
                "INCLUDING CONSTRAINTS INCLUDING INDEXES)"
            )
    for column, target in (("entry_id", "bare_entry"), ("account_id", "ledger_account")):
        connection.execute(
            f"ALTER TABLE bare_leg ADD FOREIGN KEY ({column}) REFERENCES {target} (id) "
            "DEFERRABLE INITIALLY DEFERRED"
        )
    connection.execute(
        "ALTER TABLE bare_entry ADD FOREIGN KEY (reverses_id) REFERENCES bare_entry (id)"
    )


def finished_rows(
    todo: "list[EntryDraft]", accounts: dict[str, int], partners: dict[str, int], *, first: int
) -> tuple[bytes, bytes]:
    """This will write both tables' rows in COPY's text format, before any clock runs."""
    from counterfoil.foundation.ids import new_ids

    entries, legs = [], []
    # Random ids, as in the ledger: an index takes them harder than ids in order.
    ids = iter(new_ids("ent", len(todo)))
    for entry_id, draft in enumerate(todo, start=first):
        partner = partners[draft.partner_id]
        entries.append(
            f"{entry_id}\t{next(ids)}\t{draft.kind}\t{draft.effective_on}\t{AT}\t"
            f"{draft.source_ref}\t{partner}\t{draft.idem_key}\t{draft.payload_sha256}\t\\N\t\t"
            f"system:benchmark\t\tpst_{first:026d}\n"
        )
        for seq, leg in enumerate(draft.legs, start=1):
            owner_id = partner if leg.account.partner_id else 0
            legs.append(
                f"{2 * entry_id + seq}\t{entry_id}\t{seq}\t{accounts[leg.account.code]}\t"
                f"{owner_id}\t{leg.amount_minor}\t{leg.account.currency}\n"
            )
    return "".join(entries).encode(), "".join(legs).encode()


def copy_rows(connection: psycopg.Connection, prefix: str, rows: tuple[bytes, bytes]) -> None:
    """This will COPY both tables in one transaction."""
    with connection.transaction(), connection.cursor() as cursor:
        for table, columns, content in (("entry", ENTRY, rows[0]), ("leg", LEG, rows[1])):
            with cursor.copy(f"COPY {prefix}_{table} ({columns}) FROM STDIN") as copy:
                copy.write(content)


def report(rows: list[dict[str, float]], *, entries: int, is_json: bool) -> None:
    """This will print the medians and whether the target is met."""

    def median(over: str, under: str) -> float:
        return round(statistics.median(row[over] / row[under] for row in rows), 2)

    ratio = median("guarded", "bare")
    figures = {
        "entries": entries,
        "pairs": len(rows),
        "ratio": ratio,
        "target": TARGET,
        "is_met": ratio <= TARGET,
        "ratio_of_the_database_alone": median("guarded_database", "bare_database"),
        "ratio_to_copy_of_finished_rows": median("guarded", "bare_database"),
        "ratio_to_tables_without_foreign_keys": median("guarded", "keyless"),
        "seconds": {
            name: round(statistics.median(row[name] for row in rows), 2)
            for name in ("guarded", "guarded_database", "bare", "bare_database", "keyless")
        },
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}",
    }
    if is_json:
        print(json.dumps(figures, indent=2))
        return
    print(
        f"ledger: median ratio {figures['ratio']} of guarded to bare COPY "
        f"(target {TARGET}: {'met' if figures['is_met'] else 'MISSED'})"
    )
    for name, value in figures.items():
        print(f"  {name}: {value}")


if __name__ == "__main__":
    main()
