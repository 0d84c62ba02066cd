"""Every setting, in one file; all variation comes from the environment, and what is malformed stops the start."""

import re
from pathlib import Path

from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured
from environs import Env

env = Env()
ROOT = Path(__file__).resolve().parent.parent

# Where it runs
DEVELOPMENT_SECRET = "development-only-not-a-secret"  # noqa: S105
DEVELOPMENT = env.bool("PATHWAY_DEVELOPMENT", default=False)
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default=DEVELOPMENT_SECRET)
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
DATA = Path(env.str("PATHWAY_DATA", default=str(ROOT / ".data")))
if not DEVELOPMENT:
    if SECRET_KEY == DEVELOPMENT_SECRET or len(SECRET_KEY) < 50:  # noqa: PLR2004
        raise ImproperlyConfigured(
            "SECRET_KEY is missing, short or the development one. Set SECRET_KEY to at least 50 random characters, "
            "or PATHWAY_DEVELOPMENT=true on a machine that holds no patient data."
        )
    if DEBUG:
        raise ImproperlyConfigured("DEBUG=true needs PATHWAY_DEVELOPMENT=true: its error pages show patient data.")
    if "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("ALLOWED_HOSTS=* needs PATHWAY_DEVELOPMENT=true: name the hosts.")

# Applications
INSTALLED_APPS = [
    "pathway.apps.PathwayConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_linear_migrations",
    "allauth",
    "allauth.account",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "pathway.web.headers.ContentSecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "pathway.web.session.SignInFirst",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "pathway.web.session.SessionLimits",
    "pathway.web.errors.InTheSameThread",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pathway.web.context.page",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Database and broker
# `check`, `makemigrations` and the generators need no server; manage.py starts one for what does.
NO_SERVER = "postgresql://nobody@localhost:1/none"
DATABASES = {
    "default": {
        **env.dj_db_url("DATABASE_URL", default=NO_SERVER),
        # Under ASGI each request has a thread of its own: a connection that it kept would never be used again.
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
    }
}
if DATABASES["default"].get("ENGINE") != "django.db.backends.postgresql":
    raise ImproperlyConfigured(
        "DATABASE_URL must be a postgresql:// address: locks and partial indexes are the design."
    )
DATABASES["default"]["ENGINE"] = "config.database"  # no answer is waited for without end
DATABASES["default"].setdefault("OPTIONS", {}).update(
    {
        "application_name": "pathway",
        "connect_timeout": 5,
        "target_session_attrs": "read-write",  # never a standby: what it says may be old, and it takes no alert
        "tcp_user_timeout": 10_000,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        # Statements are prepared: a fifth of the time of a move. A pooler in front must support it.
        "server_side_binding": True,
        "prepare_threshold": 5,
        # A process that stands still in a transaction keeps its cases from everybody else for no longer than this.
        "options": "-c statement_timeout=20s -c lock_timeout=5s -c idle_in_transaction_session_timeout=10s",
    }
)
if DATABASE_POOL := env.int("DATABASE_POOL", default=0):
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = False  # `config.database` tries each connection that the pool gives
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 0,
        "max_size": DATABASE_POOL,
        "timeout": 10.0,
        "max_idle": 60.0,
        # Then the next request tries again: the pool waits longer after each failure, and a database is back sooner.
        "reconnect_timeout": 3.0,
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL", default="redis://localhost:6379/0")
CELERY_BROKER_URL = re.sub(r"^unix://", "redis+socket://", REDIS_URL)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 120,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 10,
    "socket_keepalive": True,
    "health_check_interval": 10,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# The worker runs `--pool solo`, where Celery's time limits do nothing: statement_timeout above is what bounds a sweep.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ROUTES = {
    "pathway.deliver": {"queue": "deliveries"},
    "pathway.downtime": {"queue": "downtime"},
    "pathway.jobs": {"queue": "jobs"},
}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
CELERY_BEAT_SCHEDULE = {
    "tick": {"task": "pathway.tick", "schedule": 1.0, "options": {"expires": 2.0}},
    "deliver": {"task": "pathway.deliver", "schedule": 1.0, "options": {"expires": 2.0}},
    "jobs": {"task": "pathway.jobs", "schedule": 2.0, "options": {"expires": 2.0}},
    "audit": {"task": "pathway.audit", "schedule": 60.0, "options": {"expires": 60.0}},
    "drill": {"task": "pathway.drill", "schedule": crontab(day_of_week="wed", hour="10", minute="15")},
    "tracks": {"task": "pathway.tracks", "schedule": 900.0, "options": {"expires": 900.0}},
    "figures": {"task": "pathway.figures", "schedule": 60.0, "options": {"expires": 60.0}},
    "nightly": {"task": "pathway.nightly", "schedule": crontab(hour="3", minute="10")},
}
# The downtime pack: where it is written, and how often (docs/operations.md)
DOWNTIME_FOLDER = env.str("DOWNTIME_FOLDER", default="")
DOWNTIME_MINUTES = env.int("DOWNTIME_MINUTES", default=15)
if DOWNTIME_MINUTES < 1:
    raise ImproperlyConfigured("DOWNTIME_MINUTES must be 1 or more.")
if DOWNTIME_FOLDER:
    every = DOWNTIME_MINUTES * 60.0
    CELERY_BEAT_SCHEDULE["downtime"] = {"task": "pathway.downtime", "schedule": every, "options": {"expires": every}}

# Counts of sign-in attempts, shared by all processes and there without the broker
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "pathway_attempts"}}

# People
AUTH_USER_MODEL = "pathway.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "pathway.web.account.Adapter"
ACCOUNT_FORMS = {
    "login": "pathway.web.sign_in.SignIn",
    "change_password": "pathway.web.sign_in.NewPassword",
    "reauthenticate": "pathway.web.sign_in.Again",
}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
# A whole hospital may come from one address. So a failed attempt counts against one account from one address only
# (web/account.py): nobody's mistakes, and no stranger's, shut anybody else out. The limit of all attempts from one
# address leaves room for a change of shift, and bounds the work that hashing costs.
ACCOUNT_RATE_LIMITS = {"login": "600/m/ip", "login_failed": "5/5m/key"}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "worklist"

# Sessions: 30 minutes idle, 12 hours in all (ASVS 7.3)
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_SECONDS", default=30 * 60)
SESSION_COOKIE_AGE = env.int("SESSION_WHOLE_SECONDS", default=12 * 3600)
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
DRAFT_HOURS = env.int("DRAFT_HOURS", default=72)  # how long a form that was not sent is kept for whoever began it
JOB_DAYS = env.int("JOB_DAYS", default=7)  # how long the file of a job is kept for whoever asked for it
if JOB_DAYS < 1:
    raise ImproperlyConfigured("JOB_DAYS must be 1 or more.")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEVELOPMENT
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "pathway_session" if DEVELOPMENT else "__Host-pathway_session"
CSRF_COOKIE_NAME = "pathway_csrf" if DEVELOPMENT else "__Host-pathway_csrf"
CSRF_FAILURE_VIEW = "pathway.web.errors.csrf"

# Telling people outside the service: a channel of which something is missing here is off (docs/operations.md)
SITE_URL = env.str("SITE_URL", default="http://localhost:8000" if DEVELOPMENT else "")
EMAIL_ON = bool(env.str("EMAIL_URL", default=""))
if EMAIL_ON:
    globals().update(env.dj_email_url("EMAIL_URL"))
EMAIL_TIMEOUT = 5
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="") or "mscc-pathway@localhost"
NOTIFY_API_KEY = env.str("NOTIFY_API_KEY", default="")
NOTIFY_TEMPLATE = env.str("NOTIFY_TEMPLATE", default="")
NOTIFY_URL = env.str("NOTIFY_URL", default="https://api.notifications.service.gov.uk")
NOTIFY_CALLBACK_TOKEN = env.str("NOTIFY_CALLBACK_TOKEN", default="")
WEBHOOK_HOSTS: list[str] = env.list("WEBHOOK_HOSTS", default=[])
WEBHOOK_SECRET = env.str("WEBHOOK_SECRET", default="")
WEBHOOK_CALLBACK_SECRET = env.str("WEBHOOK_CALLBACK_SECRET", default="")

# Watching: an address outside that is asked for after each clean audit, and who may read the figures of the machine
HEARTBEAT_URL = env.str("HEARTBEAT_URL", default="")
if HEARTBEAT_URL and not HEARTBEAT_URL.startswith(("https://", "http://")):
    raise ImproperlyConfigured("HEARTBEAT_URL must begin with https:// or http://.")
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# Browser
SECURE_SSL_REDIRECT = not DEVELOPMENT and env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
SECURE_HSTS_SECONDS = 0 if DEVELOPMENT else 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEVELOPMENT
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Django 6 reads the same name, so its middleware can replace ours.
SECURE_CSP = {
    "default-src": ["'self'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
    "object-src": ["'none'"],
    "img-src": ["'self'", "data:"],
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

# Language, time and static files
LANGUAGE_CODE = "en-gb"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
LOCAL_TIME_ZONE = "Europe/London"
STATIC_URL = "static/"
STATIC_ROOT = DATA / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEVELOPMENT
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEVELOPMENT

# Logging: one line an event, in UTC, no patient data
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {"brief": {"()": "config.log.Brief"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["brief"]}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"httpx": {"level": "WARNING"}},
}
