"""Writes of plans: drafts, publication by a second person, use in a program, split parties."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max

from counterfoil.apps.audit.selectors import actors_of
from counterfoil.apps.audit.services import record_event
from counterfoil.apps.earnings.errors import (
    PlanNotPublishable,
    SamePerson,
    UnknownPlan,
    WrongState,
)
from counterfoil.apps.earnings.models import PlanUse, PlanVersion, SplitParty
from counterfoil.apps.earnings.selectors import get_use, read_plan
from counterfoil.apps.earnings.types import PlanSaved, UseInfo
from counterfoil.apps.programs.models import Program
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require
from counterfoil.core.canonical import sha256_hex
from counterfoil.foundation.ids import new_id


@transaction.atomic
def save_plan(
    *, source: str, code: str, by: Actor, at: datetime, version_id: str = ""
) -> PlanSaved:
    """This will save the text of a draft, new or `version_id`, and tell what is wrong with it.

    Raises NotAllowed, UnknownPlan, WrongState.
    """
    require(by, "plans.edit")
    plan, problems = read_plan(source, file=f"{code}.yaml")
    if plan is not None and plan.id != code:
        raise WrongState(f"The text is of the plan {plan.id}, not {code}.")
    if version_id:
        row = _draft(version_id)
    else:
        last = PlanVersion.objects.filter(code=code).aggregate(last=Max("version"))["last"]
        row = PlanVersion(public_id=new_id("plv"), code=code, version=(last or 0) + 1)
    row.source, row.author_id, row.edited_at = source, by.id, at
    row.effective_from = plan.effective_from if plan else None
    row.save()
    record_event(
        by=by, at=at, action="plan.saved", object_type="plan", object_id=row.public_id,
        data={"code": code, "version": row.version, "problems": len(problems)},
    )  # fmt: skip
    return PlanSaved(row.public_id, row.version, problems)


@transaction.atomic
def publish_plan(*, version_id: str, by: Actor, at: datetime) -> str:
    """This will publish a draft that somebody else wrote and return its hash.

    Raises NotAllowed, SamePerson, PlanNotPublishable, UnknownPlan, WrongState.
    """
    require(by, "plans.publish")
    row = _draft(version_id)
    if by.id in {row.author_id, *actors_of("plan", row.public_id, action="plan.saved")}:
        raise SamePerson("Who wrote a version can't publish it; ask somebody else.")
    plan, problems = read_plan(row.source, file=f"{row.code}.yaml")
    if plan is None or problems:
        raise PlanNotPublishable(problems)
    row.sha256, row.effective_from = plan.sha256, plan.effective_from
    row.state, row.approved_by, row.published_at = "published", by.id, at
    row.save()
    record_event(
        by=by, at=at, action="plan.published", object_type="plan", object_id=row.public_id,
        data={
            "code": row.code, "version": row.version, "sha256": row.sha256,
            "source_sha256": sha256_hex(row.source.encode()),
            "effective_from": plan.effective_from.isoformat(),
        },
    )  # fmt: skip
    return row.sha256


@transaction.atomic
def use_plan(*, plan_code: str, program: str, by: Actor, at: datetime) -> UseInfo:
    """This will take a plan into use in a program; once more changes nothing.

    Raises NotAllowed, UnknownPlan.
    """
    require(by, "plans.publish", program=program)
    if not PlanVersion.objects.filter(code=plan_code, state="published").exists():
        raise UnknownPlan(f"No version of {plan_code} is published.")
    found = Program.objects.filter(code=program).first()
    if found is None:
        raise UnknownPlan(f"There is no program {program}.")
    if not PlanUse.objects.filter(plan_code=plan_code, program=found).exists():
        row = PlanUse.objects.create(
            public_id=new_id("pln"), plan_code=plan_code, program=found, by=by.id, at=at
        )
        record_event(
            by=by, at=at, action="plan.used", object_type="plan_use", object_id=row.public_id,
            data={"plan": plan_code, "program": program},
        )  # fmt: skip
    return get_use(plan_code=plan_code, program=program)


@transaction.atomic
def name_party(
    *, use: str, partner_id: int, party: str, beneficiary_id: int, by: Actor, at: datetime
) -> None:
    """This will say who fills a party of the plan's splits for what a partner sells.

    Raises NotAllowed, UnknownPlan, WrongState.
    """
    require(by, "plans.edit")
    row = PlanUse.objects.filter(public_id=use).first()
    if row is None:
        raise UnknownPlan(f"There is no use of a plan {use}.")
    try:
        with transaction.atomic():
            SplitParty.objects.create(
                use=row, partner_id=partner_id, party=party, beneficiary_id=beneficiary_id,
                by=by.id, at=at,
            )  # fmt: skip
    except IntegrityError as error:
        raise WrongState(
            f"The {party} of this partner is named already, or is the partner itself."
        ) from error
    record_event(
        by=by, at=at, action="plan.party_named", object_type="plan_use", object_id=use,
        partner_id=partner_id, data={"party": party, "beneficiary": beneficiary_id},
    )  # fmt: skip


def _draft(version_id: str) -> PlanVersion:
    row = PlanVersion.objects.select_for_update().filter(public_id=version_id).first()
    if row is None:
        raise UnknownPlan(f"There is no plan version {version_id}.")
    if row.state != "draft":
        raise WrongState(f"{row.code} version {row.version} is {row.state} and never changes.")
    return row
