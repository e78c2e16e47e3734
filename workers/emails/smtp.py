"""The line to the mail server, and e-mails as they travel."""

import secrets
import smtplib
from collections.abc import Callable
from email.generator import BytesGenerator
from email.message import Message
from email.policy import Compat32
from functools import cache, cached_property
from io import BytesIO
from typing import Any, Self

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address

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
    meanwhile: Callable[[], object] | None = None

    def send(self, s: Any) -> None:
        """Send a command, or a body."""
        is_body = isinstance(s, bytes)
        if is_body:
            self.is_in_doubt = True
        super().send(s)
        if is_body and self.meanwhile is not None:
            self.meanwhile()

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Send a body; any answer, a refusal too, ends the doubt."""
        answer = super().data(msg)
        self.is_in_doubt = False
        return answer


class _NoticingOverTls(_Noticing, smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""


class _Unfolded(Compat32):
    """Writes a header in one line where that is short enough: folding takes longer than all the rest of an e-mail."""

    LONGEST = 900  # bytes; RFC 5322, 2.1.1 has 998 for a line

    def fold(self, name: str, value: Any) -> str:
        """Return a header as it travels."""
        if isinstance(value, str) and value.isascii() and "\n" not in value and len(value) < self.LONGEST:
            return f"{name}: {value}{self.linesep}"
        return super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Return a header as it travels."""
        return self.fold(name, value).encode("ascii", "surrogateescape")


_DONE, _FORWARDED = 250, 251  # RFC 5321, 4.2.3
_UNFOLDED = _Unfolded(linesep="\r\n")


@cache
def _sender(address: str) -> str:
    return str(sanitize_address(address, "utf-8"))


def _bytes_of(message: Message) -> bytes:
    """A boundary of random bits is in no part, so that none has to be searched for it."""
    if message.is_multipart():
        message.set_boundary(f"={secrets.token_hex(16)}=")
    written = BytesIO()
    BytesGenerator(written, mangle_from_=False, policy=_UNFOLDED).flatten(message)
    return written.getvalue()


class Outgoing(EmailMultiAlternatives):
    """An e-mail that is put together once, ahead of its turn perhaps."""

    @cached_property
    def travelling(self) -> tuple[str, list[str], bytes]:
        """From whom, to whom and what, as SMTP takes them. Raises ValueError for an address that is none."""
        readers = [sanitize_address(one, "utf-8") for one in self.recipients()]
        return _sender(self.from_email), readers, _bytes_of(self.message())

    def put_together(self) -> Self:
        """Do now what sending would do first, and return itself."""
        _ = self.travelling
        return self


class Backend(EmailBackend):
    """Django's SMTP backend, on a connection that notices doubt, for one e-mail at a time."""

    _addressed: Outgoing | None = None

    def address(self, outgoing: Outgoing) -> None:
        """Tell the server from whom and to whom the next one is, ahead of its turn; a body may follow or not.

        What the server says against it is said again at its turn.
        """
        try:
            self._address(outgoing)
        except (smtplib.SMTPException, OSError, ValueError):
            self.close()

    def send_outgoing(self, outgoing: Outgoing, *, meanwhile: Callable[[], object]) -> None:
        """Send one, and do something else while the server reads it. Raises SMTPException, OSError, ValueError."""
        if self._addressed is not outgoing:
            self._forget()
            self._address(outgoing)
        self._addressed, line = None, self._line()
        line.meanwhile = meanwhile
        code, answer = line.data(outgoing.travelling[2])
        if code != _DONE:
            raise smtplib.SMTPDataError(code, answer)

    def close(self) -> None:
        """Leave the server."""
        self._addressed = None
        super().close()

    def _address(self, outgoing: Outgoing) -> None:
        sender, [reader], content = outgoing.travelling
        self.open()
        line = self._line()
        line.ehlo_or_helo_if_needed()
        sized = [f"size={len(content)}"] if line.does_esmtp and line.has_extn("size") else []
        code, answer = line.mail(sender, sized)
        if code != _DONE:
            raise smtplib.SMTPSenderRefused(code, answer, sender)
        code, answer = line.rcpt(reader)
        if code not in (_DONE, _FORWARDED):
            raise smtplib.SMTPRecipientsRefused({reader: (code, answer)})
        self._addressed = outgoing

    def _forget(self) -> None:
        """The server, too, forgets for whom the next one was to be."""
        if self._addressed is not None:
            self._addressed = None
            self._line().rset()

    def _line(self) -> _Noticing:
        """The open connection. Raises SMTPServerDisconnected for none."""
        if not isinstance(self.connection, _Noticing):
            raise smtplib.SMTPServerDisconnected("There is no connection.")
        return self.connection

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        """Which class holds the connection."""
        return _NoticingOverTls if self.use_ssl else _Noticing


def is_in_doubt(connection: BaseEmailBackend) -> bool:
    """Whether what was sent last over this connection may have been taken or not."""
    return bool(getattr(getattr(connection, "connection", None), "is_in_doubt", False))


def send(outgoing: Outgoing, *, meanwhile: Callable[[], object]) -> None:
    """Send one over its connection; `meanwhile` must raise nothing, and other backends than ours never call it."""
    if isinstance(outgoing.connection, Backend):
        outgoing.connection.send_outgoing(outgoing, meanwhile=meanwhile)
    else:
        outgoing.send()


def compose(email: Email, connection: BaseEmailBackend) -> Outgoing:
    """Return an e-mail ready to send: text, HTML, and the calendar's entry where there is one."""
    message = email.message
    composed = Outgoing(
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
