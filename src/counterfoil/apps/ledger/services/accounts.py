"""Account rows: made on demand, locked in id order, summed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db import connection

from counterfoil.apps.ledger.errors import UnknownPartner
from counterfoil.apps.ledger.models import Account
from counterfoil.apps.partners.models import Organization
from counterfoil.core.accounts import AccountKey, Group
from counterfoil.core.money import Money
from counterfoil.foundation.bulk import array_literal


class AccountRow(NamedTuple):
    """What posting needs to know of an account."""

    pk: int
    partner_id: int
    normal: int
    may_go_negative: bool
    currency: str


def locked_balances(*, accounts: Sequence[AccountKey]) -> dict[AccountKey, Money]:
    """This will lock the accounts (those that exist) until the transaction ends and sum them.

    Balances are on the normal side; an account that does not exist yet is zero and not locked.
    """
    keys = {key.code: key for key in accounts}
    known = _known(list(keys))
    lock_accounts(sorted(row.pk for row in known.values()))
    sums = balances_by_pk([row.pk for row in known.values()])
    answer = {}
    for code, key in keys.items():
        row = known.get(code)
        minor = sums.get(row.pk, 0) * row.normal if row else 0
        answer[key] = Money(minor, key.currency)
    return answer


def partner_keys(public_ids: Iterable[str]) -> dict[str, int]:
    """This will look partners up by their public ids; raises UnknownPartner."""
    wanted = set(public_ids)
    if not wanted:
        return {}
    found = dict(Organization.objects.filter(public_id__in=wanted).values_list("public_id", "pk"))
    for public_id in sorted(wanted - set(found)):
        raise UnknownPartner(f"There is no partner {public_id}.")
    return found


def accounts_for(
    keys: Iterable[AccountKey], partners: Mapping[str, int]
) -> dict[AccountKey, AccountRow]:
    """This will return the row of every account, making those that do not exist yet."""
    codes = {key.code: key for key in keys}
    known = _known(list(codes))
    missing = sorted(code for code in codes if code not in known)
    if missing:
        # By code, so that two transactions that make the same accounts never wait in a ring.
        Account.objects.bulk_create(
            [_new_row(codes[code], partners) for code in missing],
            ignore_conflicts=True,
            batch_size=1000,
        )
        known |= _known(missing)
    return {key: known[code] for code, key in codes.items()}


def lock_accounts(ids: Sequence[int]) -> None:
    """This will lock account rows in id order until the transaction ends.

    NO KEY UPDATE, because the foreign key of every new leg takes a KEY SHARE lock on its account:
    a stronger lock would make those who only add to an account wait, and two such could deadlock.
    """
    rows = Account.objects.filter(pk__in=list(ids)).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk"))


def balances_by_pk(ids: Sequence[int]) -> dict[int, int]:
    """This will sum the legs of accounts, signed, by account row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.account_id, sum(l.amount_minor)::bigint "
            "FROM unnest(%s::text::bigint[]) AS wanted(account_id) "
            "JOIN ledger_leg l USING (account_id) GROUP BY l.account_id",
            [array_literal(sorted(set(ids)))],
        )
        return dict(cursor.fetchall())


def _new_row(key: AccountKey, partners: Mapping[str, int]) -> Account:
    return Account(
        code=key.code,
        kind=str(key.kind),
        is_memo=key.rule.group is Group.MEMO,
        fund=key.fund or "",
        partner_id=partners[key.partner_id] if key.partner_id else 0,
        period=key.period or "",
        currency=key.currency,
        normal=int(key.rule.normal),
        may_go_negative=key.rule.may_go_negative,
    )


def _known(codes: Sequence[str]) -> dict[str, AccountRow]:
    rows = Account.objects.filter(code__in=list(codes)).values_list(
        "code", "pk", "partner_id", "normal", "may_go_negative", "currency"
    )
    return {
        code: AccountRow(pk, partner_id, normal, may_go_negative, currency)
        for code, pk, partner_id, normal, may_go_negative, currency in rows
    }
