"""Stalled courses: nothing is booked, and so nothing will happen by itself. A timer looks, and a person is told.

One alarm waits for each course that has not ended; setting another one makes it superseded.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from benefits import facade as benefits
from referrals.courses.models import Course
from referrals.courses.queries.stalling import booked_until, get_promises
from referrals.courses.rules import ENDED
from referrals.events.courses import CourseStallDue, CourseStalled
from workers.emails.queueing import queue_email
from workers.outbox.publishing import publish
from workers.timers.scheduling import schedule, schedule_all, timer_for


def watch(course: Course, *, now: datetime) -> None:
    """Look again when nothing has been booked for too long, counted from the last appointment that there is.

    The caller holds the course's lock.
    """
    _look_at(course, max(now, booked_until(course, now=now) or now) + get_promises().patience)


def watch_new(courses: Mapping[Course, str], *, now: datetime) -> None:
    """Watch courses that are not stored yet, and so have nothing booked; with each the trace id of its walk."""
    timers, due_at = [], now + get_promises().patience
    for course, trace in courses.items():
        course.alarm = 1
        due = CourseStallDue(course_id=course.pk, alarm=course.alarm)
        timers.append(timer_for(due, about=course, due_at=due_at, generation=course.alarm, trace=trace))
    schedule_all(timers)


def look(*, course_id: UUID, alarm: int, now: datetime) -> None:
    """Tell operators of a course without an appointment to come, and look again; a superseded alarm does nothing."""
    with transaction.atomic():
        course = Course.locked(pk=course_id)
        if course.alarm != alarm or course.status in ENDED:
            return
        if booked_until(course, now=now):
            unstall(course)
            watch(course, now=now)
            return
        course.stalled_at = course.stalled_at or now
        course.save(update_fields=["stalled_at"])
        publish(CourseStalled(course_id=course.pk, member_id=course.member_id), about=course, now=now)
        _look_at(course, now + get_promises().again)


def unstall(course: Course) -> None:
    """Take a course off the operators' list: it has an appointment, or has ended. The caller holds its lock."""
    if course.stalled_at is not None:
        course.stalled_at = None
        course.save(update_fields=["stalled_at"])


def tell_operators(*, event_id: UUID, now: datetime) -> None:
    """Mail every operator who holds `care` that their list has grown; once per event and operator."""
    for email in benefits.list_operator_emails("care"):
        queue_email(
            key=f"operator-list/{event_id}/{email}",
            to=email,
            template="referrals/operator_list",
            context={},
            now=now,
        )


def _look_at(course: Course, due_at: datetime) -> None:
    course.alarm += 1
    course.save(update_fields=["alarm"])
    due = CourseStallDue(course_id=course.pk, alarm=course.alarm)
    schedule(due, about=course, due_at=due_at, generation=course.alarm)
