"""E-mails as they travel: headers, text, HTML and an entry for a calendar (RFC 5322, RFC 2045).

Other backends than ours are given Django's message. Ours is given bytes, written straight down: to build the library's
objects and to take them apart again took longer than all else about an e-mail.
"""

import re
import secrets
from binascii import b2a_qp
from email.header import Header
from email.utils import format_datetime
from functools import cache, cached_property
from typing import Self

from django.conf import settings
from django.core.mail import BadHeaderError, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import sanitize_address

from workers.emails.calendars import sender_domain
from workers.emails.models import Email
from workers.emails.rendering import html_of
from workers.kernel import clock

_LONGEST = 900  # bytes of a line, its end left out; RFC 5322, 2.1.1 has 998
_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_ORDINARY = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.ASCII | re.IGNORECASE)
_PART = """Content-Type: {kind}; charset="utf-8"
Content-Transfer-Encoding: {coding}

{content}"""


class Outgoing(EmailMultiAlternatives):
    """An e-mail that is put together once, ahead of its turn perhaps."""

    @cached_property
    def travelling(self) -> tuple[str, list[str], bytes]:
        """From whom, to whom and what, as SMTP takes them. Raises ValueError for an address that is none."""
        sender, readers = _sender(self.from_email), [_address(one) for one in self.recipients()]
        headers = {
            "Subject": str(self.subject),
            "From": sender,
            "To": ", ".join(readers),
            "Date": format_datetime(clock.machine_now()),
        }
        return sender, readers, self._bytes(headers | self.extra_headers)

    def put_together(self) -> Self:
        """Do now what sending would do first, and return itself."""
        _ = self.travelling
        return self

    def _bytes(self, headers: dict[str, str]) -> bytes:
        """A boundary of random bits is in no part, so that none has to be searched for it."""
        boundary = f"={secrets.token_hex(16)}="
        parts = [("text/plain", str(self.body)), *((kind, str(content)) for content, kind in self.alternatives)]
        lines = [_header(name, value) for name, value in headers.items()]
        lines += ["MIME-Version: 1.0", f'Content-Type: multipart/alternative; boundary="{boundary}"', ""]
        for kind, content in parts:
            lines += [f"--{boundary}", _part(kind, content)]
        lines += [f"--{boundary}--", ""]
        return "\n".join(lines).replace("\n", "\r\n").encode("ascii")


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
    if choose := email.message.get("choose"):
        headers |= {"List-Unsubscribe": f"<{choose}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return headers


@cache
def _sender(address: str) -> str:
    return str(sanitize_address(address, "utf-8"))


def _address(address: str) -> str:
    """An address as SMTP takes it; one of letters, digits and dots alone need not be taken apart for that."""
    return address if _ORDINARY.fullmatch(address) else str(sanitize_address(address, "utf-8"))


def _header(name: str, value: str) -> str:
    """In one line where that is ASCII and short enough. Raises BadHeaderError for a value of several lines."""
    if "\n" in value or "\r" in value:
        raise BadHeaderError(f"The header {name} has several lines.")
    if value.isascii() and len(value) < _LONGEST:
        return f"{name}: {value}"
    return f"{name}: {Header(value, None if value.isascii() else 'utf-8', header_name=name).encode()}"


def _part(kind: str, content: str) -> str:
    """A part as it is where that is ASCII in lines that are short enough, else as quoted-printable."""
    lines = content.replace("\r\n", "\n").replace("\r", "\n")
    if lines.isascii() and max(map(len, lines.split("\n"))) < _LONGEST:
        return _PART.format(kind=kind, coding="7bit", content=lines)
    return _PART.format(kind=kind, coding="quoted-printable", content=b2a_qp(lines.encode()).decode("ascii"))
