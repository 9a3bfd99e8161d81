"""The partner's guide says what the playbook executes, of the day, in every language it has."""

import json
import re
from dataclasses import replace
from datetime import date

import pytest

from counterfoil.apps.submissions.selectors.words import labels_of
from counterfoil.core.guides import partner_guide
from counterfoil.core.playbooks import load_playbook
from tests.submission_stock import shipped

TODAY = date(2026, 11, 23)
BOOKS = {name: load_playbook(text, file=name) for name, text in shipped().items()}


def guide_of(book, *, language="en", on=TODAY):
    return partner_guide(book, on=on, language=language, labels=labels_of(book, language))


@pytest.mark.parametrize("name", BOOKS)
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_guide_says_every_criterion_with_its_examples_every_proof_and_every_limit(
    name, language
):
    book = BOOKS[name]
    guide = guide_of(book, language=language)
    text = json.dumps(guide.to_json(), ensure_ascii=False)
    sections = {each.anchor: each for each in guide.sections}

    assert guide.language == language
    assert book.sha256 in guide.version
    for criterion in book.criteria:
        said = " ".join(value for _, value in sections[criterion.id].facts)
        assert criterion.title.say(language) in sections[criterion.id].heading
        assert criterion.fail.text.say(language) in said
        for example in criterion.examples:
            assert example.name.say(language) in said, (criterion.id, example.name)
    for rule in book.evidence:
        for piece in rule.pieces:
            assert piece.title.say(language) in text
        for each in rule.not_qualifying:
            assert each.text.say(language) in text
    for code in book.codes:
        assert code.text.say(language) in text
    limits = sections["limits"].table
    assert len(limits.rows) == len(book.parameters)
    assert all(value for _, value, _ in limits.rows)
    # Names of the file are no words for a partner.
    rules = [value for each in guide.sections for _, value in each.facts]
    assert [r for r in rules if re.search(r"\b[a-z]+_[a-z_]+\b", r)] == []


def test_the_limits_are_those_of_the_day():
    book = BOOKS["mdf-claim.yaml"]
    window = next(each for each in book.parameters if each.name == "claim_window")
    later = replace(window.values[0], starts_on=date(2027, 1, 1), value=20)
    changed = replace(
        book,
        parameters=tuple(
            replace(each, values=(*each.values, later)) if each.name == "claim_window" else each
            for each in book.parameters
        ),
    )
    before, after = guide_of(changed), guide_of(changed, on=date(2027, 1, 1))

    def rule(guide):
        (section,) = [each for each in guide.sections if each.anchor == "MDF-02"]
        return dict(section.facts)["In words"]

    assert "(30 days)" in rule(before)
    assert "(20 days)" in rule(after)
    assert guide_of(changed) == before


def test_a_playbook_without_an_appeal_says_so():
    book = replace(BOOKS["mdf-claim.yaml"], appeal=None)
    (times,) = [each for each in guide_of(book).sections if each.anchor == "times"]
    assert times.paragraphs == ("A refusal can't be appealed; write to us",)


def test_a_language_that_the_playbook_lacks_reads_english():
    assert guide_of(BOOKS["mdf-claim.yaml"], language="fr").language == "en"


def test_a_guide_ends_with_what_changed_for_partners_since_the_version_before():
    before = BOOKS["mdf-claim.yaml"]
    text = shipped()["mdf-claim.yaml"]
    for old, new in (
        ("value: 50%", "value: 40%"),
        ("triage: 4 business hours", "triage: 5 business hours"),
        ("appeal: {within: 30 days}\n", ""),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    after = load_playbook(text, file="mdf-claim.yaml")

    def changes(language, new=after):
        made = partner_guide(
            new, on=TODAY, language=language, labels=labels_of(new, language),
            before=before, labels_before=labels_of(before, language),
        )  # fmt: skip
        assert made.sections[-1].anchor == "changes"
        return made.sections[-1]

    english, german = changes("en"), changes("de")
    assert english.paragraphs == ("Compared with version 2026.1, which held from 2017-01-01.",)
    assert english.bullets == (
        "Limit “Share that we pay”, from 2017-01-01: 40% (before: 50%)",
        "Appeal: no longer: within: 30 days",
    )
    assert german.bullets == (
        "Grenze “Unser Anteil”, ab 2017-01-01: 40% (vorher: 50%)",
        "Einspruch: nicht mehr: binnen: 30 Tage",
    )
    assert "Nothing changed for partners." in changes("en", before).paragraphs
    assert "changes" not in {each.anchor for each in guide_of(after).sections}
