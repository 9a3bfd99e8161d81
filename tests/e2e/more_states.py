"""What the crawl's stage lacks because nobody else's eyes need it: drafts of the vendor's side.

`add_states` writes through flows and services into the copy of the stage that a file uses.
"""

from counterfoil.apps.earnings.services import save_plan
from counterfoil.apps.playbooks.services import save_draft
from counterfoil.flows.submit import start_submission
from counterfoil.foundation.acting import acting_as, staff
from tests.crawl.stage import Stage
from tests.plan_stock import SHIPPED as PLANS
from tests.submission_stock import CLAIMED, shipped

# Routes of which one state is one page, and the objects of a side in all their states.
STATES = ("request", "decided", "returned", "waiting", "draft")


def add_states(stage: Stage) -> dict[str, str]:
    """This will begin a draft on a partner's behalf, a sound playbook and one with mistakes."""
    by = stage.staff["operations"]
    text = shipped()["mdf-request.yaml"]
    with acting_as(staff()):
        begun = start_submission(
            playbook_code="mdf-request",
            fund_id=stage.shared["fund"],
            partner_id=stage.sides["a"].partner_pk,
            by=by,
            at=CLAIMED,
            title="Roadshow",
        )
        sound = save_draft(source=text, code="mdf-request", by=by, at=CLAIMED)
        wrong = save_draft(
            source=f"{text}\nnobody: knows this\n", code="mdf-claim", by=by, at=CLAIMED
        )
        plan = (PLANS / "channel-commission.yaml").read_text(encoding="utf-8")
        code = "channel-commission"
        sound_plan = save_plan(
            source=plan.replace("minimum_payout: 50.00", "minimum_payout: 60.00"), code=code,
            by=by, at=CLAIMED,
        )  # fmt: skip
        wrong_plan = save_plan(
            source=f"{plan}\nnobody: knows this\n", code=code, by=by, at=CLAIMED
        )
    return {
        "sound_plan": sound_plan.public_id,
        "wrong_plan": wrong_plan.public_id,
        "behalf": begun.submission_id,
        "sound": sound.public_id,
        "wrong": wrong.public_id,
        "tried": stage.shared["tried"],
    }
