"""Planning courses when clinics have accepted: many at once cost hardly more statements than one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from referrals.clinics.queries import PriceLists
from referrals.courses.models import Course, Session
from referrals.courses.queries.calendars import ClinicTime, MemberTime, calendar_of, clinic_times, member_times
from referrals.courses.queries.courses import known_of, protocol_of
from referrals.courses.rules import PLANNER, Because, What
from referrals.courses.rules.revising import windows
from referrals.courses.services.history import note
from referrals.courses.services.refusals import CannotPlan
from referrals.courses.services.stalling import watch_new
from referrals.events.courses import CoursePlanned
from referrals.offers.models import Offer
from referrals.protocols.models import ProtocolVariant
from referrals.protocols.queries import get_protocol, newest_variants
from referrals.protocols.rules.calendars import UnknownZone
from referrals.protocols.rules.planning import Unplannable, plan
from referrals.protocols.rules.plans import Placed
from referrals.protocols.rules.protocols import Protocol
from referrals.requests.rules import RequestStatus
from workers.kernel.errors import NotFound
from workers.kernel.inserting import insert_all
from workers.outbox.publishing import publish_all

__all__ = ["Accepted", "CannotPlan", "plan_course", "plan_courses"]


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """An offer that a clinic accepted; `trace` is of the walk that its course goes on."""

    offer_id: UUID
    trace: str = ""


@dataclass(frozen=True, kw_only=True)
class _Around:
    """What the courses of a batch are planned by. A course's own sessions are added to its member's time."""

    now: datetime
    clinics: Mapping[UUID, ClinicTime]
    variants: Mapping[tuple[UUID, str], ProtocolVariant]
    members: dict[UUID, MemberTime]
    prices: PriceLists

    def today(self, clinic_id: UUID) -> date:
        return self.now.astimezone(self.clinics[clinic_id].zone).date()


def plan_course(*, offer_id: UUID, now: datetime) -> None:
    """Plan the course of one accepted offer, as `plan_courses` does."""
    plan_courses([Accepted(offer_id=offer_id)], now=now)


def plan_courses(accepted: Sequence[Accepted], *, now: datetime) -> None:
    """Propose the sessions of accepted offers by the newest versions of their protocols, at today's list prices.

    A clinic's own variant goes before the network's. A request that was withdrawn meanwhile, or that has a course, gets
    none. Raises NotFound; CannotPlan, with nothing planned, when one of them cannot be.
    """
    traces = {one.offer_id: one.trace for one in accepted}
    with transaction.atomic(savepoint=False):
        offers = _lock(traces.keys())
        try:
            around = _around(offers, now)
            planned = {course: _propose(course, around) for course in (_new_course(one, around) for one in offers)}
        except (Unplannable, UnknownZone, NotFound) as error:
            raise CannotPlan(str(error)) from error
        if planned:
            _store(planned, {course: traces[course.offer_id] for course in planned}, now)


def _lock(offer_ids: Collection[UUID]) -> list[Offer]:
    """Return the offers whose requests want a course, and lock these, in one order. Raises NotFound."""
    both = Offer.objects.select_related("request").select_for_update(of=("request",))
    found = list(both.filter(pk__in=offer_ids).order_by("request_id"))
    if len(found) < len(offer_ids):
        raise NotFound("There is no such offer.")
    had = set(
        Course.objects.filter(request_id__in=[one.request_id for one in found]).values_list("request_id", flat=True)
    )
    return [one for one in found if one.request.status == RequestStatus.ACCEPTED and one.request_id not in had]


def _around(offers: Sequence[Offer], now: datetime) -> _Around:
    clinics = clinic_times({offer.clinic_id for offer in offers}, now=now)
    return _Around(
        now=now,
        clinics=clinics,
        variants=newest_variants(clinics.keys()),
        members=dict(member_times({offer.member_id for offer in offers}, beside=[])),
        prices=PriceLists({clinic_id: now.astimezone(one.zone).date() for clinic_id, one in clinics.items()}),
    )


def _new_course(offer: Offer, around: _Around) -> Course:
    clinic, variant = around.clinics[offer.clinic_id], around.variants.get((offer.clinic_id, offer.protocol))
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
        times=list(offer.request.preferences.get("times", ())),
        planned_at=around.now,
    )


def _propose(course: Course, around: _Around) -> list[Session]:
    """The sessions of a new course, with today's prices where the clinic is."""
    clinic, member = around.clinics[course.clinic_id], around.members[course.member_id]
    protocol = protocol_of(course)
    placed = plan(protocol, start=around.today(course.clinic_id), calendar=calendar_of(course, clinic, member))
    sessions = _sessions(course, protocol, placed, around.prices)
    times = tuple((session.starts_at, session.ends_at) for session in sessions)
    around.members[course.member_id] = replace(member, busy=(*member.busy, *times))
    return sessions


def _store(planned: Mapping[Course, Sequence[Session]], traces: Mapping[Course, str], now: datetime) -> None:
    sessions = [session for those in planned.values() for session in those]
    watch_new(traces, now=now)
    Course.objects.bulk_create(planned)
    insert_all(sessions)
    insert_all(note(one, What.PROPOSED, who=PLANNER, now=now, because=Because.COURSE_PLANNED) for one in sessions)
    walks = {course.pk: trace for course, trace in traces.items()}
    publish_all([(_planned(course), course) for course in planned], now=now, traces=walks)


def _planned(course: Course) -> CoursePlanned:
    return CoursePlanned(
        course_id=course.pk, request_id=course.request_id, clinic_id=course.clinic_id, member_id=course.member_id
    )


def _sessions(course: Course, protocol: Protocol, placed: Sequence[Placed], prices: PriceLists) -> list[Session]:
    sessions: list[Session] = []
    for sequence, place in enumerate(placed):
        session = _new_session(course, sequence, place, prices)
        session.follows = None if place.spot.follows is None else _with_id(sessions, placed, place.spot.follows)
        sessions.append(session)
    found = windows([known_of(session) for session in sessions], protocol)
    for session in sessions:
        session.window_opens_at, session.window_closes_at = found.get(session.pk, (None, None))
    return sessions


def _with_id(sessions: Sequence[Session], placed: Sequence[Placed], id: object) -> Session:
    return next(session for session, place in zip(sessions, placed, strict=False) if place.spot.id == id)


def _new_session(course: Course, sequence: int, placed: Placed, prices: PriceLists) -> Session:
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
        list_price_cents=prices.price_of(course.clinic_id, spot.kind, course.route, course.format),
        starts_at=placed.starts_at,
        ends_at=placed.ends_at,
        bent=[{"rule": str(one.rule), "why": one.why} for one in placed.bent],
    )
