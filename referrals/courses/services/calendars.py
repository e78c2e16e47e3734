"""A clinic's calendar and a member's hours; what they change is replanned."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import QuerySet

from benefits import facade as benefits
from referrals.clinics.queries import get_clinic
from referrals.courses.models import ClinicCalendar, Course, MemberAvailability, Session
from referrals.courses.queries.calendars import clinic_time, member_times
from referrals.courses.rules import ENDED, Because
from referrals.courses.rules.calendars import Closure, Therapist, WeeklyHours
from referrals.courses.services.replanning import Setting, replan, revise, save
from referrals.events.courses import ClinicCalendarChanged
from referrals.protocols.services import choose_window
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.errors import DomainError, Invalid
from workers.outbox.publishing import publish

AT_ONCE = 100  # courses that one transaction replans


class ChangedMeanwhile(DomainError):
    """Somebody saved the calendar since it was read: `revision` is the present one."""

    code = "changed_meanwhile"


class UnknownTherapist(Invalid):
    """The clinic's calendar names no such therapist."""

    code = "unknown_therapist"


def save_calendar(
    *,
    clinic_id: UUID,
    revision: int,
    closed_on_holidays: bool,
    closures: Sequence[Closure],
    therapists: Sequence[Therapist],
    windows: Mapping[str, str],
    now: datetime,
) -> ClinicCalendar:
    """Replace a clinic's calendar as it was read at `revision` (0: it had none), and replan its courses.

    A window counts for courses to come: one under way keeps what it began with. Raises NotFound, ChangedMeanwhile,
    Invalid.
    """
    for protocol, source in windows.items():
        choose_window(protocol, source)
    if len({one.code for one in therapists}) != len(therapists):
        raise Invalid("Two therapists have one code: give each their own.")
    fields = {
        "closed_on_holidays": closed_on_holidays,
        "closures": msgspec.to_builtins(closures),
        "therapists": msgspec.to_builtins(therapists),
        "windows": dict(windows),
        "revision": revision + 1,
    }
    with transaction.atomic():
        clinic = get_clinic(clinic_id)
        ClinicCalendar.objects.bulk_create([ClinicCalendar(clinic=clinic)], ignore_conflicts=True)
        if not ClinicCalendar.objects.filter(clinic=clinic, revision=revision).update(**fields):
            present = ClinicCalendar.objects.get(clinic=clinic).revision
            sentence = "Somebody saved the calendar since you read it: read it again, and change that."
            raise ChangedMeanwhile(sentence, revision=present)
        calendar = ClinicCalendar.objects.get(clinic=clinic)
        publish(ClinicCalendarChanged(clinic_id=clinic_id), about=calendar, now=now)
    return calendar


def get_calendar(*, clinic_id: UUID) -> ClinicCalendar:
    """Return a clinic's calendar, or what holds while it has none. Raises NotFound."""
    clinic = get_clinic(clinic_id)
    return ClinicCalendar.objects.filter(clinic=clinic).first() or ClinicCalendar(clinic=clinic)


def spread(*, clinic_id: UUID, after: UUID | None, now: datetime) -> int:
    """Replan the next courses of a clinic whose calendar or hours changed, by their ids, and announce the rest.

    Returns how many there were.
    """
    with transaction.atomic():
        courses = list(_next(clinic_id, after))
        clinic = clinic_time(clinic_id, now=now)
        members = member_times([course.member_id for course in courses], beside=[course.pk for course in courses])
        settings = {
            course.pk: Setting(
                clinic=clinic, member=members[course.member_id], because=Because.CLINIC_CALENDAR, now=now
            )
            for course in courses
        }
        save([revise(course, _ordered(course), settings[course.pk]) for course in courses], now=now)
        if len(courses) == AT_ONCE:
            rest = ClinicCalendarChanged(clinic_id=clinic_id, after=courses[-1].pk)
            publish(rest, about=get_clinic(clinic_id), now=now)
    return len(courses)


def save_availability(
    *, member_id: UUID, weekly: Sequence[WeeklyHours], away: Sequence[Closure], now: datetime
) -> MemberAvailability:
    """Keep when a member can come, on the clocks where they live, and replan what is proposed to them."""
    facts = {
        "timezone": benefits.get_member(member_id).timezone,
        "weekly": msgspec.to_builtins(weekly),
        "away": msgspec.to_builtins(away),
        "saved_at": now,
    }
    with transaction.atomic():
        row, _ = MemberAvailability.objects.update_or_create(member_id=member_id, defaults=facts)
        with acting_as(WORKER):
            for course in Course.objects.select_for_update().filter(member_id=member_id).order_by("id"):
                if course.status not in ENDED:
                    replan(course, because=Because.AVAILABILITY_CHANGED, now=now)
    return row


def name_therapist(*, course_id: UUID, clinic_id: UUID, code: str, now: datetime) -> None:
    """Say who gives the sessions of a course; proposals go to their days. Raises NotFound, UnknownTherapist."""
    with acting_as(WORKER):
        course = Course.locked(pk=course_id, clinic_id=clinic_id)
        known = [one.code for one in clinic_time(clinic_id, now=now).therapists]
        if code not in known:
            sentence = f"The clinic's calendar names no therapist {code!r}: it names {', '.join(known) or 'nobody'}."
            raise UnknownTherapist(sentence)
        course.therapist = code
        course.save(update_fields=["therapist"])
        if course.status not in ENDED:
            replan(course, because=Because.THERAPIST_CHANGED, now=now)


def _next(clinic_id: UUID, after: UUID | None) -> QuerySet[Course]:
    open_ = Course.objects.filter(clinic_id=clinic_id).exclude(status__in=ENDED)
    rest = open_ if after is None else open_.filter(pk__gt=after)
    return (
        rest.select_for_update(of=("self",))
        .select_related("variant")
        .prefetch_related("sessions")
        .order_by("id")[:AT_ONCE]
    )


def _ordered(course: Course) -> list[Session]:
    return sorted(course.sessions.all(), key=lambda session: session.sequence)
