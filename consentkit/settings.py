"""Settings of ConsentKit, one page. Every variable is explained in ``.env.example``."""

from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from consentkit import env
from consentkit.confidential.addresses import COLUMN

BASE_DIR = Path(__file__).resolve().parent.parent
env.load(BASE_DIR / ".env")

VERSION = "0.1.0"  # the newest heading of CHANGELOG.md

# What kind of site this is -----------------------------------------------------------------------

DEBUG = env.flag("DEBUG", default=True)
if DEBUG:
    # Not a secret: a development site listens on this machine only and keeps nothing of anybody.
    SECRET_KEY = env.text("SECRET_KEY", default="development-only-not-a-secret-" + "0" * 32)
    ALLOWED_HOSTS = env.listing("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
else:
    SECRET_KEY = env.required("SECRET_KEY", "production needs one of 50 random characters or more")
    ALLOWED_HOSTS = env.listing("ALLOWED_HOSTS")
    env.required("ALLOWED_HOSTS", "production needs the host names it answers to")
HTTPS = env.flag("HTTPS", default=not DEBUG)
CSRF_TRUSTED_ORIGINS = [
    f"https://{'*' if host.startswith('.') else ''}{host}"
    for host in ALLOWED_HOSTS
    if HTTPS and host != "*"
]

# How e-mails and calendars, which no request asks for, call the site.
SITE_URL = env.text(
    "SITE_URL",
    default=f"http://127.0.0.1:{env.number('PORT', default=8000)}"
    if DEBUG
    else f"{'https' if HTTPS else 'http'}://{ALLOWED_HOSTS[0].lstrip('.*')}",
).rstrip("/")

# Parts --------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "consentkit.apps.ConsentKit",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "django_q",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "consentkit.web.accounts.middleware.Accounts",
]
ROOT_URLCONF = "consentkit.urls"
WSGI_APPLICATION = "consentkit.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Data ---------------------------------------------------------------------------------------------

DATABASES = {"default": env.database("DATABASE_URL", default=BASE_DIR / "db.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "consentkit.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

# What is personal is sealed in the database, with keys that are not in it.
KEYS_FOLDER = env.text("KEYS_FOLDER", default=str(BASE_DIR / "data" / "keys"))
FIELD_KEYS = env.listing("FIELD_KEYS")
SEARCH_KEY = env.listing("SEARCH_KEY")

SESSION_ENGINE = "consentkit.confidential.sessions"
# Attempts to sign in are counted here, for all web servers together; nobody can read of whom.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "consentkit_cache",
        "KEY_FUNCTION": "consentkit.confidential.cached.hashed_key",
        # A full cache forgets whom it has to slow down, so it is not to be filled in a minute.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# Accounts -----------------------------------------------------------------------------------------

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "account"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "consentkit.web.accounts.adapter.Accounts"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1"]  # without a password, one signs in by mailed code
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_MAX_LENGTH = COLUMN  # the address is sealed
ACCOUNT_CHANGE_EMAIL = True  # an account has one address
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
# E-mail can be slow. A code is dead after three wrong ones, whatever its age.
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_REAUTHENTICATION_REQUIRED = ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True  # a second factor is asked for all the same
ACCOUNT_SESSION_REMEMBER = True  # for two weeks; each session can be ended from the account's page
# Beside what allauth counts: public pages of campaigns, by network and by mailbox, and links that
# members of a team have mailed.
ACCOUNT_RATE_LIMITS = {
    "join_look": "120/h/ip",
    "join": "60/h/ip,4/d/key",
    "mail_to_stranger": "100/d/user,4/d/key",
}
ACCOUNT_EMAIL_SUBJECT_PREFIX = "ConsentKit: "
MFA_ADAPTER = "consentkit.web.accounts.adapter.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = MFA_PASSKEY_SIGNUP_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # browsers do so for http://localhost alone
MFA_TOTP_ISSUER = "ConsentKit"
ACCOUNT_FORMS, MFA_FORMS = (
    {name: f"consentkit.web.accounts.forms.{form}" for name, form in forms.items()}
    for forms in (
        {
            "login": "SignIn",
            "signup": "SignUp",
            "request_login_code": "AskForCode",
            "confirm_login_code": "SignInCode",
            "confirm_email_verification_code": "AddressCode",
            "add_email": "NewAddress",
            "change_password": "ChangePassword",
            "set_password": "SetPassword",
            "reset_password": "AskForReset",
            "confirm_password_reset_code": "ResetCode",
            "reset_password_from_key": "ResetPassword",
            "reauthenticate": "ConfirmByPassword",
        },
        {
            "authenticate": "SecondCode",
            "reauthenticate": "ConfirmByCode",
            "activate_totp": "ActivateApp",
            "add_webauthn": "AddPasskey",
            "signup_webauthn": "FirstPasskey",
            "edit_webauthn": "RenamePasskey",
        },
    )
)

# The queue ----------------------------------------------------------------------------------------

# Without QUEUE it is a table of our own database: an enqueued task is a row of our own transaction,
# and a task whose worker died is handed out again. Redis does neither (see consentkit/queue.py).
QUEUE = env.text("QUEUE")
Q_CLUSTER = {
    "name": "consentkit",
    **({"redis": QUEUE} if QUEUE else {"orm": "default"}),
    "workers": env.number("WORKERS", default=2),
    # No task of ours takes minutes: one that does hangs on something, and is ended.
    "timeout": 300,
    # Only when a task must have ended is it handed out again. Were this shorter than the timeout, a
    # task would run twice at a time.
    "retry": 360,
    # A task that ended is done with, even if it failed: what it left undone is found by the next
    # sweep, in minutes, and its failure stays to be read. Only a task whose worker was killed has
    # no end; it comes back after ``retry``.
    "ack_failures": True,
    # Should a task come back and fail again and again all the same, three times are enough.
    "max_attempts": 3,
    # After a night without a worker a schedule runs once, not once for each time it missed: a sweep
    # finds all that is due, whenever it runs.
    "catch_up": False,
    # How many finished tasks are kept to look at; failed ones always are.
    "save_limit": 500,
    # Seconds between two looks into an empty table. A person who waits for a letter to leave does
    # not notice one; a database does notice five looks a second.
    "poll": 1.0,
    # In the web server each new task would be a line of the log.
    "log_level": "WARNING",
    "label": "Background work",
}

# Languages and time -------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.text("TIME_ZONE", default="UTC")

# Laws that this site does not offer, by key: a federal act may pre-empt a state's from one day to
# the next.
LAWS_OFF = frozenset(env.listing("LAWS_OFF"))

# Whether letters of one shape are printed from standing type (consentkit/letters/press).
STANDING_TYPE = env.flag("STANDING_TYPE", default=True)

# Files --------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
# A development site serves the files where they lie; production those that collectstatic gathered.
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# The largest file that may belong to a case, and the largest e-mail that is taken in.
MAX_FILE_SIZE = env.number("MAX_FILE_MEGABYTES", default=25) * 1024 * 1024
# The largest archive of a whole account that can be brought back.
MAX_ARCHIVE_SIZE = env.number("MAX_ARCHIVE_MEGABYTES", default=200) * 1024 * 1024
# clamd, as host:port or as the path of its socket. Where it is set, every file goes through it.
CLAMAV = env.text("CLAMAV")

# E-mail -------------------------------------------------------------------------------------------

# On a development site no mail leaves the machine: it lies in this folder, and /outbox/ shows it.
OUTBOX_FOLDER = str(BASE_DIR / "data" / "outbox") if DEBUG else ""
EMAIL_BACKEND = (
    "consentkit.correspondence.outbox.OutboxBackend"
    if OUTBOX_FOLDER
    else "django.core.mail.backends.smtp.EmailBackend"
)
EMAIL_HOST = env.text("EMAIL_HOST")
EMAIL_PORT = env.number("EMAIL_PORT", default=587)
EMAIL_HOST_USER = env.text("EMAIL_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_PASSWORD")
EMAIL_SECURITY = env.one_of("EMAIL_SECURITY", ("starttls", "tls", "none"))
EMAIL_USE_TLS = EMAIL_SECURITY == "starttls"
EMAIL_USE_SSL = EMAIL_SECURITY == "tls"
EMAIL_TIMEOUT = 30
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", default="ConsentKit <consentkit@localhost>")
# How many letters a team can send by e-mail in 24 hours, to companies of the directory.
TEAM_MAILS_A_DAY = env.number("TEAM_MAILS_A_DAY", default=500)
# Answers come back to an address of the case itself: inbox+case@domain. Empty: to the sender's own.
INBOX = env.text("INBOX")
IMAP_HOST = env.text("IMAP_HOST")
IMAP_PORT = env.number("IMAP_PORT", default=993)
IMAP_USER = env.text("IMAP_USER")
IMAP_PASSWORD = env.text("IMAP_PASSWORD")
IMAP_FOLDER = env.text("IMAP_FOLDER", default="INBOX")

# What leaves the server, and what does not --------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
        "manifest-src": [SELF],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
# A session begins when somebody signs in, never to carry a message to a visitor.
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
if env.flag("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # The last address in X-Forwarded-For is the one that the proxy itself saw.
    ALLAUTH_TRUSTED_PROXY_COUNT = 1
# A letter is typed into one form: its texts may be long, but it holds no files. The few pages that
# take files say so (consentkit/web/uploads.py); even there, nothing is written to disk unsealed.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

# Logs name what failed and where, never what somebody typed: no request bodies, no error mails.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "logging.Formatter" if DEBUG else "consentkit.logs.WithoutValues",
            "format": "{levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        # Replaces Django's own handlers, which would mail whole requests to the administrators.
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # Below an error it repeats what was asked for: a wrong address, a search.
        "django.request": {"handlers": ["console"], "level": "ERROR", "propagate": False},
    },
}
