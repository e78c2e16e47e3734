"""Planning a course when a clinic has accepted."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from referrals.clinics.queries import price_of
from referrals.courses.models import Course, Session
from referrals.courses.queries.calendars import ClinicTime, calendar_of, clinic_time, member_times
from referrals.courses.queries.courses import known_of, protocol_of
from referrals.courses.rules import PLANNER, Because, What
from referrals.courses.rules.revising import windows
from referrals.courses.services.history import keep, note
from referrals.courses.services.refusals import CannotPlan
from referrals.courses.services.stalling import watch
from referrals.events.courses import CoursePlanned
from referrals.offers.models import Offer
from referrals.offers.queries import get_offer
from referrals.protocols.queries import find_variant, get_protocol
from referrals.protocols.rules.calendars import UnknownZone
from referrals.protocols.rules.planning import Unplannable, plan
from referrals.protocols.rules.plans import Placed
from referrals.protocols.rules.protocols import Protocol
from referrals.requests.models import Request
from referrals.requests.rules import RequestStatus
from workers.kernel.errors import NotFound
from workers.outbox.publishing import publish

__all__ = ["CannotPlan", "plan_course"]


def plan_course(*, offer_id: UUID, now: datetime) -> None:
    """Propose the sessions of an accepted offer by the newest version of its protocol, at today's list prices.

    The clinic's own variant goes before the network's. A request that was withdrawn meanwhile, or that has a course,
    gets none. Raises NotFound, CannotPlan.
    """
    offer = get_offer(offer_id)
    with transaction.atomic():
        request = Request.locked(pk=offer.request_id)
        if request.status != RequestStatus.ACCEPTED or Course.objects.filter(request_id=request.pk).exists():
            return
        try:
            clinic = clinic_time(offer.clinic_id, now=now)
            course = _new_course(offer, request, clinic, now)
            sessions = _propose(course, clinic, now)
        except (Unplannable, UnknownZone, NotFound) as error:
            raise CannotPlan(str(error)) from error
        course.save(force_insert=True)
        Session.objects.bulk_create(sessions)
        keep(note(one, What.PROPOSED, who=PLANNER, now=now, because=Because.COURSE_PLANNED) for one in sessions)
        watch(course, now=now)
        planned = CoursePlanned(
            course_id=course.pk, request_id=request.pk, clinic_id=course.clinic_id, member_id=course.member_id
        )
        publish(planned, about=course, now=now)


def _new_course(offer: Offer, request: Request, clinic: ClinicTime, now: datetime) -> Course:
    variant = find_variant(offer.clinic_id, offer.protocol)
    return Course(
        member_id=offer.member_id,
        clinic_id=offer.clinic_id,
        request_id=offer.request_id,
        offer_id=offer.pk,
        protocol=offer.protocol,
        protocol_version=variant.number if variant else get_protocol(offer.protocol).version,
        variant=variant,
        window=clinic.windows.get(offer.protocol, ""),
        route=offer.route,
        format=offer.format,
        therapist=clinic.therapists[0].code if len(clinic.therapists) == 1 else "",
        times=list(request.preferences.get("times", ())),
        planned_at=now,
    )


def _propose(course: Course, clinic: ClinicTime, now: datetime) -> list[Session]:
    """The sessions of a new course, with today's prices where the clinic is."""
    today = now.astimezone(clinic.zone).date()
    protocol = protocol_of(course)
    member = member_times([course.member_id], beside=[])[course.member_id]
    placed = plan(protocol, start=today, calendar=calendar_of(course, clinic, member))
    return _sessions(course, protocol, placed, today)


def _sessions(course: Course, protocol: Protocol, placed: Sequence[Placed], today: date) -> list[Session]:
    sessions: list[Session] = []
    for sequence, place in enumerate(placed):
        session = _new_session(course, sequence, place, today)
        session.follows = None if place.spot.follows is None else _with_id(sessions, placed, place.spot.follows)
        sessions.append(session)
    found = windows([known_of(session) for session in sessions], protocol)
    for session in sessions:
        session.window_opens_at, session.window_closes_at = found.get(session.pk, (None, None))
    return sessions


def _with_id(sessions: Sequence[Session], placed: Sequence[Placed], id: object) -> Session:
    return next(session for session, place in zip(sessions, placed, strict=False) if place.spot.id == id)


def _new_session(course: Course, sequence: int, placed: Placed, today: date) -> Session:
    spot = placed.spot
    assert placed.starts_at is not None
    assert placed.ends_at is not None
    return Session(
        course=course,
        member_id=course.member_id,
        clinic_id=course.clinic_id,
        sequence=sequence,
        kind=spot.kind,
        step=spot.step,
        route=course.route,
        format=course.format,
        list_price_cents=price_of(course.clinic_id, spot.kind, course.route, course.format, today),
        starts_at=placed.starts_at,
        ends_at=placed.ends_at,
        bent=[{"rule": str(one.rule), "why": one.why} for one in placed.bent],
    )
