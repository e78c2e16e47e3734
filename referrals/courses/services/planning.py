"""Planning a course when a clinic has accepted."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from referrals.clinics.queries import get_clinic, price_of
from referrals.courses.models import Course, Session
from referrals.events import CoursePlanned
from referrals.offers.models import Offer
from referrals.offers.queries import get_offer
from referrals.protocols.queries import get_protocol
from referrals.protocols.rules.planning import Unplannable, plan
from referrals.protocols.rules.protocols import OfficeHours, Proposed
from referrals.requests.models import Request
from referrals.requests.rules import RequestStatus
from workers.kernel.errors import DomainError, NotFound
from workers.outbox.publishing import publish


class CannotPlan(DomainError):
    """The protocol does not fit into the clinic's hours, or a session has no price: an operator must look."""

    code = "cannot_plan"


def plan_course(*, offer_id: UUID, now: datetime) -> None:
    """Propose the sessions of an accepted offer by the newest version of its protocol, at today's list prices.

    A request that was withdrawn meanwhile, or that has a course, gets none. Raises NotFound, CannotPlan.
    """
    offer = get_offer(offer_id)
    with transaction.atomic():
        request = Request.locked(pk=offer.request_id)
        if request.status != RequestStatus.ACCEPTED or Course.objects.filter(request_id=request.pk).exists():
            return
        course = _new_course(offer, now)
        sessions = _propose(course, now)
        course.save(force_insert=True)
        Session.objects.bulk_create(sessions)
        planned = CoursePlanned(
            course_id=course.pk, request_id=request.pk, clinic_id=course.clinic_id, member_id=course.member_id
        )
        publish(planned, about=course, now=now)


def _new_course(offer: Offer, now: datetime) -> Course:
    return Course(
        member_id=offer.member_id,
        clinic_id=offer.clinic_id,
        request_id=offer.request_id,
        offer_id=offer.pk,
        protocol=offer.protocol,
        protocol_version=get_protocol(offer.protocol).version,
        route=offer.route,
        format=offer.format,
        planned_at=now,
    )


def _propose(course: Course, now: datetime) -> list[Session]:
    """The sessions of a new course, with today's prices where the clinic is. Raises CannotPlan."""
    zone = ZoneInfo(get_clinic(course.clinic_id).timezone)
    today = now.astimezone(zone).date()
    protocol = get_protocol(course.protocol, course.protocol_version)
    try:
        proposed = plan(protocol, start=today, hours=OfficeHours(zone=zone))
        return [_new_session(course, session, today) for session in proposed]
    except (Unplannable, NotFound) as error:
        raise CannotPlan(str(error)) from error


def _new_session(course: Course, proposed: Proposed, today: date) -> Session:
    return Session(
        course=course,
        member_id=course.member_id,
        clinic_id=course.clinic_id,
        sequence=proposed.sequence,
        kind=proposed.kind,
        route=course.route,
        format=course.format,
        list_price_cents=price_of(course.clinic_id, proposed.kind, course.route, course.format, today),
        starts_at=proposed.starts_at,
        ends_at=proposed.ends_at,
    )
