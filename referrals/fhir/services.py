"""Exporting a referral: who reads it is written down in the transaction of the reading."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from referrals.fhir.queries import gather, gather_test
from referrals.fhir.rules.facts import Referral
from referrals.offers.queries.full import find_taken_as_clinic
from referrals.offers.rules import Readable
from referrals.offers.services import keep_read
from referrals.requests.queries import get_request
from workers.kernel.actor import WORKER, acting_as


def export(*, request_id: UUID, reader: Any, now: datetime, tests_only: bool = False) -> Referral:
    """Return a referral for `reader`, a user or a clinic's software, and record who it was.

    A clinic reads what it accepted, with its own offer alone; a member and an operator with every clinic that was
    asked. Whether they may is asked as they are; only then is the rest, which no clinic may read, read as a worker.
    That of a test offer is about nobody, and not recorded; with `tests_only` there is no other. Raises NotFound for
    what they may not see, of which nothing is recorded.
    """
    offer = None
    if reader.role in ("employee", "operator"):
        get_request(request_id)
    elif tests_only or not (offer := find_taken_as_clinic(request_id)):
        return gather_test(request_id)
    with transaction.atomic(), acting_as(WORKER):
        request = keep_read(request_id=request_id, offer=offer, reader=reader, what=Readable.FHIR, now=now)
        return gather(request, only=offer, now=now)
