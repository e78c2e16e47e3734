"""Who needs a call, and who read what: an operator's work items, and the record of every read of answers."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from referrals.screening.models.screenings import Screening
from referrals.screening.rules.reads import ReadReason
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_MEMBER, TenantKey, append_only, seen_by
from workers.kernel.ids import new_id


class UrgentCase(Aggregate):
    """Somebody of the benefit's team should call this member; it says nothing of why.

    Its id is that of the draft or screening whose answer was urgent, so each raises one at most. No foreign key: a
    draft goes, and the call is still to be made.
    """

    tenant_field = "member_id"

    member_id = models.UUIDField()
    raised_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="urgentcase_acknowledged_by_somebody",
                condition=Q(acknowledged_at=None, acknowledged_by=None)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
            ),
            *seen_by(
                "urgentcase",
                employee=(OWN_MEMBER, "select, insert, update (version)"),
                operator=(EVERY, "select, update (acknowledged_at, acknowledged_by, version)"),
                worker=(EVERY, "select, update (version)"),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["raised_at"], condition=Q(acknowledged_at=None), name="urgentcase_open")
        ]


class AnswerRead(models.Model):
    """Somebody who is not the member read answers: written in the transaction of the read, before it. Append-only.

    `clinic_id` is the reader's clinic, None for an operator; `reader_id` the user, None for a clinic's system.
    `with_substance_use`: whether what 42 CFR Part 2 protects was among them.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    screening = models.ForeignKey(Screening, on_delete=models.PROTECT, related_name="reads")
    member_id = models.UUIDField()
    reader_id = models.UUIDField(null=True)
    clinic_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=20, choices=[(r, r) for r in ReadReason])
    with_substance_use = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="answerread_reason_known", condition=Q(reason__in=list(ReadReason))),
            models.CheckConstraint(
                name="answerread_by_somebody",
                condition=Q(clinic_id=None, reader_id__isnull=False) | Q(clinic_id__isnull=False),
            ),
            TenantKey(
                name="answerread_of_own_screening",
                fields=("screening_id", "member_id"),
                to="referrals_screening",
                to_fields=("id", "member_id"),
            ),
            *append_only("answerread"),
            *seen_by(
                "answerread",
                employee=(OWN_MEMBER, "select"),
                operator=(EVERY, "select, insert"),
                worker=(EVERY, "select, insert"),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["screening", "at"], name="answerread_of_screening")]
