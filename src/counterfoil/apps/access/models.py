"""People and their roles."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from counterfoil.foundation.isolation import isolated


class UserManager(BaseUserManager["User"]):
    """Looks people up by mail address, in any case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


@isolated(by=None, staff="raw", worker="r", app="rw")
class User(AbstractBaseUser):
    """A person: of the vendor (staff) or of a partner (portal)."""

    public_id = models.CharField(max_length=40, unique=True)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    is_staff_member = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=8, default="en")
    time_zone = models.CharField(max_length=60, default="UTC")
    theme = models.CharField(max_length=8, default="auto")
    has_shortcuts = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_any_case")]


@isolated(by=None, staff="raw", worker="r", app="r")
class RoleAssignment(models.Model):
    """A role that a person holds, within region, program and limit; ended, never deleted."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=40)
    region = models.CharField(max_length=40, blank=True, default="")
    program = models.CharField(max_length=60, blank=True, default="")
    limit_minor = models.BigIntegerField(null=True)
    limit_currency = models.CharField(max_length=3, blank=True, default="")
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    granted_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "region", "program"],
                condition=Q(ended_at__isnull=True),
                name="one_open_assignment",
            ),
            models.CheckConstraint(
                condition=Q(granted_by__isnull=True) | ~Q(granted_by=F("user")),
                name="nobody_grants_themselves",
            ),
            models.CheckConstraint(
                condition=Q(limit_minor__isnull=True) | Q(limit_minor__gte=0),
                name="limit_not_negative",
            ),
        ]
        indexes = [models.Index(fields=["user", "ended_at"])]


@isolated(by="partner_id", portal="raw", staff="raw", worker="r", app="rw")
class Invitation(models.Model):
    """An invitation to join, answered once, by the token whose hash is kept."""

    public_id = models.CharField(max_length=40, unique=True)
    email = models.EmailField()
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=40)
    region = models.CharField(max_length=40, blank=True, default="")
    # The partner that a portal person will belong to; 0 for staff. Partners are a higher room.
    partner_id = models.BigIntegerField(default=0)
    token_sha256 = models.CharField(max_length=64, unique=True)
    # Nobody for the first administrator, whom the operator of the machine lets in.
    invited_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)


@isolated(by=None, staff="raw", app="rw")
class ApiKey(models.Model):
    """A key with which a program acts as the person who made it, for reading, until it ends."""

    public_id = models.CharField(max_length=40, unique=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    secret_sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")), name="key_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="key_revoked_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["owner", "made_at"])]
