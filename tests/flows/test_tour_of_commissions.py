"""The commissions of the tour on a small slice of the real files, and faults that it must see.

The 35 months run in `make nightly` (test_tour.py).
"""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import transaction

from counterfoil.apps.earnings.selectors import shares_of_run
from counterfoil.apps.earnings.services import engines
from counterfoil.core.bankfiles.reading import read_bank_file
from counterfoil.flows.run_commissions import run_commissions
from counterfoil.foundation.acting import acting_as, staff
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.cli.setup_keys import ensure_keys
from counterfoil.interfaces.cli.tour import commission_tour
from counterfoil.interfaces.cli.tour.channel import (
    CORRECTION_HEADING,
    Played,
    bring_sales,
    sales_rows,
    set_the_stage,
    write_corrections,
)
from counterfoil.interfaces.cli.tour.commission_apart import commissions_apart
from counterfoil.interfaces.cli.tour.commission_ending import agrees

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "adventureworks"
pytestmark = [
    pytest.mark.db,
    pytest.mark.skipif(
        not DATA.is_dir(), reason="the AdventureWorks files are not at ../shared/data"
    ),
]
MONTHS = ("2017-07", "2017-08")
SELLERS = frozenset({"166", "301", "422", "638"})
"""A bike shop and a warehouse that is its distributor, in France and in the United States."""
RATE_MONTHS = ("2011-06", "2011-07", "2011-08")
A_YEAR = timedelta(days=365)


class PlainReader:
    """Reads in this process: the sandbox has its own tests."""

    def read(self, content, *, file, mapping=None):
        return read_bank_file(content, file=file, mapping=mapping)


def slice_of(folder: Path) -> None:
    """Two months of a few resellers, moved back by a year, for the sales in euros begin late."""
    for name in ("products.csv", "dw_DimReseller.csv", "dw_DimCurrency.csv"):
        (folder / name).write_bytes((DATA / name).read_bytes())
    rates = (DATA / "dw_FactCurrencyRate.csv").read_text().splitlines(keepends=True)
    wanted = [
        row for row in rates if row[:3] in {"36|", "100"} and row.split("|")[4][:7] in RATE_MONTHS
    ]
    (folder / "dw_FactCurrencyRate.csv").write_text("".join(wanted))
    for name in ("resellers.csv", "reseller_sales.csv"):
        with (DATA / name).open(newline="") as file, (folder / name).open("w", newline="") as out:
            reader = csv.DictReader(file)
            writer = csv.DictWriter(out, reader.fieldnames or [])
            writer.writeheader()
            for row in reader:
                if row["ResellerKey"] not in SELLERS:
                    continue
                if "OrderDate" in row:
                    if not "2018-07" <= row["OrderDate"] < "2018-09":
                        continue
                    row["OrderDate"] = str(date.fromisoformat(row["OrderDate"]) - A_YEAR)
                writer.writerow(row)


@pytest.fixture
def slice_tour(tmp_path, own_database, settings, monkeypatch):
    """The tour's two months on the slice, played to the end in a database of its own."""
    folder = tmp_path / "data"
    folder.mkdir()
    slice_of(folder)
    adapters = dict(settings.COUNTERFOIL_ADAPTERS)
    for port, (path, given) in adapters.items():
        kept = {name: tmp_path / port for name in ("root", "folder") if name in given}
        adapters[port] = (path, {**given, **kept})
    adapters["bank_reader"] = (f"{__name__}.PlainReader", {})
    settings.COUNTERFOIL_ADAPTERS = adapters
    adapter.cache_clear()
    ensure_keys()
    monkeypatch.setattr(commission_tour, "LAST_ROUNDS", 2)
    played = Played()
    stage = set_the_stage(folder, played)
    corrections = write_corrections(sales_rows(folder), seed=1)
    bring_sales(stage, folder, corrections, played)
    commission_tour.play_commissions(
        stage, folder, played, corrections, months=len(MONTHS), seed=1
    )
    yield stage, folder, played, CORRECTION_HEADING + "".join(c.text for c in corrections)
    adapter.cache_clear()


def test_a_slice_of_the_tour_ends_with_every_statement_true_and_sees_planted_faults(
    slice_tour, monkeypatch
):
    stage, folder, played, text = slice_tour
    assert [(s.says, s.exceptions) for s in played.statements if not s.is_true] == []
    assert len(played.statements) >= 12

    apart = commissions_apart(
        folder, text, distributors={"301": "638", "422": "166"}, months=MONTHS
    )
    assert {currency for currency, _, _ in apart} == {"EUR", "USD"}
    assert agrees(apart, apart).is_true
    for key, minor in apart.items():
        assert not agrees(apart | {key: minor + 1}, apart).is_true
    assert not agrees(dict(list(apart.items())[1:]), apart).is_true

    sold = engines.statements
    monkeypatch.setattr(
        engines, "statements", lambda *a: [s.replace("THEN 6 ", "THEN 7 ") for s in sold(*a)]
    )
    keys = {"166", "422"}
    with acting_as(staff()), transaction.atomic():
        run = run_commissions(
            plan_code="channel-commission", program=stage.program, month="2017-07",
            received_until=date(2020, 12, 31), store=stage.store,
            by=stage.cast.one("finance_maker"), at=commission_tour.utc(date(2020, 12, 31), 9),
        )  # fmt: skip
        earned = sum(share.earned.minor for share in shares_of_run(run.public_id))
    assert earned != sum(apart.get(("USD", "2017-07", key), 0) for key in keys)
