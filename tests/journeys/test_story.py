"""One employee's way from the invitation to a charged instalment, through real processes that are killed on the way.

A web server, one Celery worker for every queue, beat, a broker of its own, Stripe, the clinic and the mailbox each
run in a process; what happened is read from the simulators' own logs.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest
import redis
from django.db import connections

from config.local.binaries import find_valkey
from config.local.ports import free_ports
from config.local.story.person import Person
from referrals.clinics import services as clinics
from referrals.clinics.models import Clinic
from tests.architecture.world import PLACES, clinic_at
from tests.factories import benefits
from tests.factories.referrals import OPERATOR, SAFE
from workers.kernel.actor import acting_as

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
HOME = PLACES[0]
ADDRESS = "ana.journey@home.example"
WEBHOOK_SECRET = "whsec_journey"
T = TypeVar("T")
QUEUES = "domain,files,sweep,billing,mail,webhooks"


@dataclass
class Stack:
    """The processes by name, and where they listen."""

    folder: Path
    database: str
    ports: dict[str, int]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=10, trust_env=False))

    def url(self, name: str) -> str:
        """A process's address."""
        return f"http://127.0.0.1:{self.ports[name]}"

    @property
    def broker(self) -> str:
        """The broker's URL."""
        return f"redis://127.0.0.1:{self.ports['valkey']}/0"

    @property
    def clock(self) -> Path:
        """The file that all clocks read."""
        return self.folder / "clock"

    def start(self, name: str, *command: str) -> None:
        """Start a process; its output goes to a file."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command, cwd=ROOT, env=self.environment(), stdout=log, stderr=subprocess.STDOUT
            )

    def python(self, name: str, words: str) -> None:
        """Start `python -m …`."""
        self.start(name, sys.executable, "-m", *words.split())

    def start_worker(self) -> None:
        """One worker for every queue."""
        self.python("worker", f"celery -q -A workers.celery worker -Q {QUEUES} -P threads -c 4 --without-mingle")

    def kill(self, name: str) -> None:
        """SIGKILL: nothing is finished, nothing is said."""
        self.running[name].kill()
        self.running.pop(name).wait()

    def kill_all(self) -> None:
        """End everything that runs; the web server by Ctrl-C, for a killed one leaves its children behind."""
        if web := self.running.pop("web", None):
            web.send_signal(signal.SIGINT)
            web.wait()
        for name in list(self.running):
            self.kill(name)

    def environment(self) -> dict[str, str]:
        """What every process is told."""
        named = {name: in_database(os.environ[name], self.database) for name in ("DATABASE_URL", "DATABASE_OWNER_URL")}
        return os.environ | named | {
            "REDIS_URL": self.broker,
            "CELERY_BROKER_URL": self.broker,
            "BASE_URL": self.url("web"),
            "CLOCK_FILE": str(self.clock),
            "STRIPE_SECRET_KEY": "sk_test_journey",
            "STRIPE_PUBLISHABLE_KEY": "pk_test_journey",
            "STRIPE_API_BASE": self.url("stripe"),
            "STRIPE_WEBHOOK_SECRETS": WEBHOOK_SECRET,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.ports['smtp']}",
            "DEBUG": "1",
            "LEASE_SECONDS": "4",  # so that what the killed worker held comes back soon
            "WEBHOOKS_ALLOW_LOOPBACK": "1",
        }  # fmt: skip

    def read(self, name: str, path: str) -> Any:
        """What a simulator tells; nothing while it does not answer."""
        try:
            answer = self.http.get(f"{self.url(name)}{path}")
        except httpx.TransportError:
            return None
        return answer.json() if answer.status_code == 200 else None

    def order(self, name: str, path: str, document: dict[str, Any]) -> None:
        """Tell a simulator something."""
        self.http.post(f"{self.url(name)}{path}", json=document).raise_for_status()

    def clinic_got(self, kind: str) -> list[Any]:
        """The verified messages of a type in the clinic's own log."""
        entries = self.read("clinics", "/control/clinics/bay/log") or []
        return [e for e in entries if (e["direction"], e["type"], e["verdict"]) == ("received", kind, "verified")]

    def charges(self) -> list[Any]:
        """Stripe's own log."""
        return self.read("stripe", "/control/charges") or []


def in_database(url: str, name: str) -> str:
    """The URL of another database of the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def until(seen: Callable[[], T], what: str) -> T:
    """Look until something is there."""
    deadline = time.monotonic() + PATIENCE
    while not (found := seen()):
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.03)
    return found


@pytest.fixture
def stack(committed_db: str, tmp_path: Path, settings: Any) -> Iterator[Stack]:
    settings.WEBHOOKS_ALLOW_LOOPBACK = True
    names = ("web", "stripe", "clinics", "smtp", "mailbox", "valkey")
    stack = Stack(tmp_path, committed_db, dict(zip(names, free_ports(len(names)), strict=True)))
    ports = stack.ports
    with ExitStack() as cleanup:
        cleanup.callback(stack.kill_all)
        cleanup.enter_context(stack.http)
        stack.start("valkey", str(find_valkey()), "--port", str(ports["valkey"]), "--save", "", "--bind", "127.0.0.1")
        stack.python(
            "stripe",
            f"tests.simulators.stripe --port {ports['stripe']} --clock-file {stack.clock} "
            f"--webhook-url {stack.url('web')}/webhooks/stripe/ --webhook-secret {WEBHOOK_SECRET}",
        )
        stack.python("clinics", f"tests.simulators.clinics --port {ports['clinics']} --clock-file {stack.clock}")
        stack.python("mailbox", f"tests.simulators.mailbox --smtp-port {ports['smtp']} --http-port {ports['mailbox']}")
        stack.python("web", f"gunicorn config.wsgi --bind 127.0.0.1:{ports['web']} --threads 4 --no-control-socket")
        stack.python("beat", f"celery -q -A workers.celery beat -s {tmp_path}/schedule --pidfile=")
        stack.start_worker()
        for name in ("stripe", "clinics", "mailbox"):
            until(partial(stack.read, name, "/control/health"), f"{name} answers")
        until(lambda: stack.read("web", "/readyz"), "the site is ready")
        yield stack


def test_from_invitation_to_one_charge(stack: Stack) -> None:
    set_the_stage(stack)
    employee = activate(stack)
    with closing(employee._http):
        live_through_it(stack, employee)


def live_through_it(stack: Stack, employee: Person) -> None:
    """Ask, be accepted though the worker and the broker fall, agree, pay."""
    referral = ask(employee)
    [offer] = until(lambda: stack.clinic_got("referral.offered"), "the clinic is asked")
    stack.kill("worker")
    with redis.Redis.from_url(stack.broker) as broker:
        broker.flushall()
    accepted = {"type": "referral.accepted", "data": {"offer_id": offer["data"]["offer_id"]}}
    for _ in range(2):
        stack.order("clinics", "/control/clinics/bay/send", accepted)
    stack.start_worker()
    until(lambda: stack.clinic_got("referral.confirmed"), "the clinic hears that the referral is its own")
    assert employee.get(f"/api/v1/referrals/{referral}/")["status"] == "accepted"
    plan = agree(stack, employee)
    due = datetime.fromisoformat(plan["instalments"][0]["due_at"])
    forward(stack, to=due + timedelta(hours=1))
    until(stack.charges, "the first instalment is charged")
    path = f"/api/v1/instalments/{plan['instalments'][0]['id']}/"
    until(lambda: employee.get(path)["status"] == "paid", "the payer sees it")
    until(lambda: is_quiet(stack), "nothing is left to do")
    check_the_logs(stack, plan)


def check_the_logs(stack: Stack, plan: dict[str, Any]) -> None:
    """One acceptance, one charge, and no word about the person or the care in what Stripe was told."""
    assert len({entry["id"] for entry in stack.clinic_got("referral.confirmed")}) == 1
    assert not stack.clinic_got("referral.withdrawn")
    assert [(c["outcome"], c["amount"]) for c in stack.charges()] == [
        ("succeeded", plan["instalments"][0]["amount_cents"])
    ]
    asked = str(stack.read("stripe", "/control/log")).lower()
    for word in ("quiñones", "journey@", "ketamine", "referral", "clinic", "dosing", "therapy"):
        assert word not in asked


def set_the_stage(stack: Stack) -> None:
    """An employer, a member, and a clinic that says nothing of its own accord."""
    clinic: Clinic = clinic_at(HOME, 1, has_endpoint=False)
    with acting_as(OPERATOR):
        endpoint = clinics.add_endpoint(clinic_id=clinic.pk, url=f"{stack.url('clinics')}/clinics/bay/webhooks")
    secrets = {name: getattr(endpoint, name) for name in ("signing_secret", "inbound_secret")}
    answer_url = f"{stack.url('web')}/webhooks/clinics/{endpoint.id}/"
    registered = {"key": "bay", "behaviour": "silent", "answer_url": answer_url} | secrets
    stack.order("clinics", "/control/clinics", registered)
    employer = benefits.make_employer()
    benefits.make_plan(employer.pk)
    benefits.make_member(
        employer.pk,
        last_name="Quiñones",
        personal_email=ADDRESS,
        postal_code=HOME.home,
        state=HOME.state,
        timezone=HOME.timezone,
    )
    connections.close_all()


def activate(stack: Stack) -> Person:
    """Follow the link of the invitation, set a password, sign in."""
    [mail] = until(lambda: stack.read("mailbox", f"/messages?to={ADDRESS}"), "the invitation arrives")
    token = re.search(r"[?&]token=([\w.~-]+)", mail["text"])
    assert token
    person = Person(stack.url("web"), email=ADDRESS, password="ride-a-bicycle-7")
    person.accept_invitation(token[1])
    person.sign_in()
    return person


def ask(employee: Person) -> str:
    """Answer the questionnaire and ask for a referral."""
    current = employee.get("/api/v1/questionnaires/current/")["id"]
    screening = employee.post("/api/v1/screenings/", {"questionnaire": current, "answers": SAFE})
    wish = {"screening_id": screening["id"], "preferences": {"near": HOME.home, "max_distance_km": 50}}
    return str(employee.post("/api/v1/referrals/", wish)["id"])


def agree(stack: Stack, employee: Person) -> dict[str, Any]:
    """Accept a quote, choose two instalments, store a card; returns the active plan."""
    course = employee.get("/api/v1/courses/")["results"][0]["id"]
    quote = employee.post("/api/v1/quotes/", {"course_id": course})["id"]
    employee.post(f"/api/v1/quotes/{quote}/accept/")
    employee.post("/api/v1/payment-plans/", {"quote_id": quote, "instalments": 2})
    store_card(stack, employee)
    plans = until(
        lambda: [p for p in employee.get("/api/v1/payment-plans/")["results"] if p["status"] == "active"],
        "the plan is active",
    )
    return dict(plans[0])


def store_card(stack: Stack, employee: Person) -> None:
    """As Stripe's form does it: the browser speaks to Stripe, our server hears of it by webhook."""
    setup = employee.post("/api/v1/payment-methods/setups/", {"mandate_accepted": True})["id"]
    path = f"/api/v1/payment-methods/setups/{setup}/"
    until(lambda: employee.get(path)["status"] == "ready", "Stripe prepares a form")
    ready = employee.get(path)
    form = {
        "client_secret": ready["client_secret"],
        "payment_method": "pm_card_visa",
        "return_url": "http://x.example/",
    }
    confirm = f"{stack.url('stripe')}/v1/setup_intents/{ready['setup_intent']}/confirm"
    key = {"Authorization": f"Bearer {ready['publishable_key']}"}
    stack.http.post(confirm, data=form, headers=key).raise_for_status()
    until(lambda: employee.get(path)["status"] == "stored", "the card is stored")


def forward(stack: Stack, *, to: datetime) -> None:
    """Move every clock of the stack."""
    now = datetime.fromisoformat(stack.read("web", "/readyz")["engine"]["now"])
    draft = stack.clock.with_suffix(".new")
    draft.write_text(str(max((to - now).total_seconds(), 0)))
    draft.replace(stack.clock)


def is_quiet(stack: Stack) -> bool:
    """Whether nothing is due and nothing is under way."""
    engine = (stack.read("web", "/readyz") or {})["engine"]
    return not any(engine[name]["due"] or engine[name]["leased"] for name in ("jobs", "deliveries", "emails"))
