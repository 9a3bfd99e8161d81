"""Each near miss of a shipped rule is shown by an example; what is not is the same rule."""

from importlib.resources import files

import pytest
from hypothesis import given

from counterfoil.core.criteria import parse_expression, unparse
from counterfoil.core.criteria.mutants import mutants
from counterfoil.core.playbooks import Kind, check_publishable, load_playbook
from counterfoil.core.playbooks.mutants import strength_of
from tests.core.criteria.support import programs_with_has

SHIPPED = {
    file.name: file.read_text(encoding="utf-8")
    for file in (files("counterfoil.apps.playbooks") / "shipped").iterdir()
    if file.name.endswith(".yaml")
}
THE_SAME: dict[tuple[str, str, str], str] = {}
"""(file, criterion, rule as it would read) -> why it is the same rule in other words."""


@pytest.mark.parametrize("name", SHIPPED)
def test_every_near_miss_of_a_shipped_rule_is_shown_by_its_examples(name):
    playbook = load_playbook(SHIPPED[name], file=name)
    assert not check_publishable(playbook)
    found = strength_of(playbook)
    left = {(name, each.criterion, each.text): each.what for each in found.survivors}
    assert left.keys() == {key for key in THE_SAME if key[0] == name}, left
    assert found.tried >= 30


@pytest.mark.parametrize(
    ("example", "what"),
    [
        ("{name: {en: on the last day, de: am letzten Tag}, "
         "facts: {submitted_on: 2026-03-31, activity_end: 2026-03-01}}", "<= became <"),
        ("{name: {en: a day late, de: einen Tag zu spät}, "
         "facts: {submitted_on: 2026-04-01, activity_end: 2026-03-01}}", "bound + 1"),
    ],
)  # fmt: skip
def test_a_bound_without_an_example_beside_it_is_named(example, what):
    far = example.replace("03-31", "03-11").replace("04-01", "06-01")
    assert example in SHIPPED["mdf-claim.yaml"]
    text = SHIPPED["mdf-claim.yaml"].replace(example, far)
    found = strength_of(load_playbook(text, file="mdf-claim.yaml")).survivors
    assert f"pass: {what}" in [each.what for each in found if each.criterion == "MDF-02"]
    assert {each.criterion for each in found} == {"MDF-02"}


def test_a_dropped_clause_a_dropped_condition_and_a_shifted_limit_are_tried():
    claim = SHIPPED["mdf-claim.yaml"]
    blind = claim.replace(
        "        - {name: {en: date of payment not given, de: Zahlungsdatum fehlt}, "
        "facts: {line.net: 3000.00 USD, line.tax: 0.00 USD}, evidence: [{kind: payment_proof}]}\n",
        "",
    ).replace(
        "        - {name: {en: exactly the limit, de: genau die Grenze}, "
        "facts: {line.net: 2500.00 USD, line.tax: 0.00 USD}}",
        "        - {name: {en: small, de: klein}, "
        "facts: {line.net: 10.00 USD, line.tax: 0.00 USD}}",
    )
    found = {each.what for each in strength_of(load_playbook(blind, file="x")).survivors}
    assert "pass: clause 2 dropped" in found
    assert "proof_of_payment -1" in found


@given(programs_with_has)
def test_every_mutant_is_another_expression_that_reads_back(tree):
    for what, other in mutants(tree):
        assert what
        text = unparse(other)
        assert parse_expression(text) == other or "-" in text
        assert other != tree


def test_the_shipped_playbooks_show_at_least_two_hundred_cases():
    books = [load_playbook(text, file=name) for name, text in SHIPPED.items()]

    assert sum(len(each.examples) for book in books for each in book.criteria) >= 200
    influence = [book for book in books if book.kind is Kind.INFLUENCE_POP]
    assert len(influence) == 3
    assert all(len(book.criteria) >= 10 for book in influence)
