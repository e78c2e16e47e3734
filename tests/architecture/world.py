"""Two tenants that have everything: an employer with HR, members in care and on the operator's list, a clinic."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from benefits.accounts.models import User
from benefits.employers import services as employers
from benefits.enrollment.models import Member
from billing.reconciliation.models import Difference
from billing.reconciliation.rules import DifferenceKind
from billing.reconciliation.services import matching
from billing.sliding_scale.services import funds
from billing.work_items.models import WorkItem
from billing.work_items.services import open_item
from referrals.clinics.models import Clinic
from referrals.clinics.services import files as clinic_files
from referrals.courses.models import Session
from referrals.offers import services as offers
from referrals.offers.models import Offer
from referrals.outcomes.models import Outcome
from referrals.outcomes.services import asking
from referrals.reminders.services.preparing import set_fasting
from referrals.sandbox import services as sandbox
from referrals.screening.queries import CURRENT
from tests.factories import benefits, books, payments
from tests.factories.billing import course_of
from tests.factories.clinic_access import bearer, make_client, make_key
from tests.factories.courses import make_endpoint, make_outcome
from tests.factories.referrals import OPERATOR, SAFE, consents_to, directory_file, make_clinic, npi, run_workers
from tests.factories.scim import make_provider, user_body
from tests.factories.x12 import interchange, loop_of
from workers.deliveries.models import Endpoint, OpenDelivery
from workers.deliveries.queueing import queue_test
from workers.emails.models import StoppedAddress
from workers.emails.notices import Notice, take
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id
from workers.outbox.models import EventRecord

Json = dict[str, Any]

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
HEADER = (
    "employee_number,first_name,last_name,date_of_birth,personal_email,postal_code,state,hire_date,language,"
    "employment_status"
)


@dataclass(frozen=True)
class Place:
    """Where a tenant lives: its member's home and its clinic are a few kilometres apart, the next tenant far away."""

    home: str
    clinic: str
    state: str
    latitude: float
    longitude: float
    timezone: str


PLACES = (
    Place("10025", "10001", "NY", 40.7506, -73.9972, "America/New_York"),
    Place("94110", "94114", "CA", 37.7587, -122.4330, "America/Los_Angeles"),
)


@dataclass
class Tenant:
    """One employer, one clinic, and the ids of all that they and their members have, by the URLs' parameters."""

    employer_id: UUID
    clinic: Clinic
    endpoint: Endpoint
    member: Member
    user: User
    clients: dict[str, Client]
    ids: dict[str, UUID]


def build_tenant(place: Place, number: int, now: datetime) -> Tenant:
    """A tenant with one of everything that an address can name."""
    employer = benefits.make_employer(now=now)
    plan = benefits.make_plan(employer.pk, ends_on=date(2026, 12, 31), now=now)
    clinic = clinic_at(place, number)
    member = benefits.make_member(employer.pk, postal_code=place.home, state=place.state, timezone=place.timezone)
    user = benefits.activate(member, now=now)
    clients = {
        "hr_admin": benefits.signed_in(benefits.make_hr(employer.pk)),
        "employee": benefits.signed_in(user),
        "clinic_staff": benefits.signed_in(benefits.make_user("clinic_staff", clinic_id=clinic.pk)),
    }
    endpoint = make_endpoint(clinic.pk)
    ids = {"employer_id": employer.pk, "clinic_id": clinic.pk, "member_id": member.pk, "user_id": user.pk}
    ids |= {"endpoint_id": endpoint.pk, "change_set_id": staged_file(clients["hr_admin"])}
    ids |= {"delivery_id": delivered(endpoint, now)} | in_directory(clinic, number, now)
    ids |= get_care(clients["employee"], clinic.pk, place, now) | pay(clients["employee"], member.pk)
    ids |= spare(Actor(role=Role.EMPLOYEE, member=member.pk, employer=employer.pk, user=user.pk), clinic.pk, now)
    ids |= wait_for_operator(employer.pk, place)
    ids |= {"employer_plan_id": plan.pk} | administer(employer.pk, number, now)
    ids |= {"event_id": event_about(employer.pk), "fund_id": fund_of(f"programme_{number}", now)}
    ids |= paid_before(Actor(role=Role.EMPLOYEE, member=member.pk, employer=employer.pk, user=user.pk), now)
    ids |= write_to(clinic.pk, ids["course_id"], number, now)
    ids |= employers_doors(employer.pk, clients)
    ids |= doors(clinic.pk, clients, now) | keep_books(employer.pk, clinic.pk, now)
    return Tenant(employer.pk, clinic, endpoint, member, user, clients, ids)


def write_to(clinic_id: UUID, course_id: UUID, number: int, now: datetime) -> dict[str, UUID]:
    """Questions, open and answered, what the clinic asks for before a dosing, and an address that bounced."""
    take([Notice(status="bounced", recipient=f"gone{number}@home.example", email_id=None)], now=now)
    with acting_as(OPERATOR):
        set_fasting(clinic_id=clinic_id, food_hours=8, drink_hours=2, now=now)
    with acting_as(WORKER):
        outcome = Outcome.objects.get(course_id=course_id, point="before")
        asking.ask(outcome_id=outcome.pk, now=now)
        for days, (phq9, gad7) in enumerate(((14, 11), (9, 6))):
            at = now + timedelta(days=days - 2)
            make_outcome(outcome.course, "after_dosing", session_id=new_id(), answered_at=at, phq9=phq9, gad7=gad7)
        stopped = StoppedAddress.objects.latest("id")
        dosing = Session.objects.filter(course_id=course_id, kind="dosing").earliest("starts_at")
    return {"outcome_id": outcome.pk, "stopped_address_id": stopped.pk, "dosing_id": dosing.pk}


def administer(employer_id: UUID, number: int, now: datetime) -> dict[str, UUID]:
    """A second admin, one who was asked to be the third, and an e-mail domain."""
    domain = f"employer{number or ''}.example"
    asked: dict[str, Any] = {"employer_id": employer_id, "by": new_id(), "now": now}
    with acting_as(OPERATOR):
        return {
            "domain_id": employers.add_domain(domain=domain, **asked).pk,
            "admin_id": benefits.make_hr(employer_id).pk,
            "pending_admin_id": employers.invite_admin(email=f"hr3@{domain}", **asked).pk,
        }


def in_directory(clinic: Clinic, number: int, now: datetime) -> dict[str, UUID]:
    """A credential of a clinic, and a file that names a clinic to come."""
    with acting_as(OPERATOR):
        file, _ = clinic_files.upload(content=directory_file(npi(500 + number)), uploaded_by=new_id(), now=now)
        credential = clinic.credentials.filter(kind="malpractice").get()
    return {"credential_id": credential.pk, "clinic_file_id": file.pk}


def fund_of(programme: str, now: datetime) -> UUID:
    """A subsidy fund; the discounts of other programmes are not its business."""
    with acting_as(Actor(role=Role.OPERATOR)):
        fund = funds.open_fund(programme=programme, starts_on=now.date(), ends_on=None, budget_cents=100, now=now)
    return fund.pk


def doors(clinic_id: UUID, clients: dict[str, Client], now: datetime) -> dict[str, UUID]:
    """The clinic's software, and what it can name: a client, a test offer, its real offer, and a session."""
    clients["clinic_machine"] = bearer(make_key(clinic_id, requests_per_minute=1_000_000))
    clients["clinic_machine"].get("/api/v1/clinic/offers/")  # its use is noted now, and not again in this minute
    with acting_as(WORKER):
        offer_id = Offer.objects.filter(clinic_id=clinic_id).latest("id").pk
        session_id = Session.objects.filter(clinic_id=clinic_id).earliest("id").pk
    return {
        "client_id": make_client(clinic_id, "offers:read").client.pk,
        "sandbox_offer_id": sandbox.make(clinic_id=clinic_id, now=now).pk,
        "offer_id": offer_id,
        "session_id": session_id,
    }


def employers_doors(employer_id: UUID, clients: dict[str, Client]) -> dict[str, UUID]:
    """An 834 that HR sent, a token, and a user whom the employer's identity provider provisioned with another one."""
    provider = make_provider(employer_id)
    clients["identity_provider"] = bearer(provider.token)
    file = SimpleUploadedFile("members.834", interchange(loop_of(benefits.make_person("X1"))))
    token = told(send(clients["hr_admin"], "scim-tokens", {"name": "Entra"}))["record"]["id"]
    return {
        "x12_file_id": made(clients["hr_admin"].post("/api/v1/x12-files/", {"file": file})),
        "scim_token_id": UUID(token),
        "scim_user_id": made(provider.create(user_body(benefits.make_person("S1")))),
    }


def keep_books(employer_id: UUID, clinic_id: UUID, now: datetime) -> dict[str, UUID]:
    """An invoice of the employer, a statement of the clinic, a journal, and a difference from Stripe."""
    books.account_of(employer_id)
    invoice = books.issued(employer_id)
    journal = books.deliver(clinic_id, 17_500)
    with acting_as(WORKER):
        matching.note(DifferenceKind.MISSING_IN_LEDGER, str(journal.pk), expected_cents=0, found_cents=5, now=now)
        difference = Difference.objects.get(subject=str(journal.pk))
    return {
        "invoice_id": invoice.pk,
        "statement_id": books.statement_of(clinic_id),
        "journal_id": journal.pk,
        "difference_id": difference.pk,
    }


def event_about(employer_id: UUID) -> UUID:
    """The newest event of an employer."""
    with acting_as(WORKER):
        return EventRecord.objects.filter(tenant_id=employer_id).latest("id").pk


def clinic_at(place: Place, number: int, **facts: Any) -> Clinic:
    """A clinic at a place with one webhook address."""
    return make_clinic(
        number,
        state=place.state,
        postal_code=place.clinic,
        latitude=place.latitude,
        longitude=place.longitude,
        timezone=place.timezone,
        states_served=[place.state],
        licence_expires_on=date(2030, 1, 1),
        **facts,
    )


def staged_file(hr: Client, **more: Any) -> UUID:
    """A file that HR uploaded and did not apply."""
    row = "N1,Nora,New,1990-01-01,nora@home.example,10025,NY,2024-01-01,en,active"
    return UUID(upload(hr, f"{HEADER}\n{row}\n", **more)["id"])


def delivered(endpoint: Endpoint, now: datetime) -> UUID:
    """A delivery that arrived."""
    with acting_as(WORKER):
        delivery = queue_test(endpoint, now=now)
        OpenDelivery.objects.filter(delivery=delivery).delete()
    return delivery.pk


def upload(hr: Client, text: str, kind: str = "changes") -> Json:
    """What the upload of a file answers."""
    file = SimpleUploadedFile("census.csv", text.encode())
    return told(hr.post("/api/v1/eligibility-files/", {"file": file, "kind": kind}))


def get_care(employee: Client, clinic_id: UUID, place: Place, now: datetime, **wishes: Any) -> dict[str, UUID]:
    """The employee screens and asks, the clinic accepts, a course is planned."""
    screening = screen(employee)
    request = ask(employee, screening, near=place.home, **wishes)
    run_workers()
    with acting_as(WORKER):
        offer = Offer.objects.get(request_id=request, status="requested")
        assert offer.clinic_id == clinic_id
        offers.accept(offer_id=offer.pk, clinic_id=clinic_id, now=now)
    run_workers()
    course = told(employee.get("/api/v1/courses/"))["results"][0]["id"]
    consent = told(employee.get("/api/v1/consents/"))["given"][0]["id"]
    return {
        "screening_id": screening,
        "request_id": request,
        "offer_id": offer.pk,
        "course_id": UUID(course),
        "consent_id": UUID(consent),
    }


def screen(employee: Client, **answers: Any) -> UUID:
    """The employee answers the questionnaire."""
    return made(
        send(
            employee,
            "screenings",
            {"questionnaire": CURRENT, "answers": SAFE | answers, "consents": consents_to("clinic")},
        )
    )


def ask(employee: Client, screening: UUID, **wishes: Any) -> UUID:
    """The employee asks for a referral."""
    preferences = {"max_distance_km": 50} | wishes
    return made(send(employee, "referrals", {"screening_id": str(screening), "preferences": preferences}))


def pay(employee: Client, member_id: UUID, income_cents: int = 2_000_000) -> dict[str, UUID]:
    """The employee declares an income, accepts a quote for the newest course, agrees to a plan and begins a set-up."""
    income = {"annual_income_cents": income_cents, "household_size": 1, "region": "contiguous"}
    declaration = made(send(employee, "income-declarations", income))
    appeal = made(send(employee, f"income-declarations/{declaration}/appeals", {"grounds": "I earn less now."}))
    newer = made(send(employee, "income-declarations", income))
    course = told(employee.get("/api/v1/courses/"))["results"][0]["id"]
    quote = made(send(employee, "quotes", {"course_id": course}))
    told(send(employee, f"quotes/{quote}/accept", {}))
    plan = told(send(employee, "payment-plans", {"quote_id": str(quote), "instalments": 2, "interval": "monthly"}))
    setup = made(send(employee, "payment-methods/setups", {"mandate_accepted": True}))
    return {
        "declaration_id": declaration,
        "unappealed_declaration_id": newer,
        "appeal_id": appeal,
        "quote_id": quote,
        "plan_id": UUID(plan["id"]),
        "instalment_id": UUID(plan["instalments"][0]["id"]),
        "setup_id": setup,
    }


def spare(member: Actor, clinic_id: UUID, now: datetime) -> dict[str, UUID]:
    """A course without a quote and an accepted quote without a plan, for what can be asked once only."""
    course = course_of(member)
    return {"unquoted_course_id": course.pk, "unplanned_quote_id": payments.accepted_quote(member, 10_000, now).pk}


def paid_before(member: Actor, now: datetime) -> dict[str, UUID]:
    """A charge of the past with its payment method, a refund that came back, and what a person has to decide."""
    charge = payments.past_charge(member, now)
    refund = payments.failed_refund(charge, now)
    with acting_as(WORKER):
        open_item(kind="refund_failed", key=f"refund_failed:{refund.pk}", subject_id=refund.pk, now=now)
        item = WorkItem.objects.get(subject_id=refund.pk)
    return {
        "charge_id": charge.pk,
        "method_id": charge.payment_method_id,
        "refund_id": refund.pk,
        "item_id": item.pk,
    }


def wait_for_operator(employer_id: UUID, place: Place) -> dict[str, UUID]:
    """Another member whose screening was urgent and whose request waits for a person."""
    member = benefits.make_member(employer_id, postal_code=place.home, state=place.state, timezone=place.timezone)
    employee = benefits.signed_in(benefits.activate(member))
    screening = screen(employee, suicidality=True)
    return {"urgent_screening_id": screening, "waiting_request_id": ask(employee, screening, near=place.home)}


def send(client: Client, path: str, body: Json, **headers: str) -> Any:
    """POST JSON to an address of the API."""
    return client.post(f"/api/v1/{path}/", json.dumps(body), content_type="application/json", headers=headers)


def told(answer: Any) -> Json:
    """The JSON of an answer that has to be a good one."""
    assert answer.status_code < 300, (answer.status_code, answer.content)
    document: Json = answer.json()
    return document


def made(answer: Any) -> UUID:
    """The id of what a POST made."""
    return UUID(told(answer)["id"])
