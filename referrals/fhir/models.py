"""Who exported a referral."""

from typing import ClassVar

from django.db import models

from referrals.requests.models import Request
from workers.kernel.constraints import EVERY, OWN_MEMBER, TenantKey, append_only, seen_by
from workers.kernel.ids import new_id


class ReferralExport(models.Model):
    """Somebody exported a referral as FHIR: who, of which clinic, when. No row, no export. Append-only.

    `reader_id` is the user, or the client by whose token a clinic's software asked. The member sees every row of theirs
    (45 CFR 164.528: an accounting of disclosures).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="exports")
    member_id = models.UUIDField()
    reader_id = models.UUIDField()
    reader_role = models.CharField(max_length=20)
    clinic_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "referrals_referral_export"
        constraints: ClassVar = [
            TenantKey(
                name="referral_export_of_own_request",
                fields=("request_id", "member_id"),
                to="referrals_request",
                to_fields=("id", "member_id"),
            ),
            *append_only("referral_export"),
            *seen_by(
                "referral_export",
                employee=(OWN_MEMBER, "select"),
                operator=(EVERY, "select"),
                worker=(EVERY, "select, insert"),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["request", "id"], name="referral_export_list")]
