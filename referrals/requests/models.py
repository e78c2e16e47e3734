"""A request for care and its steps.

            asked, urgent            asked
                  |                    |
                  v      released      v     a clinic is asked
               review ------------>  open <----------------------> offered ---> accepted
                                     ^  |    it declines, is silent
                            released |  | nobody is left
                                     |  v
                                   unplaced                every state ---> withdrawn (by the member)

`review` and `unplaced` are on the operator's list.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from referrals.requests.rules import PENDING, RequestStatus
from referrals.screening.models import Screening
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_CLINIC, OWN_MEMBER, TenantKey, append_only, seen_by
from workers.kernel.encryption import EncryptedJSONField
from workers.kernel.ids import new_id


class Request(Aggregate):
    """A member asks for care. `clinic_id` is set when a clinic accepts: from then on that clinic may see the row.

    `preferences`, encrypted: {"near": ZIP, "max_distance_km", "routes": [], "protocol", "format", "language"}; what was
    not said is empty.
    """

    tenant_field = "member_id"

    member_id = models.UUIDField()
    screening = models.ForeignKey(Screening, on_delete=models.PROTECT, related_name="requests")
    preferences = EncryptedJSONField()
    status = models.CharField(max_length=10, choices=[(s, s) for s in RequestStatus])
    clinic_id = models.UUIDField(null=True)
    opened_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["member_id"], condition=Q(status__in=list(PENDING)), name="request_pending_once"
            ),
            models.UniqueConstraint(fields=["id", "member_id"], name="request_of_member"),
            models.CheckConstraint(name="request_status_known", condition=Q(status__in=list(RequestStatus))),
            models.CheckConstraint(
                name="request_clinic_when_accepted",
                condition=Q(status=RequestStatus.ACCEPTED, clinic_id__isnull=False)
                | Q(status=RequestStatus.WITHDRAWN)
                | Q(status__in=list(PENDING), clinic_id=None),
            ),
            TenantKey(
                name="request_of_own_screening",
                fields=("screening_id", "member_id"),
                to="referrals_screening",
                to_fields=("id", "member_id"),
            ),
            *seen_by(
                "request",
                employee=(OWN_MEMBER, "select, insert, update (status, version)"),
                clinic=(OWN_CLINIC, "select"),
                operator=(EVERY, "select, update (status, version)"),
                worker=(EVERY, "select, update (status, clinic_id, version)"),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["status", "opened_at"], name="request_status")]


class RequestStep(models.Model):
    """A state that a request came to, and by when the next thing happens: the member's timeline. Append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="steps")
    member_id = models.UUIDField()
    status = models.CharField(max_length=10, choices=[(s, s) for s in RequestStatus])
    at = models.DateTimeField()
    due_by = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            TenantKey(
                name="requeststep_of_own_request",
                fields=("request_id", "member_id"),
                to="referrals_request",
                to_fields=("id", "member_id"),
            ),
            *append_only("requeststep"),
            *seen_by(
                "requeststep",
                employee=(OWN_MEMBER, "select, insert"),
                operator=(EVERY, "select, insert"),
                worker=(EVERY, "select, insert"),
            ),
        ]
