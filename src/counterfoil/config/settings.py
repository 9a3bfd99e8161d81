"""Settings, read from the environment once; every variable is in docs/reference/settings.md."""

import os
import sys
import zoneinfo
from pathlib import Path
from typing import Any

import platformdirs
from psycopg.conninfo import conninfo_to_dict

from counterfoil.foundation.embedded import embedded_at
from counterfoil.foundation.isolation import declare_foreign

# Zones come from the pinned tzdata, which decision records cite, never from the machine.
zoneinfo.reset_tzpath(to=())


def _flag(name: str) -> bool:
    return os.environ.get(name, "").lower() in {"1", "true", "yes", "on"}


HOME = Path(
    os.environ.get("COUNTERFOIL_HOME") or platformdirs.user_data_dir("counterfoil")
).expanduser()
DEMO = _flag("COUNTERFOIL_DEMO")
TESTING = "pytest" in sys.modules
DEBUG = False

SECRET_KEY = os.environ.get("SECRET_KEY", "")
# A demo or test key is fixed and public; `doctor` and the start refuse it outside the demo.
DEMO_SECRET_KEY = "demo-only-" + "0123456789abcdef" * 4
if not SECRET_KEY:
    key_file = HOME / "keys" / "secret_key"
    SECRET_KEY = key_file.read_text().strip() if key_file.exists() else DEMO_SECRET_KEY
KEYS_FOLDER = Path(os.environ.get("COUNTERFOIL_KEYS") or HOME / "keys").expanduser()

ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
PUBLIC_URL = os.environ.get("PUBLIC_URL", "http://localhost:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
# Whose partner program this is: it signs mails and letters.
VENDOR_NAME = os.environ.get("VENDOR_NAME", "The partner team")
# Where account executives have their mail; without it, where the vendor's own people have theirs.
STAFF_MAIL_DOMAINS = tuple(
    part.strip().lower().removeprefix("@")
    for part in os.environ.get("STAFF_MAIL_DOMAINS", "").split(",")
    if part.strip()
)


def _database(url: str, user: str) -> dict[str, Any]:
    parts = conninfo_to_dict(url)
    options: dict[str, Any] = {
        k: v for k, v in parts.items() if k not in {"host", "port", "user", "password", "dbname"}
    }
    if _flag("COUNTERFOIL_POOL"):
        options["pool"] = {"min_size": 1, "max_size": 8, "timeout": 20}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.get("dbname") or "counterfoil",
        "USER": parts.get("user") or user,
        "PASSWORD": parts.get("password") or "",
        "HOST": parts.get("host") or "",
        "PORT": str(parts.get("port") or ""),
        "CONN_MAX_AGE": 0,
        "ATOMIC_REQUESTS": False,
        "OPTIONS": options,
    }


DATABASE_URL = os.environ.get("DATABASE_URL", "")
EMBEDDED = None if DATABASE_URL else embedded_at(HOME)
if EMBEDDED is not None:
    _socket = f"postgresql:///counterfoil?host={EMBEDDED.socket}"
    ADMIN_URL = f"postgresql://postgres@/postgres?host={EMBEDDED.socket}"
    DATABASES = {"default": _database(_socket, "cf_app"), "owner": _database(_socket, "cf_owner")}
else:
    ADMIN_URL = os.environ.get("DATABASE_ADMIN_URL", "")
    DATABASES = {"default": _database(DATABASE_URL, "cf_app")}
    if os.environ.get("DATABASE_OWNER_URL"):
        DATABASES["owner"] = _database(os.environ["DATABASE_OWNER_URL"], "cf_owner")
if "owner" in DATABASES:
    DATABASES["owner"]["OPTIONS"].pop("pool", None)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    # Before allauth, so that its pages take our templates.
    "counterfoil.interfaces.web",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "procrastinate.contrib.django",
    "counterfoil.apps.audit",
    "counterfoil.apps.access",
    "counterfoil.apps.messaging",
    "counterfoil.apps.service_levels",
    "counterfoil.apps.partners",
    "counterfoil.apps.programs",
    "counterfoil.apps.ledger",
    "counterfoil.apps.playbooks",
    "counterfoil.apps.submissions",
    "counterfoil.apps.earnings",
    "counterfoil.apps.payouts",
    "counterfoil.apps.exchange",
    "counterfoil.apps.engagements",
    "counterfoil.interfaces.console",
    "counterfoil.interfaces.portal",
    "counterfoil.interfaces.worker",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "counterfoil.interfaces.web.middleware.SecurityHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "counterfoil.interfaces.web.middleware.ActAs",
]

ROOT_URLCONF = "counterfoil.config.urls"
WSGI_APPLICATION = "counterfoil.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "counterfoil.interfaces.web.pages.page_context",
            ],
        },
    }
]

AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = (
    ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if TESTING
    else ["django.contrib.auth.hashers.ScryptPasswordHasher"]
)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# How many proxies of ours stand before the product; the address before them counts for the limits
# of log-in attempts, and a header that somebody else wrote counts for nothing.
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TRUSTED_PROXIES", "0"))
ACCOUNT_ADAPTER = "counterfoil.interfaces.web.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Counterfoil"
# The vendor's people sign in with a second factor; the demo's front door asks for nothing.
STAFF_NEED_MFA = not (DEMO or TESTING)
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "/accounts/login/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 12
CSRF_COOKIE_SAMESITE = "Lax"
_SECURE = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = _SECURE
CSRF_COOKIE_SECURE = _SECURE
SECURE_SSL_REDIRECT = False
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _SECURE else None
SECURE_HSTS_SECONDS = 31_536_000 if _SECURE else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
DATA_UPLOAD_MAX_NUMBER_FILES = 40
FILE_UPLOAD_PERMISSIONS = 0o600
CSRF_FAILURE_VIEW = "counterfoil.interfaces.web.errors.csrf_failure"

LANGUAGE_CODE = "en-us"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
STATIC_URL = "/static/"
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = TESTING

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
DEFAULT_FROM_EMAIL = os.environ.get("MAIL_FROM", "counterfoil@localhost")
EMAIL_HOST = os.environ.get("SMTP_HOST", "")
EMAIL_PORT = int(os.environ.get("SMTP_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("SMTP_PASSWORD", "")
EMAIL_USE_TLS = _flag("SMTP_TLS")
EMAIL_TIMEOUT = 20

# The most that passes as a bank's fee without a person, in minor units: "EUR:2500,USD:3500".
BANK_FEE_MAX_MINOR: dict[str, int] = {
    code: int(minor)
    for code, _, minor in (
        part.strip().partition(":")
        for part in os.environ.get("BANK_FEE_MAX", "EUR:2500,USD:4500,GBP:2500").split(",")
        if part.strip()
    )
}

# Adapters by port: (dotted path, keyword arguments). Doors fetch them by foundation.adapters.
_MAIL: tuple[str, dict[str, Any]] = (
    ("counterfoil.adapters.mail_smtp.SmtpMail", {})
    if EMAIL_HOST
    else ("counterfoil.adapters.mail_outbox.KeepInOutbox", {})
)
COUNTERFOIL_ADAPTERS: dict[str, tuple[str, dict[str, Any]]] = {
    "evidence_store": ("counterfoil.adapters.files_local.LocalFiles", {"root": HOME / "evidence"}),
    "evidence_reader": ("counterfoil.adapters.reader_sandbox.SandboxReader", {}),
    "bank_reader": ("counterfoil.adapters.reader_sandbox.SandboxBankReader", {}),
    "checkpoint_store": (
        "counterfoil.adapters.files_checkpoints.CheckpointFolder",
        {"root": Path(os.environ.get("COUNTERFOIL_CHECKPOINTS") or HOME / "checkpoints")},
    ),
    "signing_key": (
        "counterfoil.adapters.files_keys.FileSigningKey",
        {"folder": KEYS_FOLDER, "may_be_demo": DEMO or TESTING},
    ),
    "secret_box": (
        "counterfoil.adapters.files_keys.FileSecretBox",
        {"folder": KEYS_FOLDER, "may_create": DEMO or TESTING},
    ),
    "bank_folder": (
        "counterfoil.adapters.bank_folder.OutboxFolder",
        {"root": Path(os.environ.get("COUNTERFOIL_BANK_FOLDER") or HOME / "bank-outbox")},
    ),
    "mail": _MAIL,
    "demo_bank": (
        "counterfoil.adapters.bank_simulator.demo_bank",
        {"account": "DE02120300000000202051", "currency": "EUR"},
    ),
    "tour_banks": ("counterfoil.adapters.bank_simulator.TourBanks", {}),
    "demo_documents": ("counterfoil.adapters.demo_documents.PaperBuilders", {}),
    "pdf": ("counterfoil.adapters.pdf_typst.TypstPdf", {}),
}

# The worker door registers its tasks itself; a web process queues jobs by name only.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"links": {"()": "counterfoil.foundation.quiet.MaskLinks"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "plain",
            "filters": ["links"],
        },
    },
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "WARNING")},
}
SILENCED_SYSTEM_CHECKS: list[str] = []

# Tables of libraries: log-in runs as cf_app, before anybody is known.
declare_foreign("django_migrations", app="r")
# Staff end the sessions of a person whose access they remove, in that same transaction.
declare_foreign("django_session", app="rawd", staff="rd")
declare_foreign("django_content_type", app="r")
declare_foreign("auth_permission", app="r")
declare_foreign("auth_group", app="r")
declare_foreign("auth_group_permissions", app="r")
declare_foreign("account_emailaddress", app="rawd", staff="rawd")
declare_foreign("account_emailconfirmation", app="rawd")
declare_foreign("mfa_authenticator", app="rawd", staff="rd")
