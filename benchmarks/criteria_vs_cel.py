"""Criteria per second: our closures against the official C++ CEL, input conversion included.

    python benchmarks/criteria_vs_cel.py [--check] [--submissions N] [--rounds N]

The same 12 criteria over the same stored submission of 30 fields and 3 lines. Each engine starts
from the stored JSON and makes the input it wants. Ours compares exact money with its currency; CEL
has no money, so it is asked for both. How fast CEL is when it ignores the currencies is printed
too: another question, and the gate does not look at it. Rounds are interleaved and the median of
the ratios is printed. With --check the exit code is 1 when the ratio is below 3.
"""

import argparse
import platform
import statistics
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from cel_expr_python import cel

from counterfoil.core.criteria import (
    BOOL,
    DATE,
    DAYS,
    INT,
    MONEY,
    PERIOD,
    RATE,
    STR,
    MappingFacts,
    Outcome,
    Period,
    Schema,
    compile_expression,
    evaluate_all,
    list_of,
    record,
)
from counterfoil.core.money import Money

WANTED = 3
Judge = Callable[[dict[str, Any]], list[bool]]

STORED: dict[str, Any] = {
    "request_approved_on": "2026-02-02",
    "request_remaining": {"minor": 900_000, "currency": "EUR"},
    "activity": "event",
    "activity_start": "2026-02-09",
    "activity_end": "2026-02-10",
    "submitted_on": "2026-03-01",
    "supplied": "2026-02-09/2026-02-10",
    "claim_window": 30,
    "deposit_lead": 90,
    "reimbursement": 500_000,
    "payable": {"minor": 310_000, "currency": "EUR"},
    "requested": {"minor": 320_000, "currency": "EUR"},
    "auto_limit": {"minor": 50_000, "currency": "EUR"},
    "finance_limit": {"minor": 1_000_000, "currency": "EUR"},
    "proof_of_payment": {"minor": 250_000, "currency": "EUR"},
    "invoice_total": {"minor": 620_000, "currency": "EUR"},
    "other_funding": {"minor": 0, "currency": "EUR"},
    "partner_region": "EMEA",
    "partner_tier": "gold",
    "partner_status": "active",
    "supplier": "Messebau GmbH",
    "invoice_number": "2026-0117",
    "leads": 41,
    "attendees": 120,
    "logo_visible": True,
    "duplicate_invoice": False,
    "duplicate_evidence": False,
    "sampled": False,
    "internal_cost": False,
    "lines": [
        {"net": {"minor": 200_000, "currency": "EUR"}, "category": "booth"},
        {"net": {"minor": 120_000, "currency": "EUR"}, "category": "travel"},
        {"net": {"minor": 300_000, "currency": "EUR"}, "category": "booth"},
    ],
}

DATES = ("request_approved_on", "activity_start", "activity_end", "submitted_on")
AMOUNTS = tuple(name for name, value in STORED.items() if isinstance(value, dict))
SPANS = ("claim_window", "deposit_lead")

OURS = (
    "request_approved_on <= activity_start",
    "submitted_on <= activity_end + claim_window",
    "overlaps(supplied, activity_start, activity_end)"
    " || submitted_on >= request_approved_on - deposit_lead",
    "!duplicate_invoice && !duplicate_evidence",
    'activity in ["event", "digital_ads", "telemarketing"] && logo_visible',
    "payable <= finance_limit && payable <= request_remaining",
    "payable <= requested && requested <= invoice_total",
    "invoice_total > proof_of_payment || has(invoice_number)",
    'partner_region == "EMEA" && partner_status == "active" && partner_tier != "none"',
    "leads >= 10 && leads <= attendees * 2",
    'lines.all(l, l.net > 0.00 EUR && l.category in ["booth", "travel"])',
    "lines.exists(l, l.net <= auto_limit * 10) && !sampled && !internal_cost",
)


def same_question(one: str, op: str, other: str) -> str:
    """This will return the comparison of two amounts in CEL: nothing in different currencies."""
    return f"{one}.currency == {other}.currency && {one}.minor {op} {other}.minor"


BELONGS = (
    "supplied_start <= activity_end && activity_start <= supplied_end"
    " || submitted_on >= request_approved_on - deposit_lead"
)
THEIRS = (
    *OURS[:2],
    BELONGS,
    *OURS[3:5],
    f"{same_question('payable', '<=', 'finance_limit')}"
    f" && {same_question('payable', '<=', 'request_remaining')}",
    f"{same_question('payable', '<=', 'requested')}"
    f" && {same_question('requested', '<=', 'invoice_total')}",
    f'{same_question("invoice_total", ">", "proof_of_payment")} || invoice_number != ""',
    *OURS[8:10],
    'lines.all(l, l.net.currency == "EUR" && l.net.minor > 0'
    ' && l.category in ["booth", "travel"])',
    "lines.exists(l, l.net.currency == auto_limit.currency"
    " && l.net.minor <= auto_limit.minor * 10) && !sampled && !internal_cost",
)
BLIND = (
    *THEIRS[:5],
    *OURS[5:7],
    'invoice_total > proof_of_payment || invoice_number != ""',
    *OURS[8:10],
    'lines.all(l, l.net > 0 && l.category in ["booth", "travel"])',
    OURS[11],
)
"""The same without the currencies: an easier question, timed for information only."""


def our_engine() -> Judge:
    """This will return the function that judges one stored submission by our closures."""
    line = record("line", {"net": MONEY, "category": STR})
    types: dict[str, Any] = {"supplied": PERIOD, "lines": list_of(line), "reimbursement": RATE}
    types |= dict.fromkeys(DATES, DATE) | dict.fromkeys(AMOUNTS, MONEY)
    types |= dict.fromkeys(SPANS, DAYS)
    for name, value in STORED.items():
        kind = {bool: BOOL, int: INT, str: STR}.get(type(value))
        if kind is not None:
            types.setdefault(name, kind)
    schema = Schema(types)
    programs = [compile_expression(source, schema=schema) for source in OURS]

    passed = Outcome.PASS

    def judge(stored: dict[str, Any]) -> list[bool]:
        values = dict(stored)
        for name in DATES:
            values[name] = date.fromisoformat(stored[name])
        for name in AMOUNTS:
            amount = stored[name]
            values[name] = Money(amount["minor"], amount["currency"])
        start, _, end = stored["supplied"].partition("/")
        values["supplied"] = Period(date.fromisoformat(start), date.fromisoformat(end))
        values["lines"] = [
            {
                "net": Money(each["net"]["minor"], each["net"]["currency"]),
                "category": each["category"],
            }
            for each in stored["lines"]
        ]
        facts = MappingFacts(values)
        return [each.outcome is passed for each in evaluate_all(programs, facts)]

    return judge


def their_engine(sources: tuple[str, ...], *, blind: bool) -> Judge:
    """This will return the function that judges one stored submission by the C++ CEL.

    Amounts go in as stored, with their currency; with `blind` as whole minor units alone.
    """
    kind = cel.Type
    amount = kind.INT if blind else kind.Map(kind.STRING, kind.DYN)
    types = {"supplied_start": kind.TIMESTAMP, "supplied_end": kind.TIMESTAMP}
    types["lines"] = kind.List(kind.Map(kind.STRING, kind.DYN))
    types |= dict.fromkeys(DATES, kind.TIMESTAMP) | dict.fromkeys(AMOUNTS, amount)
    types |= dict.fromkeys(SPANS, kind.DURATION)
    for name, value in STORED.items():
        plain = {bool: kind.BOOL, int: kind.INT, str: kind.STRING}.get(type(value))
        if plain is not None and name != "supplied":
            types.setdefault(name, plain)
    env = cel.NewEnv(variables=types)
    expressions = [env.compile(source) for source in sources]

    def moment(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    def judge(stored: dict[str, Any]) -> list[bool]:
        values = dict(stored)
        for name in DATES:
            values[name] = moment(stored[name])
        for name in SPANS:
            values[name] = timedelta(days=stored[name])
        start, _, end = values.pop("supplied").partition("/")
        values["supplied_start"], values["supplied_end"] = moment(start), moment(end)
        if blind:
            for name in AMOUNTS:
                values[name] = stored[name]["minor"]
            values["lines"] = [
                {"net": each["net"]["minor"], "category": each["category"]}
                for each in stored["lines"]
            ]
        activation = env.Activation(values)
        return [each.eval(activation).value() is True for each in expressions]

    return judge


def rate_of(judge: Judge, submissions: int) -> float:
    """This will return how many submissions are judged in a second."""
    before = perf_counter()
    for _ in range(submissions):
        judge(STORED)
    return submissions / (perf_counter() - before)


def machine() -> str:
    """This will return what the figures were measured on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    model = models[0] if models else platform.processor()
    return f"{model}, {len(models) or 1} cores, Python {platform.python_version()}"


def main() -> int:
    """This will print the figures and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help=f"fail below {WANTED} times")
    parser.add_argument("--submissions", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=51)
    options = parser.parse_args()

    engines = {
        "counterfoil": our_engine(),
        "C++ CEL": their_engine(THEIRS, blind=False),
        "C++ CEL, blind to currencies": their_engine(BLIND, blind=True),
    }
    for name, judge in engines.items():
        if judge(STORED) != [True] * len(OURS):
            print(f"{name} answers {judge(STORED)}", file=sys.stderr)
            return 1
    rounds = [
        {name: rate_of(judge, options.submissions) for name, judge in engines.items()}
        for _ in range(options.rounds)
    ]
    print(machine())
    print(f"{len(OURS)} criteria, {len(STORED)} fields, {options.rounds} interleaved rounds")
    ratios = {}
    for name in engines:
        ratios[name] = statistics.median(each["counterfoil"] / each[name] for each in rounds)
        rate = statistics.median(each[name] for each in rounds)
        print(f"{name:<30}{rate:>10,.0f} submissions/s   ratio {ratios[name]:.2f}")
    print(f"at least {WANTED} times C++ CEL is wanted")
    return 1 if options.check and ratios["C++ CEL"] < WANTED else 0


if __name__ == "__main__":
    sys.exit(main())
