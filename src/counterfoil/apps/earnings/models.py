"""Commission plans and their monthly runs. What is posted never changes (trigger in `0002`)."""

from django.db import models
from django.db.models import F, Q

from counterfoil.apps.partners.models import Organization
from counterfoil.apps.programs.models import Program, SalesLine
from counterfoil.foundation.isolation import isolated


@isolated(by=None, portal="r", staff="raw", worker="r")
class PlanVersion(models.Model):
    """One version of a commission plan; its identity is the SHA-256 of its canonical JSON."""

    public_id = models.CharField(max_length=40, unique=True)
    code = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=12, default="draft")
    source = models.TextField(help_text="The YAML as written.")
    sha256 = models.CharField(max_length=64, blank=True, default="")
    effective_from = models.DateField(null=True)
    author_id = models.CharField(max_length=60)
    edited_at = models.DateTimeField()
    approved_by = models.CharField(max_length=60, blank=True, default="")
    published_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="plan_version_once"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "published"]), name="plan_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="draft")
                | (
                    ~Q(approved_by="")
                    & ~Q(approved_by=F("author_id"))
                    & ~Q(sha256="")
                    & Q(effective_from__isnull=False)
                    & Q(published_at__isnull=False)
                ),
                name="plan_second_person",
            ),
        ]


@isolated(by=None, portal="r", staff="raw", worker="r")
class PlanUse(models.Model):
    """A plan in a program; its public id names the accounts of what it earns.

    Staff may lock its row, which makes runs of one use wait for each other; it never changes.
    """

    public_id = models.CharField(max_length=40, unique=True)
    plan_code = models.CharField(max_length=60)
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="+")
    by = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan_code", "program"], name="plan_use_once")
        ]


@isolated(by="partner_id", staff="ra", worker="r")
class SplitParty(models.Model):
    """Who fills a party of a plan's splits for what a partner sells, since a day."""

    use = models.ForeignKey(PlanUse, on_delete=models.PROTECT, related_name="+")
    partner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    party = models.CharField(max_length=60)
    beneficiary = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    by = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["use", "partner", "party"], name="split_party_once"),
            models.CheckConstraint(
                condition=~Q(partner=F("beneficiary")), name="split_party_is_another"
            ),
        ]


@isolated(by=None, staff="raw", worker="raw")
class Run(models.Model):
    """A month computed under a plan: what it was computed from, and what came out.

    draft -> posted, or draft -> replaced by a later run of the month.
    """

    public_id = models.CharField(max_length=40, unique=True)
    use = models.ForeignKey(PlanUse, on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="+")
    month = models.CharField(max_length=7, help_text="2026-01")
    number = models.PositiveIntegerField(help_text="Counts the runs of the month.")
    state = models.CharField(max_length=12, default="draft")
    is_correction = models.BooleanField(help_text="The month was posted before.")
    manifest = models.TextField(help_text="Canonical JSON.")
    manifest_sha256 = models.CharField(max_length=64)
    lines_sha256 = models.CharField(max_length=64, help_text="Of the Parquet file of the lines.")
    earlier_sha256 = models.CharField(max_length=64)
    regions = models.JSONField(help_text="Regions whose approval it needs.")
    line_count = models.IntegerField()
    total_minor = models.BigIntegerField()
    difference_minor = models.BigIntegerField(help_text="What posting it adds.")
    currency = models.CharField(max_length=3)
    made_by = models.CharField(max_length=60)
    made_at = models.DateTimeField()
    posted_by = models.CharField(max_length=60, blank=True, default="")
    posted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["use", "month", "number"], name="run_once"),
            models.UniqueConstraint(
                fields=["use", "month"], condition=Q(state="draft"), name="one_draft_run"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "posted", "replaced"]), name="run_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="posted")
                | (~Q(posted_by="") & ~Q(posted_by=F("made_by")) & Q(posted_at__isnull=False)),
                name="run_second_person",
            ),
        ]


@isolated(by=None, staff="ra", worker="r")
class RunApproval(models.Model):
    """A region's or (region `*`) the central approval of exactly these results."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+")
    region = models.CharField(max_length=60)
    manifest_sha256 = models.CharField(max_length=64)
    made_by = models.CharField(max_length=60)
    approver = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "region"], name="run_approval_once"),
            models.CheckConstraint(
                condition=~Q(approver=F("made_by")), name="run_approval_second_person"
            ),
        ]


@isolated(by=None, portal="r", staff="ra", worker="r")
class ExchangeRate(models.Model):
    """What one unit of a currency was worth in another on a day, as a source gave it; a fact."""

    source = models.CharField(max_length=60)
    currency = models.CharField(max_length=3)
    into = models.CharField(max_length=3)
    on = models.DateField()
    numerator = models.BigIntegerField()
    decimals = models.SmallIntegerField(help_text="The rate is numerator / 10^decimals.")
    import_run = models.CharField(max_length=40)
    by = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "currency", "into", "on"], name="exchange_rate_once"
            ),
            models.CheckConstraint(
                condition=Q(numerator__gt=0) & Q(decimals__gte=0) & Q(decimals__lte=18)
                & ~Q(currency=F("into")),
                name="exchange_rate_is_one",
            ),
        ]  # fmt: skip


@isolated(by="partner_id", portal="r", staff="ra", worker="ra")
class RunLine(models.Model):
    """What one component of the plan gave for one sales line: enough to explain it."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+")
    partner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    sales_line = models.ForeignKey(SalesLine, on_delete=models.PROTECT, related_name="+")
    original = models.ForeignKey(
        SalesLine, on_delete=models.PROTECT, related_name="+", null=True, help_text="Of a refund."
    )
    component = models.SmallIntegerField()
    before_minor = models.BigIntegerField()
    after_minor = models.BigIntegerField()
    rate_ppm = models.IntegerField()
    raw_minor = models.BigIntegerField()
    commission_minor = models.BigIntegerField()
    parts = models.CharField(max_length=200, help_text="Minor units of the parties, by comma.")
    rate = models.ForeignKey(
        ExchangeRate, on_delete=models.PROTECT, related_name="+", null=True,
        help_text="Which turned the line's amount into the plan's currency.",
    )  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "sales_line", "component"], name="run_line_once"
            )
        ]
        indexes = [models.Index(fields=["sales_line", "run"])]


@isolated(by="partner_id", portal="r", staff="ra", worker="ra")
class RunShare(models.Model):
    """What a partner earned in a run's month in all, and what posting it adds."""

    public_id = models.CharField(max_length=40, unique=True)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+")
    partner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    region = models.CharField(max_length=60, blank=True, default="")
    line_count = models.IntegerField()
    base_minor = models.BigIntegerField()
    earned_minor = models.BigIntegerField()
    posted_minor = models.BigIntegerField(help_text="Posted for the month before this run.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "partner"], name="run_share_once")]


@isolated(by="partner_id", portal="r", staff="raw", worker="r")
class Adjustment(models.Model):
    """What a person adds to a partner's month, or takes from it, beside what the plan gives.

    proposed -> approved by somebody else and posted in the same transaction, or -> refused.
    """

    public_id = models.CharField(max_length=40, unique=True)
    use = models.ForeignKey(PlanUse, on_delete=models.PROTECT, related_name="+")
    partner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    region = models.CharField(max_length=60, blank=True, default="")
    month = models.CharField(max_length=7, help_text="That it belongs to: 2026-01.")
    kind = models.CharField(max_length=12)
    reason = models.CharField(max_length=30)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    note = models.TextField(help_text="A sentence that the partner reads too.")
    about = models.CharField(max_length=200, blank=True, default="")
    state = models.CharField(max_length=12, default="proposed")
    made_by = models.CharField(max_length=60)
    made_at = models.DateTimeField()
    decided_by = models.CharField(max_length=60, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    decision_note = models.TextField(blank=True, default="")
    entry_id = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["use", "partner", "month", "kind", "reason", "amount_minor"],
                condition=Q(state="proposed"),
                name="adjustment_waits_once",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["adjustment", "bonus"]), name="adjustment_kind_known"
            ),
            models.CheckConstraint(
                condition=~Q(amount_minor=0) & (Q(kind="adjustment") | Q(amount_minor__gt=0)),
                name="adjustment_amount_says_something",
            ),
            models.CheckConstraint(condition=~Q(note=""), name="adjustment_says_why"),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_by="", decided_at=None, entry_id="")
                | (Q(state="refused", entry_id="", decided_at__isnull=False) & ~Q(decided_by=""))
                | (
                    Q(state="approved", decided_at__isnull=False)
                    & ~Q(decided_by="")
                    & ~Q(decided_by=F("made_by"))
                    & ~Q(entry_id="")
                ),
                name="adjustment_second_person",
            ),
        ]
        indexes = [models.Index(fields=["partner", "month"])]


@isolated(by=None, staff="ra", worker="ra")
class RunException(models.Model):
    """What the run could not compute as the plan means it, for a person to look at."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=30)
    about = models.CharField(max_length=200)
    message = models.TextField()


@isolated(by="partner_id", portal="r", staff="ra", worker="ra")
class Statement(models.Model):
    """A partner's commission statement of a month as it was issued; it never changes.

    Other figures later are another statement of the month with the next number.
    """

    public_id = models.CharField(max_length=40, unique=True)
    partner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    month = models.CharField(max_length=7)
    number = models.PositiveIntegerField(help_text="Counts the statements of the month.")
    content = models.TextField(help_text="Canonical JSON.")
    content_sha256 = models.CharField(max_length=64)
    language = models.CharField(max_length=8)
    pdf_sha256 = models.CharField(max_length=64)
    issued_by = models.CharField(max_length=60)
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "month", "number"], name="statement_once"),
            models.UniqueConstraint(fields=["partner", "id"], name="statement_of_partner"),
        ]
        indexes = [models.Index(fields=["month", "partner"], name="statement_by_month")]


@isolated(by="partner_id", portal="r", staff="ra", worker="ra")
class StatementRun(models.Model):
    """A run whose lines a statement shows: the partner may follow its figures down to them."""

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="+")
    partner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+")
    run_public_id = models.CharField(max_length=40)
    plan = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["statement", "run"], name="statement_run_once")
        ]


@isolated(by="partner_id", portal="ra", staff="ra", worker="ra")
class Question(models.Model):
    """A partner's question about a figure or a line of a statement; its events say how it stands.

    `sales_line` is 0 where it is about the whole figure.
    """

    public_id = models.CharField(max_length=40, unique=True)
    partner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="+")
    figure = models.CharField(max_length=20, help_text="Key of the figure: USD-0.")
    sales_line = models.BigIntegerField(default=0)
    subject = models.CharField(max_length=200, help_text="What it is about, in words.")
    asked_by = models.CharField(max_length=60)
    asked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "id"], name="question_of_partner")
        ]


@isolated(by="partner_id", portal="ra", staff="ra", worker="ra")
class QuestionEvent(models.Model):
    """What was done to a question, in order; the last one's state is the question's."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="+")
    partner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    seq = models.PositiveSmallIntegerField()
    act = models.CharField(max_length=12)
    state = models.CharField(max_length=16, help_text="After it.")
    actor_id = models.CharField(max_length=60)
    is_from_partner = models.BooleanField()
    body = models.TextField(blank=True, default="")
    decision = models.CharField(max_length=12, blank=True, default="")
    assigned_to = models.CharField(max_length=60, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["question", "seq"], name="question_event_once"),
            models.UniqueConstraint(
                fields=["question"], condition=Q(act="reopen"), name="question_reopened_once"
            ),
            models.CheckConstraint(
                condition=Q(act__in=["ask", "assign", "answer", "reopen", "close"]),
                name="question_act_known",
            ),
        ]
