"""The list of races and crash points is whole, and its page says the same."""

from tests.conftest import ROOT
from tests.faults.races import MONEY, RACES, killers, page, points

PAGE = ROOT / "docs" / "explanation" / "crashes-and-races.md"


def test_at_least_forty_points_of_money_are_killed_by_a_test():
    money = [name for name in points() if name.startswith(MONEY)]

    assert [name for name in points() if not list(killers(name))] == []
    assert len(money) >= 40


def test_at_least_sixteen_kinds_of_race_have_a_test():
    absent = [
        test
        for _, file, test in RACES
        if f"def {test}(" not in (ROOT / "tests" / file).read_text("utf-8")
    ]

    assert absent == []
    assert len({test for _, _, test in RACES}) == len(RACES) >= 16


def test_the_page_lists_them_all():
    assert PAGE.read_text("utf-8") == page(), "write tests.faults.races.page() to it"
