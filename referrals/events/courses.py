"""What referrals announces of courses of treatment and what carries people through them."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from referrals.events import ClinicId, CourseId, MemberId, RequestId, SessionId
from workers.events import Event


@dataclass(frozen=True, kw_only=True)
class CoursePlanned(Event, name="referrals.course.planned.v1"):
    """The sessions of an accepted referral were proposed."""

    course_id: CourseId
    request_id: RequestId
    clinic_id: ClinicId
    member_id: MemberId


@dataclass(frozen=True, kw_only=True)
class CourseClosed(Event, name="referrals.course.closed.v1"):
    """All sessions of a course are final: `outcome` is completed, or cancelled when none took place."""

    course_id: CourseId
    request_id: RequestId
    member_id: MemberId
    outcome: Annotated[str, Meta(description="completed or cancelled.", examples=["completed"])]


@dataclass(frozen=True, kw_only=True)
class SessionChanged(Event, name="referrals.session.changed.v1"):
    """A session was scheduled, rescheduled, completed, cancelled or missed: `status` tells its state now."""

    session_id: SessionId
    course_id: CourseId
    status: Annotated[str, Meta(description="The session's state now: SessionStatus.", examples=["scheduled"])]


@dataclass(frozen=True, kw_only=True)
class CourseReplanned(Event, name="referrals.course.replanned.v1"):
    """Sessions of a course are to be at other times: proposals moved, for `asks` agreed ones another is suggested."""

    course_id: CourseId
    asks: Annotated[int, Meta(description="For how many agreed sessions another time is suggested.", examples=[1])]


@dataclass(frozen=True, kw_only=True)
class CourseStallDue(Event, name="referrals.course.stall-due.v1"):
    """Timer: a course may have been without an appointment for too long, unless a newer alarm was set since."""

    course_id: CourseId
    alarm: Annotated[int, Meta(description="Which alarm of the course this is.", examples=[1])]


@dataclass(frozen=True, kw_only=True)
class CourseStalled(Event, name="referrals.course.stalled.v1"):
    """Nothing is booked for a course that has not ended: a person has to look."""

    course_id: CourseId
    member_id: MemberId


@dataclass(frozen=True, kw_only=True)
class ClinicCalendarChanged(Event, name="referrals.clinic-calendar.changed.v1"):
    """A clinic's hours, closed days or therapists changed: its courses are replanned, some at a time, after `after`."""

    clinic_id: ClinicId
    after: Annotated[UUID | None, Meta(description="The last course that was replanned; none: from the first.")] = None


@dataclass(frozen=True, kw_only=True)
class OutcomeDue(Event, name="referrals.outcome.due.v1"):
    """Timer: the moment to ask a member a few questions has come."""

    outcome_id: Annotated[UUID, Meta(description="The point of a course at which they are asked.")]


@dataclass(frozen=True, kw_only=True)
class SessionReminderDue(Event, name="referrals.session.reminder-due.v1"):
    """Timer: `rule` names the reminder, `generation` the chain of the session's reminders that it is of."""

    session_id: SessionId
    rule: Annotated[str, Meta(description="The reminder, by its name in reminders.json.", examples=["day_before"])]
    generation: Annotated[int, Meta(description="The chain; whatever becomes of the session raises it.", examples=[0])]
