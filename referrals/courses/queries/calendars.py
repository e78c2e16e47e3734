"""The calendars that plans are made from: what a clinic has in common for all its courses, and each member's own."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from referrals.clinics.models import Clinic, ClinicHours
from referrals.clinics.rules.hours import Hours
from referrals.courses.models import ClinicCalendar, Course, MemberAvailability, Session
from referrals.courses.rules import OPEN
from referrals.courses.rules.calendars import Closure, Therapist, WeeklyHours, dates_of, holidays_of, hours_of
from referrals.protocols.rules.calendars import ALWAYS, Availability, Calendar, Dates, zone_of
from workers.kernel.errors import NotFound

_T = TypeVar("_T")
_Busy = tuple[tuple[datetime, datetime], ...]


@dataclass(frozen=True, kw_only=True)
class ClinicTime:
    """What all courses of a clinic have in common; `windows` are sources by protocol."""

    zone: ZoneInfo
    hours: tuple[Hours, ...]
    holidays: Mapping[date, str]
    closures: tuple[Dates, ...]
    therapists: tuple[Therapist, ...]
    windows: Mapping[str, str]
    _calendars: dict[tuple[object, ...], Calendar] = field(default_factory=dict, init=False, compare=False, repr=False)

    def calendar(self, therapist: str, times: Sequence[str], member: "MemberTime") -> Calendar:
        """Return what a course is planned by; courses that have all of it in common share what is worked out."""
        key = (therapist, tuple(times), member)
        if key not in self._calendars:
            self._calendars[key] = Calendar(
                zone=self.zone,
                hours=self.hours,
                holidays=self.holidays,
                closures=self.closures,
                busy=member.busy,
                availability=member.availability,
                therapist_days=self.weekdays_of(therapist),
                preferred=hours_of(times),
            )
        return self._calendars[key]

    def is_closed(self, instant: datetime) -> bool:
        """Whether the clinic is closed on the day of an instant."""
        day = instant.astimezone(self.zone).date()
        return day in self.holidays or any(day in closure for closure in self.closures)

    def weekdays_of(self, code: str) -> frozenset[int]:
        """Return the ISO weekdays of a therapist; until one is named, those on which anybody works."""
        named = [one for one in self.therapists if one.code == code] or self.therapists
        return frozenset(day for one in named for day in one.weekdays)


@dataclass(frozen=True, kw_only=True)
class MemberTime:
    """When a member can come, and what they have beside a course."""

    availability: Availability = ALWAYS
    busy: _Busy = ()


def clinic_time(clinic_id: UUID, *, now: datetime) -> ClinicTime:
    """Return a clinic's time from `now` on. Raises NotFound, UnknownZone."""
    return clinic_times([clinic_id], now=now)[clinic_id]


def clinic_times(clinic_ids: Collection[UUID], *, now: datetime) -> Mapping[UUID, ClinicTime]:
    """Return the time of each of several clinics from `now` on, in three queries. Raises NotFound, UnknownZone."""
    places = Clinic.objects.filter(pk__in=clinic_ids).values_list("pk", "timezone", "state")
    where = {clinic_id: (zone_of(timezone), state) for clinic_id, timezone, state in places}
    if len(where) < len(set(clinic_ids)):
        raise NotFound("There is no such clinic.")
    kept = {row.clinic_id: row for row in ClinicCalendar.objects.filter(clinic__in=clinic_ids)}
    hours = _hours(clinic_ids)
    return {
        clinic_id: _time(zone, state, hours[clinic_id], kept.get(clinic_id) or ClinicCalendar(), now)
        for clinic_id, (zone, state) in where.items()
    }


def _time(zone: ZoneInfo, state: str, hours: Sequence[Hours], kept: ClinicCalendar, now: datetime) -> ClinicTime:
    return ClinicTime(
        zone=zone,
        hours=tuple(hours),
        holidays=holidays_of(state, now.astimezone(zone).year) if kept.closed_on_holidays else {},
        closures=dates_of(_read(kept.closures, Closure)),
        therapists=_read(kept.therapists, Therapist),
        windows=dict(kept.windows),
    )


def member_times(members: Collection[UUID], *, beside: Collection[UUID]) -> Mapping[UUID, MemberTime]:
    """Return the time of several members, in two queries; `beside` are the courses that are planned now."""
    known = {row.member_id: row for row in MemberAvailability.objects.filter(member_id__in=members)}
    busy = _busy(members, beside)
    return {one: MemberTime(availability=_availability(known.get(one)), busy=busy[one]) for one in members}


def calendar_of(course: Course, clinic: ClinicTime, member: MemberTime) -> Calendar:
    """Return what a course is planned by."""
    return clinic.calendar(course.therapist, course.times, member)


def _hours(clinic_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Hours]]:
    found: dict[UUID, list[Hours]] = defaultdict(list)
    rows = ClinicHours.objects.filter(clinic__in=clinic_ids).order_by("clinic", "weekday", "opens")
    for clinic_id, weekday, opens, closes in rows.values_list("clinic_id", "weekday", "opens", "closes"):
        found[clinic_id].append(Hours(weekday=weekday, opens=opens, closes=closes))
    return found


def _availability(row: MemberAvailability | None) -> Availability:
    if row is None:
        return ALWAYS
    weekly = tuple(one.hours() for one in _read(row.weekly, WeeklyHours))
    return Availability(zone=zone_of(row.timezone), weekly=weekly, away=dates_of(_read(row.away, Closure)))


def _busy(members: Collection[UUID], beside: Collection[UUID]) -> Mapping[UUID, _Busy]:
    """What is agreed or proposed elsewhere; what ended more than a day ago is no longer in the way."""
    found: dict[UUID, _Busy] = defaultdict(tuple)
    rows = Session.objects.filter(member_id__in=members, status__in=OPEN).exclude(course_id__in=beside)
    for member_id, starts_at, ends_at in rows.values_list("member_id", "starts_at", "ends_at"):
        found[member_id] += ((starts_at, ends_at),)
    return found


def _read(documents: Sequence[object], kind: type[_T]) -> tuple[_T, ...]:
    return tuple(msgspec.convert(one, kind) for one in documents)


def find_availability(member_id: UUID) -> MemberAvailability:
    """Return when a member can come. Raises NotFound when they never said."""
    row = MemberAvailability.objects.filter(member_id=member_id).first()
    if row is None:
        raise NotFound("The member has not said when they can come.")
    return row
