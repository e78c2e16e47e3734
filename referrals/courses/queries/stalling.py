"""When a course counts as stalled: data/promises.json."""

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import msgspec

from referrals.courses.models import Course, Session
from referrals.courses.rules import SessionStatus

_DATA = Path(__file__).parent.parent / "data" / "promises.json"


class Promises(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A course without an appointment for `stalled_after_days` is a person's business, again every so many days."""

    stalled_after_days: int
    again_every_days: int
    source: str

    @property
    def patience(self) -> timedelta:
        """How long a course may be without an appointment."""
        return timedelta(days=self.stalled_after_days)

    @property
    def again(self) -> timedelta:
        """How long until somebody is told again."""
        return timedelta(days=self.again_every_days)


@cache
def get_promises() -> Promises:
    """Return them. Raises msgspec.ValidationError for a malformed file."""
    return msgspec.json.decode(_DATA.read_bytes(), type=Promises)


def booked_until(course: Course, *, now: datetime) -> datetime | None:
    """Return when the last appointment of a course that is still to come ends; None when there is none."""
    coming = Session.objects.filter(course=course, status=SessionStatus.SCHEDULED, ends_at__gt=now)
    return coming.order_by("-ends_at").values_list("ends_at", flat=True).first()
