"""The times at which a session could be instead: a calendar of days, and the times of one of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import get_format
from django.utils.translation import gettext_lazy as _

from benefits import facade as benefits
from referrals.courses.forms import TakeForm, TimesForm
from referrals.courses.models import Course, Session
from referrals.courses.queries import get_course
from referrals.courses.queries.times import DAYS, FreeTime, list_free_times
from referrals.courses.rules.states import FURTHEST
from referrals.courses.services import asking
from referrals.courses.services.refusals import SessionFinal
from referrals.courses.web.shown import MemberPage, shown_session, told_by
from workers.kernel import clock
from workers.kernel.errors import DomainError, NotFound

_WEEK = 7
_PARTS = ((12, _("In the morning")), (17, _("In the afternoon")), (24, _("In the evening")))  # by the hour they end


@dataclass(frozen=True, kw_only=True)
class DayCell:
    """A day of the calendar and how many times it has; one that `is_outside` only fills its week."""

    day: date
    times: int
    is_chosen: bool
    is_outside: bool
    is_first: bool  # of its month, or of the calendar: says which month


class OtherTimes(MemberPage):
    """The times at which a session of the member's could be instead, day by day, and taking one of them."""

    template_name = "referrals/session_times.html"

    def post(self, request: HttpRequest, course_id: UUID, session_id: UUID) -> HttpResponse:
        """Move the session, and show the course; a time that is not free is said, and changes nothing."""
        form = TakeForm(request.POST)
        if not form.is_valid():
            return self.refused("none", 422)
        try:
            asking.move(**told_by(request, session_id), starts_at=form.cleaned_data["starts_at"])
        except NotFound:
            raise
        except DomainError as refusal:
            return self.refused("too_late" if isinstance(refusal, SessionFinal) else "taken", refusal.status)
        return redirect("page-course", course_id=course_id)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The session, four weeks of days where the member lives, and the times of the day that was asked for.

        Without one it is the first that has any. Raises NotFound, also for another's session.
        """
        session = _own(get_course(kwargs["course_id"]), kwargs["session_id"])
        asked, now = _asked(self.request), clock.now()
        today = now.date()
        since = min(max(asked["since"] or today, today), today + FURTHEST)
        times = list_free_times(session_id=session.pk, member_id=session.member_id, since=since, now=now)
        zone = ZoneInfo(benefits.zone_of(self.request))
        by_day = _by_day(times, zone)
        day = asked["day"] if asked["day"] in by_day else next(iter(by_day), None)
        return super().get_context_data(
            session=shown_session(session),
            minutes=(session.ends_at - session.starts_at) // timedelta(minutes=1),
            weekdays=_weekdays(),
            weeks=_weeks(since, by_day, day),
            since=since,
            until=since + timedelta(days=DAYS - 1),
            day=day,
            is_day_asked=bool(asked["day"]),
            parts=_parts(by_day[day], zone) if day else [],
            earlier=max(since - timedelta(days=DAYS), today) if since > today else None,
            later=since + timedelta(days=DAYS) if since + timedelta(days=DAYS) <= today + FURTHEST else None,
            **kwargs,
        )


def _own(course: Course, session_id: UUID) -> Session:
    for session in course.sessions.all():
        if session.pk == session_id:
            return session
    raise NotFound("There is no such session.")


def _asked(request: HttpRequest) -> Mapping[str, date | None]:
    """From which day on, and which day's times; what is no day is none."""
    form = TimesForm(request.GET)
    form.is_valid()
    return {name: form.cleaned_data.get(name) for name in form.fields}


def _by_day(times: Sequence[FreeTime], zone: ZoneInfo) -> dict[date, list[FreeTime]]:
    found: dict[date, list[FreeTime]] = defaultdict(list)
    for time in times:
        found[time.starts_at.astimezone(zone).date()].append(time)
    return dict(found)


def _weekdays() -> list[tuple[Any, Any]]:
    """The seven in the order of the reader's calendars: (short, whole)."""
    first = get_format("FIRST_DAY_OF_WEEK")  # 0 is Sunday, and 6 is it to WEEKDAYS
    days = [(first + offset - 1) % _WEEK for offset in range(_WEEK)]
    return [(WEEKDAYS_ABBR[day], WEEKDAYS[day]) for day in days]


def _weeks(since: date, by_day: Mapping[date, Sequence[FreeTime]], chosen: date | None) -> list[list[DayCell]]:
    """Whole weeks around DAYS days, and around the times: a clinic's day may be the one before where somebody lives."""
    first, last = min([since, *by_day]), max([since + timedelta(days=DAYS - 1), *by_day])
    begins = first - timedelta(days=(first.isoweekday() - get_format("FIRST_DAY_OF_WEEK")) % _WEEK)
    cells = [
        DayCell(
            day=day,
            times=len(by_day.get(day, ())),
            is_chosen=day == chosen,
            is_outside=not first <= day <= last,
            is_first=day.day == 1 or day == first,
        )
        for day in (begins + timedelta(days=offset) for offset in range((last - begins).days + 1))
    ]
    return [cells[start : start + _WEEK] for start in range(0, len(cells), _WEEK)]


def _parts(times: Sequence[FreeTime], zone: ZoneInfo) -> list[tuple[Any, list[FreeTime]]]:
    """The times of a day by its parts; a part without any is left out."""
    found: dict[Any, list[FreeTime]] = defaultdict(list)
    for time in times:
        found[_part(time.starts_at.astimezone(zone))].append(time)
    return list(found.items())


def _part(moment: datetime) -> Any:
    return next(words for ends, words in _PARTS if moment.hour < ends)
