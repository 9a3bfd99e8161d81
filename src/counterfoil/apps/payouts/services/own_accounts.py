"""Our bank accounts, and the one row that numbers and locks payment batches."""

import re
from datetime import datetime

from django.db import IntegrityError, connection, transaction

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.payouts.errors import BadOwnAccount, PayoutsLocked, WrongState
from counterfoil.apps.payouts.models import OwnAccount, PayoutState
from counterfoil.apps.payouts.selectors.payments import own_account_info
from counterfoil.apps.payouts.selectors.recorded import account_digest
from counterfoil.apps.payouts.types import OwnAccountInfo
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require
from counterfoil.core.bankaccounts import BadAccount, check_iban, check_us_account
from counterfoil.core.bankfiles.latin import to_latin
from counterfoil.core.bankfiles.orders import BadOrder
from counterfoil.core.bankfiles.pain001 import VERSIONS
from counterfoil.core.money import exponent
from counterfoil.core.payday import BadCutOff, cut_off_time

_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_ORG = re.compile(r"[A-Z0-9]{2,10}")


def enter_own_account(
    *,
    code: str,
    holder: str,
    currency: str,
    file_format: str,
    calendar: str,
    by: Actor,
    at: datetime,
    iban: str = "",
    bic: str = "",
    routing: str = "",
    account: str = "",
    bank_name: str = "",
    company_id: str = "",
    is_sepa: bool = False,
    cut_off: str = "14:00",
    lead_days: int = 1,
    channel: str = "folder",
    org: str = "CF",
) -> OwnAccountInfo:
    """This will enter a bank account that is paid from; `org` begins message ids, set once.

    Entered accounts never change; another one gets another code. Raises NotAllowed,
    BadOwnAccount, UnknownCurrency.
    """
    require(by, "batches.manage")
    exponent(currency)
    if _CODE.fullmatch(code) is None:
        raise BadOwnAccount("The code has small letters, digits and hyphens, at most 40.")
    if file_format not in (*VERSIONS, "nacha"):
        raise BadOwnAccount(f"The file format is one of {', '.join(VERSIONS)} and nacha.")
    if _ORG.fullmatch(org) is None:
        raise BadOwnAccount("Message ids begin with 2 to 10 capital letters or digits.")
    if channel not in ("folder", "download") or not 0 <= lead_days <= 10:
        raise BadOwnAccount("Files go by folder or download; lead days are 0 to 10.")
    try:
        cut_off_time(cut_off)
        to_latin(holder, field="holder", length=70)
        found = check_iban(iban, bic=bic) if iban else check_us_account(routing, account)
    except (BadAccount, BadCutOff, BadOrder) as error:
        raise BadOwnAccount(str(error)) from None
    if file_format == "nacha" and (found.kind != "us" or len(company_id) != 10 or not bank_name):
        raise BadOwnAccount(
            "NACHA needs a routing number, the bank's name and a company id of ten characters."
        )
    try:
        with transaction.atomic():
            PayoutState.objects.get_or_create(id=1, defaults={"org": org})
            row = OwnAccount.objects.create(
                code=code,
                holder=holder.strip(),
                currency=currency,
                format=file_format,
                is_sepa=is_sepa,
                account_number=found.number,
                bic=found.bic,
                routing=found.routing,
                bank_name=bank_name.strip(),
                company_id=company_id,
                calendar=calendar,
                cut_off=cut_off,
                lead_days=lead_days,
                channel=channel,
                entered_by=by.id,
                entered_at=at,
            )
    except IntegrityError as error:
        raise BadOwnAccount(
            f"There is an account {code!r} already, or its file can't pay {currency}."
        ) from error
    record_event(
        by=by, at=at, action="own_account.entered", object_type="own_account", object_id=code,
        data={"currency": currency, "format": file_format, "masked": found.masked,
              "account_sha256": account_digest(row)},
    )  # fmt: skip
    return own_account_info(row)


def one_way_lock() -> None:
    """This will make other sealings wait, vendor bills among them, until this one ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7262, 1)")


def remember_folder(*, mark: str) -> None:
    """This will keep the mark of the bank's folder with the first file; later ones must fit it."""
    PayoutState.objects.filter(instance="").update(instance=mark)


def locked_state() -> PayoutState:
    """This will lock the numbering row until the transaction ends. Raises WrongState."""
    row = PayoutState.objects.select_for_update().first()
    if row is None:
        raise WrongState("No bank account of ours is entered yet.")
    return row


def refuse_when_locked(row: PayoutState) -> None:
    """This will raise PayoutsLocked with the reason when payouts are locked."""
    if row.is_locked:
        raise PayoutsLocked(
            f"Payouts are locked: {row.lock_reason} See docs/how-to/run-payment-files.md."
        )


def lock_payouts(*, reason: str, by: Actor, at: datetime) -> bool:
    """This will lock payouts: no file is made or sent until a person unlocks them.

    Says whether it did; a lock that is on stays as it is.
    """
    with transaction.atomic():
        row = PayoutState.objects.select_for_update().first()
        if row is None or row.is_locked:
            return False
        row.is_locked, row.lock_reason, row.locked_at = True, reason, at
        row.save(update_fields=["is_locked", "lock_reason", "locked_at"])
        record_event(
            by=by, at=at, action="payouts.locked", object_type="payouts", object_id="payouts",
            data={"reason": reason, "epoch": row.epoch, "next_seq": row.next_seq},
        )  # fmt: skip
    return True
