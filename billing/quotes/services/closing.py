"""A course that is over costs what took place of it; its member need not ask for that."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from billing.quotes.models import Quote, QuoteStatus
from billing.quotes.services.agreeing import accept
from billing.quotes.services.inputs import COMPLETED, lines_today
from billing.quotes.services.quoting import PriceAgreed, create
from referrals import facade as referrals
from workers.kernel.actor import Actor, Role, acting_as


def settle_closed(*, course_id: UUID, now: datetime) -> None:
    """Have the agreed price of a course that is over give way to one of what took place, where that is less.

    In its member's name, who can only gain: what took place stays as it was agreed, and nothing else is left. Where a
    session took place without a price, the price is the member's to agree to (`session_unpriced`), and stays.
    Idempotent; called by a worker. Raises what quoting and agreeing raise when others do so in the same moment.
    """
    agreed = Quote.objects.filter(course_id=course_id, status=QuoteStatus.ACCEPTED).first()
    if agreed is None:
        return
    course = referrals.get_priced_course(course_id)
    took_place = {session.id for session in course.sessions if session.status == COMPLETED}
    if not took_place <= {line.session_id for line in lines_today(agreed, course)}:
        return
    member = Actor(role=Role.EMPLOYEE, employer=agreed.employer_id, member=agreed.member_id)
    with acting_as(member), suppress(PriceAgreed):
        quote = create(member_id=agreed.member_id, course_id=course_id, now=now)
        accept(quote_id=quote.pk, member_id=agreed.member_id, now=now)
