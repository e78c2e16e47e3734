"""PaymentMethods: attaching, detaching, listing, and what is refused."""

import pytest
import stripe

from tests.simulators_tests.stripe.bench import Bench


def test_a_test_card_becomes_a_payment_method_of_its_own_each_time(bench: Bench) -> None:
    customer = bench.stripe.v1.customers.create().id
    first = bench.stripe.v1.payment_methods.attach("pm_card_visa", {"customer": customer})
    second = bench.stripe.v1.payment_methods.attach("pm_card_mastercard", {"customer": customer})

    listed = bench.stripe.v1.customers.payment_methods.list(customer, {"type": "card"}).data

    assert first.id not in ("pm_card_visa", second.id)
    assert [each.id for each in listed] == [second.id, first.id]
    assert [each.card and each.card.last4 for each in listed] == ["4444", "4242"]


def test_an_unknown_test_card_is_missing(bench: Bench) -> None:
    customer = bench.stripe.v1.customers.create().id

    with pytest.raises(stripe.InvalidRequestError, match="No such PaymentMethod"):
        bench.stripe.v1.payment_methods.attach("pm_card_imaginary", {"customer": customer})


def test_raw_card_numbers_are_refused(bench: Bench) -> None:
    with pytest.raises(stripe.StripeError) as refused:
        bench.stripe.v1.payment_methods.create(
            {"type": "card", "card": {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034}}
        )

    assert refused.value.http_status == 402
    assert "Sending credit card numbers directly" in str(refused.value)


def test_a_test_token_makes_a_card(bench: Bench) -> None:
    method = bench.stripe.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})

    assert method.card is not None
    assert method.card.brand == "visa"


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
    ],
)
def test_a_declining_card_cannot_be_attached(bench: Bench, card: str, code: str, decline_code: str) -> None:
    customer = bench.stripe.v1.customers.create().id

    with pytest.raises(stripe.CardError) as declined:
        bench.stripe.v1.payment_methods.attach(card, {"customer": customer})

    error = declined.value.error
    assert error is not None
    assert (declined.value.http_status, error.code, error.decline_code) == (402, code, decline_code)
    assert bench.stripe.v1.customers.payment_methods.list(customer).data == []


def test_a_card_belongs_to_one_customer_at_most(bench: Bench) -> None:
    saved, other = bench.saved(), bench.saved()

    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        bench.stripe.v1.payment_methods.attach(saved.method, {"customer": other.customer})


def test_a_detached_card_can_neither_be_charged_nor_attached_again(bench: Bench) -> None:
    saved = bench.saved()
    bench.stripe.v1.payment_methods.detach(saved.method)

    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        bench.pay(saved)
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        bench.stripe.v1.payment_methods.attach(saved.method, {"customer": saved.customer})
    with pytest.raises(stripe.InvalidRequestError, match="not attached"):
        bench.stripe.v1.payment_methods.detach(saved.method)

    assert bench.charged() == []


def test_detaching_the_default_card_leaves_no_default(bench: Bench) -> None:
    saved = bench.saved()
    bench.stripe.v1.customers.update(saved.customer, {"invoice_settings": {"default_payment_method": saved.method}})

    bench.stripe.v1.payment_methods.detach(saved.method)

    settings = bench.stripe.v1.customers.retrieve(saved.customer).invoice_settings
    assert settings is not None
    assert settings.default_payment_method is None


def test_an_attached_card_takes_metadata(bench: Bench) -> None:
    saved = bench.saved()

    bench.stripe.v1.payment_methods.update(saved.method, {"metadata": {"obj": "card"}})

    metadata = bench.stripe.v1.payment_methods.retrieve(saved.method).metadata
    assert metadata is not None
    assert metadata.to_dict() == {"obj": "card"}
