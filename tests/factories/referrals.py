"""Members, clinics, screenings and requests, for tests of routing and offers."""

from datetime import date
from itertools import product
from typing import Any
from uuid import UUID

from benefits.employers import services as employers
from benefits.enrollment.models import Member
from referrals.clinics import services as clinics
from referrals.clinics.models import Clinic
from referrals.clinics.rules import SessionKind, is_npi
from referrals.offers.models import Offer
from referrals.requests import services as requests
from referrals.requests.models import Request
from referrals.screening import services as screenings
from referrals.screening.models import Screening
from referrals.screening.queries import CURRENT, get_questionnaire
from tests.conftest import NOW
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id
from workers.outbox.draining import drain

OPERATOR = Actor(role=Role.OPERATOR)
MIDTOWN = {"state": "NY", "postal_code": "10001", "latitude": 40.7506, "longitude": -73.9972}
SAFE: dict[str, Any] = {item.id: item.id == "age_18" for item in get_questionnaire(CURRENT).items if item.is_required}


def make_member(**fields: Any) -> Actor:
    """Somebody in Manhattan, of an employer of their own, as the actor that they are."""
    with acting_as(OPERATOR):
        employer = employers.create(name=f"Employer {new_id()}", now=NOW)
    about: dict[str, Any] = {
        "employee_number": "1",
        "first_name": "Zoraida",
        "last_name": "Quiñones",
        "date_of_birth": date(1990, 5, 17),
        "postal_code": "10025",
        "state": "NY",
        "language": "en",
        "timezone": "America/New_York",
        "hire_date": date(2025, 1, 1),
        "employment_status": "active",
    }
    with acting_as(Actor(role=Role.HR, employer=employer.pk)):
        member = Member.objects.create(employer=employer, **(about | fields))
    return Actor(role=Role.EMPLOYEE, user=new_id(), member=member.pk, employer=employer.pk)


def npi(number: int) -> str:
    """The NPI that begins with 1 and this number, its check digit found by trying all ten."""
    return next(full for digit in "0123456789" if is_npi(full := f"1{number:08}{digit}"))


def new_clinic(number: int = 0, **fields: Any) -> clinics.NewClinic:
    """What an operator knows of a clinic in Midtown."""
    about: dict[str, Any] = {
        "name": f"Clinic {number}",
        "npi": npi(number),
        "street": "1 Main Street",
        "city": "New York",
        **MIDTOWN,
        "timezone": "America/New_York",
        "languages": ["en"],
        "routes": ["im", "sublingual"],
        "protocols": ["separated"],
        "conditions": ["depression"],
        "formats": ["individual"],
        "states_served": ["NY"],
        "open_slots": 3,
        "licence_expires_on": date(2030, 1, 1),
        "malpractice_expires_on": date(2030, 1, 1),
        "kap_training_hours": 40,
        "sessions_facilitated": 20,
        "has_medical_overseer": True,
    }
    return clinics.NewClinic(**(about | fields))


def full_prices(clinic: clinics.NewClinic) -> list[clinics.Price]:
    """A price for everything that a clinic offers."""
    return [
        clinics.Price(kind=kind, route=route, format=form, cents=10_000)
        for kind, route, form in product(SessionKind, clinic.routes, clinic.formats)
    ]


def make_clinic(number: int = 0, *, has_endpoint: bool = True, **fields: Any) -> Clinic:
    """A signed clinic in Midtown; of two, the one with the higher latitude is nearer to make_member's home."""
    clinic = new_clinic(number, **fields)
    with acting_as(OPERATOR):
        row = clinics.create(clinic=clinic, prices=full_prices(clinic), now=NOW)
        if has_endpoint:
            clinics.add_endpoint(clinic_id=row.pk, url=f"https://clinic-{number}.example/hooks")
    return row


def make_screening(member: Actor, **answers: Any) -> Screening:
    """A screening that proceeds, unless `answers` change it."""
    assert member.member is not None
    with acting_as(member):
        return screenings.submit(member_id=member.member, questionnaire_id=CURRENT, answers=SAFE | answers, now=NOW)


def make_request(member: Actor, *, screening: Screening | None = None, **wishes: Any) -> Request:
    """A request that routing has not seen yet, near the member's home."""
    screening = screening or make_screening(member)
    assert member.member is not None
    wanted: dict[str, Any] = {"near": "10025", "max_distance_km": 50.0}
    preferences = requests.Preferences(**(wanted | wishes))
    with acting_as(member):
        return requests.open_request(
            member_id=member.member, screening_id=screening.pk, preferences=preferences, now=NOW
        )


def run_workers() -> None:
    """Let every reaction run that is due."""
    while drain("domain") + drain("mail"):
        pass


def offers_of(request: Request) -> list[Offer]:
    """A request's offers in the order in which they were made."""
    with acting_as(WORKER):
        return list(Offer.objects.filter(request=request).order_by("made_at", "id"))


def open_offer(request: Request) -> Offer:
    """The offer that waits for an answer."""
    with acting_as(WORKER):
        return Offer.objects.get(request=request, status="requested")


def status_of(request_id: UUID) -> str:
    """A request's state now."""
    with acting_as(WORKER):
        return Request.objects.get(pk=request_id).status
