"""Stock of the ledger tests: shares of a fund, drafts, raw SQL."""

from datetime import date

from django.db import connection

from counterfoil.apps.ledger.services import post_entry
from counterfoil.core.journal import (
    FundShare,
    allocate_earned,
    bill_exported,
    bill_paid,
    budget_set,
    claim_approved,
    commit,
    expire_allocation,
    release_commitment,
)
from counterfoil.core.money import Money
from tests.money_stock import AT, OPS, next_key

FUND, PERIOD, ON = "fund_a", "2026-Q2", date(2026, 4, 30)


def euro(minor):
    return Money(minor, "EUR")


def share_of(partner):
    return FundShare(FUND, partner.public_id, PERIOD)


def how(ref="sub_a", key=None, on=ON):
    return {"effective_on": on, "idem_key": key or next_key(), "source_ref": ref}


def budget(minor, **more):
    return budget_set(fund=FUND, period=PERIOD, amount=euro(minor), **how("fund_a"), **more)


BUILDERS = {
    "allocate": lambda who, minor, **h: allocate_earned(share=who, amount=euro(minor), **h),
    "commit": lambda who, minor, **h: commit(share=who, amount=euro(minor), **h),
    "release": lambda who, minor, **h: release_commitment(
        share=who, amount=euro(minor), reason="Not used", **h
    ),
    "lapse": lambda who, minor, **h: release_commitment(
        share=who, amount=euro(minor), reason="Too late", is_expired=True, **h
    ),
    "expire": lambda who, minor, **h: expire_allocation(share=who, amount=euro(minor), **h),
    "claim": lambda who, minor, **h: claim_approved(share=who, approved=euro(minor), **h),
    "claim_directly": lambda who, minor, **h: claim_approved(
        share=who, approved=euro(minor), is_committed=False, **h
    ),
    "bill": lambda who, minor, **h: bill_exported(share=who, amount=euro(minor), **h),
    "pay": lambda who, minor, **h: bill_paid(share=who, amount=euro(minor), **h),
}


def draft(act, partner, minor, *, ref="sub_a", key=None, on=ON):
    """This will make the draft of an act on a partner's share."""
    return BUILDERS[act](share_of(partner), minor, **how(ref, key, on))


def post(*drafts, by=OPS, at=AT):
    """This will post drafts one by one and return what was posted last."""
    posted = None
    for item in drafts:
        posted = post_entry(draft=item, by=by, at=at)
    return posted


def sql(text, *values):
    """This will run a statement as whoever the transaction acts for."""
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        return cursor.fetchall() if cursor.description else []


def entry_sql(legs, *, columns="", values="", partner=0, key=None):
    """This will write an entry with `legs` (account code, minor, currency) in one statement."""
    key = key or next_key("raw")
    rows = ", ".join(
        f"({number}, '{code}', {minor}::bigint, '{currency}')"
        for number, (code, minor, currency) in enumerate(legs, start=1)
    )
    return (
        "WITH e AS (INSERT INTO ledger_entry (public_id, kind, effective_on, posted_at, "
        "source_ref, partner_id, idem_key, payload_sha256, reason, actor_id, origin_period, batch"
        f"{columns}) VALUES ('{key}', 'raw', '2026-04-30', now(), 's', {partner}, '{key}', 'x', "
        f"'', 'raw', '', ''{values}) RETURNING id) "
        "INSERT INTO ledger_leg (entry_id, seq, account_id, partner_id, amount_minor, currency) "
        "SELECT e.id, v.seq, a.id, a.partner_id, v.minor, v.currency FROM e, "
        f"(VALUES {rows}) AS v(seq, code, minor, currency) JOIN ledger_account a USING (code)"
    )
