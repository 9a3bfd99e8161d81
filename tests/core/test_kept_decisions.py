"""Decisions of every release so far compute again, byte for byte, on this program."""

import contextlib
import json
from pathlib import Path

import pytest

from counterfoil.core.criteria import operations
from counterfoil.core.decisions import RecordUnreadable, playbook_sha256_of, replay
from counterfoil.core.playbooks import Playbook, load_playbook

KEPT = Path(__file__).resolve().parents[1] / "kept"
RELEASES = sorted(path.name for path in KEPT.iterdir() if path.is_dir())


def books(release: str) -> dict[str, Playbook]:
    found = [
        load_playbook(path.read_text(encoding="utf-8"), file=path.name)
        for path in sorted((KEPT / release).glob("*.yaml"))
    ]
    return {book.sha256: book for book in found}


def records(release: str) -> list[str]:
    return (KEPT / release / "records.jsonl").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("release", RELEASES)
def test_every_kept_decision_computes_again(release):
    known, kept = books(release), records(release)
    assert len(kept) >= 12
    for record in kept:
        found = replay(record, known[playbook_sha256_of(record)])
        assert found.is_same, found.differences
    assert {json.loads(record)["outcome"] for record in kept} == {
        "qualified", "declined", "duplicate",
    }  # fmt: skip


@pytest.mark.parametrize("release", RELEASES)
def test_the_playbooks_are_those_that_were_kept(release):
    for path in (KEPT / release).glob("*.yaml"):
        assert load_playbook(path.read_text("utf-8"), file=path.name).sha256[:16] == path.stem


def test_a_program_that_judges_a_bound_otherwise_is_seen(monkeypatch):
    """The planted fault: > where <= was meant."""
    import operator  # planted below

    monkeypatch.setitem(operations.ORDER, "<=", operator.gt)
    known = books(RELEASES[0])
    same = [replay(each, known[playbook_sha256_of(each)]).is_same for each in records(RELEASES[0])]
    assert not all(same)


def test_a_record_with_one_changed_figure_is_seen():
    known = books(RELEASES[0])
    record = next(each for each in records(RELEASES[0]) if '"outcome":"qualified"' in each)
    minor = json.loads(record)["settlement"]["payable"]["minor"]
    other = record.replace(f'"minor":{minor}', f'"minor":{minor + 1}', 1)
    with contextlib.suppress(RecordUnreadable):
        assert not replay(other, known[playbook_sha256_of(other)]).is_same
