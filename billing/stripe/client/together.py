"""Several requests at once: whoever has a batch in hand waits for the slowest answer and not for their sum.

Their turns are waited for by the thread that asks, which also refuses to do so inside a transaction; only the network
is waited for by others, each with a connection to Stripe that it keeps.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache, partial
from time import monotonic
from typing import Any

from billing.stripe.client.pacing import LONGEST_WAIT
from billing.stripe.client.speaking import Busy, Json, StripeFailure, answer, translating, wait_for_turn
from workers.kernel.network import refuse_inside_transaction

AT_ONCE = 16  # requests of one process that wait for Stripe; what none of them leaves room for is given back

Told = Json | StripeFailure


def answers(calls: Sequence[Callable[[], Any]]) -> list[Told]:
    """Make requests, each in its turn, and return what was answered to each, or how it failed; in their order.

    One that could not be sent within LONGEST_WAIT seconds is Busy, so that none is sent much later than it was
    written down.
    """
    if len(calls) == 1:
        return [_caught(partial(answer, calls[0]))]
    refuse_inside_transaction("Stripe")
    deadline = monotonic() + LONGEST_WAIT
    sent = [_send(call, deadline) for call in calls]
    wait(sent, timeout=max(0.0, deadline - monotonic()))
    unsent = {one for one in sent if one.cancel()}
    return [_no_place() if one in unsent else _caught(one.result) for one in sent]


def _no_place() -> Busy:
    return Busy("All that may wait for Stripe at once were waiting for too long.")


def _caught(ask: Callable[[], Json]) -> Told:
    try:
        return ask()
    except StripeFailure as failure:
        return failure


def _send(call: Callable[[], Any], deadline: float) -> "Future[Json]":
    try:
        wait_for_turn(deadline - monotonic())
    except Busy as error:
        given_back: Future[Json] = Future()
        given_back.set_exception(error)
        return given_back
    return _threads().submit(_ask, call)


def _ask(call: Callable[[], Any]) -> Json:
    with translating():
        told: Json = call().to_dict()
    return told


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="stripe")


os.register_at_fork(after_in_child=_threads.cache_clear)  # a forked child has none of its parent's threads
