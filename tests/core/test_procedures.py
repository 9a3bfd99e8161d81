"""The procedure of an incentive type says what its playbook executes."""

import json
from dataclasses import replace

import pytest

from counterfoil.apps.submissions.selectors.words import labels_of
from counterfoil.core.playbooks import load_playbook
from counterfoil.core.playbooks.model import Ask
from counterfoil.core.procedures import procedure
from counterfoil.core.states import TRANSITIONS, State
from tests.submission_stock import shipped

BOOKS = {name: load_playbook(text, file=name) for name, text in shipped().items()}
CLAIM = BOOKS["mdf-claim.yaml"]


def procedure_of(book):
    return procedure(book, labels=labels_of(book, "en"))


def section(made, anchor):
    (found,) = [each for each in made.sections if each.anchor == anchor]
    return found


@pytest.mark.parametrize("name", BOOKS)
def test_a_procedure_says_every_route_clock_criterion_and_state(name):
    book = BOOKS[name]
    made = procedure_of(book)
    flow = json.dumps([each.to_json() for each in made.steps], ensure_ascii=False)

    (routed,) = [each for each in made.steps if each.who == "By the routing"]
    by_people = [each for each in book.routing if not each.automatic]
    assert len(routed.ways) == len(by_people)
    assert routed.ways[-1][0] == "Otherwise"
    alone = [who for _, who in made.steps[1].ways if who == "Approved without a person"]
    assert len(alone) == len(book.routing) - len(by_people)
    assert f"Within {book.sla.ours.decision} of" in flow
    assert f"Within {book.sla.partner.answer}" in flow
    assert ("May appeal" in flow) is (book.appeal is not None)
    assert book.sha256 in made.version
    assert [row[0] for row in section(made, "criteria").table.rows] == [
        each.id for each in book.criteria
    ]
    asked = [each for each in book.facts if each.ask is Ask.REVIEWER]
    assert len(section(made, "people").bullets) == len(asked)
    assert len(section(made, "letters").facts) == len(book.notices)
    assert len(section(made, "late").table.rows) == len(book.sla.ours.escalate)


def test_what_may_follow_a_state_is_the_table_of_states():
    rows = {row[0]: row for row in section(procedure_of(CLAIM), "states").table.rows}

    assert len(rows) == len(State)
    said = sum(len(row[2].split("; ")) for row in rows.values() if row[2] != "nothing")
    assert said == len(TRANSITIONS)
    assert rows["Withdrawn"][1:] == ("Nobody", "nothing")
    assert "Recall: draft" in rows["Submitted"][2]


def test_the_ways_of_a_claim_are_its_routing_in_words():
    made = procedure_of(CLAIM)
    (routed,) = [each for each in made.steps if each.who == "By the routing"]

    assert [who for _, who in routed.ways] == [
        "Incentive operations",
        "Incentive operations, then Finance, approves",
    ]
    assert "“Second approval by Finance above”" in routed.ways[0][0]
    assert made.steps[1].ways[0][1] == "Approved without a person"
    assert made.steps[2].by_when == "Within 3 business days of a complete submission"
    assert made.steps[3].ways[1] == ("No answer", "Closed with NO_RESPONSE")


def test_a_procedure_follows_its_version():
    without = procedure_of(replace(CLAIM, appeal=None))
    assert len(without.steps) == len(procedure_of(CLAIM).steps) - 1
    by_hand = procedure_of(replace(CLAIM, routing=CLAIM.routing[1:]))
    assert by_hand.steps[1].ways == (("Always", "A person reads it"),)
    review = replace(CLAIM.review, blind_second_ppm=25_000, stop_automation_above_ppm=10_000)
    looks = dict(section(procedure_of(replace(CLAIM, review=review)), "looks").facts)
    assert looks["Judged a second time, blind"] == "2.5%"
    assert looks["Automation stops when"] == "more than 1% of those are wrong"


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("mdf-request.yaml", "Reserves"),
        ("mdf-claim.yaml", "payable"),
        ("referral.yaml", "no money"),
    ],
)
def test_an_approval_does_what_its_kind_does(name, what):
    assert [each for each in procedure_of(BOOKS[name]).steps if what in each.what]
