"""The line to the mail server."""

import smtplib
from collections.abc import Callable
from typing import Any

from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend

from workers.emails.composing import Outgoing

_DONE, _FORWARDED = 250, 251  # RFC 5321, 4.2.3


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
