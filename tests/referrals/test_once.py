"""What two may try at once, and one may have: the last slot of a day, an answer by one link, a chain of reminders."""

import re
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from referrals.courses.models import Session
from referrals.outcomes.models import Outcome
from referrals.outcomes.services import asking
from referrals.reminders.models import ReminderChain, ReminderNotice
from referrals.reminders.queries import get_reminders
from referrals.reminders.services import reminding
from referrals.reminders.services.noting import note
from tests.conftest import NOW
from tests.racing import at_once
from tests.referrals.reminders.test_services import dosing_of
from workers.emails.models import Email
from workers.kernel.actor import WORKER, acting_as
from workers.timers.models import Timer

NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture
def dosing(committed_db: str, now: datetime) -> Session:
    return dosing_of()


def test_the_slots_of_a_day_are_given_out_once_each(dosing: Session) -> None:
    capped = [reminder for reminder in get_reminders().reminders if reminder.is_capped][:6]

    def tell(number: int) -> bool:
        with acting_as(WORKER):
            return note(dosing, capped[number], zone=NEW_YORK, now=NOW)

    told = at_once(*[partial(tell, number) for number in range(len(capped))])
    with acting_as(WORKER):
        slots = sorted(slot or 0 for slot in ReminderNotice.objects.values_list("slot", flat=True))
    assert slots == list(range(1, len(slots) + 1))
    assert 1 <= sum(told) == len(slots) <= get_reminders().most_a_day


def test_one_reminder_is_noted_once(dosing: Session) -> None:
    [reminder] = [one for one in get_reminders().reminders if one.rule == "evening_before"]

    def tell() -> bool:
        with acting_as(WORKER):
            return note(dosing, reminder, zone=NEW_YORK, now=NOW)

    assert sorted(at_once(tell, tell, tell)) == [False, False, True]


def test_of_chains_that_begin_at_once_one_timer_counts(dosing: Session) -> None:
    with acting_as(WORKER):
        Session.objects.filter(pk=dosing.pk).update(status="scheduled", generation=1)

    def begin() -> None:
        with acting_as(WORKER):
            reminding.begin(session_id=dosing.pk, now=NOW)

    at_once(begin, begin, begin)
    with acting_as(WORKER):
        chain = ReminderChain.objects.get()
        counting = Timer.objects.filter(subject_id=dosing.pk, generation=chain.generation).count()
    assert (chain.generation, counting) == (3, 1)


def test_of_two_answers_by_one_link_one_is_kept(dosing: Session) -> None:
    with acting_as(WORKER):
        asking.plan_course(course_id=dosing.course_id, now=NOW)
        outcome = Outcome.objects.get()
        asking.ask(outcome_id=outcome.pk, now=NOW)
        text = Email.objects.get(key=f"questions:{outcome.pk}").message["text"]
    found = re.search(r"token=([\w-]+)", text)
    assert found

    def answer(grade: int) -> Any:
        return Client().post("/questions/", {"token": found[1], "q-gad7_1": grade}).status_code

    statuses = at_once(*[partial(answer, grade) for grade in (0, 1, 2)])
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 404, 409}
    with acting_as(WORKER):
        outcome.refresh_from_db()
    assert outcome.answers == {"gad7_1": statuses.index(200)}
