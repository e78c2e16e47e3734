"""Customers."""

import pytest
import stripe

from tests.simulators_tests.stripe.bench import Bench


def test_a_customer_keeps_what_it_was_given(bench: Bench) -> None:
    created = bench.stripe.v1.customers.create({"name": "A", "metadata": {"env": "test", "obj": "employee"}})
    found = bench.stripe.v1.customers.retrieve(created.id)

    assert found.name == "A"
    assert found.metadata is not None
    assert found.metadata.to_dict() == {"env": "test", "obj": "employee"}


def test_metadata_is_merged_and_an_emptied_key_removed(bench: Bench) -> None:
    created = bench.stripe.v1.customers.create({"metadata": {"a": "1", "b": "2"}})
    updated = bench.stripe.v1.customers.update(created.id, {"metadata": {"a": "", "c": "3"}})
    assert updated.metadata is not None
    assert updated.metadata.to_dict() == {"b": "2", "c": "3"}

    emptied = bench.stripe.v1.customers.update(created.id, {"metadata": ""})

    assert emptied.metadata is not None
    assert emptied.metadata.to_dict() == {}


def test_customers_are_found_by_exact_email(bench: Bench) -> None:
    wanted = bench.stripe.v1.customers.create({"email": "a@example.org"})
    bench.stripe.v1.customers.create({"email": "b@example.org"})

    found = bench.stripe.v1.customers.list({"email": "a@example.org"}).data

    assert [each.id for each in found] == [wanted.id]


def test_an_unknown_customer_is_missing(bench: Bench) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        bench.stripe.v1.customers.retrieve("cus_none")

    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


def test_a_deleted_customer_loses_its_cards_and_cannot_be_charged(bench: Bench) -> None:
    saved = bench.saved()
    assert bench.stripe.v1.customers.delete(saved.customer).deleted is True

    assert bench.stripe.v1.customers.retrieve(saved.customer).deleted is True
    assert bench.stripe.v1.payment_methods.retrieve(saved.method).customer is None
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        bench.intent(saved)


def test_the_default_payment_method_must_be_the_customers_own(bench: Bench) -> None:
    mine, other = bench.saved(), bench.saved()
    settings = bench.stripe.v1.customers.update(
        mine.customer, {"invoice_settings": {"default_payment_method": mine.method}}
    ).invoice_settings
    assert settings is not None
    assert settings.default_payment_method == mine.method

    with pytest.raises(stripe.InvalidRequestError):
        bench.stripe.v1.customers.update(mine.customer, {"invoice_settings": {"default_payment_method": other.method}})


def test_a_list_is_paged_newest_first(bench: Bench) -> None:
    made = [bench.stripe.v1.customers.create().id for _ in range(5)][::-1]

    first = bench.stripe.v1.customers.list({"limit": 2})
    second = bench.stripe.v1.customers.list({"limit": 2, "starting_after": made[1]})
    back = bench.stripe.v1.customers.list({"limit": 2, "ending_before": made[3]})

    assert [each.id for each in first.data] == made[:2]
    assert first.has_more is True
    assert [each.id for each in second.data] == made[2:4]
    assert [each.id for each in back.data] == made[1:3]
    assert [each.id for each in bench.stripe.v1.customers.list({"limit": 2}).auto_paging_iter()] == made


def test_a_list_can_be_bounded_in_time(bench: Bench) -> None:
    old = bench.stripe.v1.customers.create()
    bench.advance(100)
    new = bench.stripe.v1.customers.create()
    assert new.created is not None

    recent = bench.stripe.v1.customers.list({"created": {"gte": new.created}}).data
    earlier = bench.stripe.v1.customers.list({"created": {"lt": new.created}}).data

    assert [each.id for each in recent] == [new.id]
    assert [each.id for each in earlier] == [old.id]


@pytest.mark.parametrize("limit", [0, 101])
def test_a_page_has_1_to_100_rows(bench: Bench, limit: int) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        bench.stripe.v1.customers.list({"limit": limit})


def test_a_customer_can_be_created_with_a_card_as_its_default(bench: Bench) -> None:
    customer = bench.stripe.v1.customers.create(
        {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
    )

    (method,) = bench.stripe.v1.customers.payment_methods.list(customer.id).data
    assert customer.invoice_settings is not None
    assert customer.invoice_settings.default_payment_method == method.id


def test_a_card_that_declines_leaves_no_customer_behind(bench: Bench) -> None:
    with pytest.raises(stripe.CardError):
        bench.stripe.v1.customers.create({"payment_method": "pm_card_chargeDeclined"})

    assert bench.stripe.v1.customers.list().data == []
