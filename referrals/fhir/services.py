"""Exporting a referral: who reads it is written down in the transaction of the reading."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from referrals.fhir.models import ReferralExport
from referrals.fhir.queries import gather, gather_for_clinic
from referrals.fhir.rules.facts import Referral
from referrals.requests.queries import get_request
from workers.kernel.actor import WORKER, acting_as


def export(*, request_id: UUID, reader: Any, now: datetime) -> Referral:
    """Return a referral for `reader`, a user or a clinic's software, and record who it was.

    Raises NotFound for what they may not see, of which nothing is recorded.
    """
    with transaction.atomic():
        is_clinic = reader.role not in ("employee", "operator")
        referral = gather_for_clinic(request_id, now=now) if is_clinic else gather(request_id, now=now)
        with acting_as(WORKER):
            ReferralExport.objects.create(
                request_id=request_id,
                member_id=get_request(request_id).member_id,
                reader_id=reader.pk,
                reader_role=reader.role,
                clinic_id=reader.clinic_id if is_clinic else None,
                at=now,
            )
    return referral
