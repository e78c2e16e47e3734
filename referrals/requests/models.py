"""A request for care, its steps, and what operators note about it. The states are drawn in rules.py."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from referrals.requests.rules import BLOCKING, FIRST, FOR_A_PERSON, PENDING, Kind, RequestStatus, Urgency, list_moves
from referrals.screening.models import Screening
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_CLINIC, OWN_MEMBER, TenantKey, append_only, moves, seen_by
from workers.kernel.encryption import EncryptedJSONField
from workers.kernel.ids import new_id

_MOVES = "status, status_since, due_by, alarm, escalation, version"
_WITH_CLINIC = (RequestStatus.ACCEPTED, RequestStatus.COMPLETED, RequestStatus.MOVED)


class Request(Aggregate):
    """A member asks for care. `clinic_id` is set when a clinic accepts: from then on that clinic may see the row.

    `preferences`, encrypted: requests.services.asking.Preferences as JSON; what was not said is empty. `revision` grows
    when they change. `previous` is the request that this one took the place of: its clinic is not asked again.

    `due_by` is when something has to have happened in the present state, in which the request is since `status_since`;
    `alarm` counts the times set, and `escalation` how often one passed with nothing done.
    """

    tenant_field = "member_id"

    member_id = models.UUIDField()
    kind = models.CharField(max_length=20, choices=[(k, k) for k in Kind], default=Kind.ASSISTED_THERAPY)
    previous = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    screening = models.ForeignKey(Screening, on_delete=models.PROTECT, related_name="requests")
    preferences = EncryptedJSONField()
    revision = models.PositiveSmallIntegerField(default=1)
    urgency = models.CharField(max_length=10, choices=[(u, u) for u in Urgency], default=Urgency.STANDARD)
    status = models.CharField(max_length=10, choices=[(s, s) for s in RequestStatus])
    clinic_id = models.UUIDField(null=True)
    opened_at = models.DateTimeField()
    status_since = models.DateTimeField()
    due_by = models.DateTimeField(null=True)
    alarm = models.PositiveIntegerField(default=0)
    escalation = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["member_id", "kind"], condition=Q(status__in=BLOCKING), name="request_once_of_kind"
            ),
            models.UniqueConstraint(fields=["id", "member_id"], name="request_of_member"),
            models.CheckConstraint(name="request_status_known", condition=Q(status__in=list(RequestStatus))),
            models.CheckConstraint(name="request_kind_known", condition=Q(kind__in=list(Kind))),
            models.CheckConstraint(
                name="request_clinic_when_accepted",
                condition=Q(status__in=_WITH_CLINIC, clinic_id__isnull=False)
                | Q(status=RequestStatus.WITHDRAWN)
                | Q(status__in=[*PENDING, RequestStatus.LAPSED], clinic_id=None),
            ),
            moves("request", first=[(status,) for status in FIRST], drawn=list_moves()),
            TenantKey(
                name="request_of_own_screening",
                fields=("screening_id", "member_id"),
                to="referrals_screening",
                to_fields=("id", "member_id"),
            ),
            TenantKey(
                name="request_after_own_request",
                fields=("previous_id", "member_id"),
                to="referrals_request",
                to_fields=("id", "member_id"),
            ),
            *seen_by(
                "request",
                employee=(OWN_MEMBER, f"select, insert, update (preferences, revision, {_MOVES})"),
                clinic=(OWN_CLINIC, "select"),
                operator=(EVERY, f"select, update (urgency, {_MOVES})"),
                worker=(EVERY, f"select, insert, update (clinic_id, urgency, {_MOVES})"),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["status", "opened_at"], name="request_status"),
            models.Index(fields=["status_since"], condition=Q(status__in=FOR_A_PERSON), name="request_for_a_person"),
        ]


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


class NoteKind(models.TextChoices):
    """What an operator wrote down: a remark, or a contact that was made."""

    NOTE = "note"
    CONTACT = "contact"


class Channel(models.TextChoices):
    """How somebody was reached."""

    PHONE = "phone"
    EMAIL = "email"
    VIDEO = "video"
    LETTER = "letter"


class Party(models.TextChoices):
    """Who was spoken to."""

    MEMBER = "member"
    CLINIC = "clinic"


class RequestNote(models.Model):
    """What an operator noted about a request, encrypted; a contact has a channel and a party. Append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="notes")
    member_id = models.UUIDField()
    kind = models.CharField(max_length=10, choices=NoteKind.choices)
    channel = models.CharField(max_length=10, choices=Channel.choices, blank=True, default="")
    party = models.CharField(max_length=10, choices=Party.choices, blank=True, default="")
    reached = models.BooleanField(default=False)
    text = EncryptedJSONField()
    author_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="requestnote_contact_with_whom",
                condition=Q(kind=NoteKind.NOTE, channel="", party="", reached=False)
                | (Q(kind=NoteKind.CONTACT) & ~Q(channel="") & ~Q(party="")),
            ),
            TenantKey(
                name="requestnote_of_own_request",
                fields=("request_id", "member_id"),
                to="referrals_request",
                to_fields=("id", "member_id"),
            ),
            *append_only("requestnote"),
            *seen_by("requestnote", operator=(EVERY, "select, insert"), worker=(EVERY, "select")),
        ]
