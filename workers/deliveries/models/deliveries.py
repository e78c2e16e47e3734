"""What is delivered, what is still to be done about it, and every attempt.

A delivery is open until its endpoint has taken it, and dead after the last try or when its endpoint is gone (410).
"""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from workers.deliveries.models.endpoints import OWN, Endpoint
from workers.deliveries.rules import MAX_ATTEMPTS
from workers.kernel.constraints import EVERY, Numbered, TenantKey, Trigger, cleaned_often, seen_by
from workers.kernel.encryption import EncryptedJSONField
from workers.kernel.ids import new_id
from workers.kernel.leases import STUCK, Leased, Status
from workers.kernel.trace import TRACE_LENGTH, current_trace

ROOM_FOR_LEASES = 50  # percent of a page that new rows fill: a page's rows are claimed together, each a second version


class Delivery(models.Model):
    """One message to one endpoint. `body` is kept encrypted, sent byte for byte as it was queued.

    The receiver knows the message by `message_id`, which a replay keeps. `seq` numbers deliveries as they were queued.

    A delivery never changes: what is still to be done about it is its `open` row, which comes with it and goes when the
    message was taken. So what is sent leaves nothing to be cleaned up in the large table and its indexes.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="deliveries")
    owner_id = models.UUIDField()
    event_id = models.UUIDField()
    message_id = models.UUIDField(default=new_id)
    replay_no = models.PositiveSmallIntegerField(default=0)
    type = models.CharField(max_length=60)
    ordering_key = models.UUIDField(null=True)
    seq = models.BigIntegerField(db_default=0)
    body = EncryptedJSONField()
    trace = models.CharField(max_length=TRACE_LENGTH, blank=True, default=current_trace)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            cleaned_often("delivery"),
            models.UniqueConstraint(fields=["event_id", "endpoint", "type", "replay_no"], name="delivery_once"),
            TenantKey(
                name="delivery_of_owner",
                fields=("endpoint_id", "owner_id"),
                to="workers_endpoint",
                to_fields=("id", "owner_id"),
            ),
            Numbered(name="delivery_seq", column="seq"),
            Trigger(
                name="delivery_begins_open",
                on="AFTER INSERT ON {table} REFERENCING NEW TABLE AS queued FOR EACH STATEMENT",
                body="INSERT INTO workers_open_delivery "
                "(delivery_id, endpoint_id, owner_id, message_id, ordering_key, seq, "
                "status, due_at, attempts, last_error, earlier_attempts) "
                "SELECT id, endpoint_id, owner_id, message_id, ordering_key, seq, 0, created_at, 0, '', 0 FROM queued; "
                "RETURN NULL;",
            ),
            Trigger(
                name="delivery_takes_what_is_its_own",
                on="AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone FOR EACH STATEMENT",
                body="EXECUTE 'DELETE FROM workers_open_delivery WHERE delivery_id IN (SELECT id FROM gone)'; "
                "EXECUTE 'DELETE FROM workers_delivery_attempt WHERE delivery_id IN (SELECT id FROM gone)'; "
                "RETURN NULL;",
            ),
            *seen_by(
                "delivery",
                clinic=(OWN, "select, insert"),
                operator=(EVERY, "select, insert, delete"),
                # no column is ever updated: rows are locked before they are deleted
                worker=(EVERY, "select, insert, update (created_at), delete"),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["owner_id", "id"], name="delivery_list"),
        ]

    @property
    def still(self) -> "OpenDelivery | None":
        """What is still to be done about it; nothing once it was taken."""
        return getattr(self, "open", None)

    @property
    def status(self) -> Status:
        """Where it stands."""
        return Status(self.still.status) if self.still else Status.DONE

    @property
    def attempts(self) -> int:
        """Tries begun since an operator revived it; once it was taken, how many it took, if a list found it."""
        return self.still.attempts if self.still else getattr(self, "tried", None) or 0

    @property
    def due_at(self) -> datetime | None:
        """When it is tried next, or since when it is dead."""
        return self.still.due_at if self.still else None

    @property
    def last_error(self) -> str:
        """Why its last try failed, if it did."""
        return self.still.last_error if self.still else ""


class OpenDelivery(Leased):
    """What is still to be done about a delivery; made with it by the database, and gone once its message was taken.

    At an ordered endpoint one waits while an earlier one of its `ordering_key` is ready. `earlier_attempts` were made
    before an operator revived it. No key is checked: the row comes and goes with its delivery, by triggers.
    """

    max_attempts = MAX_ATTEMPTS

    delivery = models.OneToOneField(
        Delivery, on_delete=models.DO_NOTHING, primary_key=True, related_name="open", db_constraint=False
    )
    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.DO_NOTHING, related_name="open_deliveries", db_index=False, db_constraint=False
    )
    owner_id = models.UUIDField()
    message_id = models.UUIDField()
    ordering_key = models.UUIDField(null=True)
    seq = models.BigIntegerField()
    earlier_attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        db_table = "workers_open_delivery"
        constraints: ClassVar = [
            cleaned_often("open_delivery", fillfactor=ROOM_FOR_LEASES),
            models.CheckConstraint(name="open_delivery_status", condition=~Q(status=Status.DONE)),
            models.UniqueConstraint(
                fields=["endpoint", "message_id"], condition=Q(status=Status.READY), name="delivery_open_once"
            ),
            *seen_by(
                "open_delivery",
                clinic=(OWN, "select, insert"),
                operator=(EVERY, "select, insert, update, delete"),
                worker=(EVERY, "select, insert, update, delete"),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["endpoint", "due_at", "delivery"], condition=Q(status=Status.READY), name="delivery_due"
            ),
            models.Index(fields=["status", "delivery"], condition=Q(status__in=STUCK), name="delivery_stuck"),
            models.Index(
                fields=["endpoint", "ordering_key", "seq"],
                condition=Q(status=Status.READY, ordering_key__isnull=False),
                name="delivery_order",
            ),
        ]


class Attempt(models.Model):
    """One try of a delivery and what came of it: a status code, or the class of the error.

    `ip` is the address that was connected to, `response_snippet` the answer's beginning without control characters,
    secrets and e-mail addresses; encrypted, for many a server repeats in it what it was sent. An empty one is none.

    A try is inserted by the statement that says what is next (recording.py), and goes when that is deleted: no key
    is checked. PostgreSQL would ask for each, by a plan that a worker keeps from when there were few deliveries, and
    then reads all that there are.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    # found by `attempt_number_once`
    delivery = models.ForeignKey(
        Delivery, on_delete=models.DO_NOTHING, related_name="tries", db_index=False, db_constraint=False
    )
    owner_id = models.UUIDField()
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    status_code = models.PositiveSmallIntegerField(null=True)
    error_class = models.CharField(max_length=60, blank=True, default="")
    duration_ms = models.PositiveIntegerField()
    ip = models.GenericIPAddressField(null=True)
    response_snippet = EncryptedJSONField(null=True)

    class Meta:
        db_table = "workers_delivery_attempt"
        constraints: ClassVar = [
            cleaned_often("attempt"),
            models.UniqueConstraint(fields=["delivery", "number"], name="attempt_number_once"),
            *seen_by(
                "attempt",
                clinic=(OWN, "select"),
                operator=(EVERY, "select, delete"),  # with the delivery that an operator drops
                worker=(EVERY, "select, insert, update (at), delete"),  # rows are locked before they are deleted
            ),
        ]
