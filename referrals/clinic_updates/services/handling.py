"""One service call per type of message. A message that names a version is refused when there is a newer one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from referrals import messages
from referrals.clinic_updates.queries import was_told_later
from referrals.clinics import services as clinics
from referrals.clinics.models import Clinic
from referrals.courses.models import Course, Session
from referrals.courses.rules import FINAL, Channel, Party, SessionStatus, Who
from referrals.courses.services import sessions
from referrals.courses.services.sessions import Superseded
from referrals.offers import services as offers
from referrals.offers.models import Offer
from referrals.offers.rules import OfferStatus
from referrals.offers.services.moving import lock
from referrals.sandbox import services as sandbox
from referrals.sandbox.queries import find_offer
from workers.kernel.errors import DomainError, NotFound

_Appointed = messages.SessionScheduled | messages.SessionRescheduled
_Answered = messages.ReferralReceived | messages.ReferralAccepted | messages.ReferralDeclined
_About = (
    messages.SessionScheduled
    | messages.SessionRescheduled
    | messages.SessionCompleted
    | messages.SessionCancelled
    | messages.SessionNoShow
)


class VersionChanged(DomainError):
    """The offer or session changed since the version the clinic speaks of: `state` and `version` are the present."""

    code = "version_changed"


@dataclass(frozen=True, kw_only=True)
class Context:
    """Who says it, when they wrote it, when it came here, the present instant (all UTC), and by which door."""

    clinic_id: UUID
    written_at: datetime
    received_at: datetime
    now: datetime
    tests_only: bool = False
    channel: Channel = Channel.WEBHOOK

    @property
    def who(self) -> Who:
        """For the history of a session."""
        return Who(party=Party.CLINIC, channel=self.channel)


@dataclass(frozen=True, kw_only=True)
class Done:
    """What became of a message: a `code` where it had another effect than was meant; the `offer` that it answers."""

    code: str = ""
    offer: Offer | None = None


def handle(data: messages.Data, context: Context) -> Done:
    """Let a message take effect. Raises what the services raise."""
    return _HANDLERS[type(data)](data, context) or Done()


def standing_of(data: messages.Data, clinic_id: UUID) -> tuple[str, int | None]:
    """Return the state and version of a clinic's offer or session that a message is about; nothing for others."""
    found: Any = None
    if isinstance(data, _Answered):
        found = Offer.objects.filter(pk=data.offer_id, clinic_id=clinic_id).first()
        found = found or find_offer(data.offer_id, clinic_id=clinic_id)
    elif isinstance(data, _About):
        found = Session.objects.filter(pk=data.session_id, clinic_id=clinic_id).first()
    return (str(found.status), found.version) if found else ("", None)


def _receive(data: messages.ReferralReceived, context: Context) -> Done:
    about: Any = {"offer_id": data.offer_id, "clinic_id": context.clinic_id}
    offer = _answer(data, context, partial(offers.receive, **about, now=context.now))
    if offer is None:
        sandbox.receive(**about)
    return Done(offer=offer)


def _accept(data: messages.ReferralAccepted, context: Context) -> Done:
    """A yes of a clinic whose last slot is taken closes the offer, and that must stay: no error that rolls it back."""
    about: Any = {"offer_id": data.offer_id, "clinic_id": context.clinic_id}
    accept = partial(offers.accept, **about, answered_at=context.received_at, now=context.now)
    offer = _answer(data, context, accept)
    if offer is None:
        sandbox.accept(**about, now=context.received_at)
        return Done()
    return Done(code="" if offer.status == OfferStatus.ACCEPTED else str(offer.reason), offer=offer)


def _decline(data: messages.ReferralDeclined, context: Context) -> Done:
    about: Any = {"offer_id": data.offer_id, "clinic_id": context.clinic_id, "reason": data.reason}
    decline = partial(offers.decline, **about, answered_at=context.received_at, now=context.now)
    offer = _answer(data, context, decline)
    if offer is None:
        sandbox.decline(**about, now=context.received_at)
    return Done(offer=offer)


def _answer(data: _Answered, context: Context, answer: Callable[[], Offer]) -> Offer | None:
    """Answer the clinic's offer; None where it has none of this id: then it is a test one, or unknown.

    Where the message names a version, that of an open offer is compared first, under the locks that every answer
    takes; what is closed answers by its state. Raises VersionChanged.
    """
    if context.tests_only:
        return None
    try:
        if data.expected_version is not None:
            _, offer = lock(data.offer_id, clinic_id=context.clinic_id)
            _compare(data.expected_version, offer, is_done=offer.closed_at is not None)
        return answer()
    except NotFound:
        return None


def _schedule(data: messages.SessionScheduled, context: Context) -> None:
    _require_session(data, context, is_done=_is_appointed)
    sessions.schedule(
        session_id=data.session_id,
        course_id=data.course_id,
        clinic_id=context.clinic_id,
        starts_at=data.starts_at,
        reported_at=context.written_at,
        now=context.now,
        who=context.who,
    )


def _reschedule(data: messages.SessionRescheduled, context: Context) -> None:
    _require_session(data, context, is_done=_is_appointed)
    sessions.reschedule(
        session_id=data.session_id,
        clinic_id=context.clinic_id,
        starts_at=data.starts_at,
        reported_at=context.written_at,
        now=context.now,
        who=context.who,
    )


def _complete(data: messages.SessionCompleted, context: Context) -> None:
    _require_session(data, context, is_done=_has_ended)
    sessions.complete(
        session_id=data.session_id,
        clinic_id=context.clinic_id,
        completed_at=data.completed_at,
        now=context.now,
        who=context.who,
    )


def _cancel(data: messages.SessionCancelled, context: Context) -> None:
    _require_session(data, context, is_done=_has_ended)
    sessions.cancel(session_id=data.session_id, clinic_id=context.clinic_id, now=context.now, who=context.who)


def _miss(data: messages.SessionNoShow, context: Context) -> None:
    _require_session(data, context, is_done=_has_ended)
    sessions.mark_no_show(session_id=data.session_id, clinic_id=context.clinic_id, now=context.now, who=context.who)


def _require_session(data: _About, context: Context, *, is_done: Callable[[Session, Any], bool]) -> None:
    """Hold the course's lock, and compare the session's version unless the message says what is so already."""
    if data.expected_version is None:
        return
    Course.locked(sessions__pk=data.session_id, clinic_id=context.clinic_id)
    session = Session.objects.get(pk=data.session_id)
    _compare(data.expected_version, session, is_done=is_done(session, data))


def _is_appointed(session: Session, data: _Appointed) -> bool:
    is_same = session.status == SessionStatus.SCHEDULED and session.starts_at == data.starts_at
    return is_same or _has_ended(session, data)


def _has_ended(session: Session, data: messages.Data) -> bool:
    """Its service answers a repeat, and refuses what contradicts it by its state."""
    return session.status in FINAL


def _compare(expected: int, row: Any, *, is_done: bool) -> None:
    if expected != row.version and not is_done:
        sentence = f"This is version {row.version} by now, not {expected}: read it again."
        raise VersionChanged(sentence, state=str(row.status), version=row.version)


def _set_capacity(data: messages.CapacityUpdated, context: Context) -> None:
    """A number that was overtaken by a later one changes nothing: the clinic's lock puts them in one order."""
    Clinic.locked(pk=context.clinic_id)
    if was_told_later(context.clinic_id, "capacity.updated", written_at=context.written_at):
        raise Superseded("A number of places that was written later was applied before.")
    clinics.update_capacity(clinic_id=context.clinic_id, open_slots=data.open_slots, now=context.now)


_HANDLERS: Mapping[type[messages.Data], Callable[[Any, Context], Done | None]] = {
    messages.ReferralReceived: _receive,
    messages.ReferralAccepted: _accept,
    messages.ReferralDeclined: _decline,
    messages.SessionScheduled: _schedule,
    messages.SessionRescheduled: _reschedule,
    messages.SessionCompleted: _complete,
    messages.SessionCancelled: _cancel,
    messages.SessionNoShow: _miss,
    messages.CapacityUpdated: _set_capacity,
}
