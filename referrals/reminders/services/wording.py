"""What an e-mail about a session says: a day, an hour, where to read more; never what kind of session it is."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import formats, translation

from benefits import facade as benefits
from referrals.courses.models import Session
from referrals.reminders.queries import find_preparation
from referrals.reminders.rules import Moment
from referrals.reminders.services.links import new_url
from workers.emails.calendars import Appointment
from workers.emails.queueing import queue_email

_DAY = {"en": "l, F j", "es": r"l j \d\e F"}
_MOMENT = {"en": "P, l", "es": "P, l"}
_TITLE = {"en": "Appointment", "es": "Cita"}  # whoever looks over a shoulder learns no more


def queue_reminder(session: Session, moment: Moment, member: benefits.Member, now: datetime) -> None:
    """Queue a reminder; the mail drops it too, once its moment is over."""
    queue_email(
        key=key_of(session, moment.reminder.rule),
        to=member.email,
        template=moment.reminder.template,
        context=_words(session, member) | _fasting(session, member) | {"url": new_url(session)},
        now=now,
        language=member.language,
        zone=member.timezone,
        drop_after=moment.drop_after,
        reader_id=member.id,
    )


def key_of(session: Session, rule: str) -> str:
    """Return by what a reminder of an appointment is queued once; without a rule, how the keys of its session begin."""
    return f"session:{session.pk}:{rule}:{session.generation}" if rule else f"session:{session.pk}:"


def queue_appointment(
    session: Session, member: benefits.Member, *, template: str, is_cancelled: bool, now: datetime
) -> None:
    """Queue an entry for the member's calendar; a later one about the same session replaces it.

    The session's generation is the entry's sequence, and a cancellation comes after all of them.
    """
    appointment = appointment_of(session, language=member.language, is_cancelled=is_cancelled)
    queue_email(
        key=f"appointment:{session.pk}:{appointment.method}:{session.generation}",
        to=member.email,
        template=template,
        context=_words(session, member),
        now=now,
        language=member.language,
        zone=member.timezone,
        appointment=appointment,
        drop_after=session.ends_at,
        reader_id=member.id,
    )


def appointment_of(session: Session, *, language: str, is_cancelled: bool = False) -> Appointment:
    """Return a session as an entry of the member's calendar, in a language; its title tells nothing."""
    return Appointment(
        id=session.pk,
        sequence=session.generation + is_cancelled,
        title=_TITLE.get(language, _TITLE["en"]),
        url=f"{settings.BASE_URL}/courses/{session.course_id}/",
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        is_cancelled=is_cancelled,
    )


def _words(session: Session, member: benefits.Member) -> dict[str, object]:
    starts_at = session.starts_at.astimezone(ZoneInfo(member.timezone))
    with translation.override(member.language):
        return {
            "first_name": member.first_name,
            "course_id": str(session.course_id),
            "day": formats.date_format(starts_at, _DAY.get(member.language, _DAY["en"])),
            "time": formats.time_format(starts_at, "P"),
        }


def _fasting(session: Session, member: benefits.Member) -> dict[str, object]:
    """Until when one may eat and drink, as the clinic gives the hours; "" where it has not said."""
    preparation = find_preparation(session.clinic_id)
    food = preparation.fasting_food_hours if preparation else None
    drink = preparation.fasting_drink_hours if preparation else None
    return {"eat_until": _until(session, member, food), "drink_until": _until(session, member, drink)}


def _until(session: Session, member: benefits.Member, hours: int | None) -> str:
    if hours is None:
        return ""
    last = (session.starts_at - timedelta(hours=hours)).astimezone(ZoneInfo(member.timezone))
    with translation.override(member.language):
        return formats.date_format(last, _MOMENT.get(member.language, _MOMENT["en"]))
