"""Wrong playbooks, each with the line it is wrong in and what is said. `¦` marks the expected
line.
"""

import random
from contextlib import suppress

import pytest

from counterfoil.core.playbooks import PlaybookInvalid, Problem, check_publishable, load_playbook
from counterfoil.core.playbooks.nodes import MAX_CHARACTERS, MAX_DEPTH, MAX_NODES
from tests.core.playbooks.support import SMALL

Edit = tuple[str, str, str]

WRONG: dict[str, Edit] = {
    "unknown key": ("owner: operations", "ownr: operations¦", "Did you mean owner?"),
    "key of a later issue": ("texts: {", "settlement¦: {}\ntexts: {", "Unknown key 'settlement'"),
    "doubled key": ("of: fund_request", "of: fund_request\nof¦: fund_request", "stands twice"),
    "anchor": ("en: A small claim", "en: &a A small claim¦", "Anchors and aliases"),
    "alias": ("en: A small claim", "en: *a¦", "Anchors and aliases"),
    "tag": ("en: A small claim", "en: !!python/object:os.system x¦", "Tags (!)"),
    "merge key": ("  window:\n", "  <<¦: {a: b}\n  window:\n", "Merge keys"),
    "second document": ("texts: {introduction", "---¦\ntexts: {introduction", "second document"),
    "broken flow": ("languages: [en]", "languages: [en\ntitle2¦: x", "This is not YAML"),
    "tab": ("  ours:\n", "\tours:¦\n", "This is not YAML"),
    "control character": ("en: A small claim", "en: A \x07 claim¦", "character"),
    "list as key": ("  window:\n", "  ? [a]¦\n  : b\n  window:\n", "A key must be a word"),
    "unknown kind": ("kind: fund_claim", "kind: fund_klaim¦", "Did you mean fund_claim?"),
    "claim without request": ("of: fund_request", "of: fund_claim¦", "draws on a fund request"),
    "last day that is no day": (
        "of: fund_request",
        "of: fund_request\nclaim_by: logo¦",
        "Date is expected here",
    ),
    "last day of an unknown": (
        "of: fund_request",
        "of: fund_request\nclaim_by: activity_ende¦",
        "activity_ende",
    ),
    "unknown role": ("owner: operations", "owner: operation¦", "Did you mean operations?"),
    "no such day": ("from: 2026-01-01}\nparam", "from: 2026-02-30}¦\nparam", "is not a day"),
    "language": ("languages: [en]", "languages: [english]¦", "is not a language"),
    "language twice": ("languages: [en]", "languages: [en, en]¦", "stands twice"),
    "text without language": (
        "title: {en: A small claim}",
        "title: A claim¦",
        "names its language",
    ),
    "empty text": ("{en: Invoice}", "{}¦", "The text is empty"),
    "comma in a text": (
        "{en: Invoice}",
        "{en: Bill, or invoice}¦",
        "quote a text that has a comma",
    ),
    "rate without percent": ("value: 50%", "value: 50¦", "A rate needs a percent sign"),
    "rate above all": ("value: 50%", "value: 101%¦", "is not a rate"),
    "money without currency": ("value: 500.00 USD", "value: 500.00¦", "is not an amount"),
    "money in no currency": ("value: 500.00 USD", "value: 500.00 USX¦", "is not an amount"),
    "too many decimals": ("value: 500.00 USD", "value: 500.001 USD¦", "is not an amount"),
    "days as text": ("value: 30,", "value: thirty,¦", "is not a whole number"),
    "values out of order": (
        "[{from: 2026-01-01, value: 30, reference: POL-1}]",
        "[{from: 2026-01-01, value: 30, reference: A}, "
        "{from: 2025-01-01, value: 3, reference: B}]¦",
        "order of their days",
    ),
    "value without reason": (
        ", value: 50%, reference: POL-1",
        ", value: 50%¦",
        "'reference' is missing",
    ),
    "parameter type": ("type: days", "type: day¦", "Did you mean days?"),
    "part of no list": (
        "{of: activities, values",
        "{of: activity, values¦",
        "Did you mean activities?",
    ),
    "part not in the list": ("values: [event]}", "values: [evnt]}¦", "Did you mean event?"),
    "name with a capital": ("  held_on:\n", "  Held:¦\n", "is no name for a detail"),
    "name of the system": ("  held_on:\n", "  submitted_on:¦\n", "a detail of the system"),
    "name taken": ("  held_on:\n", "  share:¦\n", "the name of one of the parameters"),
    "reserved name": ("  guests:\n", "  outcome¦:\n", "a word of the language"),
    "reserved in CEL": ("    note: {", "    while: {¦", "a word of the language"),
    "type of a detail": ("type: whole_number", "type: integer¦", "is not a type of detail"),
    "choice without list": ("    options: activities\n", "", "A choice needs its list"),
    "options of a date": (
        "type: date\n",
        "type: date\n    options: activities¦\n",
        "has no options",
    ),
    "system is not asked": ("ask: reviewer", "ask: system¦", "Known here: partner, reviewer"),
    "always and sometimes": (
        "    required: true\n    title: {en: Day}",
        '    required: true\n    required_when: "true"¦\n    title: {en: Day}',
        "Always required already",
    ),
    "length of a date": ("type: date\n", "type: date\n    max_length: 3¦\n", "has no max_length"),
    "least above most": (
        "type: whole_number\n",
        "type: whole_number\n    min: 9¦\n    max: 2\n",
        "above the most",
    ),
    "unknown source": (
        "above: human_verified",
        "above: verified¦",
        "Did you mean human_verified?",
    ),
    "floor turned round": (
        "then: extracted, above: human_verified",
        "then: human_verified, above: extracted¦",
        "Less is asked for above",
    ),
    "floor by no limit": ("up_to: small", "up_to: share¦", "is not a money parameter"),
    "lines from nowhere": (
        "from_evidence: invoice",
        "from_evidence: invoices¦",
        "no evidence named",
    ),
    "kind of file": ("accepts: [pdf]", "accepts: [docx]¦", "is not a kind of file"),
    "pieces half named": ("    by: activity\n", "", "Named pieces also need by"),
    "piece counted": (
        "    by: activity\n",
        "    by: activity\n    min: 2¦\n",
        "Named pieces are not counted",
    ),
    "unknown piece": ("event: [photo, count]", "event: [foto, count]¦", "Did you mean photo?"),
    "choice without proof": (
        "      ads: [{any_of: [photo, page]}]\n",
        "",
        "No proof is named for 'ads'",
    ),
    "proof of no choice": ("      ads: [{any_of", "      add: [{any_of¦", "is not in activities"),
    "one alternative": ("{any_of: [photo, page]}", "{any_of: [photo]}¦", "At least 2 entries are"),
    "fact without name": ("{as: fact, fact: guests,", "{as: fact,¦", "which detail this is"),
    "link as detail": ("{as: link, title", "{as: link, fact: guests,¦ title", "is no detail"),
    "not yes or no": (
        "curable: true, text: {en: Send",
        "curable: maybe, text: {en: Send¦",
        "neither true nor false",
    ),
    "code in small letters": ("fail: {code: LATE", "fail: {code: late¦", "is not a reason code"),
    "group of a code": ("LATE: {group: policy", "LATE: {group: rule¦", "is not a group of codes"),
    "misspelt detail": ("pass: logo\n", "pass: lgo¦\n", "logo"),
    "types do not fit": ("held_on + window", "held_on + 30¦", "30 days"),
    "not a question": ("pass: logo\n", "pass: held_on¦\n", "Yes/no is expected"),
    "half an expression": ("pass: logo\n", "pass: logo &&¦\n", ""),
    "line without a line": ("pass: logo\n", "pass: line.net > small¦\n", "each row"),
    "routing word elsewhere": ("pass: logo\n", "pass: payable <= small¦\n", "payable"),
    "criterion twice": ("  - id: S-02", "  - id: S-01¦", "stands twice"),
    "example of no detail": (
        "{activity: event, logo: true}",
        "{activity: event, lgo: true}¦",
        "Did you mean logo?",
    ),
    "example of a wrong type": (
        "held_on: 2026-03-01}}]\n      fail",
        "held_on: March}}]¦\n      fail",
        "is not a day",
    ),
    "example of no choice": (
        "{activity: event, logo: true}",
        "{activity: evnt, logo: true}¦",
        "Did you mean event?",
    ),
    "example of no piece": ("piece: page}", "piece: pag}¦", "Did you mean page?"),
    "rounding": ("rounding: half_even", "rounding: bankers¦", "is not a way of rounding"),
    "two acts in a step": (
        "keep: share, agreed",
        "keep: share, less: line.net,¦ agreed",
        "A step does one thing",
    ),
    "keep of an amount": ("keep: share", "keep: small¦", "is not a rate parameter"),
    "line step too late": (
        "    - {code: LEFT,",
        "    - {code: LATER, less: line.net, title: {en: x}}¦\n    - {code: LEFT,",
        "steps on lines first",
    ),
    "step twice": ("{code: LEFT, at_most", "{code: OUT, at_most¦", "already a step"),
    "falls through": (
        "    - {otherwise: true, approvers",
        "    - {when: payable > large, approvers¦",
        "End with",
    ),
    "row after otherwise": (
        "{when: payable <= large,",
        "{otherwise: true,¦",
        "No row after otherwise",
    ),
    "otherwise not true": ("otherwise: true", "otherwise: false¦", "Otherwise is always true"),
    "automatic at the end": (
        "{otherwise: true, approvers_in_turn: [operations, finance_checker]}",
        "{otherwise: true, decide: approved_automatically}¦",
        "may not decide without a person",
    ),
    "approver without authority": (
        "[operations, finance_checker]",
        "[operations, auditor]¦",
        "does not approve",
    ),
    "nobody decides": (
        "{when: payable <= large, approvers_in_turn: [operations]}",
        "{when: payable <= large}¦",
        "names approvers or decides",
    ),
    "clock in calendar days": (
        "decision: 3 business days",
        "decision: 3 days¦",
        "is not a length of time here",
    ),
    "escalation out of order": (
        "{at: 100%, to: team_lead}",
        "{at: 70%, to: team_lead}¦",
        "order of their time",
    ),
    "reminder too late": ("remind: [3, 7]", "remind: [3, 12]¦", "after the time is over"),
    "notice missing": (", paid: f}", "}¦", "'paid' is missing"),
    "introduction missing": ("texts: {introduction", "texts: {intro¦", "introduction"),
}


def problems_of(text: str) -> list[Problem]:
    with pytest.raises(PlaybookInvalid) as caught:
        load_playbook(text, file="small.yaml")
    return caught.value.problems


def marked(old: str, new: str) -> tuple[str, int | None]:
    assert SMALL.count(old) >= 1, old
    text = SMALL.replace(old, new, 1)
    line = text[: text.index("¦")].count("\n") + 1 if "¦" in text else None
    return text.replace("¦", "", 1), line


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_playbook_is_refused_at_its_line_and_says_what_would_be_right(name: str) -> None:
    old, new, fragment = WRONG[name]
    text, line = marked(old, new)

    found = problems_of(text)

    said = [problem for problem in found if fragment in f"{problem.message} {problem.hint}"]
    assert said, [str(problem) for problem in found]
    assert line is None or line in {problem.line for problem in said}, [str(p) for p in found]
    assert all(problem.file == "small.yaml" and problem.column >= 1 for problem in found)


def test_the_corpus_is_large_enough() -> None:
    assert len(WRONG) >= 80


def test_every_problem_is_reported_at_once() -> None:
    text = SMALL.replace("value: 50%", "value: 50").replace("pass: logo\n", "pass: lgo\n")
    text = text.replace("owner: operations", "owner: nobody", 1)

    assert len({problem.line for problem in problems_of(text)}) == 3


def test_a_name_that_could_not_be_read_is_not_blamed_again_where_it_is_used() -> None:
    text = SMALL.replace("type: date\n", "type: day\n", 1)

    assert [problem.path for problem in problems_of(text)] == ["facts.held_on.type"]


def test_an_error_inside_an_expression_points_to_its_column() -> None:
    text = SMALL.replace("submitted_on <= held_on + window", "submitted_on <= held_om + window")

    (problem,) = [p for p in problems_of(text) if p.path == "criteria[0].pass"]

    line = text.splitlines()[problem.line - 1]
    assert line[problem.column - 1 :].startswith("held_om")


def test_an_error_in_a_quoted_expression_points_behind_the_quote() -> None:
    text = SMALL.replace('"!line.duplicate_invoice"', '"!line.duplicate"')

    (problem,) = [p for p in problems_of(text) if p.path == "criteria[1].pass"]

    line = text.splitlines()[problem.line - 1]
    assert line[problem.column - 1 :].startswith("line.duplicate")


def test_huge_deep_and_empty_files_are_refused_before_they_are_read() -> None:
    assert "characters" in problems_of("#" * (MAX_CHARACTERS + 1))[0].message
    assert "values" in problems_of("a: [" + "1," * (MAX_NODES + 1) + "]")[0].message
    assert "Nested" in problems_of("a: " + "[" * (MAX_DEPTH + 1))[0].message
    assert "no playbook" in problems_of("")[0].message
    assert "no playbook" in problems_of("- a\n- b\n")[0].message


def test_a_bomb_of_aliases_is_refused_at_its_first_anchor() -> None:
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"

    assert problems_of(bomb)[0].line == 1


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_a_truncated_file_is_refused(share: float) -> None:
    assert problems_of(SMALL[: int(len(SMALL) * share)])


@pytest.mark.parametrize(
    "text", ["\x00", "%YAML 9.9\n---\na: b", "a: b: c", "'", "{", "? :", "\ufeff"]
)
def test_junk_is_refused_with_a_place(text: str) -> None:
    assert problems_of(text)[0].line >= 1


def test_half_a_character_is_refused() -> None:
    text = SMALL.replace("en: A small claim", 'en: "A \\ud800 claim"')

    assert "surrogate" in problems_of(text)[0].message


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_file_is_read_or_refused_and_never_raises_anything_else(seed: int) -> None:
    chance = random.Random(seed)
    letters = list(SMALL)
    for _ in range(chance.choice([1, 2, 5])):
        place = chance.randrange(len(letters))
        letters[place] = chance.choice(
            ["", ":", "{", "}", "[", ",", '"', "\n", "  ", "#", "&", "-", "é"]
        )

    with suppress(PlaybookInvalid):
        check_publishable(load_playbook("".join(letters), file="damaged.yaml"))
