"""Customers and SetupIntents. Called by external reactions: outside any transaction."""

import logging
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import F

from billing.payment_plans.models import PaymentMethodSetup, SetupStatus
from billing.payment_plans.queries import get_setup
from billing.payment_plans.services import methods
from billing.stripe import client
from billing.stripe.models import StripeCustomer
from billing.stripe.rules import metadata
from workers.kernel.actor import WORKER, acting_as

log = logging.getLogger(__name__)


def environment() -> str:
    """Return which of Stripe's two worlds we live in, as it is written in metadata."""
    return "live" if settings.STRIPE_LIVE else "test"


def prepare(*, setup_id: UUID, now: datetime) -> None:
    """Create the SetupIntent of a set-up, and its member's Customer where there is none yet.

    Raises client.OutcomeUnknown and client.Busy, so that the job comes back; the same key then gives the same object.
    """
    with acting_as(WORKER):
        setup = get_setup(setup_id)
    if setup.status != SetupStatus.CREATING:
        return
    try:
        intent = _create(setup, _customer_of(setup.member_id))
    except client.Refused as error:
        log.error("setup=%s refused by Stripe: %s", setup_id, error)
        with acting_as(WORKER):
            methods.fail(setup_id=setup_id)
        return
    with acting_as(WORKER):
        methods.make_ready(setup_id=setup_id, setup_intent_id=intent.id, client_secret=intent.client_secret, now=now)


def _create(setup: PaymentMethodSetup, customer_id: str) -> client.SetupIntent:
    carried = metadata(env=environment(), obj="setup", obj_uuid=setup.pk)
    try:
        return client.create_setup_intent(
            customer_id=customer_id, metadata=carried, key=f"setup:{setup.pk}:a{setup.tries}"
        )
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
    """Ask Stripe about a SetupIntent of which no notice has come, and set the next question."""
    with acting_as(WORKER):
        setup = get_setup(setup_id)
    if setup.status != SetupStatus.READY:
        return
    intent = client.get_setup_intent(setup.setup_intent_id)
    with acting_as(WORKER):
        reduce_setup_intent(intent, now=now)
        methods.check_again(setup_id=setup_id, number=number, now=now)


def refresh(*, setup_intent_id: str, now: datetime) -> None:
    """Fetch a SetupIntent of which Stripe gave notice, and reduce it."""
    intent = client.get_setup_intent(setup_intent_id)
    with acting_as(WORKER):
        reduce_setup_intent(intent, now=now)


def reduce_setup_intent(intent: client.SetupIntent, *, now: datetime) -> None:
    """Bring our set-up to what a SetupIntent says; one that is not ours is ignored, visibly."""
    setup = PaymentMethodSetup.objects.filter(setup_intent_id=intent.id).first()
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
