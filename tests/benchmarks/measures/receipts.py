"""receipts.*: how many signed notices a web process takes in (verify, store, ring, 200)."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection
from itertools import count
from typing import Any
from uuid import uuid4

from django.conf import settings

from billing.stripe.client import API_VERSION
from config.local.ports import free_ports
from config.local.stack import PROJECT_PROCESSES
from config.local.state import PROJECT
from config.local.virtualenvs import python_of
from tests.benchmarks.bench import Bench
from tests.benchmarks.comparing import Figures, Measure, Side, compare
from tests.benchmarks.databases import temporary_database
from tests.benchmarks.http_load import HOST, request, send_all
from tests.benchmarks.peers import dj_stripe_endpoint
from tests.simulators.stripe.signatures import signature_header
from workers.kernel import clock

REQUESTS = 400
CONNECTIONS = 4  # one for each thread of the server
PATH = "/webhooks/stripe/"
_TYPES = {"payment_intent": "payment_intent.succeeded", "balance": "balance.available"}
_numbers = count()
_run = uuid4().hex


@compare(
    Measure(name="receipts.per_s", unit="requests/s", better="higher", required=0.5),
    pairs=5,
)
@contextmanager
def receipts(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """Stripe's signed events at our door, against a view that does nothing, on the same gunicorn process.

    Both are behind the same middleware. The empty view is a webhook's address like the other, so that the request's
    transaction as an actor is part of both; every request of ours is a new event, stored and announced.
    """
    with web(bench) as port:
        yield partial(_ours, port), partial(_empty, port)
        _check_announced(bench)
    bench.empty()


@compare(
    Measure(name="receipts.per_s_vs_dj_stripe", unit="requests/s", better="higher", required=3),
    pairs=5,
)
@contextmanager
def receipts_of_dj_stripe(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """As many events at dj-stripe's view, which verifies, stores and processes them in the request.

    Its gunicorn has the same version, one process and threads as ours, the same PostgreSQL, a persistent connection and
    no middleware but Django's common one; its events are of a type that makes it fetch nothing from Stripe, and as
    long. Ours are of one that is announced.
    """
    with web(bench) as port, dj_stripe(bench) as peers_port:
        yield partial(_ours, port), partial(_dj_stripe, peers_port)
        _check_announced(bench)
    bench.empty()


@contextmanager
def web(bench: Bench) -> Iterator[int]:
    """The web process of `make demo`, on a port of its own."""
    [port] = free_ports(1)
    with bench.process("web", _gunicorn(sys.executable, "config.wsgi", port), ready=partial(_answers, port)):
        yield port


@contextmanager
def dj_stripe(bench: Bench, known: Mapping[str, str] | None = None) -> Iterator[int]:
    """dj-stripe's server with a database of its own; yields its port. `known` names what it has of Stripe already."""
    [port] = free_ports(1)
    python, module = python_of("dj-stripe", bench.state), "tests.benchmarks.peers.dj_stripe"
    with temporary_database({**bench.environment, **(known or {})}, "bench_dj_stripe") as env:
        del env["DJANGO_SETTINGS_MODULE"]
        bench.group.run("dj-stripe-tables", [python, "-m", module], env, cwd=PROJECT)
        with bench.process("dj-stripe", _gunicorn(python, module, port), ready=partial(_answers, port), env=env):
            yield port


def _answers(port: int) -> bool:
    """Whether the application is loaded, its addresses too, which the first request of a process waits for."""
    connection = HTTPConnection(HOST, port, timeout=30)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < HTTPStatus.INTERNAL_SERVER_ERROR
    except OSError:
        return False
    finally:
        connection.close()


def _gunicorn(python: str, module: str, port: int) -> list[str]:
    """The command of the stack's web process, for another application."""
    [process] = [process for process in PROJECT_PROCESSES if process.name == "web"]
    words = process.command.replace("config.wsgi", module).split()
    return [python, "-m", *(word.format(web=port) for word in words)]


def _check_announced(bench: Bench) -> None:
    with bench.worker_connection() as worker:
        [counted] = worker.execute(
            "SELECT (SELECT count(*) FROM workers_receipt), (SELECT count(*) FROM workers_job WHERE lane = 'billing')"
        )
    received, announced = counted
    if not received == announced > 0:
        raise AssertionError(f"{announced} of {received} events were announced.")


def _ours(port: int) -> Figures:
    return _send(port, PATH, settings.STRIPE_WEBHOOK_SECRETS[0], "payment_intent")


def _empty(port: int) -> Figures:
    """The same bytes at the empty view's address."""
    return _send(port, "/webhooks/empty/", settings.STRIPE_WEBHOOK_SECRETS[0], "payment_intent")


def _dj_stripe(port: int) -> Figures:
    return _send(port, dj_stripe_endpoint.PATH, dj_stripe_endpoint.SECRET, "balance")


def _send(port: int, path: str, secret: str, about: str) -> Figures:
    requests = [_notice(path, secret, about) for _ in range(REQUESTS)]
    return (send_all(port, requests, connections=CONNECTIONS),)


def _notice(path: str, secret: str, about: str) -> bytes:
    """A new event, signed now."""
    now = int(clock.now().timestamp())
    body = json.dumps(_event(next(_numbers), now, about)).encode()
    return request(path, body, {"Stripe-Signature": signature_header(body, [secret], now)})


def _event(number: int, now: int, about: str) -> dict[str, Any]:
    """An event in snapshot form, as long as Stripe's usual ones (about 2 kB)."""
    amounts = [{"amount": 1000 + number, "currency": "usd", "source_types": {"card": number}} for number in range(15)]
    subject = {"id": f"{about}_{number}", "object": about, "available": amounts, "pending": amounts, "livemode": False}
    return {
        "id": f"evt_{_run}{number}",
        "object": "event",
        "api_version": API_VERSION,
        "created": now,
        "type": _TYPES[about],
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "data": {"object": subject},
    }
