"""Clinics' accounts at Stripe, and their months.

A month:  recorded ─► sending ─► sent
              │          ├─► waiting_funds ─► sending, a day later
              │          └─► refused ─► sending, once an operator has mended the account
              ├─► taking_back ─► taken_back | carried
              └─► carried (nothing to transfer: below nothing, or exactly nothing)

A clinic reads its own months and their lines: sessions that it gave itself, at its own list price, no member.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_CLINIC, TenantKey, append_only, seen_by
from workers.kernel.ids import new_id
from workers.kernel.money import CURRENCY


class TransferStatus(models.TextChoices):
    """States of a clinic's month."""

    RECORDED = "recorded"
    SENDING = "sending"
    SENT = "sent"
    WAITING_FUNDS = "waiting_funds"
    REFUSED = "refused"
    TAKING_BACK = "taking_back"
    TAKEN_BACK = "taken_back"
    CARRIED = "carried"


class ClinicAccount(Aggregate):
    """A clinic's connected account at Stripe; its row is the lock under which its months follow one another."""

    tenant_field = "clinic_id"

    clinic_id = models.UUIDField(unique=True)
    stripe_account = models.CharField(max_length=100)
    opened_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["id", "clinic_id"], name="clinic_account_of_clinic"),
            *seen_by(
                "clinic_account",
                clinic=(OWN_CLINIC, "select"),
                operator=(EVERY, "select, insert, update (stripe_account, version)"),
                worker=(EVERY, "select, update (version)"),
            ),
        ]


class TransferBatch(Aggregate):
    """What a clinic is owed for a month, in cents: its lines, and what the former month `carried_cents` (not above 0).

    `params` is sent exactly so; `sent_at` is when Stripe was first asked. `tries` counts the keys: Stripe repeats a
    refusal under the same one. `reversed_cents` were taken back of this transfer later, `carry_cents` go into the next.
    """

    tenant_field = "clinic_id"

    account = models.ForeignKey(ClinicAccount, on_delete=models.PROTECT, db_constraint=False, related_name="batches")
    clinic_id = models.UUIDField()
    month = models.DateField()
    status = models.CharField(max_length=20, choices=TransferStatus.choices, default=TransferStatus.RECORDED)
    currency = models.CharField(max_length=3, default=CURRENCY)
    sessions_cents = models.BigIntegerField()
    carried_cents = models.BigIntegerField(default=0)
    carry_cents = models.BigIntegerField(default=0)
    reversed_cents = models.BigIntegerField(default=0)
    stripe_id = models.CharField(max_length=100, blank=True, default="")
    params = models.JSONField(null=True)
    sent_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=1)
    code = models.CharField(max_length=100, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["clinic_id", "month"], name="transfer_batch_one_a_month"),
            models.UniqueConstraint(fields=["id", "clinic_id"], name="transfer_batch_of_clinic"),
            models.UniqueConstraint(
                fields=["stripe_id"], condition=~Q(stripe_id=""), name="transfer_batch_stripe_once"
            ),
            models.CheckConstraint(
                name="transfer_batch_in_range",
                condition=Q(carried_cents__lte=0, carry_cents__lte=0, reversed_cents__gte=0)
                & (Q(reversed_cents=0) | Q(reversed_cents__lte=F("sessions_cents") + F("carried_cents"))),
            ),
            TenantKey(
                name="transfer_batch_of_own_account",
                fields=("account_id", "clinic_id"),
                to="billing_clinicaccount",
                to_fields=("id", "clinic_id"),
            ),
            *seen_by(
                "transfer_batch",
                clinic=(OWN_CLINIC, "select"),
                operator=(EVERY, "select, update (version)"),
                worker=(EVERY, "select, insert, update"),
            ),
        ]

    @property
    def cents(self) -> int:
        """What is transferred, or taken back when below nothing."""
        return self.sessions_cents + self.carried_cents


class TransferLine(models.Model):
    """A session that is owed, or (below nothing) owed no longer; `posting_id` is the ledger's, in one batch ever."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    batch = models.ForeignKey(TransferBatch, on_delete=models.PROTECT, db_constraint=False, related_name="lines")
    clinic_id = models.UUIDField()
    posting_id = models.UUIDField(unique=True)
    session_id = models.UUIDField(null=True)
    kind = models.CharField(max_length=40)
    occurred_at = models.DateTimeField()
    cents = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            *append_only("transfer_line", "reverse the journal of the session; the next month takes it back"),
            TenantKey(
                name="transfer_line_of_own_batch",
                fields=("batch_id", "clinic_id"),
                to="billing_transferbatch",
                to_fields=("id", "clinic_id"),
            ),
            *seen_by(
                "transfer_line",
                clinic=(OWN_CLINIC, "select"),
                operator=(EVERY, "select"),
                worker=(EVERY, "select, insert"),
            ),
        ]
