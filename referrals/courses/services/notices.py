"""What a clinic and a member are told of a course."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import UUID

import msgspec
from django.db.models import Prefetch

from referrals.courses.models import Course, Session
from referrals.courses.queries import get_course
from referrals.messages import CourseUpdated, ReferralConfirmed, SessionSummary
from referrals.requests import services as requests
from workers.deliveries.queueing import Outgoing, queue_messages
from workers.kernel.errors import NotFound
from workers.kernel.trace import current_trace


@dataclass(frozen=True, kw_only=True)
class Changed:
    """A course that changed, by the event that says so; `trace` is of the walk that both belong to."""

    course_id: UUID
    event_id: UUID
    trace: str = field(default_factory=current_trace)


def tell_clinic(*, course_id: UUID, event_id: UUID, confirm: bool, now: datetime) -> None:
    """Tell the clinic of one course, as `tell_clinics` does."""
    tell_clinics([Changed(course_id=course_id, event_id=event_id)], confirm=confirm, now=now)


def tell_clinics(changed: Sequence[Changed], *, confirm: bool, now: datetime) -> None:
    """Send clinics all sessions of their courses (`course.updated`), first `referral.confirmed` when `confirm`.

    Once per event, and in order with what a clinic hears of the course's offer. However many there are, with as many
    statements as for one. Raises NotFound.
    """
    by_id = {one.course_id: one for one in changed}
    # Locked: whoever changes one meanwhile is told of after this, not before.
    locked = Course.objects.select_for_update(of=("self",)).filter(pk__in=by_id).order_by("pk")
    courses = list(locked.prefetch_related(Prefetch("sessions", queryset=Session.objects.order_by("sequence"))))
    if len(courses) < len(by_id):
        raise NotFound("There is no such course.")
    told = [message for course in courses for message in _messages(course, by_id[course.pk], confirm=confirm)]
    queue_messages(told, now=now)


def _messages(course: Course, changed: Changed, *, confirm: bool) -> Iterator[Outgoing]:
    tell = partial(
        Outgoing,
        owner_id=course.clinic_id,
        event_id=changed.event_id,
        ordering_key=course.offer_id,
        trace=changed.trace,
    )
    if confirm:
        confirmed = ReferralConfirmed(offer_id=course.offer_id, referral_id=course.request_id, course_id=course.pk)
        yield tell(message=confirmed)
    sessions = [_summary(session) for session in course.sessions.all()]
    yield tell(message=CourseUpdated(course_id=course.pk, sessions=sessions))


def ask_member(*, course_id: UUID, asks: int, event_id: UUID, now: datetime) -> None:
    """Mail the member that the portal has news, when another time is suggested for what was agreed; once per event."""
    if asks:
        requests.tell_member(request_id=get_course(course_id).request_id, event_id=event_id, now=now)


def _summary(session: Session) -> SessionSummary:
    facts = {
        "session_id": session.pk,
        "kind": session.kind,
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
        "status": session.status,
        "version": session.version,
        "suggested_starts_at": session.suggested_starts_at,
    }
    return msgspec.convert(facts, SessionSummary)
