"""The sum step by step: requested, what came off under which code, to pay."""

from django.utils.translation import gettext as _

from counterfoil.apps.submissions.types import AmountView
from counterfoil.core.money import Money
from counterfoil.core.playbooks import Kind
from counterfoil.interfaces.web.presenters import AmountStep, amount_steps


def steps_of(amount: AmountView, *, kind: str) -> list[AmountStep]:
    """This will list the steps that changed the sum; they add up to what is to pay, exactly."""
    cuts, before = [], amount.requested
    for step in amount.steps:
        change = step.left - before
        if not change.is_zero:
            cuts.append((step.title, step.code, change))
        before = step.left
    rest = amount.payable - before
    if not rest.is_zero:
        cuts.append((_("Not credited") if Kind(kind).is_credit else _("Not paid"), "", rest))
    return amount_steps(
        requested=Money(amount.requested.minor, amount.requested.currency),
        adjustments=cuts,
        labels=(_("Requested"), total_words(amount, kind=kind)),
    )


def total_words(amount: AmountView, *, kind: str) -> str:
    """This will name the last figure: a request reserves money, a claim is paid."""
    if Kind(kind).is_credit:
        return _("To credit, estimate") if amount.is_estimate else _("To credit")
    if Kind(kind).commits:
        return _("To reserve, estimate") if amount.is_estimate else _("To reserve")
    return _("To pay, estimate") if amount.is_estimate else _("To pay")
