"""The line to the mail server."""

import re
import smtplib
from collections.abc import Callable, Sequence
from smtplib import quoteaddr

from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend

from workers.emails.composing import Outgoing

_DONE, _FORWARDED, _GO_ON, _REFUSED = 250, 251, 354, 400  # RFC 5321, 4.2.3; from 400 on it is a refusal
_WANTED = ((_DONE,), (_DONE, _FORWARDED), (_GO_ON,))  # of MAIL, RCPT and DATA
# RFC 3463, 3.2 and RFC 7505, 4: no such mailbox, no such host, no address, moved away, a host that takes no mail.
_NO_MAILBOX = re.compile(rb"5\.1\.(?:1|2|3|6|10)\b")


class _Noticing(smtplib.SMTP):
    """Notices from when to when nobody can know whether the server took an e-mail.

    That is between its body and the answer (RFC 5321, 4.2.5: with 250 the server takes responsibility).
    """

    is_in_doubt = False

    def command(self, words: Sequence[str]) -> list[tuple[int, bytes]]:
        """Give commands and return their answers: in one go where the server takes them so (RFC 2920).

        Raises ValueError for one of several lines, which would be two.
        """
        if any("\r" in one or "\n" in one for one in words):
            raise ValueError("A command to the mail server has several lines.")
        groups = [words] if self.has_extn("pipelining") else [[one] for one in words]
        answers = []
        for group in groups:
            self.send("".join(f"{one}\r\n" for one in group))
            answers += [self.getreply() for _ in group]
            if answers[-1][0] >= _REFUSED:
                break
        return answers

    def body(self, content: bytes, *, meanwhile: Callable[[], object]) -> tuple[int, bytes]:
        """Send a body, its lines ending in CRLF; any answer, a refusal too, ends the doubt."""
        self.is_in_doubt = True
        self.send(content.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        meanwhile()
        answer = self.getreply()
        self.is_in_doubt = False
        return answer


class _NoticingOverTls(_Noticing, smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""


class Backend(EmailBackend):
    """Django's SMTP backend, on a connection that notices doubt, for one e-mail at a time."""

    _addressed: Outgoing | None = None
    _awaits_body = False  # what comes next is a body to the server, unless the line breaks

    def address(self, outgoing: Outgoing) -> None:
        """Have the server wait for the next one's body, ahead of its turn; it may follow or not.

        What the server says against it is said again at its turn.
        """
        try:
            self._address(outgoing)
        except (smtplib.SMTPException, OSError, ValueError):
            self.close()

    def send_outgoing(self, outgoing: Outgoing, *, meanwhile: Callable[[], object]) -> None:
        """Send one, and do something else while the server reads it. Raises SMTPException, OSError, ValueError."""
        if self._addressed is not outgoing:
            self._address(outgoing)
        self._addressed = None
        code, answer = self._line().body(outgoing.travelling[2], meanwhile=meanwhile)
        self._awaits_body = False
        if code != _DONE:
            raise smtplib.SMTPDataError(code, answer)

    def close(self) -> None:
        """Leave the server; where it waits for a body it takes no goodbye, and drops what it has none of."""
        self._addressed = None
        if self._awaits_body and self.connection is not None:
            self.connection.close()
            self.connection = None
        self._awaits_body = False
        super().close()

    def _address(self, outgoing: Outgoing) -> None:
        if self._awaits_body:
            self.close()  # that was for another, and nothing takes it back (RFC 5321, 4.1.1.4)
        sender, [reader], content = outgoing.travelling
        self.open()
        line = self._line()
        line.ehlo_or_helo_if_needed()
        size = f" size={len(content)}" if line.does_esmtp and line.has_extn("size") else ""
        self._awaits_body = True
        words = [f"mail FROM:{quoteaddr(sender)}{size}", f"rcpt TO:{quoteaddr(reader)}", "data"]
        _check(line.command(words), sender, reader)
        self._addressed = outgoing

    def _line(self) -> _Noticing:
        """The open connection. Raises SMTPServerDisconnected for none."""
        if not isinstance(self.connection, _Noticing):
            raise smtplib.SMTPServerDisconnected("There is no connection.")
        return self.connection

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        """Which class holds the connection."""
        return _NoticingOverTls if self.use_ssl else _Noticing


def _check(answers: Sequence[tuple[int, bytes]], sender: str, reader: str) -> None:
    """Raise what the first refusal among the answers to MAIL, RCPT and DATA means."""
    for number, (code, answer) in enumerate(answers):
        if code in _WANTED[number]:
            continue
        if number == 0:
            raise smtplib.SMTPSenderRefused(code, answer, sender)
        if number == 1:
            raise smtplib.SMTPRecipientsRefused({reader: (code, answer)})
        raise smtplib.SMTPDataError(code, answer)


def is_without_mailbox(error: Exception) -> bool:
    """Whether the server said, for good, that nobody gets mail at the address; other refusals may be of our making."""
    answers = error.recipients.values() if isinstance(error, smtplib.SMTPRecipientsRefused) else ()
    return any(_NO_MAILBOX.match(words) is not None for _, words in answers)


def is_in_doubt(connection: BaseEmailBackend) -> bool:
    """Whether what was sent last over this connection may have been taken or not."""
    return bool(getattr(getattr(connection, "connection", None), "is_in_doubt", False))


def send(outgoing: Outgoing, *, meanwhile: Callable[[], object]) -> None:
    """Send one over its connection; `meanwhile` must raise nothing, and other backends than ours never call it."""
    if isinstance(outgoing.connection, Backend):
        outgoing.connection.send_outgoing(outgoing, meanwhile=meanwhile)
    else:
        outgoing.send()
