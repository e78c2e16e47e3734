"""How Stripe's movements are read."""

import pytest

from billing.reconciliation.rules import KEYS, POSTED_HERE, REMEDIES, DifferenceKind, read_movement


def _transaction(**more):
    return {
        "id": "txn_1",
        "type": "charge",
        "amount": 1000,
        "fee": 59,
        "currency": "usd",
        "created": 1,
        "source": {"id": "ch_1", "payment_intent": "pi_1", "metadata": {}},
    } | more


def test_a_charge_is_known_by_its_payment_intent():
    movement = read_movement(_transaction())
    assert movement.keys() == ["pi:pi_1:succeeded"]
    assert movement.net_cents == 941


def test_a_transfer_is_known_by_our_own_id():
    source = {"id": "tr_1", "metadata": {"obj_uuid": "u"}}
    assert read_movement(_transaction(type="transfer", source=source)).keys() == ["transfer:u:sent"]


def test_what_the_source_does_not_tell_makes_no_key():
    assert read_movement(_transaction(source="ch_1")).keys() == []
    assert read_movement(_transaction(source=None)).source == ""


@pytest.mark.parametrize("kind", ["climate_order_purchase", "of_tomorrow"])
def test_unknown_types_are_no_error(kind):
    assert read_movement(_transaction(type=kind)).keys() == []
    assert kind not in POSTED_HERE


def test_every_kind_has_a_remedy_and_no_type_is_both_matched_and_posted():
    assert set(REMEDIES) == set(DifferenceKind)
    assert not set(KEYS) & set(POSTED_HERE)
