"""Programs, tiers, funds, enrollments and the sales that earn fund money."""

from django.db import models
from django.db.models import F, Q

from counterfoil.apps.partners.models import Organization
from counterfoil.foundation.isolation import isolated


@isolated(by=None, portal="r", staff="raw", worker="ra")
class Program(models.Model):
    """A partner program of the vendor."""

    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    currency = models.CharField(max_length=3)
    legal_entity = models.CharField(max_length=200)
    zone = models.CharField(max_length=60, default="UTC")
    calendar = models.CharField(max_length=60, help_text="Code of the working calendar.")
    created_at = models.DateTimeField()


@isolated(by=None, portal="r", staff="raw", worker="ra")
class Tier(models.Model):
    """A tier of a program, ranked from 1 (lowest)."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    rank = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "code"], name="tier_code_once"),
            models.UniqueConstraint(fields=["program", "rank"], name="tier_rank_once"),
        ]


@isolated(by="partner_id", portal="r", staff="raw", worker="raw")
class Enrollment(models.Model):
    """A partner's place in a program."""

    partner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="+")
    tier = models.ForeignKey(Tier, on_delete=models.PROTECT, related_name="+", null=True)
    since_on = models.DateField()
    ended_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "program"],
                condition=Q(ended_on__isnull=True),
                name="one_open_enrollment",
            )
        ]


@isolated(by=None, portal="r", staff="raw", worker="ra")
class Fund(models.Model):
    """A fund and a period of it; the only amount kept here is the authorized budget."""

    public_id = models.CharField(max_length=40, unique=True)
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    period = models.CharField(max_length=20, help_text="2018-Q1, 2026 …")
    currency = models.CharField(max_length=3)
    budget_minor = models.BigIntegerField()
    earn_rate_ppm = models.IntegerField(default=0)
    earn_rounding = models.CharField(max_length=12, default="half_even")
    starts_on = models.DateField(help_text="Activities lie within starts_on and ends_on.")
    ends_on = models.DateField()
    # The sales that earn: usually the period before the one in which the money is used.
    earns_from = models.DateField(null=True)
    earns_to = models.DateField(null=True)
    claims_until = models.DateField()
    cost_center = models.CharField(max_length=60, blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "period"], name="fund_period_once"),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")) & Q(claims_until__gte=F("ends_on")),
                name="fund_dates_in_order",
            ),
            models.CheckConstraint(
                condition=Q(earns_from__isnull=True, earns_to__isnull=True)
                | Q(earns_to__gte=F("earns_from")),
                name="fund_earning_dates_in_order",
            ),
            models.CheckConstraint(condition=Q(budget_minor__gte=0), name="budget_not_negative"),
        ]


@isolated(by="partner_id", portal="r", staff="ra", worker="ra")
class SalesLine(models.Model):
    """A partner's sale as another system reported it; a correction is a further line."""

    partner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=60)
    source_key = models.CharField(max_length=120)
    order_number = models.CharField(max_length=60)
    sold_on = models.DateField()
    received_on = models.DateField()
    product = models.CharField(max_length=60, blank=True, default="")
    category = models.CharField(max_length=60, blank=True, default="")
    original_key = models.CharField(
        max_length=120, blank=True, default="", help_text="Of the line that a refund is about."
    )
    quantity = models.IntegerField()
    amount_minor = models.BigIntegerField(help_text="Never negative: the kind carries the sign.")
    currency = models.CharField(max_length=3)
    kind = models.CharField(max_length=10, default="sale")
    import_run = models.CharField(max_length=40)
    row_sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "source_key"], name="sales_line_once"),
            models.UniqueConstraint(fields=["partner", "id"], name="sales_line_of_partner"),
            models.CheckConstraint(
                condition=Q(kind__in=["sale", "refund"]), name="sales_line_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0), name="sales_line_amount_unsigned"
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "sold_on"]),
            models.Index(fields=["sold_on"]),
            models.Index(fields=["import_run"]),
        ]


@isolated(by="partner_id", portal="r", staff="ra", worker="ra")
class EarningStatement(models.Model):
    """How a partner's allocation of a fund period was computed: base, rate, rounding, hash."""

    id = models.CharField(primary_key=True, max_length=40)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    partner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveSmallIntegerField(default=1)
    base_minor = models.BigIntegerField()
    line_count = models.IntegerField()
    lines_sha256 = models.CharField(max_length=64)
    rate_ppm = models.IntegerField()
    rounding = models.CharField(max_length=12)
    earned_minor = models.BigIntegerField()
    posted_minor = models.BigIntegerField(help_text="The difference that this version posted.")
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["fund", "partner", "version"], name="earning_version_once"
            )
        ]
