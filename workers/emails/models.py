"""E-mails, and whom nothing, or not everything, is sent to."""

from typing import ClassVar

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import Q

from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, cleaned_often, seen_by
from workers.kernel.encryption import EncryptedJSONField
from workers.kernel.ids import new_id
from workers.kernel.leases import STUCK, Leased, Status
from workers.kernel.trace import TRACE_LENGTH, current_trace

MOST_REASON = 300  # letters of why an address was released
READER_GONE = "dropped: its reader died or left"


class StopReason(models.TextChoices):
    """Why nothing is sent to an address."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"


class Email(Leased):
    """One e-mail, known by `key` so that it is queued once.

    `message` is {"to", "subject", "text", "language", "calendar": {"method", "ics"} or None, "choose"}, encrypted;
    `choose` is where its reader ends the kind, "" where nobody may. The address is compared by `address_hash`
    (workers/emails/addresses.py). `reader_id` is the person whose death, or leaving, takes it back, whatever their
    address, which they may share; none for staff, and for what is owed to an estate. `kind` is one of data/kinds.json.
    `provider_status` is the last word of the mail provider about it, where there is one. `begun_at` is when the
    transaction that queued it began, by the database's clock: what it says of its reader was read since.
    """

    max_attempts = 15

    id = models.UUIDField(primary_key=True, default=new_id)
    key = models.CharField(max_length=200, unique=True)
    template = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, blank=True, default="")
    address_hash = models.CharField(max_length=64, blank=True, default="")
    reader_id = models.UUIDField(null=True)
    message = EncryptedJSONField()
    drop_after = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    provider_status = models.CharField(max_length=20, blank=True, default="")
    begun_at = models.DateTimeField(db_default=TransactionNow())
    trace = models.CharField(max_length=TRACE_LENGTH, blank=True, default=current_trace)

    class Meta:
        constraints: ClassVar = [
            cleaned_often("email"),
            *seen_by(
                "email",
                auth=(EVERY, "insert"),
                hr=(EVERY, "insert"),
                employee=(EVERY, "insert"),
                operator=(EVERY, "insert, select, update (status, due_at, lease_until, attempts, last_error), delete"),
                worker=(EVERY, "select, insert, update, delete"),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at", "id"], condition=Q(status=Status.READY), name="email_due"),
            models.Index(fields=["status", "id"], condition=Q(status__in=STUCK), name="email_stuck"),
            models.Index(
                fields=["reader_id"],
                condition=Q(status=Status.READY, reader_id__isnull=False),
                name="email_of_reader",
            ),
        ]


class ReaderGone(models.Model):
    """When the mail heard that somebody died or closed their account, by the database's clock.

    Nothing goes to them that was queued by a transaction that began before. A death that is taken back leaves its row:
    who begins afterwards finds an address again, and is not meant. Nor is an invitation after an account was closed.
    """

    reader_id = models.UUIDField(primary_key=True)
    heard_at = models.DateTimeField()

    class Meta:
        db_table = "workers_reader_gone"
        constraints: ClassVar = [*seen_by("reader_gone", worker=(EVERY, "select, insert, update (heard_at)"))]


class StoppedAddress(Aggregate):
    """Nothing is sent to an address that bounced, or whose reader complained, until a person releases it.

        stopped --an operator releases it, and says why--> released

    An address that is stopped again after that makes another row.
    """

    address_hash = models.CharField(max_length=64)
    address = EncryptedJSONField()
    reason = models.CharField(max_length=10, choices=StopReason)
    stopped_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    released_by = models.UUIDField(null=True)
    release_reason = models.CharField(max_length=MOST_REASON, blank=True, default="")

    class Meta:
        db_table = "workers_stopped_address"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["address_hash"], condition=Q(released_at=None), name="stopped_address_once"
            ),
            models.CheckConstraint(name="stopped_address_reason_known", condition=Q(reason__in=StopReason.values)),
            models.CheckConstraint(
                name="stopped_address_released_by_somebody",
                condition=Q(released_at=None, released_by=None, release_reason="")
                | (Q(released_at__isnull=False, released_by__isnull=False) & ~Q(release_reason="")),
            ),
            *seen_by(
                "stopped_address",
                operator=(EVERY, "select, update (released_at, released_by, release_reason, version)"),
                worker=(EVERY, "select, insert, update (version)"),
            ),
        ]


class Unsubscription(models.Model):
    """The reader of an address does without one kind of e-mail; no row means that they get it."""

    id = models.UUIDField(primary_key=True, default=new_id)
    address_hash = models.CharField(max_length=64)
    kind = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["address_hash", "kind"], name="unsubscription_once"),
            *seen_by(
                "unsubscription",
                auth=(EVERY, "select, insert, delete"),
                employee=(EVERY, "select, insert, delete"),
                worker=(EVERY, "select"),
            ),
        ]
