"""A clinic's calendar, a member's hours: what they change is replanned, what is wrong in them is told by entry."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client

from benefits.enrollment.models import Member
from referrals.clinics.models import Clinic
from referrals.courses.models import Course, MemberAvailability, Session
from referrals.courses.rules.calendars import holidays_of, hours_of
from referrals.courses.services import calendars, planning, sessions
from referrals.offers import services as offers
from tests.factories.benefits import make_user, signed_in
from tests.factories.courses import REQUESTS, make_accepted_offer, make_course, sessions_of
from tests.factories.referrals import OPERATOR, make_clinic, make_member, make_request, open_offer, run_workers
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id

JSON = "application/json"
EMPTY: dict[str, Any] = {
    "revision": 0,
    "closed_on_holidays": True,
    "closures": [],
    "therapists": [],
    "windows": {},
}


def planned(now: datetime, **clinic: Any) -> Course:
    offer = make_accepted_offer(**clinic)
    with acting_as(WORKER):
        planning.plan_course(offer_id=offer.pk, now=now)
        return Course.objects.get(offer_id=offer.pk)


def staff_of(clinic_id: Any) -> Client:
    return signed_in(make_user("clinic_staff", clinic_id=clinic_id))


def put(client: Client, clinic_id: Any, **changes: Any) -> Any:
    return client.put(f"/api/v1/clinics/{clinic_id}/calendar/", EMPTY | changes, content_type=JSON)


def days(course: Course) -> list[date]:
    return [one.starts_at.date() for one in sessions_of(course)]


@pytest.mark.django_db
def test_a_closed_week_moves_what_is_proposed_and_asks_about_what_is_agreed(now: datetime) -> None:
    course = planned(now)
    second = sessions_of(course)[1]
    with acting_as(WORKER):
        sessions.schedule(
            session_id=second.pk,
            course_id=course.pk,
            clinic_id=course.clinic_id,
            starts_at=second.starts_at,
            reported_at=now,
            now=now,
        )
    before = sessions_of(course)
    staff = staff_of(course.clinic_id)
    assert put(staff, course.clinic_id, closures=[{"first": "2026-03-04", "last": "2026-03-10"}]).status_code == 200
    run_workers()
    after = sessions_of(course)
    assert after[0].starts_at.date() == date(2026, 3, 3) or after[0].starts_at.date() > date(2026, 3, 10)
    assert (after[1].starts_at, after[1].status) == (before[1].starts_at, "scheduled")
    assert after[1].suggested_starts_at is not None
    assert after[1].suggested_starts_at.date() > date(2026, 3, 10)
    assert after[1].suggested_because == "clinic_calendar_changed"


@pytest.mark.django_db
def test_many_courses_are_replanned_some_at_a_time(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendars, "AT_ONCE", 2)
    clinic = make_clinic()
    courses = [make_course(member=make_member(), clinic_id=clinic.pk) for _ in range(5)]
    put(staff_of(clinic.pk), clinic.pk, closures=[{"first": "2026-03-12", "last": "2026-03-13"}])
    run_workers()
    assert all(date(2026, 3, 12) not in days(course) for course in courses)


@pytest.mark.django_db
def test_two_who_save_a_calendar_do_not_overwrite_each_other(now: datetime) -> None:
    clinic = make_clinic()
    staff = staff_of(clinic.pk)
    assert staff.get(f"/api/v1/clinics/{clinic.pk}/calendar/").json()["revision"] == 0
    assert put(staff, clinic.pk, closed_on_holidays=False).json()["revision"] == 1
    late = put(staff, clinic.pk)
    assert (late.status_code, late.json()["code"], late.json()["revision"]) == (409, "changed_meanwhile", 1)
    assert put(staff_of(new_id()), clinic.pk).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"closures": [{"first": "2026-03-10", "last": "2026-03-04"}]}, "closures.0"),
        ({"closures": [{"first": "2027-02-29", "last": "2027-03-04"}]}, "closures.0"),
        ({"closures": [{"first": "2028-02-29", "last": "2028-02-29"}, {"first": "x"}]}, "closures.1"),
        ({"therapists": [{"code": "a", "name": "A", "weekdays": [8]}]}, "therapists.0"),
        ({"therapists": [{"code": "a\0", "name": "A", "weekdays": [1]}]}, "therapists.0"),
    ],
)
def test_a_wrong_entry_is_named(now: datetime, changes: dict[str, Any], field: str) -> None:
    clinic = make_clinic()
    answer = put(staff_of(clinic.pk), clinic.pk, **changes)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.django_db
@pytest.mark.parametrize("windows", [{"separated": "S9"}, {"weekly": "S4"}, {"sequential": "S4"}])
def test_a_window_is_one_that_a_source_states(now: datetime, windows: dict[str, str]) -> None:
    clinic = make_clinic()
    assert put(staff_of(clinic.pk), clinic.pk, windows=windows).status_code == 422


@pytest.mark.django_db
def test_courses_to_come_follow_the_chosen_window_and_those_under_way_do_not(now: datetime) -> None:
    former = planned(now)
    put(staff_of(former.clinic_id), former.clinic_id, windows={"separated": "S2"}, therapists=[_RUIZ])
    request = make_request(make_member())
    run_workers()
    offer = open_offer(request)
    with acting_as(WORKER):
        offers.accept(offer_id=offer.pk, clinic_id=offer.clinic_id, now=now)
        planning.plan_course(offer_id=offer.pk, now=now)
        later = Course.objects.get(offer_id=offer.pk)
        former.refresh_from_db()
    assert [(one.window, one.therapist) for one in (former, later)] == [("", ""), ("S2", "ruiz")]
    for course, hours in ((former, 24), (later, 48)):
        window = next(one for one in sessions_of(course) if one.window_opens_at)
        assert window.window_opens_at is not None
        assert window.window_closes_at == window.window_opens_at + timedelta(hours=hours)


_RUIZ = {"code": "ruiz", "name": "Dr. Ruiz", "weekdays": [2, 4]}
_LEE = {"code": "lee", "name": "Dr. Lee", "weekdays": [1]}


@pytest.mark.django_db
def test_the_days_of_the_named_therapist_are_kept_where_possible(now: datetime) -> None:
    course = planned(now)
    staff = staff_of(course.clinic_id)
    put(staff, course.clinic_id, therapists=[_RUIZ, _LEE])
    run_workers()
    url = f"/api/v1/courses/{course.pk}/therapist/"
    assert staff.put(url, {"therapist": "nobody"}, content_type=JSON).json()["code"] == "unknown_therapist"
    assert staff.put(url, {"therapist": "ruiz"}, content_type=JSON).json()["therapist"] == "ruiz"
    told = sessions_of(course)
    works = [one.starts_at.isoweekday() in (2, 4) for one in told]
    assert works == [not any(bent["rule"] == "therapist" for bent in one.bent) for one in told]
    assert works.count(True) >= len(works) // 2
    assert staff_of(new_id()).put(url, {"therapist": "ruiz"}, content_type=JSON).status_code == 404


@pytest.mark.django_db
def test_a_member_who_tells_when_they_can_come_is_replanned_and_told_what_could_not_be(now: datetime) -> None:
    course = planned(now)
    member = signed_in(make_user("employee", employer_id=_employer(course), member_id=course.member_id))
    url = "/api/v1/availability/"
    assert member.get(url).status_code == 404
    week = {"weekly": [{"weekday": day, "opens": "13:00", "closes": "17:00"} for day in range(1, 6)], "away": []}
    assert member.put(url, week, content_type=JSON).json()["timezone"] == "America/New_York"
    afternoon = [one.starts_at.astimezone(UTC).hour >= 17 for one in sessions_of(course)]
    assert all(afternoon)
    never = {"weekly": [{"weekday": 7, "opens": "05:00", "closes": "06:00"}], "away": []}
    assert member.put(url, never, content_type=JSON).status_code == 200
    bent = [{one["rule"] for one in session.bent} for session in sessions_of(course)]
    assert bent == [{"availability"}] * len(bent)
    assert member.get(url).json()["weekly"] == [{"weekday": 7, "opens": "05:00:00", "closes": "06:00:00"}]


def _employer(course: Course) -> Any:
    with acting_as(WORKER):
        return Member.objects.get(pk=course.member_id).employer_id


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [
        {"weekly": [{"weekday": 0, "opens": "09:00", "closes": "10:00"}], "away": []},
        {"weekly": [{"weekday": 1, "opens": "10:00", "closes": "09:00"}], "away": []},
        {"weekly": [{"weekday": 1, "opens": "25:00", "closes": "26:00"}], "away": []},
        {"weekly": [], "away": [{"first": "2026-02-30", "last": "2026-03-01"}]},
        {"weekly": []},
        {"weekly": [], "away": [], "zone": "UTC"},
    ],
)
def test_hours_that_cannot_be_are_refused(now: datetime, body: dict[str, Any]) -> None:
    member = make_member()
    client = signed_in(make_user("employee", employer_id=member.employer, member_id=member.member))
    assert client.put("/api/v1/availability/", body, content_type=JSON).status_code == 422
    with acting_as(WORKER):
        assert not MemberAvailability.objects.exists()


@pytest.mark.django_db
def test_a_clinic_whose_time_zone_does_not_exist_is_an_operators_business(now: datetime) -> None:
    offer = make_accepted_offer()
    with acting_as(OPERATOR):
        Clinic.objects.filter(pk=offer.clinic_id).update(timezone="America/Atlantis")
    with acting_as(WORKER), pytest.raises(planning.CannotPlan, match="no time zone 'America/Atlantis'"):
        planning.plan_course(offer_id=offer.pk, now=now)


def test_holidays_are_those_of_the_state_and_of_the_nation() -> None:
    assert holidays_of("NY", 2026)[date(2026, 7, 3)]  # observed: the Fourth is a Saturday
    assert date(2026, 4, 20) in holidays_of("MA", 2026)  # Patriots' Day
    assert date(2026, 4, 20) not in holidays_of("NY", 2026)
    assert date(2027, 1, 1) in holidays_of("XX", 2026)


def test_times_of_the_week_are_hours_and_unknown_words_none() -> None:
    assert {(one.weekday, one.opens) for one in hours_of(["weekday_evening", "whenever"])} == {
        (day, time(17)) for day in range(1, 6)
    }


@pytest.mark.django_db
def test_what_a_member_has_elsewhere_is_not_planned_over(now: datetime) -> None:
    member = make_member()
    one, other = (make_course(member=member, kind=kind) for kind in REQUESTS)
    with acting_as(WORKER):
        session = Session.objects.get(course=one, kind="preparation")
        sessions.schedule(
            session_id=session.pk,
            course_id=one.pk,
            clinic_id=one.clinic_id,
            starts_at=session.starts_at + timedelta(hours=1),
            reported_at=now,
            now=now,
        )
        same = Session.objects.get(course=other, kind="preparation")
        with pytest.raises(sessions.OverlappingSession):
            sessions.schedule(
                session_id=same.pk,
                course_id=other.pk,
                clinic_id=other.clinic_id,
                starts_at=session.starts_at + timedelta(minutes=90),
                reported_at=now,
                now=now,
            )
        same.refresh_from_db()
    assert same.status == "proposed"
