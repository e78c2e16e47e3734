"""One-time links in reminders: each shows one appointment once, without a sign-in; what can be done needs one.

A token is signed; it names a session and itself, and tells nothing more to whoever takes it apart. That it was used is
written like a reminder that was given to the mail, and so the database decides between two at once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core import signing

from benefits import facade as benefits
from referrals.clinics.models import Clinic
from referrals.clinics.queries import get_clinic
from referrals.courses.models import Session
from referrals.reminders.models import ReminderNotice
from referrals.reminders.services.noting import is_first
from referrals.requests.queries import get_request
from referrals.requests.rules import CARE_ENDED
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.errors import NotFound
from workers.kernel.ids import new_id

OPEN_FOR = timedelta(days=7)  # after the session
_SALT = "referrals.reminders.links"


class LinkNotValid(NotFound):
    """The token is not ours, was used, or is too old: all three answer alike."""

    code = "link_not_valid"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """An appointment as it is now, where it is, and the zone in which its member lives."""

    session: Session
    clinic: Clinic
    zone: str


def new_url(session: Session) -> str:
    """Return a fresh link to an appointment."""
    token = signing.Signer(salt=_SALT).sign_object([session.pk.hex, new_id().hex])
    return f"{settings.BASE_URL}/appointment/?token={token}"


def is_open(token: str, *, now: datetime) -> bool:
    """Whether a link still shows something. Changes nothing."""
    with acting_as(WORKER):
        try:
            session, used = _find(token, now)
        except LinkNotValid:
            return False
        return not ReminderNotice.objects.filter(session=session, **used).exists()


def open_link(*, token: str, now: datetime) -> Shown:
    """Use a link up and return what it shows; of two at once one wins. Raises LinkNotValid."""
    with acting_as(WORKER):
        session, used = _find(token, now)
        zone = benefits.get_member(session.member_id).timezone
        local_day = now.astimezone(ZoneInfo(zone)).date()
        row = ReminderNotice(
            session=session, member_id=session.member_id, local_day=local_day, is_once_a_day=False, at=now, **used
        )
        if not is_first(row):
            raise _refusal()
        return Shown(session=session, clinic=get_clinic(session.clinic_id), zone=zone)


def _find(token: str, now: datetime) -> tuple[Session, dict[str, object]]:
    """The session of a link that may be open, and how its use is written down."""
    try:
        session_id, link_id = signing.Signer(salt=_SALT).unsign_object(token)
    except (signing.BadSignature, ValueError):
        raise _refusal() from None
    session = Session.objects.select_related("course").filter(pk=UUID(session_id)).first()
    if session is None or now > session.ends_at + OPEN_FOR:
        raise _refusal()
    if get_request(session.course.request_id).status in CARE_ENDED:
        raise _refusal()
    return session, {"rule": f"opened {link_id}", "appointment": 0}


def _refusal() -> LinkNotValid:
    return LinkNotValid("This link is unknown, was used, or has expired.")
