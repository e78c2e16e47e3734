"""Billing and the Stripe simulator in one time: what the tests of this folder drive."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import httpx
from django.test import Client

from billing.ledger.queries import balance
from billing.ledger.rules import Account
from billing.payment_plans.models import (
    CLOSED,
    AttemptStatus,
    ChargeAttempt,
    Instalment,
    PaymentMethodSetup,
    PaymentPlan,
    Refund,
    SetupWay,
)
from billing.payment_plans.queries import find_active_method, find_attempt_to_authenticate
from billing.payment_plans.rules import ChangeKind, Interval, MethodKind
from billing.payment_plans.services import changing, methods, refunds
from billing.work_items.models import WorkItem
from tests.factories.payments import agree
from tests.simulators_tests.stripe.bench import SECRET_KEY, Bench, Inbox, wait_until
from workers.emails.models import Email
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id
from workers.kernel.leases import is_due
from workers.outbox.draining import drain
from workers.outbox.models import Job
from workers.timers.firing import fire_due

Json = dict[str, Any]
T = TypeVar("T")
OPERATOR = Actor(role=Role.OPERATOR, user=new_id())


def kind_of(like: str) -> MethodKind:
    """The kind of one of Stripe's test payment methods."""
    return MethodKind.BANK if like.startswith("pm_us") else MethodKind.CARD


PATHS = {
    "create": "/v1/payment_intents",
    "confirm": "/v1/payment_intents/*/confirm",
    "refund": "/v1/refunds",
}


@dataclass
class World:
    """One member, one simulator, and the notices that came in and were not yet passed on."""

    bench: Bench
    inbox: Inbox
    member: Actor
    passed_on: int = 0
    is_deaf: bool = False
    answers: list[int] = field(default_factory=list)

    @property
    def member_id(self) -> UUID:
        """The member's id."""
        assert self.member.member is not None
        return self.member.member

    def advance(self, **by: float) -> None:
        """Move both clocks."""
        step = timedelta(**by)
        clock.freeze(clock.now() + step)
        self.bench.advance(step.total_seconds())

    def work(self) -> None:
        """Fire timers and drain every lane until nothing is due."""
        while fire_due() + sum(drain(lane) for lane in _lanes_with_work()):
            pass

    def run(self) -> None:
        """Work, and pass on Stripe's notices, until both are quiet."""
        self.work()
        while self.pass_on():
            self.work()

    def run_for(self, *, days: int) -> None:
        """Live through some days, hour by hour where something may be due."""
        for _ in range(days):
            self.advance(days=1)
            self.run()

    def recover(self, hours: int = 2) -> None:
        """Give failed jobs and sweeps their time, and then a day more in which nothing may happen.

        A request that Stripe holds ends by the machine's clock: hours of this world pass in less.
        """
        wait_until(lambda: self.bench.read("faults")["held"] == 0, "held requests to be answered")
        for _ in range(hours * 6):
            self.advance(minutes=10)
            self.run()
            if not self.open_jobs() and all(status in CLOSED for *_, status in self.attempts()):
                break
        self.advance(days=1)
        self.run()

    def deafen(self) -> None:
        """Have every notice lost from now on."""
        self.bench.order("webhooks", drop=True)
        self.is_deaf = True

    def pass_on(self) -> int:
        """Hand what Stripe has sent so far to the webhook's address, and return how many notices that were."""
        if self.is_deaf:
            return 0
        wait_until(lambda: self.bench.read("webhooks")["waiting"] == 0, "all notices to be sent")
        new = self.inbox.notices[self.passed_on :]
        self.passed_on += len(new)
        self.answers += [post(notice.body, notice.signature) for notice in new]
        return len(new)

    def agree(
        self, cents: int, count: int = 1, interval: Interval = Interval.WEEKLY, *, employer_cents: int = 0
    ) -> PaymentPlan:
        """Have the member agree to a plan."""
        split = {"cents": cents, "employer_cents": employer_cents}
        return agree(self.member, **split, count=count, interval=interval, now=clock.now())

    def store_card(self, like: str = "pm_card_visa") -> None:
        """Have the member store a card or a bank account, as their browser does it."""
        self.confirm_setup(self.request_setup(kind_of(like)), like)
        self.run()

    def request_setup(
        self, kind: MethodKind = MethodKind.CARD, way: SetupWay = SetupWay.ELEMENTS
    ) -> PaymentMethodSetup:
        """Ask for a SetupIntent or a Checkout Session and return the set-up once it is ready."""
        assert self.member.member is not None
        with acting_as(self.member):
            setup = methods.request_setup(
                member_id=self.member.member, mandate_accepted=True, kind=kind, way=way, now=clock.now()
            )
        self.work()
        with acting_as(self.member):
            return PaymentMethodSetup.objects.get(pk=setup.pk)

    def confirm_setup(self, setup: PaymentMethodSetup, like: str) -> None:
        """What Stripe.js does with the card that the member typed."""
        params: Any = {
            "payment_method": like,
            "client_secret": setup.client_secret,
            "return_url": "http://x.example/",
        }
        if kind_of(like) == MethodKind.BANK:
            params["mandate_data"] = {"customer_acceptance": {"type": "online", "online": {}}}
        self.bench.browser.v1.setup_intents.confirm(setup.setup_intent_id, params)

    def authenticate(self, action: Json, outcome: str = "succeed") -> None:
        """What the member's browser does with the `action` of an instalment: Stripe.js, then the bank's page."""
        params: Any = {
            "client_secret": action["client_secret"],
            "payment_method": action["payment_method"],
            "return_url": "http://x.example/",
        }
        intent = self.bench.browser.v1.payment_intents.confirm(action["payment_intent"], params)
        assert intent.next_action is not None
        assert intent.next_action.redirect_to_url is not None
        page = str(intent.next_action.redirect_to_url.url)
        assert httpx.post(page, data={"outcome": outcome}).status_code == 303

    def paid(self) -> ChargeAttempt:
        """Return the only attempt that was paid."""
        return self.read(lambda: ChargeAttempt.objects.select_related("instalment").get(status=AttemptStatus.PAID))

    def refund(self, cents: int | None = None, *, key: str = "") -> Refund:
        """Have an operator give something of the only charge back; Stripe is asked when somebody works."""
        attempt = self.paid()
        with acting_as(OPERATOR):
            return refunds.ask(
                attempt_id=attempt.pk,
                amount_cents=cents,
                reason="asked_for",
                requested_by=OPERATOR.user or new_id(),
                request_key=key or str(new_id()),
                now=clock.now(),
            )

    def refunds(self) -> list[str]:
        """Return the states of the refunds, oldest first."""
        return self.read(lambda: list(Refund.objects.order_by("created_at", "pk").values_list("status", flat=True)))

    def ask_change(self, kind: ChangeKind, number: int | None = None, **wish: Any) -> None:
        """Have the member ask for a change of their only plan; `number` names an instalment."""
        plan = self.read(PaymentPlan.objects.get)
        named = self.read(lambda: plan.instalments.filter(number=number or 0).values_list("pk", flat=True).first())
        with acting_as(self.member):
            changing.request(
                plan_id=plan.pk,
                kind=kind,
                wish=wish,
                instalment_id=named,
                requested_by=self.member.user or new_id(),
                now=clock.now(),
            )

    def items(self) -> list[str]:
        """Return the kinds of the open work items, oldest first."""
        waiting = WorkItem.objects.filter(closed_at=None).order_by("opened_at", "pk")
        return self.read(lambda: list(waiting.values_list("kind", flat=True)))

    def action(self) -> Json:
        """Return what the only instalment's payer has to do."""
        instalment = self.read(Instalment.objects.get)
        attempt = self.read(lambda: find_attempt_to_authenticate(instalment.pk))
        assert attempt is not None
        return {
            "payment_intent": attempt.payment_intent_id,
            "client_secret": attempt.client_secret,
            "payment_method": attempt.payment_method.stripe_id,
        }

    def failed_charges(self) -> int:
        """Return how many charges were declined, by the simulator's own log."""
        return len([charge for charge in self.bench.read("charges") if charge["outcome"] == "failed"])

    def turn_bad(self, like: str) -> None:
        """Make the member's stored card behave like another from now on."""
        self.bench.order("behaviours", payment_method=self.active_card(), like=like)

    def active_card(self) -> str:
        """Return Stripe's id of the member's active card."""
        member_id = self.member.member
        assert member_id is not None
        method = self.read(lambda: find_active_method(member_id))
        assert method is not None
        return method.stripe_id

    def make_alike(self, intent_id: str = "", **changes: Any) -> str:
        """Make another PaymentIntent like one, or the only paid one, of an attempt that no row knows; return its id."""
        made = self.bench.stripe.v1.payment_intents.retrieve(intent_id or self.paid().payment_intent_id).to_dict()
        alike: Any = {name: made[name] for name in ("amount", "currency", "customer")}
        alike |= {"metadata": {**made["metadata"], "gen": "7"}, "allowed_payment_method_types": ["card"], **changes}
        return self.bench.stripe.v1.payment_intents.create(alike).id

    def confirm(self, intent_id: str) -> None:
        """Have the member's active card pay a PaymentIntent, as nobody of ours would."""
        paying: Any = {"payment_method": self.active_card(), "off_session": True}
        self.bench.stripe.v1.payment_intents.confirm(intent_id, paying)

    def fault(self, kind: str, stage: str, step: str, **more: Any) -> None:
        """Have the next create or confirm of a PaymentIntent go wrong."""
        path = PATHS[step]
        self.bench.order("faults", kind=kind, stage=stage, method="POST", path=path, **more)

    def read(self, query: Callable[[], T]) -> T:
        """Run a query as a worker."""
        with acting_as(WORKER):
            return query()

    def instalments(self) -> list[str]:
        """Return the states of the member's instalments in order."""
        return self.read(lambda: list(Instalment.objects.order_by("number").values_list("status", flat=True)))

    def attempts(self) -> list[tuple[int, int, str]]:
        """Return (generation, number, status) of every attempt."""
        rows = ChargeAttempt.objects.order_by("created_at", "generation", "number")
        return self.read(lambda: list(rows.values_list("generation", "number", "status")))

    def intents(self) -> list[str]:
        """Return the PaymentIntent of every attempt, oldest first."""
        rows = ChargeAttempt.objects.order_by("created_at", "generation", "number")
        return self.read(lambda: list(rows.values_list("payment_intent_id", flat=True)))

    def open_jobs(self) -> int:
        """Return how many jobs are still to be done, dead ones included."""
        return self.read(Job.objects.count)

    def mails(self) -> list[str]:
        """Return the templates of the e-mails, in the order in which they were queued."""
        return self.read(lambda: list(Email.objects.order_by("id").values_list("template", flat=True)))

    def charged(self) -> list[int]:
        """Return the cents of every successful charge in the simulator's own log."""
        return [charge["amount"] for charge in self.bench.read("charges") if charge["outcome"] == "succeeded"]

    def ledger(self) -> int:
        """Return the cents that the ledger says came in by Stripe, fees included."""
        return self.read(lambda: balance(Account.STRIPE_BALANCE) + balance(Account.STRIPE_FEES))

    def held(self) -> int:
        """Return the cents that the ledger says Stripe holds for us, fees kept."""
        return self.read(lambda: balance(Account.STRIPE_BALANCE))

    def held_by_stripe(self) -> int:
        """Return the cents that Stripe holds for us, by every movement of its balance: charges, fees and all."""
        moved = self.bench.stripe.v1.balance_transactions.list({"limit": 100})
        return sum(each.net for each in moved.auto_paging_iter())

    def kept(self) -> int:
        """Return the cents that are left of all charges, by the simulator's own log: less refunds and disputes."""
        took = [charge for charge in self.bench.read("charges") if charge["outcome"] == "succeeded"]
        return sum(charge["amount"] - charge["refunded"] - charge["disputed"] for charge in took)

    def assert_books(self, kept: int) -> None:
        """So much is left by Stripe's log and by the ledger, nothing is unknown, and nothing is left to do."""
        assert self.kept() == kept
        assert self.ledger() == kept
        assert self.held() == self.held_by_stripe()
        assert self.open_jobs() == 0
        assert all(status in CLOSED for *_, status in self.attempts())

    def assert_charged(self, *cents: int) -> None:
        """Stripe's log and the ledger agree on exactly these charges, and nothing is left to do."""
        assert self.charged() == list(cents)
        assert self.ledger() == sum(cents)
        assert self.held() == self.held_by_stripe()
        assert self.open_jobs() == 0


def connect(bench: Bench, inbox: Inbox, settings: Any, now: datetime) -> None:
    """Begin anew at `now`: we speak to this simulator, and it sends its notices to the inbox."""
    bench.order("reset")
    bench.order("clock", now=now.isoformat())
    endpoint = bench.stripe.v1.webhook_endpoints.create({"url": inbox.url, "enabled_events": ["*"]})
    settings.STRIPE_SECRET_KEY = SECRET_KEY
    settings.STRIPE_API_BASE = bench.url
    settings.STRIPE_WEBHOOK_SECRETS = [endpoint.secret]


def _lanes_with_work() -> list[str]:
    """Asked for at once: a claim of each lane would take most of the time of a test."""
    with acting_as(WORKER):
        return list(Job.objects.filter(is_due(clock.now())).order_by("lane").values_list("lane", flat=True).distinct())


def post(body: bytes, signature: str) -> int:
    """Post a notice to the webhook's address and return the status of the answer."""
    response = Client().post(
        "/webhooks/stripe/", body, content_type="application/json", headers={"Stripe-Signature": signature}
    )
    return response.status_code
