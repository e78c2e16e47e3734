"""Members, clinics, screenings and requests, for tests of routing and offers."""

from collections.abc import Sequence
from datetime import date
from itertools import product
from typing import Any
from uuid import UUID

from benefits.employers import services as employers
from benefits.enrollment.models import Enrollment, Member
from benefits.facade import coverage_of
from referrals.clinics import services as clinics
from referrals.clinics.models import Clinic
from referrals.clinics.rules import SessionKind, is_npi
from referrals.offers.models import Offer
from referrals.requests import services as requests
from referrals.requests.models import Request
from referrals.screening.models import Screening
from referrals.screening.queries import CURRENT, get_consents, get_questionnaire
from referrals.screening.rules.consents import ConsentKind
from referrals.screening.services import submitting
from tests.conftest import NOW
from tests.factories.benefits import changing_roster, make_plan
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
    }
    with changing_roster(employer.pk):
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


DIRECTORY_ROW: dict[str, str] = {
    "npi": npi(1),
    "name": "Bayleaf Therapy",
    "organization": "Bay Group",
    "taxonomy": "261QM0850X",
    "street": "1 Main Street",
    "city": "San Francisco",
    "state": "CA",
    "postal_code": "94114",
    "latitude": "37.7587",
    "longitude": "-122.4330",
    "languages": "en; es",
    "routes": "im;sublingual",
    "protocols": "separated",
    "conditions": "depression;ptsd",
    "formats": "individual",
    "states_served": "CA;NV",
    "therapist_genders": "female",
    "trauma_informed": "yes",
    "open_slots": "4",
    "kap_training_hours": "60",
    "sessions_facilitated": "120",
    "medical_overseer": "Dr. Ruiz",
    "licence_number": "A-1",
    "licence_expires_on": "2030-01-31",
    "malpractice_expires_on": "01/31/2029",
    "dea_number": "D-1",
    "dea_expires_on": "2028-01-31",
    "hours": "mon-fri 09:00-17:00; sat 10:00-14:00",
    "consultation_price": "250",
    "preparation_price": "175",
    "dosing_price": "450.50",
    "dosing_sublingual_price": "$400",
    "integration_price": "175",
    "follow_up_price": "150",
}


def directory_file(*npis: str, rows: Sequence[dict[str, str]] = ()) -> bytes:
    """A directory file (CSV) that names clinics by their NPIs, or by what differs from DIRECTORY_ROW."""
    given = [*({"npi": npi} for npi in npis), *rows]
    header = list(dict.fromkeys([*DIRECTORY_ROW, *(name for row in given for name in row)]))
    lines = [",".join((DIRECTORY_ROW | row).get(name, "") for name in header) for row in given]
    return "\r\n".join([",".join(header), *lines]).encode()


def make_clinic(number: int = 0, *, has_endpoint: bool = True, **fields: Any) -> Clinic:
    """A signed clinic in Midtown; of two, the one with the higher latitude is nearer to make_member's home."""
    clinic = new_clinic(number, **fields)
    with acting_as(OPERATOR):
        row = clinics.create(clinic=clinic, prices=full_prices(clinic), now=NOW)
        if has_endpoint:
            clinics.add_endpoint(clinic_id=row.pk, url=f"https://clinic-{number}.example/hooks")
    return row


def consents_to(*kinds: str) -> dict[str, str]:
    """What a browser sends that agrees to the texts in force."""
    return {kind: get_consents().in_force(ConsentKind(kind)).version for kind in kinds}


def make_screening(member: Actor, *, consents: Sequence[str] = ("clinic",), **answers: Any) -> Screening:
    """A screening that proceeds, unless `answers` change it, and that an accepting clinic may read."""
    assert member.member is not None
    with acting_as(member):
        return submitting.submit(
            member_id=member.member,
            questionnaire_id=CURRENT,
            answers=SAFE | answers,
            consents=consents_to(*consents),
            now=NOW,
        )


def cover(member: Actor, **terms: Any) -> None:
    """The member is covered by a plan of their employer since 1 January 2026, unless a plan covers them already."""
    assert member.member is not None
    assert member.employer is not None
    with acting_as(WORKER):
        if coverage_of(member.member, on=NOW.date()) is not None:
            return
    routes = {"covered_routes": ["im", "sublingual", "iv", "nasal"]}
    plan = make_plan(member.employer, **(routes | terms))
    with changing_roster(member.employer):
        Enrollment.objects.create(
            employer_id=member.employer, member_id=member.member, plan=plan, starts_on=plan.starts_on
        )


def make_request(
    member: Actor, *, screening: Screening | None = None, kind: str = "assisted_therapy", **wishes: Any
) -> Request:
    """A request that routing has not seen yet, near the home of the member, who is covered."""
    cover(member)
    screening = screening or make_screening(member)
    assert member.member is not None
    wanted: dict[str, Any] = {"near": "10025", "max_distance_km": 50.0}
    preferences = requests.Preferences(**(wanted | wishes))
    with acting_as(member):
        return requests.open_request(
            member_id=member.member, screening_id=screening.pk, preferences=preferences, kind=kind, now=NOW
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
    """The one offer that waits for an answer."""
    with acting_as(WORKER):
        return Offer.objects.get(request=request, status__in=["requested", "received"])


def status_of(request_id: UUID) -> str:
    """A request's state now."""
    with acting_as(WORKER):
        return Request.objects.get(pk=request_id).status
