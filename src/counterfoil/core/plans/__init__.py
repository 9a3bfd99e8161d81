"""Commission plans: a versioned file, one meaning, and integers that every engine agrees on.

Text in, values out, as with playbooks: reading with positions, the model, the checks before
publication, the reference evaluator, the same plan as SQL, and the explanation of one figure.
"""

from counterfoil.core.plans.convert import (
    NotARate,
    Rate,
    converted,
    give,
    parse_rate,
    rate_for,
)
from counterfoil.core.plans.evaluate import (
    BadInput,
    check_input,
    evaluate,
    parties,
    unmatched_refunds,
)
from counterfoil.core.plans.explain import Step, explain_line, explain_rate
from counterfoil.core.plans.load import load_plan
from counterfoil.core.plans.model import (
    Conversion,
    Earlier,
    Given,
    Plan,
    PlanLine,
    Window,
    day_number,
    month_of,
    window_of,
)
from counterfoil.core.plans.publication import check_publishable, run_example
from counterfoil.core.plans.results import LineResult, MonthResult, Results
from counterfoil.core.plans.sql import (
    DUCKDB,
    EARLIER_COLUMNS,
    POSTGRES,
    SPARK,
    Dialect,
    TooLarge,
    Widths,
    conversion_statements,
    given_columns,
    input_columns,
    prelude,
    statements,
)

__all__ = [
    "DUCKDB",
    "EARLIER_COLUMNS",
    "POSTGRES",
    "SPARK",
    "BadInput",
    "Conversion",
    "Dialect",
    "Earlier",
    "Given",
    "LineResult",
    "MonthResult",
    "NotARate",
    "Plan",
    "PlanLine",
    "Rate",
    "Results",
    "Step",
    "TooLarge",
    "Widths",
    "Window",
    "check_input",
    "check_publishable",
    "conversion_statements",
    "converted",
    "day_number",
    "evaluate",
    "explain_line",
    "explain_rate",
    "give",
    "given_columns",
    "input_columns",
    "load_plan",
    "month_of",
    "parse_rate",
    "parties",
    "prelude",
    "rate_for",
    "run_example",
    "statements",
    "unmatched_refunds",
    "window_of",
]
