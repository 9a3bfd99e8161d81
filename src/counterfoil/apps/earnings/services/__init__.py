"""The only writers of plans and commission runs."""

from counterfoil.apps.earnings.services.adjustments import (
    lock_adjustment,
    mark_adjustment_approved,
    mark_adjustment_refused,
    record_adjustment,
)
from counterfoil.apps.earnings.services.engines import (
    compute_duckdb,
    read_snapshot,
    write_snapshot,
)
from counterfoil.apps.earnings.services.plans import (
    name_party,
    publish_plan,
    save_plan,
    use_plan,
)
from counterfoil.apps.earnings.services.questions import record_act, record_question
from counterfoil.apps.earnings.services.rates import record_rates
from counterfoil.apps.earnings.services.runs import (
    approve_run,
    beneficiaries,
    freeze_input,
    mark_posted,
    record_run,
)
from counterfoil.apps.earnings.services.statements import (
    record_statement,
    statement_bytes,
    wait_for_statements,
)

__all__ = [
    "approve_run",
    "beneficiaries",
    "compute_duckdb",
    "freeze_input",
    "lock_adjustment",
    "mark_adjustment_approved",
    "mark_adjustment_refused",
    "mark_posted",
    "name_party",
    "publish_plan",
    "read_snapshot",
    "record_act",
    "record_adjustment",
    "record_question",
    "record_rates",
    "record_run",
    "record_statement",
    "save_plan",
    "statement_bytes",
    "use_plan",
    "wait_for_statements",
    "write_snapshot",
]
