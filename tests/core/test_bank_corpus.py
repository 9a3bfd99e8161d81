"""At least two hundred bad files: each refused with file, line and reason, or shown for review."""

import pytest

from counterfoil.core.bankfiles.reading import read_bank_file
from counterfoil.core.bankfiles.statements import BankFileRefused, Place, StatementFile
from tests.core.bank_corpus import GOOD, BadFile, bad_files

CASES = tuple(bad_files())


def test_the_corpus_has_two_hundred_files_and_its_good_ones_read() -> None:
    assert len(CASES) >= 200
    assert len({case.content for case in CASES}) > 190
    for name, content in GOOD.items():
        answer = read_bank_file(content, file=name)
        if isinstance(answer, StatementFile):
            assert all(each.ties for each in answer.statements), name


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_bad_file_is_refused_or_shown_for_review(case: BadFile) -> None:
    fate, places = fate_of(case)

    assert case.fate in (fate, "either")
    for place in places:
        assert place.file == case.name
        assert 1 <= place.line <= case.content.count(b"\n") + case.content.count(b"\r") + 1
        assert len(place.message) > 5
        assert len(place.hint) > 3
        assert str(place).startswith(f"{case.name}:{place.line}: ")


def fate_of(case: BadFile) -> tuple[str, tuple[Place, ...]]:
    """What becomes of a file, and the places that say why; any other exception is a crash."""
    try:
        answer = read_bank_file(case.content, file=case.name)
    except BankFileRefused as refused:
        return "refused", (refused.place,)
    assert isinstance(answer, StatementFile)
    if len(answer.statements) == 2:
        return "two", ()
    return "review" if answer.statements[0].review else "taken", answer.statements[0].review[:1]
