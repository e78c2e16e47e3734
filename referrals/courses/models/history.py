"""What became of each session, step by step."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from referrals.courses.models.courses import Session
from referrals.courses.rules import Because, Channel, Party, SessionStatus, What
from workers.kernel.constraints import EVERY, OWN_CLINIC, OWN_MEMBER, TenantKey, append_only, seen_by
from workers.kernel.ids import new_id


class SessionStep(models.Model):
    """One thing that happened to a session: who did what, when, by which door and why. Append-only.

    `status` and `starts_at` are those after it; for `asked` and `declined` `starts_at` is the time that was suggested.
    `by_id` is the user's where a person did it in the portal. A clinic's own words stay in its stored notice.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="steps")
    member_id = models.UUIDField()
    clinic_id = models.UUIDField()
    what = models.CharField(max_length=20, choices=[(w, w) for w in What])
    status = models.CharField(max_length=10, choices=[(s, s) for s in SessionStatus])
    starts_at = models.DateTimeField()
    at = models.DateTimeField()
    by = models.CharField(max_length=10, choices=[(p, p) for p in Party])
    by_id = models.UUIDField(null=True)
    channel = models.CharField(max_length=10, choices=[(c, c) for c in Channel])
    because = models.CharField(max_length=40, choices=[(b, b) for b in Because], blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            TenantKey(
                name="sessionstep_of_own_session",
                fields=("session_id", "member_id", "clinic_id"),
                to="referrals_session",
                to_fields=("id", "member_id", "clinic_id"),
            ),
            models.CheckConstraint(name="sessionstep_what_known", condition=Q(what__in=list(What))),
            models.CheckConstraint(name="sessionstep_by_known", condition=Q(by__in=list(Party))),
            models.CheckConstraint(name="sessionstep_because_known", condition=Q(because__in=["", *Because])),
            *append_only("sessionstep"),
            *seen_by(
                "sessionstep",
                employee=(OWN_MEMBER, "select"),
                clinic=(OWN_CLINIC, "select"),
                operator=(EVERY, "select"),
                worker=(EVERY, "select, insert"),
            ),
        ]
