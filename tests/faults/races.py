"""Every kind of race over money, and the test in which exactly one wins; every crash point.

The page docs/explanation/crashes-and-races.md says the same; test_races.py keeps them together.
"""

import re
from collections.abc import Iterator

from tests.conftest import ROOT

LEDGER, PAYMENTS = "apps/ledger/test_races.py", "apps/payouts/test_payment_races.py"
BANK, RUNS = "faults/test_bank_kills.py", "faults/test_commission_kills.py"
RACES: tuple[tuple[str, str, str], ...] = (
    (
        "Twenty draw on a budget that lasts for ten",
        LEDGER,
        "test_twenty_requests_of_100_on_1000_let_exactly_ten_through",
    ),
    (
        "One entry posted sixteen times under one key",
        LEDGER,
        "test_sixteen_posts_under_one_key_make_one_entry",
    ),
    ("Batches that share keys", LEDGER, "test_batches_that_overlap_in_keys_post_each_key_once"),
    (
        "One entry reversed eight times",
        LEDGER,
        "test_an_entry_reversed_by_eight_at_once_is_reversed_once",
    ),
    ("One account made by many", LEDGER, "test_accounts_made_at_once_by_many_are_made_once"),
    (
        "A post and the closing of its month",
        LEDGER,
        "test_no_entry_commits_into_a_period_that_closes_meanwhile",
    ),
    ("One month of commissions run by four", RUNS, "test_runs_of_a_month_at_once_leave_one_draft"),
    ("One run posted by eight", RUNS, "test_eight_postings_at_once_post_once"),
    ("Held commission released by eight", RUNS, "test_eight_releases_at_once_release_once"),
    (
        "One adjustment approved by eight",
        RUNS,
        "test_of_eight_approvals_of_an_adjustment_one_posts",
    ),
    (
        "Approval and refusal of one adjustment",
        RUNS,
        "test_an_approval_and_a_refusal_of_an_adjustment_have_one_winner",
    ),
    ("One payable sealed by three", PAYMENTS, "test_two_seals_of_one_payable_give_one_file"),
    ("One file released by two", PAYMENTS, "test_two_releases_post_and_send_once"),
    ("A double click on release", PAYMENTS, "test_a_double_click_on_release_is_one_release"),
    (
        "Second approval and giving up",
        PAYMENTS,
        "test_a_second_approval_and_giving_up_have_one_winner",
    ),
    (
        "Two approvals of one person",
        PAYMENTS,
        "test_two_approvals_at_once_are_two_and_of_one_person_one",
    ),
    (
        "Change of bank details and release",
        PAYMENTS,
        "test_a_bank_change_and_a_release_never_pay_to_details_that_were_replaced",
    ),
    ("One file dispatched twice", PAYMENTS, "test_two_dispatches_give_one_file"),
    ("One payment debited twice", PAYMENTS, "test_two_debits_of_one_payment_post_once"),
    (
        "Debit and rejection of one payment",
        PAYMENTS,
        "test_a_debit_and_a_rejection_have_one_winner",
    ),
    (
        "Two proposals of bank details",
        PAYMENTS,
        "test_two_proposals_of_bank_details_have_one_winner",
    ),
    (
        "Approval and refusal of bank details",
        PAYMENTS,
        "test_an_approval_and_a_refusal_of_bank_details_have_one_winner",
    ),
    ("Hold and seal of one payable", PAYMENTS, "test_a_hold_and_a_seal_have_one_winner"),
    ("One bank file read by four", BANK, "test_one_file_read_by_four_at_once_is_taken_once"),
    ("Four reconciliations", BANK, "test_four_runs_at_once_match_each_line_once"),
    (
        "Two people explain one bank line",
        BANK,
        "test_of_two_people_who_explain_one_line_one_wins",
    ),
    ("One match undone twice", BANK, "test_of_two_undos_of_one_match_one_wins"),
)
MONEY = ("commissions.", "adjustment.", "pay.", "bank.")
"""What the names of points of run, batch, release, dispatch, answers and reconcile begin with."""
_POINT = re.compile(r'\bpoint\("([a-z_.]+)"\)')


def points() -> dict[str, str]:
    """This will map each crash point that the source names to the file it stands in."""
    source = ROOT / "src" / "counterfoil"
    return {
        name: str(path.relative_to(source))
        for path in sorted(source.rglob("*.py"))
        for name in _POINT.findall(path.read_text("utf-8"))
    }


def killers(name: str) -> Iterator[str]:
    """This will list the test files that kill the process at a point."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        if f'"{name}"' in path.read_text("utf-8"):
            yield str(path.relative_to(ROOT / "tests"))


def page() -> str:
    """This will write the page of crashes and races."""
    crashes = "".join(
        f"| `{name}` | `{path}` | {', '.join(f'`{each}`' for each in killers(name))} |\n"
        for name, path in sorted(points().items())
    )
    races = "".join(f"| {what} | `{file}::{test}` |\n" for what, file, test in RACES)
    return (
        "# Crashes and races\n\n"
        "What moves money is killed and raced on purpose. At each named point a test runs an act "
        "in a process of its own, which dies there as by `kill -9`; then the world is sound, the "
        "act is done again, and it counts once. PostgreSQL itself is killed ten times under "
        "posting (`faults/test_database_kills.py`) and under the running product "
        "(`faults/test_lifecycle.py`).\n\n"
        "## Points at which a process is killed\n\n"
        "| point | in | killed by |\n| --- | --- | --- |\n" + crashes + "\n"
        "## Races\n\nIn each, exactly the right ones win.\n\n"
        "| race | test |\n| --- | --- |\n" + races
    )
