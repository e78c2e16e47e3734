"""A clinic changes its own opening hours, and what is proposed follows them."""

from datetime import time
from typing import Any

import pytest
from django.test import Client

from referrals.clinics.models import ClinicHours
from referrals.clinics.queries.hours import list_hours
from referrals.clinics.rules.hours import OFFICE, Hours
from referrals.clinics.services import set_hours
from referrals.courses.models import Course, Session
from tests.conftest import NOW
from tests.factories.benefits import make_user, signed_in
from tests.factories.courses import make_accepted_offer
from tests.factories.referrals import OPERATOR, make_clinic, run_workers
from workers.kernel.actor import WORKER, Actor, Role, acting_as

pytestmark = pytest.mark.usefixtures("db", "now")
PATH = "/clinic/places/hours/"
EVERY_OTHER_HOUR = tuple(
    Hours(weekday=day, opens=time(hour), closes=time(hour + 1)) for day in range(1, 8) for hour in range(6, 22, 2)
)


def staff_of(clinic_id: Any) -> Client:
    return signed_in(make_user("clinic_staff", clinic_id=clinic_id))


def seen_by(client: Client) -> dict[str, str]:
    """What a browser would send back of the form as it is shown."""
    form = client.get(PATH).context["form"]
    return {name: form[name].value() or "" for name in form.fields}


def hours_of(clinic_id: Any) -> tuple[Hours, ...]:
    with acting_as(WORKER):
        return list_hours(clinic_id)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("hours", [OFFICE, EVERY_OTHER_HOUR], ids=["office", "many"])
def test_what_is_shown_can_be_sent_back_and_changes_nothing(language: str, hours: tuple[Hours, ...]) -> None:
    clinic = make_clinic()
    with acting_as(OPERATOR):
        set_hours(clinic_id=clinic.pk, hours=hours, now=NOW)
    client = staff_of(clinic.pk)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    assert hours_of(clinic.pk) == hours
    assert client.post(PATH, seen_by(client)).headers["Location"] == "/clinic/places/"
    assert hours_of(clinic.pk) == hours


def test_proposals_move_into_the_new_hours() -> None:
    offer = make_accepted_offer()
    run_workers()
    client = staff_of(offer.clinic_id)
    told = seen_by(client) | {f"day_{day}": "" for day in range(1, 8)} | {"day_6": "10 am – 1 pm, 2 pm – 8 pm"}
    assert client.post(PATH, told).status_code == 302
    assert hours_of(offer.clinic_id) == (
        Hours(weekday=6, opens=time(10), closes=time(13)),
        Hours(weekday=6, opens=time(14), closes=time(20)),
    )
    run_workers()
    with acting_as(WORKER):
        course = Course.objects.get(request_id=offer.request_id)
        days = {session.starts_at.isoweekday() for session in Session.objects.filter(course=course, problem="")}
    assert days == {6}


def test_what_cannot_be_is_said_at_its_day_and_nothing_typed_is_lost() -> None:
    clinic = make_clinic()
    client = staff_of(clinic.pk)
    answer = client.post(PATH, seen_by(client) | {"day_2": "9-5", "day_3": "8-12"})
    page = answer.content.decode()
    assert (answer.status_code, list(answer.context["form"].errors), 'value="9-5"' in page) == (422, ["day_2"], True)
    assert hours_of(clinic.pk) == OFFICE


def test_hours_that_somebody_changed_meanwhile_are_not_overwritten() -> None:
    clinic = make_clinic()
    client = staff_of(clinic.pk)
    mine, theirs = (seen_by(client) | {"day_1": typed} for typed in ("10-16", "11-15"))
    assert client.post(PATH, theirs).headers["Location"] == "/clinic/places/"
    assert client.post(PATH, mine).headers["Location"] == PATH
    assert client.post(PATH, mine | {"seen": "{nonsense"}).headers["Location"] == PATH
    assert hours_of(clinic.pk)[0].opens == time(11)


def test_a_clinic_writes_no_hours_of_another() -> None:
    mine, other = make_clinic(0), make_clinic(1)
    client = staff_of(mine.pk)
    assert client.post(PATH, seen_by(client) | {"day_1": ""}).status_code == 302
    assert hours_of(other.pk) == OFFICE
    with acting_as(Actor(role=Role.CLINIC, clinic=mine.pk)):
        assert ClinicHours.objects.filter(clinic_id=other.pk).delete()[0] == 0
