"""Two versions differ in words exactly where they differ in their identity."""

import copy
from dataclasses import replace

import pytest

from counterfoil.apps.submissions.selectors.words import labels_of
from counterfoil.core.criteria import unparse
from counterfoil.core.criteria.mutants import mutants
from counterfoil.core.playbooks import load_playbook
from counterfoil.core.version_changes import Side, version_changes
from tests.submission_stock import shipped

TEXTS = shipped()
BOOKS = {name: load_playbook(text, file=name) for name, text in TEXTS.items()}
CLAIM = TEXTS["mdf-claim.yaml"]


def told(before, after, language="en"):
    return version_changes(
        before, after, language=language,
        labels_before=labels_of(before, language), labels_after=labels_of(after, language),
    )  # fmt: skip


def changed(*pairs):
    text = CLAIM
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return load_playbook(text, file="mdf-claim.yaml")


def leaves(node, path=()):
    """Yield the path of every value that is no mapping and no list."""
    if isinstance(node, dict | list):
        items = node.items() if isinstance(node, dict) else enumerate(node)
        for key, value in items:
            yield from leaves(value, (*path, key))
    else:
        yield path


def with_leaf(book, path, act):
    """Return the book with one value of its canonical form changed."""
    document = copy.deepcopy(dict(book.canonical))
    parent = document
    for key in path[:-1]:
        parent = parent[key]
    act(parent, path[-1])
    return replace(book, canonical=document)


def another(value):
    if isinstance(value, bool):
        return int(value)  # yes is not 1
    return value + 1 if isinstance(value, int) else f"{value} x"


@pytest.mark.parametrize("name", BOOKS)
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_version_does_not_differ_from_itself_nor_from_other_spelling(name, language):
    book = BOOKS[name]
    spelled = load_playbook(f"# said again\n{TEXTS[name]}\n", file="other.yaml")

    assert spelled.sha256 == book.sha256
    assert told(book, spelled, language) == ()


@pytest.mark.parametrize("name", BOOKS)
def test_a_value_that_is_changed_or_dropped_is_told_with_its_place(name):
    book = BOOKS[name]
    # All of them take a minute; every fourth still meets each part of the format.
    for path in list(leaves(dict(book.canonical)))[::4]:
        for act in (
            lambda parent, key: parent.__setitem__(key, another(parent[key])),
            lambda parent, key: parent.__delitem__(key),
        ):
            other = with_leaf(book, path, act)
            ids = [row.get("id") for row in other.canonical["criteria"]]
            if None in ids:
                continue  # no such file is read: a criterion needs its id
            if other.sha256 == book.sha256:
                continue
            found = told(book, other)
            assert found, path
            for each in found:
                assert each.path.split(".")[0] == str(path[0]), path
                assert each.place
                assert each.before != each.after, (path, each)
            if path[0] == "criteria":
                said = " ".join(each.place for each in found)
                assert other.canonical["criteria"][path[1]]["id"] in said, path


@pytest.mark.parametrize("name", BOOKS)
@pytest.mark.parametrize("language", ["en", "de"])
def test_every_near_miss_of_a_rule_is_told_under_its_criterion(name, language):
    book = BOOKS[name]
    tried = 0
    for number, criterion in enumerate(book.criteria):
        for _, tree in mutants(criterion.passes.program.tree):
            text = unparse(tree)
            if text == unparse(criterion.passes.program.tree):
                continue
            tried += 1
            other = with_leaf(
                book,
                ("criteria", number, "pass"),
                lambda parent, key, text=text: parent.__setitem__(key, text),
            )
            (found,) = told(book, other, language)
            assert found.path == f"criteria.{criterion.id}.pass"
            assert criterion.title.say(language) in found.place
            assert found.before != found.after
            assert found.side is Side.PARTNERS
    assert tried >= 10


def test_a_limit_with_a_new_value_names_its_title_and_its_day():
    other = changed(
        ("values: [{from: 2017-01-01, value: 30, reference: POL-7}]",
         "values: [{from: 2017-01-01, value: 30, reference: POL-7}, "
         "{from: 2027-01-01, value: 20, reference: POL-12}]"),
    )  # fmt: skip
    (english,), (german,) = (told(BOOKS["mdf-claim.yaml"], other, said) for said in ("en", "de"))

    assert english.place == "Limit “Days to claim after the activity”, from 2027-01-01"
    assert (english.before, english.after) == ("", "from: 2027-01-01; 20 days; reference: POL-12")
    assert german.place == "Grenze “Tage zur Abrechnung nach der Aktivität”, ab 2027-01-01"
    assert german.after == "ab: 2027-01-01; 20 Tage; Grundlage: POL-12"


def test_a_changed_rule_is_said_in_words_before_and_after():
    other = changed(
        (
            "pass: request.approved_on <= activity_start",
            "pass: request.approved_on < activity_start",
        )
    )
    (found,) = told(BOOKS["mdf-claim.yaml"], other)

    assert found.place == ("Criterion MDF-01 “The activity was approved before it started”, rule")
    assert "request" not in found.before
    assert "“Pre-approved on”" in found.before
    assert "“Pre-approved on”" in found.after


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("payable <= finance_limit, approvers_in_turn: [operations]",
         "payable <= finance_limit, approvers_in_turn: [team_lead]", "Routing, row, 2"),
        ("triage: 4 business hours", "triage: 5 business hours",
         "Times, ours, first look within"),
        ("design_owner: team_lead", "design_owner: leadership", "Who answers for the rules"),
        ("floor: {up_to: auto_limit, then: extracted, above: human_verified}",
         "floor: {up_to: auto_limit, then: human_verified, above: human_verified}",
         "Detail “Does the material show our current logo?”, must be established by, then"),
        ("title: {en: Does the material show our current logo?",
         "title: {en: Does it show our logo?",
         "Detail “Does it show our logo?”, title"),
    ],
)  # fmt: skip
def test_what_only_we_read_is_no_change_for_partners(old, new, place):
    (found,) = told(BOOKS["mdf-claim.yaml"], changed((old, new)))

    assert found.side is Side.US
    assert found.place == place


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("appeal: {within: 30 days}", "appeal: {within: 20 days}", "Appeal, within"),
        ("  received: claim-received", "  received: claim-got", "Letter “received”"),
        ("decision: 3 business days", "decision: 4 business days",
         "Times, ours, our answer within"),
        ("payment_order\n        code: NOT_PAID", "payment_order\n        code: NOT_AN_INVOICE",
         "Proof “Proof of payment”, does not count, payment order, reason"),
        ("print: {en: Printing and postage,", "print: {en: Printing,",
         "Choices “What was it for?”, print"),
    ],
)  # fmt: skip
def test_what_partners_meet_is_a_change_for_partners(old, new, place):
    (found,) = told(BOOKS["mdf-claim.yaml"], changed((old, new)))

    assert found.side is Side.PARTNERS
    assert found.place == place


def test_criteria_that_come_go_and_change_places_are_told_by_their_names():
    book = BOOKS["mdf-claim.yaml"]
    rows = book.canonical["criteria"]
    first, second, *others = rows
    added = replace(book, canonical={**book.canonical, "criteria": rows[1:]})
    turned = replace(book, canonical={**book.canonical, "criteria": [second, first, *others]})

    (came,) = told(added, book)
    assert (came.path, came.before) == ("criteria.MDF-01", "")
    assert "The activity was approved before it started" in came.after
    (gone,) = told(book, added)
    assert gone.after == ""
    (order,) = told(book, turned)
    assert order.path == "criteria.order"
    assert order.after.startswith("MDF-02, MDF-01")


def test_a_text_changed_in_another_language_than_the_reader_s_is_shown_as_written():
    other = changed(("de: Der Partner ist aktiv}", "de: Der Partner arbeitet mit}"))
    (found,) = told(BOOKS["mdf-claim.yaml"], other)

    assert found.before == "de: Der Partner ist aktiv"
    assert found.after == "de: Der Partner arbeitet mit"
