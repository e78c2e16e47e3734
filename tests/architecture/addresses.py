"""Every address of the URLconf, what to send to it, and who sends it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any
from uuid import UUID

import stripe
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import URLPattern, URLResolver, get_resolver

from billing.stripe.client import API_VERSION
from referrals.screening.queries import CURRENT
from tests.architecture.world import HEADER, Json, Tenant
from tests.conftest import NOW
from tests.factories.benefits import make_person
from tests.factories.courses import foreign_secret, message, protocol_file, signed
from tests.factories.referrals import SAFE, consents_to, directory_file, full_prices, new_clinic, npi
from tests.factories.scim import user_body
from tests.factories.x12 import interchange, loop_of
from workers.status import QUEUES

OURS = ("api/", "scim/", "webhooks/", "healthz", "readyz", "metrics")
WHOSE = ("own", "other")


@dataclass(frozen=True)
class Address:
    """A method on a path of the URLconf; the path is written as Django writes it."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def addresses() -> list[Address]:
    """Every address of ours, in the order of the URLconf."""
    return [
        Address(method.upper(), path)
        for path, pattern in _walk(get_resolver().url_patterns, "")
        if path.startswith(OURS)
        for method in _methods(pattern)
    ]


def _walk(patterns: list[Any], prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, path)
        else:
            yield path, pattern


def _methods(pattern: URLPattern) -> list[str]:
    view = getattr(pattern.callback, "view_class", None) or getattr(pattern.callback, "late_class", None)
    methods = ("get", "post", "put", "patch", "delete")
    return [method for method in methods if hasattr(view, method)] if view else ["get"]


def call(client: Client, address: Address, sender: Tenant, target: Tenant, **unknown: UUID) -> Any:
    """Ask for `target`'s objects; `unknown` replaces ids of the URL. `sender` matters where a secret signs."""
    special = SPECIAL.get(address.path)
    ids = target.ids | (special(target) if special else {}) | unknown
    url = "/" + address.path
    for name, value in ids.items():
        url = url.replace(f"<uuid:{name}>", str(value))
    for part, text in TEXTS.items():
        url = url.replace(part, text)
    assert "<" not in url, f"The world has nothing that this address names: {address}"
    return client.generic(address.method, url + QUERIES.get(address.path, ""), **_body(address, sender, target))


def names_an_object(address: Address, one: Tenant, other: Tenant) -> bool:
    """Whether there is an own object and another's: the URL or the body differs."""
    return "<" in address.path or _fields(address, one) != _fields(address, other)


def _fields(address: Address, target: Tenant) -> Json:
    fields = BODIES.get(str(address))
    return fields(target) if fields else {}


def _body(address: Address, sender: Tenant, target: Tenant) -> dict[str, Any]:
    if address.method == "GET":
        return {}
    if make := RAW.get(address.path):
        return make(sender, target)
    if address.path in FILES:
        return _form(FILES[address.path])
    return {"data": json.dumps(_fields(address, target)), "content_type": "application/json"}


_NILS = {
    "employee_number": "N3",
    "first_name": "Nils",
    "last_name": "New",
    "date_of_birth": "1990-01-01",
    "postal_code": "10025",
    "state": "NY",
    "hire_date": "2024-01-01",
    "employment_status": "active",
}
_ROW = "N2,Nils,New,1990-01-01,nils@home.example,10025,NY,2024-01-01,en,active"
FILES: dict[str, tuple[bytes, dict[str, str]]] = {
    "api/v1/eligibility-files/": (f"{HEADER}\n{_ROW}\n".encode(), {"kind": "changes"}),
    "api/v1/clinic-files/": (directory_file(npi(600)), {}),
    "api/v1/x12-files/": (interchange(loop_of(make_person("N2"))), {}),
}


def _form(given: tuple[bytes, dict[str, str]]) -> dict[str, Any]:
    content, fields = given
    file = SimpleUploadedFile("file.csv", content)
    return {
        "data": encode_multipart(BOUNDARY, {"file": file, **fields}),
        "content_type": MULTIPART_CONTENT,
    }


def _clinics_message(sender: Tenant, target: Tenant) -> dict[str, Any]:
    """A message that the sender's clinic signed, for the target's address."""
    body = message("capacity.updated", {"open_slots": 1})
    return {"data": body, "content_type": "application/json", "headers": signed(sender.endpoint, body) | IDEMPOTENT}


def _stripes_notice(sender: Tenant, target: Tenant) -> dict[str, Any]:
    event = {
        "id": "evt_1",
        "object": "event",
        "api_version": API_VERSION,
        "created": 1,
        "livemode": False,
        "type": "payment_intent.succeeded",
        "data": {"object": {"id": "pi_1", "object": "payment_intent"}},
    }
    body = json.dumps(event)
    secret = STRIPE_SECRET if sender is target else foreign_secret()
    signature = stripe.WebhookSignature.generate_signature_header(body, secret, int(NOW.timestamp()))
    return {"data": body, "content_type": "application/json", "headers": {"Stripe-Signature": signature} | IDEMPOTENT}


IDEMPOTENT = {"Idempotency-Key": "k"}  # means nothing there, whoever is signed in
STRIPE_SECRET = "whsec_access_matrix"
RAW: dict[str, Callable[[Tenant, Tenant], dict[str, Any]]] = {
    "webhooks/clinics/<uuid:endpoint_id>/": _clinics_message,
    "webhooks/stripe/": _stripes_notice,
}


def _id(field: str, source: str, target: Tenant) -> Json:
    return {field: str(target.ids[source])}


def _new_clinic(_: Tenant) -> Json:
    clinic = new_clinic(77)
    return asdict(clinic) | {
        "prices": [asdict(price) for price in full_prices(clinic)],
        "licence_expires_on": "2030-01-01",
        "malpractice_expires_on": "2030-01-01",
    }


_PLAN = {
    "name": "Extra",
    "starts_on": "2027-01-01",
    "ends_on": "2027-12-31",
    "employer_share_percent": 50,
    "annual_cap_cents": 1,
    "deductible_cents": 0,
    "covered_routes": ["im"],
    "waiting_days": 0,
}
_PRICE = {"kind": "dosing", "route": "im", "format": "individual", "cents": 1, "effective_on": "2027-01-01"}
_INCOME = {"annual_income_cents": 1, "household_size": 1, "region": "contiguous"}
_BAND = {"code": "all", "above_percent": 0, "up_to_percent": 200, "discount_percent": 50}
_PROGRAMME = {"code": "ours", "effective_on": "2026-05-01", "bands": [_BAND]}
_FUND = {"programme": "flat", "starts_on": "2026-04-01", "budget_cents": 100}
_WHAT_IF = {"clinic_ids": [str(UUID(int=1))], "protocol": "separated", "route": "im", "income": _INCOME}
SPECIAL: dict[str, Callable[[Tenant], dict[str, UUID]]] = {
    "api/v1/operator/referrals/<uuid:request_id>/release/": lambda t: {"request_id": t.ids["waiting_request_id"]},
    "api/v1/operator/urgent-screenings/<uuid:screening_id>/acknowledge/": lambda t: {
        "screening_id": t.ids["urgent_screening_id"]
    },
    "api/v1/income-declarations/<uuid:declaration_id>/appeals/": lambda t: {
        "declaration_id": t.ids["unappealed_declaration_id"]
    },
}
TEXTS = {"<str:schema_id>": "urn:ietf:params:scim:schemas:core:2.0:User", "<str:type_id>": "User", "<path:path>": "Me"}
QUERIES = {
    "api/v1/clinics/": "?near=10025",
    "api/v1/clinics/facets/": "?near=10025",
    "api/v1/operator/screenings/<uuid:screening_id>/answers/": "?reason=audit",
    "api/v1/ledger/statement/": "?account=bank&month=2026-03",
    "api/v1/ledger/export/csv/": "?month=2026-03",
    "api/v1/ledger/export/beancount/": "?month=2026-03",
    "api/v1/clinic/course-measures/": "?since=2026-01-01&until=2026-04-01",
    "api/v1/operator/course-measures/": "?since=2026-01-01&until=2026-04-01",
}
_AVAILABLE = {
    "weekly": [{"weekday": 1, "opens": "09:00", "closes": "12:00"}],
    "away": [{"first": "2026-07-01", "last": "2026-07-14"}],
}
_CALENDAR = {
    "revision": 0,
    "closed_on_holidays": True,
    "closures": [{"first": "2026-07-01", "last": "2026-07-07"}],
    "therapists": [{"code": "t1", "name": "Dr. Ruiz", "weekdays": [2, 4]}],
    "windows": {"separated": "S2"},
}
_MONEY = {"cents": 1, "reference": "wire-77"}
_MONTH = {"month": "2026-01", "reason": "for the test"}
_WHY = {"reason": "for the test"}
_DROP = {"all": True, "why": "nobody waits for it"}
BODIES: dict[str, Callable[[Tenant], Json]] = {
    **{f"POST api/v1/operator/engine/{queue}/replay/": lambda _: {"all": True} for queue in QUEUES},
    **{f"POST api/v1/operator/engine/{queue}/drop/": lambda _: _DROP for queue in QUEUES},
    "POST api/v1/ledger/periods/close/": lambda _: _MONTH,
    "POST api/v1/ledger/periods/reopen/": lambda _: _MONTH,
    "POST api/v1/ledger/journals/<uuid:journal_id>/reverse/": lambda _: _WHY,
    "POST api/v1/employers/<uuid:employer_id>/account/": lambda _: {"billing_email": "b@x.example", "fee_cents": 1},
    "POST api/v1/employers/<uuid:employer_id>/fees/": lambda _: {"fee_cents": 1, "month": "2027-01"},
    "POST api/v1/employers/<uuid:employer_id>/deposits/": lambda _: _MONEY,
    "POST api/v1/employers/<uuid:employer_id>/invoices/": lambda _: _MONTH,
    "POST api/v1/operator/invoices/<uuid:invoice_id>/void/": lambda _: _WHY,
    "POST api/v1/operator/invoices/<uuid:invoice_id>/payments/": lambda _: _MONEY,
    "POST api/v1/operator/invoices/<uuid:invoice_id>/credit-notes/": lambda _: {"cents": 1, "reason": "duplicate"},
    "PUT api/v1/clinics/<uuid:clinic_id>/payout-account/": lambda _: {"stripe_account": "acct_1"},
    "POST api/v1/operator/differences/<uuid:difference_id>/resolve/": lambda _: {"account": "suspense"} | _WHY,
    "POST api/v1/invitations/accept/": lambda _: {"token": "no-such-token", "password": "ride-a-bicycle-7"},
    "POST api/v1/invitations/claim/": lambda _: {
        "code": "no-such-code",
        "employee_number": "E1",
        "date_of_birth": "1985-05-17",
        "email": "ana@home.example",
    },
    "PATCH api/v1/members/<uuid:member_id>/": lambda _: {"city": "Reno"},
    "POST api/v1/members/<uuid:member_id>/leave/": lambda _: {"starts_on": "2026-03-09"},
    "POST api/v1/members/<uuid:member_id>/terminate/": lambda _: {"end_date": "2026-03-31"},
    "POST api/v1/members/<uuid:member_id>/rehire/": lambda _: {"hire_date": "2026-06-01"},
    "POST api/v1/members/<uuid:member_id>/death/": lambda _: {"date_of_death": "2026-03-01"},
    "POST api/v1/members/<uuid:member_id>/invitations/": lambda _: {"by": "letter"},
    "POST api/v1/operator/members/<uuid:member_id>/merge/": lambda t: (
        _id("into_id", "member_id", t) | {"reason": "One person."}
    ),
    "POST api/v1/clinic-staff/": lambda t: _id("clinic_id", "clinic_id", t) | {"email": "desk@clinic.example"},
    "POST api/v1/employers/": lambda _: {"name": "Third"},
    "POST api/v1/employers/<uuid:employer_id>/admins/": lambda _: {"email": "hr2@employer.example"},
    "POST api/v1/employers/<uuid:employer_id>/plans/": lambda _: _PLAN,
    "POST api/v1/employers/<uuid:employer_id>/domains/": lambda _: {"domain": "third.example"},
    "PATCH api/v1/plans/<uuid:employer_plan_id>/": lambda _: {"waiting_days": 30},
    "POST api/v1/plans/<uuid:employer_plan_id>/supersede/": lambda _: {"from_day": "2026-07-01"},
    "POST api/v1/plans/<uuid:employer_plan_id>/renew/": lambda _: {"annual_cap_cents": 2},
    "POST api/v1/plans/<uuid:employer_plan_id>/end/": lambda _: {"ends_on": "2026-06-30"},
    "POST api/v1/employers/<uuid:employer_id>/moves/": lambda _: {"from_day": "2026-07-01"},
    "POST api/v1/moves/": lambda _: {"from_day": "2026-07-01"},
    "POST api/v1/admins/": lambda _: {"email": "hr4@employer.example", "permissions": ["people"]},
    "PATCH api/v1/admins/<uuid:admin_id>/": lambda _: {"permissions": ["people"]},
    "POST api/v1/employers/<uuid:employer_id>/sign-on/lift/": lambda _: {
        "hours": 1,
        "reason": "Their provider is away.",
    },
    "PUT api/v1/sign-on/": lambda _: {"issuer": "https://idp.example", "client_id": "c", "client_secret": "s"},
    "POST api/v1/clinics/": _new_clinic,
    "PATCH api/v1/clinics/<uuid:clinic_id>/": lambda _: {"status": "suspended"},
    "POST api/v1/clinics/<uuid:clinic_id>/prices/": lambda _: _PRICE,
    "PUT api/v1/clinics/<uuid:clinic_id>/hours/": lambda _: {
        "hours": [{"weekday": 6, "opens": "10:00", "closes": "14:00"}]
    },
    "POST api/v1/clinics/<uuid:clinic_id>/credentials/": lambda _: {"kind": "dea", "expires_on": "2030-01-01"},
    "POST api/v1/organizations/": lambda _: {"name": "Third Group"},
    "POST api/v1/clinics/<uuid:clinic_id>/endpoints/": lambda _: {"url": "https://third.example/hooks"},
    "PATCH api/v1/endpoints/<uuid:endpoint_id>/": lambda _: {"events": ["referral.offered"], "ordered": True},
    "POST api/v1/endpoints/<uuid:endpoint_id>/rotate/": lambda _: {"direction": "out"},
    "POST api/v1/endpoints/<uuid:endpoint_id>/replay/": lambda _: {
        "since": "2020-01-01T00:00:00Z",
        "until": "2030-01-01T00:00:00Z",
        "only_dead": False,
    },
    "POST api/v1/screenings/": lambda _: {"questionnaire": CURRENT, "answers": SAFE},
    "PATCH api/v1/screenings/draft/": lambda _: {"answers": {"mania": False}},
    "POST api/v1/consents/": lambda _: {"kind": "clinic"} | {"version": consents_to("clinic")["clinic"]},
    "POST api/v1/referrals/": lambda t: _id("screening_id", "screening_id", t) | {"preferences": {}},
    "PATCH api/v1/referrals/<uuid:request_id>/": lambda _: {"preferences": {"max_distance_km": 60}},
    "POST api/v1/operator/referrals/<uuid:request_id>/notes/": lambda _: {"text": "Called; no answer."},
    "POST api/v1/operator/referrals/<uuid:request_id>/reassign/": lambda t: (
        _id("clinic_id", "clinic_id", t) | {"why": "The member knows them."}
    ),
    "POST api/v1/operator/offers/<uuid:offer_id>/answer/": lambda _: {"accepted": True, "note": "They said yes."},
    "POST api/v1/operator/mail/stopped-addresses/<uuid:stopped_address_id>/release/": lambda _: {"reason": "Called."},
    "POST api/v1/income-declarations/": lambda _: _INCOME,
    "POST api/v1/income-declarations/<uuid:declaration_id>/evidence/": lambda _: {"evidence": "w2"},
    "POST api/v1/income-declarations/<uuid:declaration_id>/documents/": lambda _: {"kind": "w2", "reference": "u1"},
    "POST api/v1/income-declarations/<uuid:declaration_id>/appeals/": lambda _: {"grounds": "I earn less now."},
    "POST api/v1/operator/income-appeals/<uuid:appeal_id>/decide/": lambda _: {"grant": False, "reason": "As shown."},
    "POST api/v1/operator/sliding-scale/": lambda _: _PROGRAMME,
    "POST api/v1/operator/subsidy-funds/": lambda _: _FUND,
    "PATCH api/v1/operator/subsidy-funds/<uuid:fund_id>/": lambda _: {"budget_cents": 200},
    "POST api/v1/member-changes/": lambda _: {"members": [_NILS]},
    "PUT api/v1/eligibility-files/columns/": lambda _: {"columns": {"Emp. No.": "employee_number"}},
    "POST api/v1/quotes/what-if/": lambda _: _WHAT_IF,
    "POST api/v1/quotes/": partial(_id, "course_id", "unquoted_course_id"),
    "POST api/v1/payment-plans/": lambda t: _id("quote_id", "unplanned_quote_id", t) | {"instalments": 1},
    "POST api/v1/payment-plans/<uuid:plan_id>/changes/": lambda _: {"kind": "autopay_off"},
    "POST api/v1/operator/refunds/": lambda t: (
        _id("charge_id", "charge_id", t) | {"amount_cents": 1, "reason": "goodwill"}
    ),
    "POST api/v1/operator/work-items/<uuid:item_id>/close/": lambda _: {"resolution": "Told the member by phone."},
    "POST api/v1/clinics/<uuid:clinic_id>/api-clients/": lambda _: {"name": "Desk", "scopes": ["offers:read"]},
    "POST api/v1/api-clients/<uuid:client_id>/rotate/": lambda _: {"overlap_hours": 1},
    "POST api/v1/clinic/sandbox/offers/": lambda _: {"answer_seconds": 60},
    "POST api/v1/clinic/offers/<uuid:offer_id>/decline/": lambda _: {"reason": "other"},
    "POST api/v1/clinic/sessions/<uuid:session_id>/schedule/": lambda t: (
        _id("course_id", "course_id", t) | {"starts_at": "2026-03-20T15:00:00Z", "expected_version": None}
    ),
    "POST api/v1/clinic/sessions/<uuid:session_id>/reschedule/": lambda _: {"starts_at": "2026-03-20T15:00:00Z"},
    "POST api/v1/clinic/sessions/<uuid:session_id>/complete/": lambda _: {"completed_at": NOW.isoformat()},
    "POST api/v1/clinic/sessions/<uuid:session_id>/cancel/": lambda _: {"reason": "ill"},
    "PUT api/v1/clinic/capacity/": lambda _: {"open_slots": 2},
    "POST api/v1/sessions/<uuid:session_id>/move/": lambda _: {"starts_at": "2026-03-05T15:00:00Z"},
    "POST api/v1/sessions/<uuid:session_id>/suggestion/": lambda _: {"accept": True},
    "PUT api/v1/courses/<uuid:course_id>/therapist/": lambda _: {"therapist": "t1"},
    "PUT api/v1/availability/": lambda _: _AVAILABLE,
    "PUT api/v1/clinics/<uuid:clinic_id>/calendar/": lambda _: _CALENDAR,
    "POST api/v1/clinics/<uuid:clinic_id>/protocols/": lambda _: {"file": protocol_file(version=2)},
    "PUT api/v1/mail-preferences/": lambda _: {"wanted": []},
    "PUT api/v1/clinics/<uuid:clinic_id>/preparation/": lambda _: {"fasting_food_hours": 8, "fasting_drink_hours": 2},
    "POST api/v1/outcomes/<uuid:outcome_id>/answers/": lambda _: {"answers": {"phq9_1": 1}},
    "POST api/v1/scim-tokens/": lambda _: {"name": "Okta"},
    "POST api/v1/scim-tokens/<uuid:scim_token_id>/rotate/": lambda _: {"overlap_hours": 1},
    "POST scim/v2/Users": lambda _: user_body(make_person("S2")),
    "POST scim/v2/.search": lambda _: {"filter": 'userName sw "S"', "count": 5},
    "POST scim/v2/Users/.search": lambda _: {"filter": 'userName sw "S"', "count": 5},
    "PUT scim/v2/Users/<uuid:scim_user_id>": lambda _: {"userName": "S1@employer.example", "active": True},
    "PATCH scim/v2/Users/<uuid:scim_user_id>": lambda _: {
        "Operations": [{"op": "replace", "path": "active", "value": False}]
    },
    "POST api/v1/payment-methods/setups/": lambda _: {"mandate_accepted": True},
}
