"""Consents: who agreed to which version of which text, in which language, when, and when that ended.

in force --withdrawn by the member--> ended
         --replaced by a newer one--> ended          past `expires_at` it holds no more, ended or not
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from referrals.screening.rules.consents import ConsentKind, Ending
from workers.kernel.constraints import EVERY, OWN_MEMBER, seen_by
from workers.kernel.ids import new_id


class Consent(models.Model):
    """A member agreed. `version` and `language` name the text in data/consents.yaml that was shown.

    Nothing but the ending is ever written to a row again. The texts are files, so there is no copy of one here.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    member_id = models.UUIDField()
    kind = models.CharField(max_length=20, choices=[(k, k) for k in ConsentKind])
    version = models.CharField(max_length=20)
    language = models.CharField(max_length=2)
    given_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ending = models.CharField(max_length=10, choices=[(e, e) for e in Ending], blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["id", "member_id"], name="consent_of_member"),
            models.UniqueConstraint(fields=["member_id", "kind"], condition=Q(ended_at=None), name="consent_once"),
            models.CheckConstraint(name="consent_kind_known", condition=Q(kind__in=list(ConsentKind))),
            models.CheckConstraint(
                name="consent_ended_for_a_reason",
                condition=Q(ended_at=None, ending="") | Q(ended_at__isnull=False, ending__in=list(Ending)),
            ),
            models.CheckConstraint(name="consent_expires_later", condition=Q(expires_at__gt=models.F("given_at"))),
            *seen_by(
                "consent",
                employee=(OWN_MEMBER, "select, insert, update (ended_at, ending)"),
                operator=(EVERY, "select"),
                worker=(EVERY, "select"),
            ),
        ]
