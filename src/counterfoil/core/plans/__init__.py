"""Commission plans: a versioned file, one meaning, and integers that every engine agrees on.

Text in, values out, as with playbooks: reading with positions, the model, the checks before
publication, the reference evaluator, the same plan as SQL, and the explanation of one figure.
"""

from counterfoil.core.plans.evaluate import (
    BadInput,
    check_input,
    evaluate,
    parties,
    unmatched_refunds,
)
from counterfoil.core.plans.explain import Step, explain_line
from counterfoil.core.plans.load import load_plan
from counterfoil.core.plans.model import (
    Earlier,
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
    Dialect,
    TooLarge,
    Widths,
    input_columns,
    prelude,
    statements,
)

__all__ = [
    "DUCKDB",
    "EARLIER_COLUMNS",
    "POSTGRES",
    "BadInput",
    "Dialect",
    "Earlier",
    "LineResult",
    "MonthResult",
    "Plan",
    "PlanLine",
    "Results",
    "Step",
    "TooLarge",
    "Widths",
    "Window",
    "check_input",
    "check_publishable",
    "day_number",
    "evaluate",
    "explain_line",
    "input_columns",
    "load_plan",
    "month_of",
    "parties",
    "prelude",
    "run_example",
    "statements",
    "unmatched_refunds",
    "window_of",
]
