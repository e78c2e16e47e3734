"""Who looked at a member's whole story, or for members of a name, when and why."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from referrals.stories.rules import LookReason
from workers.kernel.constraints import EVERY, OWN_MEMBER, append_only, seen_by
from workers.kernel.encryption import EncryptedJSONField
from workers.kernel.ids import new_id


class StoryLook(models.Model):
    """An operator opened a member's story, for a `reason` and in `words`, encrypted. No row, no story. Append-only.

    The member sees every row of theirs (45 CFR 164.528: an accounting of disclosures).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    member_id = models.UUIDField()
    reader_id = models.UUIDField()
    reason = models.CharField(max_length=20, choices=[(r, r) for r in LookReason])
    words = EncryptedJSONField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="storylook_reason_known", condition=Q(reason__in=list(LookReason))),
            *append_only("storylook"),
            *seen_by(
                "storylook",
                employee=(OWN_MEMBER, "select"),
                operator=(EVERY, "select, insert"),
                worker=(EVERY, "select"),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["member_id", "at"], name="storylook_of_member")]


class MemberSearch(models.Model):
    """An operator looked for members by name, for a `reason` and in `words`. No row, no search. Append-only.

    `sought` is {"name", "born_on"}, encrypted like `words`: a name here says that somebody dealt with us. What a search
    shows is what an employer knows already, who is on its roster; what happened to somebody asks for a StoryLook.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reader_id = models.UUIDField()
    reason = models.CharField(max_length=20, choices=[(r, r) for r in LookReason])
    words = EncryptedJSONField()
    sought = EncryptedJSONField()
    found = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="membersearch_reason_known", condition=Q(reason__in=list(LookReason))),
            *append_only("membersearch"),
            *seen_by("membersearch", operator=(EVERY, "select, insert"), worker=(EVERY, "select")),
        ]
