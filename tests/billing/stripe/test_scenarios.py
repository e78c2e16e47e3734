"""The same scenarios at the simulator and, where keys are given, at Stripe's own test mode.

    STRIPE_TEST_SECRET_KEY=sk_test_… STRIPE_TEST_PUBLISHABLE_KEY=pk_test_… \\
        make test ARGS=tests/billing/stripe/test_scenarios.py

STRIPE_TEST_API_BASE sends the second run elsewhere: to a proxy, or to a simulator that somebody has started.

They need no webhook and move no clock: what a notice would tell is fetched. What they leave at Stripe carries
`env=test` in its metadata and names nobody.
"""

import os
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from stripe import StripeClient

from billing.payment_plans.models import PaymentMethodSetup
from billing.stripe.rules import STRIPE
from billing.stripe.services import disputes, refunds, setups
from tests.billing.stripe.world import World, kind_of
from tests.factories.payments import paying_member
from tests.simulators_tests.stripe.bench import PUBLISHABLE_KEY, SECRET_KEY, Bench
from workers.kernel import bells, clock

KEYS = (os.environ.get("STRIPE_TEST_SECRET_KEY", ""), os.environ.get("STRIPE_TEST_PUBLISHABLE_KEY", ""))
REAL = os.environ.get("STRIPE_TEST_API_BASE", STRIPE)


class Account:
    """One of the two Stripes, and the member who pays there; nothing is used that the real one has not."""

    def __init__(self, bench: Bench, inbox: Any, keys: tuple[str, str]) -> None:
        """`keys` are the secret and the publishable one."""
        secret, publishable = keys
        self.stripe = StripeClient(secret, base_addresses={"api": bench.url})
        self.browser = StripeClient(publishable, base_addresses={"api": bench.url})
        self.world = World(bench, inbox, paying_member())

    def store(self, like: str) -> None:
        """Store a method as the member's browser does, and fetch what came of it."""
        setup = self.world.request_setup(kind_of(like))
        params: Any = {"payment_method": like, "client_secret": setup.client_secret, "return_url": "http://x.example/"}
        self.browser.v1.setup_intents.confirm(setup.setup_intent_id, params)
        setups.refresh(setup_intent_id=setup.setup_intent_id, now=clock.now())
        self.world.work()
        assert self.world.read(lambda: PaymentMethodSetup.objects.get(pk=setup.pk)).status == "stored"

    def charges(self) -> list[tuple[str, int, int]]:
        """(state, cents, cents refunded) of the Customer's charges, oldest first."""
        intents = dict.fromkeys(self.world.intents())
        found = [self.stripe.v1.charges.list({"payment_intent": intent}).data for intent in intents]
        return [(each.status, each.amount, each.amount_refunded) for listed in found for each in reversed(listed)]


@pytest.fixture(params=["simulator", "stripe"])
def account(
    request: pytest.FixtureRequest,
    process: Bench,
    inbox: Any,
    committed_db: str,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Account]:
    """The simulator always; Stripe's test mode when its keys are set."""
    monkeypatch.setattr(bells, "_strike", None)
    is_real = request.param == "stripe"
    if is_real and not all(KEYS):
        pytest.skip("STRIPE_TEST_SECRET_KEY and STRIPE_TEST_PUBLISHABLE_KEY are not set")
    bench = Bench(REAL, httpx.Client()) if is_real else process
    keys = KEYS if is_real else (SECRET_KEY, PUBLISHABLE_KEY)
    if not is_real:
        process.order("reset")
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = keys[0], bench.url
    yield Account(bench, inbox, keys)
    clock.freeze(None)


def test_an_instalment_is_charged_once(account: Account) -> None:
    account.store("pm_card_visa")
    account.world.agree(9_000)
    account.world.work()
    account.world.work()
    assert account.charges() == [("succeeded", 9_000, 0)]
    assert account.world.instalments() == ["paid"]
    assert account.world.ledger() == 9_000


def test_a_declined_card_is_replaced_on_the_same_payment_intent(account: Account) -> None:
    account.store("pm_card_chargeCustomerFail")
    account.world.agree(9_000)
    account.world.work()
    assert account.world.instalments() == ["retry_wait"]
    account.store("pm_card_mastercard")
    assert account.world.instalments() == ["paid"]
    assert account.charges() == [("failed", 9_000, 0), ("succeeded", 9_000, 0)]


def test_a_card_with_three_d_secure_is_not_stored_without_its_payer(account: Account) -> None:
    account.world.agree(9_000)
    with pytest.raises(AssertionError):  # the bank wants to see its customer to store it, too
        account.store("pm_card_authenticationRequired")
    assert account.world.instalments() == ["scheduled"]


def test_a_refund_in_two_parts(account: Account) -> None:
    account.store("pm_card_visa")
    account.world.agree(9_000)
    account.world.work()
    for cents in (4_000, None):
        account.world.refund(cents)
        account.world.work()
    assert account.charges() == [("succeeded", 9_000, 9_000)]
    assert account.world.ledger() == 0


def test_a_refund_made_by_hand_is_taken_over(account: Account) -> None:
    account.store("pm_card_visa")
    account.world.agree(9_000)
    account.world.work()
    made = account.stripe.v1.refunds.create({"payment_intent": account.world.intents()[0], "amount": 3_000})
    refunds.refresh(stripe_id=made.id, now=clock.now())
    assert account.world.refunds() == ["succeeded"]
    assert account.world.ledger() == 6_000


def test_a_dispute_becomes_a_work_item(account: Account) -> None:
    account.store("pm_card_createDispute")
    account.world.agree(9_000)
    account.world.work()
    [dispute] = account.stripe.v1.disputes.list({"payment_intent": account.world.intents()[0]}).data
    disputes.refresh(dispute_id=dispute.id, now=clock.now())
    assert account.world.items() == ["dispute"]
    assert account.world.ledger() == 0
