"""charges.*: how fast instalments that fall due at once are charged."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from typing import Any
from uuid import uuid4

import httpx

from billing.payment_plans.rules import MethodKind
from billing.stripe import client
from tests.benchmarks.bench import Bench, scaled
from tests.benchmarks.charging import Payer, at_stripe, make_due, wait_for_paid
from tests.benchmarks.comparing import Figures, Measure, Side, compare
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
    pairs=1,
    warm_ups=0,
)
@contextmanager
def charges(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """5,000 instalments due at once, by the billing lane's worker, against a bare loop of the same two Stripe calls.

    Ours: timer → attempt → create → store → confirm → ledger, all recorded. The reference creates and confirms with
    the same client at the same simulator, one after the other, records nothing and survives nothing.
    """
    with at_stripe(bench, "bench_charges") as (mine, payer):
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
        [intent] = client.create_payment_intents([client.Asked(params=params, key=key)])
        assert not isinstance(intent, Exception), intent
        paying = {"payment_method": payer.card, "off_session": True}
        client.confirm_payment_intent(intent["id"], params=paying, key=f"{key}:confirm")
    return (BARE / (time.perf_counter() - start),)


def _peak(bench: Bench, payer: Payer) -> Figures:
    """Charge under a limit that binds, and ask the simulator how fast it went."""
    url = bench.environment["STRIPE_API_BASE"]
    httpx.post(f"{url}/control/pace", json={"per_s": 0}).raise_for_status()
    _ours(bench, payer, LIMITED)
    return (float(httpx.get(f"{url}/control/pace").raise_for_status().json()["peak"]),)
