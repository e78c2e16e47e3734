"""Attendance, and integration within its window: counted from the rows, for each clinic and over the network."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referrals.courses.models import Course, Session
from referrals.courses.queries.measures import Measured, measure, total
from referrals.courses.services import sessions
from tests.conftest import NOW
from tests.factories.benefits import make_user, signed_in
from tests.factories.courses import make_course, sessions_of
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id

pytestmark = pytest.mark.django_db
MONTHS = {"since": NOW, "until": NOW + timedelta(days=90)}
PERIOD = "?since=2026-03-01&until=2026-06-01"


def end(session: Session, how: str, at: datetime) -> None:
    about: dict[str, Any] = {"session_id": session.pk, "clinic_id": session.clinic_id, "now": at}
    with acting_as(WORKER):
        if how == "completed":
            sessions.complete(**about, completed_at=session.ends_at)
        else:
            {"cancelled": sessions.cancel, "no_show": sessions.mark_no_show}[how](**about)


def held(course: Course, *hows: str) -> None:
    """Everything is reported at the end of the month."""
    for session, how in zip(sessions_of(course), hows, strict=True):
        end(session, how, NOW + timedelta(days=30))


def test_attendance_leaves_out_what_was_called_off(now: datetime) -> None:
    course = make_course()
    held(course, "no_show", "completed", "completed")
    held(make_course(clinic_id=course.clinic_id), "completed", "cancelled", "cancelled")
    with acting_as(WORKER):
        [found] = measure(**MONTHS)
    assert (found.completed, found.missed, found.cancelled, found.attendance) == (3, 1, 2, 0.75)
    assert (found.windows_kept, found.windows, found.in_window) == (1, 1, 1.0)


def test_a_dosing_without_its_integration_in_time_is_counted_once_its_window_closed(now: datetime) -> None:
    course = make_course()
    with acting_as(WORKER):
        sessions.reschedule(
            session_id=sessions_of(course)[2].pk,
            clinic_id=course.clinic_id,
            starts_at=NOW + timedelta(days=20),
            reported_at=now,
            now=now,
        )
    held(course, "completed", "completed", "completed")
    with acting_as(WORKER):
        [found] = measure(**MONTHS)
        [early] = measure(since=NOW, until=NOW + timedelta(days=13))
    assert (found.windows_kept, found.windows, found.in_window) == (0, 1, 0.0)
    assert (early.windows, early.in_window) == (0, None), "its window is still open then"


def test_a_clinic_sees_itself_an_operator_each_clinic_and_the_network(now: datetime) -> None:
    one, other = make_course(), make_course()
    held(one, "completed", "completed", "completed")
    held(other, "no_show", "cancelled", "cancelled")
    own = signed_in(make_user("clinic_staff", clinic_id=one.clinic_id)).get(f"/api/v1/clinic/course-measures/{PERIOD}")
    assert (own.json()["attendance"], own.json()["clinic_id"]) == (1.0, None)
    url = f"/api/v1/operator/course-measures/{PERIOD}"
    all_ = signed_in(make_user("operator", permissions=["care"])).get(url).json()
    assert all_["network"]["attendance"] == 0.75
    assert {row["clinic_id"]: row["attendance"] for row in all_["clinics"]} == {
        str(one.clinic_id): 1.0,
        str(other.clinic_id): 0.0,
    }
    assert signed_in(make_user("hr_admin", employer_id=new_id())).get(url).status_code == 403
    with acting_as(Actor(role=Role.CLINIC, clinic=other.clinic_id)):
        assert [found.clinic_id for found in measure(**MONTHS)] == [other.clinic_id]


@pytest.mark.parametrize("query", ["", "?since=2026-03-01", "?since=2026-03-02&until=2026-03-01", "?since=x&until=y"])
def test_a_period_ends_after_it_begins(query: str, now: datetime) -> None:
    staff = signed_in(make_user("clinic_staff", clinic_id=new_id()))
    assert staff.get(f"/api/v1/clinic/course-measures/{query}").status_code == 422


counts = st.integers(0, 50)
measures = st.builds(
    Measured,
    completed=counts,
    missed=counts,
    cancelled=counts,
    windows_kept=counts,
    windows=counts.map(lambda n: n + 50),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(measures, max_size=5))
def test_the_network_is_the_sum_of_its_clinics(found: list[Measured]) -> None:
    network = total(found)
    assert network.completed == sum(one.completed for one in found)
    assert network.attendance is None or 0 <= network.attendance <= 1
    assert network.in_window is None or 0 <= network.in_window <= 1
