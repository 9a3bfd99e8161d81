"""Approve, return, decline: each dialog says effect, person and date before it happens."""

from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.submissions.errors import ScreeningStale, StateRefused
from counterfoil.apps.submissions.selectors import get_submission
from counterfoil.apps.submissions.types import SubmissionView
from counterfoil.core.playbooks import Kind
from counterfoil.flows import decide
from counterfoil.interfaces.console.submissions.acting import ActForm, answer, refuse
from counterfoil.interfaces.console.submissions.opening import address, opened_to
from counterfoil.interfaces.console.submissions.returning import return_fields, typed_codes
from counterfoil.interfaces.console.submissions.standing import (
    IN_REVIEW,
    approve_label,
    not_approvable,
)
from counterfoil.interfaces.console.submissions.words import kind_words, role_words
from counterfoil.interfaces.web.presenters import FieldPart, OptionPart, show_moment, show_money
from counterfoil.interfaces.web.requests import KnownRequest

STALE = (
    "This submission was judged again since you opened the page, so it shows another result than "
    "the one that stands."
)


@opened_to("submissions.approve")
def approve(request: KnownRequest, submission_id: str) -> HttpResponse:
    """This will approve what the screening on the page says."""
    view = get_submission(submission_id, by=request.me, at=request.at)
    title = _("%(act)s: %(number)s") % {"act": approve_label(view), "number": view.head.number}
    refused = _refused_at_once(request, view, title)
    if refused is not None:
        return refused
    reason = request.POST.get("reason", "")
    form = ActForm(
        title=title,
        confirm=approve_label(view),
        back_url=address("submission", submission_id),
        facts=_approve_facts(view, zone=request.person.zone),
        fields=[
            FieldPart(
                "reason", _("Remark for the record"), value=reason,
                hint=_("Optional. Colleagues and auditors read it."),
            )
        ],
        hidden=[("seen", _seen(request))],
        blocked="" if request.method == "POST" else not_approvable(view, by=request.me),
    )  # fmt: skip

    def do() -> str:
        decided = decide.approve_submission(
            submission_id=submission_id, expected_screening_sha256=_seen(request), by=request.me,
            at=request.at, reason=reason,
        )  # fmt: skip
        if decided.is_held:
            return held_words(view)
        if not decided.decision_id:
            return _("%(number)s: approval recorded; next is %(role)s.") % {
                "number": view.head.number, "role": role_words(decided.next_role),
            }  # fmt: skip
        return _("%(number)s is approved. The letter is on its way.") % {
            "number": view.head.number
        }

    return answer(request, form, do, url=reverse("console:queue"), gone=[submission_id])


@opened_to("submissions.return")
def send_back(request: KnownRequest, submission_id: str) -> HttpResponse:
    """This will return a submission for changes to what the reviewer names, and nothing else."""
    view = get_submission(submission_id, by=request.me, at=request.at)
    title = _("Return %(number)s for changes") % {"number": view.head.number}
    refused = _refused_at_once(request, view, title)
    if refused is not None:
        return refused
    used = view.head.returns_used + 1
    rounds = view.head.returns_used + view.rounds_left
    form = ActForm(
        title=title,
        confirm=_("Return for changes"),
        back_url=address("submission", submission_id),
        facts=[
            (_("Effect"), _("Our clock pauses, the partner's starts; they change what you tick.")),
            (_("To"), view.head.partner_name),
            (_("Round"), _("%(used)s of %(all)s") % {"used": used, "all": rounds}),
        ],
        fields=return_fields(view, request.POST if request.method == "POST" else None),
        hidden=[("seen", _seen(request))],
        blocked="" if view.rounds_left else _("It was returned as often as the playbook allows."),
    )  # fmt: skip

    def do() -> str:
        decide.return_submission(
            submission_id=submission_id, codes=typed_codes(request.POST),
            fields=request.POST.getlist("fields"), message=request.POST.get("message", ""),
            by=request.me, at=request.at,
        )  # fmt: skip
        return _("%(number)s was returned. The partner got a letter.") % {
            "number": view.head.number
        }

    return answer(request, form, do, url=reverse("console:queue"), gone=[submission_id])


@opened_to("submissions.decline")
def decline(request: KnownRequest, submission_id: str) -> HttpResponse:
    """This will not approve a submission, for good."""
    view = get_submission(submission_id, by=request.me, at=request.at)
    title = _("Do not approve %(number)s") % {"number": view.head.number}
    refused = _refused_at_once(request, view, title)
    if refused is not None:
        return refused
    form = ActForm(
        title=title,
        confirm=_("Do not approve, final"),
        confirm_tone="danger",
        back_url=address("submission", submission_id),
        facts=[
            (
                _("Effect"),
                _("Final. Nothing is credited.")
                if Kind(view.head.kind).is_credit
                else _("Final. Nothing is paid; what was reserved for it is free again."),
            ),
            (_("To"), view.head.partner_name),
            (_("By"), request.me.name),
        ],
        fields=_decline_fields(request, view),
        hidden=[("seen", _seen(request))],
        notice=_("If the partner can still mend it, return it instead."),
        notice_tone="warn",
    )

    def do() -> str:
        decided = decide.decline_submission(
            submission_id=submission_id, expected_screening_sha256=_seen(request),
            code=request.POST.get("code", ""), reason=request.POST.get("reason", ""),
            by=request.me, at=request.at,
        )  # fmt: skip
        if decided.is_held:
            return held_words(view)
        return _("%(number)s was not approved (final).") % {"number": view.head.number}

    return answer(request, form, do, url=reverse("console:queue"), gone=[submission_id])


def held_words(view: SubmissionView) -> str:
    """This will say that a verdict is kept until somebody else has judged."""
    return _(
        "%(number)s was drawn for a blind second review. Your verdict is kept; somebody else "
        "judges it now without seeing it."
    ) % {"number": view.head.number}


def _seen(request: KnownRequest) -> str:
    """Return the hash of the screening that stood on the page from which the act came."""
    return request.POST.get("seen", "") or request.GET.get("seen", "")


def _refused_at_once(
    request: KnownRequest, view: SubmissionView, title: str
) -> HttpResponse | None:
    """Answer 409 where the page that led here is older than what stands; else None."""
    back_url = address("submission", view.head.public_id)
    if view.head.state not in IN_REVIEW or view.screening is None:
        words = kind_words(view.head.kind)
        error: Exception = StateRefused(
            f"This {words.lower()} is {view.head.state.replace('_', ' ')}; it is not in review"
        )
        return refuse(request, title, error, back_url=back_url)
    if _seen(request) != view.screening.sha256:
        return refuse(request, title, ScreeningStale(STALE), back_url=back_url)
    return None


def _approve_facts(view: SubmissionView, *, zone: ZoneInfo) -> list[tuple[str, str]]:
    screening = view.screening
    assert screening is not None
    amount = screening.amount
    payable = str(show_money(amount.payable)) if amount else ""
    kind = Kind(view.head.kind)
    roles = screening.approvers_in_turn
    later = roles[len(view.approvals) + 1 :]
    if later:
        effect = _("Your approval is recorded; it goes to the next approver.")
    elif kind.is_credit:
        effect = _("%(sum)s of influence is credited to the partner; no money moves.") % {
            "sum": payable
        }
        if kind is Kind.REFERRAL:
            effect = _("The referral is accepted: the deal stands as referred by this partner.")
    elif kind.pays:
        effect = _("%(sum)s is approved and waits to be sent for payment.") % {"sum": payable}
    else:
        effect = _("%(sum)s is reserved in the fund for this activity.") % {"sum": payable}
    facts = [(_("Effect"), effect), (_("To"), view.head.partner_name)]
    if later:
        facts.append((_("Second approval"), ", ".join(role_words(role) for role in later)))
    else:
        facts.append((_("Second approval"), _("Not needed after yours.")))
    if view.head.due_at is not None:
        facts.append((_("Promised by"), show_moment(view.head.due_at, zone).text))
    return facts


def _decline_fields(request: KnownRequest, view: SubmissionView) -> list[FieldPart]:
    screening = view.screening
    failing = (
        [item.code for item in screening.criteria if item.result == "fail"] if screening else []
    )
    usual = next(iter(failing), "")
    chosen = request.POST.get("code", usual)
    # What fails stands first, then the playbook's other codes.
    codes = sorted(view.codes, key=lambda code: (code[0] not in failing, code[2]))
    options = [OptionPart("", _("Choose a reason"), not chosen)]
    options += [OptionPart(name, text, name == chosen) for name, _group, text in codes]
    return [
        FieldPart(
            "code", _("Reason code"), "select", value=chosen, options=options, is_required=True,
            hint=_("The partner reads its words in the letter."),
        ),
        FieldPart(
            "reason", _("Reason in your words"), "textarea", value=request.POST.get("reason", ""),
            is_required=True, hint=_("What was seen, and what would have passed."),
        ),
    ]  # fmt: skip
