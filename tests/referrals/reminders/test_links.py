"""The link in a reminder shows one appointment once, without a sign-in."""

import base64
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from referrals.clinics.queries import get_clinic
from referrals.courses.models import Session
from referrals.reminders.services.links import OPEN_FOR, LinkNotValid, new_url, open_link
from referrals.requests.models import Request
from tests.racing import at_once
from tests.referrals.reminders.test_services import dosing_of, pass_time, schedule
from workers.emails.models import Email
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as

db = pytest.mark.django_db


@pytest.fixture
def dosing(db: None, now: datetime) -> Session:
    """Agreed for Saturday 14 March 2026, 11:00 in New York."""
    with acting_as(WORKER):
        session = dosing_of()
        schedule(session)
        session.refresh_from_db()
    return session


def mailed_token(session: Session) -> str:
    """The token in the reminder of a week before."""
    with acting_as(WORKER):
        pass_time(until=session.starts_at - timedelta(days=6))
        text = Email.objects.get(key=f"session:{session.pk}:week_before:{session.generation}").message["text"]
    found = re.search(r"/appointment/\?token=(\S+)", text)
    assert found
    return found[1]


def token_of(session: Session) -> str:
    return new_url(session).partition("token=")[2]


def look(token: str, **more: Any) -> Any:
    return Client().get("/appointment/", {"token": token}, **more)


def show(token: str) -> Any:
    return Client().post("/appointment/", {"token": token})


def test_the_link_of_a_reminder_shows_day_hour_and_place_once(dosing: Session) -> None:
    token = mailed_token(dosing)
    with acting_as(WORKER):
        clinic = get_clinic(dosing.clinic_id).name
    for _ in range(2):  # a mail scanner, and a person
        page = look(token)
        assert (page.status_code, clinic in page.content.decode()) == (200, False)
    shown = show(token)
    assert shown.status_code == 200
    text = shown.content.decode()
    assert clinic in text
    assert "Saturday" in text
    assert "11 a.m." in text
    assert "dosing" not in text.casefold()
    assert [show(token).status_code, look(token).status_code] == [404, 404]
    assert show(token_of(dosing)).status_code == 200, "another reminder's link is another one"


def test_what_was_called_off_is_not_shown_as_if_it_stood(dosing: Session) -> None:
    with acting_as(WORKER):
        Session.objects.filter(pk=dosing.pk).update(status="cancelled")
    text = show(token_of(dosing)).content.decode()
    assert "does not stand" in text
    assert "11 a.m." not in text


def test_after_the_care_was_ended_it_shows_nothing(dosing: Session) -> None:
    with acting_as(WORKER):
        Request.objects.filter(pk=dosing.course.request_id).update(status="withdrawn")
    token = token_of(dosing)
    assert [look(token).status_code, show(token).status_code] == [404, 404]


def test_a_week_later_it_shows_nothing(dosing: Session) -> None:
    clock.freeze(dosing.ends_at + OPEN_FOR + timedelta(seconds=1))
    assert show(token_of(dosing)).status_code == 404


def test_whoever_takes_a_token_apart_learns_nothing(dosing: Session) -> None:
    body = token_of(dosing).split(":")[0]
    said = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode()
    assert re.fullmatch(r'\["[0-9a-f]{32}","[0-9a-f]{32}"\]', said)


@db
@pytest.mark.parametrize("token", ["", "x", ".eJw", "a:b", "\x00", "é" * 50])
def test_a_token_that_is_not_ours_opens_nothing(token: str) -> None:
    assert [look(token).status_code, show(token).status_code] == [404, 404]


def test_of_two_at_once_one_sees_it(committed_db: str, now: datetime) -> None:
    with acting_as(WORKER):
        session = dosing_of()
    token = token_of(session)
    seen = at_once(*[lambda: open_link(token=token, now=now)] * 2, expected=LinkNotValid)
    assert [one.session for one in seen if not isinstance(one, LinkNotValid)] == [session]
