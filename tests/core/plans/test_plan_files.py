"""Plan files: what is read, what is refused with its place, what keeps them from publication."""

from dataclasses import replace

import pytest

from counterfoil.core.canonical import canonical_json
from counterfoil.core.plans import (
    DUCKDB,
    TooLarge,
    check_publishable,
    evaluate,
    explain_line,
    load_plan,
    statements,
)
from counterfoil.core.plans.explain import format_fraction
from counterfoil.core.playbooks import PlaybookInvalid
from tests.plan_stock import SHIPPED, plan, sale, shipped

TEXT = (SHIPPED / "channel-commission.yaml").read_text(encoding="utf-8")


def problems(text: str) -> str:
    with pytest.raises(PlaybookInvalid) as caught:
        load_plan(text, file="plan.yaml")
    return str(caught.value)


def test_the_shipped_plan_may_be_published() -> None:
    assert check_publishable(shipped()) == []


def test_comments_quotes_and_the_order_of_keys_change_no_identity() -> None:
    other = "# a note\n" + TEXT.replace("zone: America/Los_Angeles", "zone: 'America/Los_Angeles'")
    other = other.replace("rate: 3%", "rate: 3.00%")
    assert load_plan(other, file="other.yaml").sha256 == shipped().sha256
    assert load_plan(TEXT.replace("rate: 3%", "rate: 3.1%"), file="x").sha256 != shipped().sha256


def test_a_plan_reads_back_from_its_canonical_form() -> None:
    again = load_plan(canonical_json(shipped().to_canonical()).decode(), file="canonical")
    assert again == shipped()
    assert again.sha256 == shipped().sha256


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("currency: USD", "currency: USX", "plan.yaml:4:11: currency: 'USX' is not a currency"),
        ("rounding: half_even", "rounding: nearest", "'nearest' is not a rounding mode"),
        ("zone: America/Los_Angeles", "zone: Mars/Base", "'Mars/Base' is no time zone."),
        ("cap: 10000.00 USD", "cap: 10000.00 EUR", "The plan counts in USD, not EUR."),
        ("cap: 10000.00 USD", "cap: 10000.005 USD", "is not an amount of money"),
        ("cap: 10000.00 USD", "cap: 1.00 USD\n    floor: 2.00 USD", "The floor is above the cap."),
        ("{category: Bikes}, rate", "{categry: Bikes}, rate", "There is no 'categry' here."),
        ("from: 25000.00 USD", "from: 250000.00 USD", "Bands rise."),
        ("from: 0.00 USD", "from: 1.00 USD", "The first band is from 0."),
        ("times: 110%", "times: 1101%", "'1101%' is no factor."),
        ("share: 10%", "share: 11%", "The shares are not 100% together."),
        ("party: partner,", "party: seller,", "The first party is 'partner'"),
        ("measure: month", "measure: fortnight", "'fortnight' is not a window."),
        ("hold_days: 30", "hold_days: 30 days", "'30 days' is not a whole number."),
        ("hold_days: 30", "holddays: 30", "Did you mean hold_days?"),
        ("effective: {from: 2017-07-01}", "effective: {from: 2017-02-30}", "is not a day"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(old: str, new: str, said: str) -> None:
    assert old in TEXT
    found = problems(TEXT.replace(old, new, 1))
    assert said in found
    assert found.startswith("plan.yaml:")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("partner: 36.90 USD", "partner: 36.91 USD", "earns 36.90 USD for the partner"),
        ("when: {category: Components}", "when: {category: Bikes}", "No line reaches this row"),
        ("most_lines: 100000000", "most_lines: 100000000000", "does not fit 64 bits"),
        ("sold: 2017-07-03, amount: 1000.00", "sold: 2016-07-03, amount: 1000.00", "in effect"),
        ("amount: 111.11 USD, refunds: 1", "amount: 111.11 USD, refunds: 9", "not in the example"),
    ],
)
def test_what_keeps_a_plan_from_being_published(old: str, new: str, said: str) -> None:
    found = check_publishable(load_plan(TEXT.replace(old, new, 1), file="plan.yaml"))
    assert any(said in str(problem) for problem in found), found


def test_bounds_whose_products_no_engine_holds_are_refused() -> None:
    huge = load_plan(TEXT.replace("most_lines: 100000000", "most_lines: 100000000000"), file="x")
    with pytest.raises(TooLarge):
        statements(huge, DUCKDB)


@pytest.mark.parametrize("cut", range(0, len(TEXT), 97))
def test_a_truncated_file_is_refused_and_never_breaks(cut: int) -> None:
    try:
        read = load_plan(TEXT[:cut], file="plan.yaml")
    except PlaybookInvalid:
        return
    assert check_publishable(read) or read.examples


def test_a_figure_is_explained_by_its_own_numbers() -> None:
    made = shipped()
    lines = [sale(1, 20240101, 2_400_000, "Bikes"), sale(2, 20240102, 200_000, "Bikes")]
    steps = explain_line(made, evaluate(made, lines).lines[1], is_refund=False)
    assert [step.result for step in steps] == [
        "26000.00 USD", "30.00 USD", "33.00 USD", "63.00 USD",
        "partner 56.70 USD, distributor 6.30 USD",
    ]  # fmt: skip
    assert "3.3%" in steps[2].calculation
    assert plan().shares[0].ppm == 1_000_000


@pytest.mark.parametrize(
    ("currency", "n", "shown"),
    [
        ("USD", 3_000 * 10**12, "30.00"),
        ("USD", 1, "0.00000000000001"),
        ("USD", 12_345 * 10**11, "12.345"),
        ("USD", -5 * 10**11, "-0.005"),
        ("JPY", 70 * 10**12, "70"),
        ("JPY", 705 * 10**11, "70.5"),
        ("KWD", 1_500 * 10**12, "1.500"),
    ],
)
def test_an_exact_amount_has_all_digits_of_its_currency_and_more_if_any(
    currency: str, n: int, shown: str
) -> None:
    assert format_fraction(replace(shipped(), currency=currency), n) == f"{shown} {currency}"
