"""An engagement and what it rests on. It cites decisions by their ids and has no key into them.

So nothing here can hold, change or delete a submission, a clock, an entry or a message. Guards
stand in the database (migration `0002_guards`): rows are never changed, a closed engagement takes
no more, nobody answers a paper on a decision that they made.
"""

from django.db import models
from django.db.models import Q

from counterfoil.foundation.isolation import isolated


@isolated(by=None, staff="raw", worker="r")
class Engagement(models.Model):
    """An audit of decisions in a scope: as they were made, or under a draft playbook."""

    public_id = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=120)
    purpose = models.TextField()
    program = models.CharField(max_length=60)
    currency = models.CharField(max_length=3)
    playbooks = models.JSONField(default=list, help_text="Codes; all of the program without any.")
    first_on = models.DateField()
    last_on = models.DateField()
    draft = models.CharField(
        max_length=40,
        blank=True,
        default="",
        help_text="Version that is tried; as decided if none.",
    )
    seed = models.CharField(max_length=80, help_text="Set before anybody saw the population.")
    questions = models.JSONField(help_text="What each paper answers with yes, no or n/a.")
    opened_by = models.CharField(max_length=60)
    opened_at = models.DateTimeField()
    conclusion = models.TextField(blank=True, default="")
    report = models.TextField(blank=True, default="", help_text="Canonical JSON, at closing.")
    report_sha256 = models.CharField(max_length=64, blank=True, default="")
    closed_by = models.CharField(max_length=60, blank=True, default="")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last_on__gte=models.F("first_on")), name="engagement_days_in_order"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, report="")
                | (
                    Q(closed_at__isnull=False)
                    & ~Q(closed_by="")
                    & ~Q(conclusion="")
                    & ~Q(report_sha256="")
                ),
                name="closed_engagement_concludes",
            ),
        ]


@isolated(by=None, staff="ra", worker="r")
class Population(models.Model):
    """What an engagement is about, frozen when it was drawn, and how it ties to the ledger."""

    engagement = models.OneToOneField(Engagement, on_delete=models.PROTECT, related_name="+")
    document = models.TextField(help_text="Canonical JSON of the items with their amounts.")
    sha256 = models.CharField(max_length=64, help_text="Of the document.")
    items = models.PositiveIntegerField()
    total_minor = models.BigIntegerField()
    tie = models.TextField(help_text="Canonical JSON: the ledger's sum and what explains the gap.")
    tie_sha256 = models.CharField(max_length=64)
    drawn_by = models.CharField(max_length=60)
    drawn_at = models.DateTimeField()


@isolated(by=None, staff="ra", worker="r")
class Sample(models.Model):
    """The one sample of an engagement: how it was drawn and what it will prove."""

    engagement = models.OneToOneField(Engagement, on_delete=models.PROTECT, related_name="+")
    document = models.TextField(help_text="Canonical JSON: plan, population's hash, drawn items.")
    sha256 = models.CharField(max_length=64)
    promise = models.TextField(help_text="Canonical JSON of the stated bound.")
    draft_sha256 = models.CharField(max_length=64, blank=True, default="")
    size = models.PositiveIntegerField()
    drawn_by = models.CharField(max_length=60)
    drawn_at = models.DateTimeField()


@isolated(by="partner_id", staff="ra", worker="r")
class Paper(models.Model):
    """A work paper: one drawn decision, and what the engine said of it from its own record."""

    public_id = models.CharField(max_length=40, unique=True)
    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    seq = models.PositiveIntegerField()
    decision = models.CharField(max_length=40)
    submission = models.CharField(max_length=40)
    number = models.CharField(max_length=30)
    partner_id = models.BigIntegerField()
    playbook = models.CharField(max_length=60)
    outcome = models.CharField(max_length=12)
    payable_minor = models.BigIntegerField()
    decided_at = models.DateTimeField()
    deciders = models.JSONField(help_text="Ids of all who decided or approved it.")
    stratum = models.CharField(max_length=60, blank=True, default="")
    is_certain = models.BooleanField()
    engine = models.TextField(help_text="Canonical JSON: computed again, and under the draft.")
    sha256 = models.CharField(max_length=64, help_text="Of `engine`.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["engagement", "seq"], name="paper_seq_once"),
            models.UniqueConstraint(fields=["engagement", "decision"], name="paper_once"),
        ]


@isolated(by=None, staff="ra", worker="r")
class Answer(models.Model):
    """What an auditor found on a paper; the newest one stands, the others stay."""

    public_id = models.CharField(max_length=40, unique=True)
    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="+")
    seq = models.PositiveSmallIntegerField()
    answers = models.JSONField(help_text="yes, no or na, in the order of the questions.")
    seen = models.TextField(help_text="What was looked at.")
    right_minor = models.BigIntegerField(null=True, help_text="If another amount were right.")
    is_deviation = models.BooleanField()
    answered_by = models.CharField(max_length=60)
    answered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["paper", "seq"], name="answer_seq_once"),
            models.CheckConstraint(
                condition=Q(right_minor__isnull=True) | Q(right_minor__gte=0),
                name="right_amount_not_negative",
            ),
        ]


@isolated(by=None, staff="ra", worker="r")
class Ask(models.Model):
    """A request of the auditor: what is needed, from whom, until when."""

    public_id = models.CharField(max_length=40, unique=True)
    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    seq = models.PositiveSmallIntegerField()
    body = models.TextField()
    asked_of = models.CharField(max_length=60, blank=True, default="", help_text="A person's id.")
    due_on = models.DateField(null=True)
    asked_by = models.CharField(max_length=60)
    asked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["engagement", "seq"], name="ask_seq_once")]


@isolated(by=None, staff="ra", worker="r")
class Reply(models.Model):
    """A reply to a request: words, and the ids of what it rests on."""

    public_id = models.CharField(max_length=40, unique=True)
    ask = models.ForeignKey(Ask, on_delete=models.PROTECT, related_name="+")
    body = models.TextField()
    evidence = models.JSONField(default=list, help_text="References, one a line.")
    is_settled = models.BooleanField(help_text="The auditor has what was asked for.")
    replied_by = models.CharField(max_length=60)
    replied_at = models.DateTimeField()


@isolated(by=None, staff="raw", worker="r")
class Finding(models.Model):
    """What the auditor reports: a finding, a gap of the criteria, an exception that was made."""

    public_id = models.CharField(max_length=40, unique=True)
    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    seq = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12)
    title = models.CharField(max_length=200)
    body = models.TextField()
    criterion = models.CharField(max_length=60, blank=True, default="")
    written_by = models.CharField(max_length=60)
    written_at = models.DateTimeField()
    withdrawn_reason = models.TextField(blank=True, default="")
    withdrawn_by = models.CharField(max_length=60, blank=True, default="")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["engagement", "seq"], name="finding_seq_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["finding", "gap", "exception"]), name="finding_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | ~Q(withdrawn_reason=""),
                name="withdrawn_finding_says_why",
            ),
        ]


@isolated(by=None, staff="ra", worker="r")
class FindingPaper(models.Model):
    """A paper that a finding rests on, and with it its submission."""

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="+")
    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["finding", "paper"], name="finding_paper_once")
        ]


@isolated(by=None, staff="raw", worker="r")
class Refinement(models.Model):
    """What is recommended because of a finding: its owner, its day, and when it was done."""

    public_id = models.CharField(max_length=40, unique=True)
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="+")
    body = models.TextField()
    owner = models.CharField(max_length=60, help_text="A person's id.")
    due_on = models.DateField()
    named_by = models.CharField(max_length=60)
    named_at = models.DateTimeField()
    done_note = models.TextField(blank=True, default="")
    done_by = models.CharField(max_length=60, blank=True, default="")
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | (~Q(done_note="") & ~Q(done_by="")),
                name="done_refinement_says_how",
            ),
        ]
