"""Every e-mail as it travels, in every language: no header, no calendar's entry and no link tells anything.

Read by parsers that are not ours: what is encoded, folded or hidden in a parameter is as plain to whoever looks for it.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import Message
from typing import Any

import icalendar
import pytest
from django.core.mail import get_connection

from config.settings.mail import MAIL_ID_HEADERS
from referrals.courses.models import Session
from referrals.reminders.services.wording import appointment_of
from tests.conftest import NOW
from tests.workers.emails.test_every_mail import EACH, FOR_STAFF, TELLING
from workers.emails.addresses import read_token
from workers.emails.calendars import Appointment, to_ics
from workers.emails.catalogue import list_mails
from workers.emails.composing import compose
from workers.emails.queueing import draft_email
from workers.kernel.ids import new_id

READER = "ada@home.example"
SESSION = Session(
    id=new_id(),
    course_id=new_id(),
    kind="dosing",
    route="im",
    generation=3,
    starts_at=NOW + timedelta(days=3),
    ends_at=NOW + timedelta(days=3, hours=2),
)
_TOKEN = re.compile(r"token=([\w:.~-]+)")


def travelling(template: str, language: str, **more: Any) -> Iterator[Message]:
    """An e-mail with each of its samples, with an entry for the calendar and with a cancelled one."""
    appointments = [appointment_of(SESSION, language=language, is_cancelled=gone) for gone in (False, True)]
    for context in list_mails()[template].contexts:
        for appointment in appointments:
            asked: dict[str, Any] = {"appointment": appointment, "language": language} | more
            email = draft_email(key="k", to=READER, template=template, context=context, now=NOW, **asked)
            yield message_from_bytes(compose(email, get_connection()).travelling[2], policy=policy.default)


def shown(mail: Message) -> Iterator[str]:
    """All that is read without opening an e-mail: headers of each part, file names, what a calendar shows."""
    for part in mail.walk():
        yield from (f"{name}: {value}" for name, value in part.items())
        yield str(part.get_filename() or "")
        if part.get_content_type() == "text/calendar":
            yield from entries(part.get_content())  # type: ignore[attr-defined]  # of the modern policy


def entries(ics: str) -> Iterator[str]:
    """What a calendar is told, each property with its parameters."""
    for component in icalendar.Calendar.from_ical(ics).walk():
        for name, value in component.items():
            yield f"{name} {dict(value.params)}: {value.to_ical().decode()}"


def plain(told: str) -> str:
    """A token stands for what anybody reads in it; its signature is letters at random."""

    def read(found: re.Match[str]) -> str:
        reader = read_token(found[1])
        return f"token={reader.kind if reader else ''}"

    return _TOKEN.sub(read, told)


def telling(mail: Message) -> list[str]:
    return [told for told in map(plain, shown(mail)) if TELLING.search(told)]


@pytest.mark.parametrize(("template", "language"), EACH)
@pytest.mark.parametrize("provider", sorted(MAIL_ID_HEADERS))
def test_nothing_that_is_read_without_opening_it_tells_anything(
    template: str, language: str, provider: str, settings: Any
) -> None:
    settings.MAIL_ID_HEADER = MAIL_ID_HEADERS[provider]
    for mail in travelling(template, language):
        assert telling(mail) == []
        assert str(mail["Message-ID"]).endswith("@benefit.example>")
        assert settings.MAIL_ID_HEADER is None or settings.MAIL_ID_HEADER[0] in mail


@pytest.mark.parametrize(("template", "language"), EACH)
def test_no_part_of_what_a_member_gets_tells_anything(template: str, language: str) -> None:
    if list_mails()[template].kind in FOR_STAFF:
        return
    for mail in travelling(template, language):
        bodies = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]  # type: ignore[attr-defined]  # of the modern policy
        assert len(bodies) == 3
        assert [found for found in (TELLING.search(plain(body)) for body in bodies) if found] == []


@pytest.mark.parametrize(
    "more",
    [
        {"title": "Su sesión de ketamina"},
        {"title": f"{'Su cita, como siempre, ' * 3}con su psiquiatra"},
        {"url": "https://benefit.example/treatments/7/"},
    ],
)
def test_the_scan_sees_through_folds_and_encodings(more: dict[str, str]) -> None:
    facts: dict[str, Any] = {
        "id": new_id(),
        "sequence": 1,
        "title": "Cita",
        "url": "",
        "starts_at": NOW,
        "ends_at": NOW,
    }
    appointment = Appointment(**facts | more)
    for mail in travelling("referrals/appointment_set", "es", appointment=appointment):
        assert telling(mail) != []
    assert [told for told in entries(to_ics(appointment, to=READER, now=NOW)) if TELLING.search(told)] != []


@pytest.mark.parametrize("words", ["Sesión de KETAMINA", "Your Clinic", "PHQ-9"])
def test_the_scan_reads_headers_as_they_are_shown(words: str, settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = f"{words} <hello@benefit.example>"
    for mail in travelling("referrals/session_morning_of", "es"):
        assert [told.partition(":")[0] for told in telling(mail)] == ["From"]
