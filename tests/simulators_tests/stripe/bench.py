"""What the tests drive: the running simulator with the real SDK, and a receiver for its webhooks."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import stripe
from stripe import PaymentIntent, StripeClient

from tests.simulators.running import running

SECRET_KEY, PUBLISHABLE_KEY = "sk_test_simulator", "pk_test_simulator"
DAY, HOUR = 24 * 3600, 3600
DEADLINE_SECONDS = 8.0
ANY_MANDATE: Any = {"customer_acceptance": {"type": "offline"}}


@dataclass
class Bench:
    """One simulator process: its address, the SDK pointed at it, and its control API."""

    url: str
    control: httpx.Client

    @cached_property
    def stripe(self) -> StripeClient:
        """The real SDK with the secret key; it retries nothing."""
        return StripeClient(SECRET_KEY, base_addresses={"api": self.url})

    @cached_property
    def browser(self) -> StripeClient:
        """The real SDK with the publishable key, as a browser would use it."""
        return StripeClient(PUBLISHABLE_KEY, base_addresses={"api": self.url})

    def order(self, path: str, /, **order: Any) -> Any:
        """POST to the control API and return its JSON; fails for a refusal."""
        return self.control.post(f"/control/{path}", json=order).raise_for_status().json()

    def read(self, path: str) -> Any:
        """GET from the control API."""
        return self.control.get(f"/control/{path}").raise_for_status().json()

    def advance(self, seconds: float) -> None:
        """Move the simulator's clock."""
        self.order("clock", advance=seconds)

    def charged(self) -> list[tuple[str, int]]:
        """Return (outcome, cents) of each charge in the simulator's own log."""
        return [(charge["outcome"], charge["amount"]) for charge in self.read("charges")]

    def saved(self, like: str = "pm_card_visa") -> "Saved":
        """Return a Customer with a payment method attached."""
        customer = self.stripe.v1.customers.create()
        method = self.stripe.v1.payment_methods.attach(like, {"customer": customer.id})
        return Saved(customer.id, method.id)

    def intent(self, saved: "Saved", amount: int = 2_000) -> PaymentIntent:
        """Return an unconfirmed PaymentIntent for the Customer."""
        return self.stripe.v1.payment_intents.create(
            {
                "amount": amount,
                "currency": "usd",
                "customer": saved.customer,
                "allowed_payment_method_types": ["card", "us_bank_account"],
            }
        )

    def pay(self, saved: "Saved", amount: int = 2_000, **params: Any) -> PaymentIntent:
        """Create, then confirm off-session."""
        intent = self.intent(saved, amount)
        confirmation: Any = {"payment_method": saved.method, "off_session": True, **params}
        return self.stripe.v1.payment_intents.confirm(intent.id, confirmation)


@dataclass(frozen=True)
class Saved:
    """A Customer's id and the id of the payment method attached to it."""

    customer: str
    method: str


@dataclass(frozen=True)
class Notice:
    """A webhook as it came in."""

    body: bytes
    signature: str


@dataclass
class Inbox:
    """Every webhook received; `answers` are the next HTTP statuses to give, 200 afterwards."""

    url: str = ""
    notices: list[Notice] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def events(self, secret: str) -> list[stripe.Event]:
        """Return what came in, verified by the SDK. Raises SignatureVerificationError for a forged one."""
        return [stripe.Webhook.construct_event(each.body, each.signature, secret) for each in self.notices]

    def wait_for(self, count: int) -> list[Notice]:
        """Return once so many webhooks came in."""
        wait_until(lambda: len(self.notices) >= count, f"{count} webhooks; got {len(self.notices)}")
        return self.notices


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Poll until something holds; fails the test after the deadline."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for {what}")
        threading.Event().wait(0.01)


class InboxServer(ThreadingHTTPServer):
    """A receiver that knows its inbox."""

    def __init__(self, inbox: Inbox) -> None:
        super().__init__(("127.0.0.1", 0), InboxHandler)
        self.inbox = inbox
        inbox.url = f"http://127.0.0.1:{self.server_port}/webhooks/stripe/"


class InboxHandler(BaseHTTPRequestHandler):
    """Keeps a webhook and answers as ordered."""

    server: InboxServer

    def do_POST(self) -> None:
        """Take one webhook."""
        inbox = self.server.inbox
        body = self.rfile.read(int(self.headers["Content-Length"]))
        inbox.notices.append(Notice(body, self.headers["Stripe-Signature"]))
        self.send_response(inbox.answers.pop(0) if inbox.answers else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the test output clean."""


@contextmanager
def simulated(*options: str) -> Iterator[Bench]:
    """Run the simulator on a free port for the length of a block."""
    with running("stripe", "--port", "0", *options) as [url], httpx.Client(base_url=url) as control:
        yield Bench(url, control)


@contextmanager
def receiving() -> Iterator[Inbox]:
    """Run a receiver of webhooks, not yet registered anywhere, for the length of a block."""
    inbox = Inbox()
    with InboxServer(inbox) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield inbox
        server.shutdown()
        thread.join()
