"""A submission and all that belongs to it. Child tables carry partner_id in a composite key."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from counterfoil.apps.access.models import User
from counterfoil.apps.partners.models import Organization
from counterfoil.apps.playbooks.models import PlaybookVersion
from counterfoil.apps.programs.models import Fund
from counterfoil.foundation.isolation import isolated

REVIEW_STATES = [
    "draft", "submitted", "screening", "action_required", "in_review", "second_review",
    "decided", "appealed", "withdrawn", "expired",
]  # fmt: skip


@isolated(by="partner_id", portal="raw", staff="raw", worker="raw")
class Submission(models.Model):
    """A request or claim on its way; review state and outcome are two axes, money is a third."""

    public_id = models.CharField(max_length=40, unique=True)
    number = models.CharField(max_length=30, unique=True, help_text="CLM-2026-04417")
    partner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    playbook_code = models.CharField(max_length=60)
    kind = models.CharField(max_length=40)
    # Pinned when the submission is first complete; null while a draft follows the newest.
    playbook = models.ForeignKey(
        PlaybookVersion, on_delete=models.PROTECT, related_name="+", null=True
    )
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+", null=True)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="+", null=True, db_constraint=False
    )
    title = models.CharField(max_length=200, blank=True, default="")
    state = models.CharField(max_length=20, default="draft")
    outcome = models.CharField(max_length=12, blank=True, default="")
    revision = models.PositiveSmallIntegerField(default=1)
    returns_used = models.PositiveSmallIntegerField(default=0)
    currency = models.CharField(max_length=3)
    requested_minor = models.BigIntegerField(default=0)
    entries = models.JSONField(default=dict, help_text="Details as typed, readable or not.")
    form_token = models.CharField(
        max_length=80, blank=True, default="", help_text="One form begins one submission."
    )
    pinned_on = models.DateField(null=True, help_text="Day whose rules and values are pinned.")
    version = models.PositiveIntegerField(default=1, help_text="Optimistic lock.")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    on_behalf = models.BooleanField(default=False)
    confirmed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True, help_text="Set by the server, first sending.")
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    assigned_to = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    due_at = models.DateTimeField(null=True, help_text="Copied from the clock, for sorting.")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=REVIEW_STATES), name="submission_state_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["", "qualified", "returned", "declined", "duplicate"]),
                name="submission_outcome_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="decided") | ~Q(outcome=""), name="decided_has_outcome"
            ),
            models.UniqueConstraint(fields=["partner", "id"], name="submission_of_partner"),
            models.UniqueConstraint(
                fields=["partner", "form_token"],
                condition=~Q(form_token=""),
                name="one_submission_a_form",
            ),
            models.CheckConstraint(
                condition=Q(requested_minor__gte=0), name="requested_not_negative"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due_at", "id"]),
            models.Index(fields=["partner", "state", "id"]),
            models.Index(fields=["assigned_to", "state"]),
            models.Index(fields=["parent"]),
        ]


@isolated(by="partner_id", portal="ra", staff="ra", worker="ra")
class Detail(models.Model):
    """A detail as one source established it; a newer row supersedes, none is edited."""

    id = models.CharField(primary_key=True, max_length=40)
    partner_id = models.BigIntegerField()
    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    revision = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    value = models.JSONField(
        null=True, help_text="Typed as the playbook says: canonical JSON value; null takes back."
    )
    provenance = models.CharField(max_length=40)
    source = models.CharField(max_length=200, blank=True, default="")
    quote = models.JSONField(
        default=dict, blank=True, help_text="File, page and words it rests on."
    )
    recorded_by = models.CharField(max_length=60)
    recorded_at = models.DateTimeField()
    seq = models.IntegerField(help_text="Order of recording within the submission.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission", "seq"], name="detail_seq_once")
        ]


@isolated(by="partner_id", portal="rawd", staff="rawd", worker="raw")
class InvoiceLine(models.Model):
    """A line of an invoice of a claim. Editable on the partner's turn, then fixed."""

    public_id = models.CharField(max_length=40, unique=True)
    partner_id = models.BigIntegerField()
    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    seq = models.PositiveSmallIntegerField()
    evidence = models.CharField(
        max_length=40, blank=True, default="", help_text="Its invoice file."
    )
    values = models.JSONField(help_text="Fields of the playbook's lines: canonical JSON values.")
    entries = models.JSONField(default=dict, help_text="Fields as typed, readable or not.")
    provenance = models.CharField(max_length=40, default="partner_declared")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["submission", "seq"], name="line_seq_once")]


@isolated(by=None, staff="r", worker="ra")
class InspectedFile(models.Model):
    """What the reader found in a file, once per content; the bytes lie in the evidence store."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    media_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    pages = models.PositiveSmallIntegerField(default=0)
    text = models.JSONField(default=list, help_text="Text of each page.")
    text_sha256 = models.CharField(max_length=64, blank=True, default="")
    image_hashes = models.JSONField(default=list)
    flags = models.JSONField(default=list)
    previews = models.JSONField(default=list, help_text="SHA-256 of each page's picture.")
    reader = models.CharField(max_length=200)
    inspected_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["text_sha256"], name="inspected_text_sha256"),
            GinIndex(fields=["image_hashes"], name="inspected_image_hashes"),
        ]


@isolated(by="partner_id", portal="raw", staff="raw", worker="raw")
class Evidence(models.Model):
    """A file or link handed in as proof; stored by content, never overwritten."""

    public_id = models.CharField(max_length=40, unique=True)
    partner_id = models.BigIntegerField()
    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    kind = models.CharField(max_length=60, help_text="Evidence of the playbook, e.g. invoice.")
    piece = models.CharField(max_length=60, blank=True, default="")
    name = models.CharField(max_length=200)
    link = models.URLField(max_length=500, blank=True, default="")
    sha256 = models.CharField(max_length=64, blank=True, default="", db_index=True)
    media_type = models.CharField(max_length=100, blank=True, default="")
    size = models.BigIntegerField(default=0)
    pages = models.PositiveSmallIntegerField(default=0)
    previews = models.JSONField(default=list)
    flags = models.JSONField(default=list)
    line = models.CharField(max_length=40, blank=True, default="", help_text="Line it proves.")
    # The reader runs at upload, when nobody may write inspected files yet: its answer waits here
    # until screening, as worker, files it by content.
    reading = models.JSONField(default=dict)
    added_by = models.CharField(max_length=60)
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["submission", "kind"])]


@isolated(by=None, staff="r", worker="ra")
class InvoiceKey(models.Model):
    """Normalized keys of invoices over all partners, to find one that was used before."""

    key = models.CharField(max_length=200)
    submission = models.CharField(max_length=40, help_text="Public id.")
    line = models.CharField(max_length=40, help_text="Public id of the line.")
    partner_id = models.BigIntegerField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "line"], name="invoice_key_once")]
        indexes = [models.Index(fields=["key"])]


@isolated(by="partner_id", portal="", staff="ra", worker="ra")
class Screening(models.Model):
    """A screening of one revision: the adjudication record, whole, with its hash."""

    public_id = models.CharField(max_length=40, unique=True)
    partner_id = models.BigIntegerField()
    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    revision = models.PositiveSmallIntegerField()
    record = models.TextField(help_text="Canonical JSON of case and adjudication.")
    sha256 = models.CharField(max_length=64)
    outcome = models.CharField(max_length=24)
    route = models.JSONField()
    summary = models.JSONField(default=dict, help_text="Counts and sums for lists, out of record.")
    screened_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["submission", "screened_at"])]


@isolated(by="partner_id", portal="r", staff="ra", worker="ra")
class Approval(models.Model):
    """One person's approval of a screened submission; two people where two are needed."""

    public_id = models.CharField(max_length=40, unique=True)
    partner_id = models.BigIntegerField()
    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    revision = models.PositiveSmallIntegerField()
    screening_sha256 = models.CharField(max_length=64)
    step = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=40)
    approver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True, default="")
    approved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "revision", "approver"], name="approver_once"
            ),
            models.UniqueConstraint(
                fields=["submission", "revision", "step"], name="approval_step_once"
            ),
        ]


@isolated(by="partner_id", portal="r", staff="ra", worker="ra")
class Decision(models.Model):
    """The decision record: enough to recompute the decision from itself alone (replay)."""

    public_id = models.CharField(max_length=40, unique=True)
    partner_id = models.BigIntegerField()
    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    revision = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=12)
    codes = models.JSONField(default=list)
    reason = models.TextField(blank=True, default="")
    record = models.TextField(help_text="Canonical JSON of the whole record.")
    sha256 = models.CharField(max_length=64)
    requested_minor = models.BigIntegerField()
    payable_minor = models.BigIntegerField()
    released_minor = models.BigIntegerField(default=0, help_text="Given back by a last claim.")
    currency = models.CharField(max_length=3)
    decided_by = models.CharField(max_length=60)
    decided_by_name = models.CharField(max_length=200)
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "revision"], name="one_decision_a_revision"
            ),
            models.CheckConstraint(
                condition=Q(payable_minor__gte=0) & Q(payable_minor__lte=F("requested_minor")),
                name="payable_within_requested",
            ),
        ]
        indexes = [models.Index(fields=["decided_at"])]


@isolated(by="partner_id", portal="ra", staff="r", worker="r")
class Appeal(models.Model):
    """A partner's word against a refusal, once; the revision that it opens is decided anew."""

    public_id = models.CharField(max_length=40, unique=True)
    partner_id = models.BigIntegerField()
    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    revision = models.PositiveSmallIntegerField()
    against = models.CharField(max_length=40, help_text="Public id of the decision.")
    criteria = models.JSONField(default=list, help_text="Criteria that were judged wrongly.")
    reason = models.TextField()
    files = models.JSONField(default=list, help_text="Public ids of the evidence added with it.")
    raised_by = models.CharField(max_length=60)
    raised_by_name = models.CharField(max_length=200)
    raised_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission"], name="one_appeal_a_submission")
        ]


@isolated(by="partner_id", portal="ra", staff="ra", worker="ra")
class Message(models.Model):
    """A message between us and the partner, on the record; both sides read it."""

    public_id = models.CharField(max_length=40, unique=True)
    partner_id = models.BigIntegerField()
    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    revision = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20, default="message", help_text="message, return, answer")
    author_id = models.CharField(max_length=60)
    author_name = models.CharField(max_length=200)
    from_partner = models.BooleanField()
    body = models.TextField()
    fields = models.JSONField(default=list, help_text="Details that a return makes editable.")
    codes = models.JSONField(default=list)
    before = models.JSONField(
        default=dict, help_text="Digests at the return, to see what changed."
    )
    answer_by = models.DateTimeField(null=True)
    sent_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["submission", "sent_at"])]


@isolated(by=None, staff="ra", worker="ra")
class Note(models.Model):
    """An internal note; no partner role has any right on this table."""

    public_id = models.CharField(max_length=40, unique=True)
    submission = models.CharField(max_length=40, db_index=True, help_text="Public id.")
    author_id = models.CharField(max_length=60)
    author_name = models.CharField(max_length=200)
    body = models.TextField()
    written_at = models.DateTimeField()


@isolated(by="partner_id", portal="", staff="ra", worker="ra")
class Inquiry(models.Model):
    """What an account executive is asked about a submission; never edited, its acts are rows."""

    public_id = models.CharField(max_length=40, unique=True)
    partner_id = models.BigIntegerField()
    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    revision = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200)
    email = models.EmailField(help_text="Lower case.")
    deal = models.CharField(max_length=200, help_text="Customer or deal.")
    question = models.TextField(help_text="What the partner says it did.")
    shown = models.JSONField(default=list, help_text="Titles of evidence that may be seen.")
    asked_by = models.CharField(max_length=60)
    asked_by_name = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner_id", "id"], name="inquiry_of_partner"),
            models.CheckConstraint(condition=Q(due_at__gt=F("asked_at")), name="inquiry_due"),
        ]
        indexes = [models.Index(fields=["submission", "asked_at"], name="inquiry_submission")]


@isolated(by="partner_id", portal="", staff="ra", worker="ra")
class InquiryLink(models.Model):
    """A link that lets its holder answer: its secret stands in the mail, here only its hash."""

    public_id = models.CharField(max_length=40, unique=True)
    partner_id = models.BigIntegerField()
    inquiry = models.ForeignKey(
        Inquiry, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    token_sha256 = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=10, help_text="ask, pass_on or digest")
    email = models.EmailField(help_text="Lower case.")
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(token_sha256__regex="^[0-9a-f]{64}$"),  # noqa: S106  a pattern
                name="inquiry_token_is_a_hash",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["ask", "pass_on", "digest"]), name="inquiry_link_known"
            ),
        ]
        indexes = [models.Index(fields=["email", "kind", "issued_at"], name="inquiry_digest")]


@isolated(by="partner_id", portal="", staff="ra", worker="ra")
class InquiryStep(models.Model):
    """What was done to an inquiry, in order: answered, passed on, taken back."""

    partner_id = models.BigIntegerField()
    inquiry = models.ForeignKey(
        Inquiry, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    seq = models.PositiveSmallIntegerField()
    act = models.CharField(max_length=10)
    answer = models.CharField(max_length=10, blank=True, default="")
    words = models.TextField(blank=True, default="")
    name = models.CharField(max_length=200, help_text="Of who did it.")
    email = models.EmailField(blank=True, default="", help_text="The mailed address it came from.")
    to_name = models.CharField(max_length=200, blank=True, default="")
    to_email = models.EmailField(blank=True, default="")
    ties = models.JSONField(default=list, help_text="Why the answer does not count.")
    done_by = models.CharField(max_length=60)
    done_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["inquiry", "seq"], name="inquiry_step_once"),
            models.CheckConstraint(
                condition=Q(act="answer", answer__in=["confirm", "dispute", "not_mine", "unknown"])
                | Q(act__in=["delegate", "revoke"], answer=""),
                name="inquiry_step_known",
            ),
            models.CheckConstraint(
                condition=~Q(answer="dispute") | ~Q(words=""), name="dispute_has_reason"
            ),
        ]


@isolated(by=None, portal="raw", staff="raw", worker="raw")
class NumberSeries(models.Model):
    """The next human-readable number of a series and year, taken under its row lock."""

    series = models.CharField(primary_key=True, max_length=20)
    next_value = models.PositiveIntegerField(default=1)


@isolated(by=None, staff="", worker="raw")
class DrawSecret(models.Model):
    """A month's secret of the draws: its digest is in the log from the first, it at the end.

    People of ours have no right on this table: who knew it could tell what will be drawn.
    """

    month = models.CharField(primary_key=True, max_length=7, help_text="2026-11, in UTC.")
    secret = models.CharField(max_length=64, help_text="Hexadecimal.")
    commitment = models.CharField(max_length=64, help_text="SHA-256, written to the log first.")
    committed_at = models.DateTimeField()
    revealed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(month__regex="^[0-9]{4}-(0[1-9]|1[0-2])$"), name="draw_month"
            ),
            models.CheckConstraint(
                condition=Q(secret__regex="^[0-9a-f]{64}$"),  # noqa: S106  a pattern
                name="draw_secret_of_32_bytes",
            ),
        ]


@isolated(by="partner_id", portal="", staff="r", worker="ra")
class Draw(models.Model):
    """Whether a submission was drawn, for each that could have been: once, before a person looked.

    `number` is below one million; it was drawn when the playbook's share was larger.
    """

    partner_id = models.BigIntegerField()
    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    kind = models.CharField(max_length=10, help_text="blind or automatic")
    month = models.CharField(max_length=7, help_text="Whose secret it was drawn with.")
    number = models.PositiveIntegerField()
    share_ppm = models.PositiveIntegerField()
    is_drawn = models.BooleanField()
    payable_minor = models.BigIntegerField(
        null=True, help_text="What would have been approved automatically."
    )
    drawn_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission", "kind"], name="drawn_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["blind", "automatic"]), name="draw_known"
            ),
            models.CheckConstraint(
                condition=Q(number__lt=1_000_000, share_ppm__lte=1_000_000), name="draw_in_ppm"
            ),
            models.CheckConstraint(
                condition=Q(is_drawn=True, number__lt=F("share_ppm"))
                | Q(is_drawn=False, number__gte=F("share_ppm")),
                name="drawn_as_the_number_says",
            ),
        ]
        indexes = [models.Index(fields=["kind", "drawn_at"], name="draw_by_day")]


@isolated(by="partner_id", portal="", staff="ra", worker="ra")
class BlindReview(models.Model):
    """What one of two reviewers found, each without the other's; never edited."""

    public_id = models.CharField(max_length=40, unique=True)
    partner_id = models.BigIntegerField()
    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    revision = models.PositiveSmallIntegerField()
    place = models.PositiveSmallIntegerField(help_text="1 or 2.")
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=10, help_text="approve or decline")
    code = models.CharField(max_length=60, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    answers = models.JSONField(default=dict, help_text="What was verified, by detail or file.")
    results = models.JSONField(help_text="pass, fail, unknown, not_applicable by criterion.")
    payable_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    record = models.TextField(help_text="Canonical JSON of case and adjudication.")
    sha256 = models.CharField(max_length=64)
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "revision", "place"], name="blind_place_once"
            ),
            models.UniqueConstraint(
                fields=["submission", "revision", "reviewer"], name="blind_reviewer_once"
            ),
            models.CheckConstraint(condition=Q(place__in=[1, 2]), name="blind_place_known"),
            models.CheckConstraint(
                condition=Q(verdict="approve") | Q(verdict="decline") & ~Q(code=""),
                name="blind_verdict_known",
            ),
        ]


@isolated(by=None, staff="ra", worker="r")
class AutomationRestart(models.Model):
    """Somebody lets a playbook approve automatically again, after errors stopped it."""

    playbook_code = models.CharField(max_length=60)
    reason = models.TextField()
    restarted_by = models.CharField(max_length=60)
    restarted_by_name = models.CharField(max_length=200)
    restarted_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["playbook_code", "restarted_at"], name="automation_restart")
        ]
