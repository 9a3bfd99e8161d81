"""The short cuts answer as the general steps do, at the edges where they hand over."""

from datetime import date, datetime

import pytest

from counterfoil.core.criteria import Known, MappingFacts, Missing, Reason, fused
from counterfoil.core.money import Money
from tests.core.criteria.support import CONTEXT, compiled, eur

RULES = (
    "leads > 3", "leads * 3 > 3", "payable * 3 > auto_limit", "payable <= auto_limit",
    "payable <= 5.00 EUR", "activity_end + claim_window > submitted_on",
    "activity_end - claim_window > submitted_on", "!sampled", "sampled == logo_visible",
    "partner.region in ['EMEA', 'APAC']", "partner.region == 'EMEA'", "claim_window > 3 days",
    "lines.all(l, l.net > 1.00 EUR)", "lines.exists(l, l.internal_cost == true)",
)  # fmt: skip
VALUES = {
    "leads": (3, 4, True, 2**31, 2**62, 2**63 - 1, -(2**63), 2**63, 3.5, "4"),
    "payable": (eur(500), eur(2**62), Money(500, "USD"), 500, "5.00 EUR"),
    "auto_limit": (eur(500), Money(542, "USD"), Money(500, "JPY")),
    "activity_end": (date(2026, 1, 1), date.max, date.min, datetime(2026, 1, 1), "2026-01-01"),
    "submitted_on": (date(2026, 1, 9),),
    "claim_window": (0, 3, 5_000_000, -(2**63), 10**30, True, "3"),
    "sampled": (True, False, 0, 1, "true"),
    "logo_visible": (True, False),
    "partner.region": ("EMEA", "x", "", 3),
    "lines": ([], [{}], [{"net": eur(500)}], [{"net": Money(500, "USD")}, 3], [{"net": 5}], 3,
              [{"internal_cost": True}], [{"internal_cost": 1}, {"net": Missing("n", "x")}]),
}  # fmt: skip


def answers():
    found = []
    for source in RULES:
        program = compiled(source)
        names = sorted(program.names)
        for at in range(12):
            facts = {name: VALUES[name][at % len(VALUES[name])] for name in names}
            for wrap in (lambda name, value: value, lambda name, value: Known(value, "F-1"),
                         lambda name, value: Missing(name, Reason.BELOW_FLOOR)):  # fmt: skip
                given = {name: wrap(name, value) for name, value in facts.items()}
                found.append((source, program.evaluate(MappingFacts(given, CONTEXT))))
    return found


@pytest.mark.parametrize("name", ["comparison", "arithmetic", "negation", "membership"])
def test_without_a_short_cut_every_answer_is_the_same(monkeypatch, name):
    quick = answers()

    monkeypatch.setattr(fused, name, lambda step, *runs: runs[-1])

    assert answers() == quick


def test_a_short_cut_that_forgets_the_currency_is_caught(monkeypatch):
    quick = answers()

    def blind(step, slow):
        name = step.operands[0].data
        return lambda env: getattr(env.values.get(name), "minor", 0) <= 500

    monkeypatch.setattr(fused, "comparison", blind)

    assert answers() != quick
