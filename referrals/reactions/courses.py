"""What follows when a course's plan changes, or nothing happens with it."""

from referrals.courses.services import calendars, notices, stalling
from referrals.events.courses import ClinicCalendarChanged, CourseClosed, CourseReplanned, CourseStallDue, CourseStalled
from referrals.outcomes.services import asking
from referrals.reminders.services import reminding
from workers.events import Envelope, reacts_to


@reacts_to(CourseReplanned)
def tell_clinic_of_replanning(event: CourseReplanned, envelope: Envelope) -> None:
    """The clinic sees what is proposed now, and what it is asked to move."""
    notices.tell_clinic(course_id=event.course_id, event_id=envelope.event_id, confirm=False, now=envelope.now)


@reacts_to(CourseReplanned, lane="mail")
def ask_member(event: CourseReplanned, envelope: Envelope) -> None:
    """The member hears that there is something to answer."""
    notices.ask_member(course_id=event.course_id, asks=event.asks, event_id=envelope.event_id, now=envelope.now)


@reacts_to(CourseClosed)
def take_mail_back(event: CourseClosed, envelope: Envelope) -> None:
    """Who ended their care gets nothing of it that still waits for a mail server."""
    reminding.take_back(course_id=event.course_id)
    asking.take_back(course_id=event.course_id)


@reacts_to(ClinicCalendarChanged)
def replan_courses(event: ClinicCalendarChanged, envelope: Envelope) -> None:
    """The clinic's courses follow its hours and closed days, some at a time."""
    calendars.spread(clinic_id=event.clinic_id, after=event.after, now=envelope.now)


@reacts_to(CourseStallDue)
def look_whether_stalled(event: CourseStallDue, envelope: Envelope) -> None:
    """A course without an appointment is somebody's business."""
    stalling.look(course_id=event.course_id, alarm=event.alarm, now=envelope.now)


@reacts_to(CourseStalled, lane="mail")
def tell_operators_of_stall(event: CourseStalled, envelope: Envelope) -> None:
    """Somebody is told whenever a course has stalled."""
    stalling.tell_operators(event_id=envelope.event_id, now=envelope.now)
