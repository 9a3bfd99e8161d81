"""Taking a submission for a change: its row lock first, then state and version."""

from django.db.models import F

from counterfoil.apps.submissions.errors import (
    StateRefused,
    SubmissionChanged,
    UnknownSubmission,
)
from counterfoil.apps.submissions.models import NumberSeries, Submission
from counterfoil.apps.submissions.selectors.heads import RELATED, scope_of
from counterfoil.core.actors import Actor
from counterfoil.core.states import Action, NotAllowed, State, next_state


def locked(submission_id: str, *, by: Actor) -> Submission:
    """This will lock the submission until the transaction ends. Raises UnknownSubmission."""
    row = (
        Submission.objects.select_for_update(of=("self",))
        .filter(scope_of(by), public_id=submission_id)
        .select_related(*RELATED)
        .first()
    )
    if row is None:
        raise UnknownSubmission(f"There is no submission {submission_id}.")
    return row


def lock_submission(*, submission_id: str) -> None:
    """This will lock a submission until the transaction ends, so that sums on it stand still."""
    list(
        Submission.objects.select_for_update()
        .filter(public_id=submission_id)
        .values_list("pk", flat=True)
    )


def expect_version(row: Submission, version: int | None) -> None:
    """This will return when the form was made from this version. Raises SubmissionChanged."""
    if version is not None and row.version != version:
        raise SubmissionChanged(
            "This submission was changed since you opened it. Nothing was saved; load the page "
            "again to see the change."
        )


def move(row: Submission, action: Action) -> State:
    """This will set the state that `action` leads to; the caller saves. Raises StateRefused."""
    try:
        row.state = next_state(row.state, action)
    except NotAllowed as refusal:
        possible = ", ".join(str(each) for each in refusal.allowed) or "nothing"
        raise StateRefused(
            f"This submission is {refusal.state.replace('_', ' ')}; possible here: {possible}."
        ) from None
    return State(row.state)


def touch(row: Submission) -> None:
    """This will count the change; forms made before it are refused from here on."""
    row.version += 1


def next_number(series: str, *, year: int) -> str:
    """This will take the next number, as in CLM-2026-00001, under the lock of its series."""
    name = f"{series}-{year}"
    NumberSeries.objects.bulk_create([NumberSeries(series=name)], ignore_conflicts=True)
    row = NumberSeries.objects.select_for_update().get(series=name)
    NumberSeries.objects.filter(series=name).update(next_value=F("next_value") + 1)
    return f"{name}-{row.next_value:05d}"
