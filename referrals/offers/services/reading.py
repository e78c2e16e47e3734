"""Reading a referral in full: who, what and when is written down first, in the same transaction."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from referrals.offers.models import ReferralRead
from referrals.offers.queries.full import FullReferral, build_full_referral, get_taken_as_clinic
from referrals.requests.queries import get_request
from referrals.screening.services.reading import read_by_clinic
from workers.kernel.actor import WORKER, acting_as


def read_referral(*, request_id: UUID, reader_id: UUID, now: datetime, what: str = "full_referral") -> FullReferral:
    """Return the referral that the acting clinic accepted, and keep that `reader_id` read it.

    Whether it accepted is asked as the clinic; only then is the member, whom no clinic may read, read as a worker.
    Raises NotFound for every other referral, and before the clinic accepts.
    """
    offer = get_taken_as_clinic(request_id)
    with transaction.atomic(), acting_as(WORKER):
        offer.refresh_from_db(fields=["member_id"])
        ReferralRead.objects.create(
            request_id=request_id,
            member_id=offer.member_id,
            offer=offer,
            clinic_id=offer.clinic_id,
            reader_id=reader_id,
            what=what,
            at=now,
        )
        request = get_request(request_id)
        disclosed = read_by_clinic(
            screening_id=request.screening_id, clinic_id=offer.clinic_id, reader_id=reader_id, now=now
        )
        return build_full_referral(offer, disclosed)
