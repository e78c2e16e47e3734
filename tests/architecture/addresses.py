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
from tests.factories.courses import foreign_secret, message, signed
from tests.factories.referrals import SAFE, full_prices, new_clinic
from workers.status import QUEUES

OURS = ("api/", "webhooks/", "healthz", "readyz", "metrics")
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
    view = getattr(pattern.callback, "view_class", None)
    methods = ("get", "post", "put", "patch", "delete")
    return [method for method in methods if hasattr(view, method)] if view else ["get"]


def call(client: Client, address: Address, sender: Tenant, target: Tenant, **unknown: UUID) -> Any:
    """Ask for `target`'s objects; `unknown` replaces ids of the URL. `sender` matters where a secret signs."""
    special = SPECIAL.get(address.path)
    ids = target.ids | (special(target) if special else {}) | unknown
    url = "/" + address.path
    for name, value in ids.items():
        url = url.replace(f"<uuid:{name}>", str(value))
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
    if address.path == "api/v1/eligibility-files/":
        return _form()
    return {"data": json.dumps(_fields(address, target)), "content_type": "application/json"}


def _form() -> dict[str, Any]:
    row = "N2,Nils,New,1990-01-01,nils@home.example,10025,NY,2024-01-01,en,active"
    file = SimpleUploadedFile("census.csv", f"{HEADER}\n{row}\n".encode())
    return {
        "data": encode_multipart(BOUNDARY, {"file": file, "kind": "changes"}),
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
    "starts_on": "2024-01-01",
    "ends_on": "2024-12-31",
    "employer_share_percent": 50,
    "annual_cap_cents": 1,
    "deductible_cents": 0,
    "covered_routes": ["im"],
    "waiting_days": 0,
}
_PRICE = {"kind": "dosing", "route": "im", "format": "individual", "cents": 1, "effective_on": "2027-01-01"}
_INCOME = {"annual_income_cents": 1, "household_size": 1, "region": "contiguous"}
SPECIAL: dict[str, Callable[[Tenant], dict[str, UUID]]] = {
    "api/v1/operator/referrals/<uuid:request_id>/release/": lambda t: {"request_id": t.ids["waiting_request_id"]},
    "api/v1/operator/urgent-screenings/<uuid:screening_id>/acknowledge/": lambda t: {
        "screening_id": t.ids["urgent_screening_id"]
    },
}
QUERIES = {"api/v1/clinics/": "?near=10025"}
_DROP = {"all": True, "why": "nobody waits for it"}
BODIES: dict[str, Callable[[Tenant], Json]] = {
    **{f"POST api/v1/operator/engine/{queue}/replay/": lambda _: {"all": True} for queue in QUEUES},
    **{f"POST api/v1/operator/engine/{queue}/drop/": lambda _: _DROP for queue in QUEUES},
    "POST api/v1/invitations/accept/": lambda _: {"token": "no-such-token", "password": "ride-a-bicycle-7"},
    "POST api/v1/clinic-staff/": lambda t: _id("clinic_id", "clinic_id", t) | {"email": "desk@clinic.example"},
    "POST api/v1/employers/": lambda _: {"name": "Third"},
    "POST api/v1/employers/<uuid:employer_id>/admins/": lambda _: {"email": "hr2@employer.example"},
    "POST api/v1/employers/<uuid:employer_id>/plans/": lambda _: _PLAN,
    "POST api/v1/clinics/": _new_clinic,
    "PATCH api/v1/clinics/<uuid:clinic_id>/": lambda _: {"status": "suspended"},
    "POST api/v1/clinics/<uuid:clinic_id>/prices/": lambda _: _PRICE,
    "POST api/v1/clinics/<uuid:clinic_id>/endpoints/": lambda _: {"url": "https://third.example/hooks"},
    "PATCH api/v1/endpoints/<uuid:endpoint_id>/": lambda _: {"events": ["referral.offered"], "ordered": True},
    "POST api/v1/endpoints/<uuid:endpoint_id>/rotate/": lambda _: {"direction": "out"},
    "POST api/v1/endpoints/<uuid:endpoint_id>/replay/": lambda _: {
        "since": "2020-01-01T00:00:00Z",
        "until": "2030-01-01T00:00:00Z",
        "only_dead": False,
    },
    "POST api/v1/screenings/": lambda _: {"questionnaire": CURRENT, "answers": SAFE},
    "POST api/v1/referrals/": lambda t: _id("screening_id", "screening_id", t) | {"preferences": {}},
    "POST api/v1/income-declarations/": lambda _: _INCOME,
    "POST api/v1/income-declarations/<uuid:declaration_id>/evidence/": lambda _: {"evidence": "w2"},
    "POST api/v1/quotes/": partial(_id, "course_id", "unquoted_course_id"),
    "POST api/v1/payment-plans/": lambda t: _id("quote_id", "unplanned_quote_id", t) | {"instalments": 1},
    "POST api/v1/payment-methods/setups/": lambda _: {"mandate_accepted": True},
}
