"""Who may still be told what today: the database decides, by three unique indexes."""

from datetime import datetime
from zoneinfo import ZoneInfo

from referrals.courses.models import Session
from referrals.reminders.models import MOST_SLOTS, ReminderNotice
from referrals.reminders.queries import get_reminders
from referrals.reminders.rules import Reminder


def note(session: Session, reminder: Reminder, *, zone: ZoneInfo, now: datetime) -> bool:
    """Write down that a reminder of an appointment is given to the mail; False when it is not to be.

    It is not when it was before, when it comes once a day and came, or when it is capped and the member got as many as
    a day may have. In the caller's transaction.
    """
    row = ReminderNotice(
        session=session,
        member_id=session.member_id,
        rule=reminder.rule,
        appointment=session.generation,
        local_day=now.astimezone(zone).date(),
        is_once_a_day=reminder.is_once_a_day,
        at=now,
    )
    return _with_slot(row) if reminder.is_capped else is_first(row)


def _with_slot(row: ReminderNotice) -> bool:
    """Take the first slot of the day that is free; of two at once one goes on to the next."""
    same_day = ReminderNotice.objects.filter(member_id=row.member_id, local_day=row.local_day)
    taken = same_day.exclude(slot=None).count()
    for slot in range(taken + 1, min(get_reminders().most_a_day, MOST_SLOTS) + 1):
        row.slot = slot
        if is_first(row):
            return True
    return False


def is_first(row: ReminderNotice) -> bool:
    """Store a notice, unless one stands that a unique index lets stand only once. In the caller's transaction."""
    ReminderNotice.objects.bulk_create([row], ignore_conflicts=True)
    return ReminderNotice.objects.filter(pk=row.pk).exists()
