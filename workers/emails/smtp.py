"""The line to the mail server, and e-mails as they travel."""

import smtplib
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend

from workers.emails.addresses import Reader, preferences_url
from workers.emails.calendars import sender_domain
from workers.emails.catalogue import is_optional
from workers.emails.models import Email
from workers.emails.rendering import html_of


class _Noticing(smtplib.SMTP):
    """Notices from when to when nobody can know whether the server took an e-mail.

    That is between its body, which alone is sent as bytes, and the answer (RFC 5321, 4.2.5: with 250 the server takes
    responsibility).
    """

    is_in_doubt = False

    def send(self, s: Any) -> None:
        """Send a command, or a body."""
        if isinstance(s, bytes):
            self.is_in_doubt = True
        super().send(s)

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Send a body; any answer, a refusal too, ends the doubt."""
        answer = super().data(msg)
        self.is_in_doubt = False
        return answer


class _NoticingOverTls(_Noticing, smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""


class Backend(EmailBackend):
    """Django's SMTP backend, on a connection that notices doubt."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        """Which class holds the connection."""
        return _NoticingOverTls if self.use_ssl else _Noticing


def is_in_doubt(connection: BaseEmailBackend) -> bool:
    """Whether what was sent last over this connection may have been taken or not."""
    return bool(getattr(getattr(connection, "connection", None), "is_in_doubt", False))


def compose(email: Email, connection: BaseEmailBackend) -> EmailMultiAlternatives:
    """Return an e-mail ready to send: text, HTML, and the calendar's entry where there is one."""
    message = email.message
    composed = EmailMultiAlternatives(
        message["subject"], message["text"], to=[message["to"]], headers=_headers(email), connection=connection
    )
    composed.attach_alternative(html_of(message["text"], language=message.get("language", "en")), "text/html")
    if calendar := message.get("calendar"):
        composed.attach_alternative(calendar["ics"], f"text/calendar; method={calendar['method']}")
    return composed


def _headers(email: Email) -> dict[str, str]:
    """Message-ID stays the same however often it is tried; no out-of-office answers; RFC 2369 and RFC 8058."""
    headers = {"Message-ID": f"<{email.pk}@{sender_domain()}>", "Auto-Submitted": "auto-generated"}
    if settings.MAIL_ID_HEADER:
        name, form = settings.MAIL_ID_HEADER
        headers[name] = form.format(id=email.pk)
    if is_optional(email.kind):
        url = preferences_url(Reader(address_hash=email.address_hash, kind=email.kind))
        headers |= {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return headers
