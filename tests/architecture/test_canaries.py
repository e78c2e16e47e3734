"""Strings planted where health and income are told turn up nowhere else (docs/design/security.md 19 and 44)."""

import base64
import json
import logging
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import pytest
import redis
from django.conf import settings as configuration
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from referrals.screening.queries import CURRENT
from tests.architecture.reading_rows import rows_of, unreadable
from tests.architecture.world import PLACES, clinic_at, get_care, send, told
from tests.factories import benefits
from tests.factories.courses import make_endpoint, message, signed
from tests.factories.referrals import SAFE
from workers.deliveries import sending as deliveries
from workers.deliveries.models import Delivery
from workers.emails import sending as emails
from workers.emails.models import Email
from workers.events import LANES
from workers.kernel.actor import AUTH, WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id
from workers.outbox.draining import drain
from workers.outbox.models import Job

JSON = "application/json"
PERSON = {
    "first_name": "Canarina",
    "last_name": "Kanarienvogel",
    "born": "1971-11-13",
    "employers_address": "canary.work@home.example",
    "own_address": "canary.own@home.example",
}
TOLD = {
    "answer": "hypertension",  # an item's id: it is stored as a finding
    "refused_answer": "canary-refused",
    "wish": "canary-tongue",  # a language that only the clinic speaks
    "income": "2345671",
    "clinics_reason": "canary-relapse",
    "grounds": "canary-laid-off",
    "upload": "canary-paystub",
    "file": "canary/paystub00",  # in base64, as an uploaded file is kept
    "intentions": "canary-hopes",
}
# Where each may be in plain text: as the models document it. An employer's own words about its staff, and addresses.
DOCUMENTED = {
    "first_name": {"benefits_member", "benefits_memberchange"},  # its history, for the same eyes
    "last_name": {"benefits_member", "benefits_memberchange"},
    "born": {"benefits_member", "benefits_memberchange"},
    "employers_address": {"benefits_membercontact", "benefits_invitation"},
    "own_address": {"benefits_user", "benefits_invitation", "account_emailaddress"},
    "wish": {"referrals_clinic"},  # the clinic's languages
}


@dataclass
class Aviary:
    """The people and addresses of the test, and what Stripe was asked."""

    hr_and_operators: set[str]
    secrets: dict[str, str]
    actors: list[Actor]
    stripe: list[str] = field(default_factory=list)
    log: str = ""


@pytest.fixture
def aviary(committed_db: str, now: datetime, settings: Any, caplog: pytest.LogCaptureFixture) -> Iterator[Aviary]:
    caplog.set_level(logging.INFO)
    with listener() as (url, asked):
        settings.STRIPE_API_BASE = url
        aviary = tell_everything(now)
        for _ in range(3):
            work()
        aviary.stripe, aviary.log = asked, caplog.text  # pytest empties the log before the test itself
        yield aviary


def tell_everything(now: datetime) -> Aviary:
    """A member tells it all through the API, every POST with an Idempotency-Key, and a clinic tells why it cancels."""
    place = PLACES[0]
    clinic = clinic_at(place, 1, languages=[TOLD["wish"]])
    employer = benefits.make_employer(now=now)
    benefits.make_plan(employer.pk, now=now)
    member = benefits.make_member(
        employer.pk,
        first_name=PERSON["first_name"],
        last_name=PERSON["last_name"],
        date_of_birth=datetime.fromisoformat(PERSON["born"]).date(),
        personal_email=PERSON["employers_address"],
        postal_code=place.home,
        state=place.state,
    )
    operator, hr = benefits.make_user(), benefits.make_hr(employer.pk)
    drain("domain")
    user = benefits.activate(member, email=PERSON["own_address"])
    employee = benefits.signed_in(user)
    secrets = secrets_of_a_new_endpoint(benefits.signed_in(operator), clinic.pk)
    fill_in_wrongly(employee)
    ids = get_care(employee, clinic.pk, place, now, language=TOLD["wish"])
    screen_and_pay(employee)
    cancel(clinic.pk, ids["course_id"], employee)
    actors = [
        Actor(role=role, user=new_id(), employer=employer.pk, member=member.pk, clinic=clinic.pk) for role in Role
    ]
    return Aviary({operator.email, hr.email}, secrets, actors)


def secrets_of_a_new_endpoint(operator: Client, clinic_id: UUID) -> dict[str, str]:
    """What an operator is shown once."""
    shown = told(post(operator, f"clinics/{clinic_id}/endpoints", {"url": "https://other.example/hooks"}))
    return {name: shown[name] for name in ("signing_secret", "inbound_secret")}


def fill_in_wrongly(employee: Client) -> None:
    """Free text where none is allowed, and an urgent screening whose findings are canaries."""
    wrong = SAFE | {"hypertension": TOLD["refused_answer"], TOLD["refused_answer"]: True}
    assert post(employee, "screenings", {"questionnaire": CURRENT, "answers": wrong}).status_code == 422
    assert post(employee, "income-declarations", {"annual_income_cents": TOLD["refused_answer"]}).status_code == 422
    halfway = {"answers": {"suicidality": True, "hypertension": True}}
    tag = {"If-Match": post(employee, "screenings/draft", {}).headers["ETag"]}
    assert told(employee.patch("/api/v1/screenings/draft/", halfway, JSON, headers=tag))["crisis_help"]
    wrong_halfway = {"answers": {TOLD["refused_answer"]: True}}
    assert employee.patch("/api/v1/screenings/draft/", wrong_halfway, JSON, headers=tag).status_code == 412
    urgent = SAFE | {"suicidality": True, "hypertension": True}
    assert told(post(employee, "screenings", {"questionnaire": CURRENT, "answers": urgent}))["result"] == "urgent"


def screen_and_pay(employee: Client) -> None:
    """Declare the income, accept a quote, agree to a plan, begin a set-up."""
    income = {"annual_income_cents": int(TOLD["income"]), "household_size": 1, "region": "contiguous"}
    told(post(employee, "income-declarations", income))
    declaration = told(employee.get("/api/v1/income-declarations/"))["results"][0]["id"]
    evidence = {"kind": "pay_stub", "reference": TOLD["upload"]}
    told(post(employee, f"income-declarations/{declaration}/documents", evidence))
    told(post(employee, f"income-declarations/{declaration}/appeals", {"grounds": TOLD["grounds"]}))
    course = told(employee.get("/api/v1/courses/"))["results"][0]["id"]
    quote = told(post(employee, "quotes", {"course_id": course}))["id"]
    told(post(employee, f"quotes/{quote}/accept", {}))
    told(post(employee, "payment-plans", {"quote_id": quote, "instalments": 2}))
    told(post(employee, "payment-methods/setups", {"mandate_accepted": True}))
    tell_on_pages(employee, told(post(employee, "income-declarations", income))["id"], course)


def tell_on_pages(employee: Client, declaration: str, course: str) -> None:
    """What only pages ask for: a file as evidence, and what somebody hopes for."""
    file = SimpleUploadedFile("stub.pdf", b"%PDF-1" + base64.b64decode(TOLD["file"]))
    sent = employee.post(f"/income/{declaration}/evidence/", {"kind": "w2", "file": file})
    sessions = told(employee.get(f"/api/v1/courses/{course}/"))["sessions"]
    dosing = next(session["id"] for session in sessions if session["kind"] == "dosing")
    kept = employee.post(f"/sessions/{dosing}/preparation/", {"intentions": TOLD["intentions"]})
    assert (sent.status_code, kept.status_code) == (302, 302)


def cancel(clinic_id: UUID, course_id: UUID, employee: Client) -> None:
    """The clinic calls a session off and says why."""
    session = told(employee.get(f"/api/v1/courses/{course_id}/"))["sessions"][0]["id"]
    endpoint = make_endpoint(clinic_id)
    body = message("session.cancelled", {"session_id": session, "reason": TOLD["clinics_reason"]})
    path, headers = f"/webhooks/clinics/{endpoint.pk}/", signed(endpoint, body)
    assert Client().post(path, body, content_type="application/json", headers=headers).status_code == 202


def post(client: Client, path: str, body: Any) -> Any:
    """POST with a key of its own."""
    return send(client, path, body, **{"Idempotency-Key": str(new_id())})


def work() -> None:
    """Run what is due in every lane and try to send; nobody answers, so that failures are logged, too."""
    for _ in range(10):
        for lane in LANES:
            drain(lane)
    emails.send_due()
    deliveries.send_due()


def test_what_members_tell_stays_where_they_told_it(aviary: Aviary) -> None:
    with acting_as(WORKER):
        mails = [email.message for email in Email.objects.all()]
        offered = [d.body for d in Delivery.objects.filter(type="referral.offered")]
    assert mails
    assert offered
    assert any("/v1/setup_intents" in asked for asked in aviary.stripe)
    everything = PERSON | TOLD | aviary.secrets
    not_for_staff = [mail for mail in mails if mail["to"] in aviary.hr_and_operators]
    assert not_for_staff
    assert "delivery failed" in aviary.log
    found = {
        "logs": among(everything, [aviary.log]),
        "broker": among(everything, broker_messages()),
        "mail to HR and operators": among(everything, map(json.dumps, not_for_staff)),
        "mail to members": among(TOLD | aviary.secrets, map(json.dumps, mails)),
        "offers": among({k: v for k, v in everything.items() if k != "wish"}, offered),
        "Stripe": among(everything, aviary.stripe),
    }
    assert [place for place, names in found.items() if names] == [], found


def test_no_table_holds_it_in_plain_text(aviary: Aviary) -> None:
    actors = [*aviary.actors, AUTH]
    assert unreadable(*actors) == [], "These columns cannot be looked into by any role: what is in them?"
    everything = PERSON | TOLD | aviary.secrets
    found = {
        (name, table)
        for actor in actors
        for table, rows in rows_of(actor).items()
        for name in among(everything, cells(rows))
        if table not in DOCUMENTED.get(name, ())
    }
    assert found == set()


def test_the_canaries_sing(aviary: Aviary) -> None:
    """What the tests above look for is where it should be."""
    with acting_as(WORKER):
        assert not Job.objects.filter(status=9).exists()
    texts = [text for rows in rows_of(WORKER).values() for text in cells(rows)]
    assert among(PERSON, texts) == ["born", "employers_address", "first_name", "last_name", "own_address"]


def among(canaries: dict[str, str], texts: Iterable[str]) -> list[str]:
    """The names of the canaries in any of these texts."""
    texts = [text.lower() for text in texts]
    return sorted(name for name, canary in canaries.items() if any(canary.lower() in text for text in texts))


def cells(rows: list[Any]) -> list[str]:
    """The cells of some rows as text; bytes as Python writes them."""
    return [str(cell) for row in rows for cell in row]


def broker_messages() -> list[str]:
    """Every message that waits in the broker, decoded; there has to be one."""
    with redis.Redis.from_url(configuration.CELERY_BROKER_URL) as broker:
        queues = [key for key in broker.scan_iter("benefit:*") if broker.type(key) == b"list"]
        raw = [entry.decode() for key in queues for entry in broker.lrange(key, 0, -1)]
    assert raw, "No bell reached the broker."
    return raw + [decoded(json.loads(entry)) for entry in raw]


def decoded(entry: Any) -> str:
    """A message's body, which kombu writes in base64."""
    return base64.b64decode(entry["body"]).decode()


class Recorder(BaseHTTPRequestHandler):
    """Keeps what Stripe is asked, and answers so that more is asked."""

    asked: list[str]

    def do_POST(self) -> None:
        """Keep path, headers and body."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.asked.append(f"{self.path} {self.headers} {body}")
        answer = b'{"id": "any_1", "object": "setup_intent", "status": "requires_payment_method", "client_secret": "s"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the test's output clean."""


@contextmanager
def listener() -> Iterator[tuple[str, list[str]]]:
    """A server in Stripe's place; yields its address and what it is asked."""
    asked: list[str] = []
    handler = type("Handler", (Recorder,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()
