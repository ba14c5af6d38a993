"""Settings for every environment; values that differ are environment variables (env.py)."""

import re
from pathlib import Path

from csp.constants import NONE, SELF

from reviewapp import env
from reviewapp.i18n import languages
from reviewapp.ops import broker, database

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.data_folder()

DEBUG = env.flag("DEBUG", default=False)
# An installation with its own database sets the key; with the embedded one it is created once.
SECRET_KEY = (
    env.stored_secret("SECRET_KEY", DATA_DIR / "secret_key")
    if database.is_embedded()
    else env.secret("SECRET_KEY")
)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_FAILURE_VIEW = "reviewapp.web.middleware.csrf_failed"
# Addresses begin with it, whether or not the proxy passes it on (BasePathMiddleware).
BASE_PATH = env.base_path()
FORCE_SCRIPT_NAME = BASE_PATH or None
# Another Django app at this host name may use the usual names for cookies of the whole host.
_COOKIE = "touchstone_" if BASE_PATH else ""
SESSION_COOKIE_NAME = f"{_COOKIE}sessionid"
CSRF_COOKIE_NAME = f"{_COOKIE}csrftoken"
DEVICE_COOKIE_NAME = f"{_COOKIE}device"
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", "")
# Shows the demo's users on the sign-in page; only `make demo` sets it.
DEMO = env.flag("TOUCHSTONE_DEMO", default=False)
# What of the demo's local model is served (reviewapp/ops/local_model.py); empty for nothing known.
LOCAL_MODEL = env.text("TOUCHSTONE_LOCAL_MODEL", "")

# Whether every lead may create projects; site admins always may.
LEADS_CREATE_PROJECTS = env.flag("LEADS_CREATE_PROJECTS", default=False)

# The helpers of an import fork, which a process with threads must not do. numpy's linear algebra
# would start threads, and nothing here is large enough to need them.
env.set_default("OPENBLAS_NUM_THREADS", "1")

# Only the web server imports ninja (0.2 s): of its app, only the documentation page is used.
_NINJA = env.package_folder("ninja")

# Address of the OpenID Connect provider of single sign-on, if there is one.
OIDC_ISSUER = env.optional("OIDC_ISSUER")
INSTALLED_APPS = [
    "reviewapp.people",  # before Django's, whose `changepassword` it replaces
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    # It loads an HTTP client, which is a tenth of a short command.
    *(["allauth.socialaccount.providers.openid_connect"] if OIDC_ISSUER else []),
    "reviewapp.notifications",
    "reviewapp.webhooks",
    "datasets",
    "evaluation",
    "reviewapp",
]

MIDDLEWARE = [
    "reviewapp.web.middleware.BasePathMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "reviewapp.web.middleware.PrivateAnswersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "reviewapp.i18n.middleware.LanguageMiddleware",
    # Deny by default: a public view needs @login_not_required.
    "reviewapp.web.api.middleware.SignInRequiredMiddleware",
    "reviewapp.web.api.middleware.ApiMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "reviewapp.web.middleware.OneTimePasswordMiddleware",
    "reviewapp.web.middleware.DomainErrorMiddleware",
]

ROOT_URLCONF = "reviewapp.urls"
WSGI_APPLICATION = "reviewapp.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates", _NINJA / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "reviewapp.web.context.shell",
            ],
        },
    },
]

DATABASES = {"default": database.configuration()}
# The role of web, workers and commands; migrations run as the owner (docs/audit.md).
DATABASE_RUNTIME_ROLE = database.runtime_role()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Shared by all web processes, as the rate limits of sign-in need.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "touchstone_cache",
    },
}

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["reviewapp.web.authentication.Backend"]
SESSION_ENGINE = "reviewapp.web.authentication"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "reviewapp.web.adapters.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "reviewapp.web.adapters.SocialAccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
# The number of proxies before the app that add to X-Forwarded-For. Rate limits count by the address
# of the outermost proxy's client, failed sign-ins by address and account (adapters.py), both by the
# browser where the account signed in before (devices.py).
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXIES", 0)
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "5/5m/key"}
# No mail to an address without an account: outsiders could use the app to send mail to anyone.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# Single sign-on with the OpenID Connect provider at OIDC_ISSUER. A verified address links the
# account; adapters.py decides about access.
# Browsers block a form whose response redirects to an origin that the page does not allow.
OIDC_ORIGINS = env.origins("OIDC_ORIGINS", OIDC_ISSUER) if OIDC_ISSUER else []
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_PROVIDERS = (
    {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "sso",
                    "name": env.text("OIDC_NAME", "Single sign-on"),
                    "client_id": env.text("OIDC_CLIENT_ID"),
                    "secret": env.secret("OIDC_CLIENT_SECRET"),
                    "settings": {"server_url": OIDC_ISSUER, "oauth_pkce_enabled": True},
                }
            ]
        }
    }
    if OIDC_ISSUER
    else {}
)
# The mails are the link for a new password, and notifications to those who want them. Without a
# mail server neither is offered, and such links are written nowhere else, for example into a log.
EMAIL_HOST = env.text("EMAIL_HOST", "")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'dummy'}.EmailBackend"
EMAIL_PORT = env.number("EMAIL_PORT", 587)
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=True)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.secret("EMAIL_HOST_PASSWORD", "")
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "touchstone@localhost")
EMAIL_TIMEOUT = 20
# What the links in mails begin with; notifications are mailed only where it is known.
PUBLIC_URL = next(iter(env.origins("PUBLIC_URL", "")), "")
ACCOUNT_FORMS = {
    "login": "reviewapp.web.adapters.SignInForm",
    "reauthenticate": "reviewapp.web.adapters.ConfirmForm",
    "change_password": "reviewapp.web.adapters.OwnPasswordForm",
}

HTTPS = env.flag("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
# The process checks of a load balancer use plain HTTP.
SECURE_REDIRECT_EXEMPT = [
    f"^{re.escape(f'{BASE_PATH}/{check}'.lstrip('/'))}$"
    for check in ("healthz", "readyz", "metrics")
]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}

# The language of commands, workers and the API; pages follow the user (reviewapp/i18n).
LANGUAGE_CODE = languages.SOURCE_LANGUAGE
USE_I18N = True
LANGUAGES = languages.interface_languages()
LOCALE_PATHS = [languages.LOCALE_DIR]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = f"{BASE_PATH}/static/"
STATICFILES_DIRS = [BASE_DIR / "static", _NINJA / "static"]
STATIC_ROOT = DATA_DIR / "static"
# Imports and frozen files contain personal data: only the app's account may read them.
_PRIVATE = {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "uploads", **_PRIVATE},
    },
    # The files of frozen versions; web, workers and commands need the same one.
    "datasets": env.storage("DATASET_STORAGE")
    or {
        "BACKEND": "datasets.versions.storage.FrozenFileStorage",
        "OPTIONS": {"location": DATA_DIR / "datasets", **_PRIVATE},
    },
    # The adapters that bundles upload.
    "trainings": env.storage("TRAINING_STORAGE")
    or {
        "BACKEND": "datasets.versions.storage.FrozenFileStorage",
        "OPTIONS": {"location": DATA_DIR / "trainings", **_PRIVATE},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "reviewapp.web.storage.StaticStorage"
    },
}
# Source maps are for developers' tools and large; compressing them would slow every set-up.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("map", "gz", "br", "png", "jpg", "woff2")
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
# The editor sends three fields for each of up to 1,000 messages.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000

ANSWER_LEASE_SECONDS = env.number("ANSWER_LEASE_SECONDS", 300)
VOTE_LEASE_SECONDS = env.number("VOTE_LEASE_SECONDS", 900)
# How long the last vote on an example can be undone by a reviewer without a next comparison; with
# one, as long as a lease. 0 for no undo.
VOTE_UNDO_SECONDS = env.number("VOTE_UNDO_SECONDS", 60)
IMPORT_LEASE_SECONDS = env.number("IMPORT_LEASE_SECONDS", 120)
# The largest file that a browser may upload; commands read any.
IMPORT_MAX_MEGABYTES = env.number("IMPORT_MAX_MEGABYTES", 1000, minimum=1)
# How long the worker of a training may be silent, and how long a provider may still be at work on a
# request whose answer was lost.
TRAINING_LEASE_SECONDS = env.number("TRAINING_LEASE_SECONDS", 120, minimum=1)
TRAINING_SETTLE_SECONDS = env.number("TRAINING_SETTLE_SECONDS", 180, minimum=1)
# The bundle of a training: how long its token is valid, how much it may upload, and how long it may
# be silent before the page says so.
BUNDLE_TOKEN_DAYS = env.number("BUNDLE_TOKEN_DAYS", 14, minimum=1)
BUNDLE_MAX_MEGABYTES = env.number("BUNDLE_MAX_MEGABYTES", 2000, minimum=1)
BUNDLE_SILENT_SECONDS = env.number("BUNDLE_SILENT_SECONDS", 900, minimum=1)
# A dated version of Azure's API, such as 2025-04-01-preview; empty for its version 1.
AZURE_OPENAI_API_VERSION = env.text("AZURE_OPENAI_API_VERSION", "")
# Of the CPU for a training on an own machine; 0 means all. With one, weights can be reproduced.
TRAINING_THREADS = env.number("TRAINING_THREADS", 1)
# Where base models for local trainings are; nothing outside is read.
TRAINING_MODELS_DIR = env.text("TRAINING_MODELS_DIR", str(DATA_DIR / "base-models"))
PROVIDER_TIMEOUT_SECONDS = env.number("PROVIDER_TIMEOUT_SECONDS", 120, minimum=1)
# The hosts of models; empty for all except link-local and metadata addresses.
PROVIDER_ALLOWED_HOSTS = env.words("PROVIDER_ALLOWED_HOSTS", "")
# Hosts without a public address, or without encryption, that webhooks may call nevertheless.
WEBHOOK_PRIVATE_HOSTS = env.words("WEBHOOK_PRIVATE_HOSTS", "")

# A message only wakes a worker and may be lost or repeated: rows describe the work.
CELERY_BROKER_URL = broker.url()
CELERY_BROKER_TRANSPORT_OPTIONS = broker.transport_options()
CELERY_BROKER_CONNECTION_TIMEOUT = broker.CONNECT_SECONDS
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_POOL_LIMIT = 2
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0}
CELERY_TASK_DEFAULT_QUEUE = "touchstone"
# RabbitMQ replicates a quorum queue; a delay there needs topic exchanges.
_RABBITMQ = CELERY_BROKER_URL.startswith("amqp")
CELERY_TASK_DEFAULT_QUEUE_TYPE = "quorum" if _RABBITMQ else "classic"
CELERY_TASK_DEFAULT_EXCHANGE_TYPE = "topic" if _RABBITMQ else "direct"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# The names of its queues are too long for the queues in the database.
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_TIMEZONE = "UTC"
# The messages of the beat with their intervals in seconds.
CELERY_BEAT_SCHEDULE = {
    "wake-jobs": broker.schedule_entry(5, "jobs.wake_jobs"),
    "measure-open-runs": broker.schedule_entry(5, "evaluation.measure_open_runs"),
    "sign-examples": broker.schedule_entry(300, "datasets.sign_examples"),
    "check-notifications": broker.schedule_entry(3600, "notifications.check"),
    "throw-away": broker.schedule_entry(3600, "datasets.delete_expired"),
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "filters": {"without_traceback": {"()": "reviewapp.web.logs.WithoutTraceback"}},
    "loggers": {
        "django.security.DisallowedHost": {"filters": ["without_traceback"]},
        # It logs every request of a training, a poll each few seconds.
        "httpx2": {"level": "WARNING"},
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
