"""Reading a referral in full: who, what and when is written down first, in the same transaction."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from referrals.offers.models import Offer, ReferralRead
from referrals.offers.queries.full import FullReferral, build_full_referral, find_taken_as_clinic, get_test_referral
from referrals.offers.rules import Readable
from referrals.requests.models import Request
from referrals.requests.queries import get_request
from referrals.screening.services.reading import read_by_clinic
from workers.kernel.actor import WORKER, acting_as


def read_referral(*, request_id: UUID, reader: Any, now: datetime, tests_only: bool = False) -> FullReferral:
    """Return the referral that the acting clinic accepted, and keep that `reader`, of it, read it.

    Whether it accepted is asked as the clinic; only then is the member, whom no clinic may read, read as a worker. That
    of a test offer is about nobody, and nothing is kept; with `tests_only` there is no other. Raises NotFound for every
    other referral, and before the clinic accepts.
    """
    offer = None if tests_only else find_taken_as_clinic(request_id)
    if offer is None:
        return get_test_referral(request_id)
    with transaction.atomic(), acting_as(WORKER):
        request = keep_read(request_id=request_id, offer=offer, reader=reader, what=Readable.FULL_REFERRAL, now=now)
        disclosed = read_by_clinic(
            screening_id=request.screening_id, clinic_id=offer.clinic_id, reader_id=reader.pk, now=now
        )
        return build_full_referral(offer, disclosed)


def keep_read(*, request_id: UUID, offer: Offer | None, reader: Any, what: Readable, now: datetime) -> Request:
    """Write down that `reader`, a user or a clinic's software, reads a referral, and return it; as a worker.

    `offer` is that by which a clinic reads it.
    """
    request = get_request(request_id)
    ReferralRead.objects.create(
        request=request,
        member_id=request.member_id,
        offer=offer,
        clinic_id=offer.clinic_id if offer else None,
        reader_id=reader.pk,
        reader_role=reader.role,
        what=what,
        at=now,
    )
    return request
