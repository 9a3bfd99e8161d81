"""The main job on real input: the tour ends with all its statements true.

A short tour of the funds runs here; the whole one (2,000 submissions, then 35 months of
commissions) runs in `make nightly`.
"""

import csv
import json
import os
import subprocess
import sys
from collections import defaultdict
from datetime import date
from fractions import Fraction
from io import StringIO
from pathlib import Path

import pytest

from counterfoil.interfaces.cli.tour.channel import (
    CORRECTION_HEADING,
    sales_rows,
    write_corrections,
)

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "adventureworks"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900 if os.environ.get("COUNTERFOIL_TOUR_PART") is None else 10_800),
    pytest.mark.skipif(
        not DATA.is_dir(), reason="the AdventureWorks files are not at ../shared/data"
    ),
]
QUARTERS = 2
PART = os.environ.get("COUNTERFOIL_TOUR_PART", "funds")
SUBMISSIONS = int(os.environ.get("COUNTERFOIL_TOUR_SUBMISSIONS", "60"))


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    home = tmp_path_factory.mktemp("tour")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DATABASE_")}
    environment |= {"COUNTERFOIL_HOME": str(home), "COUNTERFOIL_DEMO": "1"}
    done = subprocess.run(
        [
            sys.executable, "-m", "counterfoil.config.entry", "tour", "adventureworks", str(DATA),
            "--submissions", str(SUBMISSIONS), "--quarters", str(QUARTERS), "--part", PART,
            "--json",
        ],
        env=environment, capture_output=True, text=True,
        timeout=850 if PART == "funds" else 10_500,
    )  # fmt: skip
    assert done.stdout, done.stderr[-3000:]
    return done.returncode, json.loads(done.stdout)


def test_the_tour_ends_with_every_statement_true(report):
    returncode, told = report

    assert [s["says"] for s in told["statements"] if not s["is_true"]] == []
    assert len(told["statements"]) >= (11 if PART == "funds" else 20)
    assert returncode == 0


def test_every_kind_of_fault_was_planted(report):
    stopped = next(s for s in report[1]["statements"] if s["says"].startswith("Every planted"))

    for fault in ("late", "reused_invoice", "wrong_period", "missing_proof", "over_preapproval"):
        assert f" {fault}" in stopped["counted"]
    assert " self_dealing" in stopped["counted"]


def test_earned_funds_agree_with_arithmetic_of_another_kind(report):
    base: dict[tuple[str, str], Fraction] = defaultdict(Fraction)

    def add(partner: str, day: str, amount: str, sign: int) -> None:
        on = date.fromisoformat(day)
        base[f"{on.year}-Q{(on.month + 2) // 3}", partner] += sign * Fraction(amount)

    with (DATA / "reseller_sales.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            add(row["ResellerKey"], row["OrderDate"], row["SalesAmount"], 1)
    corrections = write_corrections(sales_rows(DATA), seed=1)
    good = CORRECTION_HEADING + "".join(c.text for c in corrections if c.sold_on)
    for row in csv.DictReader(StringIO(good)):
        sign = -1 if row["Kind"] == "refund" else 1
        add(row["ResellerKey"], row["OrderDate"], row["Amount"], sign)

    earned: dict[str, Fraction] = defaultdict(Fraction)
    for (period, _), amount in base.items():
        if amount > 0:
            # Python rounds a Fraction half to even.
            earned[period] += Fraction(round(amount * 2), 100)
    figures = report[1]["figures"]
    shown = {k.removeprefix("Earned in "): v for k, v in figures.items() if k.startswith("Earned")}
    assert len(shown) == QUARTERS
    for period, text in shown.items():
        assert Fraction(text.removesuffix(" USD")) == earned[period], period
