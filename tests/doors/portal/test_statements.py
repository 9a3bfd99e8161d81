"""A partner reads its statement, follows a figure to its lines, and takes the documents."""

from datetime import date

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from counterfoil.adapters.files_local import LocalFiles
from counterfoil.adapters.pdf_typst import TypstPdf
from counterfoil.apps.earnings.selectors import lines_of_statement
from counterfoil.apps.earnings.services import name_party, publish_plan, save_plan, use_plan
from counterfoil.apps.earnings.types import CENTRAL
from counterfoil.apps.programs.services import record_sales_lines
from counterfoil.apps.programs.types import SalesLineDraft
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.money import Money
from counterfoil.flows.issue_statements import issue_statements
from counterfoil.flows.run_commissions import (
    approve_commissions,
    post_commissions,
    run_commissions,
)
from counterfoil.foundation.acting import acting_as, staff
from tests.doors.portal.page import words
from tests.plan_stock import SHIPPED
from tests.submission_stock import CLAIMED

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def statement(world, tmp_path, monkeypatch):
    """January's statement of Paula's company: two sales and a refund."""
    store = LocalFiles(tmp_path / "store")
    given = {"evidence_store": store, "pdf": TypstPdf()}
    monkeypatch.setattr("counterfoil.interfaces.portal.statements.adapter", given.__getitem__)
    run = computed_month(world, store)
    with acting_as(staff()):
        for region in ("", CENTRAL):
            approve_commissions(run_id=run.public_id, region=region, by=world.checker, at=CLAIMED)
        post_commissions(run_id=run.public_id, by=world.checker, at=CLAIMED)
        issued = issue_statements(
            month="2026-01", store=store, pdf=TypstPdf(), by=world.finance, at=CLAIMED
        )
        (mine,) = [s for s in issued.statements if s.partner_id == world.partner_id]
    return mine


def sell_in_january(world):
    """This will record two sales and a refund of Paula's company."""
    lines = [
        SalesLineDraft(
            partner_id=world.partner_id, source_key=key, order_number=f"SO-{key}",
            sold_on=date(2026, 1, day), received_on=date(2026, 1, 31), quantity=1,
            amount=Money(minor, "USD"), kind=kind, category="Bikes", original_key=original,
        )
        for key, day, minor, kind, original in (
            ("L-1", 5, 2_400_000, "sale", ""),
            ("L-2", 9, 200_000, "sale", ""),
            ("L-3", 20, 100_000, "refund", "L-1"),
        )
    ]  # fmt: skip
    record_sales_lines(
        source="crm", lines=lines, import_run="imp", by=world.operations, at=CLAIMED
    )


def computed_month(world, store):
    """This will compute January's commissions of Paula's company: two sales and a refund."""
    text = (SHIPPED / "channel-commission.yaml").read_text(encoding="utf-8")
    with acting_as(staff()):
        saved = save_plan(source=text, code="channel-commission", by=world.finance, at=CLAIMED)
        publish_plan(version_id=saved.public_id, by=world.checker, at=CLAIMED)
        use = use_plan(
            plan_code="channel-commission", program="growth", by=world.checker, at=CLAIMED
        )
        name_party(
            use=use.public_id, partner_id=world.partner_id, party="distributor",
            beneficiary_id=world.other_partner_id, by=world.finance, at=CLAIMED,
        )  # fmt: skip
        sell_in_january(world)
        run = run_commissions(
            plan_code="channel-commission", program="growth", month="2026-01",
            received_until=date(2026, 1, 31), store=store, by=world.finance, at=CLAIMED,
        )  # fmt: skip
    return run


def test_the_statement_is_followed_from_the_list_to_the_calculation_of_a_line(paula, statement):
    page = reverse("portal:statement", args=[statement.public_id])
    figure = reverse("portal:figure", args=[statement.public_id, "USD-0"])
    with acting_as(staff()):
        second = lines_of_statement(statement)[1].sales_line
    line = reverse("portal:line", args=[statement.public_id, f"line-{second}"])

    listed = paula.get(reverse("portal:statements")).content.decode()
    shown = paula.get(page)
    below = paula.get(figure)
    told = paula.get(line)

    assert page in listed
    assert figure in shown.content.decode()
    assert "Share of others in your sales" in words(shown)
    assert "The sum of 2 lines" in words(below)
    assert line in below.content.decode()
    assert "3.3%" in words(told)
    assert "63.00 USD" in words(told)


def test_it_reads_in_german_as_well(world, paula, statement):
    get_user_model().objects.filter(pk=world.partner.user_pk).update(language="de")
    with acting_as(staff()):
        line = lines_of_statement(statement)[0].sales_line

    shown = words(paula.get(reverse("portal:statement", args=[statement.public_id])))
    figure = words(paula.get(reverse("portal:figure", args=[statement.public_id, "USD-0"])))
    told = words(paula.get(reverse("portal:line", args=[statement.public_id, f"line-{line}"])))

    assert "Januar 2026" in shown
    assert "Anteil anderer an Ihren Verkäufen" in shown
    assert "Wie diese Zahl zustande kam" in figure
    assert "Bemessung im Monat" in told
    assert "Einmal gerundet" in told


def test_the_files_are_those_that_were_issued(paula, statement):
    pdf = paula.get(reverse("portal:statement_pdf", args=[statement.public_id]))
    csv = paula.get(reverse("portal:statement_csv", args=[statement.public_id]))
    rows = csv.content.decode("utf-8-sig").splitlines()

    assert sha256_hex(pdf.content) == statement.pdf_sha256
    assert pdf.headers["Content-Disposition"].endswith('statement-2026-01-1.pdf"')
    assert sum(',"line",' in row for row in rows[1:]) == 3
    assert any('"L-3"' in row and "-1000.00" in row for row in rows)


def test_a_document_that_was_changed_on_the_disk_is_not_handed_out(paula, statement, monkeypatch):
    class Changed:
        def open(self, sha256):
            import io

            return io.BytesIO(b"%PDF-1.7 other")

    monkeypatch.setattr("counterfoil.interfaces.portal.statements.adapter", lambda name: Changed())
    paula.raise_request_exception = False
    answer = paula.get(reverse("portal:statement_pdf", args=[statement.public_id]))

    assert answer.status_code == 500


def test_another_partner_finds_nothing_behind_these_addresses(boris, statement):
    with acting_as(staff()):
        line = lines_of_statement(statement)[0].sales_line
    for name, *rest in (
        ("statement",), ("statement_pdf",), ("statement_csv",), ("figure", "USD-0"),
        ("line", f"line-{line}"),
    ):  # fmt: skip
        address = reverse(f"portal:{name}", args=[statement.public_id, *rest])
        assert boris.get(address).status_code == 404


def test_odd_figures_and_lines_are_absent(paula, statement):
    for figure in ("USD-99", "USD-", "EUR-0", "USD-00", "x"):
        address = reverse("portal:figure", args=[statement.public_id, figure])
        assert paula.get(address).status_code == 404
    for line in ("line-0", "line-x", "line-999999"):
        address = reverse("portal:line", args=[statement.public_id, line])
        assert paula.get(address).status_code == 404
