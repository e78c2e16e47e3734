"""Stored payment methods, and the storing of one."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from billing.payment_plans.rules import MethodKind
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_MEMBER, seen_by
from workers.kernel.encryption import EncryptedJSONField

KINDS = [(each.value, each.value) for each in MethodKind]


class MethodStatus(models.TextChoices):
    """States of a stored payment method; a member has one active one."""

    ACTIVE = "active"
    REPLACED = "replaced"
    REMOVED = "removed"  # by its owner, or detached at Stripe: it can never be charged again


class SetupStatus(models.TextChoices):
    """States of the storing of a payment method."""

    CREATING = "creating"
    READY = "ready"
    STORED = "stored"
    FAILED = "failed"


class SetupWay(models.TextChoices):
    """Where the member types the details: into Stripe's fields on our page, or on Stripe's own page."""

    ELEMENTS = "elements"
    CHECKOUT = "checkout"


class PaymentMethod(Aggregate):
    """A card or bank account that a member stored at Stripe: Stripe's ids, and what its owner knows it by.

    `expires_on` is the last day on which a card is valid.
    """

    tenant_field = "member_id"

    member_id = models.UUIDField()
    stripe_id = models.CharField(max_length=100, unique=True)
    customer_id = models.CharField(max_length=100)
    status = models.CharField(max_length=20, choices=MethodStatus.choices, default=MethodStatus.ACTIVE)
    kind = models.CharField(max_length=20, choices=KINDS, default=MethodKind.CARD.value)
    name = models.CharField(max_length=60, default="")
    last4 = models.CharField(max_length=4, default="")
    expires_on = models.DateField(null=True)
    stored_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member_id", "id"], name="payment_method_of_member"),
            models.UniqueConstraint(
                fields=["member_id"], condition=Q(status="active"), name="payment_method_one_active"
            ),
            *seen_by(
                "payment_method",
                employee=(OWN_MEMBER, "select, update (version)"),
                operator=(EVERY, "select"),
                worker=(EVERY, "select, insert, update (version, status, kind, name, last4, expires_on)"),
            ),
        ]


class PaymentMethodSetup(Aggregate):
    """A member storing a payment method: the mandate as it was accepted, and Stripe's SetupIntent or Checkout Session.

    `tries` is the number of idempotency keys used to create the SetupIntent; it grows only after Stripe stored an
    error under the former one.
    """

    tenant_field = "member_id"

    member_id = models.UUIDField()
    status = models.CharField(max_length=20, choices=SetupStatus.choices, default=SetupStatus.CREATING)
    kind = models.CharField(max_length=20, choices=KINDS, default=MethodKind.CARD.value)
    way = models.CharField(max_length=20, choices=SetupWay.choices, default=SetupWay.ELEMENTS)
    checkout_id = models.CharField(max_length=100, default="")
    checkout_url = models.TextField(default="")
    setup_intent_id = models.CharField(max_length=100, default="")
    client_secret = EncryptedJSONField(null=True)
    tries = models.PositiveSmallIntegerField(default=1)
    mandate_version = models.CharField(max_length=20)
    mandate_text = models.TextField()
    mandate_accepted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["setup_intent_id"], condition=~Q(setup_intent_id=""), name="setup_intent_once"
            ),
            *seen_by(
                "payment_method_setup",
                employee=(OWN_MEMBER, "select, insert, update (version)"),
                worker=(EVERY, "select, update"),
            ),
        ]
