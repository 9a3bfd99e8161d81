"""Plans, runs and statements from the command line: exit codes, JSON, dry runs, named places."""

import json
from datetime import date

import pytest

from counterfoil.apps.audit.models import Event
from counterfoil.apps.earnings.models import PlanVersion
from counterfoil.apps.programs.services import record_sales_lines
from counterfoil.apps.programs.types import SalesLineDraft
from counterfoil.core.money import Money
from counterfoil.foundation.acting import acting_as, staff
from tests.plan_stock import SHIPPED
from tests.submission_stock import CLAIMED

pytestmark = [pytest.mark.db, pytest.mark.django_db]
FILE = SHIPPED / "channel-commission.yaml"
OLIVE, LENA = "olive@vendor.example", "lena@vendor.example"
MAX, CHRIS = "max@vendor.example", "chris@vendor.example"


def written():
    with acting_as(staff()):
        return Event.objects.count()


def only(answer, code=0):
    assert answer.code == code, answer.err or answer.out
    return json.loads(answer.out) if answer.out.startswith(("{", "[")) else answer.out


@pytest.fixture
def published(counterfoil, world):
    """The shipped plan, published by a second person and in use in the program."""
    saved = only(counterfoil("plans", "save", FILE, "--as", MAX, "--json"))
    only(counterfoil("plans", "publish", saved["public_id"], "--as", CHRIS))
    only(counterfoil("plans", "use", "channel-commission", "--program", "growth", "--as", CHRIS))
    with acting_as(staff()):
        lines = [
            SalesLineDraft(
                partner_id=world.partner_id, source_key=key, order_number=key,
                sold_on=date(2026, 1, 9), received_on=date(2026, 1, 9), quantity=1,
                amount=Money(minor, "USD"), category="Bikes",
            )
            for key, minor in (("L-1", 2_400_000), ("L-2", 200_000))
        ]  # fmt: skip
        record_sales_lines(
            source="crm", lines=lines, import_run="imp", by=world.operations, at=CLAIMED
        )
    return saved["public_id"]


def run_of(counterfoil, *more):
    return counterfoil(
        "commissions", "run", "--plan", "channel-commission", "--program", "growth",
        "--month", "2026-01", "--received-until", "2026-01-31", "--as", MAX, *more,
    )  # fmt: skip


def posted(counterfoil):
    run = only(run_of(counterfoil, "--json"))["run"]["public_id"]
    only(counterfoil("commissions", "approve", run, "--region", "", "--as", LENA))
    only(counterfoil("commissions", "approve", run, "--as", CHRIS))
    only(counterfoil("commissions", "post", run, "--as", CHRIS))
    return run


def test_a_good_plan_is_checked_without_a_database(counterfoil):
    told = only(counterfoil("plans", "check", FILE, "--json"))

    assert told["plan"] == "channel-commission"
    assert told["problems"] == []
    assert len(told["examples"]) == 4


def test_a_mistake_is_named_by_file_line_and_column(counterfoil, tmp_path):
    file = tmp_path / "broken.yaml"
    text = FILE.read_text(encoding="utf-8")
    file.write_text(text.replace("cap: 10000.00 USD", "cap: ten thousand"), encoding="utf-8")
    line = text[: text.index("cap: 10000.00 USD")].count("\n") + 1

    answer = counterfoil("plans", "check", file)
    told = counterfoil("plans", "check", file, "--json")

    assert answer.code == told.code == 1
    assert f"broken.yaml:{line}:" in answer.err
    assert json.loads(told.out)["problems"][0]["line"] == line


def test_an_example_that_comes_out_otherwise_is_named_where_it_stands(counterfoil, tmp_path):
    file = tmp_path / "other.yaml"
    text = FILE.read_text(encoding="utf-8")
    file.write_text(text.replace("partner: 704.70 USD", "partner: 704.71 USD"), encoding="utf-8")
    line = text[: text.index("partner: 704.70 USD")].count("\n") + 1

    answer = counterfoil("plans", "check", file)

    assert answer.code == 1
    assert f"other.yaml:{line}:" in answer.err
    assert "704.70 USD" in answer.err


def test_a_dry_run_saves_publishes_and_computes_nothing(counterfoil, world, published):
    before = written()

    only(counterfoil("plans", "save", FILE, "--as", MAX, "--dry-run"))
    only(run_of(counterfoil, "--dry-run"))

    assert written() == before
    with acting_as(staff()):
        assert PlanVersion.objects.count() == 1


def test_the_writer_of_a_plan_may_not_publish_it(counterfoil, world):
    saved = only(counterfoil("plans", "save", FILE, "--as", MAX, "--json"))

    refused = counterfoil("plans", "publish", saved["public_id"], "--as", MAX)

    assert refused.code == 1
    assert "finance_checker" in refused.err


def test_a_draft_with_a_mistake_is_kept_and_not_published(counterfoil, world, tmp_path):
    file = tmp_path / "channel-commission.yaml"
    file.write_text(FILE.read_text("utf-8").replace("90%", "91%"), encoding="utf-8")

    saved = only(counterfoil("plans", "save", file, "--as", MAX, "--json"))
    refused = counterfoil("plans", "publish", saved["public_id"], "--as", CHRIS)

    assert saved["problems"]
    assert refused.code == 1
    assert "channel-commission.yaml:" in refused.err


def test_a_month_is_run_approved_posted_and_explained(counterfoil, published):
    told = only(run_of(counterfoil, "--json"))
    run = told["run"]["public_id"]
    early = counterfoil("commissions", "post", run, "--as", CHRIS)
    only(counterfoil("commissions", "approve", run, "--region", "", "--as", LENA))
    only(counterfoil("commissions", "approve", run, "--as", CHRIS))
    done = only(counterfoil("commissions", "post", run, "--as", CHRIS, "--json"))
    explained = only(counterfoil("commissions", "explain", run, "L-2", "--json"))
    absent = counterfoil("commissions", "explain", run, "L-9")
    again = only(counterfoil("commissions", "replay", run, "--engine", "reference", "--json"))
    unknown = counterfoil("commissions", "replay", run, "--engine", "excel")

    assert again[0]["is_same"]
    assert unknown.code == 1
    assert "duckdb, reference, spark" in unknown.err
    assert told["run"]["total"] == {"minor": 78_300, "currency": "USD"}
    assert early.code == 1
    assert "still needs the approval" in early.err
    assert done["state"] == "posted"
    assert explained[0]["line"]["commission"]["minor"] == 6_300
    assert absent.code == 1


def test_statements_are_issued_shown_explained_and_written(counterfoil, published, tmp_path):
    posted(counterfoil)
    due = only(counterfoil("statements", "due", "--month", "2026-01", "--json"))
    dry = counterfoil("statements", "issue", "--month", "2026-01", "--as", MAX, "--dry-run")
    done = only(counterfoil("statements", "issue", "--month", "2026-01", "--as", MAX, "--json"))
    statement = done["issued"][0]["public_id"]
    shown = only(counterfoil("statements", "show", statement))
    figure = only(counterfoil("commissions", "explain", statement, "USD-0", "--json"))
    line = only(counterfoil("commissions", "explain", statement, "L-2", "--json"))
    absent = counterfoil("commissions", "explain", statement, "USD-9")
    out = tmp_path / "statement.pdf"
    pdf = counterfoil("statements", "pdf", statement, "--out", out)

    assert len(due) == 1
    assert dry.code == 0
    assert (len(done["issued"]), done["left"]) == (1, 0)
    assert "USD-0" in shown
    assert sum(each["commission"]["minor"] for each in figure["lines"]) == 78_300
    assert line[0]["line"]["commission"]["minor"] == 6_300
    assert absent.code == 1
    assert done["issued"][0]["pdf_sha256"] in pdf.err
    assert out.read_bytes().startswith(b"%PDF-")
    assert only(counterfoil("statements", "list", "--month", "2026-01", "--json"))


def test_misuse_is_two(counterfoil):
    assert counterfoil("commissions", "run").code == 2
    assert counterfoil("statements", "issue").code == 2
    assert counterfoil("plans", "nothing").code == 2
