"""The mails that were taken: kept in memory, and as files too if a folder is given."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Mail:
    """One mail as it came: the envelope's sender and recipients (who really got it), and the raw bytes."""

    id: int
    sender: str
    recipients: tuple[str, ...]
    received_at: datetime
    raw: bytes

    @cached_property
    def message(self) -> EmailMessage:
        """The parsed mail; the parser takes anything and notes defects rather than fail."""
        return message_from_bytes(self.raw, policy=policy.default)

    @cached_property
    def subject(self) -> str:
        """The subject, decoded."""
        return str(self.message.get("subject", ""))

    @property
    def text(self) -> str:
        """The plain body, or "" if there is none."""
        return self._body("plain")

    @property
    def html(self) -> str:
        """The HTML body, or "" if there is none."""
        return self._body("html")

    def is_to(self, address: str) -> bool:
        """Whether this address is among the recipients, whatever its case."""
        return address.casefold() in {recipient.casefold() for recipient in self.recipients}

    def describe(self) -> dict[str, Any]:
        """The JSON view: `from` and `to` of the envelope, `headers` as lists since one may occur often."""
        headers: dict[str, list[str]] = {}
        for name, value in self.message.items():
            headers.setdefault(name, []).append(str(value))
        return {
            "id": self.id,
            "from": self.sender,
            "to": list(self.recipients),
            "subject": self.subject,
            "date": str(self.message.get("date", "")),
            "received_at": self.received_at.isoformat(),
            "headers": headers,
            "text": self.text,
            "html": self.html,
            "size": len(self.raw),
        }

    def _body(self, subtype: str) -> str:
        part = self.message.get_body((subtype,))
        if part is None:
            return ""
        content = part.get_content()
        return content if isinstance(content, str) else ""


@dataclass
class Mailbox:
    """All mails, oldest first; ids count from 1 and are never used again."""

    folder: Path | None = None
    _mails: list[Mail] = field(default_factory=list)
    _last_id: int = 0

    def add(self, *, sender: str, recipients: list[str], raw: bytes) -> Mail:
        """Keep a mail, first in the folder if there is one. Raises OSError if it cannot be written."""
        mail_id = self._last_id + 1
        mail = Mail(mail_id, sender, tuple(recipients), datetime.now(UTC), raw)
        if self.folder is not None:
            name = f"{mail.received_at:%Y%m%dT%H%M%S.%f}-{mail_id}.eml"
            (self.folder / name).write_bytes(raw)
        self._last_id = mail_id
        self._mails.append(mail)
        return mail

    def get(self, mail_id: int) -> Mail | None:
        """The mail of this id."""
        return next((mail for mail in self._mails if mail.id == mail_id), None)

    def select(self, *, to: str = "", subject: str = "") -> list[Mail]:
        """Mails to this address (the whole of it) with this in the subject (any part), whatever the case."""
        found = [mail for mail in self._mails if not to or mail.is_to(to)]
        return [mail for mail in found if subject.casefold() in mail.subject.casefold()]

    def clear(self) -> None:
        """Forget all mails; files in the folder stay."""
        self._mails.clear()
