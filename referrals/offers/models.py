"""Offers, whose states are drawn in rules.py, and who read a referral in full."""

from functools import reduce
from operator import or_
from typing import ClassVar

from django.db import models
from django.db.models import Q

from referrals.clinics.models import Clinic
from referrals.offers.rules import LIVE, MAKERS, OPEN, REASONS, TAKEN, Mover, OfferStatus, Readable, Reason, list_moves
from referrals.requests.models import Request
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_CLINIC, OWN_MEMBER, TenantKey, append_only, moves, seen_by
from workers.kernel.encryption import EncryptedJSONField
from workers.kernel.ids import new_id

_CLINIC_READS = (
    "id, version, request_id, clinic_id, revision, route, protocol, format, summary, status, moved_by, reason, "
    "respond_by, made_at, received_at, closed_at, ended_at, may_ask_again"
)
_WORKER_MOVES = "status, moved_by, reason, received_at, closed_at, ended_at, may_ask_again, version"


class Offer(Aggregate):
    """A clinic is asked to take a request. `summary`, encrypted, is all that it is told before it accepts.

    `route`, `protocol` and `format` are what it is asked to give; `revision` is that of the member's wishes it was
    made for. `closed_at` is when the answer was no longer awaited, `ended_at` when an accepted offer was over.
    `may_ask_again`: the clinic may be asked once more for the same request.
    """

    tenant_field = "clinic_id"

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="offers")
    member_id = models.UUIDField()
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="offers")
    revision = models.PositiveSmallIntegerField(default=1)
    route = models.CharField(max_length=20)
    protocol = models.CharField(max_length=20)
    format = models.CharField(max_length=20)
    summary = EncryptedJSONField()
    status = models.CharField(max_length=11, choices=[(s, s) for s in OfferStatus], default=OfferStatus.REQUESTED)
    moved_by = models.CharField(max_length=8, choices=[(m, m) for m in Mover], default=Mover.SYSTEM)
    reason = models.CharField(max_length=20, choices=[(r, r) for r in Reason], blank=True, default="")
    respond_by = models.DateTimeField()
    made_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    may_ask_again = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request"], condition=Q(status__in=TAKEN), name="offer_accepted_once"),
            models.UniqueConstraint(fields=["request", "clinic"], condition=Q(status__in=LIVE), name="offer_live_once"),
            models.CheckConstraint(name="offer_status_known", condition=Q(status__in=list(OfferStatus))),
            models.CheckConstraint(
                name="offer_open_until_closed",
                condition=Q(status__in=OPEN, closed_at=None) | (~Q(status__in=OPEN) & Q(closed_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="offer_reason_of_its_end",
                condition=reduce(
                    or_,
                    (Q(status=status, reason__in=reasons) for status, reasons in REASONS.items()),
                    Q(status__in=[*OPEN, *TAKEN], reason=""),
                ),
            ),
            moves("offer", first=[("requested", who) for who in MAKERS], drawn=list_moves(), actor="moved_by"),
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
                worker=(EVERY, f"select, insert, update ({_WORKER_MOVES})"),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["clinic"], condition=Q(status__in=OPEN), name="offer_open_of_clinic")]


class ReferralRead(models.Model):
    """Somebody read a referral with who the member is, or their sums: who, what, when. No row, no read. Append-only.

    The member sees every row of theirs (45 CFR 164.528: an accounting of disclosures). `reader_id` is the user, or the
    key or application that a clinic's system signed in with; of a clinic `offer` and `clinic_id` say which.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="reads")
    member_id = models.UUIDField()
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, null=True, related_name="reads")
    clinic_id = models.UUIDField(null=True)
    reader_id = models.UUIDField()
    reader_role = models.CharField(max_length=20)
    what = models.CharField(max_length=13, choices=[(w, w) for w in Readable])
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="referralread_what_known", condition=Q(what__in=list(Readable))),
            models.CheckConstraint(
                name="referralread_of_a_clinic_or_not",
                condition=Q(offer=None, clinic_id=None) | Q(offer__isnull=False, clinic_id__isnull=False),
            ),
            TenantKey(
                name="referralread_of_own_request",
                fields=("request_id", "member_id"),
                to="referrals_request",
                to_fields=("id", "member_id"),
            ),
            *append_only("referralread"),
            *seen_by(
                "referralread",
                employee=(OWN_MEMBER, "select"),
                operator=(EVERY, "select"),
                worker=(EVERY, "select, insert"),
            ),
        ]
