"""What stands against publication, and that the shipped playbooks publish."""

from datetime import date

import pytest

from counterfoil.core.playbooks import Problem, check_publishable, load_playbook, run_examples
from counterfoil.core.playbooks.examples import weekdays_only
from tests.core.playbooks.support import NAMES, SMALL, shipped, shipped_text, small

STANDS_AGAINST = {
    "fail example that passes": (
        "facts: {submitted_on: 2026-04-01,",
        "facts: {submitted_on: 2026-03-31,¦",
        'Example "a day late" passes, and it is listed under fail.',
    ),
    "what the example read": (
        "facts: {submitted_on: 2026-04-01,",
        "facts: {submitted_on: 2026-03-31,¦",
        "submitted_on is 2026-03-31",
    ),
    "example that lacks a detail": (
        "{activity: event, logo: true}",
        "{activity: event}¦",
        "is unknown, and it is listed under pass. It lacks logo.",
    ),
    "example below the floor": (
        "{activity: event, logo: true}",
        "{activity: event, logo: {value: true, provenance: extracted}}¦",
        "is unknown",
    ),
    "no failing example": (
        "      fail: [{name: {en: used}, facts: {line.duplicate_invoice: true}}]\n",
        "",
        "S-02 has no example that should fail",
    ),
    "no passing example": (
        "      pass: [{name: {en: new}, facts: {line.duplicate_invoice: false}}]\n",
        "",
        "S-02 has no example that should pass",
    ),
    "text of a language missing": ("languages: [en]", "languages: [en, de]", "missing in de"),
    "text of a strange language": (
        "title: {en: A small claim}",
        "title: {en: A small claim, de: Antrag}¦",
        "de is not among the languages",
    ),
    "code that nobody explains": (
        "fail: {code: LATE,",
        "fail: {code: LATER,¦",
        "There is no reason code LATER. Did you mean LATE?",
    ),
    "code of a clock": ("close: NO_ANSWER", "close: SILENCE¦", "There is no reason code SILENCE"),
    "code that nothing gives": (
        "  OUT: {group",
        "  NEVER: {group: policy, text: {en: Never}}¦\n  OUT: {group",
        "Nothing gives the code NEVER",
    ),
    "row behind a wider limit": (
        "    - {when: payable <= large, approvers_in_turn: [operations]}\n",
        "    - {when: payable <= large, approvers_in_turn: [operations]}\n"
        "    - {when: small >= payable, approvers_in_turn: [team_lead]}¦\n",
        "Never reached: line 131",
    ),
    "row behind the same condition": (
        "    - {when: payable <= large, approvers_in_turn: [operations]}\n",
        "    - {when: payable <= large, approvers_in_turn: [operations]}\n"
        "    - {when: payable <= large && logo, approvers_in_turn: [team_lead]}¦\n",
        "Never reached",
    ),
    "row behind true": (
        "    - {when: payable <= large, approvers_in_turn: [operations]}\n",
        '    - {when: "true", approvers_in_turn: [operations]}\n'
        "    - {when: payable <= large, approvers_in_turn: [team_lead]}¦\n",
        "Never reached",
    ),
    "approval of what is not qualified": (
        'when: outcome == "qualified" && payable <= small',
        "when: payable <= small¦",
        "may approve only what is qualified",
    ),
    "lines nobody takes out": (
        "    - {code: OUT, take_out: lines_not_passed, title: {en: Lines out}}\n",
        "",
        "no step takes out",
    ),
    "parameter nobody reads": (
        "lists:\n",
        "  spare: {type: days, values: [{from: 2026-01-01, value: 3, reference: R}]}¦\nlists:\n",
        "No rule reads this parameter",
    ),
    "question nobody reads": (
        "lines:\n",
        "  spare: {type: bool, ask: reviewer, title: {en: Well?}}¦\nlines:\n",
        "No criterion reads the answer",
    ),
    "piece nobody asks for": (
        "      count: {as: fact",
        "      spare: {as: file, title: {en: Spare}}¦\n      count: {as: fact",
        "No choice asks for this piece",
    ),
    "link where none is accepted": ("[image, link]", "[image]¦", "links are not accepted"),
}


def findings(old: str, new: str) -> tuple[list[Problem], int | None]:
    text = SMALL.replace(old, new, 1)
    line = text[: text.index("¦")].count("\n") + 1 if "¦" in text else None
    return check_publishable(load_playbook(text.replace("¦", ""), file="small.yaml")), line


@pytest.mark.parametrize("name", STANDS_AGAINST)
def test_what_stands_against_publication_is_said_at_its_line(name: str) -> None:
    old, new, fragment = STANDS_AGAINST[name]

    found, line = findings(old, new)

    said = [problem for problem in found if fragment in f"{problem.message} {problem.hint}"]
    assert said, [str(problem) for problem in found]
    assert line is None or line in {problem.line for problem in said}


def test_the_day_that_partners_are_told_is_the_day_of_a_criterion() -> None:
    rule = "claim_by: activity_end + claim_window"
    kinder = shipped_text("mdf-claim").replace(rule, f"{rule} + days(1)")

    found = check_publishable(load_playbook(kinder, file="mdf-claim.yaml"))

    assert [problem.path for problem in found] == ["claim_by"]
    assert "submitted_on <= activity_end + claim_window + 1 days" in found[0].hint


def test_a_parameter_must_hold_from_the_first_day() -> None:
    found, _ = findings("effective: {from: 2026-01-01}", "effective: {from: 2025-12-31}")

    assert any("when the playbook begins" in problem.message for problem in found)


def test_a_narrower_limit_before_a_wider_one_is_no_problem() -> None:
    assert check_publishable(small()) == []


def test_a_limit_in_another_currency_is_not_held_to_be_wider() -> None:
    text = SMALL.replace("value: 10000.00 USD", "value: 1000000 JPY")

    assert check_publishable(load_playbook(text, file="x")) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_shipped_playbooks_publish(name: str) -> None:
    assert check_publishable(shipped(name)) == []


def test_the_shipped_playbooks_have_enough_examples_and_both_languages() -> None:
    playbooks = [shipped(name) for name in NAMES]

    assert sum(len(run_examples(playbook)) for playbook in playbooks) >= 80
    for playbook in playbooks:
        assert playbook.languages == ("en", "de")
        assert all(set(text.languages) == {"en", "de"} for text in playbook.said.values())
    activities = shipped("mdf-claim").option_list("activities")
    assert activities is not None
    assert len(activities.values) >= 8


@pytest.mark.parametrize("name", NAMES)
def test_every_criterion_of_the_shipped_playbooks_is_tested_by_each_of_its_clauses(
    name: str,
) -> None:
    """An operator turned round in a shipped criterion must be caught by one of its examples."""
    playbook = shipped(name)
    turned = {"<=": "<", ">=": ">", "&&": "||", "==": "!="}
    text = shipped_text(name)
    survived = []
    for criterion in playbook.criteria:
        source = criterion.passes.source
        for old, new in turned.items():
            start = source.find(old)
            while start >= 0:
                mutant = source[:start] + new + source[start + len(old) :]
                changed = text.replace(f"pass: {source}\n", f"pass: {mutant}\n", 1)
                if changed != text and not check_publishable(load_playbook(changed, file="m")):
                    survived.append((criterion.id, mutant))
                start = source.find(old, start + 1)

    assert survived == []


def test_examples_count_weekdays_in_both_directions() -> None:
    assert weekdays_only(date(2026, 2, 6), 1) == date(2026, 2, 9)
    assert weekdays_only(date(2026, 2, 9), -1) == date(2026, 2, 6)
    assert weekdays_only(date(2026, 2, 6), 0) == date(2026, 2, 6)
