"""Payees and the ways of a payable out: vendor bills (`erp_bill`), payment files (`bank_file`).

What may never happen is kept by the database (migrations `0002`, `0003`, `0005`): one live bill or
payment per payable, files that never change once sealed, approvals bound to a hash.
"""

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
            models.CheckConstraint(
                condition=Q(route__in=["erp_bill", "bank_file"]), name="payee_route_known"
            ),
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


@isolated(by=None, staff="raw", worker="r")
class OwnAccount(models.Model):
    """One of our bank accounts, with the file that its bank takes and when it must have it."""

    code = models.CharField(max_length=40, unique=True)
    holder = models.CharField(max_length=70)
    currency = models.CharField(max_length=3)
    format = models.CharField(max_length=20, help_text="pain.001.001.09, …03 or nacha")
    is_sepa = models.BooleanField(default=False)
    account_number = models.CharField(max_length=34, help_text="IBAN, or account number in the US")
    bic = models.CharField(max_length=11, blank=True, default="")
    routing = models.CharField(max_length=9, blank=True, default="")
    bank_name = models.CharField(max_length=70, blank=True, default="")
    company_id = models.CharField(max_length=10, blank=True, default="", help_text="NACHA")
    calendar = models.CharField(max_length=60, help_text="Calendar of the bank's holidays")
    cut_off = models.CharField(max_length=5, default="14:00", help_text="Local time, HH:MM")
    lead_days = models.SmallIntegerField(default=1, help_text="Bank days before execution")
    channel = models.CharField(max_length=10, default="folder")
    entered_by = models.CharField(max_length=60)
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(format__in=["pain.001.001.03", "pain.001.001.09", "nacha"]),
                name="own_account_format_known",
            ),
            models.CheckConstraint(
                condition=Q(channel__in=["folder", "download"]), name="own_account_channel_known"
            ),
            models.CheckConstraint(
                condition=~Q(format="nacha") | Q(currency="USD"), name="nacha_is_usd"
            ),
            models.CheckConstraint(
                condition=Q(is_sepa=False) | Q(currency="EUR"), name="sepa_is_eur"
            ),
        ]


@isolated(by=None, staff="raw", worker="raw")
class PayoutState(models.Model):
    """The one row that numbers batches without a gap, and that locks payouts (I5, I10)."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    org = models.CharField(max_length=10)
    epoch = models.IntegerField(default=1)
    next_seq = models.IntegerField(default=1)
    is_locked = models.BooleanField(default=False)
    lock_reason = models.TextField(blank=True, default="")
    locked_at = models.DateTimeField(null=True)
    unlocked_by = models.CharField(max_length=60, blank=True, default="")
    unlocked_at = models.DateTimeField(null=True)
    instance = models.CharField(
        max_length=64, blank=True, default="", help_text="Mark of the folder that is paid into."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="one_payout_state"),
            models.CheckConstraint(
                condition=Q(epoch__gt=0) & Q(next_seq__gt=0), name="payout_state_positive"
            ),
        ]


@isolated(by=None, staff="raw", worker="raw")
class OutsideFinding(models.Model):
    """What the outside knows and the database does not: locks payouts until accounted for."""

    public_id = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=12)
    subject = models.CharField(max_length=200, help_text="File name, message id, or place.")
    sha256 = models.CharField(max_length=64, blank=True, default="")
    words = models.TextField()
    found_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, blank=True, default="")
    note = models.TextField(blank=True, default="")
    decided_by = models.CharField(max_length=60, blank=True, default="")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject", "sha256"], name="outside_told_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["file", "answer", "checkpoint", "folder"]),
                name="outside_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(outcome="", decided_at__isnull=True)
                | (
                    Q(outcome__in=["adopted", "explained"], decided_at__isnull=False)
                    & ~Q(decided_by="")
                    & ~Q(note="")
                ),
                name="outside_decided_with_reason",
            ),
        ]


@isolated(by="partner_id", portal="ra", staff="raw", worker="raw")
class BankDetail(models.Model):
    """A version of where a partner is paid in a currency; the account is encrypted.

    proposed -> callback_done -> cooling_off (approved by another person) -> active -> superseded;
    refused from any state before active. The one before stays in use until this one is active.
    """

    public_id = models.CharField(max_length=40, unique=True)
    partner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    kind = models.CharField(max_length=8, help_text="iban or us")
    holder = models.CharField(max_length=70)
    bank_country = models.CharField(max_length=2)
    bic = models.CharField(max_length=11, blank=True, default="")
    masked = models.CharField(max_length=20)
    fingerprint = models.CharField(max_length=64)
    sealed = models.TextField(help_text="Encrypted with a key outside the database.")
    state = models.CharField(max_length=16, default="proposed")
    reason = models.TextField(blank=True, default="")
    proposed_by = models.CharField(max_length=60)
    proposed_at = models.DateTimeField()
    proposed_via = models.CharField(max_length=10)
    callback_contact = models.CharField(max_length=40, blank=True, default="")
    callback_number = models.CharField(max_length=60, blank=True, default="")
    callback_person = models.CharField(max_length=200, blank=True, default="")
    callback_note = models.TextField(blank=True, default="")
    callback_by = models.CharField(max_length=60, blank=True, default="")
    callback_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=60, blank=True, default="")
    approved_at = models.DateTimeField(null=True)
    cooling_off_until = models.DateTimeField(null=True)
    active_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="Superseded or refused.")
    refused_by = models.CharField(max_length=60, blank=True, default="")
    refused_reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "id"], name="bank_detail_of_partner"),
            models.UniqueConstraint(
                fields=["partner", "currency"],
                condition=Q(state="active"),
                name="one_active_bank_detail",
            ),
            models.UniqueConstraint(
                fields=["partner", "currency"],
                condition=Q(state__in=["proposed", "callback_done", "cooling_off"]),
                name="one_open_bank_change",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "proposed",
                        "callback_done",
                        "cooling_off",
                        "active",
                        "superseded",
                        "refused",
                    ]
                ),
                name="bank_detail_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "refused"])
                | (
                    ~Q(callback_by="")
                    & ~Q(callback_number="")
                    & ~Q(callback_person="")
                    & Q(callback_at__isnull=False)
                ),
                name="bank_detail_called_back",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "callback_done", "refused"])
                | (
                    ~Q(approved_by="")
                    & ~Q(approved_by=F("proposed_by"))
                    & ~Q(approved_by=F("callback_by"))
                    & Q(cooling_off_until__gt=F("approved_at"))
                ),
                name="bank_detail_second_person",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["active", "superseded"])
                | Q(active_at__gte=F("cooling_off_until")),
                name="bank_detail_cooled_off",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | (~Q(refused_by="") & ~Q(refused_reason="")),
                name="bank_detail_refusal_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["fingerprint"]),
            models.Index(fields=["state", "cooling_off_until"]),
        ]


@isolated(by="partner_id", portal="r", staff="raw", worker="r")
class PayeeDocument(models.Model):
    """A paper of the payee checklist: which form, until when, checked by a second person."""

    public_id = models.CharField(max_length=40, unique=True)
    partner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    form = models.CharField(max_length=60, help_text="W-9, W-8BEN-E, registry extract …")
    reference = models.CharField(max_length=120, blank=True, default="")
    expires_on = models.DateField(null=True)
    entered_by = models.CharField(max_length=60)
    entered_at = models.DateTimeField()
    checked_by = models.CharField(max_length=60, blank=True, default="")
    checked_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["legal_entity", "tax_form", "bank_letter", "other"]),
                name="payee_document_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(checked_by="") | ~Q(checked_by=F("entered_by")),
                name="payee_document_second_person",
            ),
            models.UniqueConstraint(
                fields=["partner", "kind", "form"],
                condition=Q(ended_at__isnull=True),
                name="one_payee_document_a_form",
            ),
        ]


@isolated(by="partner_id", staff="raw", worker="raw")
class PayableHold(models.Model):
    """What keeps a payable from being paid until a person lifts it."""

    public_id = models.CharField(max_length=40, unique=True)
    partner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    payable_ref = models.CharField(max_length=80)
    kind = models.CharField(max_length=10)
    reason = models.TextField()
    placed_by = models.CharField(max_length=60)
    placed_at = models.DateTimeField()
    lifted_by = models.CharField(max_length=60, blank=True, default="")
    lifted_at = models.DateTimeField(null=True)
    lifted_reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["hold", "rejected", "returned"]), name="hold_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True)
                | (~Q(lifted_by="") & ~Q(lifted_reason="") & ~Q(lifted_by__startswith="system:")),
                name="hold_lifted_by_a_person",
            ),
            models.UniqueConstraint(
                fields=["partner", "payable_ref", "kind"],
                condition=Q(lifted_at__isnull=True),
                name="one_open_hold",
            ),
        ]


@isolated(by=None, staff="raw", worker="raw")
class PaymentBatch(models.Model):
    """A payment file: its bytes and hash are in the database before anything leaves."""

    public_id = models.CharField(max_length=40, unique=True)
    message_id = models.CharField(max_length=35, unique=True, help_text="For ever.")
    epoch = models.IntegerField()
    seq = models.IntegerField()
    own_account = models.ForeignKey(OwnAccount, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    format = models.CharField(max_length=20)
    execute_on = models.DateField()
    state = models.CharField(max_length=14, default="sealed")
    is_unknown = models.BooleanField(default=False, help_text="Nobody knows whether it arrived.")
    file_name = models.CharField(max_length=120)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    count = models.IntegerField()
    total_minor = models.BigIntegerField()
    details_sha256 = models.CharField(max_length=64, help_text="Of the bank details in use.")
    sealed_by = models.CharField(max_length=60)
    sealed_at = models.DateTimeField()
    released_by = models.CharField(max_length=60, blank=True, default="")
    released_at = models.DateTimeField(null=True)
    dispatched_at = models.DateTimeField(null=True)
    receipt = models.CharField(max_length=120, blank=True, default="")
    closed_at = models.DateTimeField(null=True)
    close_proof = models.JSONField(
        default=dict, help_text="Where the close stands in the audit log (RFC 9162)."
    )
    is_adopted = models.BooleanField(
        default=False, help_text="Sent before a backup was restored, and taken over from its file."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["epoch", "seq"], name="payment_batch_number_once"),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "sealed",
                        "approved",
                        "released",
                        "dispatched",
                        "acked",
                        "part_rejected",
                        "rejected",
                        "settled",
                        "closed",
                        "void",
                    ]
                ),
                name="payment_batch_state_known",
            ),
            models.CheckConstraint(
                condition=Q(count__gt=0) & Q(total_minor__gt=0), name="payment_batch_positive"
            ),
            models.CheckConstraint(
                condition=Q(released_by="") | ~Q(released_by=F("sealed_by")),
                name="payment_batch_released_by_another",
            ),
        ]
        indexes = [models.Index(fields=["state", "id"])]


@isolated(by="partner_id", portal="r", staff="raw", worker="raw")
class Payment(models.Model):
    """One payable on a payment file; a payable has at most one live payment (I1)."""

    public_id = models.CharField(max_length=40, unique=True)
    end_to_end_id = models.CharField(max_length=35, unique=True)
    trace_number = models.CharField(max_length=15, blank=True, default="")
    batch = models.ForeignKey(PaymentBatch, on_delete=models.PROTECT, related_name="+")
    position = models.IntegerField()
    attempt = models.IntegerField()
    partner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    payee = models.ForeignKey(
        Payee, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    bank_detail = models.ForeignKey(
        BankDetail, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    payable_ref = models.CharField(max_length=80)
    payable_entry = models.CharField(max_length=40)
    fund = models.CharField(max_length=60)
    period = models.CharField(max_length=20)
    gross_minor = models.BigIntegerField()
    netted_minor = models.BigIntegerField(default=0)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    remittance = models.CharField(max_length=140)
    is_live = models.BooleanField(default=True)
    state = models.CharField(max_length=10, default="sealed")
    settled_on = models.DateField(null=True)
    settled_count = models.IntegerField(default=0)
    bank_reference = models.CharField(max_length=120, blank=True, default="")
    code = models.CharField(max_length=20, blank=True, default="")
    reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "payable_ref", "fund", "period", "currency"],
                condition=Q(is_live=True),
                name="one_live_payment",
            ),
            models.UniqueConstraint(fields=["batch", "position"], name="payment_position_once"),
            models.UniqueConstraint(fields=["partner", "id"], name="payment_of_partner"),
            models.CheckConstraint(
                condition=Q(gross_minor__gt=0)
                & Q(netted_minor__gte=0)
                & Q(amount_minor__gte=0)
                & Q(gross_minor=F("netted_minor") + F("amount_minor")),
                name="payment_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "sealed",
                        "void",
                        "released",
                        "accepted",
                        "rejected",
                        "settled",
                        "returned",
                        "netted",
                    ]
                ),
                name="payment_state_known",
            ),
            models.CheckConstraint(
                condition=Q(is_live=False, state__in=["void", "rejected", "returned"])
                | Q(
                    is_live=True,
                    state__in=["sealed", "released", "accepted", "settled", "netted"],
                ),
                name="payment_live_by_state",
            ),
        ]
        indexes = [
            models.Index(fields=["payable_ref"]),
            models.Index(fields=["trace_number"]),
            models.Index(fields=["state", "id"]),
        ]


@isolated(by=None, staff="raw", worker="r")
class BatchApproval(models.Model):
    """One person's approval of exactly one file, by its hash; withdrawn, never deleted."""

    batch = models.ForeignKey(PaymentBatch, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    approver = models.CharField(max_length=60)
    proof = models.CharField(max_length=60, help_text="How the person was known.")
    approved_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "approver"],
                condition=Q(withdrawn_at__isnull=True),
                name="one_approval_a_person",
            )
        ]


@isolated(by=None, staff="raw", worker="r")
class BatchFinding(models.Model):
    """What the pre-payment check found; a batch is approved when each is cleared by name."""

    batch = models.ForeignKey(PaymentBatch, on_delete=models.PROTECT, related_name="+")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    words = models.TextField()
    cleared_by = models.CharField(max_length=60, blank=True, default="")
    cleared_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment", "kind"], name="one_finding_a_kind"),
            models.CheckConstraint(
                condition=Q(cleared_at__isnull=True) | ~Q(cleared_by=""),
                name="finding_cleared_by_name",
            ),
        ]


@isolated(by=None, staff="raw", worker="raw")
class Dispatch(models.Model):
    """One way of a released file out of the house, intended before it happens (I6)."""

    batch = models.ForeignKey(PaymentBatch, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=10)
    state = models.CharField(max_length=10, default="due")
    sha256 = models.CharField(max_length=64)
    place = models.CharField(max_length=200, blank=True, default="")
    asked_by = models.CharField(max_length=60)
    asked_at = models.DateTimeField()
    reason = models.TextField(blank=True, default="")
    done_by = models.CharField(max_length=60, blank=True, default="")
    done_at = models.DateTimeField(null=True)
    is_first = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch"], condition=Q(is_first=True), name="one_first_dispatch"
            ),
            models.CheckConstraint(
                condition=Q(is_first=True)
                | Q(done_by="")
                | (~Q(reason="") & ~Q(done_by=F("asked_by"))),
                name="second_download_second_person",
            ),
        ]


@isolated(by=None, staff="ra", worker="ra")
class BankFile(models.Model):
    """A file from a bank as it was read; its bytes are kept by hash beside the database."""

    public_id = models.CharField(max_length=40, unique=True)
    sha256 = models.CharField(max_length=64, unique=True)
    file_name = models.CharField(max_length=200)
    format = models.CharField(max_length=120)
    message_id = models.CharField(max_length=200, blank=True, default="")
    kind = models.CharField(max_length=12)
    read_by = models.CharField(max_length=60)
    read_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["statements", "status", "returns"]),
                name="bank_file_kind_known",
            )
        ]


@isolated(by=None, staff="raw", worker="raw")
class BankStatement(models.Model):
    """An account between two balances, as the bank told it; used once it ties or is accepted."""

    public_id = models.CharField(max_length=40, unique=True)
    file = models.ForeignKey(BankFile, on_delete=models.PROTECT, related_name="+")
    own_account = models.ForeignKey(
        OwnAccount, on_delete=models.PROTECT, related_name="+", null=True
    )
    kind = models.CharField(max_length=10)
    account = models.CharField(max_length=60)
    number = models.CharField(max_length=60, blank=True, default="")
    bank_id = models.CharField(max_length=200, blank=True, default="")
    digest = models.CharField(max_length=64, help_text="Of all that the statement says.")
    currency = models.CharField(max_length=3)
    opening_minor = models.BigIntegerField(null=True)
    closing_minor = models.BigIntegerField(null=True)
    opening_on = models.DateField(null=True)
    closing_on = models.DateField(null=True)
    count = models.IntegerField()
    review = models.JSONField(default=list, help_text="Why a person looks first.")
    unknown_parts = models.JSONField(default=list)
    unknown_count = models.IntegerField(default=0)
    state = models.CharField(max_length=10)
    decided_by = models.CharField(max_length=60, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    decided_reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "digest"], name="statement_read_once"),
            models.CheckConstraint(
                condition=Q(state__in=["review", "taken", "set_aside"]),
                name="statement_state_known",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["statement", "report", "notice"]),
                name="statement_kind_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="taken")
                | Q(review=[])
                | (~Q(decided_by="") & ~Q(decided_reason="")),
                name="untied_statement_taken_by_a_person",
            ),
        ]
        indexes = [models.Index(fields=["account", "closing_on"])]


@isolated(by=None, staff="ra", worker="ra")
class BankLine(models.Model):
    """One line of a statement, or one payment inside a batch booking (`parent`)."""

    public_id = models.CharField(max_length=40, unique=True)
    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=64, unique=True, help_text="The same line, the same key.")
    likeness = models.CharField(max_length=64, db_index=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+", null=True)
    has_parts = models.BooleanField(default=False)
    number = models.IntegerField()
    file_line = models.IntegerField()
    amount_minor = models.BigIntegerField(help_text="Plus is money in.")
    currency = models.CharField(max_length=3)
    instructed_minor = models.BigIntegerField(null=True)
    instructed_currency = models.CharField(max_length=3, blank=True, default="")
    status = models.CharField(max_length=12)
    booked_on = models.DateField()
    valued_on = models.DateField()
    reference = models.CharField(max_length=200, blank=True, default="")
    end_to_end_id = models.CharField(max_length=200, blank=True, default="")
    party = models.CharField(max_length=200, blank=True, default="")
    party_fingerprint = models.CharField(max_length=64, blank=True, default="")
    code = models.CharField(max_length=60, blank=True, default="")
    text = models.TextField(blank=True, default="")
    is_reversal = models.BooleanField(default=False)
    return_code = models.CharField(max_length=20, blank=True, default="")
    return_text = models.TextField(blank=True, default="")
    batch_message_id = models.CharField(max_length=60, blank=True, default="")
    batch_count = models.IntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["statement", "number"]),
            models.Index(fields=["reference"]),
        ]


@isolated(by=None, staff="ra", worker="ra")
class BankMatch(models.Model):
    """What a bank line was found to be; never changed, undone by a row that points to it."""

    public_id = models.CharField(max_length=40, unique=True)
    line = models.ForeignKey(BankLine, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12)
    rule = models.CharField(max_length=12)
    rules_version = models.IntegerField()
    payments = models.JSONField(default=list, help_text="End-to-end ids, with what each became.")
    fee_minor = models.BigIntegerField(default=0)
    entries = models.JSONField(default=list, help_text="Ledger entries posted by it.")
    evidence = models.JSONField(default=dict)
    reason = models.TextField(blank=True, default="")
    matched_by = models.CharField(max_length=60)
    matched_at = models.DateTimeField()
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["payment", "return", "fee", "duplicate", "not_ours"]),
                name="bank_match_kind_known",
            ),
            models.CheckConstraint(
                condition=~Q(rule="person") | ~Q(reason=""), name="bank_match_reason_by_hand"
            ),
            models.CheckConstraint(
                condition=Q(undoes__isnull=True) | ~Q(reason=""), name="bank_undo_has_reason"
            ),
        ]
        indexes = [models.Index(fields=["line", "id"])]


@isolated(by=None, staff="rad", worker="rad")
class BankSlot(models.Model):
    """What a live match holds: a line, or a payment's settlement or return. Nothing twice."""

    subject_kind = models.CharField(max_length=8)
    subject = models.CharField(max_length=60)
    match = models.ForeignKey(BankMatch, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject"], name="nothing_matched_twice"
            ),
            models.CheckConstraint(
                condition=Q(subject_kind__in=["line", "settled", "returned"]),
                name="bank_slot_kind_known",
            ),
        ]


@isolated(by=None, staff="raw", worker="raw")
class BankWork(models.Model):
    """A line that waits for a person: why, with which candidates, since when."""

    line = models.OneToOneField(BankLine, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=20)
    candidates = models.JSONField(default=list)
    raised_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["closed_at", "raised_at"])]


@isolated(by=None, staff="raw", worker="raw")
class BankNotice(models.Model):
    """The inbox of status reports and returns: each counts once, whatever comes twice."""

    public_id = models.CharField(max_length=40, unique=True)
    file = models.ForeignKey(BankFile, on_delete=models.PROTECT, related_name="+")
    sender = models.CharField(max_length=120)
    message_id = models.CharField(max_length=200)
    status = models.CharField(max_length=20, blank=True, default="")
    about = models.CharField(max_length=60, help_text="Our message id, or our trace number.")
    state = models.CharField(max_length=12)
    outcome = models.JSONField(default=list)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sender", "message_id", "status"], name="notice_counts_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["applied", "quarantine"]), name="notice_state_known"
            ),
        ]
