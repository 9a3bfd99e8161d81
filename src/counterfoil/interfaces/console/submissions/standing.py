"""What one can do with a submission now, and what stands in the way, in words."""

from django.utils.translation import gettext as _

from counterfoil.apps.submissions.types import AmountView, CriterionView, SubmissionView
from counterfoil.core.actors import Actor
from counterfoil.core.blind import Standing
from counterfoil.core.states import State
from counterfoil.interfaces.console.guard import may_somewhere
from counterfoil.interfaces.console.submissions.opening import address
from counterfoil.interfaces.console.submissions.words import role_words
from counterfoil.interfaces.web.presenters import Act, Status, show_money

IN_REVIEW = (State.IN_REVIEW, State.SECOND_REVIEW, State.APPEALED)


def acts_of(view: SubmissionView, *, by: Actor) -> list[Act]:
    """This will offer decline, return and approve, the filled one last; none outside review.

    Each carries the hash of the screening on the page, so that an older page is refused.
    """
    if view.is_hidden and may_somewhere(by, "submissions.verify"):
        url = address("submission_blind", view.head.public_id)
        return [Act(_("Give the second review"), url, "", "main-act", "a", dialog=False)]
    if view.head.state not in IN_REVIEW or view.screening is None:
        return []
    one, seen = view.head.public_id, view.screening.sha256
    acts = []
    if may_somewhere(by, "submissions.decline"):
        acts.append(
            Act(_("Decline"), address("submission_decline", one, seen=seen), "", "danger", "d")
        )
    if view.head.state is not State.APPEALED and may_somewhere(by, "submissions.return"):
        why = "" if view.rounds_left else _("It was returned as often as the playbook allows.")
        acts.append(
            Act(_("Return"), address("submission_return", one, seen=seen), "", "", "r", why)
        )
    if may_somewhere(by, "submissions.approve"):
        url = address("submission_approve", one, seen=seen)
        acts.append(
            Act(approve_label(view), url, "", "main-act", "a", not_approvable(view, by=by))
        )
    return acts


def approve_label(view: SubmissionView) -> str:
    """This will name the button: with the sum where something would be paid."""
    screening = view.screening
    if screening is None or screening.amount is None or screening.outcome != "qualified":
        return _("Approve")
    return _("Approve %(sum)s") % {"sum": show_money(screening.amount.payable)}


def not_approvable(view: SubmissionView, *, by: Actor) -> str:
    """This will say why `by` can't approve now and what unlocks it; empty when they can."""
    head, screening = view.head, view.screening
    if screening is None:
        return _("It is being screened.")
    if by.user_pk in (head.created_by_pk, head.submitted_by_pk):
        return _("You entered or sent it; somebody else approves.")
    if view.appeal is not None and by.id in view.judged_by:
        return _("You decided it before; somebody else decides the appeal.")
    held = blind_words(view, by=by)
    if held:
        return held
    if any(step.approver_id == by.id for step in view.approvals):
        return _("You approved it already; somebody else gives the next approval.")
    if view.next_role and view.next_role not in by.roles:
        return _("The next approval is for: %(role)s.") % {"role": role_words(view.next_role)}
    if head.is_on_behalf and head.confirmed_at is None:
        return _("The partner has not confirmed yet what was entered for them.")
    return blocking_words(view)


def blind_words(view: SubmissionView, *, by: Actor) -> str:
    """This will say why two blind reviews keep `by` from deciding; empty when they do not."""
    blind = view.blind
    if blind is None:
        return ""
    if blind.standing is Standing.SECOND:
        return _("It was drawn for a blind second review, which somebody else gives now.")
    if blind.standing is Standing.DIFFERS and blind.gave(by.user_pk):
        return _("The two reviewers differ; somebody else settles it.")
    return ""


def blocking_words(view: SubmissionView) -> str:
    """This will name the first criterion that stands in the way of an approval."""
    screening = view.screening
    if screening is None:
        return ""
    if screening.outcome != "qualified":
        worst = first_open(screening.criteria)
        if worst is None:
            if screening.gaps:
                return screening.gaps[0]
            return _unsure_sum_words(screening.amount)
        if worst.result == "fail":
            return _("%(id)s fails: %(title)s.") % {"id": worst.id, "title": worst.title}
        return _("%(id)s needs information: %(title)s.") % {"id": worst.id, "title": worst.title}
    if screening.amount is None or not screening.amount.payable.is_positive:
        return _("Nothing is left to pay after the adjustments.")
    return ""


def _unsure_sum_words(amount: AmountView | None) -> str:
    if amount is None:
        return _("The currency of the fund is not known.")
    if amount.lacks_payee:
        return _("Enter and check the partner's payee, then judge again: the sum depends on it.")
    return _("The sum is an estimate. %(why)s.") % {"why": "; ".join(amount.missing)}


def first_open(criteria: tuple[CriterionView, ...]) -> CriterionView | None:
    """This will return what a person looks at first: what a reviewer can answer, then failures."""
    waiting = [each for each in criteria if each.result == "unknown"]
    answerable = [each for each in waiting if each.waits_for == "reviewer"]
    failing = [each for each in criteria if each.result == "fail"]
    return next(iter([*failing, *answerable, *waiting]), None)


def waiting_of(view: SubmissionView) -> Status | None:
    """This will say in the decision bar what stands in the way; None when nothing does."""
    words = blocking_words(view)
    if not words:
        return None
    found = first_open(view.screening.criteria) if view.screening else None
    is_failing = found is not None and found.result == "fail"
    return Status(words, "fail" if is_failing else "unknown", "bad" if is_failing else "warn")
