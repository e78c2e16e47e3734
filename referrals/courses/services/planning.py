"""Planning a course when a clinic has accepted."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from referrals.clinics.models import Clinic
from referrals.clinics.queries import get_clinic, price_of
from referrals.courses.models import Course, Session
from referrals.courses.rules import choose
from referrals.events import CoursePlanned
from referrals.protocols.queries import get_protocol
from referrals.protocols.rules import OfficeHours, Proposed, Unplannable, plan
from referrals.requests.models import Request, RequestStatus
from workers.kernel.errors import DomainError, NotFound
from workers.outbox.publishing import publish


class CannotPlan(DomainError):
    """The clinic offers no protocol that fits into its hours, or has no price for a session: an operator must look."""

    code = "cannot_plan"


def plan_course(*, offer_id: UUID, request_id: UUID, clinic_id: UUID, member_id: UUID, now: datetime) -> None:
    """Propose the sessions of an accepted request, at the clinic's list prices of today.

    The member's wishes decide where the clinic offers them, else its first protocol, route and format. A request that
    was withdrawn meanwhile, or that has a course, gets none. Raises CannotPlan.
    """
    with transaction.atomic():
        request = Request.locked(pk=request_id)
        if request.status == RequestStatus.WITHDRAWN or Course.objects.filter(request_id=request_id).exists():
            return
        clinic = get_clinic(clinic_id)
        course = Course(
            member_id=member_id, clinic_id=clinic_id, request_id=request_id, offer_id=offer_id, planned_at=now
        )
        _choose(course, request, clinic)
        sessions = _propose(course, clinic, now)
        course.save(force_insert=True)
        Session.objects.bulk_create(sessions)
        planned = CoursePlanned(course_id=course.pk, request_id=request_id, clinic_id=clinic_id, member_id=member_id)
        publish(planned, about=course, now=now)


def _choose(course: Course, request: Request, clinic: Clinic) -> None:
    protocol = get_protocol(choose([request.protocol], clinic.protocols))
    course.protocol, course.protocol_version = protocol.id, protocol.version
    course.route = choose(request.routes, clinic.routes)
    course.format = choose([request.format], clinic.formats)


def _propose(course: Course, clinic: Clinic, now: datetime) -> list[Session]:
    """The sessions of a new course, with today's prices where the clinic is. Raises CannotPlan."""
    zone = ZoneInfo(clinic.timezone)
    today = now.astimezone(zone).date()
    try:
        protocol = get_protocol(course.protocol, course.protocol_version)
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
