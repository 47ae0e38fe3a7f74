"""Django's settings, all from ``runtime.settings`` and the site's secret files. Only ``boot`` reads this module."""

from datetime import timedelta

from hushkeep.runtime.database import django_databases
from hushkeep.runtime.secret_files import DJANGO, read_secret
from hushkeep.runtime.settings import settings

_site = settings()

SECRET_KEY = read_secret(DJANGO)
DEBUG = False
ALLOWED_HOSTS = sorted({_site.host, "localhost", "127.0.0.1", "[::1]"})
DATABASES = django_databases()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
ROOT_URLCONF = "hushkeep.api.urls"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.headless",
    "axes",
    "procrastinate.contrib.django",
    "hushkeep.runtime",
    "hushkeep.audit",
    "hushkeep.identity",
    "hushkeep.access",
    "hushkeep.records",
    "hushkeep.watch",
]
MIDDLEWARE = [
    "hushkeep.api.middleware.RequestIds",
    "hushkeep.api.middleware.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
    "hushkeep.api.middleware.Problems",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]

# Sign-in: allauth headless for browsers, second factor always (identity owns the flows).
AUTH_USER_MODEL = "identity.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = "login"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "hushkeep.identity.sign_in.AccountAdapter"
ACCOUNT_LOGIN_BY_CODE_ENABLED = False
# Ten wrong passwords or codes in a quarter of an hour; axes locks for longer, and across processes.
ACCOUNT_RATE_LIMITS = {
    "login": "600/m/ip",
    "login_failed": "10/15m/key",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
}
ACCOUNT_REAUTHENTICATION_TIMEOUT = int(_site.step_up_age.total_seconds())
HEADLESS_ONLY = True
HEADLESS_CLIENTS = ("browser",)
HEADLESS_FRONTEND_URLS: dict[str, str] = {}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
# The passkey stands for biometrics: its device has looked at the person each time. The password is asked for too.
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_PASSKEY_LOGIN_ENABLED = False
MFA_ADAPTER = "hushkeep.identity.sign_in.MfaAdapter"
MFA_TOTP_ISSUER = "Hushkeep"
# allauth remembers a used code for one period only: with a tolerance, an older one could come back.
MFA_TOTP_TOLERANCE = 0
MFA_TRUST_ENABLED = False
AXES_FAILURE_LIMIT = 10  # PCI DSS v4.0.1, 8.3.4: at most ten tries, then at least half an hour
AXES_COOLOFF_TIME = timedelta(minutes=30)
AXES_LOCKOUT_PARAMETERS = ["username"]  # an address is shared by a whole floor
AXES_CLIENT_IP_CALLABLE = "hushkeep.identity.sign_in.client_address"
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True  # the ledger has the sign-ins
AXES_VERBOSE = False  # its log lines name logins

# Sessions and cookies: one origin, HTTPS only.
SESSION_ENGINE = "hushkeep.identity.cookies"
SESSION_COOKIE_NAME = "__Host-session"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_AGE = int(_site.session_age.total_seconds())
CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_HTTPONLY = False  # the console reads it and sends it back as a header
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"  # with none at all, a browser may send "Origin: null"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# A browser that has seen HSTS on localhost refuses every other project there: only off localhost.
SECURE_HSTS_SECONDS = 0 if _site.host == "localhost" else 63_072_000
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024  # bytes, as the bridge's cap
# Shared by all processes, or a used code, a nonce and a limit would hold in one of them only.
# Django would throw out a third of what still counts above 300 entries; identity.services removes what has expired.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "identity_cache",
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    }
}
LOGGING_CONFIG = None  # runtime.logs sets logging up; Django's own would write request paths
