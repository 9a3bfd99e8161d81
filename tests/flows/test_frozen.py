"""Decisions frozen as columns tell which of them a draft can't change, and never too many."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from counterfoil.apps.playbooks.models import Trial
from counterfoil.apps.submissions.models import Decision
from counterfoil.apps.submissions.selectors import latest_screening
from counterfoil.apps.submissions.selectors.decisions import iterate_standing
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.core import sieve
from counterfoil.core.playbooks import load_playbook, mutants
from counterfoil.core.whatif import Change, effect_of
from counterfoil.flows import decide, frozen
from counterfoil.flows.frozen import days_of, freeze_decisions, sift
from counterfoil.foundation.acting import acting_as, staff
from tests.flows.test_try_draft import (
    CLAIM,
    REIMBURSEMENT,
    WINDOW,
    tried,
)
from tests.submission_stock import (
    CLAIMED,
    INVOICE,
    LINE,
    answer_logo,
    approve,
    approved_request,
    make_world,
    screen,
    send_claim,
)

pytestmark = [pytest.mark.db, pytest.mark.django_db]
CODE = "mdf-claim"
PLAYBOOK = load_playbook(CLAIM, file="mdf-claim.yaml")


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.HOME = tmp_path
    return tmp_path


def claim(world, day, *, by=None, net="1,200.00", approved=True):
    """A claim of an activity on a day of its own, approved or declined by a person."""
    by = by or world.partner
    when = {"activity_start": day, "activity_end": day, "activity_name": f"Summit {day}"}
    line = {
        **LINE, "number": f"HS-{day}", "date": day, "supplied": f"{day}/{day}", "net": net,
    }  # fmt: skip
    claim_id = send_claim(
        world, approved_request(world, by=by, **when), by=by, lines=(line,),
        invoices=(INVOICE.replace("HS-2026-118", f"HS-{day}"),), **when,
    )  # fmt: skip
    screen(claim_id)
    answer_logo(world, claim_id)
    if approved:
        approve(world, claim_id)
        return
    with acting_as(staff()):
        decide.decline_submission(
            submission_id=claim_id, code="NO_BRANDING", reason="As seen.", by=world.operations,
            at=CLAIMED,
            expected_screening_sha256=latest_screening(
                get_head(claim_id, by=world.operations)
            ).sha256,
        )  # fmt: skip


@pytest.fixture
def world():
    made = make_world()
    claim(made, "2026-04-20")
    claim(made, "2026-04-11", net="300.00", approved=False)
    claim(made, "2026-04-02", by=made.other)
    return made


def freeze(**given):
    with acting_as(staff()):
        return freeze_decisions(playbook_code=CODE, **given)


def both(world, *changes, **given):
    """The trial by the columns, and the same by the records alone."""
    sifted = tried(world, *changes, **given)
    exact = tried(world, *changes, exact=True, **given)
    report = dict(sifted.report)
    told = report.pop("sieve")
    assert report == exact.report
    assert (sifted.total, sifted.changed) == (exact.total, exact.changed)
    return sifted, told


def test_a_trial_by_the_columns_is_the_trial_by_the_records(world):
    info = freeze()
    assert (info.decisions, info.unfit, info.added, info.parts) == (3, 0, 3, 1)

    trial, told = both(world)
    assert (trial.changed, told["told"], told["judged"]) == (0, 3, 0)
    trial, told = both(world, (WINDOW, WINDOW.replace("value: 30", "value: 15")))
    assert (trial.changed, told["told"], told["judged"]) == (1, 1, 2)
    trial, told = both(world, (REIMBURSEMENT, REIMBURSEMENT.replace("50%", "33.33%")))
    assert trial.changed == 2
    assert told["reasons"] == [["the form, the proof or the sums read reimbursement", 3]]
    trial, told = both(world, since=(CLAIMED + timedelta(days=1)).date())
    assert (trial.total, told["judged"]) == (0, 0)


def drafts():
    """The shipped rules with each small mistake in turn."""
    for criterion in PLAYBOOK.criteria:
        for what, _, book, changed in mutants._mutated(PLAYBOOK, criterion):
            criteria = tuple(
                changed if each.id == criterion.id else each for each in book.criteria
            )
            yield f"{criterion.id} {what}", replace(book, criteria=criteria)
        yield (
            f"{criterion.id} removed",
            replace(
                PLAYBOOK, criteria=tuple(e for e in PLAYBOOK.criteria if e.id != criterion.id)
            ),
        )


def compared():
    """Every draft by the columns and by the records: what was missed, how many were told."""
    with acting_as(staff()):
        stood = [json.loads(stored.record) for stored, _ in iterate_standing(playbook_code=CODE)]
        kept = sorted(
            Decision.objects.filter(submission__playbook_code=CODE).values_list("pk", flat=True)
        )
        missed, told, count = [], 0, 0
        for name, draft in drafts():
            count += 1
            found = sift(playbook_code=CODE, draft=draft)
            told += found.asked - len(found.rows)
            for pk, record in zip(kept, stood, strict=True):
                effect = effect_of(record, draft, days=days_of(record))
                if effect.change is not Change.SAME and pk not in found.rows:
                    missed.append((name, pk, effect.change))
    return missed, told, count * len(stood)


def test_no_draft_with_a_small_mistake_changes_what_the_columns_call_the_same(world):
    freeze()

    missed, told, asked = compared()

    assert missed == []
    assert told > asked / 2


def all_harmless(criterion, *rest):
    return "0"


def nothing_moved(*given):
    return True


@pytest.mark.parametrize(
    ("name", "fault"), [("_class", all_harmless), ("_is_same", nothing_moved)]
)
def test_a_planted_fault_of_the_sieve_is_found(world, monkeypatch, name, fault):
    freeze()
    monkeypatch.setattr(sieve, name, fault)

    missed, _, _ = compared()

    assert missed


def test_a_refresh_adds_what_is_new_and_a_trial_judges_what_is_not_yet_frozen(world):
    assert freeze(part=1).parts == 3
    claim(world, "2026-04-28")
    _, told = both(world)
    assert (told["frozen"], told["told"], told["judged"]) == (3, 3, 1)

    info = freeze()
    assert (info.decisions, info.added, info.parts) == (4, 1, 4)
    _, told = both(world)
    assert (told["frozen"], told["told"], told["judged"]) == (4, 4, 0)
    assert freeze().added == 0


def test_files_that_are_not_those_of_the_manifest_are_not_asked(world, home):
    freeze()
    (rows,) = (home / "frozen" / CODE).glob("*.rows.parquet")
    rows.write_bytes(rows.read_bytes() + b" ")

    assert "sieve" not in tried(world).report
    assert freeze().added == 3
    both(world)


def test_columns_that_do_not_agree_with_the_decisions_are_not_asked(world, home):
    freeze()
    path = home / "frozen" / CODE / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["parts"][0]["total"] += 1
    path.write_text(json.dumps(manifest))

    assert "sieve" not in tried(world).report
    assert freeze().added == 3
    both(world)


def test_a_refresh_that_was_cut_off_leaves_the_old_columns_as_they_are(world, home, monkeypatch):
    freeze()
    claim(world, "2026-04-28")
    before = (home / "frozen" / CODE / "manifest.json").read_bytes()

    def cut_off(*given):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(frozen, "_write_manifest", cut_off)
        with pytest.raises(KeyboardInterrupt):
            freeze()
    assert (home / "frozen" / CODE / "manifest.json").read_bytes() == before
    _, told = both(world)
    assert told["frozen"] == 3
    assert freeze().added == 1


def test_a_trial_keeps_what_was_told_from_the_columns(world):
    freeze()
    trial, told = both(world)
    with acting_as(staff()):
        kept = json.loads(Trial.objects.order_by("pk").first().report)
    assert kept["sieve"] == told
    assert len(told["manifest_sha256"]) == 64
    assert trial.total == 3
