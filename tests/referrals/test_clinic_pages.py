"""A clinic's staff at work on its pages: the inbox, the week, places, prices, credentials, a system of its own."""

import re
from datetime import timedelta

import pytest
from django.db.models import F

from referrals.clinic_updates.models import ClinicUpdate
from referrals.clinics.models import Clinic, ClinicCredential, ClinicPrice
from referrals.courses.models import ClinicCalendar, Session
from tests.conftest import NOW
from tests.factories.benefits import make_user, signed_in
from tests.factories.courses import make_course, make_offer, sessions_of
from tests.factories.referrals import make_clinic, make_member, make_request, open_offer, run_workers
from workers.deliveries.models import Endpoint
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic(now):
    return make_clinic()


@pytest.fixture
def staff(clinic):
    return signed_in(make_user("clinic_staff", clinic_id=clinic.pk))


@pytest.fixture
def course(clinic):
    return make_course(member=make_member(), clinic_id=clinic.pk)


def text(answer, status=200):
    assert answer.status_code == status, answer.content
    return answer.content.decode()


def stored(model, **where):
    with acting_as(WORKER):
        return model.objects.get(**where)


def test_the_inbox_says_how_much_time_is_left_in_words_and_where_the_clinic_is(now):
    offer = make_offer()
    page = text(signed_in(make_user("clinic_staff", clinic_id=offer.clinic_id)).get("/clinic/offers/"))
    assert "1\xa0day left" in page
    assert " EST." in page  # and not UTC
    assert "Quiñones" not in page


def test_a_week_shows_its_appointments_and_what_waits_for_a_word(staff, course):
    first = sessions_of(course)[0]
    page = text(staff.get(f"/clinic/sessions/?week={first.starts_at:%Y-%m-%d}"))
    assert page.count(f"/clinic/sessions/{first.pk}/") == 2  # in the week, and among those to confirm
    assert "to confirm" in page
    assert "Quiñones" not in page
    for odd in ("?week=9999-12-31", "?week=0001-01-01", "?week=x"):
        assert "aria-current" in text(staff.get(f"/clinic/sessions/{odd}"))


def test_an_appointment_is_confirmed_moved_and_completed(staff, course):
    session = sessions_of(course)[0]
    path = f"/clinic/sessions/{session.pk}/"
    act(staff, session, "confirm")
    assert stored(Session, pk=session.pk).status == "scheduled"
    moved = {"move-day": "2026-03-13", "move-at": "11:30"}
    act(staff, session, "move", **moved)
    assert stored(Session, pk=session.pk).starts_at.isoformat() == "2026-03-13T15:30:00+00:00"  # New York's clocks
    clock.freeze(stored(Session, pk=session.pk).ends_at + timedelta(minutes=5))
    assert "Did it take place?" in text(staff.get(path))
    act(staff, session, "complete", **{"complete-day": "2026-03-13", "complete-at": "12:30"})
    row = stored(Session, pk=session.pk)
    assert (row.status, row.completed_at.isoformat()) == ("completed", "2026-03-13T16:30:00+00:00")
    page = text(staff.get(path))
    assert "The clinic moved it" in page
    assert "Move it" not in page
    with acting_as(WORKER):
        assert set(ClinicUpdate.objects.values_list("channel", flat=True)) == {"portal"}


def test_all_proposals_are_confirmed_at_once_but_what_changed_since_the_page_was_opened(staff, clinic):
    request = make_request(make_member())
    run_workers()
    offer = open_offer(request)
    staff.post(f"/clinic/offers/{offer.pk}/", {"choice": "accept"})
    run_workers()
    path = f"/clinic/referrals/{offer.request_id}/"
    seen = re.findall(r'name="seen" value="([^"]+)"', text(staff.get(path)))
    with acting_as(WORKER):
        Session.objects.filter(pk=seen[0].partition(".")[0]).update(version=F("version") + 1)
    page = text(staff.post(path, {"act": "confirm_all", "seen": [*seen, "nonsense"]}, follow=True))
    assert "Some have changed since you opened the page" in page
    with acting_as(WORKER):
        states = list(Session.objects.order_by("sequence").values_list("status", flat=True))
    assert states == ["proposed", *["scheduled"] * (len(seen) - 1)]


def test_who_did_not_come_is_noted_and_calling_off_needs_a_reason(staff, course):
    first, second, _ = sessions_of(course)
    refused = post(staff, second, "cancel")
    assert "This field is required" in text(refused, 422)
    act(staff, second, "cancel", reason="the therapist is ill")
    act(staff, first, "no_show")
    assert [stored(Session, pk=one.pk).status for one in (first, second)] == ["no_show", "cancelled"]


def test_what_somebody_changed_meanwhile_is_said_and_left(staff, course):
    session = sessions_of(course)[0]
    act(staff, session, "confirm")
    page = text(post(staff, session, "move", version=0, **{"move-day": "2026-03-20", "move-at": "10:00"}), 409)
    assert "Somebody changed this appointment" in page
    skipped = post(staff, session, "move", **{"move-day": "2026-03-08", "move-at": "02:30"})
    assert "there is no such time that day" in text(skipped, 422)
    for year in ("0001", "9999"):
        odd = post(staff, session, "move", **{"move-day": f"{year}-12-31", "move-at": "23:30"})
        assert "Check the year" in text(odd, 422)
    far = post(staff, session, "move", **{"move-day": "2036-03-08", "move-at": "10:30"})
    assert "too far away" in text(far, 422)


def test_only_the_suggestion_that_the_page_showed_is_taken(staff, course):
    _, dosing, integration = sessions_of(course)
    act(staff, integration, "confirm")
    before = stored(Session, pk=integration.pk)
    for day in ("2026-03-16", "2026-03-17"):  # what follows the dosing is suggested a day later each time
        act(staff, stored(Session, pk=dosing.pk), "move", **{"move-day": day, "move-at": "11:00"})
    asked = stored(Session, pk=integration.pk)
    page = text(post(staff, integration, "take", version=asked.version - 1), 409)
    assert "Somebody changed this appointment" in page
    assert stored(Session, pk=integration.pk).starts_at == before.starts_at
    act(staff, integration, "take")
    assert stored(Session, pk=integration.pk).starts_at == asked.suggested_starts_at
    assert "Somebody changed this appointment" in text(post(staff, integration, "take"), 409)


def test_another_clinics_appointment_is_unknown(course, now):
    session = sessions_of(course)[0]
    other = signed_in(make_user("clinic_staff", clinic_id=make_clinic(5).pk))
    path = f"/clinic/sessions/{session.pk}/"
    assert [other.get(path).status_code, post(other, session, "confirm").status_code] == [404, 404]
    assert stored(Session, pk=session.pk).status == "proposed"


def test_places_closed_days_and_therapists_are_kept(staff, clinic):
    path = "/clinic/places/"
    assert "New_York" in text(staff.get(path))
    staff.post(path, {"act": "places", "open_slots": "7"})
    assert stored(Clinic, pk=clinic.pk).open_slots == 7
    assert "This field is required" in text(staff.post(path, {"act": "places"}), 422)
    staff.post(path, {"act": "close", "revision": "0", "first": "2026-07-01", "last": "2026-07-14"})
    staff.post(path, {"act": "hire", "revision": "1", "name": "Dr. Iris Vega", "weekdays": ["1", "3"]})
    staff.post(path, {"act": "holidays", "revision": "2", "entry": "open"})
    calendar = stored(ClinicCalendar, clinic=clinic)
    assert (calendar.closures, calendar.closed_on_holidays) == ([{"first": "2026-07-01", "last": "2026-07-14"}], False)
    assert calendar.therapists == [{"code": "t1", "name": "Dr. Iris Vega", "weekdays": [1, 3]}]
    late = staff.post(path, {"act": "let_go", "revision": "1", "entry": "t1"}, follow=True)
    assert "Somebody changed the calendar" in text(late)
    staff.post(path, {"act": "let_go", "revision": "3", "entry": "t1"})
    staff.post(path, {"act": "open", "revision": "4", "entry": "2026-07-01"})
    calendar = stored(ClinicCalendar, clinic=clinic)
    assert (calendar.therapists, calendar.closures) == ([], [])
    assert staff.post(path, {"act": "burn"}).status_code == 404


def test_a_price_is_announced_from_a_later_day_on(staff, clinic):
    price = {"kind": "dosing", "route": "im", "format": "individual", "dollars": "512.50"}
    today = staff.post("/clinic/prices/", price | {"effective_on": "2026-03-02"})
    assert "Choose tomorrow" in text(today, 422)
    page = text(staff.post("/clinic/prices/", price | {"effective_on": "2026-04-01"}, follow=True))
    assert "$512.50" in page
    assert "from April 1, 2026" in page
    assert stored(ClinicPrice, clinic=clinic, cents=51_250).effective_on.isoformat() == "2026-04-01"
    again = staff.post("/clinic/prices/", price | {"effective_on": "2026-04-01"})
    assert "a price for this day already" in text(again, 409)


def test_credentials_say_what_is_left_of_them_and_what_follows(staff, clinic):
    with acting_as(WORKER):
        last = ClinicCredential.objects.filter(clinic=clinic, kind="malpractice").latest("expires_on").expires_on
    page = text(staff.get("/clinic/credentials/"))
    assert "takes new offers" in page
    assert f"{(last - NOW.date()).days} days left" in page
    clock.freeze(NOW + (last - NOW.date()) + timedelta(days=2))
    page = text(staff.get("/clinic/credentials/"))
    assert "no new offers" in page
    assert "over for" in page


def test_a_system_is_connected_and_its_secrets_shown_once(staff, clinic):
    page = text(staff.post("/clinic/endpoints/new/", {"url": "https://clinic.example/in", "signing": "ed25519"}), 201)
    endpoint = stored(Endpoint, owner_id=clinic.pk, url="https://clinic.example/in")
    assert "whpk_" in page
    assert "whsec_" in page
    code = text(staff.get(f"/endpoints/{endpoint.pk}/code/"))
    assert "Ed25519PublicKey" in code
    assert "&lt;?php" in code
    assert "whsec_" not in text(staff.get(f"/endpoints/{endpoint.pk}/"))
    assert "https" in text(staff.post("/clinic/endpoints/new/", {"url": "ftp://x", "signing": "hmac"}), 422)


def act(client, session, what, **more):
    answer = post(client, session, what, **more)
    assert answer.status_code == 302, answer.content


def post(client, session, what, *, version=None, **more):
    """Press a button of a session's page as it stands now, or as it stood at a version."""
    seen = stored(Session, pk=session.pk).version if version is None else version
    return client.post(f"/clinic/sessions/{session.pk}/", {"act": what, "version": seen} | more)
