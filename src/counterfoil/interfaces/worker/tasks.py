"""The jobs: each reads the clock, acts as the worker in a transaction, and calls one flow.

A job only wakes the work. Every task may run twice, beside itself, and after a crash.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from counterfoil.apps.audit.errors import SigningKeyMissing
from counterfoil.apps.messaging.services import send_due
from counterfoil.apps.messaging.types import SendResult
from counterfoil.apps.payouts.errors import PayoutsLocked
from counterfoil.apps.payouts.selectors import batches_due
from counterfoil.apps.playbooks.selectors import list_versions
from counterfoil.core.actors import system_actor
from counterfoil.flows.answer_questions import tell_of_question as tell_flow
from counterfoil.flows.ask_account_executive import remind_account_executives as remind_flow
from counterfoil.flows.change_bank_details import activate_bank_details as activate_flow
from counterfoil.flows.frozen import freeze_decisions as freeze_flow
from counterfoil.flows.pay import compare_outside
from counterfoil.flows.pay import dispatch_payments as dispatch_flow
from counterfoil.flows.review_blind import keep_draws as keep_flow
from counterfoil.flows.run_clocks import run_clocks as run_clocks_flow
from counterfoil.flows.screen import screen_submission as screen_flow
from counterfoil.flows.verify_log import sequence_log as sequence_flow
from counterfoil.flows.verify_log import sign_log as sign_flow
from counterfoil.foundation.acting import acting_as, worker
from counterfoil.foundation.adapters import adapter

MAILS_A_ROUND = 200
ROUNDS_MAX = 100


def screen_submission(submission_id: str) -> None:
    """This will screen one submission; one that moved on meanwhile is left as it is."""
    with acting_as(worker()):
        screen_flow(submission_id=submission_id, by=system_actor("screening"), at=_now())


def send_outbox(timestamp: int = 0) -> None:
    """This will send what is due, one mail a transaction: a crash repeats one at most."""
    mail = adapter("mail")
    for _ in range(MAILS_A_ROUND):
        with acting_as(worker()):
            if send_due(at=_now(), mail=mail, limit=1) == SendResult():
                return


def sequence_log(timestamp: int = 0) -> None:
    """This will take every waiting event into the audit log."""
    for _ in range(ROUNDS_MAX):
        with acting_as(worker()):
            if sequence_flow(at=_now()) == 0:
                return


def sign_log(timestamp: int = 0) -> None:
    """This will sequence, and then sign in a transaction of its own.

    Without a key nothing is signed; `counterfoil doctor` says so.
    """
    sequence_log()
    with acting_as(worker()):
        try:
            sign_flow(at=_now(), key=adapter("signing_key"), store=adapter("checkpoint_store"))
        except SigningKeyMissing:
            return


def run_clocks(timestamp: int = 0) -> None:
    """This will fire the rungs of all clocks that were reached."""
    with acting_as(worker()):
        run_clocks_flow(by=system_actor("clocks"), at=_now())


def tell_of_question(question_id: str) -> None:
    """This will write to who answers a partner's question."""
    with acting_as(worker()):
        tell_flow(question_id=question_id, at=_now())


def remind_account_executives(timestamp: int = 0) -> None:
    """This will mail each account executive one list of the answers they owe."""
    with acting_as(worker()):
        remind_flow(at=_now())


def dispatch_payments(timestamp: int = 0) -> None:
    """This will put released payment files into the bank's folder, each in its transaction.

    While payouts are locked nothing leaves; the console and `counterfoil batches compare` say so.
    """
    folder, by = adapter("bank_folder"), system_actor("payouts")
    with acting_as(worker()):
        found = compare_outside(
            folder=folder, checkpoints=adapter("checkpoint_store"), by=by, at=_now()
        )
        if found:
            return
        waiting = batches_due()
    for batch_id in waiting:
        with acting_as(worker()):
            try:
                dispatch_flow(batch_id=batch_id, folder=folder, by=by, at=_now())
            except PayoutsLocked:
                return


def activate_bank_details(timestamp: int = 0) -> None:
    """This will take bank details into use whose cooling-off is over."""
    with acting_as(worker()):
        activate_flow(by=system_actor("payouts"), at=_now())


# name -> (function, cron with seconds last, or none for jobs that somebody defers only)
def freeze_decisions(timestamp: int = 0) -> None:
    """This will add the last day's decisions to the columns that drafts are tried on."""
    with acting_as(worker()):
        for code in sorted({row.code for row in list_versions()}):
            freeze_flow(playbook_code=code)


def keep_draws(timestamp: int = 0) -> None:
    """This will fix the secrets of the next draws, and tell those of months gone by."""
    with acting_as(worker()):
        keep_flow(by=system_actor("draws"), at=_now())


TASKS: dict[str, tuple[Callable[..., Any], str]] = {
    "screen_submission": (screen_submission, ""),
    "tell_of_question": (tell_of_question, ""),
    "send_outbox": (send_outbox, "* * * * * 20"),
    "sequence_log": (sequence_log, "* * * * * */5"),
    "sign_log": (sign_log, "7 * * * * 40"),
    "run_clocks": (run_clocks, "* * * * * 0"),
    "dispatch_payments": (dispatch_payments, "*/5 * * * * 50"),
    "activate_bank_details": (activate_bank_details, "11 * * * * 30"),
    "remind_account_executives": (remind_account_executives, "17 7 * * * 25"),
    "freeze_decisions": (freeze_decisions, "41 2 * * * 15"),
    "keep_draws": (keep_draws, "23 * * * * 35"),
}


def _now() -> datetime:
    return datetime.now(UTC)
