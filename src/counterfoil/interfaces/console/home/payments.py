"""What waits for this person in paying by bank file and in the bank's answers."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from counterfoil.apps.payouts.selectors import (
    approvals_of,
    late_batches,
    list_bank_changes,
    list_payment_batches,
    payout_standing,
    ready_by_bank,
)
from counterfoil.apps.payouts.selectors.bank import count_of_work, list_statements
from counterfoil.apps.payouts.types import LateBatch
from counterfoil.core.money import Money
from counterfoil.interfaces.console.guard import may_somewhere
from counterfoil.interfaces.console.tables import Words
from counterfoil.interfaces.web.presenters import Status, format_count, show_money
from counterfoil.interfaces.web.requests import KnownRequest

Waiting = tuple[Words, str, str, Status]
COUNT_MAX = 500


def payments_waiting(request: KnownRequest, ours: Status) -> Iterator[Waiting]:
    """Yield what is locked or late first, then each step that this person may do next."""
    me = request.me
    standing = payout_standing()
    if standing is None:
        return
    if may_somewhere(me, "batches.view"):
        if standing.is_locked:
            bad = Status(_("Nothing is paid"), "lock", "bad")
            yield _("Payouts are locked"), reverse("console:outside"), "", bad
        yield from map(_late, late_batches(at=request.at))
    yield from _bank_details(request, ours)
    yield from _batches(request, ours)
    if may_somewhere(me, "bank.accept"):
        held = len(list_statements(state="review", limit=COUNT_MAX))
        if held:
            url = f"{reverse('console:bank')}?state=review"
            yield _("Bank statements wait for a look"), url, format_count(held), ours
    if may_somewhere(me, "bank.reconcile"):
        lines = count_of_work()
        if lines:
            url = reverse("console:bank_work")
            yield _("Lines of bank statements wait for a person"), url, format_count(lines), ours


def _late(each: LateBatch) -> Waiting:
    words = {
        "unknown": _("%(batch)s: nobody knows whether it arrived"),
        "unsent": _("%(batch)s was sent for payment and is not with the bank"),
        "transit": _("%(batch)s: payments that no statement shows"),
    }[each.why]
    days = ngettext("Late by %(n)s bank day", "Late by %(n)s bank days", each.days)
    return (
        words % {"batch": each.batch.message_id},
        reverse("console:payment_batch", args=[each.batch.public_id]),
        str(show_money(each.batch.total)),
        Status(days % {"n": each.days}, "late", "bad"),
    )


def _bank_details(request: KnownRequest, ours: Status) -> Iterator[Waiting]:
    me, url = request.me, reverse("console:bank_changes")
    if may_somewhere(me, "payees.call_back"):
        proposed = list_bank_changes(state="proposed", limit=COUNT_MAX)
        mine = [each for each in proposed if each.proposed_by != me.id]
        if mine:
            yield _("New bank details wait for a call-back"), url, format_count(len(mine)), ours
    if may_somewhere(me, "payees.approve_bank"):
        called = list_bank_changes(state="callback_done", limit=COUNT_MAX)
        mine = [each for each in called if me.id not in (each.proposed_by, each.callback_by)]
        if mine:
            yield _("New bank details wait for approval"), url, format_count(len(mine)), ours


def _batches(request: KnownRequest, ours: Status) -> Iterator[Waiting]:
    me = request.me
    if may_somewhere(me, "batches.seal"):
        sums: dict[str, Money] = {}
        for row in ready_by_bank(on=request.at.astimezone(request.person.zone).date()):
            if row.is_ready:
                zero = Money.zero(row.amount.currency)
                sums[row.amount.currency] = sums.get(row.amount.currency, zero) + row.amount
        for _currency, total in sorted(sums.items()):
            url = reverse("console:pay_ready")
            yield _("Ready to pay, in no payment file yet"), url, str(show_money(total)), ours
    steps = (
        ("sealed", "batches.approve", _("%(batch)s waits for your approval")),
        ("approved", "batches.release", _("%(batch)s is approved and waits to be sent")),
        ("settled", "batches.dispatch", _("%(batch)s is paid and waits to be closed")),
    )
    for state, action, words in steps:
        if not may_somewhere(me, action):
            continue
        for each in list_payment_batches(state=state, limit=COUNT_MAX):
            if each.sealed_by == me.id and state != "settled":
                continue
            if state == "sealed" and _approved(each.public_id, me.id):
                continue
            url = reverse("console:payment_batch", args=[each.public_id])
            yield words % {"batch": each.message_id}, url, str(show_money(each.total)), ours


def _approved(batch_id: str, person: str) -> bool:
    return any(
        each.approver == person and each.withdrawn_at is None for each in approvals_of(batch_id)
    )
