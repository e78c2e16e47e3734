"""When a quarter is over: benefits hears how many were reached, and keeps what may be published of it."""

from benefits import facade as benefits
from benefits.events import QuarterOver
from referrals.courses.queries import members_reached
from workers.events import Envelope, reacts_to


@reacts_to(QuarterOver)
def settle_quarter(event: QuarterOver, envelope: Envelope) -> None:
    """The quarter's figure is settled once; who was reached is counted and forgotten."""
    reached = members_reached(event.quarter, benefits.last_day_of_quarter(event.quarter))
    benefits.freeze_quarter(event.employer_id, quarter=event.quarter, reached=reached)
