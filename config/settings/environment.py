"""Every setting that comes from the environment, each described in docs/operations.md.

A missing or malformed one stops the start with a sentence that names it.
"""

import base64
import binascii
import sys
from typing import NoReturn
from urllib.parse import urlsplit

from environs import Env, EnvError

_env = Env()


def _stop(sentence: str) -> NoReturn:
    print(f"Cannot start: {sentence} See docs/operations.md.", file=sys.stderr)  # noqa: T201 - logging is not set up yet
    raise SystemExit(2)


def _url(name: str, *schemes: str, default: str | None = None) -> str:
    """An address with a host and one of `schemes`; it may hold a password, so no error shows it."""
    text: str = _env.str(name) if default is None else _env.str(name, "") or default
    parts = urlsplit(text)
    if parts.scheme not in schemes or not parts.hostname:
        _stop(f"{name} has to begin with {' or '.join(s + '://' for s in schemes)} and name a host.")
    return text.rstrip("/")


def _field_keys(listed: list[str]) -> dict[str, bytes]:
    """`id:base64key`, newest first; each key is 32 bytes."""
    keys = {}
    for item in listed:
        key_id, _, encoded = item.partition(":")
        try:
            keys[key_id] = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            _stop(f"FIELD_KEYS: the key {key_id!r} is not base64.")
        if len(keys[key_id]) != 32 or not key_id.isascii() or not 0 < len(key_id) < 33:
            _stop(f"FIELD_KEYS: the key {key_id!r} is not id:base64 of 32 bytes.")
    return keys


# How long rows are kept by default (docs/operations.md, "Retention", says why); KEEP_<NAME>_DAYS sets another length.
KEPT_DAYS = {"events": 400, "receipts": 90, "emails": 30, "deliveries": 90}
LEAST_DAYS = {"receipts": 30}  # what the contract promises to others
# Requests a second, a fifth below what Stripe allows: 100 live, 25 in test mode (docs.stripe.com/rate-limits).
STRIPE_RATES = {("https://api.stripe.com", True): 80, ("https://api.stripe.com", False): 20}

try:
    SECRET_KEY: str = _env.str("SECRET_KEY")
    DEVELOPMENT: bool = _env.bool("DEBUG", False)
    ALLOWED_HOSTS: list[str] = _env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1"] if DEVELOPMENT else [])
    BASE_URL: str = _url("BASE_URL", "http", "https")
    DATABASE = _env.dj_db_url("DATABASE_URL")
    DATABASE_OWNER = _env.dj_db_url("DATABASE_OWNER_URL") if _env.str("DATABASE_OWNER_URL", "") else None
    REDIS_URL: str = _url("REDIS_URL", "redis", "rediss")
    CELERY_BROKER_URL: str = _url("CELERY_BROKER_URL", "redis", "rediss", "amqp", "amqps", default=REDIS_URL)
    STRIPE_SECRET_KEY: str = _env.str("STRIPE_SECRET_KEY")
    STRIPE_LIVE: bool = _env.bool("STRIPE_LIVE", False)
    STRIPE_PUBLISHABLE_KEY: str = _env.str("STRIPE_PUBLISHABLE_KEY", "")
    STRIPE_API_BASE: str = _url("STRIPE_API_BASE", "https", "http", default="https://api.stripe.com")
    STRIPE_WEBHOOK_SECRETS: list[str] = _env.list("STRIPE_WEBHOOK_SECRETS")
    STRIPE_RATE_PER_S: float = _env.float("STRIPE_RATE_PER_S", STRIPE_RATES.get((STRIPE_API_BASE, STRIPE_LIVE), 0))
    STRIPE_TIMEOUT_SECONDS: float = _env.float("STRIPE_TIMEOUT_SECONDS", 20)
    FIELD_KEYS: dict[str, bytes] = _field_keys(_env.list("FIELD_KEYS"))
    EMAIL = _env.dj_email_url("EMAIL_URL")
    MAIL_FROM: str = _env.str("MAIL_FROM", "Benefit Team <hello@benefit.example>")
    MAIL_PROVIDER: str = _env.str("MAIL_PROVIDER", "")
    MAIL_WEBHOOK_SECRET: str = _env.str("MAIL_WEBHOOK_SECRET", "")
    MAIL_WEBHOOK_SIGNING_KEY: str = _env.str("MAIL_WEBHOOK_SIGNING_KEY", "")
    SENTRY_DSN: str = _env.str("SENTRY_DSN", "")
    LOG_FORMAT: str = _env.str("LOG_FORMAT", "") or ("text" if DEVELOPMENT else "json")
    LOG_LEVEL: str = _env.str("LOG_LEVEL", "INFO")
    OTEL_EXPORTER_OTLP_ENDPOINT: str = _env.str("OTEL_EXPORTER_OTLP_ENDPOINT", "")
    METRICS_TOKEN: str = _env.str("METRICS_TOKEN", "")
    METRICS_PORT: int = _env.int("METRICS_PORT", 0)
    KEEP_DAYS: dict[str, int] = {name: _env.int(f"KEEP_{name.upper()}_DAYS", days) for name, days in KEPT_DAYS.items()}
    LEASE_SECONDS: int = _env.int("LEASE_SECONDS", 60)
    CLOCK_FILE: str = _env.str("CLOCK_FILE", "")
    WEBHOOKS_ALLOW_LOOPBACK: bool = _env.bool("WEBHOOKS_ALLOW_LOOPBACK", DEVELOPMENT)
except (EnvError, ValueError) as error:
    _stop(str(error).strip().rstrip(".") + ".")

if not ALLOWED_HOSTS:
    _stop("ALLOWED_HOSTS is not set: the names this site is reached by.")
if not 0 < LEASE_SECONDS <= 3600:
    _stop("LEASE_SECONDS is not between 1 and 3600.")
if LOG_FORMAT not in ("json", "text"):
    _stop("LOG_FORMAT is neither json nor text.")
if LOG_LEVEL not in ("DEBUG", "INFO", "WARNING", "ERROR"):
    _stop("LOG_LEVEL is none of DEBUG, INFO, WARNING, ERROR.")
if not 0 <= METRICS_PORT < 65536:
    _stop("METRICS_PORT is no port.")
if METRICS_PORT and not METRICS_TOKEN and not DEVELOPMENT:
    _stop("METRICS_PORT needs METRICS_TOKEN: who may read what is counted.")
for _name, _days in KEEP_DAYS.items():
    if not LEAST_DAYS.get(_name, 1) <= _days <= 36_500:
        _stop(f"KEEP_{_name.upper()}_DAYS is not between {LEAST_DAYS.get(_name, 1)} and 36500.")
if not FIELD_KEYS:
    _stop("FIELD_KEYS is empty: it needs at least one id:base64key.")
if not STRIPE_SECRET_KEY.startswith(("sk_test_", "rk_test_")) and not STRIPE_LIVE:
    _stop("STRIPE_SECRET_KEY is not a test key (sk_test_…): set STRIPE_LIVE=1 to charge real cards.")
if not all(secret.startswith("whsec_") for secret in STRIPE_WEBHOOK_SECRETS):
    _stop("STRIPE_WEBHOOK_SECRETS: each secret begins with whsec_.")
if not 0 <= STRIPE_RATE_PER_S <= 10_000:
    _stop("STRIPE_RATE_PER_S is not between 0 (no limit) and 10000 requests a second.")
if not 0 < STRIPE_TIMEOUT_SECONDS <= 80:
    _stop("STRIPE_TIMEOUT_SECONDS is not above 0 and at most 80.")
if MAIL_PROVIDER not in ("", "postmark", "mailgun"):
    _stop("MAIL_PROVIDER is neither postmark nor mailgun.")
if MAIL_PROVIDER and ":" not in MAIL_WEBHOOK_SECRET:
    _stop("MAIL_WEBHOOK_SECRET is not user:password, by which the notices of MAIL_PROVIDER are known.")
if MAIL_PROVIDER == "mailgun" and not MAIL_WEBHOOK_SIGNING_KEY:
    _stop("MAIL_WEBHOOK_SIGNING_KEY is not set: Mailgun signs its notices.")
if not DEVELOPMENT and (CLOCK_FILE or WEBHOOKS_ALLOW_LOOPBACK):
    _stop("CLOCK_FILE and WEBHOOKS_ALLOW_LOOPBACK are for development: unset them, or set DEBUG=1.")

# Django's own would keep every query in memory and answer with tracebacks; what DEBUG=1 asks for is DEVELOPMENT.
DEBUG = False
