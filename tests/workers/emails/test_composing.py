"""What is written straight down reads as what the e-mail library would have written."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from django.core.mail.message import sanitize_address
from hypothesis import example, given
from hypothesis import strategies as st

from workers.emails.composing import Outgoing

LETTERS = st.characters(exclude_categories=("Cc", "Cs"))
ICS = "BEGIN:VCALENDAR\r\nSUMMARY:Cita de mañana\r\nEND:VCALENDAR\r\n"
HEADERS = {"Message-ID": "<0198@benefit.example>", "List-Unsubscribe": "<https://benefit.example/mail/?token=a.b:c>"}


def outgoing(subject: str = "s", text: str = "t", to: str = "ada@home.example") -> Outgoing:
    one = Outgoing(subject, text, "Señor Team <hello@benefit.example>", [to], headers=HEADERS)
    one.attach_alternative(f"<p>{text}</p>", "text/html")
    one.attach_alternative(ICS, "text/calendar; method=REQUEST")
    return one


def read(content: bytes) -> list[Any]:
    mail = message_from_bytes(content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    told = [" ".join(str(mail[name]).split()) for name in ("Subject", "From", "To", *HEADERS)]
    parts = [part for part in mail.walk() if not part.is_multipart()]
    assert not any(part.defects for part in (mail, *parts))
    return [told, *((part.get_content_type(), part["Content-Type"].params, part.get_content()) for part in parts)]


@given(st.text(LETTERS, max_size=120), st.text(st.one_of(LETTERS, st.just("\n")), min_size=1, max_size=400))
@example("Su cita", "¿Qué?\n.\n..\nFrom here\n=20 \n")
@example("s", "a" * 5000)
@example("s", "á" * 5000)
@example("s", "one\r\ntwo\rthree\n")
def test_it_reads_as_djangos_own(subject: str, text: str) -> None:
    one = outgoing(" ".join(subject.split()), text)
    sender, readers, content = one.travelling
    theirs = re.sub(rb"\r?\n", b"\r\n", one.message().as_bytes())
    assert read(content) == read(theirs)
    assert (sender, readers) == ("=?utf-8?q?Se=C3=B1or_Team?= <hello@benefit.example>", ["ada@home.example"])
    assert content.isascii()
    assert content.count(b"\n") == content.count(b"\r") == content.count(b"\r\n")
    assert max(map(len, content.split(b"\r\n"))) <= 998


@given(st.emails())
@example("o'brien+x@home.example")
@example("ada@münchen.example")
@example('"ada lovelace"@home.example')
def test_an_address_is_what_django_makes_of_it(address: str) -> None:
    assert outgoing(to=address).travelling[1] == [sanitize_address(address, "utf-8")]


@pytest.mark.parametrize("wrong", ["ada@home.example\nBcc: eve@home.example", "@", "a@b c"])
def test_what_is_no_address_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="nvalid address"):
        _ = outgoing(to=wrong).travelling


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_no_subject_becomes_a_header(end: str) -> None:
    with pytest.raises(ValueError, match="lines"):
        _ = outgoing(subject=f"s{end}Bcc: eve@home.example").travelling
