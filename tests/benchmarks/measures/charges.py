"""charges.*: how fast instalments that fall due at once are charged, and how fast Stripe's notices are worked off."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any
from uuid import uuid4

import httpx
from django.conf import settings

from billing.events import InstalmentDue
from billing.payment_plans.models import Instalment, PaymentPlan, PlanStatus
from billing.payment_plans.rules import Interval, MethodKind
from billing.payment_plans.services import methods
from billing.quotes.models import Quote, QuoteStatus
from billing.stripe import client
from config.local.ports import free_ports
from tests.benchmarks.bench import Bench, use_database, wait_until
from tests.benchmarks.comparing import Figures, Measure, Side, compare
from tests.benchmarks.measures import receipts
from tests.benchmarks.peers import dj_stripe_endpoint
from tests.factories.payments import paying_member
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, acting_as
from workers.kernel.ids import new_id
from workers.timers.firing import fire_due
from workers.timers.scheduling import schedule

DUE = 5_000
MANY = 100_000
BARE = 1_000  # pairs of calls: the bare loop's rate does not depend on how often it is run
LIMITED, RATE = 300, 60  # instalments; requests a second, far below what the machine could do
EVENTS = 10_000
PATIENCE = 900.0
_keys = count()
_run = uuid4().hex


@dataclass(frozen=True)
class Payer:
    """A member with a card at the simulator."""

    actor: Actor
    customer: str
    card: str


@compare(
    Measure(name="charges.per_s", unit="charges/s", better="higher", required=0.5),
    pairs=1,
    warm_ups=0,
)
@contextmanager
def charges(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """5,000 instalments due at once, by the billing lane's worker, against a bare loop of the same two Stripe calls.

    Ours: timer → attempt → create → store → confirm → ledger, all recorded. The reference creates and confirms with
    the same client at the same simulator, one after the other, records nothing and survives nothing.
    """
    with _at_stripe(bench, "bench_charges") as (mine, payer):
        yield partial(_ours, mine, payer, DUE), partial(_bare, payer)


@compare(
    Measure(name="charges.per_s_of_100k", unit="charges/s", better="higher", required=0.9),
    pairs=1,
    warm_ups=0,
    only_by_name=True,
)
@contextmanager
def many_charges(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """100,000 due at once, against 5,000: a backlog costs nothing."""
    with _at_stripe(bench, "bench_charges") as (mine, payer):
        yield partial(_ours, mine, payer, MANY), partial(_ours, mine, payer, DUE)


@compare(
    Measure(name="charges.peak_of_rate", unit="requests/s", better="lower", required=1),
    pairs=1,
    warm_ups=0,
)
@contextmanager
def pace(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """The most requests that Stripe saw within any second, against STRIPE_RATE_PER_S."""
    with _at_stripe(bench, "bench_pace", rate=RATE) as (mine, payer):
        yield partial(_peak, mine, payer), lambda: (float(RATE),)


@compare(
    Measure(name="notices.per_s_vs_dj_stripe", unit="events/s", better="higher", required=3),
    pairs=1,
    warm_ups=0,
)
@contextmanager
def notices(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """10,000 of Stripe's signed events, from the first request until the last is worked off, against dj-stripe.

    dj-stripe works an event off in the request. The events are of a type for which neither asks Stripe anything.
    """
    with receipts._web(bench) as port, bench.worker("billing"), receipts._dj_stripe(bench) as peers_port:
        path, secret = dj_stripe_endpoint.PATH, dj_stripe_endpoint.SECRET
        yield partial(_worked_off, bench, port), partial(receipts._send, peers_port, path, secret)
    bench.empty()


@contextmanager
def _at_stripe(bench: Bench, name: str, *, rate: int = 0) -> Iterator[tuple[Bench, Payer]]:
    """A simulator, a database of its own whose workers speak to it, and a payer."""
    [port] = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    argv = [sys.executable, "-m", "tests.simulators.stripe", "--port", str(port)]
    former = settings.STRIPE_API_BASE
    with bench.process("stripe", argv, ready="listening"), bench.database(name) as mine:
        use_database(mine)
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


def _ours(bench: Bench, payer: Payer, number: int) -> Figures:
    """Make so many due, then time from the timers on until all are paid."""
    _make_due(payer, number)
    before = _paid(bench)
    with bench.worker("billing"):
        start = time.perf_counter()
        fire_due()
        wait_until(lambda: _paid(bench) - before >= number, seconds=PATIENCE, what=f"{number} charges")
        return (number / (time.perf_counter() - start),)


def _make_due(payer: Payer, number: int) -> None:
    """Plans of one instalment each, due now: rows and timers as agreeing and storing a card leave them."""
    now, member_id, employer_id = clock.now(), payer.actor.member, payer.actor.employer
    assert member_id is not None
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
    with acting_as(WORKER):
        for instalment in instalments:
            schedule(InstalmentDue(instalment_id=instalment.pk, generation=0), about=instalment, due_at=now)


def _paid(bench: Bench) -> int:
    with bench.worker_connection() as connection:
        row = connection.execute("SELECT count(*) FROM billing_instalment WHERE status = 'paid'").fetchone()
        return 0 if row is None else int(row[0])


def _bare(payer: Payer) -> Figures:
    """Create and confirm, one after the other, with the same client."""
    start = time.perf_counter()
    for _ in range(BARE):
        key = f"bare:{_run}:{next(_keys)}"
        params: dict[str, Any] = {
            "amount": 5_000,
            "currency": "usd",
            "customer": payer.customer,
            "allowed_payment_method_types": [kind.value for kind in MethodKind],
        }
        intent = client.create_payment_intent(params=params, key=key)
        paying = {"payment_method": payer.card, "off_session": True}
        client.confirm_payment_intent(intent["id"], params=paying, key=f"{key}:confirm")
    return (BARE / (time.perf_counter() - start),)


def _peak(bench: Bench, payer: Payer) -> Figures:
    """Charge under a limit that binds, and ask the simulator how fast it went."""
    url = bench.environment["STRIPE_API_BASE"]
    httpx.post(f"{url}/control/pace", json={"per_s": 0}).raise_for_status()
    _ours(bench, payer, LIMITED)
    return (float(httpx.get(f"{url}/control/pace").raise_for_status().json()["peak"]),)


def _worked_off(bench: Bench, port: int) -> Figures:
    start = time.perf_counter()
    for _ in range(EVENTS // receipts.REQUESTS):
        receipts._ours(port)
    wait_until(lambda: _open_jobs(bench) == 0, seconds=PATIENCE, what="working 10,000 events off")
    return (EVENTS / (time.perf_counter() - start),)


def _open_jobs(bench: Bench) -> int:
    with bench.worker_connection() as connection:
        row = connection.execute("SELECT count(*) FROM workers_job WHERE lane = 'billing'").fetchone()
        return 0 if row is None else int(row[0])
