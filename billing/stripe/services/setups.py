"""Customers, and the storing of payment methods. Called by external reactions: outside any transaction."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F

from billing.payment_plans.models import MethodStatus, PaymentMethod, PaymentMethodSetup, SetupStatus, SetupWay
from billing.payment_plans.queries import get_method, get_setup
from billing.payment_plans.services import methods
from billing.stripe import client
from billing.stripe.models import StripeCustomer
from billing.stripe.rules import is_of, metadata
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.money import CURRENCY

log = logging.getLogger(__name__)


def environment() -> str:
    """Return which of Stripe's two worlds we live in, as it is written in metadata."""
    return "live" if settings.STRIPE_LIVE else "test"


def prepare(*, setup_id: UUID, now: datetime) -> None:
    """Create the SetupIntent or Checkout Session of a set-up, and its member's Customer where there is none yet.

    Raises client.OutcomeUnknown and client.Busy, so that the job comes back; the same key then gives the same object.
    """
    with acting_as(WORKER):
        setup = get_setup(setup_id)
    if setup.status != SetupStatus.CREATING:
        return
    create = _create_checkout if setup.way == SetupWay.CHECKOUT else _create_intent
    try:
        made = create(setup, _customer_of(setup.member_id))
    except client.Refused as error:
        log.error("setup=%s refused by Stripe: %s", setup_id, error)
        with acting_as(WORKER):
            methods.fail(setup_id=setup_id)
        return
    with acting_as(WORKER):
        methods.make_ready(setup_id=setup_id, now=now, **made)


def _create_intent(setup: PaymentMethodSetup, customer_id: str) -> dict[str, str]:
    intent = _trying(
        setup,
        lambda key: client.create_setup_intent(
            customer_id=customer_id, kind=setup.kind, metadata=_metadata(setup), key=key
        ),
    )
    return {"setup_intent_id": intent.id, "client_secret": intent.client_secret}


def _create_checkout(setup: PaymentMethodSetup, customer_id: str) -> dict[str, str]:
    """Stripe's own page; whatever happens there, the member comes back to their payments."""
    back = f"{settings.BASE_URL}/payments/"
    params = {
        "mode": "setup",
        "customer": customer_id,
        "currency": CURRENCY,
        "allowed_payment_method_types": [setup.kind],
        "success_url": back,
        "cancel_url": back,
        "metadata": _metadata(setup),
        "setup_intent_data": {"metadata": _metadata(setup)},
    }
    session = _trying(setup, lambda key: client.create_checkout(params=params, key=key))
    return {"checkout_id": session["id"], "checkout_url": session["url"]}


def _metadata(setup: PaymentMethodSetup) -> dict[str, str]:
    return metadata(env=environment(), obj="setup", obj_uuid=setup.pk)


def _trying(setup: PaymentMethodSetup, create: Callable[[str], Any]) -> Any:
    """Create under the present key; where Stripe keeps an error under it, the next try has another."""
    try:
        return create(f"setup:{setup.pk}:a{setup.tries}")
    except client.OutcomeUnknown as error:
        if error.is_stored:
            with acting_as(WORKER):
                methods.use_another_key(setup_id=setup.pk)
        raise


def _customer_of(member_id: UUID) -> str:
    """Return the member's Customer id; a second Customer made by accident holds nothing and is never used."""
    with acting_as(WORKER):
        StripeCustomer.objects.bulk_create([StripeCustomer(member_id=member_id)], ignore_conflicts=True)
        row = StripeCustomer.objects.get(member_id=member_id)
    if row.customer_id:
        return row.customer_id
    carried = metadata(env=environment(), obj="member", obj_uuid=member_id)
    mine = StripeCustomer.objects.filter(member_id=member_id)
    try:
        created = client.create_customer(metadata=carried, key=_customer_key(row))
    except client.OutcomeUnknown as error:
        if error.is_stored:
            with acting_as(WORKER):
                mine.update(tries=F("tries") + 1)
        raise
    with acting_as(WORKER):
        mine.filter(customer_id="").update(customer_id=created)
        return mine.get().customer_id


def _customer_key(row: StripeCustomer) -> str:
    return f"customer:{row.member_id}" if row.tries == 1 else f"customer:{row.member_id}:a{row.tries}"


def check(*, setup_id: UUID, number: int, now: datetime) -> None:
    """Ask Stripe about a set-up of which no notice has come, and set the next question."""
    with acting_as(WORKER):
        setup = get_setup(setup_id)
    if setup.status != SetupStatus.READY:
        return
    if setup.checkout_id:
        refresh_checkout(checkout_id=setup.checkout_id, now=now)
    else:
        refresh(setup_intent_id=setup.setup_intent_id, now=now)
    with acting_as(WORKER):
        methods.check_again(setup_id=setup_id, number=number, now=now)


def refresh_checkout(*, checkout_id: str, now: datetime) -> None:
    """Fetch a Checkout Session and reduce the SetupIntent that came of it, or its end."""
    session = client.get_checkout(checkout_id)
    if session.get("setup_intent") and session["status"] == "complete":
        refresh(setup_intent_id=session["setup_intent"], now=now)
    elif session["status"] == "expired":
        with acting_as(WORKER):
            for setup in PaymentMethodSetup.objects.filter(checkout_id=checkout_id):
                methods.fail(setup_id=setup.pk)


def refresh(*, setup_intent_id: str, now: datetime) -> None:
    """Fetch a SetupIntent of which Stripe gave notice, and reduce it; a method that is new is described."""
    intent = client.get_setup_intent(setup_intent_id)
    with acting_as(WORKER):
        reduce_setup_intent(intent, now=now)
    if intent.status == "succeeded" and intent.payment_method_id:
        refresh_method(method_id=intent.payment_method_id, now=now)


def reduce_setup_intent(intent: client.SetupIntent, *, now: datetime) -> None:
    """Bring our set-up to what a SetupIntent says; one that is not ours is ignored, visibly."""
    setup = _find_setup(intent)
    if setup is None:
        log.info("setup intent %s is not ours: ignored", intent.id)
    elif intent.status == "succeeded":
        methods.store(
            setup_id=setup.pk,
            stripe_id=intent.payment_method_id,
            customer_id=intent.customer_id,
            now=now,
        )
    elif intent.status == "canceled":
        methods.fail(setup_id=setup.pk)


def _find_setup(intent: client.SetupIntent) -> PaymentMethodSetup | None:
    """By Stripe's id, or, as for one that Checkout made, by our metadata."""
    if found := PaymentMethodSetup.objects.filter(setup_intent_id=intent.id).first():
        return found
    if not is_of({"metadata": intent.metadata}, {"env": environment(), "obj": "setup"}):
        return None
    by_checkout = PaymentMethodSetup.objects.filter(way=SetupWay.CHECKOUT)
    return by_checkout.filter(pk=intent.metadata["obj_uuid"]).first()


def refresh_method(*, method_id: str, now: datetime) -> None:
    """Fetch a payment method, and note what it is known by or that it is gone; one that is not ours is ignored."""
    with acting_as(WORKER):
        ours = PaymentMethod.objects.filter(stripe_id=method_id).first()
    if ours is None:
        return
    found = client.get_payment_method(method_id)
    is_gone = found is None or found.customer_id != ours.customer_id
    with acting_as(WORKER):
        if found is not None:
            methods.describe(method_id=ours.pk, name=found.name, last4=found.last4, expires=found.expires)
        if is_gone and ours.status != MethodStatus.REMOVED:
            methods.take_away(method_id=ours.pk, now=now)


def remove_method(*, method_id: UUID, now: datetime) -> None:
    """Charge a method no more, and detach it at Stripe, which is for good."""
    with acting_as(WORKER):
        methods.take_away(method_id=method_id, now=now)
        method = get_method(method_id)
    client.detach_payment_method(method.stripe_id)
