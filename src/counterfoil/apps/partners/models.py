"""Partner organizations and what belongs to them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from counterfoil.apps.access.models import User
from counterfoil.foundation.isolation import isolated


@isolated(by="id", portal="r", staff="raw", worker="raw", app="r")
class Organization(models.Model):
    """A partner: the legal or trading body that submits, earns and is paid."""

    public_id = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    legal_name = models.CharField(max_length=200, blank=True, default="")
    kind = models.CharField(max_length=60, help_text="reseller, referral, affiliate, alliance …")
    segment = models.CharField(max_length=60, blank=True, default="")
    region = models.CharField(max_length=60, blank=True, default="")
    country = models.CharField(max_length=60, blank=True, default="")
    city = models.CharField(max_length=100, blank=True, default="")
    language = models.CharField(max_length=8, default="en")
    time_zone = models.CharField(max_length=60, default="UTC")
    tax_id = models.CharField(max_length=40, blank=True, default="")
    mail_domains = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    manager = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    status = models.CharField(max_length=12, default="active")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["prospect", "active", "suspended", "ended"]),
                name="partner_status_known",
            )
        ]
        indexes = [
            models.Index(fields=["name", "id"]),
            models.Index(fields=["status", "id"]),
            models.Index(fields=["manager", "id"]),
        ]


@isolated(by="partner_id", portal="r", staff="raw", worker="raw")
class SourceKey(models.Model):
    """The key that another system knows a partner by; imports find partners by it."""

    partner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=60)
    key = models.CharField(max_length=120)
    record_sha256 = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "key"], name="partner_source_key_once")
        ]


@isolated(by="partner_id", portal="raw", staff="raw", worker="raw")
class Contact(models.Model):
    """A person to talk to at a partner; need not have access to the portal."""

    public_id = models.CharField(max_length=40, unique=True)
    partner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True, default="")
    phone = models.CharField(max_length=60, blank=True, default="")
    job_title = models.CharField(max_length=120, blank=True, default="")
    is_primary = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True)


@isolated(by="partner_id", portal="raw", staff="raw", worker="r", app="r")
class Membership(models.Model):
    """A portal person's place at a partner."""

    public_id = models.CharField(max_length=40, unique=True)
    partner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    # Copied from the person: the portal's database role can't read the table of people.
    person_name = models.CharField(max_length=200)
    person_email = models.EmailField()
    role = models.CharField(max_length=20)
    since_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "user"],
                condition=Q(ended_at__isnull=True),
                name="one_open_membership",
            ),
            models.CheckConstraint(
                condition=Q(role__in=["partner_admin", "partner_member"]),
                name="membership_role_known",
            ),
        ]
        indexes = [models.Index(fields=["user", "ended_at"])]


@isolated(by="partner_id", portal="r", staff="raw", worker="raw")
class Agreement(models.Model):
    """A signed agreement; every incentive names the one it rests on."""

    public_id = models.CharField(max_length=40, unique=True)
    partner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=60, help_text="mdf-terms, reseller-agreement …")
    version = models.CharField(max_length=20)
    signed_by = models.CharField(max_length=200, blank=True, default="")
    signed_on = models.DateField()
    in_force_from = models.DateField()
    in_force_to = models.DateField(null=True)
    file_sha256 = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["partner", "kind"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(in_force_to__isnull=True)
                | Q(in_force_to__gte=models.F("in_force_from")),
                name="agreement_dates_in_order",
            )
        ]
