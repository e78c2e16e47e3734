"""Courses and clinics' signed messages, for tests."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from standardwebhooks import Webhook

from referrals import protocols
from referrals.clinics.models import Clinic, ClinicHours, Organization
from referrals.clinics.rules.hours import Hours
from referrals.courses.models import Course, Session
from referrals.offers import services as offers
from referrals.offers.models import Offer
from referrals.outcomes.models import Outcome
from referrals.requests.models import Request
from referrals.screening.queries import CURRENT
from tests.conftest import NOW
from tests.factories.referrals import (
    make_clinic,
    make_member,
    make_request,
    make_screening,
    new_clinic,
    open_offer,
    run_workers,
)
from workers.deliveries.models import Endpoint
from workers.deliveries.queueing import register_endpoint
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id

KINDS = ("preparation", "dosing", "integration")
REQUESTS = ("infusion", "assisted_therapy")  # a member may have one of each
ALL_WEEK = [Hours(weekday=weekday, opens=time(0), closes=time(23, 59)) for weekday in range(1, 8)]
PROTOCOLS = Path(protocols.__file__).parent / "data"
_numbers = count(700_000)  # of clinics that are nobody's business but a course's


def protocol_file(name: str = "separated", *, version: int = 1, replaced: Mapping[str, str] | None = None) -> str:
    """A clinic's file of a protocol: the network's with another version, and with texts that are `replaced`."""
    text = (PROTOCOLS / f"{name}.1.yaml").read_text().replace("version: 1\n", f"version: {version}\n")
    for former, later in (replaced or {}).items():
        assert former in text, former
        text = text.replace(former, later)
    return text


def make_offer(**clinic: Any) -> Offer:
    """An offer that waits for the answer of the only clinic there is; `clinic` are facts of it."""
    make_clinic(**clinic)
    request = make_request(make_member())
    run_workers()
    return open_offer(request)


def make_accepted_offer(**clinic: Any) -> Offer:
    """An offer that the clinic accepted; its course is not planned yet."""
    offer = make_offer(**clinic)
    with acting_as(WORKER):
        return offers.accept(offer_id=offer.pk, clinic_id=offer.clinic_id, now=NOW)


def make_course(
    *,
    member: Actor | None = None,
    clinic_id: UUID | None = None,
    prices: Sequence[int] = (17_500,) * len(KINDS),
    kind: str = "infusion",
) -> Course:
    """A planned course with one proposed session of each of KINDS: in ten days, and two and three days later.

    Without a `clinic_id` it is at a clinic of its own that is always open and takes nobody else.
    """
    request = _request(member or make_member(), kind)
    course = Course(
        member_id=request.member_id,
        clinic_id=clinic_id or _clinic(),
        request_id=request.pk,
        offer_id=new_id(),
        protocol="separated",
        protocol_version=1,
        route="im",
        format="individual",
        planned_at=NOW,
    )
    with acting_as(WORKER):
        course.save(force_insert=True)
        sessions = [_session(course, number, prices[number]) for number in range(len(KINDS))]
        sessions[2].follows = sessions[1]
        Session.objects.bulk_create(sessions)
    return course


def make_outcome(
    course: Course, point: str, *, answered_at: datetime, session_id: UUID | None = None, **sums: int
) -> Outcome:
    """A point of a course with its answered questions: `phq9=12, gad7=8`, of which nobody knows the single answers."""
    words = {scale: "moderate" if found >= 10 else "mild" for scale, found in sums.items()}
    with acting_as(WORKER):
        return Outcome.objects.create(
            course=course,
            member_id=course.member_id,
            clinic_id=course.clinic_id,
            session_id=session_id,
            point=point,
            questionnaire=CURRENT,
            due_at=answered_at,
            asked_at=answered_at,
            expires_at=answered_at + timedelta(days=7),
            answered_at=answered_at,
            answers={},
            assessment={"scores": sums, "severities": words},
        )


def _clinic() -> UUID:
    """Rows and nothing more: no credentials with their timers, no prices, nobody to be offered to."""
    facts = asdict(new_clinic(next(_numbers), open_slots=0))
    known = {field.name for field in Clinic._meta.concrete_fields} - {"organization"}
    with acting_as(Actor(role=Role.OPERATOR)):
        organization = Organization.objects.create(name=facts["name"])
        clinic = Clinic.objects.create(
            **{name: value for name, value in facts.items() if name in known},
            organization=organization,
            signed_at=NOW,
        )
        ClinicHours.objects.bulk_create(ClinicHours(clinic=clinic, **asdict(one)) for one in ALL_WEEK)
    return clinic.pk


def _request(member: Actor, kind: str) -> Request:
    """A request that nobody routes."""
    assert member.member is not None
    screening = make_screening(member)
    request = Request(
        member_id=member.member,
        kind=kind,  # infusion: beside whatever else the member asked for
        screening=screening,
        preferences={},
        status="open",
        opened_at=NOW,
        status_since=NOW,
    )
    with acting_as(member):
        request.save(force_insert=True)
    return request


def _session(course: Course, number: int, list_price_cents: int) -> Session:
    starts_at = NOW + (timedelta(days=10), timedelta(days=12), timedelta(days=13, hours=3))[number]
    return Session(
        course=course,
        member_id=course.member_id,
        clinic_id=course.clinic_id,
        sequence=number,
        kind=KINDS[number],
        step=(1, 2, 2)[number],  # of the protocol "separated"
        route="im",
        format="individual",
        list_price_cents=list_price_cents,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=150 if KINDS[number] == "dosing" else 60),
    )


def sessions_of(course: Course) -> list[Session]:
    """A course's sessions as they are now."""
    with acting_as(WORKER):
        return list(Session.objects.filter(course=course).order_by("sequence"))


def make_endpoint(clinic_id: UUID) -> Endpoint:
    """A clinic's webhook address."""
    with acting_as(Actor(role=Role.OPERATOR)):
        return register_endpoint(owner_id=clinic_id, url=f"https://{new_id()}.example/hooks")


def message(type: str, data: dict[str, Any], *, at: datetime = NOW) -> bytes:
    """A clinic's message as it travels."""
    return json.dumps({"type": type, "timestamp": at.isoformat(), "data": data}).encode()


def signed(endpoint: Endpoint, body: bytes, *, message_id: str = "msg_1", at: datetime = NOW) -> dict[str, str]:
    """Standard Webhooks headers, made by the reference implementation and not by ours."""
    signature = Webhook(endpoint.inbound_secrets[0]).sign(message_id, at, body.decode())
    return {"webhook-id": message_id, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}


def foreign_secret() -> str:
    """A well-formed secret that nobody uses."""
    return "whsec_" + base64.b64encode(b"\x01" * 32).decode()
