"""Imports: how a file is read, what it brought, what it refused."""

from django.db import models

from counterfoil.foundation.isolation import isolated


@isolated(by=None, staff="raw", worker="raw")
class Mapping(models.Model):
    """A saved mapping from the columns of a file to the fields of a record type."""

    code = models.CharField(max_length=60, unique=True)
    title = models.CharField(max_length=200)
    record_type = models.CharField(max_length=40, help_text="partners, sales, paid_bills …")
    source = models.CharField(max_length=60, help_text="Name of the system the file comes from.")
    columns = models.JSONField()
    saved_by = models.CharField(max_length=60)
    saved_at = models.DateTimeField()


@isolated(by=None, staff="raw", worker="raw")
class ImportRun(models.Model):
    """One reading of one file: staged, then taken whole, without its bad rows, or not at all."""

    public_id = models.CharField(max_length=40, unique=True)
    mapping = models.ForeignKey(Mapping, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=12, default="staged")
    rows = models.IntegerField(default=0)
    created = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    notices = models.IntegerField(default=0)
    skip_bad_rows = models.BooleanField(default=False)
    started_by = models.CharField(max_length=60)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["sha256"]), models.Index(fields=["started_at"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["staged", "taken", "refused", "empty"]),
                name="import_state_known",
            )
        ]


@isolated(by=None, staff="ra", worker="ra")
class ImportProblem(models.Model):
    """Why a row was refused, or what is worth knowing of one that was taken (a notice)."""

    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, related_name="+")
    line = models.IntegerField()
    column = models.IntegerField(default=0)
    field = models.CharField(max_length=120, blank=True, default="")
    code = models.CharField(max_length=60)
    is_notice = models.BooleanField(default=False)
    message = models.TextField()
    hint = models.TextField(blank=True, default="")
    row = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["run", "line"])]
