"""Versions of playbooks. A published version is immutable (trigger in `0002_guards`).

Trials and sign-offs name the text that they saw by its hash, so that a later text is not covered.
"""

from django.db import models
from django.db.models import F, Q

from counterfoil.foundation.isolation import isolated


@isolated(by=None, portal="r", staff="raw", worker="ra")
class PlaybookVersion(models.Model):
    """One version of a playbook; its identity is the SHA-256 of its canonical JSON."""

    public_id = models.CharField(max_length=40, unique=True)
    code = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    program = models.CharField(max_length=60)
    kind = models.CharField(max_length=40)
    state = models.CharField(max_length=12, default="draft")
    source = models.TextField(help_text="The YAML as written.")
    canonical = models.TextField(blank=True, default="")
    sha256 = models.CharField(max_length=64, blank=True, default="")
    engine_version = models.PositiveSmallIntegerField(default=1)
    effective_from = models.DateField(null=True)
    author_id = models.CharField(max_length=60)
    edited_at = models.DateTimeField()
    approved_by = models.CharField(max_length=60, blank=True, default="")
    published_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="playbook_version_once"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "published", "retired"]),
                name="playbook_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | (~Q(approved_by="") & ~Q(approved_by=F("author_id"))),
                name="playbook_second_person",
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | (~Q(sha256="") & Q(published_at__isnull=False)),
                name="playbook_published_is_sealed",
            ),
        ]


@isolated(by=None, staff="ra", worker="r")
class Trial(models.Model):
    """A draft run over decisions that were made: what would change, and nothing was."""

    public_id = models.CharField(max_length=40, unique=True)
    version = models.ForeignKey(PlaybookVersion, on_delete=models.PROTECT, related_name="+")
    playbook_sha256 = models.CharField(max_length=64, help_text="Of the draft as it was tried.")
    since = models.DateField(null=True, help_text="The first day of decisions; all without one.")
    total = models.PositiveIntegerField()
    changed = models.PositiveIntegerField()
    report = models.TextField(help_text="Canonical JSON of the summary and what changed.")
    sha256 = models.CharField(max_length=64, help_text="Of the report.")
    made_by = models.CharField(max_length=60)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(changed__lte=F("total")), name="trial_changed_within_total"
            ),
        ]


@isolated(by=None, staff="ra", worker="r")
class SignOff(models.Model):
    """A role's word on a draft, before it is published; another text needs another one."""

    public_id = models.CharField(max_length=40, unique=True)
    version = models.ForeignKey(PlaybookVersion, on_delete=models.PROTECT, related_name="+")
    playbook_sha256 = models.CharField(max_length=64, help_text="Of the draft as it was signed.")
    role = models.CharField(max_length=30)
    is_agreed = models.BooleanField()
    comment = models.TextField(blank=True, default="")
    signed_by = models.CharField(max_length=60)
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_agreed=True) | ~Q(comment=""), name="refused_sign_off_says_why"
            ),
        ]
