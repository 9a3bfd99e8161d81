"""The shipped commission plan over millions of lines: DuckDB, PostgreSQL, and a bare window sort.

Run `python benchmarks/plans_engines.py [--lines N] [--postgres N]`. PostgreSQL is the server of
DATABASE_ADMIN_URL, or the embedded one of COUNTERFOIL_HOME. `--scale 1 5 20 50` runs DuckDB alone
over so many million lines and prints what a line costs.

Compared in one run over the same Parquet file: the plan's SQL on DuckDB with one window sort and
running sum over the plan's own key (target: at most 1.5 times), and with the same plan in
PostgreSQL (target: at least 5 times faster). PostgreSQL may take fewer lines (`--postgres`), its
seconds are then scaled up, which favors it. The reference evaluator runs 100,000 lines, and its
results are compared with DuckDB's of the same lines. pandas computes the shipped plan by columns
where it is installed (`pip install pandas pyarrow`; it is no dependency). Two targets are
printed, none is hidden.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")

import django  # noqa: E402  # settings first
import duckdb  # noqa: E402
import psycopg  # noqa: E402

PLAN = ROOT / "src/counterfoil/apps/earnings/shipped/channel-commission.yaml"
REFERENCE = 100_000
# Lines over 20,000 partners and 12 months; 4 % are refunds of the line 25 numbers before.
LINES = """
COPY (
  SELECT i AS id, partner, day, month, quarter, 2025::INTEGER AS year,
         CASE WHEN i % 25 = 0 AND i > 25 THEN minor // 2 ELSE minor END AS minor,
         CASE WHEN i % 25 = 0 AND i > 25 THEN i - 24 ELSE 0 END AS original,
         ['Bikes', 'Components', 'Clothing', 'Accessories', ''][(hash(i * 7) % 5)::INTEGER + 1]
           AS a_category
  FROM (SELECT i, ((i // 25) * 7919 % {partners})::BIGINT AS partner,
               (202500 + 1 + i * 12 // {lines}) AS month,
               (100 + (hash(i) % 500000))::BIGINT AS minor
        FROM range(0, {lines}) r(i)) AS base,
       LATERAL (SELECT (month * 100 + 1 + i % 28)::INTEGER AS day,
                       (20250 + (month % 100 + 2) // 3)::INTEGER AS quarter) AS days
) TO '{path}' (FORMAT parquet)
"""
WINDOW = (
    "CREATE TABLE bare AS SELECT id, sum(minor) OVER (PARTITION BY partner, month "
    "ORDER BY day NULLS FIRST, id NULLS FIRST "
    "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS after FROM cf_input"
)
EARLIER = (
    "(line BIGINT, component INTEGER, partner BIGINT, minor BIGINT, commission BIGINT, "
    "refunded BIGINT)"
)


def main() -> None:
    """This will generate the lines, run all engines and print seconds and ratios."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--lines", type=int, default=5_000_000)
    arguments.add_argument("--postgres", type=int, default=0, help="else as many as --lines")
    arguments.add_argument("--repeats", type=int, default=3)
    arguments.add_argument("--scale", type=int, nargs="+", metavar="MILLIONS")
    chosen = arguments.parse_args()
    django.setup()
    from counterfoil.core.plans import load_plan

    plan = load_plan(PLAN.read_text(encoding="utf-8"), file=PLAN.name)
    for millions in chosen.scale or ():
        scale(plan, millions * 1_000_000, repeats=chosen.repeats)
    if chosen.scale:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lines.parquet"
        with duckdb.connect() as engine:
            engine.execute(LINES.format(lines=chosen.lines, partners=20_000, path=path))
        bare, ours, total = on_duckdb(plan, path, repeats=chosen.repeats)
        print(f"{chosen.lines:,} lines; total {total} minor units")
        print(f"window sort and sum   {bare:8.2f} s")
        verdict = "kept" if ours / bare <= 1.5 else "MISSED"
        print(
            f"plan on DuckDB        {ours:8.2f} s  {ours / bare:.2f} times (target 1.5: {verdict})"
        )
        reference(plan, path, chosen.lines)
        on_pandas(path, ours, total)
        count = chosen.postgres or chosen.lines
        seconds, same = on_postgres(plan, path, count)
        scaled = seconds * chosen.lines / count
        verdict = "kept" if scaled / ours >= 5 else "MISSED"
        print(
            f"plan on PostgreSQL    {scaled:8.2f} s  ({count:,} lines in {seconds:.2f} s), "
            f"{scaled / ours:.1f} times DuckDB (target 5: {verdict}); "
            f"{'identical integers' if same else 'OTHER INTEGERS'}"
        )


def scale(plan, lines: int, *, repeats: int) -> None:
    """This will print the cost of a line at a size: the plan's and the bare window's."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lines.parquet"
        with duckdb.connect() as engine:
            engine.execute(LINES.format(lines=lines, partners=20_000, path=path))
        bare, ours, _ = on_duckdb(plan, path, repeats=repeats)
    print(
        f"{lines:>12,} lines  plan {ours:7.2f} s, {ours / lines * 1e9:6.0f} ns a line  "
        f"window {bare:7.2f} s  {ours / bare:.2f} times",
        flush=True,
    )


def on_duckdb(plan, path: Path, *, repeats: int) -> tuple[float, float, int]:
    """This will return the best seconds of the bare window and of the plan, and its total."""
    from counterfoil.apps.earnings.services.engines import run_duckdb

    best = {"bare": float("inf"), "plan": float("inf")}
    total = 0
    for number in range(repeats):
        for name in ("bare", "plan") if number % 2 else ("plan", "bare"):
            with duckdb.connect() as engine:
                engine.execute(f"CREATE VIEW cf_input AS SELECT * FROM read_parquet('{path}')")
                engine.execute(f"CREATE TABLE cf_earlier {EARLIER}")
                start = time.perf_counter()
                if name == "bare":
                    engine.execute(WINDOW)
                else:
                    run_duckdb(engine, plan)
                best[name] = min(best[name], time.perf_counter() - start)
                if name == "plan":
                    total = int(
                        engine.execute("SELECT sum(commission + top_up) FROM cf_month").fetchone()[
                            0
                        ]
                    )
    return best["bare"], best["plan"], total


def reference(plan, path: Path, lines: int) -> None:
    """This will time the reference evaluator on some lines and compare it with DuckDB."""
    from counterfoil.apps.earnings.services.engines import compute_duckdb
    from counterfoil.core.plans import PlanLine, evaluate

    with duckdb.connect() as engine:
        rows = engine.execute(
            f"SELECT id, partner, day, minor, original, a_category FROM read_parquet('{path}') "
            f"WHERE id > 0 ORDER BY id LIMIT {REFERENCE}"
        ).fetchall()
    given = [
        PlanLine(r[0], r[1], r[2], r[3], (r[5],), is_refund=r[4] > 0, original=r[4]) for r in rows
    ]
    start = time.perf_counter()
    found = evaluate(plan, given)
    seconds = time.perf_counter() - start
    assert compute_duckdb(plan, given) == found, "the engines differ"
    print(
        f"reference evaluator   {seconds * lines / len(given):8.2f} s  "
        f"({len(given):,} lines in {seconds:.2f} s, scaled; identical integers)"
    )


def on_pandas(path: Path, ours: float, total: int) -> None:
    """This will time the shipped plan written for pandas, and compare its total with DuckDB's."""
    try:
        import numpy
        import pandas
    except ImportError:
        print("plan in pandas           not installed: pip install pandas pyarrow")
        return

    def rounded(n, d):
        whole = n // d
        rest = n - whole * d
        return whole + ((2 * rest > d) | ((2 * rest == d) & (whole % 2 == 1)))

    def first_share(amount):
        whole = amount * 9 // 10
        return whole + (2 * (amount * 9 - whole * 10) >= 10)

    start = time.perf_counter()
    lines = pandas.read_parquet(path)
    sales = lines[lines["original"] == 0].sort_values(["partner", "month", "day", "id"])
    keys = [sales["partner"], sales["month"]]
    minor = sales["minor"]
    after = minor.groupby(keys, sort=False).cumsum()
    before = after - minor
    rates = {"Bikes": 6, "Components": 5, "Clothing": 8, "Accessories": 10}
    rate = sales["a_category"].map(rates).fillna(4).astype("int64")
    weighted = minor * 20
    for step, factor in ((2_500_000, 2), (10_000_000, 3)):
        weighted += (numpy.maximum(after, step) - numpy.maximum(before, step)) * factor
    raw = rounded(weighted * rate, 4_000)
    earned = raw.groupby(keys, sort=False).cumsum()
    cap = 1_000_000
    sales["commission"] = numpy.minimum(earned, cap) - numpy.minimum(earned - raw, cap)
    sales["p0"] = first_share(sales["commission"])
    back = lines[lines["original"] > 0].sort_values(["original", "day", "id"])
    back = back.merge(
        sales[["id", "partner", "minor", "commission"]],
        left_on=["original", "partner"], right_on=["id", "partner"], suffixes=("", "_whole"),
    )  # fmt: skip
    upto = back["minor"].groupby(back["original"], sort=False).cumsum()
    whole = back["minor_whole"]
    gone, going = (
        rounded(back["commission"] * numpy.minimum(side, whole), whole)
        for side in (upto - back["minor"], upto)
    )
    back["p0"] = first_share(gone) - first_share(going)
    months = [
        pandas.concat([sales[key], back[key]]) for key in ("partner", "month", "commission", "p0")
    ]
    months[2] = pandas.concat([sales["commission"], gone - going])
    frame = pandas.DataFrame(dict(zip(("partner", "month", "all", "p0"), months, strict=True)))
    result = frame.groupby(["partner", "month"], sort=False).sum()
    seconds = time.perf_counter() - start
    same = "identical total" if int(result["all"].sum()) == total else "ANOTHER TOTAL"
    print(f"plan in pandas        {seconds:8.2f} s  {seconds / ours:.1f} times DuckDB; {same}")


def on_postgres(plan, path: Path, count: int) -> tuple[float, bool]:
    """This will run the plan on PostgreSQL; returns seconds, and whether its total is DuckDB's."""
    from django.conf import settings

    from counterfoil.apps.earnings.services.engines import run_duckdb, run_postgres
    from counterfoil.core.plans import input_columns
    from counterfoil.foundation import embedded

    admin = os.environ.get("DATABASE_ADMIN_URL")
    is_ours = False
    if not admin:
        is_ours = embedded.start(settings.EMBEDDED)
        admin = settings.ADMIN_URL
    csv = path.with_suffix(".csv")
    question = "SELECT sum(commission + top_up), count(*) FROM cf_month"
    with duckdb.connect() as engine:
        engine.execute(
            f"CREATE TABLE cf_input AS SELECT * FROM read_parquet('{path}') LIMIT {count}"
        )
        engine.execute(f"CREATE TABLE cf_earlier {EARLIER}")
        run_duckdb(engine, plan)
        wanted = engine.execute(question).fetchone()
        engine.execute(
            f"COPY cf_input TO '{csv}' (FORMAT csv, HEADER false, FORCE_QUOTE (a_category))"
        )
    try:
        with psycopg.connect(admin) as connection, connection.cursor() as cursor:
            cursor.execute("SET work_mem = '512MB'")
            columns = ", ".join(f'"{n}" {k}' for n, k in input_columns(plan).items())
            cursor.execute(f"CREATE TEMPORARY TABLE cf_input ({columns})")
            cursor.execute(f"CREATE TEMPORARY TABLE cf_earlier {EARLIER}")
            with (
                cursor.copy("COPY cf_input FROM STDIN (FORMAT csv)") as copy,
                csv.open("rb") as file,
            ):
                while block := file.read(1 << 20):
                    copy.write(block)
            cursor.execute("ANALYZE cf_input")
            start = time.perf_counter()
            run_postgres(cursor, plan)
            seconds = time.perf_counter() - start
            cursor.execute(question)
            found = cursor.fetchone()
            connection.rollback()
    finally:
        if is_ours:
            embedded.stop(settings.EMBEDDED)
    return seconds, tuple(map(int, found)) == tuple(map(int, wanted))


if __name__ == "__main__":
    main()
