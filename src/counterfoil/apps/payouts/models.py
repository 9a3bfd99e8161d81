"""Payees and the way of a payable to the ERP and back (route `erp_bill`)."""

from django.db import models
from django.db.models import F, Q

from counterfoil.apps.partners.models import Organization
from counterfoil.foundation.isolation import isolated


@isolated(by="partner_id", portal="r", staff="raw", worker="raw")
class Payee(models.Model):
    """The legal body that is paid for a partner; ready only when checked by a second person."""

    public_id = models.CharField(max_length=40, unique=True)
    partner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    legal_name = models.CharField(max_length=200)
    erp_vendor_number = models.CharField(max_length=60)
    country = models.CharField(max_length=60, blank=True, default="")
    currency = models.CharField(max_length=3)
    route = models.CharField(max_length=20, default="erp_bill")
    tax_recoverable = models.BooleanField(default=True)
    status = models.CharField(max_length=12, default="pending")
    entered_by = models.CharField(max_length=60)
    entered_at = models.DateTimeField()
    checked_by = models.CharField(max_length=60, blank=True, default="")
    checked_at = models.DateTimeField(null=True)
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "currency"],
                condition=Q(replaced_at__isnull=True),
                name="one_payee_a_currency",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "ready", "on_hold"]), name="payee_status_known"
            ),
            models.CheckConstraint(
                condition=~Q(status="ready")
                | (~Q(checked_by="") & ~Q(checked_by=F("entered_by"))),
                name="payee_second_person",
            ),
            models.UniqueConstraint(fields=["partner", "id"], name="payee_of_partner"),
        ]


@isolated(by=None, staff="raw", worker="raw")
class BillBatch(models.Model):
    """An export of vendor bills: its bytes and hash are kept before anything leaves."""

    public_id = models.CharField(max_length=40, unique=True)
    number = models.CharField(max_length=40, unique=True)
    state = models.CharField(max_length=12, default="sealed")
    file_name = models.CharField(max_length=120)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    count = models.IntegerField()
    totals = models.JSONField(help_text="Currency -> minor units.")
    sealed_by = models.CharField(max_length=60)
    sealed_at = models.DateTimeField()
    released_by = models.CharField(max_length=60, blank=True, default="")
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["sealed", "released", "void"]),
                name="bill_batch_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="released")
                | (~Q(released_by="") & ~Q(released_by=F("sealed_by"))),
                name="bill_batch_second_person",
            ),
        ]


@isolated(by="partner_id", portal="r", staff="raw", worker="raw")
class Bill(models.Model):
    """One payable on its way to the ERP; a payable has at most one live bill."""

    public_id = models.CharField(max_length=40, unique=True)
    number = models.CharField(
        max_length=60, unique=True, help_text="Our bill reference, for ever."
    )
    batch = models.ForeignKey(BillBatch, on_delete=models.PROTECT, related_name="+")
    partner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    payee = models.ForeignKey(
        Payee, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    payable_ref = models.CharField(max_length=80, help_text="Public id of what is paid.")
    payable_entry = models.CharField(max_length=40, help_text="Ledger entry that posted it.")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    is_live = models.BooleanField(default=True)
    state = models.CharField(max_length=12, default="billed")
    paid_on = models.DateField(null=True)
    paid_reference = models.CharField(max_length=120, blank=True, default="")
    paid_entry = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payable_ref"], condition=Q(is_live=True), name="one_live_bill"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="bill_positive"),
            models.CheckConstraint(
                condition=Q(state__in=["billed", "paid", "rejected", "void"]),
                name="bill_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="paid") | (Q(paid_on__isnull=False) & ~Q(paid_reference="")),
                name="paid_bill_has_date_and_reference",
            ),
        ]
