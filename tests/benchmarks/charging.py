"""Instalments that are due, and a simulator at which they are charged: what the measures of charges share."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

import httpx
from django.conf import settings

from billing.events import InstalmentDue
from billing.payment_plans.models import (
    AttemptStatus,
    ChargeAttempt,
    Instalment,
    InstalmentStatus,
    PaymentMethod,
    PaymentPlan,
    PlanStatus,
)
from billing.payment_plans.queries import find_active_method
from billing.payment_plans.rules import Interval
from billing.payment_plans.services import methods
from billing.quotes.models import Quote, QuoteStatus
from billing.stripe import client
from billing.stripe.services.charges import parameters
from config.local.ports import free_ports
from tests.benchmarks.backlog import wake
from tests.benchmarks.bench import Bench, use_database, wait_until
from tests.factories.payments import paying_member
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, acting_as
from workers.kernel.ids import new_id
from workers.timers.scheduling import schedule

FEW = 10  # are left: by then it is seldom that all of them are under way


def patience(number: int) -> float:
    """Seconds within which so many charges, or notices, have to be done: ten a second, and two minutes."""
    return 120 + number / 10


@dataclass(frozen=True)
class Payer:
    """A member with a card at the simulator."""

    actor: Actor
    customer: str
    card: str

    @property
    def member_id(self) -> UUID:
        """Who pays."""
        assert self.actor.member is not None
        return self.actor.member


@contextmanager
def at_stripe(bench: Bench, name: str, *, rate: int = 0) -> Iterator[tuple[Bench, Payer]]:
    """A simulator, a database of its own whose workers speak to it, and a payer."""
    [port] = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    argv = [sys.executable, "-m", "tests.simulators.stripe", "--port", str(port)]
    former = settings.STRIPE_API_BASE
    with bench.process("stripe", argv, ready="listening"), bench.database(name) as mine:
        use_database(mine)
        with (
            mine.owner() as owner
        ):  # a course for each price would take longer to make than to pay; no charge reads one
            owner.execute("ALTER TABLE billing_quote DROP CONSTRAINT quote_of_own_course")
        mine.environment |= {"STRIPE_API_BASE": url, "STRIPE_RATE_PER_S": str(rate)}
        settings.STRIPE_API_BASE, settings.STRIPE_RATE_PER_S = url, 0
        try:
            yield mine, _payer(url)
        finally:
            settings.STRIPE_API_BASE = former
    use_database(bench)


def _payer(url: str) -> Payer:
    member = paying_member()
    assert member.member is not None
    customer = client.create_customer(metadata={}, key=str(uuid4()))
    attached = httpx.post(
        f"{url}/v1/payment_methods/pm_card_visa/attach",
        data={"customer": customer},
        headers={"Authorization": f"Bearer {settings.STRIPE_SECRET_KEY}"},
    ).raise_for_status()
    card: str = attached.json()["id"]
    with acting_as(member):
        setup = methods.request_setup(member_id=member.member, mandate_accepted=True, now=clock.now())
    with acting_as(WORKER):
        methods.store(setup_id=setup.pk, stripe_id=card, customer_id=customer, now=clock.now())
    return Payer(member, customer, card)


def make_due(payer: Payer, number: int) -> None:
    """Plans of one instalment each, due now: rows and timers as agreeing and storing a card leave them."""
    instalments = make_instalments(payer, number)
    with acting_as(WORKER):
        for instalment in instalments:
            schedule(InstalmentDue(instalment_id=instalment.pk, generation=0), about=instalment, due_at=clock.now())


def make_instalments(payer: Payer, number: int) -> list[Instalment]:
    """Active plans of one instalment each, due now, of which no timer knows."""
    now, member_id, employer_id = clock.now(), payer.member_id, payer.actor.employer
    assert employer_id is not None
    quotes = [
        Quote(
            member_id=member_id,
            employer_id=employer_id,
            course_id=new_id(),
            clinic_id=new_id(),
            status=QuoteStatus.ACCEPTED,
            total_list_cents=5_000,
            discount_cents=0,
            deductible_cents=0,
            employer_cents=0,
            member_cents=5_000,
            snapshot={},
            created_at=now,
            expires_at=now,
            accepted_at=now,
        )
        for _ in range(number)
    ]
    plans = [
        PaymentPlan(
            member_id=member_id,
            quote_id=quote.pk,
            status=PlanStatus.ACTIVE,
            interval=Interval.MONTHLY,
            total_cents=5_000,
            created_at=now,
            activated_at=now,
        )
        for quote in quotes
    ]
    instalments = [
        Instalment(member_id=member_id, plan=plan, number=1, amount_cents=5_000, due_at=now) for plan in plans
    ]
    with acting_as(payer.actor):
        Quote.objects.bulk_create(quotes, batch_size=1_000)
        PaymentPlan.objects.bulk_create(plans, batch_size=1_000)
        Instalment.objects.bulk_create(instalments, batch_size=1_000)
    return instalments


def make_unheard(payer: Payer, number: int) -> list[str]:
    """Charges of which Stripe's answer was lost, and the ids of their PaymentIntents.

    Rows as workers leave them that die after each confirmation: Stripe took the money, and nobody here knows.
    """
    with acting_as(WORKER):
        method = find_active_method(payer.member_id)
    assert method is not None
    attempts = [_attempt(instalment, method) for instalment in make_instalments(payer, number)]
    for first in range(0, number, 100):
        _charge_unheard(attempts[first : first + 100])
    with acting_as(WORKER):
        Instalment.objects.update(status=InstalmentStatus.CHARGING, generation=1)
        ChargeAttempt.objects.bulk_create(attempts, batch_size=1_000)
    return [attempt.payment_intent_id for attempt in attempts]


def _attempt(instalment: Instalment, method: PaymentMethod) -> ChargeAttempt:
    attempt = ChargeAttempt(
        member_id=instalment.member_id,
        instalment=instalment,
        payment_method=method,
        generation=1,
        number=1,
        status=AttemptStatus.CONFIRMING,
        amount_cents=instalment.amount_cents,
        create_key=f"pi-create:{instalment.pk}:g1",
        confirm_key=f"pi-confirm:{instalment.pk}:g1:a1",
        sent_at=clock.now(),
        created_at=clock.now(),
    )
    attempt.create_params, attempt.confirm_params = parameters.creation(attempt), parameters.confirmation(attempt)
    return attempt


def _charge_unheard(attempts: Sequence[ChargeAttempt]) -> None:
    asked = [client.Asked(params=each.create_params, key=each.create_key) for each in attempts]
    for attempt, intent in zip(attempts, client.create_payment_intents(asked), strict=True):
        assert not isinstance(intent, Exception), intent
        attempt.payment_intent_id, attempt.client_secret = intent["id"], intent["client_secret"]
    asked = [
        client.Asked(params=each.confirm_params, key=each.confirm_key, intent_id=each.payment_intent_id)
        for each in attempts
    ]
    for intent in client.confirm_payment_intents(asked):
        assert not isinstance(intent, Exception), intent
        assert intent["status"] == "succeeded"


def wait_for_paid(bench: Bench, number: int) -> None:
    """Wait until every instalment is paid; `number` of them fell due last.

    Asked by one connection, four times a second: counting a hundredth of a second apart took more of two processors
    than the charges that were measured. Where one waits for its next try, nobody else would ring: no beat runs here.
    """
    unpaid = "SELECT count(*) FROM billing_instalment WHERE status <> 'paid'"
    with bench.worker_connection() as connection:

        def is_done() -> bool:
            row = connection.execute(unpaid).fetchone()
            if row is not None and 0 < row[0] < FEW:
                wake("billing", processes=1)
            return row is not None and row[0] == 0

        wait_until(is_done, seconds=patience(number), what=f"{number} charges", every=0.25)
