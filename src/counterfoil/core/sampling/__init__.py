"""Samples that anybody can draw again, and what they prove: plans, draws, bounds, evaluations."""

from counterfoil.core.sampling.bounds import (
    clopper_pearson_upper,
    discovery_size,
    poisson_factor,
    stringer_bound,
    upper_deviations,
)
from counterfoil.core.sampling.drawing import (
    ALGORITHM,
    BadPlan,
    Drawn,
    Item,
    Method,
    Plan,
    draw,
    select,
)
from counterfoil.core.sampling.evaluation import Evaluation, Result, evaluate, promise

__all__ = [
    "ALGORITHM",
    "BadPlan",
    "Drawn",
    "Evaluation",
    "Item",
    "Method",
    "Plan",
    "Result",
    "clopper_pearson_upper",
    "discovery_size",
    "draw",
    "evaluate",
    "poisson_factor",
    "promise",
    "select",
    "stringer_bound",
    "upper_deviations",
]
