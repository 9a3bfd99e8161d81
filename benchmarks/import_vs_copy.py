"""How much of an import's time is the database's: sales lines by a saved mapping against COPY.

Run `python benchmarks/import_vs_copy.py`. It makes a scratch database on the server of
DATABASE_ADMIN_URL, or on the embedded one of COUNTERFOIL_HOME, and drops it after.

The import reads the file, checks every row and compares it with what is stored (staging), then
does so again and writes (taking); COPY writes the same finished rows into a table with the same
columns and indexes, by the owner. Printed are seconds, rows a second, and the share of the
import's time above bare COPY. Absolute figures belong to the machine and gate nothing.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")

import django  # noqa: E402  # settings first
import psycopg  # noqa: E402
from psycopg.conninfo import conninfo_to_dict, make_conninfo  # noqa: E402

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
PARTNERS = 700


def main() -> None:
    """This will import the lines, copy them, and print both."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, default=57_851)
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    django.setup()
    from django.conf import settings

    from counterfoil.foundation import database, embedded

    admin = os.environ.get("DATABASE_ADMIN_URL") or settings.ADMIN_URL
    is_ours = settings.EMBEDDED is not None and embedded.start(settings.EMBEDDED)
    name = f"cf_bench_{os.getpid()}"
    parts = conninfo_to_dict(admin) | {"dbname": name}
    try:
        database.initialize(admin, name=name, app_password="cf", owner_password="cf")
        database.use_database(name)
        database.migrate()
        with tempfile.TemporaryDirectory() as folder:
            found = measure(Path(folder), make_conninfo(**parts), rows=chosen.rows)
        report(found, is_json=chosen.json)
    finally:
        database.use_database("postgres")
        database.drop(admin, name=name)
        if is_ours:
            embedded.stop(settings.EMBEDDED)


def measure(folder: Path, admin: str, *, rows: int) -> dict[str, float]:
    """This will return the seconds of staging, taking and copying the same lines."""
    from counterfoil.adapters.files_local import LocalFiles
    from counterfoil.apps.exchange.services import save_mapping
    from counterfoil.core.actors import Actor, Grant
    from counterfoil.flows.import_records import stage_import, take_import
    from counterfoil.foundation.acting import acting_as, staff

    by = Actor("usr_bench", "Bench", (Grant("operations"),), user_pk=1)
    store = LocalFiles(folder)
    given = {"store": store, "by": by, "at": AT}
    mappings = {
        "partners": {"key": {"column": "Key"}, "name": {"column": "Name"}},
        "sales": {
            "key": {"column": "Line"},
            "partner_key": {"column": "Partner"},
            "order_number": {"column": "Order"},
            "product": {"column": "Product"},
            "sold_on": {"column": "Day"},
            "received_on": {"column": "Heard"},
            "quantity": {"column": "Qty"},
            "amount": {"column": "Amount"},
            "currency": {"value": "USD"},
            "kind": {"value": "sale"},
        },
    }
    with acting_as(staff()):
        for code, columns in mappings.items():
            save_mapping(
                code=code, title=code, record_type=code, source="bench", columns=columns, by=by,
                at=AT,
            )  # fmt: skip
        known = "Key,Name\n" + "".join(f"{n},Partner {n}\n" for n in range(PARTNERS))
        staged = stage_import(
            mapping_code="partners", file_name="p.csv", content=known.encode(), **given
        )
        take_import(run_id=staged.run_id, skip_bad_rows=False, **given)
    content = sales_file(rows)
    with acting_as(staff()):
        start = time.perf_counter()
        staged = stage_import(mapping_code="sales", file_name="s.csv", content=content, **given)
        staging = time.perf_counter() - start
        assert staged.counts.refused == 0, staged.problems[:3]
    start = time.perf_counter()
    with acting_as(staff()):
        counts = take_import(run_id=staged.run_id, skip_bad_rows=False, **given)
    taking = time.perf_counter() - start
    assert counts.created == rows
    return {"rows": rows, "staging_s": staging, "taking_s": taking, "copy_s": copied(admin)}


def sales_file(rows: int) -> bytes:
    """This will write a file of sales lines."""
    lines = ["Line,Partner,Order,Product,Day,Heard,Qty,Amount"]
    lines += [
        f"L{n},{n % PARTNERS},SO{n // 12},{n % 300},2026-0{1 + n % 9}-1{n % 10},2026-10-01,"
        f"{1 + n % 5},{n % 5000}.{n % 100:02}"
        for n in range(rows)
    ]
    return "\n".join(lines).encode()


def copied(admin: str) -> float:
    """This will copy the imported rows into a bare twin of their table and return the seconds."""
    with psycopg.connect(admin, autocommit=True) as owner:
        owner.execute(
            "CREATE TABLE bare (LIKE programs_salesline INCLUDING DEFAULTS INCLUDING INDEXES "
            "INCLUDING CONSTRAINTS INCLUDING IDENTITY)"
        )
        with owner.cursor().copy("COPY programs_salesline TO STDOUT") as out:
            data = b"".join(bytes(block) for block in out)
        start = time.perf_counter()
        with owner.cursor().copy("COPY bare FROM STDIN") as into:
            into.write(data)
        return time.perf_counter() - start


def report(found: dict[str, float], *, is_json: bool) -> None:
    """This will print the machine and the figures."""
    if is_json:
        print(json.dumps(found, indent=2))
        return
    rows, copy = found["rows"], found["copy_s"]
    print(f"{platform.platform()}, {os.cpu_count()} CPUs, Python {platform.python_version()}")
    for title in ("staging", "taking", "copy"):
        seconds = found[f"{title}_s"]
        print(f"{title:8} {seconds:7.2f} s  {rows / seconds:10,.0f} rows/s")
    for title in ("staging", "taking"):
        seconds = found[f"{title}_s"]
        print(f"{title}: {(seconds - copy) / seconds:.0%} of its time is above bare COPY")


if __name__ == "__main__":
    main()
