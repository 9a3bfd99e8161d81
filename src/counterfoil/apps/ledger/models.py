"""Accounts, entries, legs and periods. Balances are sums; no balance is stored.

Guards stand in the database (migration `0002_guards`): balanced per entry and currency, closed
with its transaction, no update or delete, reversed at most once (ADR 0006).
"""

from django.db import models
from django.db.models import F, Q

from counterfoil.foundation.isolation import isolated


@isolated(by="partner_id", portal="r", staff="raw", worker="raw")
class Account(models.Model):
    """A ledger account, addressed by its code; `partner_id` 0 is the vendor itself."""

    code = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=40)
    is_memo = models.BooleanField()
    fund = models.CharField(max_length=60, blank=True, default="")
    partner_id = models.BigIntegerField(default=0)
    period = models.CharField(max_length=20, blank=True, default="")
    currency = models.CharField(max_length=3)
    normal = models.SmallIntegerField(help_text="+1 debit, -1 credit")
    may_go_negative = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(normal__in=[1, -1]), name="account_normal_side"),
            models.UniqueConstraint(
                fields=["id", "currency", "partner_id"], name="account_identity"
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "fund", "period"]),
            models.Index(fields=["partner_id", "kind"]),
        ]


@isolated(by="partner_id", portal="r", staff="ra", worker="ra")
class Entry(models.Model):
    """A journal entry; belongs to at most one partner. Never changed, corrected by reversal."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=40)
    effective_on = models.DateField()
    posted_at = models.DateTimeField()
    source_ref = models.CharField(max_length=80)
    partner_id = models.BigIntegerField(default=0)
    idem_key = models.CharField(max_length=200, unique=True)
    payload_sha256 = models.CharField(max_length=64)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, related_name="+", null=True)
    reason = models.TextField(blank=True, default="")
    actor_id = models.CharField(max_length=60)
    origin_period = models.CharField(max_length=20, blank=True, default="")
    batch = models.CharField(
        max_length=40, blank=True, default="", help_text="Names the audit event of a bulk post."
    )

    class Meta:
        indexes = [
            models.Index(fields=["source_ref"]),
            models.Index(fields=["effective_on", "id"]),
            models.Index(fields=["partner_id", "id"]),
        ]
        constraints = [
            models.UniqueConstraint(fields=["partner_id", "id"], name="entry_of_partner")
        ]


@isolated(by="partner_id", portal="r", staff="ra", worker="ra")
class Leg(models.Model):
    """One side of an entry: positive is debit, negative is credit, in minor units."""

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+")
    seq = models.SmallIntegerField()
    # The key in the database is composite: a leg has its account's currency and partner.
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    partner_id = models.BigIntegerField(default=0, help_text="Of the account.")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "seq"], name="leg_seq_once"),
            models.CheckConstraint(condition=~Q(amount_minor=0), name="leg_not_zero"),
        ]
        indexes = [models.Index(fields=["account", "entry"])]


@isolated(by=None, staff="raw", worker="r")
class Period(models.Model):
    """An accounting month; nothing is posted into a closed one."""

    code = models.CharField(primary_key=True, max_length=7, help_text="YYYY-MM")
    starts_on = models.DateField()
    ends_on = models.DateField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=60, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="period_order")
        ]
