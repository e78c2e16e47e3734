"""Webhooks: signed, retried, counted; and doubled, reordered, delayed or lost on demand."""

import pytest
import stripe

from tests.simulators_tests.stripe.bench import DAY, HOUR, Bench, Inbox, wait_until


def pending(bench: Bench) -> list[int]:
    return [event.pending_webhooks for event in bench.stripe.v1.events.list().data]


def settled(bench: Bench) -> None:
    wait_until(lambda: bench.read("webhooks")["waiting"] == 0, "every webhook to be sent")


def test_a_payment_is_announced_in_order_and_signed(bench: Bench, inbox: Inbox, secret: str) -> None:
    saved = bench.saved()
    paid = bench.pay(saved)
    inbox.wait_for(5)

    events = inbox.events(secret)

    assert [event.type for event in events] == [
        "customer.created",
        "payment_method.attached",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
    ]
    assert events[-1].data.object["id"] == paid.id
    assert {(event.api_version, event.livemode) for event in events} == {("2026-10-28.endive", False)}


def test_an_event_is_a_snapshot_and_says_whose_request_it_was(bench: Bench, inbox: Inbox, secret: str) -> None:
    saved = bench.saved()
    intent = bench.intent(saved)
    bench.stripe.v1.payment_intents.confirm(
        intent.id, {"payment_method": saved.method, "off_session": True}, {"idempotency_key": "k"}
    )
    inbox.wait_for(5)

    created, *_, succeeded = inbox.events(secret)[2:]

    assert created.data.object["status"] == "requires_payment_method"
    assert succeeded.request is not None
    assert succeeded.request.idempotency_key == "k"
    found = bench.stripe.v1.events.retrieve(succeeded.id)
    assert found.data.object["status"] == "succeeded"


def test_a_wrong_secret_does_not_verify(bench: Bench, inbox: Inbox, secret: str) -> None:
    bench.stripe.v1.customers.create()
    inbox.wait_for(1)

    with pytest.raises(stripe.SignatureVerificationError):
        inbox.events("whsec_other")


def test_during_a_rotation_both_secrets_verify(bench: Bench, inbox: Inbox, secret: str) -> None:
    (endpoint,) = bench.stripe.v1.webhook_endpoints.list().data
    new = bench.order("webhooks/roll", endpoint=endpoint.id)["secret"]
    bench.stripe.v1.customers.create()
    inbox.wait_for(1)
    assert inbox.events(secret)[0].id == inbox.events(new)[0].id

    inbox.notices.clear()
    bench.advance(DAY)
    bench.stripe.v1.customers.create()
    inbox.wait_for(1)

    assert len(inbox.events(new)) == 1
    with pytest.raises(stripe.SignatureVerificationError):
        inbox.events(secret)


def test_an_endpoint_gets_only_what_it_listens_to(bench: Bench, inbox: Inbox) -> None:
    endpoint = bench.stripe.v1.webhook_endpoints.create({"url": inbox.url, "enabled_events": ["customer.deleted"]})
    assert endpoint.secret is not None
    customer = bench.stripe.v1.customers.create()
    bench.stripe.v1.customers.delete(customer.id)
    inbox.wait_for(1)
    settled(bench)

    assert [event.type for event in inbox.events(endpoint.secret)] == ["customer.deleted"]


def test_the_secret_is_shown_once(bench: Bench, inbox: Inbox, secret: str) -> None:
    (listed,) = bench.stripe.v1.webhook_endpoints.list().data

    assert "secret" not in listed.to_dict()
    assert "secret" not in bench.stripe.v1.webhook_endpoints.retrieve(listed.id).to_dict()


def test_a_disabled_or_deleted_endpoint_gets_nothing(bench: Bench, inbox: Inbox, secret: str) -> None:
    (endpoint,) = bench.stripe.v1.webhook_endpoints.list().data
    bench.stripe.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    bench.stripe.v1.customers.create()
    assert bench.read("webhooks")["waiting"] == 0

    bench.stripe.v1.webhook_endpoints.delete(endpoint.id)
    bench.stripe.v1.customers.create()

    assert (bench.read("webhooks")["waiting"], inbox.notices) == (0, [])


def test_a_receiver_that_fails_is_tried_again_soon(bench: Bench, inbox: Inbox, secret: str) -> None:
    inbox.answers = [500]
    bench.stripe.v1.customers.create()
    inbox.wait_for(2)
    settled(bench)

    first, second = inbox.events(secret)

    assert first.id == second.id
    assert pending(bench) == [0]


def test_after_quick_retries_the_next_waits_for_the_clock(bench: Bench, inbox: Inbox, secret: str) -> None:
    inbox.answers = [500, 500, 500]
    bench.stripe.v1.customers.create()
    inbox.wait_for(3)
    assert pending(bench) == [1]
    failed = bench.stripe.v1.events.list({"delivery_success": False}).data
    assert [event.type for event in failed] == ["customer.created"]

    bench.advance(HOUR)
    inbox.wait_for(4)
    settled(bench)

    assert pending(bench) == [0]
    assert bench.stripe.v1.events.list({"delivery_success": False}).data == []
    assert len(bench.stripe.v1.events.list({"delivery_success": True}).data) == 1


def test_all_webhooks_lost_for_four_days_are_found_by_asking(bench: Bench, inbox: Inbox, secret: str) -> None:
    bench.order("webhooks", drop=True)
    bench.stripe.v1.customers.create()
    for _ in range(5):
        bench.advance(DAY)
    settled(bench)
    bench.order("webhooks", drop=False)

    assert inbox.notices == []
    assert [event.type for event in bench.stripe.v1.events.list({"delivery_success": False}).data] == [
        "customer.created"
    ]


def test_a_doubled_webhook_is_the_same_event_twice(bench: Bench, inbox: Inbox, secret: str) -> None:
    bench.order("webhooks", double=True)
    bench.stripe.v1.customers.create()
    inbox.wait_for(2)

    first, second = inbox.events(secret)

    assert first.id == second.id
    settled(bench)
    assert pending(bench) == [0]


def test_reordered_webhooks_come_newest_first(bench: Bench, inbox: Inbox, secret: str) -> None:
    bench.order("webhooks", reorder=True)
    bench.saved()
    inbox.wait_for(2)

    assert [event.type for event in inbox.events(secret)] == ["payment_method.attached", "customer.created"]


def test_a_delayed_webhook_waits(bench: Bench, inbox: Inbox, secret: str) -> None:
    bench.order("webhooks", delay=0.3)
    bench.stripe.v1.customers.create()
    assert (bench.read("webhooks")["waiting"], inbox.notices) == (1, [])

    inbox.wait_for(1)


def test_a_webhook_can_come_before_the_answer(bench: Bench, inbox: Inbox, secret: str) -> None:
    bench.order("faults", kind="drop", stage="after", path="/v1/customers", method="POST")
    with pytest.raises(stripe.APIConnectionError):
        bench.stripe.v1.customers.create()

    inbox.wait_for(1)


def test_an_event_can_be_sent_again(bench: Bench, inbox: Inbox, secret: str) -> None:
    bench.stripe.v1.customers.create()
    inbox.wait_for(1)
    (event,) = bench.stripe.v1.events.list().data
    bench.order("webhooks/resend", event=event.id)
    inbox.wait_for(2)

    assert {each.id for each in inbox.events(secret)} == {event.id}


def test_events_are_listed_by_type(bench: Bench) -> None:
    bench.pay(bench.saved())

    one = bench.stripe.v1.events.list({"type": "payment_intent.succeeded"}).data
    family = bench.stripe.v1.events.list({"type": "payment_intent.*"}).data
    two = bench.stripe.v1.events.list({"types": ["customer.created", "charge.succeeded"]}).data

    assert [event.type for event in one] == ["payment_intent.succeeded"]
    assert [event.type for event in family] == ["payment_intent.succeeded", "payment_intent.created"]
    assert [event.type for event in two] == ["charge.succeeded", "customer.created"]


def test_a_wrong_switch_is_refused(bench: Bench) -> None:
    for order in ({"triple": True}, {"double": 1}, {"delay": -1}):
        assert bench.control.post("/control/webhooks", json=order).status_code == 400
