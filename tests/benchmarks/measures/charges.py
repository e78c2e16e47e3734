"""charges.*: how fast instalments that fall due at once are charged."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from uuid import uuid4

import httpx

from billing.payment_plans.rules import MethodKind
from billing.stripe import client
from tests.benchmarks.bench import Bench, scaled
from tests.benchmarks.charging import Payer, at_stripe, make_due, wait_for_paid
from tests.benchmarks.comparing import Figures, Measure, Side, compare
from workers.outbox.draining import EXTERNAL_BATCH
from workers.timers.firing import fire_due

DUE = scaled(5_000)
MANY = scaled(100_000)
WARM = scaled(1_000)  # charges after which a worker has imported, prepared and cached what it needs
BARE = scaled(1_000)  # pairs of calls: the bare loop's rate does not depend on how often it is run
LIMITED, RATE = scaled(300), 60  # instalments; requests a second, far below what the machine could do
_keys = count()
_run = uuid4().hex


@compare(
    Measure(name="charges.per_s", unit="charges/s", better="higher", required=0.5),
    Measure(name="charges.vs_bare_batches", unit="charges/s", better="higher", required=None),
    pairs=1,
    warm_ups=0,
)
@contextmanager
def charges(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """5,000 instalments due at once, by the billing lane's worker, against a bare loop of the same two Stripe calls.

    Ours: timer → attempt → create → store → confirm → ledger, all recorded. The reference creates and confirms with
    the same client at the same simulator, one after the other, records nothing and survives nothing. The second
    reference makes as many of them at once as a batch of ours, which the machine has then to itself.
    """
    with at_stripe(bench, "bench_charges") as (mine, payer):
        yield lambda: _ours(mine, payer, DUE) * 2, lambda: (_bare(payer, 1), _bare(payer, EXTERNAL_BATCH))


@compare(
    Measure(name="charges.per_s_of_100k", unit="charges/s", better="higher", required=0.9),
    pairs=1,
    warm_ups=0,
    only_by_name=True,
)
@contextmanager
def many_charges(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """100,000 due at once, against 5,000: a backlog costs nothing."""
    with at_stripe(bench, "bench_charges") as (mine, payer):
        yield partial(_ours, mine, payer, MANY), partial(_ours, mine, payer, DUE)


@compare(
    Measure(name="charges.memory", unit="MB", better="lower", required=1.05),
    pairs=1,
    warm_ups=0,
)
@contextmanager
def memory(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """The resident memory of the billing lane's processes after 5,000 charges more, against that after the first 1,000.

    One worker makes them all; a backlog is claimed in batches, so that how much is due is nothing it has to hold.
    """
    with at_stripe(bench, "bench_charges") as (mine, payer), _grown(mine, payer, WARM) as before:
        yield lambda: (_grow(mine, payer, DUE),), lambda: (before,)


@compare(
    Measure(name="charges.memory_of_100k", unit="MB", better="lower", required=1.05),
    pairs=1,
    warm_ups=0,
    only_by_name=True,
)
@contextmanager
def memory_of_many(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """The same after 100,000 due at once, against that after 5,000."""
    with at_stripe(bench, "bench_charges") as (mine, payer), _grown(mine, payer, DUE) as before:
        yield lambda: (_grow(mine, payer, MANY),), lambda: (before,)


@compare(
    Measure(name="charges.peak_of_rate", unit="requests/s", better="lower", required=1),
    pairs=1,
    warm_ups=0,
)
@contextmanager
def pace(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """The most requests that Stripe saw within any second, against STRIPE_RATE_PER_S."""
    with at_stripe(bench, "bench_pace", rate=RATE) as (mine, payer):
        yield partial(_peak, mine, payer), lambda: (float(RATE),)


def _ours(bench: Bench, payer: Payer, number: int) -> Figures:
    """Make so many due, then time from the timers on until all are paid."""
    make_due(payer, number)
    with bench.worker("billing"):
        start = time.perf_counter()
        fire_due()
        wait_for_paid(bench, number)
        return (number / (time.perf_counter() - start),)


@contextmanager
def _grown(bench: Bench, payer: Payer, number: int) -> Iterator[float]:
    """A worker that has made so many charges, and the megabytes that it needs."""
    with bench.worker("billing"):
        yield _grow(bench, payer, number)


def _grow(bench: Bench, payer: Payer, number: int) -> float:
    """Make so many due, have them charged, and return the megabytes of the worker that is running."""
    make_due(payer, number)
    fire_due()
    wait_for_paid(bench, number)
    return bench.megabytes("worker-billing")


def _bare(payer: Payer, at_once: int) -> float:
    """Create and confirm with the same client, so many at once."""
    start = time.perf_counter()
    for _ in range(0, BARE, at_once):
        keys = [f"bare:{_run}:{next(_keys)}" for _ in range(at_once)]
        made = _done(client.create_payment_intents([_creation(payer, key) for key in keys]))
        asked = [_confirmation(payer, intent["id"], key) for intent, key in zip(made, keys, strict=True)]
        _done(client.confirm_payment_intents(asked))
    return BARE / (time.perf_counter() - start)


def _creation(payer: Payer, key: str) -> client.Asked:
    methods = [kind.value for kind in MethodKind]
    params = {"amount": 5_000, "currency": "usd", "customer": payer.customer, "allowed_payment_method_types": methods}
    return client.Asked(params=params, key=key)


def _confirmation(payer: Payer, intent_id: str, key: str) -> client.Asked:
    params = {"payment_method": payer.card, "off_session": True}
    return client.Asked(params=params, key=f"{key}:confirm", intent_id=intent_id)


def _done(told: list[client.Told]) -> list[client.Json]:
    failed = [answer for answer in told if isinstance(answer, client.StripeFailure)]
    assert not failed, failed[0]
    return [answer for answer in told if not isinstance(answer, client.StripeFailure)]


def _peak(bench: Bench, payer: Payer) -> Figures:
    """Charge under a limit that binds, and ask the simulator how fast it went."""
    url = bench.environment["STRIPE_API_BASE"]
    httpx.post(f"{url}/control/pace", json={"per_s": 0}).raise_for_status()
    _ours(bench, payer, LIMITED)
    return (float(httpx.get(f"{url}/control/pace").raise_for_status().json()["peak"]),)
