"""A clinic reads how the sums moved: that it did is written down in the same transaction."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from referrals.courses.queries import list_courses
from referrals.offers.queries.full import find_taken_as_clinic
from referrals.offers.rules import Readable
from referrals.offers.services import keep_read
from referrals.outcomes.queries import Trend, trend_for_clinic
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.errors import NotFound


def read_trend(*, request_id: UUID, reader: Any, now: datetime) -> Trend:
    """Return how the sums moved in the course of a referral that the acting clinic accepted.

    No sums unless the member lets the clinic read their answers; where there is one, that `reader`, a user or a
    clinic's software, read it is kept, for the member to see. Raises NotFound for every other referral, before the
    clinic accepts, and while no course is planned.
    """
    offer = find_taken_as_clinic(request_id)
    course = list_courses().filter(request_id=request_id).first()
    if offer is None or course is None:
        raise NotFound("There is no such referral.")
    with transaction.atomic():
        trend = trend_for_clinic(course.pk, now=now)
        if any(point.assessment for point in trend.points):
            with acting_as(WORKER):
                keep_read(request_id=request_id, offer=offer, reader=reader, what=Readable.OUTCOMES, now=now)
    return trend
