"""Storing payment methods of each kind by each way, and losing them again."""

from typing import Any

import httpx
import pytest

from billing.payment_plans.models import PaymentMethod, PaymentMethodSetup, SetupWay
from billing.payment_plans.rules import MANDATES, MethodKind
from billing.payment_plans.services import methods
from tests.billing.stripe.world import World
from workers.kernel import clock
from workers.kernel.actor import acting_as


def known_as(world: World) -> list[tuple[str, str, str, str]]:
    rows = PaymentMethod.objects.order_by("stored_at", "pk")
    return world.read(lambda: list(rows.values_list("status", "kind", "name", "last4")))


def test_a_card_is_known_by_its_brand_and_last_digits(world: World) -> None:
    world.store_card("pm_card_mastercard")
    assert known_as(world) == [("active", "card", "mastercard", "4444")]
    assert str(world.read(PaymentMethod.objects.get).expires_on) == "2034-12-31"


def test_a_bank_account_is_stored_with_a_mandate_of_its_own(world: World) -> None:
    world.store_card("pm_usBankAccount_success")
    assert known_as(world) == [("active", "us_bank_account", "STRIPE TEST BANK", "6789")]
    setup = world.read(PaymentMethodSetup.objects.get)
    assert setup.mandate_text == MANDATES[setup.mandate_version][MethodKind.BANK]["en"]
    assert "ACH" in setup.mandate_text


@pytest.mark.parametrize(
    ("kind", "like"), [(MethodKind.CARD, "pm_card_visa"), (MethodKind.BANK, "pm_usBankAccount_success")]
)
@pytest.mark.parametrize("is_deaf", [False, True])
def test_checkout_stores_a_method_on_stripes_own_page(world: World, kind: MethodKind, like: str, is_deaf: bool) -> None:
    world.agree(9_000)
    setup = world.request_setup(kind, SetupWay.CHECKOUT)
    assert setup.status == "ready"
    if is_deaf:
        world.deafen()
    answer = httpx.post(setup.checkout_url, data={"outcome": "save", "payment_method": like})
    assert (answer.status_code, answer.headers["location"]) == (303, "http://127.0.0.1:8000/payments/")
    world.run()
    world.advance(minutes=20)
    world.run()
    assert [(status, stored) for status, stored, *_ in known_as(world)] == [("active", kind)]
    world.advance(days=5)
    world.run()
    if not is_deaf:
        world.assert_charged(9_000)


def test_checkout_left_open_expires_and_stores_nothing(world: World) -> None:
    setup = world.request_setup(way=SetupWay.CHECKOUT)
    assert httpx.post(setup.checkout_url, data={"outcome": "cancel"}).status_code == 303
    world.advance(hours=25)
    world.run()
    assert world.read(PaymentMethodSetup.objects.get).status == "failed"
    assert known_as(world) == []


def test_a_removed_method_is_detached_at_stripe_and_never_charged(world: World) -> None:
    world.store_card()
    card = world.active_card()
    world.agree(9_000, 2)
    world.run()
    with acting_as(world.member):
        methods.ask_removal(method_id=PaymentMethod.objects.get().pk, now=clock.now())
    world.run()
    assert world.bench.stripe.v1.payment_methods.retrieve(card).customer is None
    assert world.mails()[-1] == "billing/method_needed"
    world.run_for(days=8)
    assert world.charged() == [4_500]
    assert world.instalments() == ["paid", "needs_method"]
    with acting_as(world.member), pytest.raises(methods.NotStored):
        methods.ask_removal(method_id=PaymentMethod.objects.get().pk, now=clock.now())


def test_a_card_that_ends_before_the_next_debit_is_named_in_its_notice(world: World) -> None:
    world.store_card()
    world.agree(9_000, 2)
    world.run_for(days=2)
    world.read(lambda: PaymentMethod.objects.update(expires_on=clock.now().date()))
    world.run_for(days=3)
    assert world.mails()[-1] == "billing/card_expires"


def test_every_version_of_a_mandate_has_words_for_each_kind_in_both_languages() -> None:
    for words in MANDATES.values():
        assert set(words) == set(MethodKind)
        assert all(set(texts) == {"en", "es"} for texts in words.values())


def test_a_method_of_another_is_left_alone(world: World) -> None:
    saved: Any = world.bench.saved()
    world.bench.stripe.v1.payment_methods.detach(saved.method)
    world.run()
    assert set(world.answers) == {200}
    assert world.open_jobs() == 0
