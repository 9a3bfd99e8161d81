"""A plan run by Spark: an extra (`pip install "counterfoil[spark]"`, and Java 17 or later).

For installations that keep their lines in a data lake, and for the nightly comparison of engines.
Nothing here is imported by the running product; pyspark is looked for when it is asked for.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from counterfoil.apps.earnings.errors import EngineMissing
from counterfoil.apps.earnings.services.engines import (
    earlier_rows,
    line_result,
    lines_table,
    month_result,
)
from counterfoil.core.plans import (
    EARLIER_COLUMNS,
    SPARK,
    Earlier,
    Plan,
    PlanLine,
    Results,
    check_input,
    conversion_statements,
    prelude,
    statements,
)

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Overflow is an error, `${...}` in a text is that text, and nothing listens beyond this machine.
SETTINGS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.variable.substitute": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


@contextmanager
def open_spark(*, cores: int = 2) -> Iterator["SparkSession"]:
    """This will start Spark within this process' reach and stop it at the end.

    Raises EngineMissing without pyspark or Java.
    """
    try:
        from pyspark.sql import SparkSession  # an extra
    except ImportError:
        raise EngineMissing(
            'Spark is not installed: pip install "counterfoil[spark]", and Java 17 or later.'
        ) from None
    builder = SparkSession.builder.master(f"local[{cores}]").appName("counterfoil")
    for name, value in (SETTINGS | {"spark.sql.shuffle.partitions": str(cores)}).items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except Exception as error:  # pyspark says only that its gateway ended
        raise EngineMissing(f"Spark does not start; is Java 17 or later there? {error}") from error
    session.sparkContext.setLogLevel("ERROR")
    try:
        yield session
    finally:
        session.stop()


def compute_spark(
    spark: "SparkSession",
    plan: Plan,
    lines: Sequence[PlanLine],
    earlier: Sequence[Earlier] = (),
) -> Results:
    """This will run the plan on Spark, in a session that leaves nothing behind.

    Raises BadInput, TooLarge.
    """
    check_input(plan, lines, earlier)
    session = spark.newSession()
    name, columns, rows = lines_table(plan, lines)
    _view(session, name, columns, rows)
    _view(session, "cf_earlier", EARLIER_COLUMNS, earlier_rows(earlier))
    try:
        run_spark(session, plan)
        listed = [session.table(view).collect() for view in ("cf_line", "cf_month")]
    finally:
        session.catalog.clearCache()
    return Results(
        tuple(sorted((line_result(r) for r in listed[0]), key=lambda r: (r.component, r.line))),
        tuple(
            sorted(
                (month_result(r) for r in listed[1]),
                key=lambda r: (r.component, r.partner, r.month),
            )
        ),
    )


def run_spark(session: "SparkSession", plan: Plan) -> None:
    """This will define cf_line and cf_month over cf_input (or cf_given) and cf_earlier."""
    for statement in filter(str.strip, prelude(plan, SPARK).split(";")):
        session.sql(statement)
    for statement in (*conversion_statements(plan, SPARK), *statements(plan, SPARK)):
        session.sql(statement)
        view = statement.split(maxsplit=4)[3]
        if view.startswith(("cf_sale_", "cf_all_", "cf_refund_")):
            session.sql(f"CACHE LAZY TABLE {view}")  # read by refunds, months and lines


def _view(
    session: "SparkSession",
    name: str,
    columns: dict[str, str],
    rows: Sequence[Sequence[int | str]],
) -> None:
    listed = ", ".join(
        f"{column} {'STRING' if kind == 'VARCHAR' else kind}" for column, kind in columns.items()
    )
    session.createDataFrame(list(rows), listed).createOrReplaceTempView(name)
