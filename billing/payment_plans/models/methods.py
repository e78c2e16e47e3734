"""Stored payment methods, and the storing of one."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_MEMBER, seen_by
from workers.kernel.encryption import EncryptedJSONField


class MethodStatus(models.TextChoices):
    """States of a stored payment method; a member has one active one."""

    ACTIVE = "active"
    REPLACED = "replaced"


class SetupStatus(models.TextChoices):
    """States of the storing of a payment method."""

    CREATING = "creating"
    READY = "ready"
    STORED = "stored"
    FAILED = "failed"


class PaymentMethod(Aggregate):
    """A card that a member stored at Stripe; only Stripe's ids are kept here."""

    tenant_field = "member_id"

    member_id = models.UUIDField()
    stripe_id = models.CharField(max_length=100, unique=True)
    customer_id = models.CharField(max_length=100)
    status = models.CharField(max_length=20, choices=MethodStatus.choices, default=MethodStatus.ACTIVE)
    stored_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member_id", "id"], name="payment_method_of_member"),
            models.UniqueConstraint(
                fields=["member_id"], condition=Q(status="active"), name="payment_method_one_active"
            ),
            *seen_by(
                "payment_method",
                employee=(OWN_MEMBER, "select"),
                operator=(EVERY, "select"),
                worker=(EVERY, "select, insert, update (version, status)"),
            ),
        ]


class PaymentMethodSetup(Aggregate):
    """A member storing a payment method: the mandate as it was accepted, and Stripe's SetupIntent.

    `tries` is the number of idempotency keys used to create the SetupIntent; it grows only after Stripe stored an
    error under the former one.
    """

    tenant_field = "member_id"

    member_id = models.UUIDField()
    status = models.CharField(max_length=20, choices=SetupStatus.choices, default=SetupStatus.CREATING)
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
                worker=(EVERY, "select, update (version, status, setup_intent_id, client_secret, tries)"),
            ),
        ]
