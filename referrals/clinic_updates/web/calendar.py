"""The clinic's appointments, week by week, with those on top that need somebody's word."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from referrals.clinics.web import ClinicPage
from referrals.courses.models import Session
from referrals.courses.queries.calendars import ClinicTime, clinic_time
from referrals.courses.queries.weeks import list_between, list_waiting
from referrals.courses.rules import SessionStatus
from referrals.courses.web.wording import holiday_in_words
from workers.kernel import clock

_WEEK = timedelta(days=7)
_SHOWN = 20
FURTHEST = timedelta(days=366 * 5)  # from today: further away is a mistyped address


class _WeekForm(forms.Form):
    """Any day of the week that is shown."""

    week = forms.DateField(required=False)


class ClinicSessions(ClinicPage):
    """A week from Monday to Sunday where the clinic is."""

    template_name = "referrals/clinic_sessions.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Its days with their appointments, what is closed, and what waits for the clinic, whenever it is."""
        now, clinic_id = clock.now(), self.clinic_id()
        there = clinic_time(clinic_id, now=now)
        today = now.astimezone(there.zone).date()
        monday = _monday(_asked(self.request.GET, today))
        sessions = list_between(clinic_id, _starts(monday, there.zone), _starts(monday + _WEEK, there.zone))
        return super().get_context_data(
            days=_days(monday, today, list(sessions), there),
            monday=monday,
            sunday=monday + timedelta(days=6),
            is_this_week=monday == _monday(today),
            weeks={"before": monday - _WEEK, "after": monday + _WEEK},
            waiting=[_waiting(one, now) for one in list_waiting(clinic_id, now=now)[:_SHOWN]],
            **kwargs,
        )


def _asked(query: Any, today: date) -> date:
    form = _WeekForm(query)
    wanted: date | None = form.cleaned_data["week"] if form.is_valid() else None
    return wanted if wanted and abs(wanted - today) <= FURTHEST else today


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _starts(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)


def _days(monday: date, today: date, sessions: list[Session], there: ClinicTime) -> list[dict[str, Any]]:
    days = [monday + timedelta(days=number) for number in range(7)]
    return [
        {
            "day": day,
            "is_today": day == today,
            "holiday": holiday_in_words(there.holidays.get(day, "")),
            "is_closed": any(day in closure for closure in there.closures),
            "sessions": [one for one in sessions if one.starts_at.astimezone(there.zone).date() == day],
        }
        for day in days
    ]


def _waiting(session: Session, now: datetime) -> dict[str, Any]:
    """Why it waits for the clinic."""
    if session.ends_at <= now:
        why = "ended"
    elif session.suggested_starts_at is not None:
        why = "suggested"
    else:
        why = "proposed" if session.status == SessionStatus.PROPOSED else ""
    return {"session": session, "why": why}
