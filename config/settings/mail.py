"""Outgoing mail: a neutral sender, no clinic, drug or condition in it (docs/facts.md)."""

from config.settings.environment import (
    EMAIL,
    MAIL_FROM,
    MAIL_PROVIDER,
    MAIL_WEBHOOK_SECRET,
    MAIL_WEBHOOK_SIGNING_KEY,
)

_SMTP = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_BACKEND = "workers.emails.smtp.Backend" if EMAIL["EMAIL_BACKEND"] == _SMTP else EMAIL["EMAIL_BACKEND"]
EMAIL_HOST = EMAIL["EMAIL_HOST"]
EMAIL_PORT = EMAIL["EMAIL_PORT"]
EMAIL_HOST_USER = EMAIL["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = EMAIL["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = EMAIL["EMAIL_USE_TLS"]
EMAIL_USE_SSL = EMAIL["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = SERVER_EMAIL = MAIL_FROM

# The header that has the provider (MAIL_PROVIDER) repeat our e-mail's id in its notices at /webhooks/mail/.
MAIL_ID_HEADERS = {
    "postmark": ("X-PM-Metadata-email", "{id}"),
    "mailgun": ("X-Mailgun-Variables", '{{"email": "{id}"}}'),
}
MAIL_ID_HEADER = MAIL_ID_HEADERS.get(MAIL_PROVIDER)
ANYMAIL = {"WEBHOOK_SECRET": MAIL_WEBHOOK_SECRET, "MAILGUN_WEBHOOK_SIGNING_KEY": MAIL_WEBHOOK_SIGNING_KEY}
