"""A member who gets mail, and the steps that most stories of an offer take."""

from datetime import date, datetime
from typing import Any

import pytest

from benefits.enrollment.models import Enrollment
from benefits.events import EnrollmentEnded
from referrals.offers import services as offers
from referrals.offers.models import Offer
from referrals.requests.models import Request
from tests.conftest import NOW
from tests.factories.benefits import changing_roster, make_user
from tests.factories.referrals import (
    make_member,
    run_workers,
)
from workers.emails.models import Email
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, acting_as
from workers.outbox.publishing import publish


@pytest.fixture
def member(db: None, now: datetime) -> Any:
    """Somebody with an account, who gets mail."""
    member = make_member()
    make_user("employee", email="zoraida@home.example", employer_id=member.employer, member_id=member.member)
    return member


def routed(request: Request) -> Request:
    run_workers()
    return request


def accept(offer: Offer, now: datetime = NOW) -> Offer:
    with acting_as(WORKER):
        return offers.accept(offer_id=offer.pk, clinic_id=offer.clinic_id, now=now)


def end_cover(member: Actor, on: date) -> None:
    """The employer ends the enrollment, as a file would, and what hears of it runs."""
    assert member.employer is not None
    with changing_roster(member.employer):
        enrollment = Enrollment.objects.get()
        enrollment.ends_on = on
        enrollment.save(update_fields=["ends_on"])
        ended = EnrollmentEnded(
            enrollment_id=enrollment.pk, member_id=enrollment.member_id, employer_id=member.employer, ends_on=on
        )
        publish(ended, about=enrollment, now=clock.now())
    run_workers()


def news() -> int:
    """How many mails to members say that there is news."""
    with acting_as(WORKER):
        return Email.objects.filter(template="referrals/news").count()


def ended(offer: Offer) -> tuple[str, str]:
    with acting_as(WORKER):
        offer.refresh_from_db()
    return offer.status, offer.reason
