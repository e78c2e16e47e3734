"""Offers, in the words of FHIR's Task.

requested ---> accepted ----> cancelled    the member withdrew
    |---> rejected     the clinic declined, or accepted with no slot left
    |---> failed       no answer in time, or no address to send it to
    `---> cancelled    the member withdrew
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from referrals.clinics.models import Clinic
from referrals.offers.rules import OfferStatus, Reason
from referrals.requests.models import Request
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_CLINIC, OWN_MEMBER, TenantKey, seen_by
from workers.kernel.encryption import EncryptedJSONField

_CLINIC_READS = (
    "id, version, request_id, clinic_id, route, protocol, format, summary, status, reason, "
    "respond_by, made_at, closed_at"
)


class Offer(Aggregate):
    """A clinic is asked to take a request. `summary`, encrypted, is all that it is told before it accepts.

    `route`, `protocol` and `format` are what it is asked to give. `closed_at` is when the offer left `requested`.
    """

    tenant_field = "clinic_id"

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="offers")
    member_id = models.UUIDField()
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="offers")
    route = models.CharField(max_length=20)
    protocol = models.CharField(max_length=20)
    format = models.CharField(max_length=20)
    summary = EncryptedJSONField()
    status = models.CharField(max_length=10, choices=[(s, s) for s in OfferStatus], default=OfferStatus.REQUESTED)
    reason = models.CharField(max_length=20, choices=[(r, r) for r in Reason], blank=True, default="")
    respond_by = models.DateTimeField()
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["request"], condition=Q(status=OfferStatus.REQUESTED), name="offer_requested_once"
            ),
            models.UniqueConstraint(
                fields=["request"], condition=Q(status=OfferStatus.ACCEPTED), name="offer_accepted_once"
            ),
            models.UniqueConstraint(fields=["request", "clinic"], name="offer_clinic_once"),
            models.CheckConstraint(name="offer_status_known", condition=Q(status__in=list(OfferStatus))),
            models.CheckConstraint(
                name="offer_open_until_closed",
                condition=Q(status=OfferStatus.REQUESTED, closed_at=None, reason="")
                | (~Q(status=OfferStatus.REQUESTED) & Q(closed_at__isnull=False)),
            ),
            TenantKey(
                name="offer_of_own_request",
                fields=("request_id", "member_id"),
                to="referrals_request",
                to_fields=("id", "member_id"),
            ),
            *seen_by(
                "offer",
                employee=(OWN_MEMBER, "select"),
                clinic=(OWN_CLINIC, f"select ({_CLINIC_READS})"),
                operator=(EVERY, "select"),
                worker=(EVERY, "select, insert, update (status, reason, closed_at, version)"),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["clinic"], condition=Q(status=OfferStatus.REQUESTED), name="offer_requested_of_clinic")
        ]
